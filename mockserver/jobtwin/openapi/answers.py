"""The response side of operations: the values of successes, and the errors for situations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

from jobtwin.lifecycle import Machine
from jobtwin.openapi.bindings import Bindings, keys_of, situation_settings
from jobtwin.openapi.bodies import BodyReader
from jobtwin.openapi.courses import shared_body
from jobtwin.openapi.emitting import Getter, emitted
from jobtwin.openapi.extensions import error_settings, has_limits, machine_sources
from jobtwin.openapi.made import Maker
from jobtwin.openapi.nodes import Report
from jobtwin.openapi.operations import (
    CONTROL_SITUATIONS,
    SITUATIONS,
    Answer,
    DeclaredResponse,
    ErrorAnswer,
    Problem,
)
from jobtwin.openapi.phrases import phrase
from jobtwin.openapi.pointer import followed, pointer
from jobtwin.openapi.schema import SchemaValidators
from jobtwin.openapi.scopes import KeyReport, Scope, quoted_names
from jobtwin.openapi.values import Const, Shown, Value, is_steady, shows_log

_ANY = "default"
"""The key of the response for every status that has none of its own."""

_Declared = tuple[Answer, Shown | None]
_CONCRETE = {"*/*": "application/octet-stream", "text/*": "text/plain"}
"""The media types to send if a range is declared."""


class Answers:
    """Compiles the answers of one document; mistakes go to `report`."""

    def __init__(self, bindings: Bindings, schemas: SchemaValidators, report: Report) -> None:
        document = bindings.document
        self._bindings = bindings
        self._document = document
        self._schemas = schemas
        self._report = report
        maker = Maker(document, schemas)
        self._samples = maker if document.is_vendors else None
        self._bodies = BodyReader(bindings, report, maker)
        self._unserved = BodyReader(bindings, lambda _where, _why: None, maker)
        self._settings = error_settings(document)
        own = {} if machine_sources(document) else CONTROL_SITUATIONS
        known = {name: each for name, each in SITUATIONS.items() if self._happens(name)}
        self._situations = {**known, **own}
        self._schema = cache(self._read_schema)
        self._general = cache(self._read_general)
        self._errors: dict[tuple[bool, str], DeclaredResponse] = {}

    def _happens(self, situation: str) -> bool:
        """Returns True if a situation can occur, or is configured anyway; some are rare."""
        rare = {
            "too_many_requests": has_limits(self._document),
            "reused_key": self._bindings.has_key("idempotency"),
        }
        return situation in self._settings or rare.get(situation, True)

    @property
    def assumed(self) -> Mapping[str, Any]:
        """Values of properties that follow from names alone, by place."""
        return self._bodies.assumed

    def responses(
        self,
        declared: Mapping[str, Any],
        own: Mapping[str, Any],
        scope: Scope,
        where: str,
        *,
        given: Iterable[int] = (),
    ) -> Mapping[str, DeclaredResponse]:
        """Returns an operation's declared responses by status; successes show values of `scope`.

        Mistakes in responses that the twin never sends are not reported; `given` are the statuses
        in `answers`.
        """
        succeeds = self._success(declared)
        served = {succeeds, *map(str, given), *self._refused(declared, own)}
        made = {}
        for status, node in declared.items():
            bodies = self._bodies if status in served else self._unserved
            good = status.startswith(("2", "3")) or status == succeeds
            of = scope if good else Scope("error")
            made[status] = self._response(bodies, node, of, f"{where}/responses/{status}")
        return made

    def _refused(self, declared: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[str]:
        """Yields the declared statuses of an operation's refusals."""
        for situation in self._situations:
            status = str(self._said(situation, own)["status"])
            yield status if status in declared else "default"

    def _response(
        self, bodies: BodyReader, node: Any, scope: Scope, place: str
    ) -> DeclaredResponse:
        """Reads a declared response; operations have many of their errors in common."""
        place, node = followed(self._document.data, place, node)
        if scope.what != "error":
            return self._read_response(bodies, node, scope, place)
        key = bodies is self._bodies, place
        if key not in self._errors:
            self._errors[key] = self._read_response(bodies, node, scope, place)
        return self._errors[key]

    def _read_response(
        self, bodies: BodyReader, node: Any, scope: Scope, place: str
    ) -> DeclaredResponse:
        response = self._plain_response(node, place)
        if (kind := response.json) is None:
            return response
        schema, where = node["content"][kind]["schema"], str(response.schemas[kind])
        shown = bodies.read(schema, scope, where) or bodies.sample(schema, where, required=True)
        return replace(response, shown=shown)

    def _plain_response(self, node: Mapping[str, Any], place: str) -> DeclaredResponse:
        """Returns a declared response without the values that it shows."""
        schemas = {
            kind: f"{place}/content{pointer([kind])}/schema" if "schema" in media else None
            for kind, media in node.get("content", {}).items()
        }
        headers = node.get("headers", {})
        optional = (
            n for n in headers if self._document.resolve(headers[n]).get("required") is False
        )
        return DeclaredResponse(place, frozenset(headers), schemas, optional=frozenset(optional))

    def sent(
        self, node: Mapping[str, Any], scope: Scope, where: str
    ) -> tuple[DeclaredResponse, Answer | None]:
        """Returns the body of a callback as a response; None if it cannot be made."""
        place, body = followed(self._document.data, f"{where}/requestBody", node["requestBody"])
        response = self._response(self._bodies, body, scope, place)
        if response.json is None:
            self._report(place, "needs `application/json` with a schema: it is sent as JSON")
            return response, None
        if response.shown is None:
            self._report(
                place, "nothing says where its body comes from; say so in `x-jobs: {values: …}`"
            )
            return response, None
        return response, self.answer(200, response)

    def _said(self, situation: str, own: Mapping[str, Any]) -> Mapping[str, Any]:
        """Merges the settings for a situation: its default, the file's, and the operation's."""
        general = self._general(situation)
        return {**general, **situation_settings(own, situation)} if own else general

    def _read_general(self, situation: str) -> Mapping[str, Any]:
        """Merges the settings for a situation that all operations share."""
        usual = self._situations[situation]
        said = {"status": usual.status, "message": usual.message}
        return {**said, **situation_settings(self._settings, situation)}

    def success(
        self, responses: Mapping[str, DeclaredResponse], scope: Scope, where: str, *, made: bool
    ) -> Answer:
        """Compiles an operation's first 2xx response; `made` is True if it is made from values."""
        status = self._success(responses)
        if status is None:
            if self._samples is None:
                self._report(f"{where}/responses", "needs a 2xx response")
            return Answer(200, None, None)
        answer = self.answer(200 if status == _ANY else int(status), responses[status])
        if made and answer.make is None and answer.validator is not None:
            place = f"{where}/responses/{status}"
            self._report(
                place, "nothing says where its body comes from; say so in `x-jobs: {values: …}`"
            )
        shown = responses[status].shown if scope.what == "job" else None
        return of_job(answer, shown, scope.machine)

    def _success(self, responses: Mapping[str, Any]) -> str | None:
        """Returns the status by which an operation succeeds: its first 2xx.

        In a vendor's file it may be `default`, if no other response is declared.
        """
        found = next((status for status in responses if status.startswith("2")), None)
        only = self._samples is not None and [*responses] == [_ANY]
        return _ANY if only else found

    def answer(self, status: int, response: DeclaredResponse) -> Answer:
        """Compiles a declared status; a body that is not JSON is made from its example."""
        if not response.schemas:
            return Answer(status, None, None, has_body=False)
        if (kind := response.json) is None:
            kind = next(iter(response.schemas))
            example = next(iter(self.examples(response).values()), None)
            make = None if example is None else emitted(Const(example))
            return Answer(
                status, make, None, _CONCRETE.get(kind, kind), is_example=make is not None
            )
        make = None if response.shown is None else emitted(response.shown.value)
        validator = self._schemas.validator(self._document.at(str(response.schemas[kind])))
        return Answer(status, make, validator, kind)

    def examples(self, response: DeclaredResponse) -> Mapping[str, Any]:
        """Returns the examples of the body by name; a single one is called `example`."""
        node = self._document.at(f"#{response.place}")
        kind = response.json or next(iter(response.schemas), "")
        media = node.get("content", {}).get(kind, {})
        found = {"example": media["example"]} if "example" in media else {}
        named = {n: self._document.resolve(e) for n, e in media.get("examples", {}).items()}
        return {**found, **{n: e["value"] for n, e in named.items() if "value" in e}}

    def value(self, said: Mapping[str, Any], scope: Scope) -> Value:
        """Parses a value that becomes text. Raises BadValue if it is invalid."""
        return self._bodies.text_value(said, scope)

    # -- errors ----------------------------------------------------------------------------------

    def errors(
        self, responses: Mapping[str, DeclaredResponse], own: Mapping[str, Any], place: str = ""
    ) -> Mapping[str, ErrorAnswer]:
        """Compiles the error for each situation: of the operation at a place, or the general ones."""
        declared = cache(partial(self._declared, responses))
        return {
            situation: self._error(situation, declared, own, place)
            for situation in self._situations
        }

    def _declared(self, responses: Mapping[str, DeclaredResponse], status: int) -> _Declared:
        """Compiles a status as far as the operation declares it."""
        response = responses.get(str(status)) or responses.get(_ANY)
        if response is None or self._success(responses) == _ANY:
            return Answer(status, None, None, has_body=False), None
        return self.answer(status, response), response.shown

    def _error(
        self,
        situation: str,
        declared: Callable[[int], _Declared],
        own: Mapping[str, Any],
        place: str,
    ) -> ErrorAnswer:
        said = self._said(situation, own)
        answer, shown = self._with_shape(said, *declared(said["status"]))
        if own.keys() & {*keys_of(situation)} or not place or answer.make is _rfc9457:
            self._check(situation, answer, said, f"{place or '/x-jobs'}/errors/{situation}")
        return ErrorAnswer(
            answer, said["message"], said.get("code"), said.get("headers", {}), shown
        )

    def error_answer(
        self, status: int, response: DeclaredResponse, said: Mapping[str, Any]
    ) -> tuple[Answer, Shown | None]:
        """Compiles an error; returns its answer and the values of its body."""
        return self._with_shape(said, self.answer(status, response), response.shown)

    def _with_shape(
        self, said: Mapping[str, Any], answer: Answer, shown: Shown | None
    ) -> tuple[Answer, Shown | None]:
        """Adds the file's general schema of errors to an answer without a schema."""
        target = said.get("schema") or (self._settings.get("schema") if shown is None else None)
        if target:
            shown, make, validator = self._schema(target)
            answer = replace(answer, make=make, validator=answer.validator or validator)
        elif shown is None:
            answer = _with_problem(answer)
        if self._samples is not None and _unfit(answer, said):
            return Answer(answer.status, _rfc9457, None, "application/problem+json"), None
        return answer, shown

    def _read_schema(self, target: str) -> tuple[Shown | None, Getter | None, Any]:
        """Returns the values of a named error schema, a function to make it, and its validator."""
        place = f"/components/schemas{pointer([target])}"
        node = self._document.at(f"#{place}")
        shown = self._bodies.read(node, Scope("error"), place)
        if shown is None:
            self._report(
                place,
                "none of the error's properties has a value; bind them in `values` to error.message, error.code, error.status or error.title",
            )
        make = None if shown is None else emitted(shown.value)
        return shown, make, self._schemas.validator(node)

    def _check(self, situation: str, answer: Answer, said: Mapping[str, Any], place: str) -> None:
        """Makes an error once at start-up, so that it cannot fail later."""
        report = KeyReport(self._report, place)
        quoted = report.tried(lambda: quoted_names(said["message"]), "message")
        if quoted is None:
            return
        self._check_quoted(situation, quoted, f"{place}/message")
        if answer.make is None or answer.validator is None or not self._bodies.sound:
            return
        for wrong in answer.validator.iter_errors(_tried(answer, said)):
            self._report(place, f"its body does not fit its schema: {wrong.message}")

    def _check_quoted(self, situation: str, quoted: Sequence[str], place: str) -> None:
        """Reports quotes that a message cannot have, and one that it must have."""
        known = self._situations[situation].quotes
        able = ", ".join(map("{{{}}}".format, known)) or "nothing"
        for name in quoted:
            if name not in known:
                self._report(place, f"cannot quote {{{name}}}; it can quote {able}")
        if situation == "unknown_parameter" and "names" not in quoted:
            self._report(place, "must quote {names}, to list the existing parameters")


def of_job(answer: Answer, shown: Shown | None, machine: Machine | None) -> Answer:
    """Returns an answer about a job, marked as cacheable and with its shared values."""
    if shown is None:
        return answer
    counts = machine is not None and machine.logs_counts and shows_log(shown.value)
    if counts:
        return answer
    return replace(answer, steady=is_steady(shown.value), share=shared_body(shown.value))


def _tried(answer: Answer, said: Mapping[str, Any]) -> Any:
    """Makes the body of an error for a made-up request."""
    problem = Problem(answer.status, said.get("code"), "message", "target")
    return None if answer.make is None else answer.make(problem, _Unasked)


def _with_problem(answer: Answer) -> Answer:
    """Returns an answer with a body as in RFC 9457."""
    kind = answer.media_type if answer.validator else "application/problem+json"
    return replace(answer, make=_rfc9457, media_type=kind)


def _unfit(answer: Answer, said: Mapping[str, Any]) -> bool:
    """Returns True if the body of an error does not fit its schema."""
    return answer.validator is not None and not answer.validator.is_valid(_tried(answer, said))


class _Unasked:
    """A made-up request."""

    id = "00000000-0000-4000-8000-000000000000"


def _rfc9457(problem: Any, _request: Any) -> dict[str, Any]:
    """Makes a body for specs without a schema of errors."""
    title = phrase(problem.status)
    return {"title": title, "status": problem.status, "detail": problem.message}
