"""A sandbox: its jobs, their ids, what they are told, and whom they bring into the world."""

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
    """The jobs that there are, each with its state."""
    now = sandbox.clock.now()
    return {job.record.id: job.view(now).state.name for job in sandbox.jobs(machine)}


def births(sandbox: Sandbox, machine: Machine) -> dict[str | int, Moment]:
    """The jobs that there are, each with the seconds from the start to its record."""
    return {job.record.id: (job.record.at - BORN) // SECOND for job in sandbox.jobs(machine)}


# -- samples and ids -----------------------------------------------------------------------------


def test_samples(print_: Machine, clock: ManualClock) -> None:
    """Samples are there from the start, born when they say: before it, at it or after it."""
    sandbox = Sandbox([print_], Setup(clock))

    assert births(sandbox, print_) == {8: -3600, 7: -60, 101: 0}
    assert states(sandbox, print_) == {8: "printed", 7: "printing", 101: "queued"}
    clock.advance(60 * SECOND)
    assert births(sandbox, print_)[9] == 60


def test_samples__none(sandbox: Sandbox, print_: Machine) -> None:
    """An empty sandbox has none."""
    assert not sandbox.jobs(print_)
    assert sandbox.find(print_, 7) is None


def test_ids__numbers(print_: Machine, clock: ManualClock) -> None:
    """Numbers begin where the machine says, and leave out those that are taken."""
    sandbox = Sandbox([print_], Setup(clock))

    sandbox.create(print_, id=103)

    assert ids(sandbox.create(print_) for _ in range(3)) == [100, 102, 104]


def test_ids__numbers_not_again(sandbox: Sandbox, print_: Machine) -> None:
    """The number of a job that was removed is not given to another."""
    sandbox.remove(sandbox.create(print_))

    assert sandbox.create(print_).record.id == 101


def test_ids__samples_keep_theirs(read: Read, clock: ManualClock) -> None:
    """A sample's child does not take the number of a sample that comes after it."""
    samples = "  samples: {'99': {scenario: copied}, '100': {}}\n"
    print_ = read(PRINT[: PRINT.index("  samples:")] + samples)["print"]

    sandbox = Sandbox([print_], Setup(clock))
    clock.advance(10 * SECOND)

    assert births(sandbox, print_) == {99: 0, 100: 0, 101: 10}


def drawn(machine: Machine, seed: int) -> list[str | int]:
    """Three jobs' ids and a request's."""
    sandbox = Sandbox([machine], Setup(ManualClock(), seed=seed))
    return [*ids(sandbox.create(machine) for _ in range(3)), sandbox.request_id()]


def test_ids__seed(read: Read) -> None:
    """UUIDs, of jobs and of requests, follow from the seed."""
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
    """A reset leaves the samples alone, born anew, and begins with the ids again."""
    sandbox = Sandbox([print_], Setup(clock))
    first = [sandbox.create(print_).record.id, sandbox.request_id()]
    sandbox.send_event(sandbox.jobs(print_)[0], "jam")
    clock.advance(SECOND)

    sandbox.reset()

    assert births(sandbox, print_) == {8: -3600, 7: -59, 101: 1}
    assert [sandbox.create(print_).record.id, sandbox.request_id()] == first


# -- jobs ----------------------------------------------------------------------------------------


def test_create(sandbox: Sandbox, print_: Machine) -> None:
    """A job is born now, by the default scenario, with what is given."""
    job = sandbox.create(print_, facts={"colour": True})

    assert sandbox.find(print_, 100) is job
    assert (job.record.at, job.record.scenario.name) == (BORN, "prints")
    assert job.view(BORN).fact("colour") is True


@pytest.mark.parametrize("name", ["explodes", "colour"])
def test_create__unknown_scenario(name: str, sandbox: Sandbox, print_: Machine) -> None:
    """A scenario that is none, or none for such a job, is refused and leaves nothing behind."""
    with pytest.raises(UnknownScenario, match=f"Unknown scenario '{name}'"):
        sandbox.create(print_, scenario=name)

    assert not sandbox.jobs(print_)
    assert sandbox.create(print_).record.id == 100


def test_find__unborn(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job that is not born yet is not there."""
    sandbox.create(print_, at=BORN + 1)

    assert sandbox.find(print_, 100) is None
    assert not sandbox.jobs(print_)
    clock.advance(1)
    assert sandbox.find(print_, 100) is sandbox.jobs(print_)[0]


def test_remove(sandbox: Sandbox, print_: Machine) -> None:
    """A job that is removed is not there, and is not missed when it is removed again."""
    job = sandbox.create(print_)

    sandbox.remove(job)
    sandbox.remove(job)

    assert sandbox.find(print_, 100) is None
    assert not sandbox.jobs(print_)


def _living() -> int:
    """How many jobs are held by anything, in any sandbox."""
    gc.collect()
    return sum(type(found) is StoredJob for found in gc.get_objects())


def test_remove__let_go(sandbox: Sandbox, print_: Machine) -> None:
    """Removed jobs are not held in memory until the moments for which they were noted."""
    before = _living()
    for _ in range(1000):
        sandbox.remove(sandbox.create(print_))

    assert _living() - before < 100
    assert not sandbox.jobs(print_)


def test_remove__others_stay(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """However many are removed, the others are born, end and are listed as they would be."""
    kept = [sandbox.create(print_, at=BORN + n * SECOND) for n in range(3)]
    for _ in range(1000):
        sandbox.remove(sandbox.create(print_, at=BORN + SECOND))
    clock.advance(SECOND)

    assert sandbox.jobs(print_) == kept[:2]
    clock.advance(65 * SECOND)
    assert sandbox.jobs(print_) == kept
    assert sandbox.jobs(print_, unfinished=True) == kept[2:]


def test_jobs__order(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Jobs are ordered by record; those of one moment by when they were recorded."""
    for at in (5, 3, 5, 4, 3):
        sandbox.create(print_, at=BORN + at)
    clock.advance(5)

    assert ids(sandbox.jobs(print_)) == [101, 104, 103, 100, 102]


def test_jobs__unfinished(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """The unfinished are those that are in no final state, by time or by event."""
    first, second, third = (sandbox.create(print_) for _ in range(3))
    sandbox.send_event(first, "jam")
    sandbox.send_event(second, "pause")
    assert ids(sandbox.jobs(print_, unfinished=True)) == [101, 102]

    clock.advance(65 * SECOND)

    assert ids(sandbox.jobs(print_, unfinished=True)) == [101]
    assert ids(sandbox.jobs(print_)) == [100, 101, 102]
    assert third.view(clock.now()).state.name == "printed"


def test_clone(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A clone has the facts of the other at its record, and a timeline of its own, chosen anew."""
    job = sandbox.create(print_, scenario="jams", facts={"colour": True})
    clock.advance(35 * SECOND)

    clone = sandbox.clone(job)

    assert states(sandbox, print_) == {100: "jammed", 101: "queued"}
    assert (clone.record.scenario.name, clone.record.facts) == ("prints", {"colour": True})


# -- events --------------------------------------------------------------------------------------


def test_tell(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A legal event happens now, an illegal one not at all."""
    job = sandbox.create(print_)
    clock.advance(7 * SECOND)

    assert not sandbox.send_event(job, "resume")
    assert not sandbox.send_event(job, "explode")
    assert sandbox.send_event(job, "pause")

    assert [(event.at, event.name) for event in job.events] == [(7 * SECOND, "pause")]
    assert job.view(clock.now()).state.name == "paused"


def test_tell__one_moment(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Events of one moment happen one after the other, each to what the one before it left."""
    job = sandbox.create(print_)

    told = [
        sandbox.send_event(job, event) for event in ("pause", "pause", "resume", "pause", "jam")
    ]

    assert told == [True, False, True, True, True]
    assert [milestone.state.name for milestone in job.timeline.schedule.milestones] == ["queued", "paused", "queued", "paused", "jammed"]  # fmt: skip
    assert job.view(clock.now()).entered_at("paused") == BORN


def test_tell__as_time_is_up(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """At the moment at which it ends by itself, a job cannot be told any more."""
    job = sandbox.create(print_)
    clock.advance(65 * SECOND)

    assert not sandbox.send_event(job, "pause")


def test_tell__unborn(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """To a job that is not born yet nothing happens."""
    job = sandbox.create(print_, scenario="jams", at=BORN + SECOND)

    assert not sandbox.send_event(job, "jam")
    clock.advance(2 * SECOND)
    assert job.view(clock.now()).state.name == "queued"


def test_tell__derived(read: Read, clock: ManualClock) -> None:
    """What a job is told that follows its parts, these are told, data and all."""
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
    """Where no part can hear it, an event is illegal."""
    machine = read(TREE)["job"]
    sandbox = Sandbox([machine], Setup(clock))
    none, late = (sandbox.create(machine, parts={"agents": a}) for a in ([], [PartBirth()]))
    clock.advance(5 * SECOND)

    assert [sandbox.send_event(job, "close") for job in (none, late)] == [False, False]


# -- children ------------------------------------------------------------------------------------


def passed(
    sandbox: Sandbox, clock: ManualClock, machine: Machine, second: float
) -> dict[str | int, Moment]:
    """Let it be so many seconds from the start, and tell who has been born, and when."""
    clock.advance(BORN + round(second * SECOND) - clock.now())
    return births(sandbox, machine)


def test_spawn(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Children are born at their moment, and their children at theirs."""
    sandbox.create(print_, scenario="copies")

    assert passed(sandbox, clock, print_, 14.999999) == {100: 0}
    assert passed(sandbox, clock, print_, 15) == {100: 0, 101: 15}
    assert passed(sandbox, clock, print_, 25) == {100: 0, 101: 15, 102: 25, 103: 25}
    assert [job.record.spawned_by for job in sandbox.jobs(print_)] == [None, 100, 101, 100]


def test_spawn__in_the_past(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """The children of a job that was born in the past were born in the past."""
    sandbox.create(print_, scenario="copies", at=BORN - 60 * SECOND)

    assert passed(sandbox, clock, print_, 0) == {100: -60, 101: -45, 102: -35, 103: -35}


def test_spawn__at_the_end(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A child is born as its parent ends, or after it if it is to be, but not when it is too late."""
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
    """A child is never born, nor are its children, if its parent has ended; who is born, is told."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, second)

    sandbox.send_event(job, "jam")

    assert set(states(sandbox, print_).values()) == {"jammed"}
    assert passed(sandbox, clock, print_, 9999) == expected


def test_spawn__parent_delayed(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Where an event changes when the parent comes to the state, its children are born then."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 3)
    sandbox.send_event(job, "pause")
    assert passed(sandbox, clock, print_, 99) == {100: 0}

    sandbox.send_event(job, "resume")

    assert sorted(passed(sandbox, clock, print_, 999).values()) == [0, 114, 124, 124]


def test_spawn__parent_comes_back(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """Only the first visit to the state brings children into the world."""
    job = sandbox.create(print_, scenario="copies")
    for second, event in [(6, "pause"), (7, "resume")]:
        passed(sandbox, clock, print_, second)
        sandbox.send_event(job, event)

    assert passed(sandbox, clock, print_, 9999) == {100: 0, 101: 15, 102: 25, 103: 25}


def test_spawn__finished_child(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """What the parent is told its finished children are not told, even if it were legal."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 62)

    sandbox.send_event(job, "jam")

    unfinished, finished = job.children.values()
    assert finished.view(clock.now()).allows("jam")
    assert [event.name for event in unfinished.events] == ["jam"]
    assert not finished.events


def test_spawn__illegal(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """What the parent may not be told its children are not told, though they might."""
    sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 65)

    assert not sandbox.send_event(sandbox.jobs(print_)[0], "pause")
    assert "paused" not in states(sandbox, print_).values()


def test_spawn__parent_removed(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """With a job go those that it would still bring into the world, and not those that it has."""
    job = sandbox.create(print_, scenario="copies")
    passed(sandbox, clock, print_, 15)

    sandbox.remove(job)

    assert passed(sandbox, clock, print_, 99) == {101: 15, 102: 25}


# -- records that go -----------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "second"), [("created_at", 60), ("ended_at", 125)])
def test_keep(since: str, second: int, read: Read, clock: ManualClock) -> None:
    """A record is kept for a while since the job's record, or its end, and then is gone."""
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
    """Jobs that are kept no longer are not held in memory, though nobody asks for a list."""
    machine = read(PRINT.replace("  initial", "  keep: {for: PT1M}\n  initial"))["print"]
    sandbox, before = Sandbox([machine], Setup(clock, empty=True)), _living()
    for _ in range(200):
        sandbox.create(machine)
        clock.advance(60 * SECOND)

    assert _living() - before < 10


def test_keep__id_again(read: Read, clock: ManualClock) -> None:
    """The id of a record that is gone may be given to another."""
    print_ = read(PRINT[: PRINT.index("  samples:")] + "  keep: {for: PT1M}\n")["print"]
    sandbox = Sandbox([print_], Setup(clock))
    sandbox.create(print_, id=5)
    assert ids(sandbox.jobs(print_)) == [5]

    clock.advance(60 * SECOND)
    sandbox.create(print_, id=5)

    assert births(sandbox, print_) == {5: 60}
    assert len(sandbox.jobs(print_)) == 1


# -- jobs whose time is not the clock's ----------------------------------------------------------


def test_polled(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job that gets on by polls comes from change to change, whatever the time is."""
    job, seen = sandbox.create(print_, by_polls=True), list[str]()

    for _ in range(4):
        clock.advance(SECOND)
        seen.append(job.view(clock.now()).state.name)
        sandbox.polled(job)

    assert seen == ["queued", "printing", "printed", "printed"]


def test_finish(sandbox: Sandbox, print_: Machine, clock: ManualClock) -> None:
    """A job comes to its planned end at once, unless its schedule holds none."""
    job, paused = sandbox.create(print_), sandbox.create(print_)
    sandbox.send_event(paused, "pause")

    assert [sandbox.finish(job), sandbox.finish(paused)] == [True, False]

    assert states(sandbox, print_) == {100: "printed", 101: "paused"}
    assert ids(sandbox.jobs(print_, unfinished=True)) == [101]
    assert job.view(clock.now()).ended_at == BORN + 65 * SECOND


def test_finish__part_that_goes_round(read: Read, clock: ManualClock) -> None:
    """A part that never ends does not keep its job from its end."""
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
