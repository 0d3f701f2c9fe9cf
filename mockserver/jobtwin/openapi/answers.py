"""The answer side of operations: what a success shows, and how each situation is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from string import Formatter
from typing import Any

from jobtwin.openapi.document import Document, pointer
from jobtwin.openapi.operations import CONTROL_SITUATIONS, SITUATIONS, Answer, ErrorAnswer
from jobtwin.openapi.schema import Schemas
from jobtwin.openapi.values import Compiler, Problem, Scope

Report = Callable[[str, str], None]


class Answers:
    """Compiles the answers of one document; mistakes go to `report`."""

    def __init__(self, document: Document, schemas: Schemas, report: Report) -> None:
        self._document = document
        self._schemas = schemas
        self._report = report
        self._compiler = Compiler(document, report)
        self._settings: Mapping[str, Any] = document.data.get("x-job-errors", {})
        own = {} if "x-job-lifecycle" in document.data else CONTROL_SITUATIONS
        self._situations = {**SITUATIONS, **own}

    def success(self, node: Mapping[str, Any], scope: Scope, where: str, *, made: bool) -> Answer:
        """How an operation's first 2xx response is made; `made` says that values make it."""
        responses = node.get("responses", {})
        status = next((s for s in responses if s.startswith("2")), None)
        if status is None:
            self._report(f"{where}/responses", "needs a 2xx response")
            return Answer(200, None, None)
        place = f"{where}/responses/{status}"
        answer = self._answer(int(status), responses[status], scope, place)
        if made and answer.make is None and answer.validator is not None:
            self._report(place, "no `x-job-value` in its schema says where the body comes from")
        return answer

    def _answer(self, status: int, response: Any, scope: Scope, where: str) -> Answer:
        response = self._document.resolve(response)
        for kind, media in response.get("content", {}).items():
            if "json" in kind and "schema" in media:
                place = f"{where}/content{pointer([kind])}/schema"
                make, steady = self._compiler.body(media["schema"], scope, place)
                validator = self._schemas.validator(media["schema"])
                return Answer(status, make, validator, kind, steady)
        return Answer(status, None, None)

    # -- errors ----------------------------------------------------------------------------------

    def errors(
        self, responses: Mapping[str, Any], own: Mapping[str, Any], where: str
    ) -> Mapping[str, ErrorAnswer]:
        """How each situation is answered, by an operation or, with nothing given, in general."""
        declared = cache(partial(self._declared, responses, where))
        return {
            situation: self._error(situation, declared, own.get(situation, {}), where)
            for situation in self._situations
        }

    def _declared(self, responses: Mapping[str, Any], where: str, status: int) -> Answer:
        """How a status is answered, as far as the operation declares it."""
        response = responses.get(str(status), responses.get("default"))
        if response is None:
            return Answer(status, None, None)
        return self._answer(status, response, Scope("error"), f"{where}/responses/{status}")

    def _error(
        self,
        situation: str,
        declared: Callable[[int], Answer],
        own: Mapping[str, Any],
        where: str,
    ) -> ErrorAnswer:
        usual = self._situations[situation]
        said: dict[str, Any] = {"status": usual.status, "message": usual.message}
        said |= {**self._settings.get(situation, {}), **own}
        status = said["status"]
        answer = declared(status)
        target = said.get("schema") or (
            self._settings.get("schema") if answer.make is None else None
        )
        if target:
            answer = self._of_schema(status, target, answer)
        elif answer.make is None:
            kind = answer.media_type if answer.validator else "application/problem+json"
            answer = Answer(status, _rfc9457, answer.validator, kind)
        if own or not where or answer.make is _rfc9457:
            place = f"{where}/x-job-operation/errors" if where else "/x-job-errors"
            self._check(situation, answer, said, f"{place}/{situation}")
        return ErrorAnswer(answer, said["message"], said.get("code"), said.get("headers", {}))

    def _of_schema(self, status: int, target: str, declared: Answer) -> Answer:
        node = self._document.at(target)
        make = self._compiler.schema(node, Scope("error"), target[1:])
        if make is None:
            self._report(
                target[1:], "no `x-job-value` in this error's schema says where it comes from"
            )
        validator = declared.validator or self._schemas.validator(node)
        return Answer(status, make, validator, declared.media_type)

    def _check(self, situation: str, answer: Answer, said: Mapping[str, Any], place: str) -> None:
        """Make an error once, now, so that it cannot fail later."""
        known = self._situations[situation].quotes
        try:
            quoted = [
                name for _, name, _, _ in Formatter().parse(said["message"]) if name is not None
            ]
        except ValueError as error:
            self._report(
                f"{place}/message", f"{error}; write a brace that is meant as {{{{ or }}}}"
            )
            return
        for name in quoted:
            if name not in known:
                able = ", ".join(f"{{{quote}}}" for quote in known) or "nothing"
                self._report(f"{place}/message", f"cannot quote {{{name}}}; it can quote {able}")
        if situation == "unknown_parameter" and "names" not in quoted:
            self._report(
                f"{place}/message",
                "must quote {names}: a misspelt parameter is told those that exist",
            )
        if answer.make is None or answer.validator is None or not self._compiler.sound:
            return
        body = answer.make(Problem(answer.status, said.get("code"), "message", "target"), _Unasked)
        for wrong in answer.validator.iter_errors(body):
            self._report(place, f"its body does not fit its schema: {wrong.message}")


class _Unasked:
    """Stands for the request where there is none."""

    id = "00000000-0000-4000-8000-000000000000"


def _rfc9457(problem: Any, _request: Any) -> dict[str, Any]:
    """Make a body for specs that do not say what their errors look like."""
    title = HTTPStatus(problem.status).phrase
    return {"title": title, "status": problem.status, "detail": problem.message}
