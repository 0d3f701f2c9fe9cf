"""A sandbox: its jobs, their ids, their events, and the jobs that they spawn."""

import gc
from collections.abc import Callable, Iterable, Mapping

import pytest

from jobtwin.errors import UnknownScenario
from jobtwin.lifecycle import Machine, Moment, PartBirth
from jobtwin.sandboxes import ManualClock, Sandbox, Setup, StoredJob

SECOND = 1_000_000
BORN = ManualClock.START
Read = Callable[[str], Mapping[str, Machine]]

PRINT = """
print:
  summary: A document on its way through a printer
  id: {type: integer, first: 100}
  initial: queued
  states:
    queued: {kind: waiting, lasts: 5s, then: printing}
    printing: {kind: active, lasts: 1m, then: printed}
    paused: {kind: paused, events: {resume: queued}}
    printed: {kind: success}
    jammed: {kind: failure, events: {jam: {log: {message: Is jammed already}}}}
  events: {pause: paused, jam: jammed}
  facts: {colour: {type: boolean, default: false}}
  scenarios:
    prints: {default: true, summary: Every page comes out}
    jams: {summary: The paper jams, steps: {printing: {after: 30s, event: jam}}}
    colour: {summary: In colour, when: {facts.colour: true}}
    copies:
      summary: A copy is printed, and one of the copy
      spawns: {first: {in: printing, after: 10s, scenario: copied}, second: {in: printing, after: 20s, scenario: jams}}
    copied: {summary: A copy of which a copy is made, spawns: {work: {in: printing, after: 5s}}}
    copies_at_the_end:
      summary: A copy is printed when this is done
      spawns: {first: {in: printing, after: 1m}, second: {in: printed, after: 1h}, third: {in: printing, after: 61s}}
  samples:
    '101': {scenario: jams}
    '7': {created: -1m, facts: {colour: true}}
    '8': {created: '2025-12-31T23:00:00Z'}
    '9': {created: '2026-01-01T00:01:00Z'}
"""
TREE = """
job:
  summary: A job for some agents
  parts: {agents: agent}
  state_from: {part: agents, rules: {open: {any: [open]}}, else: closed}
  states: {open: {kind: active, then: closed, events: {close: closed}}, closed: {kind: success}}
  scenarios: {usual: {default: true, summary: Two agents, parts: {agents: [{}, {}]}}}
agent:
  summary: An agent
  initial: open
  states:
    open: {kind: active, lasts: 5s, then: closed, events: {close: {to: closed, log: {message: 'Closed by {event.by}'}}}}
    closed: {kind: success}
  scenarios: {usual: {default: true, summary: Closes after five seconds}}
"""


@pytest.fixture
def clock() -> ManualClock:
    """Stop the time at the start of 2026."""
    return ManualClock()


@pytest.fixture
def print_(read: Read) -> Machine:
    """Read the machine of a printer's jobs."""
    return read(PRINT)["print"]


@pytest.fixture
def sandbox(print_: Machine, clock: ManualClock) -> Sandbox:
    """Make a sandbox for printers, without samples."""
    return Sandbox([print_], Setup(clock, empty=True))


def ids(jobs: Iterable[StoredJob]) -> list[str | int]:
    return [job.record.id for job in jobs]


def states(sandbox: Sandbox, machine: Machine) -> dict[str | int, str]:
    """Returns the state of each job."""
    now = sandbox.clock.now()
    return {job.record.id: job.view(now).state.name for job in sandbox.jobs(machine)}


def births(sandbox: Sandbox, machine: Machine) -> dict[str | int, Moment]:
    """Returns the seconds from the start to the record of each job."""
    return {job.record.id: (job.record.at - BORN) // SECOND for job in sandbox.jobs(machine)}


# -- samples and ids -----------------------------------------------------------------------------


def test_samples(print_: Machine, clock: ManualClock) -> None:
    """Samples exist from the start, with creation times before, at or after it."""
    sandbox = Sandbox([print_], Setup(clock))

    assert births(sandbox, print_) == {8: -3600, 7: -60, 101: 0}
    assert states(sandbox, print_) == {8: "printed", 7: "printing", 101: "queued"}
    clock.advance(60 * SECOND)
    assert births(sandbox, print_)[9] == 60


def test_samples__none(sandbox: Sandbox, print_: Machine) -> None:
    """An empty sandbox has no samples."""
    assert not sandbox.jobs(print_)
    assert sandbox.find(print_, 7) is None


def test_ids__numbers(print_: Machine, clock: ManualClock) -> None:
    """Numbers begin where the machine says, and skip numbers in use."""
    sandbox = Sandbox([print_], Setup(clock))

    sandbox.create(print_, id=103)

    assert ids(sandbox.create(print_) for _ in range(3)) == [100, 102, 104]


def test_ids__numbers_not_again(sandbox: Sandbox, print_: Machine) -> None:
    """The number of a removed job is not reused."""
    sandbox.remove(sandbox.create(print_))

    assert sandbox.create(print_).record.id == 101


def test_ids__samples_keep_theirs(read: Read, clock: ManualClock) -> None:
    """A sample's child does not take the number of a later sample."""
    samples = "  samples: {'99': {scenario: copied}, '100': {}}\n"
    print_ = read(PRINT[: PRINT.index("  samples:")] + samples)["print"]

    sandbox = Sandbox([print_], Setup(clock))
    clock.advance(10 * SECOND)

    assert births(sandbox, print_) == {99: 0, 100: 0, 101: 10}


def drawn(machine: Machine, seed: int) -> list[str | int]:
    """Returns the ids of three jobs and of a request."""
    sandbox = Sandbox([machine], Setup(ManualClock(), seed=seed))
    return [*ids(sandbox.create(machine) for _ in range(3)), sandbox.request_id()]


def test_ids__seed(read: Read) -> None:
    """UUIDs of jobs and requests depend only on the seed."""
    machine = read(TREE)["job"]

    assert drawn(machine, 1) == drawn(machine, 1)
    assert not set(drawn(machine, 1)) & set(drawn(machine, 2))
    assert len(set(drawn(machine, 1))) == 4


def test_ids__requests_apart(read: Read) -> None:
    """Requests do not change the ids of the jobs that are created between them."""
    machine, sandboxes = read(TREE)["job"], [Sandbox([], Setup(ManualClock())) for _ in range(2)]

    sandboxes[0].request_id()

    assert len({sandbox.create(machine).record.id for sandbox in sandboxes}) == 1


def test_reset(print_: Machine, clock: ManualClock) -> None:
    """A reset leaves only the samples, newly created, and restarts the ids."""
    sandbox = Sandbox([print_], Setup(clock))
    first = [sandbox.create(print_).record.id, sandbox.request_id()]
    sandbox.send_event(sandbox.jobs(print_)[0], "jam")
    clock.advance(SECOND)

    sandbox.reset()

    assert births(sandbox, print_) == {8: -3600, 7: -59, 101: 1}
    assert [sandbox.create(print_).record.id, sandbox.request_id()] == first


# -- jobs ----------------------------------------------------------------------------------------


def test_create(sandbox: Sandbox, print_: Machine) -> None:
    """A job is created now, with the default scenario and the given facts."""
    job = sandbox.create(print_, facts={"colour": True})

    assert sandbox.find(print_, 100) is job
    assert (job.record.at, job.record.scenario.name) == (BORN, "prints")
    assert job.view(BORN).fact("colour") is True


@pytest.mark.parametrize("name", ["explodes", "colour"])
def test_create__unknown_scenario(name: str, sandbox: Sandbox, print_: Machine) -> None:
    """An unknown or unsuitable scenario is refused, and no job is created."""
    with pytest.raises(UnknownScenario, match=f"Unknown scenario '{name}'"):
        sandbox.create(print_, scenario=name)

    assert not sandbox.jobs(print_)
    assert sandbox.create(print_).record.id == 100


def test_find__unborn(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job whose creation time is in the future is not found or listed."""
    sandbox.create(print_, at=BORN + 1)

    assert sandbox.find(print_, 100) is None
    assert not sandbox.jobs(print_)
    clock.advance(1)
    assert sandbox.find(print_, 100) is sandbox.jobs(print_)[0]


def test_remove(sandbox: Sandbox, print_: Machine) -> None:
    """A removed job is not found or listed, and can be removed again."""
    job = sandbox.create(print_)

    sandbox.remove(job)
    sandbox.remove(job)

    assert sandbox.find(print_, 100) is None
    assert not sandbox.jobs(print_)


def _living() -> int:
    """Returns the number of jobs in memory, of all sandboxes."""
    gc.collect()
    return sum(type(found) is StoredJob for found in gc.get_objects())


def test_remove__let_go(sandbox: Sandbox, print_: Machine) -> None:
    """Removed jobs are not held in memory until their scheduled moments."""
    before = _living()
    for _ in range(1000):
        sandbox.remove(sandbox.create(print_))

    assert _living() - before < 100
    assert not sandbox.jobs(print_)


def test_remove__others_stay(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """After many removals the other jobs still begin, end and are listed."""
    kept = [sandbox.create(print_, at=BORN + n * SECOND) for n in range(3)]
    for _ in range(1000):
        sandbox.remove(sandbox.create(print_, at=BORN + SECOND))
    clock.advance(SECOND)

    assert sandbox.jobs(print_) == kept[:2]
    clock.advance(65 * SECOND)
    assert sandbox.jobs(print_) == kept
    assert sandbox.jobs(print_, unfinished=True) == kept[2:]


def test_jobs__order(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Jobs are ordered by creation time, and at one time by order of creation."""
    for at in (5, 3, 5, 4, 3):
        sandbox.create(print_, at=BORN + at)
    clock.advance(5)

    assert ids(sandbox.jobs(print_)) == [101, 104, 103, 100, 102]


def test_jobs__unfinished(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Unfinished jobs are those in a state that is not final, by time or by event."""
    first, second, third = (sandbox.create(print_) for _ in range(3))
    sandbox.send_event(first, "jam")
    sandbox.send_event(second, "pause")
    assert ids(sandbox.jobs(print_, unfinished=True)) == [101, 102]

    clock.advance(65 * SECOND)

    assert ids(sandbox.jobs(print_, unfinished=True)) == [101]
    assert ids(sandbox.jobs(print_)) == [100, 101, 102]
    assert third.view(clock.now()).state.name == "printed"


def test_clone(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A clone has the original's initial facts, and its own timeline and scenario."""
    job = sandbox.create(print_, scenario="jams", facts={"colour": True})
    clock.advance(35 * SECOND)

    clone = sandbox.clone(job)

    assert states(sandbox, print_) == {100: "jammed", 101: "queued"}
    assert (clone.record.scenario.name, clone.record.facts) == ("prints", {"colour": True})


# -- events --------------------------------------------------------------------------------------


def test_tell(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A legal event happens now, an illegal event is refused."""
    job = sandbox.create(print_)
    clock.advance(7 * SECOND)

    assert not sandbox.send_event(job, "resume")
    assert not sandbox.send_event(job, "explode")
    assert sandbox.send_event(job, "pause")

    assert [(event.at, event.name) for event in job.events] == [(7 * SECOND, "pause")]
    assert job.view(clock.now()).state.name == "paused"


def test_tell__one_moment(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Events at one moment happen in order, each to the state that the previous one left."""
    job = sandbox.create(print_)

    told = [
        sandbox.send_event(job, event) for event in ("pause", "pause", "resume", "pause", "jam")
    ]

    assert told == [True, False, True, True, True]
    assert [milestone.state.name for milestone in job.timeline.schedule.milestones] == ["queued", "paused", "queued", "paused", "jammed"]  # fmt: skip
    assert job.view(clock.now()).entered_at("paused") == BORN


def test_tell__as_time_is_up(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job accepts no event at the moment at which it ends by itself."""
    job = sandbox.create(print_)
    clock.advance(65 * SECOND)

    assert not sandbox.send_event(job, "pause")


def test_tell__unborn(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job whose creation time is in the future accepts no event."""
    job = sandbox.create(print_, scenario="jams", at=BORN + SECOND)

    assert not sandbox.send_event(job, "jam")
    clock.advance(2 * SECOND)
    assert job.view(clock.now()).state.name == "queued"


def test_tell__derived(read: Read, clock: ManualClock) -> None:
    """An event sent to a derived job reaches its parts, with its data."""
    machine = read(TREE)["job"]
    sandbox = Sandbox([machine], Setup(clock))
    job = sandbox.create(machine)
    clock.advance(3 * SECOND)

    assert sandbox.send_event(job, "close", {"by": "me"})
    assert not sandbox.send_event(job, "close")

    seen = job.view(clock.now())
    assert [part.state.name for part in (seen, *seen.parts("agents"))] == ["closed"] * 3
    assert [entry.field("message") for entry in seen.entries()] == ["Closed by me"] * 2


def test_tell__derived_without_parts(read: Read, clock: ManualClock) -> None:
    """An event is illegal if no part can accept it."""
    machine = read(TREE)["job"]
    sandbox = Sandbox([machine], Setup(clock))
    none, late = (sandbox.create(machine, parts={"agents": a}) for a in ([], [PartBirth()]))
    clock.advance(5 * SECOND)

    assert [sandbox.send_event(job, "close") for job in (none, late)] == [False, False]


# -- children ------------------------------------------------------------------------------------


def passed(
    sandbox: Sandbox, clock: ManualClock, machine: Machine, second: float
) -> dict[str | int, Moment]:
    """Advance to so many seconds from the start; returns the jobs with their creation times."""
    clock.advance(BORN + round(second * SECOND) - clock.now())
    return births(sandbox, machine)


def test_spawn(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Children are created at their times, and their children at theirs."""
    sandbox.create(print_, scenario="copies")

    assert passed(sandbox, clock, print_, 14.999999) == {100: 0}
    assert passed(sandbox, clock, print_, 15) == {100: 0, 101: 15}
    assert passed(sandbox, clock, print_, 25) == {100: 0, 101: 15, 102: 25, 103: 25}
    assert [job.record.spawned_by for job in sandbox.jobs(print_)] == [None, 100, 101, 100]


def test_spawn__in_the_past(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """The children of a job created in the past were created in the past."""
    sandbox.create(print_, scenario="copies", at=BORN - 60 * SECOND)

    assert passed(sandbox, clock, print_, 0) == {100: -60, 101: -45, 102: -35, 103: -35}


def test_spawn__at_the_end(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A child is created as its parent ends or later, but not after the parent has left its state."""
    sandbox.create(print_, scenario="copies_at_the_end")

    assert passed(sandbox, clock, print_, 9999) == {100: 0, 101: 65, 102: 3665}


ENDS = {
    "before-its-state": (3, {100: 0}),
    "as-it-enters-its-state": (5, {100: 0}),
    "just-before-the-first": (14.999999, {100: 0}),
    "as-the-first-is-born": (15, {100: 0, 101: 15}),
    "between": (20, {100: 0, 101: 15}),
    "after-the-last": (30, {100: 0, 101: 15, 102: 25, 103: 25}),
}


@pytest.mark.parametrize(("second", "expected"), ENDS.values(), ids=ENDS)
def test_spawn__parent_ends(
    second: float, expected: object, sandbox: Sandbox, print_: Machine, clock: ManualClock
) -> None:
    """An ended parent creates no more children or grandchildren; existing ones get its event."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, second)

    sandbox.send_event(job, "jam")

    assert set(states(sandbox, print_).values()) == {"jammed"}
    assert passed(sandbox, clock, print_, 9999) == expected


def test_spawn__parent_delayed(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """If an event delays the parent's entry to the state, its children are created later."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 3)
    sandbox.send_event(job, "pause")
    assert passed(sandbox, clock, print_, 99) == {100: 0}

    sandbox.send_event(job, "resume")

    assert sorted(passed(sandbox, clock, print_, 999).values()) == [0, 114, 124, 124]


def test_spawn__parent_comes_back(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Only the first visit to the state creates children."""
    job = sandbox.create(print_, scenario="copies")
    for second, event in [(6, "pause"), (7, "resume")]:
        passed(sandbox, clock, print_, second)
        sandbox.send_event(job, event)

    assert passed(sandbox, clock, print_, 9999) == {100: 0, 101: 15, 102: 25, 103: 25}


def test_spawn__finished_child(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A finished child does not get its parent's event, even a legal one."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 62)

    sandbox.send_event(job, "jam")

    unfinished, finished = job.children.values()
    assert finished.view(clock.now()).allows("jam")
    assert [event.name for event in unfinished.events] == ["jam"]
    assert not finished.events


def test_spawn__illegal(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """An event illegal for the parent does not reach its children, even if legal for them."""
    sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 65)

    assert not sandbox.send_event(sandbox.jobs(print_)[0], "pause")
    assert "paused" not in states(sandbox, print_).values()


def test_spawn__parent_removed(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Removing a job cancels its future children, and keeps the existing ones."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 15)

    sandbox.remove(job)

    assert passed(sandbox, clock, print_, 99) == {101: 15, 102: 25}


# -- expired records -----------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "second"), [("created_at", 60), ("ended_at", 125)])
def test_keep(since: str, second: int, read: Read, clock: ManualClock) -> None:
    """A record expires some time after the job's creation, or after its end."""
    keep = f"  keep: {{for: PT1M, since: {since}}}\n"
    print_ = read(PRINT[: PRINT.index("  samples:")] + keep)["print"]
    sandbox = Sandbox([print_], Setup(clock))
    sandbox.create(print_)

    clock.advance(second * SECOND - 1)
    assert ids(sandbox.jobs(print_)) == [100]
    assert sandbox.find(print_, 100)

    clock.advance(1)
    assert sandbox.find(print_, 100) is None
    assert not sandbox.jobs(print_)


def test_keep__never_listed(read: Read, clock: ManualClock) -> None:
    """Expired jobs are not held in memory, even if jobs are never listed."""
    machine = read(PRINT.replace("  initial", "  keep: {for: PT1M}\n  initial"))["print"]
    sandbox, before = Sandbox([machine], Setup(clock, empty=True)), _living()
    for _ in range(200):
        sandbox.create(machine)
        clock.advance(60 * SECOND)

    assert _living() - before < 10


def test_keep__id_again(read: Read, clock: ManualClock) -> None:
    """The id of an expired record can be used again."""
    print_ = read(PRINT[: PRINT.index("  samples:")] + "  keep: {for: PT1M}\n")["print"]
    sandbox = Sandbox([print_], Setup(clock))
    sandbox.create(print_, id=5)
    assert ids(sandbox.jobs(print_)) == [5]

    clock.advance(60 * SECOND)
    sandbox.create(print_, id=5)

    assert births(sandbox, print_) == {5: 60}
    assert len(sandbox.jobs(print_)) == 1


# -- jobs that do not follow the clock -----------------------------------------------------------


def test_polled(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job that progresses by polls changes once per poll, at any time."""
    job, seen = sandbox.create(print_, by_polls=True), list[str]()

    for _ in range(4):
        clock.advance(SECOND)
        seen.append(job.view(clock.now()).state.name)
        sandbox.polled(job)

    assert seen == ["queued", "printing", "printed", "printed"]


def test_finish(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job reaches its planned end at once, unless its schedule has no end."""
    job, paused = sandbox.create(print_), sandbox.create(print_)
    sandbox.send_event(paused, "pause")

    assert [sandbox.finish(job), sandbox.finish(paused)] == [True, False]

    assert states(sandbox, print_) == {100: "printed", 101: "paused"}
    assert ids(sandbox.jobs(print_, unfinished=True)) == [101]
    assert job.view(clock.now()).ended_at == BORN + 65 * SECOND


def test_finish__part_that_goes_round(read: Read, clock: ManualClock) -> None:
    """A part that never ends does not prevent its job from finishing."""
    machine = read("""
        job:
          summary: A job with a heart
          initial: open
          parts: {hearts: heart}
          states: {open: {kind: active, lasts: 5s, then: closed}, closed: {kind: success}}
          scenarios: {usual: {default: true, summary: Closes, parts: {hearts: [{}]}}}
        heart:
          summary: A heart that beats
          initial: beat
          states:
            beat: {kind: active, lasts: 1s, then: rest, events: {stop: end}}
            rest: {kind: waiting, lasts: 1s, then: beat}
            end: {kind: success}
          scenarios: {usual: {default: true, summary: Beats}}
    """)["job"]
    sandbox = Sandbox([machine], Setup(clock))
    job = sandbox.create(machine)

    assert sandbox.finish(job)

    assert states(sandbox, machine) == {job.record.id: "closed"}
