"""Notes of `check`: declarations without effect, and operations that fail when the spec is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jobtwin.codegen.signs import signs
from jobtwin.codegen.statuses import ambiguous, by_status
from jobtwin.errors import Mistake
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobtwin.openapi.bindings import bind
from jobtwin.openapi.byname import by_name
from jobtwin.openapi.extensions import machine_path
from jobtwin.openapi.names import CONTROL
from jobtwin.openapi.nodes import enum_of, properties, type_of
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.scopes import NO_PROGRESS, Scope
from jobtwin.openapi.unanswered import Found, unanswered
from jobtwin.openapi.values import Each, Object, Path, Shown, Value, leaves, places, unconditional


def notes(spec: Spec) -> list[Mistake]:
    """Returns the declarations of a spec that have no effect, with their places."""
    return _placed(
        spec, [*unanswered(spec), *_unwaited(spec), *_shared_values(spec), *_without_progress(spec)]
    )


def failures(spec: Spec) -> list[Mistake]:
    """Returns the operations that fail in some state, after calling each in every state."""
    from jobtwin.testing.playing import play  # noqa: PLC0415 - slow to import

    return [] if spec.name == CONTROL else _placed(spec, play(spec))


def _placed(spec: Spec, found: Iterable[Found]) -> list[Mistake]:
    return spec.document.mistakes(dict.fromkeys(found))


def _shared_values(spec: Spec) -> list[Found]:
    """Returns the values that also hold in other properties, whose schema is the same."""
    found: list[Found] = []
    mistakes: list[Found] = []
    bind(
        spec.document,
        lambda place, why: mistakes.append((place, why)),  # they are reported when it is loaded
        lambda place, why: found.append((place, why)),
    )
    return found


def _without_progress(spec: Spec) -> Iterator[Found]:
    """Yields the properties that would show a progress by their name, of jobs that have none."""
    for operation in spec.operations:
        for response in _successes(operation):
            for shown, machine in places(response, operation.machine):
                if machine is not None and machine.rules:
                    yield from _unshown_progress(spec, shown, machine)


def _unshown_progress(spec: Spec, shown: Shown, machine: Machine) -> Iterator[Found]:
    place, value = shown.place, shown.value
    if not isinstance(value, Object):
        return
    declared = properties(spec.document, spec.document.at(f"#{place}"), place)
    for name, each in declared.items():
        kind, enum = type_of(spec.document, each.schema), enum_of(spec.document, each.schema)
        guess = by_name(name, Scope("job", machine), kind, enum, own=True)
        if name not in value.properties and guess == "progress":
            yield each.place, f"is never shown: {NO_PROGRESS}"


def _unwaited(spec: Spec) -> Iterator[Found]:
    """Yields the machines without a waiter, with the reason."""
    sessions = {credential.session for credential in spec.credentials.values()}
    for name, machine in spec.jobs.items():
        if machine not in sessions and (why := _why_unwaited(spec, machine)):
            yield pointer(machine_path(name)), f"clients get no waiter: {why}"


def _why_unwaited(spec: Spec, machine: Machine) -> str | None:
    asking = spec.operations_of(machine, "read", "list")
    if not asking:
        return "no operation reads or lists its jobs"
    if all(operation.method != "GET" for operation in asking):
        return "none of the operations that read its jobs is a GET"
    if any(_shows_state(each, machine) or by_status(each, spec.operations) for each in asking):
        return None
    if shared := next(_shared(asking), None):
        return shared
    return (
        "no response shows the state: in `values`, bind a property to it, "
        "or one for each end to `when: {outcome: …}`, or give each end a status in `answers`"
    )


def _shared(reads: Iterable[Operation]) -> Iterator[str]:
    """Yields the statuses that mean several outcomes, with a way to tell these apart."""
    for operation in reads:
        for status, states in ambiguous(operation).items():
            *others, last = states
            yield (
                f"{operation.id} answers {status} for {', '.join(others)} and {last} alike: in its "
                "`answers`, give each a status of its own, or a `code` that the body shows"
            )


def _successes(operation: Operation) -> Iterator[Shown]:
    """The values of an operation's successes, and of its default response."""
    for status, response in operation.responses.items():
        if status[0] in "2d" and response.shown:
            yield response.shown


def _shows_state(operation: Operation, machine: Machine) -> bool:
    return any(_tells(shown, machine) for shown in _successes(operation))


def _tells(shown: Shown, machine: Machine) -> bool:
    """Returns True if a response, or an item of a list response, shows the state."""
    found = list(leaves(shown))
    inner = [each for _, leaf in found if isinstance(each := unconditional(leaf.value), Each)]
    plain = any(_is_state(leaf.value) for _, leaf in found)
    return plain or bool(signs(found, machine)) or any(_tells(each.item, machine) for each in inner)


def _is_state(value: Value | None) -> bool:
    return isinstance(value, Path) and value.text == "state"
