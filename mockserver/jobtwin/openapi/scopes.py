"""Looks up the paths of a scope and their types, and checks conditions against them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from string import Formatter
from typing import Any, Literal, TypeVar

from jobtwin.errors import among
from jobtwin.lifecycle import Kind, Machine, Outcome
from jobtwin.openapi.document import Document
from jobtwin.openapi.nodes import Report, listed
from jobtwin.openapi.servers import vendor_url
from jobtwin.openapi.values import Condition, Path

_T = TypeVar("_T")

_JOB: Mapping[str, str] = {
    "state": "text",
    "kind": "text",
    "outcome": "text",
    "scenario": "text",
    "number": "integer",
    "progress": "percent",
    "created_at": "moment",
    "updated_at": "moment",
    "asked_at": "moment",
    "ended_at": "moment",
}
_NAMED = {
    "entered_at": "entered_at.STATE",
    "facts": "facts.NAME",
    "counters": "counters.NAME",
}
_DELIVERY = {"delivery.id": "text", "delivery.at": "moment", "delivery.event": "text"}
"""Paths that only bodies of callbacks have."""
_ENUMS: Mapping[str, Sequence[str]] = {"kind": list(Kind), "outcome": list(Outcome)}
_TABLES: Mapping[str, Mapping[str, str]] = {
    "page": {
        "page.limit": "integer",
        "page.offset": "integer",
        "page.total": "integer",
        "page.number": "integer",
        "page.next": "any",
        "page.previous": "any",
        "page.first": "any",
        "page.last": "any",
        "page.more": "boolean",
        "page.counts": "counts",
    },
    "error": {
        "error.message": "text",
        "error.code": "text",
        "error.status": "integer",
        "error.title": "text",
        "error.target": "text",
    },
    "limit": {
        "limit.requests": "integer",
        "limit.remaining": "integer",
        "limit.resets_in": "integer",
        "limit.resets_at": "integer",
    },
}


_LISTED: Mapping[str, Sequence[str]] = {"page": ["jobs"], "error": ["self"]}


NO_PROGRESS = (
    "a job that takes its state from its parts has no progress of its own; give it its own machine "
    "(`initial`, `lasts`, `progress`)"
)


class BadValue(Exception):
    """A value cannot be read; the text says why, and what would be right."""


def quoted_names(text: str) -> list[str]:
    """Returns the names that a text quotes in braces. Raises BadValue if the braces do not match."""
    try:
        return [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise BadValue(f"{error}; write a literal brace as {{{{ or }}}}") from error


@dataclass(frozen=True, slots=True)
class KeyReport:
    """Reports mistakes at the keys below a place."""

    report: Report
    place: str

    def __call__(self, key: str, why: str) -> None:
        """Reports a mistake at a key."""
        self.report(f"{self.place}/{key}", why)

    def tried(self, read: Callable[[], _T], key: str) -> _T | None:
        """Returns what `read` returns; reports at the key why it cannot."""
        try:
            return read()
        except BadValue as bad:
            self(key, str(bad))
            return None


@dataclass(frozen=True, slots=True)
class Scope:
    """The object of paths: a machine's jobs, a page of them, a log entry, an error, a limit.

    `possible` are the states that the job can be in, if not all of its machine's.
    """

    what: Literal["job", "page", "entry", "error", "limit"]
    machine: Machine | None = None
    parent: Scope | None = None
    possible: tuple[str, ...] = ()
    told: Literal["", "state", "event", "log"] = ""
    """The occasion of the callback whose body this is."""

    def states(self) -> list[str]:
        """Returns the states that the job can be in."""
        return list(self.possible or (self.machine.states if self.machine else ()))

    def narrowed(self, condition: Condition) -> Scope:
        """Returns the scope of only those jobs that can meet a condition."""
        if self.machine is None:
            return self
        able = condition.possible(self.machine)
        return replace(self, possible=tuple(s for s in self.machine.states if s in able))


@dataclass(frozen=True, slots=True)
class ResolvedPath:
    """An existing path: its type, a fact's schema, the possible states of a state."""

    path: Path
    schema: Mapping[str, Any] = field(default_factory=dict)
    states: Sequence[str] = ()


class Paths:
    """Looks up the paths of one document. Raises BadValue, which lists the existing ones."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._vendor_url = vendor_url(document.data)

    def refuse_vendor_url(self, text: str) -> None:
        """Raises BadValue if a text leads clients to the vendor instead of this server."""
        if (rest := self.below_vendor_url(text)) is not None:
            raise BadValue(f"would lead clients to the vendor; write {{text: '{{base}}{rest}'}}")

    def below_vendor_url(self, text: str) -> str | None:
        """Returns the rest of a text after the URL of a vendor's server; None without such a URL."""
        found = self._vendor_url.match(text) if self._vendor_url else None
        return text[found.end() :] if found else None

    def path(self, text: str, scope: Scope) -> Path:
        """Returns a path with its type."""
        return self.find(text, scope).path

    def moment(self, text: str, scope: Scope, mistake: str) -> Path:
        """Returns a path that leads to a moment."""
        path = self.path(text, scope)
        if path.type != "moment":
            raise BadValue(mistake)
        return path

    def find(self, text: str, scope: Scope) -> ResolvedPath:
        """Returns a path, with all that is known about its value."""
        if text in ("base", "request.id"):
            return ResolvedPath(Path(text, "text"))
        if scope.told and (found := _of_delivery(text, scope)):
            return found
        if scope.what in _TABLES:
            table = _TABLES[scope.what]
            if text not in table:
                raise BadValue(among(text, "the paths here", table))
            return ResolvedPath(Path(text, table[text]))
        if scope.what == "entry":
            return _of_entry(text, scope.machine)
        if scope.machine is None:
            raise BadValue(f"{text!r} needs a job, but there is none here")
        return self._of_job(text, scope, scope.machine)

    def _of_job(self, text: str, scope: Scope, machine: Machine) -> ResolvedPath:
        head, _, rest = text.partition(".")
        if head == "parent":
            return self._of_parent(rest, scope)
        if head in _NAMED and rest:
            return self._named(head, rest, machine)
        if text in ("id", "spawned_by"):
            return ResolvedPath(Path(text, "integer" if machine.integer_ids else "text"))
        return self._plain(text, scope, machine)

    def _plain(self, text: str, scope: Scope, machine: Machine) -> ResolvedPath:
        """Returns a path that every machine has."""
        if text == "progress" and machine.rules:
            raise BadValue(NO_PROGRESS)
        if text not in _JOB:
            told = _DELIVERY if scope.told else ()
            known = [*_JOB, "id", "spawned_by", *_NAMED.values(), *told]
            raise BadValue(among(text, "the paths", known))
        states = scope.states() if text == "state" else ()
        return ResolvedPath(Path(text, _JOB[text]), states=states)

    def _of_parent(self, rest: str, scope: Scope) -> ResolvedPath:
        if scope.parent is None or scope.parent.what != "job":
            raise BadValue("`parent` is for parts; a job has none (its spawner is `spawned_by`)")
        found = self.find(rest, scope.parent)
        return replace(found, path=replace(found.path, text=f"parent.{rest}"))

    def _named(self, head: str, name: str, machine: Machine) -> ResolvedPath:
        text = f"{head}.{name}"
        if head == "facts":
            return ResolvedPath(Path(text), self._fact(name, machine))
        known = machine.counters if head == "counters" else machine.states
        if name not in known:
            what = "counters" if head == "counters" else "states"
            raise BadValue(among(name, f"the {what} of {machine.name}", known))
        return ResolvedPath(Path(text, "number" if head == "counters" else "moment"))

    def _fact(self, name: str, machine: Machine) -> Mapping[str, Any]:
        first, *deeper = name.split(".")
        declared = machine.schemas
        if first not in declared:
            raise BadValue(among(first, f"the facts of {machine.name}", declared))
        schema: Mapping[str, Any] = self._document.resolve(declared[first])
        for key in deeper:
            properties = schema.get("properties", {})
            if properties and key not in properties and "additionalProperties" not in schema:
                raise BadValue(among(key, f"the properties of the fact {first}", properties))
            schema = self._document.resolve(properties.get(key, {}))
        return schema

    # -- conditions and parts ----------------------------------------------------------------------

    def condition(self, said: Mapping[str, Any] | None, scope: Scope) -> Condition:
        """Parses a condition. Raises BadValue for an unknown path, state, kind or outcome."""
        return Condition(tuple(self._test(p, v, scope) for p, v in (said or {}).items()))

    def _test(self, text: str, value: Any, scope: Scope) -> tuple[Path, tuple[Any, ...]]:
        allowed, path = tuple(listed(value)) or (value,), self.path(text, scope)
        known: Sequence[str] = _ENUMS.get(text, ())
        if text == "state" and scope.machine:
            known = list(scope.machine.states)
        if known and (bad := [v for v in allowed if v not in known]):
            raise BadValue(_unknown_value(text, bad[0], known))
        return path, allowed

    def part(self, name: str, scope: Scope) -> Scope:
        """Returns the scope of a part, by its name."""
        parts = scope.machine.parts if scope.what == "job" and scope.machine else {}
        if name not in parts:
            known = _LISTED.get(scope.what, ["log", "self", *parts])
            raise BadValue(among(name, "the things to list", known))
        return Scope("job", parts[name], scope)


def _of_entry(text: str, machine: Machine | None) -> ResolvedPath:
    if text == "entry.at":
        return ResolvedPath(Path(text, "moment"))
    head, _, rest = text.partition(".")
    fields = sorted(_line_fields(machine))
    if head != "entry" or rest not in fields:
        known = ["entry.at", *(f"entry.{name}" for name in fields)]
        raise BadValue(among(text, "the fields of a log line", known))
    return ResolvedPath(Path(text))


def _line_fields(machine: Machine | None) -> set[str]:
    """Returns every field that a log line of this machine, or of its parts, can have."""
    if machine is None:
        return set()
    writers: list[Any] = [*machine.states.values(), *machine.transitions, *machine.steps]
    logs = [each.log for each in (*writers, *machine.counters.values())]
    inner = map(_line_fields, machine.parts.values())
    return set().union(*chain.from_iterable(logs), *inner)


def _of_delivery(text: str, scope: Scope) -> ResolvedPath | None:
    """Returns a path that only callbacks have, or None."""
    if text in _DELIVERY:
        return ResolvedPath(Path(text, _DELIVERY[text]))
    if scope.told != "log" or not text.startswith("entry."):
        return None
    found = _of_entry(text, scope.machine)
    return replace(found, path=replace(found.path, text=f"delivery.{text}"))


def _unknown_value(path: str, value: Any, known: Sequence[str]) -> str:
    is_outcome = path == "kind" and value in list(Outcome)
    end = "; for a final state, write `outcome`" if is_outcome else ""
    return among(value, f"the values of {path}", known) + end
