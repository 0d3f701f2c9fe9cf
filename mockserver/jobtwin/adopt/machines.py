"""Drafts a state machine from the names of its states and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from jobtwin.adopt.history import RECORDED, JobHistory, span_text
from jobtwin.adopt.states import StateField
from jobtwin.adopt.words import ENDS, Word, meanings

LASTS = {"waiting": "5s", "active": "10s", "leaving": "2s"}
"""The duration of a drafted state. OpenAPI files contain none; recordings do."""

_CANCELLING = {"cancel", "stop", "abort", "terminate", "kill", "release"}
_PAUSING, _RESUMING = {"pause", "suspend", "hold"}, {"resume", "unpause", "unsuspend", "continue"}
_FAMILIES = {
    "cancel": ("cancelling", "canceling", "cancel_requested", "cancelled", "canceled"),
    "stop": ("stopping", "stopped"),
    "abort": ("aborting", "aborted"),
    "terminate": ("terminating", "terminated"),
    "kill": ("killing", "killed"),
}
_VERBS = {
    "failed": "fail", "failure": "fail", "error": "fail", "errored": "fail", "crashed": "crash",
    "expired": "expire", "timed_out": "time_out", "timedout": "time_out", "timeout": "time_out",
    "rejected": "reject", "aborted": "abort", "cancelled": "cancel", "canceled": "cancel",
    "terminated": "terminate", "stopped": "stop", "killed": "kill", "skipped": "skip",
}  # fmt: skip


@dataclass(frozen=True)
class DraftedMachine:
    """A drafted machine in the form of the grammar, and its guesses.

    `guesses` has a reason for each guess, by its place: `("states", "running")`.
    """

    words: Mapping[str, Word]
    initial: str
    states: Mapping[str, Mapping[str, object]]
    events: Mapping[str, str]
    scenarios: Mapping[str, Mapping[str, object]]
    path: tuple[str, ...]
    guesses: Mapping[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def ends(self) -> set[str]:
        """The final states."""
        return {value for value, state in self.states.items() if state["kind"] in ENDS}

    @property
    def begun(self) -> str:
        """The first active state."""
        working = [value for value in self.path if self.states[value]["kind"] == "active"]
        return (working or list(self.path))[0]

    def by_text(self, text: str) -> str | None:
        """Returns the state named `text`, or None."""
        return next((value for value, word in self.words.items() if word.text == text), None)


def draft_machine(
    state: StateField, verbs: Sequence[str], history: JobHistory | None = None
) -> DraftedMachine | None:
    """Returns a machine with the states in their natural, or recorded, order.

    Returns None if there is no possible initial state, or no final one.
    """
    history = history or JobHistory()
    words = _all_words(state)
    words |= {seen: word for seen, word in meanings(history.states).items() if seen not in words}
    path = recorded_path(words, life_path(words), history)
    if len(path) < 2 or not words[path[-1]].ends:  # noqa: PLR2004 - a beginning and an end
        return None
    return _MachineDraft(words, path, history).machine(verbs)


def _all_words(state: StateField) -> dict[str, Word]:
    """Returns the states; if another property shows the outcome, with that property's final states."""
    words = state.meanings
    if not state.outcome:
        return words
    outcomes = meanings(state.outcome_values)
    going = {v: word for v, word in words.items() if not word.ends and word.kind != "transient"}
    return going | {value: outcomes[value] for value in _ends(outcomes)}


def _ends(words: Mapping[str, Word]) -> list[str]:
    return [value for value, word in words.items() if word.ends]


def _of_kind(words: Mapping[str, Word], *kinds: str) -> list[str]:
    return [value for value, word in words.items() if word.kind in kinds]


def life_path(words: Mapping[str, Word]) -> tuple[str, ...]:
    """Returns the states of a successful job, in order.

    Groups of states are in their natural order, states of a group in the order of the enum. States
    after the first success in the enum were added later, and are omitted.
    """
    ordered = _going(words) or _of_kind(words, "active")[:1]
    return (*ordered, *islice(_successes(words), 1))


def _going(words: Mapping[str, Word]) -> list[str]:
    """Returns the states of a successful job, before its end."""
    values = list(words)
    by_rank = _alphabetical(values)  # then the order of the enum is no indication
    usable = values if by_rank else _before_success(words)
    going = [v for v in usable if words[v].kind in ("waiting", "active") and not words[v].detour]
    return sorted(
        going, key=lambda value: words[value].rank if by_rank else max(1, words[value].rank)
    )


def _before_success(words: Mapping[str, Word]) -> list[str]:
    """Returns the words before the first success, if work is among them; else all."""
    values = list(words)
    early = list(takewhile(lambda value: words[value].kind != "success", values))
    return early if any(words[value].kind == "active" for value in early) else values


def recorded_path(
    words: Mapping[str, Word], path: tuple[str, ...], history: JobHistory
) -> tuple[str, ...]:
    """Returns the states of the recorded path, if there is one.

    A path without an active state was polled too rarely: it is completed with the states of `path`,
    but none before the state in the response to the creation.
    """
    walk = history.walk
    if not walk:
        return path
    if any(words[value].kind == "active" for value in walk):
        return walk
    return _completed(words, path, walk, from_creation=history.created)


def _completed(
    words: Mapping[str, Word], path: tuple[str, ...], walk: Sequence[str], *, from_creation: bool
) -> tuple[str, ...]:
    """Returns the walk with the missing states of the path, each before its successor."""
    merged = list(walk)
    for index, value in reversed(list(enumerate(path))):
        if value in merged or words[value].ends:
            continue
        following = next((later for later in path[index + 1 :] if later in merged), merged[-1])
        at = merged.index(following)
        if at or not from_creation:
            merged.insert(at, value)
    return tuple(merged)


def _alphabetical(values: Sequence[str]) -> bool:
    return len(values) > 3 and list(values) == sorted(values)  # noqa: PLR2004 - three may be chance


def _successes(words: Mapping[str, Word]) -> Iterator[str]:
    """Yields the states with which a successful job may end, the most certain first."""
    yield from sorted(_of_kind(words, "success"), key=lambda value: words[value].ambiguous)
    yield from _of_kind(words, "partial")
    yield from (value for value in _ends(words) if words[value].ambiguous)


def _step(state: str, after: str, event: str) -> dict[str, object]:
    """Returns a scenario of one step: the event that ends a state."""
    return {"steps": {state: {"after": after, "event": event}}}


class _MachineDraft:
    """The parts of one machine during drafting."""

    def __init__(
        self, words: Mapping[str, Word], path: tuple[str, ...], history: JobHistory
    ) -> None:
        self.words = words
        self.path = path
        self.history = history
        self.changes = {change: span for change, span in history.changes.items() if not self._skips(*change)}  # fmt: skip
        self.guesses: dict[tuple[str, ...], str] = {}
        self.kinds = {value: self._kind(value) for value in words}
        self.states: dict[str, dict[str, object]] = {
            v: {"kind": self.kinds[v]} for v in self._order()
        }
        self.happens: dict[str, dict[str, str]] = {}

    def _skips(self, value: str, following: str) -> bool:
        """Returns True if a recorded change skips states that were too short to be recorded."""
        known = value in self.path and following in self.path
        return known and self.path.index(following) > self.path.index(value) + 1

    def _order(self) -> list[str]:
        """Returns the states in their natural order, then the others in the order of the file."""
        ends = self._other_ends()
        going = [value for value in self.words if value not in (*self.path, *ends)]
        return [*self.path[:-1], *going, self.path[-1], *ends]

    def _kind(self, value: str) -> str:
        word = self.words[value]
        if word.ambiguous:
            self.guesses["states", value] = (
                "the meaning of this state" if word.known else "an unknown word"
            )
        if value == self.path[-1] and not word.ends:
            return "success"
        return "active" if word.kind == "leaving" else word.kind

    def machine(self, verbs: Sequence[str]) -> DraftedMachine:
        for value, following in zip(self.path, self.path[1:], strict=False):
            self._lasts(value, following)
        events = self._events(verbs)
        self._leave()
        self._return()
        self._branch()
        self._reach(events)
        scenarios = self._scenarios(events)
        return DraftedMachine(
            self.words, self.path[0], self.states, events, scenarios, self.path, self.guesses
        )

    def _lasts(self, value: str, following: str) -> None:
        seen = self.changes.get((value, following))
        if seen is not None:
            recorded = {"lasts": span_text(seen), "then": following, "x-evidence": RECORDED}
            self.states[value] |= recorded
            return
        kind = self.words[value].kind
        self.states[value] |= {"lasts": LASTS.get(kind, LASTS["active"]), "then": following}
        self.guesses.setdefault(("states", value), "the duration")

    def _events(self, verbs: Sequence[str]) -> dict[str, str]:
        """Returns the events of the machine and of its states, from the verbs of the file."""
        events: dict[str, str] = {}
        for verb in dict.fromkeys(verbs):
            if seen := self.history.events.get(verb):
                events |= self._recorded_event(verb, seen)
            else:
                events |= self._guessed_event(verb)
        return events

    def _guessed_event(self, verb: str) -> dict[str, str]:
        """Returns an event of the machine, by its verb; events of states are added to these."""
        stem = verb.split("_", maxsplit=1)[0]
        if stem in _CANCELLING and (target := self._cancelled(stem)):
            return {verb: target}
        paused = self._first("paused")
        if paused and stem in _PAUSING:
            self._event(self._working(), verb, paused)
        elif paused and stem in _RESUMING:
            self._event([paused], verb, self._main())
        return {}

    def _recorded_event(self, verb: str, seen: Mapping[str, str]) -> dict[str, str]:
        """Returns a recorded event: of the machine, if it always led to the same cancelled state."""
        target, *others = {*seen.values()}
        ended = any(self.words[value].ends for value in seen)
        if not others and not ended and self.words[target].kind in ("cancelled", "leaving"):
            return {verb: target}
        for value, target in seen.items():
            if self.words[value].ends:
                self.states[value]["reopens"] = True
            self._event([value], verb, target)
        return {}

    def _event(self, states: Iterable[str], name: str, target: str) -> None:
        for value in states:
            happens = self.happens.setdefault(value, {})
            happens[name] = target
            self.states[value]["events"] = happens

    def _cancelled(self, verb: str) -> str | None:
        """Returns the state after a cancel: an -ing state, if the file has one, or the final state."""
        plain = {word.text: value for value, word in self.words.items()}
        family = [*_FAMILIES.get(verb, ()), *_FAMILIES["cancel"]]
        near = [plain[text] for text in family if text in plain]
        leaving = [value for value in near if self.words[value].kind == "leaving"]
        ways = [*leaving, self._first("leaving"), *near, self._first("cancelled")]
        return next(filter(None, ways), None)

    def _first(self, kind: str) -> str | None:
        return next((value for value, word in self.words.items() if word.kind == kind), None)

    def _main(self) -> str:
        """Returns the main active state."""
        working = [v for v in self.path[:-1] if self.words[v].rank == 2]  # noqa: PLR2004 - work
        return (working or list(self.path[:-1]))[-1]

    def _working(self) -> list[str]:
        return [value for value in self.path[:-1] if self.words[value].kind == "active"]

    def _leave(self) -> None:
        """Lets each -ing state end as recorded, or in the matching final state after a moment."""
        for value, word in self.words.items():
            if word.kind == "leaving" and not self.states[value].get("then"):
                end = self._seen_after(value) or self._end_of(value)
                if end:
                    self._lasts(value, end)

    def _end_of(self, leaving: str) -> str | None:
        stem = self.words[leaving].text.removesuffix("ing").removesuffix("_requested")[:5]
        near = (value for value in _ends(self.words) if self.words[value].text.startswith(stem))
        others = (self._first("cancelled"), self._first("failure"), self.path[-1])
        return next(filter(None, (*near, *others)))

    def _return(self) -> None:
        """Lets paused and unknown states return to the work, so that each has a successor."""
        for value, word in self.words.items():
            state = self.states[value]
            if value in self.path or word.ends or state.get("then") or state.get("events"):
                continue
            self._lasts(value, self._seen_after(value) or self._main())

    def _seen_after(self, value: str) -> str | None:
        """Returns the first state that was recorded as a spontaneous successor."""
        return next((to for came, to in self.changes if came == value), None)

    def _branch(self) -> None:
        """Adds events for recorded spontaneous changes that are not drafted."""
        for value, target in self.changes:
            if self.states[value].get("then") != target and not self.words[target].ends:
                self._event([value], f"become_{self.words[target].text}", target)

    def _reach(self, events: Mapping[str, str]) -> None:
        """Adds an event from the active state to each unreachable state."""
        led = {self.path[0], *events.values(), *(s.get("then") for s in self.states.values())}
        led |= {target for happens in self.happens.values() for target in happens.values()}
        for value, word in self.words.items():
            if value not in led and not word.ends:
                self.guesses["states", value] = "the cause and the duration of this state"
                self._event([self._main()], f"become_{word.text}", value)

    def _scenarios(self, events: Mapping[str, str]) -> dict[str, dict[str, object]]:
        """Returns a scenario for each final state, with the success as the default."""
        scenarios: dict[str, dict[str, object]] = {
            self.words[self.path[-1]].text: {"default": True}
        }
        reached = {*events.values(), *map(self._follow, events.values())}
        for value in self._other_ends():
            scenario = self._recorded_scenario(value, events)
            if scenario is None and value not in reached:
                scenario = self._guessed_scenario(value, events)
            if scenario is not None:
                scenarios[self.words[value].text] = scenario
        self._reach_by_events(scenarios, events)
        return scenarios

    def _reach_by_events(
        self, scenarios: dict[str, dict[str, object]], events: Mapping[str, str]
    ) -> None:
        """Adds scenarios for the final states to which only an event leads."""
        for event, target in events.items():
            name = self.words[self._follow(target)].text
            if name not in scenarios:
                scenarios[name] = _step(self._main(), "5s", event)
                self.guesses["scenarios", name] = "the condition"

    def _other_ends(self) -> list[str]:
        """Returns the ends to which the path does not lead."""
        return [value for value in _ends(self.words) if value != self.path[-1]]

    def _recorded_scenario(self, end: str, events: Mapping[str, str]) -> dict[str, object] | None:
        """Returns the scenario of a final state that recorded jobs reached on another path."""
        seen = next((came for came, to in self.changes if to == end), None)
        if not seen or self.states[seen].get("then") == end:
            return None
        event = self._leading(seen, end, events)
        return {**_step(seen, span_text(self.changes[seen, end]), event), "x-evidence": RECORDED}

    def _guessed_scenario(self, end: str, events: Mapping[str, str]) -> dict[str, object]:
        """Returns the walk to an end from the working state, after a made-up time."""
        self.guesses["scenarios", self.words[end].text] = "the condition"
        return _step(self._main(), "5s", self._leading(self._main(), end, events))

    def _leading(self, value: str, end: str, events: Mapping[str, str]) -> str:
        """Returns the name of the event from a state to a final state."""
        text = self.words[end].text
        event = _VERBS.get(text, f"become_{text}")
        event = event if events.get(event, end) == end else f"become_{text}"
        self._event([value], event, end)
        return event

    def _follow(self, value: str) -> str:
        """Returns the final state reached from a state without events."""
        for _ in self.words:
            following = self.states[value].get("then")
            if not isinstance(following, str):
                break
            value = following
        return value
