"""Compiles callbacks and webhooks: when they are sent, their bodies, and their signatures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jobtwin.errors import among
from jobtwin.lifecycle import Machine
from jobtwin.openapi.answers import Answers
from jobtwin.openapi.document import METHODS, Document
from jobtwin.openapi.nodes import Report
from jobtwin.openapi.operations import DeclaredCallback, DeclaredSignature, RequestSource, Retries
from jobtwin.openapi.pointer import followed, pointer, tokens
from jobtwin.openapi.requests import Sources
from jobtwin.openapi.scopes import KeyReport, Paths, Scope, quoted_names
from jobtwin.openapi.times import span
from jobtwin.openapi.values import ALWAYS, Const

_EXPRESSION = re.compile(r"\{(\$[^{}]*)\}")
_REQUEST = re.compile(r"\$request\.(?:(body)(?:#/(.*))?|(path|query|header)\.(.+))")
_SIGNED = ("id", "timestamp", "body")
_SENT = ("id", "timestamp", "hex", "base64")
STANDARD = DeclaredSignature(
    "standard-webhooks",
    "{id}.{timestamp}.{body}",
    {
        "webhook-id": "{id}",
        "webhook-timestamp": "{timestamp}",
        "webhook-signature": "v1,{base64}",
    },
)
_SIGNATURES = {
    "standard-webhooks": STANDARD,
    "bearer": DeclaredSignature("bearer", "", {"Authorization": "Bearer {secret}"}),
}
"""https://www.standardwebhooks.com, symmetric."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Compiles the callbacks of one document; mistakes go to `report`.

    A callback whose name is taken gets its operation's name in addition.
    """

    document: Document
    answers: Answers
    paths: Paths
    report: Report
    names: set[str] = field(default_factory=set)
    assumed: list[str] = field(default_factory=list)
    """The places of callbacks without a declared time of sending."""

    def name(self, name: str, head: str) -> str:
        """Returns an unused name for a callback."""
        found = name if name not in self.names else f"{head}.{name}"
        self.names.add(found)
        return found

    def of_operation(  # noqa: PLR0913, PLR0917 - all that a callback refers to
        self,
        node: Mapping[str, Any],
        where: str,
        said: Mapping[str, Any],
        place: str,
        machine: Machine,
        sources: Sources,
    ) -> list[DeclaredCallback]:
        """Returns the callbacks of an operation that creates jobs: all declared, or the bound ones."""
        declared = node.get("callbacks", {})
        for name in said.keys() - declared.keys():
            why = among(name, "the `callbacks` that the operation declares", declared)
            self.report(f"{place}/callbacks{pointer([name])}", why)
        wanted = [name for name in declared if name in said or not self.document.is_vendors]
        made = []
        for name in wanted:
            at = f"{where}/callbacks{pointer([name])}"
            own = f"{place}/callbacks{pointer([name])}"
            at, item = followed(self.document.data, at, declared[name])
            url = self._only_url(item, at)
            if url is None:
                continue
            unique = self.name(name, node.get("operationId", ""))
            if name not in said:
                self.assumed.append(at)
            compiler = _Compiler(self, unique, said.get(name, {}), own, machine, sources)
            at += pointer([url])
            made += compiler.compiled(item[url], at, compiler.url(url, at))
        return made

    def _only_url(self, item: Mapping[str, Any], at: str) -> str | None:
        """Returns the URL of a callback; reports one with several."""
        urls = [key for key in item if not str(key).startswith("x-")]
        if len(urls) == 1:
            return urls[0]
        self.report(at, "needs one URL; write a callback of its own for each")
        return None

    def webhooks(
        self, said: Mapping[str, Mapping[str, Any]], jobs: Mapping[str, Machine]
    ) -> Iterator[DeclaredCallback]:
        """Yields the document's `webhooks` that `x-jobs` names."""
        declared = self.document.data.get("webhooks", {})
        for name, each in said.items():
            place = f"/x-jobs/webhooks{pointer([name])}"
            if name not in declared:
                self.report(place, among(name, "the `webhooks` of the file", declared))
                continue
            machine = self._machine(each, jobs, place)
            if machine is not None:
                sources = Sources(self.document, (), {}, self.report)
                unique = self.name(name, "webhooks")
                compiler = _Compiler(self, unique, each, place, machine, sources)
                yield from compiler.compiled(declared[name], f"/webhooks{pointer([name])}", ())

    def _machine(
        self, said: Mapping[str, Any], jobs: Mapping[str, Machine], place: str
    ) -> Machine | None:
        name = said.get("machine", next(iter(jobs)) if len(jobs) == 1 else "")
        if name not in jobs:
            key = "/machine" if "machine" in said else ""
            why = (
                among(name, "the machines that are not parts", jobs) if name else "needs `machine`"
            )
            self.report(f"{place}{key}", why)
        return jobs.get(name)


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Compiles one callback; `said` is its entry in `x-jobs`, at `place`."""

    of: Callbacks
    name: str
    said: Mapping[str, Any]
    place: str
    machine: Machine
    sources: Sources

    @property
    def _report(self) -> KeyReport:
        return KeyReport(self.of.report, self.place)

    def compiled(
        self, item: Mapping[str, Any], where: str, url: Sequence[str | RequestSource] | None
    ) -> list[DeclaredCallback]:
        """Returns the callback declared by a path item; none if it cannot be sent."""
        where, item = followed(self.of.document.data, where, item)
        method = next((each for each in METHODS if each in item), None)
        if method is None or url is None or "requestBody" not in item[method]:
            if url is not None:
                self.of.report(where, "needs an operation with a `requestBody`, such as `post`")
            return []
        each = self.said.get("each", "state")
        when = Scope("job", self.machine)
        response, answer = self.of.answers.sent(
            item[method], Scope("job", self.machine, told=each), f"{where}/{method}"
        )
        if answer is None:
            return []
        condition = self._report.tried(
            lambda: self.of.paths.condition(self.said.get("when"), when), "when"
        )
        return [
            DeclaredCallback(
                name=self.name,
                place=f"{where}/{method}",
                machine=self.machine,
                method=method.upper(),
                url=url,
                each=each,
                events=self._events(each),
                when=condition or ALWAYS,
                response=response,
                answer=answer,
                retries=self._retries(),
                signature=self._signature(),
                secret=self._secret(),
            )
        ]

    # -- the URL ---------------------------------------------------------------------------------

    def url(self, text: str, where: str) -> Sequence[str | RequestSource] | None:
        """Returns the pieces of a URL: texts, and sources for its runtime expressions."""
        pieces: list[str | RequestSource] = []
        whole = f"{{{text}}}" if text.startswith("$") else text
        for number, word in enumerate(_EXPRESSION.split(whole)):
            if number % 2 == 0:
                pieces += [word] if word else []
            elif source := self._runtime(word, where):
                pieces.append(source)
            else:
                return None
        return pieces

    def _runtime(self, expression: str, where: str) -> RequestSource | None:
        found = _REQUEST.fullmatch(expression)
        if found is None:
            why = f"{expression!r} cannot be known; a URL holds what the request sent"
            self.of.report(
                where, f"{why}: {{$request.body#/NAME}}, query.NAME, header.NAME, path.NAME"
            )
            return None
        if found[1]:
            keys = tokens(f"/{found[2]}") if found[2] else []
            if any("." in key for key in keys):
                self.of.report(where, f"{expression!r} has a dot in a name; a name cannot have one")
                return None
            return self.sources.source(".".join(["body", *keys]), where)
        return self.sources.source(f"{found[3]}.{found[4]}", where)

    # -- words -----------------------------------------------------------------------------------

    def _events(self, each: str) -> frozenset[str]:
        events = self.said.get("events", ())
        if events and each != "event":
            self._report("events", "is for `each: event`; leave it out")
        known = self.machine.event_names
        for event in events:
            if event not in known:
                self._report("events", among(event, f"the events of {self.machine.name}", known))
        return frozenset(events)

    def _retries(self) -> Retries:
        said = self.said.get("retries", ())
        form = said if isinstance(said, Mapping) else {"after": said}
        return Retries(list(map(span, form["after"])), tuple(map(str, form.get("on", ()))))

    def _secret(self) -> RequestSource | Const | None:
        said = self.said.get("signature", {}).get("secret")
        return None if said is None else self.sources.given(said, f"{self.place}/signature/secret")

    def _signature(self) -> DeclaredSignature | None:
        said = self.said.get("signature")
        if said is None:
            return None
        if said["scheme"] == "hmac":
            return self._hmac(said)
        for key in [each for each in ("signs", "headers", "hash") if each in said]:
            self._report(f"signature/{key}", "is for `scheme: hmac`; leave it out")
        return _SIGNATURES[said["scheme"]]

    def _hmac(self, said: Mapping[str, Any]) -> DeclaredSignature:
        made = DeclaredSignature(
            "hmac", said.get("signs", "{body}"), said["headers"], said.get("hash", "sha256")
        )
        self._check_quotes(made)
        return made

    def _check_quotes(self, made: DeclaredSignature) -> None:
        """Reports impossible quotes, and a signature that no header has."""
        self._quotes(made.signs, "signature/signs", _SIGNED)
        for name, text in made.headers.items():
            self._quotes(text, f"signature/headers{pointer([name])}", _SENT)
        if not any("{hex}" in text or "{base64}" in text for text in made.headers.values()):
            self._report("signature/headers", "needs the signature: quote {hex} or {base64}")

    def _quotes(self, text: str, key: str, known: Sequence[str]) -> None:
        for name in self._report.tried(lambda: quoted_names(text), key) or ():
            if name not in known:
                self._report(key, among(name, "the values that can be quoted here", known))
