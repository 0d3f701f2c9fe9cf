"""The indexes of jobs, compared with a model that looks at every job every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.lifecycle import Machine, Moment
from jobtwin.sandboxes import ManualClock, Sandbox, Setup, StoredJob
from jobtwin.sandboxes.job_list import BLOCK
from jobtwin.sandboxes.job_store import PIECE
from tests.sampling import examples

SECOND = 1_000_000
KEPT = 20 * SECOND
LAMP = """
lamp:
  summary: A lamp that goes out
  initial: lit
  states:
    lit: {kind: active, lasts: 5s, then: dimmed}
    dimmed: {kind: active, lasts: 5s, then: out, events: {turn_up: lit}}
    out: {kind: success}
  events: {turn_off: out}
  facts: {room: {type: integer, default: 0}}
  keep: {for: 20s, since: ended_at}
  scenarios: {burns: {summary: For a while, default: true}}
"""
DEEDS = (
    *("create", "again", "polled", "unborn", "many", "wait", "wait", "wait"),
    *("poll", "tell", "tell", "remove", "finish"),
)
ROOMS = 3
LOOKS = ("piece", "list")
Deed = tuple[str, int]


class Model:
    """Every job that was neither removed nor replaced, in the order of creation."""

    def __init__(self, sandbox: Sandbox, lamp: Machine) -> None:
        self.sandbox = sandbox
        self.lamp = lamp
        self.made: list[StoredJob] = []
        self.settling: Iterator[None] = iter(())
        self.listed_before: Sequence[StoredJob] = ()
        self.copied: Sequence[StoredJob] = ()

    def do(self, deed: str, number: int) -> None:
        """Do one action; the number selects the job or the length of time."""
        now, create = self.sandbox.clock.now(), self.sandbox.create
        job = self.made[number % len(self.made)] if self.made else create(self.lamp)
        self.made = self.made or [job]
        if deed == "create":
            self.made.append(create(self.lamp, facts={"room": number % ROOMS}))
        elif deed == "polled":
            self.made.append(create(self.lamp, by_polls=True))
        elif deed == "unborn":
            self.made.append(create(self.lamp, at=now + (number - 8) * SECOND))
        elif deed == "many":
            self.made += [create(self.lamp) for _ in range(2 * number)]
        elif deed == "wait":
            self.sandbox.clock.advance(number * SECOND)
        elif deed == "poll":
            self.sandbox.polled(job)
        elif deed == "finish":
            self.sandbox.finish(job)
        elif deed == "tell":
            self.sandbox.send_event(job, ("turn_up", "turn_off")[number % 2])
        else:
            self.made.remove(job)
            self.sandbox.remove(job)
            if deed == "again":
                self.made.append(create(self.lamp, id=job.record.id))

    def look(self, deed: str, _number: int) -> None:
        """Update the lists by one step, or note the contents of one."""
        if deed == "list":
            self.listed_before = self.listed()
            self.copied = self.sandbox.jobs(self.lamp).copy()
        elif next(self.settling, self) is self:
            self.settling = self.sandbox.settling(self.sandbox.clock.now())

    def listed(self) -> Sequence[StoredJob]:
        """Returns the jobs that have begun and are still kept, the oldest first."""
        found = [job for job in self.made if job.record.at <= self.sandbox.clock.now()]
        return sorted(filter(self._kept, found), key=lambda job: job.age)

    def next_change(self) -> Moment | None:
        """Returns when a job next begins or changes by itself, found by looking at each."""
        now = self.sandbox.clock.now()
        unborn = [job.record.at for job in self.made if job.record.at > now]
        by_time = [job for job in self.listed() if job.reached is None]
        dues = [due for job in by_time if (due := job.view(now).due) is not None]
        return min([*unborn, *dues], default=None)

    def _kept(self, job: StoredJob) -> bool:
        now = self.sandbox.clock.now()
        ended = job.view(now).ended_at
        if ended is not None and job.reached is not None:  # it does not follow the clock
            ended = job.record.at
        return ended is None or now < ended + KEPT


@pytest.mark.slow
@settings(
    max_examples=examples(70, 200),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from([*DEEDS, *LOOKS]), st.integers(0, 15)), min_size=25, max_size=60
    ),
    st.integers(1, 6),
    st.booleans(),
)
def test_model(
    read: Callable[[str], Mapping[str, Machine]],
    deeds: Sequence[Deed],
    seldom: int,
    secret: bool,  # noqa: FBT001 - hypothesis draws it
) -> None:
    """The lists equal the model's after any actions, however rarely they are read."""
    lamp = replace(read(LAMP)["lamp"], secret_ids=secret, excluding=("room",))
    model = Model(Sandbox([lamp], Setup(ManualClock())), lamp)
    sandbox = model.sandbox
    for number, deed in enumerate(deeds):
        (model.look if deed[0] in LOOKS else model.do)(*deed)
        if number % seldom == 0:
            expected, now = model.listed(), sandbox.clock.now()
            unfinished = [job for job in expected if not job.view(now).state.final]

            assert sandbox.jobs(lamp) == expected
            assert sandbox.jobs(lamp, unfinished=True) == unfinished
            assert [[*sandbox.rivals(lamp, {"room": room})] for room in range(ROOMS)] == [
                [job for job in unfinished if job.record.facts["room"] == room]
                for room in range(ROOMS)
            ]
            assert all(sandbox.find(lamp, job.record.id) is job for job in expected)
            by_handle = [sandbox.find_by_handle(lamp, job.record.shown_id) for job in expected]
            assert by_handle == (expected if secret else [None] * len(expected))
            assert sandbox.next_change() == model.next_change()
            assert model.copied == model.listed_before


def test_find_by_handle(read: Callable[[str], Mapping[str, Machine]]) -> None:
    """A job whose ID is a credential is found by its handle, until it is removed."""
    lamp = replace(read(LAMP)["lamp"], secret_ids=True)
    sandbox = Sandbox([lamp], Setup(ManualClock()))
    first, second = sandbox.create(lamp), sandbox.create(lamp)
    handles = [job.record.shown_id for job in (first, second)]
    sandbox.remove(first)

    assert [sandbox.find_by_handle(lamp, handle) for handle in handles] == [None, second]
    assert sandbox.find_by_handle(lamp, str(second.record.id)) is None


def test_rivals__others(read: Callable[[str], Mapping[str, Machine]]) -> None:
    """All unfinished jobs are rivals if the compared fact changes; maps and lists are alike."""
    text = LAMP.replace("turn_off: out", "turn_off: {to: out, set: {room: 9}}")
    changing = replace(read(text)["lamp"], excluding=("room",))
    fixed = replace(read(LAMP)["lamp"], excluding=("room",))
    for lamp, found in ((changing, [1, 2, [], {}]), (fixed, [[], {}])):
        sandbox = Sandbox([lamp], Setup(ManualClock()))
        rooms: list[Any] = [1, 2, [], {}]
        for room in rooms:
            sandbox.create(lamp, facts={"room": room})

        rivals = sandbox.rivals(lamp, {"room": [3]})

        assert [job.record.facts["room"] for job in rivals] == found


def test_reopened(read: Callable[[str], Mapping[str, Machine]]) -> None:
    """A reopened job is unfinished again."""
    text = LAMP.replace("{kind: success}", "{kind: success, reopens: true, events: {relight: lit}}")
    lamp = read(text)["lamp"]
    sandbox = Sandbox([lamp], Setup(ManualClock()))
    job = sandbox.create(lamp)
    found = []
    for event in ("turn_off", "relight"):
        assert sandbox.send_event(job, event)
        found.append([*sandbox.jobs(lamp, unfinished=True)])

    assert found == [[], [job]]


def test_settling__pieces(read: Callable[[str], Mapping[str, Machine]]) -> None:
    """One step looks at two blocks of jobs at most, even if more have changed."""
    lamp = read(LAMP)["lamp"]
    sandbox = Sandbox([lamp], Setup(ManualClock()))
    for _ in range(5 * BLOCK):
        sandbox.create(lamp)
    seen, steps = sandbox.watch(), []
    sandbox.advance_clock(12 * SECOND)
    for _ in sandbox.settling(sandbox.clock.now()):
        steps.append(len(seen))
        seen.clear()

    assert sum(steps) == 5 * BLOCK
    assert max(steps) <= 2 * BLOCK
    assert len(sandbox.jobs(lamp)) == 5 * BLOCK
    assert not sandbox.jobs(lamp, unfinished=True)
    assert not seen


def test_drop(read: Callable[[str], Mapping[str, Machine]]) -> None:
    """All jobs of a reset sandbox are freed, a few at a time."""
    lamp = read(LAMP)["lamp"]
    sandbox = Sandbox([lamp], Setup(ManualClock()))
    for _ in range(2 * PIECE + 1):
        sandbox.create(lamp)
    sandbox.jobs(lamp)
    [store] = sandbox.stores
    sandbox.reset()

    left = [len(store) for _ in store.drop()]

    assert left[-4:] == [2 * PIECE + 1, PIECE + 1, 1, 0]
    assert sandbox.stores == []
