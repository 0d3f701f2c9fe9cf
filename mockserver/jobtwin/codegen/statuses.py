"""Reads from the status of a response the state of a job, and the place of its result.

It knows operations, but not the generator.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from jobtwin.lifecycle import Machine
from jobtwin.openapi.operations import Answer, DeclaredResponse, Operation
from jobtwin.openapi.values import Path, Shown, Text, leaves, unconditional
from jobwait.lifecycle import Form, Sign, StatusMeaning

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NO_STATE = frozenset({401, 403, 408, 425, 429})
"""Statuses that have a meaning of their own, whatever the job's state."""

_PARAMETER = re.compile(r"\{.*?\}")


@dataclass(frozen=True, slots=True)
class Result:
    """The operation and the status with the result of a job."""

    operation: Operation
    status: str

    @property
    def response(self) -> DeclaredResponse:
        """The declared response with the result."""
        return self.operation.responses[self.status]

    @property
    def form(self) -> Form:
        """JSON, a text, or bytes, also if there are none."""
        if self.response.json:
            return "json"
        kinds = list(self.response.schemas)
        return "text" if kinds and all(kind.startswith("text/") for kind in kinds) else "bytes"


@dataclass(frozen=True, slots=True)
class ByStatus:
    """The meaning of each status of an operation, and the one place of the result."""

    states: Mapping[int, Sequence[str]]
    result: Result
    successes: frozenset[int]
    signs: Mapping[int, tuple[Sign, ...]] = field(default_factory=dict)
    """The fields that tell the ends of one status apart."""

    @property
    def statuses(self) -> dict[int, StatusMeaning]:
        """The statuses in the form of waiters."""
        return {status: self._meaning(status, states) for status, states in self.states.items()}

    def _meaning(self, status: int, states: Sequence[str]) -> StatusMeaning:
        form = self.result.form if status in self.successes else None
        return StatusMeaning(tuple(states), form, self.signs.get(status, ()))


def by_status(operation: Operation, others: Iterable[Operation]) -> ByStatus | None:
    """Returns what the statuses of a read tell; None if they tell nothing, or its body tells all.

    States that end differently must have different statuses, or codes that the body shows, unless
    it shows the state.
    """
    machine = _read_machine(operation)
    if machine is None or len(operation.answers) == 1:
        return None
    states = _states(operation, machine)
    if not _are_telling(operation, machine, states):
        return None
    good = frozenset(s for s, names in states.items() if _outcomes(machine, names) == {"success"})
    result = _common(_result(operation, status, list(others)) for status in good)
    apart = {s: _signs(operation, s) for s in ambiguous(operation, told_by_code=False)}
    return ByStatus(states, result, good, apart) if result else None


def _read_machine(operation: Operation) -> Machine | None:
    """Returns the machine of the job that an operation reads, or None."""
    return operation.machine if operation.does == "read" else None


def ambiguous(operation: Operation, *, told_by_code: bool = True) -> dict[int, Sequence[str]]:
    """Returns the statuses of a read that mean several outcomes, with their states.

    Without `told_by_code`, also those whose body has a code for each outcome.
    """
    machine = _read_machine(operation)
    if machine is None:
        return {}
    return {
        status: names
        for status, names in _states(operation, machine).items()
        if len(_outcomes(machine, names)) > 1
        if not _shows_state(operation, status)
        if not (told_by_code and _signs(operation, status))
    }


def _signs(operation: Operation, status: int) -> tuple[Sign, ...]:
    """Returns the field with the code of an error, if each outcome has a code of its own."""
    machine, response = operation.machine, operation.response(status)
    if machine is None or response is None or response.shown is None:
        return ()
    at = next((keys for keys, shown in leaves(response.shown) if _is_code(shown)), None)
    return (
        () if at is None else _signs_at(at, machine, _states_of_codes(operation, machine, status))
    )


def _signs_at(
    at: tuple[str | int, ...], machine: Machine, states: Mapping[str | None, Sequence[str]]
) -> tuple[Sign, ...]:
    """Returns the field at a place, if each outcome has a code of its own."""
    if None in states or any(len(_outcomes(machine, names)) > 1 for names in states.values()):
        return ()
    return (Sign(at, {code: tuple(names) for code, names in states.items()}),)


def _states_of_codes(
    operation: Operation, machine: Machine, status: int
) -> dict[str | None, list[str]]:
    """Returns the states of each code of the answers with a status."""
    left, found = frozenset(machine.states), dict[str | None, frozenset[str]]()
    for condition, answer in operation.answers:
        if answer.status == status:
            able = condition.possible(machine) & left
            found[answer.code] = found.get(answer.code, frozenset()) | able
        left -= condition.certain(machine) or frozenset()
    return {code: [n for n in machine.states if n in each] for code, each in found.items() if each}


def _is_code(shown: Shown) -> bool:
    value = unconditional(shown.value)
    return isinstance(value, Path) and value.text == "error.code"


def _are_telling(
    operation: Operation, machine: Machine, states: Mapping[int, Sequence[str]]
) -> bool:
    """Returns True if several statuses each mean one outcome, and a body alone does not."""
    if len(states) == 1 or all(_shows_state(operation, status) for status in states):
        return False
    return all(_tells(operation, machine, *each) for each in states.items())


def _common(results: Iterable[Result | None]) -> Result | None:
    """Returns the result if all are at the same place, or None."""
    found = list(results)
    places = {each and (each.operation.place, each.status) for each in found}
    return found[0] if len(places) == 1 else None


def _states(operation: Operation, machine: Machine) -> dict[int, Sequence[str]]:
    """Returns the states of each status, in the machine's order."""
    found = {answer.status: operation.states(answer.status) for _, answer in operation.answers}
    return {
        s: [name for name in machine.states if name in each] for s, each in found.items() if each
    }


def _outcomes(machine: Machine, names: Iterable[str]) -> set[str | None]:
    ends = (machine.states[name].outcome for name in names)
    return {outcome.value if outcome else None for outcome in ends}


def _tells(operation: Operation, machine: Machine, status: int, names: Sequence[str]) -> bool:
    """Returns True if a status means one outcome, and depends on the state alone."""
    unknown = operation.errors["unknown_job"].answer.status
    failing = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if failing or status in _NO_STATE or status == unknown:
        return False
    alone = len(_outcomes(machine, names)) == 1
    return alone or _shows_state(operation, status) or bool(_signs(operation, status))


def _shows_state(operation: Operation, status: int) -> bool:
    """Returns True if the body of a success contains the text of the state."""
    response = operation.response(status)
    if response is None or not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return False
    found = leaves(response.shown) if response.shown else ()
    return any(_is_state(shown) for _, shown in found)


def _is_state(shown: Shown) -> bool:
    return isinstance(shown.value, Path) and shown.value.text == "state"


def _result(operation: Operation, status: int, others: Sequence[Operation]) -> Result | None:
    """Returns where the result of a status is: behind a redirect, in another operation."""
    if status not in REDIRECTS:
        return Result(operation, str(status) if str(status) in operation.responses else "default")
    answers = [answer for _, answer in operation.answers if answer.status == status]
    target = _target(answers[0], others) if len(answers) == 1 else None
    return _success(target) if target else None


def _success(operation: Operation) -> Result | None:
    good = (status for status in operation.responses if status.startswith("2"))
    status = next(good, None)
    return Result(operation, status) if status else None


def _target(answer: Answer, others: Sequence[Operation]) -> Operation | None:
    """Returns the operation to which the `Location` of an answer leads."""
    if not isinstance(answer.location, Text):
        return None
    first, *pieces = answer.location.pieces
    text = "".join(piece if isinstance(piece, str) else "{}" for piece in pieces)
    path = text.partition("?")[0] if isinstance(first, Path) and first.text == "base" else None
    gets = (each for each in others if each.method == "GET")
    return next((each for each in gets if _PARAMETER.sub("{}", each.path) == path), None)
