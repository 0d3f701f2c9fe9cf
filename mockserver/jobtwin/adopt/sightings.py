"""Recorded exchanges as sightings of drafted jobs: job, state, time and operation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from jobtwin.adopt.draft import Draft
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import MatchedExchange, Matcher
from jobtwin.judge.oracle.observations import MOMENTS, Measure, Observation, read
from jobtwin.judge.redaction import without_redacted
from jobtwin.judge.traffic.bases import Bases, MatchedEntry
from jobtwin.judge.traffic.recordings import Recording
from jobtwin.lifecycle.machine import nothing
from jobtwin.openapi import Spec
from jobtwin.openapi.templates import path_pattern


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """A job in an exchange, with its state, or None if the response does not show it.

    `operation` is the operation's name in the draft, `base` the URL of the API.
    """

    machine: str
    job: str
    at: datetime
    operation: str
    does: str
    exchange: Exchange
    base: str
    state: str | None = None
    moments: Mapping[str, datetime] = field(default_factory=nothing)
    """Times in the response: of the creation, of the end, and of entering states, by path."""


def matched(spec: Spec, recording: Recording) -> Sequence[MatchedEntry]:
    """Returns the exchanges with a spec's API, by its servers or, without servers, by its paths."""
    entries = [entry for entry in recording.entries if entry.skipped is None]
    found = Bases([spec]).sort(entries).matched
    if found or (base := _likely_base(spec, [entry.exchange for entry in entries])) is None:
        return found
    return Bases([spec], base).sort(entries).matched


def _likely_base(spec: Spec, exchanges: Iterable[Exchange]) -> str | None:
    """Returns the base URL with which most recorded requests match the paths of the spec's jobs."""
    patterns = [path_pattern(operation.path) for operation in spec.operations]
    found = Counter(base for each in exchanges for base in _bases(each.url, patterns))
    return max(found, key=lambda base: (found[base], -len(base)), default=None)


def _bases(url: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[str]:
    path = url.partition("?")[0]
    scheme, separator, rest = path.partition("://")
    cuts = [index for index, letter in enumerate(rest) if letter == "/"]
    for cut in cuts if separator else ():
        if any(pattern.fullmatch(rest[cut:]) for pattern in patterns):
            yield f"{scheme}://{rest[:cut]}"


def sightings(spec: Spec, draft: Draft, entries: Iterable[MatchedEntry]) -> list[Sighting]:
    """Returns all sightings of jobs, in chronological order."""
    matcher = Matcher(spec)
    keys = {name: key for job in draft.jobs for key, _ in job.operations for name in _names(spec, key)}  # fmt: skip
    found = list[Sighting]()
    for entry in entries:
        exchange = without_redacted(entry.exchange)
        if not exchange.granted:
            continue
        call = matcher.match(exchange)
        found += _left(draft, exchange, entry.base) if call is None else _of(call, keys, entry.base)
    return sorted(found, key=lambda seen: seen.at)


def _names(spec: Spec, key: str) -> Iterator[str]:
    """Yields the operationId of an operation in the draft."""
    yield from (o.id for o in spec.operations if key in (o.id, f"{o.method.upper()} {o.path}"))


def _left(draft: Draft, exchange: Exchange, base: str) -> Iterator[Sighting]:
    """Yields the sighting of a job with an operation that was not drafted."""
    for job in draft.jobs:
        for event in job.resource.events:
            candidate = event.operation
            fits = path_pattern(candidate.path).fullmatch(exchange.path)
            if fits and fits.groups() and candidate.method.upper() == exchange.method:
                id_ = unquote(fits.groups()[-1])
                yield Sighting(job.name, id_, exchange.at, candidate.key, "event", exchange, base)


def _of(call: MatchedExchange, keys: Mapping[str, str], base: str) -> Iterator[Sighting]:
    operation, exchange = call.operation, call.exchange
    if operation.machine is None:
        return
    shown = read(call).jobs
    plain = Sighting(
        operation.machine.name, "", exchange.at, keys.get(operation.id, operation.id),
        operation.does, exchange, base,
    )  # fmt: skip
    if operation.does == "list":
        yield from (_observed(replace(plain, job=each.id), each) for each in shown if each.id)
    else:
        yield from _of_one(plain, given_id(call), shown)


def _of_one(plain: Sighting, given: str | None, shown: Sequence[Observation]) -> Iterator[Sighting]:
    """Yields the sighting of the job in the response, or else of the one in the request."""
    job = (shown[0].id if shown else None) or given
    if job is not None:
        seen = replace(plain, job=job)
        yield _observed(seen, shown[0]) if shown else seen


def given_id(call: MatchedExchange) -> str | None:
    """Returns the job's ID in a request, or None."""
    given = call.at(call.operation.job_id) if call.operation.job_id else None
    return None if given is None else str(given)


def _observed(seen: Sighting, observed: Observation) -> Sighting:
    """Returns a sighting with the values observed in the response."""
    state = observed.text or (min(observed.states) if len(observed.states) == 1 else None)
    return replace(seen, state=state, moments=_moments(observed))


def _moments(observed: Observation) -> dict[str, datetime]:
    """Returns the times in a response, by their paths."""
    return {
        path: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=value.value)
        for path, value in observed.values.items()
        if isinstance(value, Measure) and (path in MOMENTS or path.startswith("entered_at."))
    }
