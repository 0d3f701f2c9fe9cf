"""Learns from recordings: histories of jobs, errors, and contents that the vendor's file lacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, groupby, pairwise
from operator import itemgetter
from statistics import median

from jobtwin.adopt.additions import forgotten, with_additions
from jobtwin.adopt.draft import Draft, DraftedJob
from jobtwin.adopt.history import JobHistory, Recorded
from jobtwin.adopt.recorded_answers import recorded_answers, recorded_errors
from jobtwin.adopt.sightings import Sighting, matched, sightings
from jobtwin.adopt.words import meanings
from jobtwin.judge.traffic.recordings import Recording
from jobtwin.openapi import Spec
from jobtwin.openapi.document import Document
from jobtwin.openapi.operations import Operation


@dataclass(frozen=True)
class Lessons:
    """The recorded facts, and the completed document."""

    document: Document
    recorded: Recorded
    exchanges: int
    """The number of recorded exchanges with the API."""


def learn(spec: Spec, draft: Draft, recording: Recording) -> Lessons:
    """Compares recordings with the draft made without them."""
    entries = matched(spec, recording)
    seen = sightings(spec, draft, entries)
    jobs = {job.name: _history(spec, job, seen) for job in draft.jobs}
    errors = recorded_errors(spec, seen, entries)
    additions = (*forgotten(spec, entries), *errors.additions)
    recorded = Recorded({name: each for name, each in jobs.items() if each.jobs}, errors.settings, additions)  # fmt: skip
    return Lessons(with_additions(spec.document, additions), recorded, len(entries))


def _history(spec: Spec, job: DraftedJob, seen: Sequence[Sighting]) -> JobHistory:
    """Returns the history of the jobs of one kind."""
    own = [each for each in seen if each.machine == job.name]
    lives = _lives(job, own)
    walks = [life.walk for life in lives if life.walk]
    states = tuple(dict.fromkeys(chain.from_iterable(walks)))
    walk = _best(walks, states)
    return JobHistory(
        jobs=len(lives),
        states=states,
        walk=walk,
        created=_is_from_creation(walk, lives),
        changes=_medians(chain.from_iterable(life.changes() for life in lives)),
        events=_events(chain.from_iterable(life.events() for life in lives)),
        polls=_polls(lives),
        answers=recorded_answers(_keyed(spec, job), own),
    )


def _lives(job: DraftedJob, seen: Sequence[Sighting]) -> list[_Life]:
    """Returns the recorded jobs of one kind, in the order of their first sightings."""
    verbs = {event.operation.key: event.verb for event in job.resource.events}
    by_id = defaultdict[str, list[Sighting]](list)
    for each in seen:
        by_id[each.job].append(each)
    return [_Life(sightings, verbs) for sightings in by_id.values()]


def _keyed(spec: Spec, job: DraftedJob) -> dict[str, Operation]:
    """Returns the operations of a job, by their keys in `x-jobs`."""
    named = {name: o for o in spec.operations for name in (o.id, f"{o.method.upper()} {o.path}")}
    return {key: named[key] for key, _ in job.operations if key in named}


def _best(walks: Sequence[tuple[str, ...]], states: Sequence[str]) -> tuple[str, ...]:
    """Returns the longest path to a success without repetition, or ()."""
    words = meanings(states)
    good = [w for w in walks if len(set(w)) == len(w) and words[w[-1]].kind in ("success", "partial")]  # fmt: skip
    return max(good, key=lambda walk: (len(walk), good.count(walk)), default=())


_Change = tuple[str, str]


@dataclass(frozen=True)
class _Life:
    """One recorded job; `verbs` are those of its events, by operation."""

    seen: Sequence[Sighting]
    verbs: Mapping[str, str]

    @property
    def created(self) -> bool:
        """True if its creation was recorded with a state in the response."""
        return self.seen[0].does == "create" and self.seen[0].state is not None

    @property
    def told(self) -> list[Sighting]:
        """The sightings with a state."""
        return [each for each in self.seen if each.state is not None]

    @property
    def walk(self) -> tuple[str, ...]:
        """The states in their order."""
        return tuple(str(state) for state, _ in groupby(each.state for each in self.told))

    def changes(self) -> Iterator[tuple[_Change, timedelta]]:
        """Yields the spontaneous changes, each with the duration of the first state."""
        since = self._begun()
        for before, after in pairwise(self.told):
            if before.state == after.state:
                continue
            entered = before.at + (after.at - before.at) / 2
            if since is not None and self._verb(before, after) is None:
                yield (str(before.state), str(after.state)), self._told_span(before, after, entered - since)  # fmt: skip
            since = entered

    def _begun(self) -> datetime | None:
        """Returns the time when the job entered its first recorded state, or None if unknown."""
        return self.seen[0].at if self.seen[0].does == "create" else None

    def _told_span(self, before: Sighting, after: Sighting, guess: timedelta) -> timedelta:
        """Returns the duration of a state by the times in the responses, or the guess."""
        moments = dict(pair for each in self.seen for pair in each.moments.items())
        first = before.state == self.walk[0] and self.created
        last = after.state == self.walk[-1]
        begun = _entered(moments, before.state, "created_at" if first else "")
        ended = _entered(moments, after.state, "ended_at" if last else "")
        return guess if begun is None or ended is None or ended <= begun else ended - begun

    def events(self) -> Iterator[tuple[str, _Change]]:
        """Yields the changes caused by an event, each with its verb."""
        for before, after in pairwise(self.told):
            verb = self._verb(before, after)
            if verb is not None and before.state != after.state:
                yield verb, (str(before.state), str(after.state))

    def _verb(self, before: Sighting, after: Sighting) -> str | None:
        """Returns the verb of an event requested between two sightings, or None."""
        between = self.seen[self.seen.index(before) + 1 : self.seen.index(after) + 1]
        return next((self.verbs[e.operation] for e in between if e.operation in self.verbs), None)

    def pauses(self, final: frozenset[str]) -> list[timedelta]:
        """Returns the pauses between reads, until a final state was seen."""
        reads = [each for each in self.seen if each.does == "read"]
        ended = next((n for n, each in enumerate(reads) if each.state in final), len(reads))
        return [b.at - a.at for a, b in pairwise(reads[: ended + 1]) if b.at > a.at]


def _medians(changes: Iterable[tuple[_Change, timedelta]]) -> dict[_Change, timedelta]:
    spans = defaultdict[_Change, list[timedelta]](list)
    for change, span in changes:
        spans[change].append(span)
    common = sorted(spans, key=lambda change: -len(spans[change]))
    return {change: _median(spans[change]) for change in common}


def _events(changes: Iterable[tuple[str, _Change]]) -> dict[str, dict[str, str]]:
    """Returns the most frequent state after each event, by the state before."""
    counts = Counter(changes)
    found = defaultdict[str, dict[str, str]](dict)
    for verb, (before, after) in sorted(counts, key=lambda each: -counts[each]):
        found[verb].setdefault(before, after)
    return dict(found)


def _entered(moments: Mapping[str, datetime], state: str | None, other: str) -> datetime | None:
    """Returns the time at which a state was entered, or else the time at the other path."""
    return moments.get(f"entered_at.{state}") or moments.get(other)


def _is_from_creation(walk: Sequence[str], lives: Sequence[_Life]) -> bool:
    """Returns True if a job was seen to be created in the first state of the walk."""
    return any(life.created and tuple(life.walk[:1]) == tuple(walk[:1]) for life in lives)


def _polls(lives: Sequence[_Life]) -> tuple[timedelta, timedelta] | None:
    words = meanings(list(chain.from_iterable(life.walk for life in lives)))
    final = frozenset(state for state, word in words.items() if word.ends)
    pauses = [each for life in lives if (each := life.pauses(final))]
    if not pauses:
        return None
    return _median(list(map(itemgetter(0), pauses))), _median(list(map(itemgetter(-1), pauses)))


def _median(spans: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(span.total_seconds() for span in spans))
