"""From the client to the server: every possible request is accepted, or refused as the spec says.

Requests are checked against the spec's text, in `promises.py`, not against the server's reading.
"""

import re
import typing
import warnings
from collections.abc import Iterator
from inspect import signature
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from jobcall import UNSET, UnexpectedStatus, UnknownValueWarning
from jobcall.paths import ELSEWHERE
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from tests.both.pair import SPECS, Pair, content_of, plain, python_name, text
from tests.both.promises import Promised
from tests.both.values import SchemaValues, Types, Values, first, reader
from tests.sampling import examples, fast_every
from tests.twins import BLOCKING

SETTINGS = settings(
    max_examples=examples(12, 30),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SITUATIONS = {
    "path": {"unknown_path", "wrong_method"},
    "parameter": {"missing_parameter", "malformed_parameter", "invalid_parameter"},
    "body": {"missing_body", "malformed_body", "invalid_body"},
}
"""The possible situations for each invalid part of a request."""
FORMAL = {situation for several in SITUATIONS.values() for situation in several}

pytestmark = pytest.mark.usefixtures("fifth")


# -- arguments -------------------------------------------------------------------------------------


class Arguments:
    """Arguments of one generated function: valid ones, and any that the types allow."""

    def __init__(self, pair: Pair, operation: Operation, promised: Promised) -> None:
        self._pair = pair
        self._operation = operation
        self._promised = promised
        self._types = Types(f"jobclients.{pair.spec.name}")
        self._schemas = SchemaValues(pair.promises)

    def values(self) -> Values:
        """Returns all arguments, by name."""
        ask = self._pair.endpoint(self._promised).sync_detailed
        kinds = {n: p.annotation for n, p in signature(ask).parameters.items() if n != "client"}
        declared = {python_name(p["name"]): p for p in self._promised.parameters}
        made = {}
        for name, kind in kinds.items():
            right = self._right(declared[name], kind) if name in declared else self._body(kind)
            made[name] = right | right | self._types.values(kind)
        return st.fixed_dictionaries(made)

    def _right(self, parameter: Any, kind: Any) -> Values:
        source, machine = self._operation.job_id, self._operation.machine
        if source and machine and (source.place, source.name) == (parameter["in"], parameter["name"]):  # fmt: skip
            return st.sampled_from([sample.id for sample in machine.samples]).map(reader(kind))
        made = self._schemas.values(parameter["schema"]).map(reader(kind))
        return made if parameter.get("required") else st.just(UNSET) | made

    def _body(self, kind: Any) -> Values:
        content = (self._promised.body or {})["content"]
        schema = next(iter(content.values()))["schema"]
        kinds = [each for each in typing.get_args(kind) or (kind,) if hasattr(each, "from_dict")]
        if any(hasattr(each, "to_multipart") for each in kinds):
            return self._types.values(kind)
        known = [self._pair.promises.resolved(e)["value"] for m in content.values() for e in m.get("examples", {}).values()]  # fmt: skip
        bodies = self._schemas.values(schema) | (st.sampled_from(known) if known else st.nothing())
        return bodies.map(lambda body: first(kinds, body))


# -- responses -------------------------------------------------------------------------------------


def _finding(pair: Pair, operation: Operation, status: int, body: Any) -> str | None:
    """Returns the situation, by the journal, or by the message of the response."""
    if operation.machine is not None:
        return next(reversed(pair.sandbox.journal)).finding
    words = [word for word in (body or {}).values() if isinstance(word, str)]
    for situation, error in operation.errors.items():
        said = re.sub(
            r"\\{\w+\\}", ".*", re.escape(error.message.replace("{{", "{").replace("}}", "}"))
        )
        if error.answer.status == status and any(re.fullmatch(said, w, re.DOTALL) for w in words):
            return situation
    return None


def _operations() -> Iterator[Any]:
    for spec in SPECS:
        for operation in (o for o in spec.operations if o.id not in BLOCKING):
            yield pytest.param(spec, operation, id=f"{spec.name}-{operation.id}")


@pytest.mark.parametrize(("spec", "operation"), fast_every(4, _operations()))
def test_request(spec: Spec, operation: Operation) -> None:
    """A valid request is not refused for its form; an invalid one is, in the vendor's shape."""
    pair = Pair(spec)
    promised = pair.promises.operations[operation.id]
    ask = pair.endpoint(promised).sync_detailed
    paths = [python_name(p["name"]) for p in promised.parameters if p["in"] == "path"]

    met = list[set[str]]()

    @SETTINGS
    @given(Arguments(pair, operation, promised).values())
    def each(arguments: dict[str, Any]) -> None:
        pair.anew()
        nowhere = any(arguments.get(name) in ELSEWHERE for name in paths)
        try:
            answer = ask(client=pair.client, **arguments)
        except UnicodeEncodeError:  # the header is impossible: nothing was sent
            reject()
        except ValueError as error:
            if not nowhere or "is not allowed in a path" not in str(error):
                raise
            return
        except UnexpectedStatus:
            if pair.faults(promised) != {"path"}:
                raise
            return
        assert not nowhere
        met.append(_hold(pair, operation, answer))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnknownValueWarning)
        each()
    assert set() in met


def _hold(pair: Pair, operation: Operation, answer: Any) -> set[str]:
    """Checks a response against the spec, and returns the request's invalid parts."""
    promised = pair.promises.operations[operation.id]
    sent = httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
    body = content_of(sent)
    faults = pair.faults(promised)

    assert answer.status_code in promised.responses
    assert answer.status_code < 500
    if answer.status_code == operation.answer.status:
        assert not faults
    else:
        finding = _finding(pair, operation, answer.status_code, body)
        wrong = {situation for fault in faults for situation in SITUATIONS[fault]}
        assert finding in wrong if faults else finding not in FORMAL, (finding, faults, body)
    assert text(plain(answer.parsed)) == text(body)
    if content := promised.content(answer.status_code):
        schema = content[answer.headers["content-type"]]
        assert pair.promises.misfit(schema, body) == ""
        assert type(answer.parsed) in pair.classes(schema)
    return faults
