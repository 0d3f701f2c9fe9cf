"""The possible states of a job after the observations so far. No HTTP, no schemas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from jobtwin.judge.exchange import Exchange
from jobtwin.judge.oracle.graph import States, TransitionGraph
from jobtwin.judge.oracle.observations import MOMENTS, Measure, Observation, PartListing
from jobtwin.lifecycle.machine import Machine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1 = -62_000_000_000 * 1_000_000
_YEAR_9999 = 253_000_000_000 * 1_000_000


class RuleViolation(NamedTuple):
    """A broken rule, why, and the earlier exchange that contradicts, if there is one."""

    rule: str
    why: str
    earlier: Exchange | None = None


class Origin(NamedTuple):
    """The exchange that showed a value, and its kind of operation; `ended` is True if the job had ended.

    It `reopens` if it was at an end that can be left again.
    """

    exchange: Exchange
    does: str
    ended: bool = False
    reopens: bool = False


class GrantedCommand(NamedTuple):
    """A granted command, and the possible states before it."""

    event: str
    before: States
    exchange: Exchange


def ordered(earlier: Exchange, later: Exchange) -> bool:
    """Returns True if one exchange certainly ended before the other began."""
    return (earlier.until or earlier.at) <= later.at


class JobBelief:
    """The possible states of a job, or of a part of one, and the values observed.

    `name` is used in violations. `graph_of` returns the graphs of its parts. If `alone` is false,
    others may act on the job: its log may lose lines, and a transient state may mean any state.
    """

    def __init__(
        self, name: str, graph: TransitionGraph, graph_of: Callable[[Machine], TransitionGraph]
    ) -> None:
        self.name = name
        self.graph = graph
        self.alone = False
        self.states: States = graph.all
        self.facts: dict[str, Any] = {}
        self.scenarios: frozenset[str] | None = None
        self.born: Exchange | None = None
        self.seen: Origin | None = None
        self.told: GrantedCommand | None = None
        self.parts: dict[str, dict[str, JobBelief]] = {}
        self._graph_of = graph_of
        self._values: dict[str, tuple[Any, Origin]] = {}
        self._shown: dict[tuple[str, int], frozenset[str]] = {}
        self._lines: tuple[Counter[str], Origin] | None = None

    @property
    def now(self) -> States:
        """The possible states now, some time after the last observation."""
        return self.graph.later(self.states, self.facts, self.scenarios)

    def given(self, facts: Mapping[str, Any]) -> None:
        """Notes the constant facts that the create request gave the job."""
        changing = self.graph.changing
        self.facts |= {name: value for name, value in facts.items() if name not in changing}

    # -- births and commands ---------------------------------------------------------------------

    def bear(self, exchange: Exchange) -> None:
        """Notes that the job was created just now."""
        self.born = exchange
        self.states = self.graph.born
        self.seen = Origin(exchange, "create")

    def command(self, event: str, exchange: Exchange) -> Iterator[RuleViolation]:
        """Notes that a command was granted."""
        before = self.now
        after = self.graph.after(before, event, self.facts)
        if after:
            self.told = GrantedCommand(event, before, exchange)
        elif self._certain(exchange):
            why = f"{self.name} is {_any(before)}, where {event} is illegal, and it was granted"
            yield RuleViolation("illegal-command-accepted", why, self._earlier)
        self.states = after or self.graph.all
        self.seen = Origin(exchange, "event")

    def perhaps(self, event: str) -> None:
        """Notes that an event may have happened."""
        self.states = self.now | self.graph.after(self.now, event, self.facts)

    def refuse(self, event: str, exchange: Exchange, *, narrow: bool) -> Iterator[RuleViolation]:
        """Notes that a command was refused as illegal; `narrow` excludes states where it is legal."""
        before = self.now
        left = self.graph.refuses(before, event, self.facts)
        if not left and self._certain(exchange):
            why = f"{self.name} is {_any(before)}, where {event} is legal, and it was refused"
            yield RuleViolation("legal-command-refused", why, self._earlier)
        elif left and narrow:
            self.states = left
            self.seen = Origin(exchange, "event")

    # -- sightings -------------------------------------------------------------------------------

    def observe(
        self, observation: Observation, exchange: Exchange, operation: str, does: str
    ) -> Iterator[RuleViolation]:
        """Notes an observation. Yields what contradicts earlier ones."""
        yield from self._check_states(observation, exchange, does)
        ended, reopens = self.states <= self.graph.final, self.states <= self.graph.reopening
        origin = Origin(exchange, does, ended, reopens)
        yield from self._check_values(observation, origin)
        yield from self._check_vanished(observation, origin, operation)
        yield from self._check_lines(observation, origin)
        yield from self._check_parts(observation, exchange, operation, does)

    @property
    def _earlier(self) -> Exchange | None:
        return self.seen and self.seen.exchange

    def _certain(self, exchange: Exchange) -> bool:
        return self.seen is None or ordered(self.seen.exchange, exchange)

    def _check_states(
        self, observation: Observation, exchange: Exchange, does: str
    ) -> Iterator[RuleViolation]:
        shown = observation.states
        if not shown:
            yield self._impossible(observation, exchange)
            return
        if shown == self.graph.all or (not self.alone and shown <= self.graph.transient):
            return
        yield from self._take_states(observation, exchange)
        self.told = None
        self.seen = Origin(exchange, does)

    def _take_states(self, observation: Observation, exchange: Exchange) -> Iterator[RuleViolation]:
        """Takes over the shown states. Yields a contradiction if the job can be in none of them."""
        shown, possible = observation.states, self.now
        if possible & shown:
            self.states = possible & shown
        elif self._certain(exchange):
            yield self._contradiction(shown, observation.text)
            self.states = shown
        else:  # the two overlapped, so their order is unknown
            self.states |= shown

    def _impossible(self, observation: Observation, exchange: Exchange) -> RuleViolation:
        if observation.text is not None and observation.text not in self.graph.all:
            known = ", ".join(self.graph.machine.states)
            why = f"{self.name} is {observation.text!r}, which is none of its states ({known})"
            return RuleViolation("undeclared-state", why, self._earlier)
        what = f"{self.name} is shown {observation.text or 'so'}"
        why = f"{what} with values that no job in one state has: {_listed(observation.values)}"
        return RuleViolation("answer-contradicts-itself", why, exchange)

    def _contradiction(self, shown: States, text: str | None) -> RuleViolation:
        now = text or _any(shown)
        told = self.told
        if told and self.graph.later(told.before, self.facts, self.scenarios) & shown:
            after = f"{self.name} is {now} though {told.event} was granted"
            why = f"{after}, which makes it {_any(self.states)}"
            return RuleViolation("command-without-effect", why, told.exchange)
        if self.states <= self.graph.final:
            why = f"{self.name} is {now} after it was {_any(self.states)}, which is final"
            return RuleViolation("change-after-final", why, self._earlier)
        why = f"{self.name} is {now} after it was {_any(self.states)}; no transitions lead there"
        return RuleViolation("impossible-transition", why, self._earlier)

    # -- values ----------------------------------------------------------------------------------

    def _check_values(self, observation: Observation, origin: Origin) -> Iterator[RuleViolation]:
        for path, value in observation.values.items():
            if path in self._values:
                before, known = self._values[path]
                if ordered(known.exchange, origin.exchange):
                    yield from self._compare(path, before, value, known, origin)
            self._values[path] = value, origin
            if self._fixed(path) and path.startswith("facts."):
                self.facts[path.removeprefix("facts.")] = value
        yield from self._check_order(observation, origin)

    def _fixed(self, path: str) -> bool:
        """Returns True if a value never changes once it is set."""
        head, _, rest = path.partition(".")
        if head == "facts":
            return rest.split(".")[0] not in self.graph.changing
        if path == "ended_at":
            return not any(state.reopens for state in self.graph.machine.states.values())
        return head in ("id", "created_at", "spawned_by", "entered_at")

    def _compare(
        self, path: str, before: Any, value: Any, known: Origin, origin: Origin
    ) -> Iterator[RuleViolation]:
        rule = self._broken_rule(path, before, value, known, origin)
        if rule is not None:
            after = ", after the job had ended" if rule == "change-after-final" else ""
            why = f"{self._changed(path, before, value)}{after}"
            yield RuleViolation(rule, why, known.exchange)

    def _broken_rule(
        self, path: str, before: Any, value: Any, known: Origin, origin: Origin
    ) -> str | None:
        if self._fixed(path):
            lists = (known.does == "list") != (origin.does == "list")
            rule = "list-and-detail-disagree" if lists else "fixed-value-changed"
            return rule if _differ(before, value) else None
        if isinstance(value, Measure) and value.before(before):
            return "timestamp-went-back" if path in MOMENTS else "progress-went-back"
        changed = path == "progress" and known.ended and _differ(before, value)
        return "change-after-final" if changed else None

    def _changed(self, path: str, before: Any, value: Any) -> str:
        if path.startswith("facts."):  # it may be confidential
            return f"{path} of {self.name} is another value than before, and nothing sets it"
        return f"{path} of {self.name} is {_text(path, value)} after it was {_text(path, before)}"

    def _check_order(self, observation: Observation, origin: Origin) -> Iterator[RuleViolation]:
        """Checks within one response that creation comes first, and the latest change last."""
        values = {p: v for p, v in observation.values.items() if _is_moment(p)}
        first, last = values.get("created_at"), values.get("updated_at")
        for path, value in values.items():
            if where := _misplaced(value, first, last):
                why = f"{path} of {self.name}, {_text(path, value)}, is {where}"
                yield RuleViolation("timestamps-out-of-order", why, origin.exchange)

    def _check_vanished(
        self, observation: Observation, origin: Origin, operation: str
    ) -> Iterator[RuleViolation]:
        """Checks that an operation still shows the lasting values that it showed before.

        Responses with different statuses may show different values.
        """
        response = operation, origin.exchange.status
        before = self._shown.get(response, frozenset())
        for path in sorted(before - observation.values.keys()):
            known = self._values[path][1]
            reopened = known.reopens and not origin.reopens  # what an end shows, only ends may show
            if not reopened and ordered(known.exchange, origin.exchange):
                why = f"{self.name} has no {path} any more, and a job does not lose it"
                yield RuleViolation("value-vanished", why, known.exchange)
        lasting = (p for p in observation.plain if self._fixed(p) or p == "updated_at")
        self._shown[response] = frozenset(lasting)

    def _check_lines(self, observation: Observation, origin: Origin) -> Iterator[RuleViolation]:
        if observation.lines is None or not self.alone:
            return
        lines = Counter(observation.lines)
        if self._lines and ordered(self._lines[1].exchange, origin.exchange):
            lost = self._lines[0] - lines
            if lost:
                why = f"the log of {self.name} lacks {lost.total()} of the lines that it had"
                yield RuleViolation("history-rewritten", why, self._lines[1].exchange)
        self._lines = lines, origin

    # -- parts -----------------------------------------------------------------------------------

    def _check_parts(
        self, observation: Observation, exchange: Exchange, operation: str, does: str
    ) -> Iterator[RuleViolation]:
        for name, parts in observation.parts.items():
            known = self.parts.setdefault(name, {})
            for key, part in parts.items():
                if key not in known:
                    known[key] = self._part(name, key)
                yield from known[key].observe(part, exchange, operation, does)
            for listing in observation.listings[name]:
                yield from self._check_absent(known, listing, exchange, does)
                if name == self.graph.machine.part:
                    yield from self._check_derived(observation, listing, exchange)

    def _part(self, name: str, key: str) -> JobBelief:
        graph = self._graph_of(self.graph.machine.parts[name])
        part = JobBelief(f"{name} {key.partition('=')[2]} of {self.name}", graph, self._graph_of)
        if self.born:
            part.born, part.states = self.born, graph.born
        return part

    def _check_absent(
        self, known: Mapping[str, JobBelief], listing: PartListing, exchange: Exchange, does: str
    ) -> Iterator[RuleViolation]:
        """Checks that a part that is not listed can be in a state that is not listed."""
        if listing.states is None:
            return
        for key, part in known.items():
            if key.partition("=")[0] == listing.by and key not in listing.keys:
                yield from part._hidden(part.graph.all - listing.states, exchange, does)  # noqa: SLF001  # its own kind

    def _hidden(self, states: States, exchange: Exchange, does: str) -> Iterator[RuleViolation]:
        """Checks that a part can be in one of the states in which it is not listed."""
        if states:
            absent = Observation(self.graph.machine, states, "not shown")
            yield from self._check_states(absent, exchange, does)
        elif self._certain(exchange):
            why = f"{self.name} is shown no more, and every part is shown here"
            yield RuleViolation("value-vanished", why, self._earlier)

    def _check_derived(
        self, observation: Observation, listing: PartListing, exchange: Exchange
    ) -> Iterator[RuleViolation]:
        """Checks a derived state against the parts in the same response."""
        if listing.states is None or not observation.states:
            return
        kind = self.graph.machine.part or ""
        shown = [observation.parts[kind][key].states for key in sorted(listing.keys)]
        hidden = frozenset(self.graph.machine.parts[kind].states)
        able = self.graph.derived(shown, hidden - listing.states)
        if not able & observation.states:
            why = f"{self.name} is {_any(observation.states)}, and its parts make it {_any(able)}"
            yield RuleViolation("job-and-parts-disagree", why, exchange)


def _is_moment(path: str) -> bool:
    return path in MOMENTS or path.startswith("entered_at.")


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, Measure) and isinstance(other, Measure):
        return one.before(other) or other.before(one)
    return bool(one != other)


def _text(path: str, value: Any) -> str:
    if isinstance(value, Measure):
        if _is_moment(path) and _YEAR_1 < value.value < _YEAR_9999:
            return (_EPOCH + timedelta(microseconds=value.value)).isoformat()
        return f"{value.value:g}"
    return str(value)


def _any(states: Iterable[str]) -> str:
    return " or ".join(sorted(states))


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _misplaced(value: Measure, first: Measure | None, last: Measure | None) -> str | None:
    """Returns the order that a time breaks: that of the creation, or that of the latest change."""
    if first is not None and value.before(first):
        return f"before its created_at, {_text('created_at', first)}"
    if last is not None and last.before(value):
        return f"after its updated_at, {_text('updated_at', last)}"
    return None
