"""The statements of specs/README.md about records: parts, facts, counters, logs, derived states."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from jobtwin.lifecycle import (
    Event,
    JobRecord,
    JobView,
    Machine,
    PartBirth,
    Timeline,
    build_timeline,
)
from jobtwin.lifecycle.planning import _Planner
from jobtwin.sandboxes import ManualClock

SECOND = 1_000_000
BORN = ManualClock.START
Read = Callable[[str], Mapping[str, Machine]]

JOB = """
job:
  summary: A job for some agents, taken together
  parts: {agents: agent}
  state_from:
    part: agents
    rules: {submitted: {all: [submitted]}, processing: {any: [submitted, started]}, completed: {all: [completed]}}
    else: failed
  states:
    submitted: {kind: waiting, then: [processing, failed], log: {message: Submitted}}
    processing:
      kind: active
      ways:
        hurries: {then: completed, when: {facts.urgent: true}, log: {message: Done in a hurry}}
        completes: {then: completed, unless: {facts.urgent: true}, log: {message: Done}}
        fails: {then: failed, log: {message: Failed}}
      events: {fail: {to: failed, set: {reason: told}, log: {message: 'Told by {event.by}'}}}
      log: {message: Begun}
    completed: {kind: success}
    failed: {kind: failure, events: {fail: {log: {message: Has failed already}}}}
  events: {hurry: {when: {facts.urgent: true}, log: {message: Hurries}}}
  facts: {urgent: {type: boolean, default: false}, reason: {type: string, nullable: true}}
  counters: {minutes: {in: processing, per_second: 1}}
  scenarios:
    usual:
      default: true
      summary: Both agents complete, one later
      parts: {agents: [{facts: {host: one}}, {scenario: slow, facts: {host: two}}]}
agent:
  summary: An agent's share
  initial: submitted
  states:
    submitted: {kind: waiting, lasts: 5s, then: started}
    started: {kind: active, lasts: 10s, then: completed, progress: [0, 100], log: {message: 'Begun on {facts.host}'}}
    completed: {kind: success}
    failed: {kind: failure}
  events:
    fail: {to: failed, log: {message: 'On {facts.host}: {event.why}'}}
    hurry: {from: [submitted, started, failed], set: {tries: 9}, log: {message: Hurried}}
  facts: {host: {type: string, default: some}, tries: {type: integer, default: 1}}
  counters:
    rows: {in: started, per_second: 10, at_most: 25}
    tried: {in: started, per_second: 1, at_most: facts.tries}
    bytes: {in: started, per_second: 0.5}
  scenarios:
    usual: {default: true, summary: Completes after fifteen seconds}
    slow: {summary: Takes its time, steps: {started: {after: 40s}}}
    fails: {summary: Fails, facts: {tries: 3}, steps: {started: {after: 5s, event: fail}}}
"""
TREE = (
    JOB
    + """
site:
  summary: All the jobs of a site, a level above
  parts: {jobs: job}
  state_from: {part: jobs, rules: {open: {any: [submitted, processing]}}, else: closed}
  states: {open: {kind: active, then: closed, events: {fail: closed, hurry: {}}}, closed: {kind: success}}
  scenarios:
    usual:
      default: true
      summary: Two jobs, one with a single agent
      parts: {jobs: [{facts: {urgent: true}}, {parts: {agents: [{scenario: fails, facts: {host: three}}]}}]}
"""
)


@pytest.fixture
def job(read: Read) -> Machine:
    """Read a machine whose jobs take their state from their agents."""
    return read(JOB)["job"]


@pytest.fixture
def agent(job: Machine) -> Machine:
    """Take the machine of its agents."""
    return job.parts["agents"]


@pytest.fixture
def site(read: Read) -> Machine:
    """Read a machine two levels above its agents."""
    return read(TREE)["site"]


def told(at: float, name: str, **data: Any) -> Event:
    return Event(round(at * SECOND), name, data)


def view(timeline: Timeline, second: float) -> JobView:
    return JobView(timeline, BORN + round(second * SECOND))


def live(machine: Machine, *events: Event, **given: Any) -> Timeline:
    return build_timeline(JobRecord.of(machine, "1", BORN, **given), events)


def states(timeline: Timeline) -> str:
    """Returns the states entered, with their times."""
    return ", ".join(
        f"{m.at / SECOND:g} {m.state.name}" for m in timeline.schedule.milestones if m.entered
    )


def log(timeline: Timeline, second: float) -> list[str]:
    """Returns the log at a moment: times and messages."""
    entries = view(timeline, second).entries()
    return [f"{(entry.at - BORN) / SECOND:g} {entry.field('message')}" for entry in entries]


# -- births --------------------------------------------------------------------------------------


def test_facts(agent: Machine) -> None:
    """Given facts override the scenario's facts, which override the machine's."""
    assert JobRecord.of(agent, "1", BORN).facts == {"host": "some", "tries": 1}
    assert JobRecord.of(agent, "1", BORN, scenario="fails").facts == {"host": "some", "tries": 3}
    assert JobRecord.of(agent, "1", BORN, scenario="fails", facts={"tries": 7}).facts["tries"] == 7
    assert JobRecord.of(agent, "1", BORN, facts={"host": None}).facts["host"] is None


def births(record: JobRecord, name: str) -> list[tuple[str, str]]:
    return [(part.scenario.name, part.facts["host"]) for part in record.parts[name]]


PATTERNS = {
    "none-given": (None, [("usual", "one"), ("slow", "two")]),
    "no-part": ([], []),
    "fewer": ([PartBirth(facts={"host": "a"})], [("usual", "a")]),
    "more": (
        [PartBirth(facts={"host": host}) for host in "abcd"],
        [("usual", "a"), ("slow", "b"), ("slow", "c"), ("slow", "d")],
    ),
    "own-scenario": (
        [PartBirth(scenario="fails"), PartBirth(), PartBirth()],
        [("fails", "one"), ("slow", "two"), ("slow", "two")],
    ),
}


@pytest.mark.parametrize(("given", "expected"), PATTERNS.values(), ids=PATTERNS)
def test_pattern(given: list[PartBirth] | None, expected: list[Any], job: Machine) -> None:
    """Given parts take the scenarios of the pattern's entries; further parts take the last one."""
    record = JobRecord.of(job, "1", BORN, parts=None if given is None else {"agents": given})

    assert births(record, "agents") == expected


def test_pattern__nested(site: Machine) -> None:
    """A given part's own parts follow the pattern's entry, or else its scenario."""
    hosts = tuple(PartBirth(facts={"host": host}) for host in "ab")
    given = [PartBirth(parts={"agents": hosts}), PartBirth(parts={"agents": hosts}), PartBirth()]

    first, second, third = JobRecord.of(site, "1", BORN, parts={"jobs": given}).parts["jobs"]

    assert births(first, "agents") == [("usual", "a"), ("slow", "b")]
    assert births(second, "agents") == [("fails", "a"), ("fails", "b")]
    assert births(third, "agents") == [("fails", "three")]
    assert [part.facts["urgent"] for part in (first, second, third)] == [True, False, False]


def test_part_ids(job: Machine) -> None:
    """Parts have unique ids that depend on their job's id."""
    one, same, other = (JobRecord.of(job, id_, BORN).parts["agents"] for id_ in ("1", "1", "2"))

    assert [part.id for part in one] == [part.id for part in same]
    assert len({part.id for part in (*one, *other)}) == 4


def test_part_ids__given(job: Machine) -> None:
    """A part keeps a given id."""
    given = {"agents": [PartBirth(id="a1"), PartBirth()]}

    assert JobRecord.of(job, "1", BORN, parts=given).parts["agents"][0].id == "a1"


# -- visible state -------------------------------------------------------------------------------


def test_moments(agent: Machine) -> None:
    """Moments are shown from the time they occur, and not before."""
    timeline = live(agent)

    before, after = view(timeline, 14.999999), view(timeline, 15)

    assert (before.entered_at("completed"), before.ended_at) == (None, None)
    assert (after.entered_at("completed"), after.ended_at) == (BORN + 15 * SECOND,) * 2
    assert (before.updated_at, after.updated_at) == (BORN + 5 * SECOND, BORN + 15 * SECOND)
    assert (before.due, after.due) == (BORN + 15 * SECOND, None)
    assert before.created_at == after.created_at == BORN


def test_updated_at__parts(job: Machine) -> None:
    """A job's `updated_at` includes changes of its parts."""
    timeline = live(job)

    assert view(timeline, 20).updated_at == BORN + 15 * SECOND
    assert view(timeline, 20).due == BORN + 45 * SECOND


def test_updated_at__event_without_to(agent: Machine) -> None:
    """A recorded event updates `updated_at`, even without a new state."""
    assert view(live(agent, told(7, "hurry")), 9).updated_at == BORN + 7 * SECOND


COUNTERS = {
    "before": (4, 0, 0, 0),
    "begun": (7, 20, 1, 1),
    "at-most": (8, 25, 1, 1.5),
    "ended": (99, 25, 1, 5),
}


@pytest.mark.parametrize(("second", "rows", "tried", "bytes_"), COUNTERS.values(), ids=COUNTERS)
def test_counters(second: int, rows: float, tried: float, bytes_: float, agent: Machine) -> None:
    """Counters grow only in their states, up to a number, a fact, or without limit."""
    seen = view(live(agent), second)

    assert [seen.counter(name) for name in ("rows", "tried", "bytes")] == [rows, tried, bytes_]


def test_counters__limit_raised(agent: Machine) -> None:
    """A limit is the fact's value at the moment."""
    timeline = live(agent, told(8, "hurry"))

    assert (view(timeline, 7).counter("tried"), view(timeline, 9).counter("tried")) == (1, 4)


def test_counters__no_limit(agent: Machine) -> None:
    """A null limit means no limit."""
    assert view(live(agent, facts={"tries": None}), 9).counter("tried") == 4


def test_log(job: Machine) -> None:
    """A job's log includes its parts' lines written so far, in time order."""
    timeline = live(job)

    assert log(timeline, 4) == ["0 Submitted"]
    assert log(timeline, 50) == [
        "0 Submitted",
        "5 Begun",
        "5 Begun on one",
        "5 Begun on two",
        "45 Done",
    ]


def test_log__quotes(job: Machine) -> None:
    """A line quotes the facts at the time of writing, and the event's data."""
    timeline = live(job, told(7, "fail", why="no power", by="me"))

    assert log(timeline, 9)[-3:] == ["7 Told by me", "7 On one: no power", "7 On two: no power"]


def test_log__fields(read: Read) -> None:
    """Text fields are filled in, other values stay as they are, and a missing field is None."""
    machine = read("""
        job:
          summary: A job with much to say
          initial: open
          states:
            open: {kind: active, lasts: 1s, then: closed, log: {a: '{id} {state} {facts.deep.x}', b: [1], c: 2, d: plain}}
            closed: {kind: success}
          facts: {deep: {type: object}}
          scenarios: {usual: {default: true, summary: Closes}}
    """)["job"]

    (entry,) = view(live(machine, facts={"deep": {"x": 5}}), 0).entries()

    assert [entry.field(name) for name in "abcde"] == ["1 open 5", [1], 2, "plain", None]


# -- states that follow from parts ---------------------------------------------------------------


def test_derived(job: Machine) -> None:
    """The first rule that holds gives the state."""
    assert states(live(job)) == "0 submitted, 5 processing, 45 completed"


def test_derived__no_parts(job: Machine) -> None:
    """`all` is true if there are no parts."""
    assert states(live(job, parts={"agents": []})) == "0 submitted"


def test_derived__many_at_once(job: Machine) -> None:
    """Parts that change at one moment change their job once."""
    agents = [PartBirth(scenario="usual"), PartBirth(scenario="usual")]

    assert states(live(job, parts={"agents": agents})) == "0 submitted, 5 processing, 15 completed"


def test_derived__final(read: Read) -> None:
    """An ended job stays ended, even if its parts change afterwards."""
    machine = read("""
        race:
          summary: Over when one has arrived
          parts: {runners: runner}
          state_from: {part: runners, rules: {halted: {any: [fallen]}, won: {any: [arrived]}}, else: under_way}
          states: {under_way: {kind: active, then: [won, halted]}, won: {kind: success}, halted: {kind: failure}}
          scenarios: {usual: {default: true, summary: All arrive, parts: {runners: [{}, {}]}}}
        runner:
          summary: A runner
          initial: runs
          states:
            runs: {kind: active, lasts: 5s, then: arrived, events: {fall: fallen}}
            arrived: {kind: success}
            fallen: {kind: failure}
          scenarios:
            usual: {default: true, summary: Arrives}
            falls: {summary: Falls late, steps: {runs: {after: 9s, event: fall}}}
    """)["race"]

    timeline = live(machine, parts={"runners": [PartBirth(), PartBirth(scenario="falls")]})

    assert states(timeline) == "0 under_way, 5 won"


def test_derived__event(job: Machine) -> None:
    """An event reaches the parts, and the job makes the event's transition."""
    timeline = live(job, told(7, "fail", by="me"))

    assert states(timeline) == "0 submitted, 5 processing, 7 failed"
    assert [part.state.name for part in view(timeline, 7).parts("agents")] == ["failed"] * 2
    assert view(timeline, 7).fact("reason") == "told"


def test_derived__time(job: Machine) -> None:
    """A timed change does not use the event's transition, even to the same state."""
    agents = [PartBirth(scenario="fails")]

    timeline = live(job, parts={"agents": agents})

    assert view(timeline, 99).fact("reason") is None
    assert log(timeline, 99)[-2] == "10 Failed"


def test_derived__event_with_change(job: Machine) -> None:
    """An event at the moment of a part's change comes after the change."""
    agents = [PartBirth(scenario="usual")]
    timeline = live(job, parts={"agents": agents})

    assert not view(timeline, 15).allows("fail")
    assert states(live(job, told(5, "fail"), parts={"agents": agents})) == (
        "0 submitted, 5 processing, 5 failed"
    )


def test_derived__not_its_own_echo(job: Machine) -> None:
    """An event that ends a job is not applied again in its new state."""
    once = live(job, told(7, "fail"))
    twice = live(job, told(7, "fail"), told(7, "fail"))

    assert "7 Has failed already" not in log(once, 9)
    assert log(twice, 9).count("7 Has failed already") == 1


def test_derived__guards(job: Machine) -> None:
    """`when` of a derived job also checks the facts given at creation."""
    urgent, usual = (live(job, told(7, "hurry"), facts={"urgent": u}) for u in (True, False))

    assert log(urgent, 9)[-3:] == ["7 Hurries", "7 Hurried", "7 Hurried"]
    assert "7 Hurried" not in log(usual, 9)
    assert (log(urgent, 99)[-1], log(usual, 99)[-1]) == ("45 Done in a hurry", "45 Done")


def test_derived__counters(job: Machine) -> None:
    """A derived job's counters grow steadily, even if events are recorded in between."""
    timeline = live(job, told(7, "hurry"), told(9, "hurry"), facts={"urgent": True})

    assert states(timeline) == "0 submitted, 5 processing, 45 completed"
    assert [view(timeline, second).counter("minutes") for second in (4, 8, 25, 99)] == [
        0,
        3,
        20,
        40,
    ]


ALLOWED = {
    "job-and-part": (7, {}, "fail", True),
    "not-by-job": (4, {}, "fail", False),
    "not-by-its-facts": (7, {}, "hurry", False),
    "without-to": (7, {"urgent": True}, "hurry", True),
    "not-by-any-part": (7, {"agents": []}, "fail", False),
    "unknown": (7, {}, "explode", False),
}


@pytest.mark.parametrize(("second", "given", "event", "expected"), ALLOWED.values(), ids=ALLOWED)
def test_allows(second: int, given: Any, event: str, expected: bool, job: Machine) -> None:  # noqa: FBT001 - a column of the table
    """An event is legal if a transition of the job and one of a part allow it."""
    parts = {"agents": given["agents"]} if "agents" in given else None
    facts = {"urgent": given.get("urgent", False)}

    assert view(live(job, facts=facts, parts=parts), second).allows(event) is expected


def test_tree(site: Machine) -> None:
    """An event reaches the parts of parts for which it is legal."""
    timeline = live(site, told(7, "fail"))

    first, second = timeline.parts["jobs"]

    assert states(live(site)) == "0 open, 45 closed"
    assert (states(first), states(second)) == ("0 submitted, 5 processing, 7 failed",) * 2
    assert states(timeline) == "0 open, 7 closed"


def test_tree__illegal_half_way(site: Machine) -> None:
    """An event illegal for a derived part does not reach that part's own parts."""
    timeline = live(site, told(7, "hurry"), told(8, "hurry"))

    first, second = (view(part, 9).parts("agents") for part in timeline.parts["jobs"])

    assert [agent.fact("tries") for agent in (*first, *second)] == [9, 9, 3]


def test_own_machine(read: Read) -> None:
    """Every event of a job with its own machine is also sent to its parts."""
    machine = read("""
        job:
          summary: A job with steps
          initial: running
          parts: {steps: step}
          states: {running: {kind: active, events: {fail: failed, knock: {log: {message: Knocked}}}}, failed: {kind: failure}}
          scenarios:
            usual: {default: true, summary: Runs for ever, parts: {steps: [{}]}}
            fails: {summary: Fails, steps: {running: {after: 9s, event: fail}}, parts: {steps: [{}]}}
        step:
          summary: A step
          initial: running
          states:
            running:
              kind: active
              events: {fail: {to: skipped, log: {message: 'Skipped for {event.why}'}}, knock: {log: {message: Knocked at}}}
            skipped: {kind: cancelled}
          scenarios: {usual: {default: true, summary: Runs for ever}}
    """)["job"]

    by_step, by_event = live(machine, scenario="fails"), live(machine, told(4, "fail", why="fun"))
    knocked = live(machine, told(3, "knock"), told(4, "fail", why="me"), told(5, "knock"))

    assert states(by_step.parts["steps"][0]) == "0 running, 9 skipped"
    assert log(by_event, 9) == ["4 Skipped for fun"]
    assert log(knocked, 9) == ["3 Knocked", "3 Knocked at", "4 Skipped for me"]


# -- shared schedules --------------------------------------------------------------------------------


def test_shared(agent: Machine) -> None:
    """Undisturbed timelines with equal guarded facts share one schedule."""
    one, other = live(agent, facts={"host": "a"}), live(agent, facts={"host": "b"})

    assert one.schedule is other.schedule
    assert one.schedule is not live(agent, scenario="slow").schedule


def test_shared__derived(job: Machine) -> None:
    """Derived timelines share one schedule unless guarded facts differ."""
    one, other, urgent = (live(job, facts={"reason": r, "urgent": u}) for r, u in (("a", False), ("b", False), ("a", True)))  # fmt: skip

    assert one.schedule is other.schedule
    assert one.schedule is not urgent.schedule


# -- many events -------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [{}, {"facts": {"urgent": True}}], ids=["own", "derived"])
def test_after__many_events(
    job: Machine, agent: Machine, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thousandth event of a job costs as many look-ups and milestones as the tenth."""
    work: Counter[str] = Counter()
    monkeypatch.setattr(Machine, "on", counting(Machine.on, work))
    monkeypatch.setattr(_Planner, "_add", counting(_Planner._add, work))  # noqa: SLF001 - every milestone passes here
    timeline, costs = live(job if given else agent, **given), []

    for number in range(1000):
        work.clear()
        timeline = timeline.after(told(1 + number / 1000, "hurry"))
        costs.append(dict(work))

    assert costs[10] == costs[999]
    assert costs[10]["_add"] > 0
    assert len(timeline.schedule.milestones) > 1000


def counting(function: Callable[..., Any], work: Counter[str]) -> Callable[..., Any]:
    def counted(*args: Any) -> Any:
        work[function.__name__] += 1
        return function(*args)

    return counted


def test_after__two_ways(agent: Machine) -> None:
    """Two timelines that continue the same one do not affect each other."""
    before = live(agent, told(1, "hurry"))

    one, other = before.after(told(2, "fail")), before.after(told(3, "hurry"))

    assert states(one) == "0 submitted, 2 failed"
    assert states(other) == states(before) == "0 submitted, 5 started, 15 completed"


def test_view__before_birth(agent: Machine) -> None:
    """A job has no state before its creation."""
    with pytest.raises(ValueError, match="before birth"):
        view(live(agent), -1)
