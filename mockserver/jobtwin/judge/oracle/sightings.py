"""What an answer tells of which jobs: the `x-job-value`s of its schema, read backwards."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from jobtwin.judge.exchange import Unreadable
from jobtwin.judge.matching import Call
from jobtwin.judge.oracle.moves import avoiding, passing
from jobtwin.lifecycle.machine import Machine, State
from jobtwin.openapi.document import Document

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)?")
MOMENTS = ("created_at", "updated_at", "ended_at")
_ALWAYS = ("id", "state", "kind", "scenario", "number", "progress", "created_at", "updated_at")
"""The paths that have a value at any time."""


class Measure(NamedTuple):
    """A moment in microseconds since 1970, or an amount; and how exactly it is told."""

    value: float
    grain: float

    def before(self, other: Measure) -> bool:
        """Whether it is certainly less than another, which may be told less exactly."""
        grain = max(self.grain, other.grain)
        return self.value // grain < other.value // grain


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """Which parts of a job one list or map shows: `by` is how they are told apart."""

    by: str
    states: frozenset[str] | None
    keys: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One job, or part of one, as one answer shows it.

    `states` are those in which it can be to be shown so; `values` hold what else is told, by path;
    `plain` are those paths that stand under no condition; `lines` is its log, each line as JSON. Parts stand under their name and what tells them apart.
    """

    machine: Machine
    states: frozenset[str]
    text: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    lines: tuple[str, ...] | None = None
    parts: Mapping[str, Mapping[str, Sighting]] = field(default_factory=dict)
    showings: Mapping[str, Sequence[Showing]] = field(default_factory=dict)

    @property
    def id(self) -> str | None:
        """The id as text, as far as it is shown."""
        shown = self.values.get("id")
        return None if shown is None else str(shown)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """All that one answer tells: the jobs, in their order, and the page's own values."""

    jobs: Sequence[Sighting] = ()
    page: Mapping[str, Any] = field(default_factory=dict)
    listed: bool = False


class Reader:
    """Reads the answers of one spec's operations."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def read(self, call: Call) -> Seen:
        """What a successful answer tells."""
        machine, schema = call.operation.machine, self.schema(call)
        body = call.exchange.answered
        if machine is None or schema is None or body is None or isinstance(body, Unreadable):
            return Seen()
        if call.operation.does != "list":
            draft = _Draft(machine)
            self._visit(schema, body, draft)
            return Seen([draft.done()])
        page = _Page(machine)
        self._visit(schema, body, page)
        return Seen([draft.done() for draft in page.jobs], page.values, page.listed)

    def declares(self, call: Call) -> bool:
        """Whether the spec has an answer of this status."""
        return not {str(call.exchange.status), "default"}.isdisjoint(self._responses(call))

    def schema(self, call: Call) -> Any:
        """The schema of an answer's body; None where the spec has none for its status."""
        response = self._document.resolve(self._responses(call).get(str(call.exchange.status), {}))
        content = response.get("content", {})
        return next((m.get("schema") for kind, m in content.items() if "json" in kind), None)

    def _responses(self, call: Call) -> Mapping[str, Any]:
        item = self._document.data["paths"][call.operation.path]
        responses: Mapping[str, Any] = item[call.operation.method.lower()]["responses"]
        return responses

    # -- schemas ---------------------------------------------------------------------------------

    def _visit(self, node: Any, value: Any, it: _Draft | _Page) -> None:
        node = self._document.resolve(node)
        form = self._form(node)
        if form is None:
            if isinstance(value, Mapping):
                for name, schema in self._properties(node).items():
                    if name in value:
                        self._visit(schema, value[name], it)
        elif "each" in form:
            self._each(form, node, value, it)
        else:
            it.take(form, value)

    def _form(self, node: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The node's value in its long form; that of the one schema that it wraps in `allOf`."""
        while "x-job-value" not in node:
            if "properties" in node or len(node.get("allOf", ())) != 1:
                return None
            node = self._document.resolve(node["allOf"][0])
        value = node["x-job-value"]
        return {"path": value} if isinstance(value, str) else value

    def _properties(self, node: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for member in node.get("allOf", ()):
            found |= self._properties(self._document.resolve(member))
        return {**found, **node.get("properties", {})}

    # -- lists and maps --------------------------------------------------------------------------

    def _each(self, form: Any, node: Any, value: Any, it: _Draft | _Page) -> None:
        each = form["each"]
        if isinstance(it, _Page):
            if each == "jobs" and isinstance(value, list):
                it.listed = True
                for item in value:
                    self._visit(node.get("items", {}), item, it.add())
        elif each == "self":
            for item in value if isinstance(value, list) else ():
                self._visit(node.get("items", {}), item, it)
        elif each == "log":
            it.log(value)
        elif each in it.machine.parts:
            self._parts(form, node, value, it)

    def _parts(self, form: Any, node: Any, value: Any, it: _Draft) -> None:
        machine = it.machine.parts[form["each"]]
        states = fitting(machine, form.get("where", {}))
        if isinstance(value, Mapping):
            by = form.get("key", "")
            found = [
                (str(key), node.get("additionalProperties", {}), v) for key, v in value.items()
            ]
        elif isinstance(value, list):
            by = "id"
            found = [(str(n), node.get("items", {}), v) for n, v in enumerate(value)]
        else:
            return
        drafts = {}
        for key, schema, shown in found:
            draft = _Draft(machine, states)
            self._visit(schema, shown, draft)
            drafts[key] = draft
        if isinstance(value, list) and not all("id" in d.values for d in drafts.values()):
            if "where" in form:
                return  # nothing tells which of them these are
            by = "place"
        elif isinstance(value, list):
            drafts = {str(draft.values["id"]): draft for draft in drafts.values()}
        it.show(form["each"], by, _certain(machine, form.get("where", {})), drafts)


class _Page:
    """What is read of a list."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.values: dict[str, Any] = {}
        self.jobs: list[_Draft] = []
        self.listed = False

    def take(self, form: Mapping[str, Any], value: Any) -> None:
        path = form.get("path")
        if path is not None and value is not None and set(form) <= {"path", "as"}:
            self.values[path] = value

    def add(self) -> _Draft:
        self.jobs.append(_Draft(self.machine))
        return self.jobs[-1]


class _Draft:
    """A sighting being read."""

    def __init__(self, machine: Machine, states: frozenset[str] | None = None) -> None:
        self.machine = machine
        self.states = frozenset(machine.states) if states is None else states
        self.text: str | None = None
        self.values: dict[str, Any] = {}
        self.plain: set[str] = set()
        self.lines: tuple[str, ...] | None = None
        self.parts: dict[str, dict[str, _Draft]] = {}
        self.showings: dict[str, list[Showing]] = {}

    def take(self, form: Mapping[str, Any], value: Any) -> None:
        """Read one value: what it says itself, and in which states it can be shown."""
        if value is None or _stately(form):
            states = self.machine.states
            self.states &= {
                name for name in self.states if could_show(form, self.machine, states[name], value)
            }
        if form.get("path") == "state" and isinstance(value, str):
            self.text = value
        path = source(form, value)
        if path and value is not None and (read := _read(path, form, value)) is not None:
            self.values.setdefault(path, read)
            if set(form) <= {"path", "as"}:
                self.plain.add(path)

    def log(self, value: Any) -> None:
        if isinstance(value, list):
            self.lines = tuple(_line(item) for item in value)

    def show(
        self, name: str, by: str, states: frozenset[str] | None, drafts: Mapping[str, _Draft]
    ) -> None:
        """Note parts; what was noted of the same part before is told of it, too."""
        known = self.parts.setdefault(name, {})
        for key, draft in drafts.items():
            known[f"{by}={key}"] = draft.and_(known.get(f"{by}={key}"))
        keys = frozenset(f"{by}={key}" for key in drafts)
        self.showings.setdefault(name, []).append(Showing(by, states, keys))

    def and_(self, other: _Draft | None) -> _Draft:
        if other is not None:
            self.states &= other.states
            self.text = self.text or other.text
            self.values = {**other.values, **self.values}
            self.plain |= other.plain
            self.lines = self.lines or other.lines
            self.parts = {**other.parts, **self.parts}
            self.showings = {**other.showings, **self.showings}
        return self

    def done(self) -> Sighting:
        parts = {n: {k: d.done() for k, d in drafts.items()} for n, drafts in self.parts.items()}
        return Sighting(
            machine=self.machine,
            states=self.states,
            text=self.text,
            values=self.values,
            plain=frozenset(self.plain),
            lines=self.lines,
            parts=parts,
            showings=self.showings,
        )


# -- values --------------------------------------------------------------------------------------


def could_show(form: Any, machine: Machine, state: State, value: Any) -> bool:
    """Whether a job in a state can show a value, or None; what is not about states can be all."""
    form = {"path": form} if isinstance(form, str) else form
    fits = _holds(form.get("when", {}), state)
    if value is None or fits is False:
        return value is None and (fits is not True or _may_lack(form, machine, state))
    if "const" in form:
        return bool(form["const"] == value)
    if "first_of" in form:
        return _first_shows(form["first_of"], machine, state, value)
    path = str(form.get("path", ""))
    if path.startswith("entered_at."):
        return state.name in passing(machine, path.removeprefix("entered_at."))
    return "of" in form or path not in _STATELY or _STATELY[path](state, value)


def _stately(form: Mapping[str, Any]) -> bool:
    """Whether a value that there is can tell something of the state; most cannot."""
    path = str(form.get("path", ""))
    conditions = "when" in form or "const" in form or "first_of" in form
    return conditions or path in _STATELY or path.startswith("entered_at.")


def _first_shows(choices: Sequence[Any], machine: Machine, state: State, value: Any) -> bool:
    for choice in choices:
        if could_show(choice, machine, state, value):
            return True
        if not could_show(choice, machine, state, None):
            return False
    return False


_STATELY: Mapping[str, Callable[[State, Any], bool]] = {
    "state": lambda state, value: bool(value == state.name),
    "kind": lambda state, value: bool(value == state.kind.value),
    "outcome": lambda state, value: state.outcome is not None and value == state.outcome.value,
    "ended_at": lambda state, _: state.final,
}


def _may_lack(form: Mapping[str, Any], machine: Machine, state: State) -> bool:
    """Whether a value can be lacking in a state, its conditions met."""
    if "first_of" in form:
        return all(could_show(choice, machine, state, None) for choice in form["first_of"])
    path = str(form.get("path", ""))
    if "of" in form or "path" not in form:
        return form.get("pick") != "count" and form.get("const") is None
    if path in _ALWAYS or path.startswith("counters."):
        return False
    if path == "outcome":
        return state.outcome is None
    if path.startswith("entered_at."):
        return state.name in avoiding(machine, path.removeprefix("entered_at."))
    return not (state.final and path == "ended_at")


def _holds(condition: Mapping[str, Any], state: State) -> bool | None:
    """Whether a condition holds in a state; None where that is not for the state alone to say."""
    told = {"state": state.name, "kind": state.kind.value}
    told["outcome"] = state.outcome.value if state.outcome else ""
    known = [told[path] in _many(value) for path, value in condition.items() if path in told]
    if not all(known):
        return False
    return True if len(known) == len(condition) else None


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def fitting(machine: Machine, condition: Mapping[str, Any]) -> frozenset[str]:
    """The states in which a condition can hold."""
    states = machine.states.items()
    return frozenset(name for name, s in states if _holds(condition, s) is not False)


def _certain(machine: Machine, condition: Mapping[str, Any]) -> frozenset[str] | None:
    """The states in which every part is shown; None where facts have a say in it."""
    holds = {name: _holds(condition, state) for name, state in machine.states.items()}
    if None in holds.values():
        return None
    return frozenset(name for name, fits in holds.items() if fits)


def source(form: Mapping[str, Any], value: Any) -> str | None:
    """The path that a shown value surely comes from; None where it may come from elsewhere."""
    if "first_of" in form:
        choices = [{"path": f} if isinstance(f, str) else f for f in form["first_of"]]
        able = [f for f in choices if f.get("const", value) == value]
        return source(able[0], value) if len(able) == 1 else None
    if "of" in form or "path" not in form:
        return None
    return str(form["path"])


def _read(path: str, form: Mapping[str, Any], value: Any) -> Any:
    """A shown value as what its path stands for; None where it cannot be read, or says nothing."""
    if path in MOMENTS or path.startswith("entered_at."):
        return moment(value, form.get("as"))
    if path == "id":
        return canonical(value)
    if path == "progress" or path.startswith("counters."):
        return _amount(value, form.get("as"))
    return value if path.startswith("facts.") or path == "spawned_by" else None


def _amount(value: Any, conversion: str | None) -> Measure | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if conversion == "fraction":
        return Measure(round(value * 100, 4), 0.0001)
    return Measure(value, 1 if isinstance(value, int) else 0.0001)


def canonical(value: Any) -> str | None:
    """An id as text; a UUID in small letters."""
    if value is None or isinstance(value, Mapping | list):
        return None
    text = str(value)
    return text.lower() if re.fullmatch(r"[0-9a-fA-F-]{36}", text) else text


def moment(value: Any, conversion: str | None) -> Measure | None:
    """A moment as an answer writes it; None where it cannot be read."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        grain = 1_000_000 if conversion == "epoch-seconds" else 1_000
        return Measure(int(value * grain), grain) if math.isfinite(value * grain) else None
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return None
    try:
        whole = datetime.fromisoformat(found[1] + (found[3] or "Z").upper())
    except ValueError:
        return None
    digits = (found[2] or "")[:6]
    grain = 1_000_000 if conversion == "rfc3339-seconds" else 10 ** (6 - len(digits))
    return Measure(int(whole.timestamp()) * 1_000_000 + int(digits.ljust(6, "0")), grain)


def _line(item: Any) -> str:
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode()
