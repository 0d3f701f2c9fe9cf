"""Compiles `answers` of an operation: status, headers and body by the state of the job."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from jobtwin.errors import among
from jobtwin.openapi.answers import Answers, of_job
from jobtwin.openapi.emitting import Getter, emitted, header_text
from jobtwin.openapi.nodes import Report
from jobtwin.openapi.operations import FIRST_ERROR, Answer, DeclaredResponse, Problem
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.scopes import BadValue, Paths, Scope
from jobtwin.openapi.texts import text
from jobtwin.openapi.values import ALWAYS, Condition, Const, Value

Choice = tuple[Condition, Answer]
_T = TypeVar("_T")
_READS = ("read", "list")


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """Compiles the `answers` of one operation, bound at `place`; mistakes go to `report`.

    If `strict`, the headers sent by answers and limits must be exactly the declared ones.
    """

    answers: Answers
    paths: Paths
    scope: Scope
    does: str
    responses: Mapping[str, DeclaredResponse]
    place: str
    report: Report
    strict: bool
    sent_by_limits: frozenset[str] = frozenset()

    def choices(self, said: Mapping[str, Any], usual: Answer) -> Sequence[Choice]:
        """Returns the answers, each with its condition; the last one has none."""
        made = [self._choice(name, each, usual) for name, each in said.items()]
        self._check_conditions(list(said)[:-1], made)
        self._check_reached(list(said), made)
        choices = made if made and not made[-1][0] else [*made, (ALWAYS, usual)]
        if self.strict:
            self._check_headers(choices)
        return choices

    def _at(self, name: str, key: str = "") -> str:
        return f"{self.place}/answers{pointer([name])}{key}"

    def _tried(self, read: Callable[[], _T], where: str) -> _T | None:
        try:
            return read()
        except BadValue as bad:
            self.report(where, str(bad))
            return None

    def _check_conditions(self, names: Sequence[str], made: Sequence[Choice]) -> None:
        """Reports answers without a condition above others."""
        for name, (condition, _) in zip(names, made, strict=False):
            if not condition:
                why = "has no `when`, so that those below it are never given; put it last"
                self.report(self._at(name), why)

    def _when(self, name: str, said: Mapping[str, Any]) -> Condition:
        place = self._at(name, "/when")
        condition = self._tried(lambda: self.paths.condition(said.get("when"), self.scope), place)
        if condition and self.does == "delete":
            self.report(place, "a job that is deleted has no state; leave `when` out")
        return condition or ALWAYS

    def _choice(self, name: str, said: Mapping[str, Any], usual: Answer) -> Choice:
        condition = self._when(name, said)
        status = said.get("status", usual.status)
        response = self.responses.get(str(status)) or self.responses.get("default")
        if response is None:
            why = f"the operation lacks a response {status}; declare it, or write one of "
            self.report(self._at(name, "/status"), why + ", ".join(self.responses))
            return condition, Answer(status, None, None)
        made = self._refusal if status >= FIRST_ERROR else self._success
        answer = made(name, status, said, response)
        values = self._headers(name, said.get("headers", {}), response)
        headers = {header: header_text(emitted(value)) for header, value in values.items()}
        location = next((v for header, v in values.items() if header.lower() == "location"), None)
        return condition, replace(answer, name=name, headers=headers, location=location)

    # -- bodies ----------------------------------------------------------------------------------

    def _success(
        self, name: str, status: int, said: Mapping[str, Any], response: DeclaredResponse
    ) -> Answer:
        self._refuse(
            name, said, ("message", "code"), f"is for errors, which {status} is not; leave it out"
        )
        answer = self.answers.answer(status, response)
        if self.scope.what == "job":
            answer = of_job(answer, response.shown, self.scope.machine)
        if "example" in said:
            return self._example(name, answer, said["example"], response)
        if "body" in said:
            return self._body(name, answer, said["body"])
        if answer.make is None and answer.has_body and self.strict:
            self._report_unknown_body(name, answer)
        return answer

    def _report_unknown_body(self, name: str, answer: Answer) -> None:
        how = "bind its properties in `values`" if answer.is_json else "say so by `body`"
        why = f"nothing says what its body is; {how}, or name an `example` of the response"
        self.report(self._at(name), why)

    def _refuse(self, name: str, said: Mapping[str, Any], keys: Sequence[str], why: str) -> None:
        """Reports the keys that an answer has and may not have."""
        for key in keys:
            if key in said:
                self.report(self._at(name, f"/{key}"), why)

    def _body(self, name: str, answer: Answer, said: Any) -> Answer:
        where = self._at(name, "/body")
        if answer.is_json and answer.has_body:
            self.report(where, "is for answers that are not JSON; `values` say what JSON shows")
            return answer
        if not answer.has_body:
            self.report(where, f"the response {answer.status} declares no content; do so")
            return answer
        value = self._tried(lambda: self._value(said), where)
        return replace(answer, make=_getter(value), steady=False, share=None)

    def _example(
        self, name: str, answer: Answer, wanted: str, response: DeclaredResponse
    ) -> Answer:
        examples = self.answers.examples(response)
        if wanted not in examples:
            where = self._at(name, "/example")
            self.report(where, among(wanted, f"the examples of {answer.status}", examples))
            return answer
        make = emitted(Const(examples[wanted]))
        return replace(answer, make=make, steady=False, is_example=True, share=None)

    def _refusal(
        self, name: str, status: int, said: Mapping[str, Any], response: DeclaredResponse
    ) -> Answer:
        if self.does not in _READS:
            where, why = self._at(name, "/status"), "an error by state is for reads and lists"
            self.report(where, f"{why}; elsewhere `errors` say it, such as `illegal_event`")
        self._refuse(name, said, ("body", "example"), "is for successes; an error has a `message`")
        answer, _ = self.answers.error_answer(status, response, {})
        where, message = self._at(name, "/message"), said.get("message", "It is not so far yet")
        told = _getter(self._tried(lambda: text(message, self.scope, self.paths), where))
        code = said.get("code")
        make = answer.make and told and _problem_maker(answer.make, status, code, told)
        return replace(answer, make=make, message=message, code=code)

    def _value(self, said: Any) -> Value:
        """Parses a value that becomes text: a text with quotes, or any form that `values` allows."""
        if not isinstance(said, Mapping):
            return text(str(said), self.scope, self.paths)
        return self.answers.value(said, self.scope)

    # -- headers ---------------------------------------------------------------------------------

    def _headers(
        self, name: str, said: Mapping[str, Any], response: DeclaredResponse
    ) -> Mapping[str, Value | None]:
        made = {}
        for header, value in said.items():
            where = self._at(name, f"/headers{pointer([header])}")
            if self.strict and header.lower() not in response.header_names:
                known = among(header, "the headers that this response declares", response.headers)
                self.report(where, f"{known}; declare it")
            made[header] = self._tried(partial(self._value, value), where)
        return made

    def _check_headers(self, choices: Sequence[Choice]) -> None:
        """Reports declared headers that no answer sends, unless they are declared as optional."""
        by_status: dict[int, set[str]] = {}
        for _, answer in choices:
            sent = by_status.setdefault(answer.status, set(self.sent_by_limits))
            sent.update(header.lower() for header in answer.headers)
        for status, sent in by_status.items():
            if response := self.responses.get(str(status)):
                self._check_sent(response, sent)

    def _check_sent(self, response: DeclaredResponse, sent: Collection[str]) -> None:
        for header in sorted(response.headers - response.optional):
            if header.lower() not in sent:
                how = f"`answers: {{…: {{headers: {{{header}: …}}}}}}`"
                where = f"{response.place}/headers{pointer([header])}"
                self.report(where, f"is never sent; say what it holds by {how}")

    def _check_reached(self, names: Sequence[str], made: Sequence[Choice]) -> None:
        """Reports answers that are never given, since those above them cover all states."""
        machine = self.scope.machine
        if machine is None or self.scope.what != "job":
            return
        taken = frozenset[str]()
        conditional = [pair for pair in zip(names, made, strict=True) if pair[1][0]]
        for name, (condition, _) in conditional:
            if condition.possible(machine) <= taken:
                why = "is never given: the answers above it cover all its states"
                self.report(self._at(name, "/when"), why)
            taken |= condition.certain(machine) or frozenset()


def _getter(value: Value | None) -> Getter | None:
    return None if value is None else emitted(value)


def _problem_maker(make: Getter, status: int, code: str | None, told: Getter) -> Getter:
    return lambda it, request: make(Problem(status, code, told(it, request) or ""), request)
