"""What can be true of one job, or part of one, after all that was seen of it; no HTTP, no schemas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from jobtwin.judge.exchange import Exchange
from jobtwin.judge.oracle.moves import Moves, States
from jobtwin.judge.oracle.sightings import MOMENTS, Measure, Showing, Sighting
from jobtwin.lifecycle.machine import Machine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_1 = -62_000_000_000 * 1_000_000
_YEAR_9999 = 253_000_000_000 * 1_000_000


class Complaint(NamedTuple):
    """A rule that is broken, why, and the earlier exchange that says otherwise, if one does."""

    rule: str
    why: str
    earlier: Exchange | None = None


class Witness(NamedTuple):
    """The exchange that told something, by which kind of operation, and if the job had ended."""

    exchange: Exchange
    does: str
    ended: bool = False


class Told(NamedTuple):
    """A command that was granted, and the states in which the job could be before it."""

    event: str
    before: States
    exchange: Exchange


def ordered(earlier: Exchange, later: Exchange) -> bool:
    """Whether one exchange surely ended before the other began."""
    return (earlier.until or earlier.at) <= later.at


class Belief:
    """One job, or part of one: the states in which it can be, and all that was told of it.

    `name` is how complaints call it. `moves_of` knows the graphs of its parts. Unless we are `alone`
    with it, lines of its log may be dropped, as by a vendor that keeps so many, and a transient state
    may stand for any: it says that the state cannot be told just now.
    """

    def __init__(self, name: str, moves: Moves, moves_of: Callable[[Machine], Moves]) -> None:
        self.name = name
        self.moves = moves
        self.alone = False
        self.states: States = moves.all
        self.facts: dict[str, Any] = {}
        self.walks: frozenset[str] | None = None
        self.born: Exchange | None = None
        self.seen: Witness | None = None
        self.told: Told | None = None
        self.parts: dict[str, dict[str, Belief]] = {}
        self._moves_of = moves_of
        self._values: dict[str, tuple[Any, Witness]] = {}
        self._shown: dict[str, frozenset[str]] = {}
        self._lines: tuple[Counter[str], Witness] | None = None

    @property
    def now(self) -> States:
        """The states in which the job can be by now, some time after it was last seen."""
        return self.moves.later(self.states, self.facts, self.walks)

    def given(self, facts: Mapping[str, Any]) -> None:
        """Note the facts that a request gave the job at birth; those that may change tell nothing."""
        changing = self.moves.changing
        self.facts |= {name: value for name, value in facts.items() if name not in changing}

    # -- births and commands ---------------------------------------------------------------------

    def bear(self, exchange: Exchange) -> None:
        """Note that the job was born just now."""
        self.born = exchange
        self.states = self.moves.born
        self.seen = Witness(exchange, "create")

    def command(self, event: str, exchange: Exchange) -> Iterator[Complaint]:
        """Note that a command was granted."""
        before = self.now
        after = self.moves.told(before, event, self.facts)
        if after:
            self.told = Told(event, before, exchange)
        elif self._certain(exchange):
            why = f"{self.name} is {_any(before)}, where {event} is illegal, and it was granted"
            yield Complaint("illegal-command-accepted", why, self._earlier)
        self.states = after or self.moves.all
        self.seen = Witness(exchange, "event")

    def refuse(self, event: str, exchange: Exchange, *, narrow: bool) -> Iterator[Complaint]:
        """Note that a command was refused as illegal; `narrow` believes that it was."""
        before = self.now
        left = self.moves.refuses(before, event, self.facts)
        if not left and self._certain(exchange):
            why = f"{self.name} is {_any(before)}, where {event} is legal, and it was refused"
            yield Complaint("legal-command-refused", why, self._earlier)
        elif left and narrow:
            self.states = left
            self.seen = Witness(exchange, "event")

    # -- sightings -------------------------------------------------------------------------------

    def see(
        self, sighting: Sighting, exchange: Exchange, operation: str, does: str
    ) -> Iterator[Complaint]:
        """Note what an answer shows; each complaint tells what cannot be."""
        yield from self._see_states(sighting, exchange, does)
        witness = Witness(exchange, does, self.states <= self.moves.final)
        yield from self._see_values(sighting, witness)
        yield from self._see_vanished(sighting, witness, operation)
        yield from self._see_lines(sighting, witness)
        yield from self._see_parts(sighting, exchange, operation, does)

    @property
    def _earlier(self) -> Exchange | None:
        return self.seen and self.seen.exchange

    def _certain(self, exchange: Exchange) -> bool:
        return self.seen is None or ordered(self.seen.exchange, exchange)

    def _see_states(self, sighting: Sighting, exchange: Exchange, does: str) -> Iterator[Complaint]:
        shown = sighting.states
        if not shown:
            yield self._impossible(sighting, exchange)
            return
        if shown == self.moves.all or (not self.alone and shown <= self.moves.untold):
            return
        possible = self.now
        if possible & shown:
            self.states = possible & shown
        elif self._certain(exchange):
            yield self._contradiction(shown, sighting.text)
            self.states = shown
        else:  # the two were under way at the same time: nobody can tell which came first
            self.states |= shown
        self.told = None
        self.seen = Witness(exchange, does)

    def _impossible(self, sighting: Sighting, exchange: Exchange) -> Complaint:
        if sighting.text is not None and sighting.text not in self.moves.all:
            known = ", ".join(self.moves.machine.states)
            why = f"{self.name} is {sighting.text!r}, which is none of its states ({known})"
            return Complaint("undeclared-state", why, self._earlier)
        what = f"{self.name} is shown {sighting.text or 'so'}"
        why = f"{what} with values that no job in one state has: {_listed(sighting.values)}"
        return Complaint("answer-contradicts-itself", why, exchange)

    def _contradiction(self, shown: States, text: str | None) -> Complaint:
        now = text or _any(shown)
        told = self.told
        if told and self.moves.later(told.before, self.facts, self.walks) & shown:
            after = f"{self.name} is {now} though {told.event} was granted"
            why = f"{after}, which makes it {_any(self.states)}"
            return Complaint("command-without-effect", why, told.exchange)
        if self.states <= self.moves.final:
            why = f"{self.name} is {now} after it was {_any(self.states)}, which is final"
            return Complaint("change-after-final", why, self._earlier)
        why = f"{self.name} is {now} after it was {_any(self.states)}; no transitions lead there"
        return Complaint("impossible-transition", why, self._earlier)

    # -- values ----------------------------------------------------------------------------------

    def _see_values(self, sighting: Sighting, witness: Witness) -> Iterator[Complaint]:
        for path, value in sighting.values.items():
            if path in self._values:
                before, known = self._values[path]
                if ordered(known.exchange, witness.exchange):
                    yield from self._compare(path, before, value, known, witness)
            self._values[path] = value, witness
            if self._fixed(path) and path.startswith("facts."):
                self.facts[path.removeprefix("facts.")] = value
        yield from self._see_order(sighting, witness)

    def _fixed(self, path: str) -> bool:
        """Whether a value never changes once there is one."""
        head, _, rest = path.partition(".")
        if head == "facts":
            return rest.split(".")[0] not in self.moves.changing
        return head in ("id", "created_at", "spawned_by", "entered_at", "ended_at")

    def _compare(
        self, path: str, before: Any, value: Any, known: Witness, witness: Witness
    ) -> Iterator[Complaint]:
        if self._fixed(path):
            if _differ(before, value):
                lists = (known.does == "list") != (witness.does == "list")
                rule = "list-and-detail-disagree" if lists else "fixed-value-changed"
                yield Complaint(rule, self._changed(path, before, value), known.exchange)
        elif isinstance(value, Measure) and value.before(before):
            rule = "timestamp-went-back" if path in MOMENTS else "progress-went-back"
            yield Complaint(rule, self._changed(path, before, value), known.exchange)
        elif path == "progress" and known.ended and _differ(before, value):
            why = f"{self._changed(path, before, value)}, after the job had ended"
            yield Complaint("change-after-final", why, known.exchange)

    def _changed(self, path: str, before: Any, value: Any) -> str:
        if path.startswith("facts."):  # which may hold what should stay in its recording
            return f"{path} of {self.name} is another value than before, and nothing sets it"
        return f"{path} of {self.name} is {_text(path, value)} after it was {_text(path, before)}"

    def _see_order(self, sighting: Sighting, witness: Witness) -> Iterator[Complaint]:
        """Within one answer: birth comes first, the latest change last."""
        values = {p: v for p, v in sighting.values.items() if _is_moment(p)}
        first, last = values.get("created_at"), values.get("updated_at")
        for path, value in values.items():
            early = first is not None and value.before(first)
            if early or (last is not None and last.before(value)):
                other = "created_at" if early else "updated_at"
                why = f"{path} of {self.name}, {_text(path, value)}, is {'before' if early else 'after'} its {other}, {_text(other, values[other])}"
                yield Complaint("timestamps-out-of-order", why, witness.exchange)

    def _see_vanished(
        self, sighting: Sighting, witness: Witness, operation: str
    ) -> Iterator[Complaint]:
        """What an operation has shown of the job, and what never goes away, it shows again."""
        before = self._shown.get(operation, frozenset())
        for path in sorted(before - sighting.values.keys()):
            exchange = self._values[path][1].exchange
            if ordered(exchange, witness.exchange):
                why = f"{self.name} has no {path} any more, and a job does not lose it"
                yield Complaint("value-vanished", why, exchange)
        lasting = (p for p in sighting.plain if self._fixed(p) or p == "updated_at")
        self._shown[operation] = frozenset(lasting)

    def _see_lines(self, sighting: Sighting, witness: Witness) -> Iterator[Complaint]:
        if sighting.lines is None or not self.alone:
            return
        lines = Counter(sighting.lines)
        if self._lines and ordered(self._lines[1].exchange, witness.exchange):
            lost = self._lines[0] - lines
            if lost:
                why = f"the log of {self.name} lacks {lost.total()} of the lines that it had"
                yield Complaint("history-rewritten", why, self._lines[1].exchange)
        self._lines = lines, witness

    # -- parts -----------------------------------------------------------------------------------

    def _see_parts(
        self, sighting: Sighting, exchange: Exchange, operation: str, does: str
    ) -> Iterator[Complaint]:
        for name, parts in sighting.parts.items():
            known = self.parts.setdefault(name, {})
            for key, part in parts.items():
                if key not in known:
                    known[key] = self._part(name, key)
                yield from known[key].see(part, exchange, operation, does)
            for showing in sighting.showings[name]:
                yield from self._see_absent(known, showing, exchange, does)
                if name == self.moves.machine.part:
                    yield from self._see_derived(sighting, showing, exchange)

    def _part(self, name: str, key: str) -> Belief:
        moves = self._moves_of(self.moves.machine.parts[name])
        part = Belief(f"{name} {key.partition('=')[2]} of {self.name}", moves, self._moves_of)
        if self.born:
            part.born, part.states = self.born, moves.born
        return part

    def _see_absent(
        self, known: Mapping[str, Belief], showing: Showing, exchange: Exchange, does: str
    ) -> Iterator[Complaint]:
        """A part that is not shown is in a state in which parts are not shown."""
        if showing.states is None:
            return
        for key, part in known.items():
            if key.partition("=")[0] == showing.by and key not in showing.keys:
                hidden = part.moves.all - showing.states
                if hidden:
                    absent = Sighting(part.moves.machine, hidden, "not shown")
                    yield from part._see_states(absent, exchange, does)  # noqa: SLF001  # its own kind
                elif part._certain(exchange):  # noqa: SLF001  # its own kind
                    why = f"{part.name} is shown no more, and every part is shown here"
                    yield Complaint("value-vanished", why, part._earlier)  # noqa: SLF001  # its own kind

    def _see_derived(
        self, sighting: Sighting, showing: Showing, exchange: Exchange
    ) -> Iterator[Complaint]:
        """A job that follows its parts is what the parts of the same answer make it."""
        if showing.states is None or not sighting.states:
            return
        parts = sighting.parts[self.moves.machine.part or ""]
        shown = [parts[key].states for key in sorted(showing.keys)]
        hidden = frozenset(self.moves.machine.parts[self.moves.machine.part or ""].states)
        able = self.moves.derived(shown, hidden - showing.states)
        if not able & sighting.states:
            why = f"{self.name} is {_any(sighting.states)}, and its parts make it {_any(able)}"
            yield Complaint("job-and-parts-disagree", why, exchange)


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
