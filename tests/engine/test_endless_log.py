"""The log of an endless job: only the latest lines are made, after any length of time."""

from time import thread_time

from jobtwin.lifecycle import JobView
from jobtwin.lifecycle.view import LONGEST_LOG
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

YEAR = 365 * 24 * 3600 * 1_000_000


def _stream() -> JobView:
    spec = loaded(["polaris"])[0]
    machine = spec.jobs["job"]
    sandbox = Sandbox([machine], Setup(ManualClock(), empty=True))
    job = sandbox.create(machine, scenario="streaming_idles", facts={"type": "streaming"})
    return JobView(job.timeline, job.record.at + YEAR)


def test_endless() -> None:
    """The log after a year is made in less than a second, is bounded, and is in order."""
    view = _stream()

    began = thread_time()
    entries = view.entries()

    assert thread_time() - began < 1
    assert len(entries) <= LONGEST_LOG
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_latest() -> None:
    """The milestones with lines are those of the whole history, the latest first."""
    view = _stream()
    early = JobView(view.timeline, view.timeline.record.at + 600 * 1_000_000)

    every = [milestone for milestone in early.milestones() if milestone.lines]

    assert [*view.timeline.schedule.matching(early.index, lambda m: bool(m.lines))] == every[::-1]
