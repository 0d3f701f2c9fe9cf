"""The statements of specs/README.md about steps, events, facts and progress."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from jobtwin.lifecycle import (
    Event,
    Kind,
    Machine,
    MachineState,
    Milestone,
    Outcome,
    Scenario,
    ScenarioStep,
    Schedule,
    Transition,
    build_schedule,
)

SECOND = 1_000_000
PRINT = """
print:
  summary: A document on its way through a printer
  initial: queued
  states:
    queued: {{kind: waiting, lasts: 5s, then: printing}}
    printing:
      kind: active
      ways:
        in_black: {{lasts: 1m, then: printed, when: {{facts.colour: false}}}}
        in_colour: {{lasts: 2m, then: printed, when: {{facts.colour: true}}}}
      events:
        pause: paused
        jam: {{to: jammed, set: {{reason: Jam, tray: 2}}, log: {{message: Jams}}}}
        smear: {{to: jammed, when: {{facts.colour: true}}}}
      progress: [10, 100]
      log: {{message: Prints}}
    paused: {{kind: paused, lasts: 10s, then: printing}}
    printed: {{kind: success, log: {{message: Printed}}}}
    jammed: {{kind: failure}}
  events:
    knock: {{from: [queued, printing, printed], log: {{message: Knock}}}}
    paint: {{from: [queued, printing], set: {{colour: true}}}}
    bleach: {{from: [queued, printing], set: {{colour: false}}}}
  facts:
    colour: {{type: boolean, default: false}}
    reason: {{type: string, nullable: true}}
    tray:   {{type: integer, default: 1}}
  scenarios:
    usual: {{default: true, summary: Every page comes out}}
    told:  {{summary: As the test says, steps: {steps}}}
"""
Print = Callable[..., Schedule]


@pytest.fixture
def print_(read: Callable[[str], Mapping[str, Machine]]) -> Print:
    """Plan a job with these steps, and with these events after so many seconds."""

    def schedule(steps: str = "{}", *told: tuple[float, str], **facts: Any) -> Schedule:
        machine = read(PRINT.format(steps=steps))["print"]
        events = [Event(round(at * SECOND), name) for at, name in told]
        return build_schedule(
            machine, machine.scenarios["told"], {**machine.facts, **facts}, events
        )

    return schedule


def milestones(schedule: Schedule) -> str:
    """Returns a schedule's milestones as text: the second, and the state entered or `(event)`."""
    return ", ".join(
        f"{milestone.at / SECOND:g} {_what(milestone)}" for milestone in schedule.milestones
    )


def _what(milestone: Milestone) -> str:
    return (
        milestone.state.name
        if milestone.entered
        else f"({milestone.event and milestone.event.name})"
    )


def at(schedule: Schedule, second: float) -> Milestone:
    return schedule[schedule.index(round(second * SECOND))]


def progress(schedule: Schedule, second: float) -> float:
    return at(schedule, second).progress(round(second * SECOND))


STEPS = {
    "none": ("{}", "0 queued, 5 printing, 65 printed"),
    "hold": ("{printing: {hold: true}}", "0 queued, 5 printing"),
    "after-alone": ("{queued: {after: 9s}}", "0 queued, 9 printing, 69 printed"),
    "after-nothing": ("{queued: {after: 0s}}", "0 queued, 0 printing, 60 printed"),
    "after-and-event": (
        "{printing: {after: 30s, event: jam}}",
        "0 queued, 5 printing, 35 jammed",
    ),
    "event-in-place-of-time": (
        "{printing: {after: 2m, event: jam}}",
        "0 queued, 5 printing, 125 jammed",
    ),
    "event-without-to": (
        "{printing: {after: 30s, event: knock}}",
        "0 queued, 5 printing, 35 (knock), 65 printed",
    ),
    "event-without-to-late": (
        "{printing: {after: 2m, event: knock}}",
        "0 queued, 5 printing, 125 (knock), 125 printed",
    ),
    "event-without-to-in-the-end": (
        "{printed: {after: 1h, event: knock}}",
        "0 queued, 5 printing, 65 printed, 3665 (knock)",
    ),
    "one-a-visit": (
        "{printing: {after: 1s, event: pause, again: {after: 2s, event: jam}}}",
        "0 queued, 5 printing, 6 paused, 16 printing, 18 jammed",
    ),
    "one-a-visit-without-to": (
        "{printing: {after: 1s, event: knock, again: {after: 2s, event: jam}}}",
        "0 queued, 5 printing, 6 (knock), 65 printed",
    ),
    "times": (
        "{printing: {after: 1s, event: pause, times: 2}}",
        "0 queued, 5 printing, 6 paused, 16 printing, 17 paused, 27 printing, 87 printed",
    ),
    "times-without-to": (
        "{queued: {after: 1s, event: knock, times: 3}}",
        "0 queued, 1 (knock), 5 printing, 65 printed",
    ),
    "order-by-state": (
        "{paused: {after: 3s}, printing: {after: 1s, event: pause}}",
        "0 queued, 5 printing, 6 paused, 9 printing, 69 printed",
    ),
}


@pytest.mark.parametrize(("steps", "expected"), STEPS.values(), ids=STEPS)
def test_steps(steps: str, expected: str, print_: Print) -> None:
    """A step determines the course of one visit to a state."""
    assert milestones(print_(steps)) == expected


def test_steps__illegal_event(print_: Print) -> None:
    """A step with an event illegal for this job changes nothing."""
    steps = "{queued: {after: 1s, event: paint}, printing: {after: 3s, event: smear}}"

    assert milestones(print_(steps)) == "0 queued, 1 (paint), 5 printing, 8 jammed"
    assert milestones(print_(steps, (2, "bleach"))) == "0 queued, 1 (paint), 2 (bleach), 5 printing, 65 printed"  # fmt: skip


def test_steps__set_and_log(print_: Print) -> None:
    """A step's `set` and `log` add to the transition's own, and its facts take precedence."""
    step = "{after: 3s, event: jam, set: {tray: 3}, log: {message: Too thick}}"

    last = print_(f"{{printing: {step}}}").milestones[-1]

    assert last.facts == {"reason": "Jam", "tray": 3}
    assert [line["message"] for line in last.lines] == ["Jams", "Too thick"]


def test_steps__set_and_log__time(print_: Print) -> None:
    """A step that only changes the time adds its `set` and `log`; the state's lines come last."""
    last = print_("{printing: {after: 3s, set: {tray: 3}, log: {message: Early}}}").milestones[-1]

    assert last.facts == {"tray": 3}
    assert [line["message"] for line in last.lines] == ["Early", "Printed"]


def test_steps__used_by_a_visit(print_: Print) -> None:
    """A step is used up by its visit, even if an event ends the visit before."""
    schedule = print_("{printing: {after: 9s, event: jam}}", (6, "pause"))

    assert milestones(schedule) == "0 queued, 5 printing, 6 paused, 16 printing, 76 printed"


EVENTS = {
    "legal": ([(9, "jam")], "0 queued, 5 printing, 9 jammed"),
    "illegal": ([(3, "jam")], "0 queued, 5 printing, 65 printed"),
    "unknown": ([(9, "explode")], "0 queued, 5 printing, 65 printed"),
    "in-the-end": ([(70, "jam"), (71, "knock")], "0 queued, 5 printing, 65 printed, 71 (knock)"),
    "without-to": ([(9, "knock")], "0 queued, 5 printing, 9 (knock), 65 printed"),
    "at-birth": ([(0, "knock")], "0 queued, 0 (knock), 5 printing, 65 printed"),
    "when-time-is-up": ([(5, "jam")], "0 queued, 5 printing, 5 jammed"),
    "when-all-is-done": ([(65, "jam")], "0 queued, 5 printing, 65 printed"),
    "at-one-moment": (
        [(9, "knock"), (9, "pause"), (9, "jam"), (9, "knock")],
        "0 queued, 5 printing, 9 (knock), 9 paused, 19 printing, 79 printed",
    ),
    "during-the-second-visit": (
        [(9, "pause"), (20, "jam")],
        "0 queued, 5 printing, 9 paused, 19 printing, 20 jammed",
    ),
}


@pytest.mark.parametrize(("told", "expected"), EVENTS.values(), ids=EVENTS)
def test_events(told: list[tuple[float, str]], expected: str, print_: Print) -> None:
    """A timed change comes before an event at the same moment; an illegal event does nothing."""
    assert milestones(print_("{}", *told)) == expected


def test_events__hold(print_: Print) -> None:
    """An event that changes the state ends a hold; an event without a new state does not."""
    steps = "{printing: {hold: true}}"

    assert milestones(print_(steps, (9, "knock"))) == "0 queued, 5 printing, 9 (knock)"
    assert milestones(print_(steps, (9, "pause"))) == "0 queued, 5 printing, 9 paused, 19 printing, 79 printed"  # fmt: skip


GUARDS = {
    "at-birth": ([], True, "0 queued, 5 printing, 125 printed"),
    "before": ([(1, "paint")], False, "0 queued, 1 (paint), 5 printing, 125 printed"),
    "meanwhile": ([(9, "paint")], False, "0 queued, 5 printing, 9 (paint), 125 printed"),
    "too-late-to-wait": ([(95, "bleach")], True, "0 queued, 5 printing, 95 (bleach), 95 printed"),
    "of-an-event": (
        [(1, "paint"), (9, "smear")],
        False,
        "0 queued, 1 (paint), 5 printing, 9 jammed",
    ),
    "of-an-event-too-early": ([(9, "smear")], False, "0 queued, 5 printing, 65 printed"),
    "to-and-fro": (
        [(9, "paint"), (64, "bleach")],
        False,
        "0 queued, 5 printing, 9 (paint), 64 (bleach), 65 printed",
    ),
}


@pytest.mark.parametrize(("told", "colour", "expected"), GUARDS.values(), ids=GUARDS)
def test_guards(told: list[tuple[float, str]], colour: bool, expected: str, print_: Print) -> None:  # noqa: FBT001 - a column of the table
    """`when` is checked against the facts at the moment of the transition."""
    assert milestones(print_("{}", *told, colour=colour)) == expected


def test_facts__only_later(print_: Print) -> None:
    """A fact set by a transition holds from that moment on."""
    schedule = print_("{printing: {after: 3s, event: jam}}")

    assert "reason" not in at(schedule, 7.999999).facts
    assert at(schedule, 8).facts["reason"] == "Jam"


PROGRESS = {
    "none-before": ("{}", [], 4, 0),
    "begins": ("{}", [], 5, 10),
    "half-way": ("{}", [], 35, 55),
    "done": ("{}", [], 65, 100),
    "not-hurried-by-event": ("{printing: {after: 20s, event: jam}}", [], 15, 25),
    "stays-where-it-broke-off": ("{printing: {after: 20s, event: jam}}", [], 99, 40),
    "full-until-late-event": ("{printing: {after: 2m, event: jam}}", [], 90, 100),
    "by-the-step's-own-time": ("{printing: {after: 20s}}", [], 15, 55),
    "stands-under-hold": ("{printing: {hold: true}}", [], 99, 10),
    "stands-in-other-states": ("{}", [(35, "pause")], 40, 55),
    "never-goes-back": ("{}", [(35, "pause")], 45, 55),
    "goes-on": ("{}", [(35, "pause")], 75, 77.5),
    "not-changed-by-knock": ("{}", [(35, "knock")], 50, 77.5),
    "slower-by-guard": ("{}", [(35, "paint")], 80, 77.5),
    "faster-by-guard": ("{}", [(0, "paint"), (35, "bleach")], 50, 66.25),
}


@pytest.mark.parametrize(("steps", "told", "second", "expected"), PROGRESS.values(), ids=PROGRESS)
def test_progress(
    steps: str, told: list[tuple[float, str]], second: float, expected: float, print_: Print
) -> None:
    """Progress rises over the time that the timed transition takes, and never goes back."""
    assert progress(print_(steps, *told), second) == expected


def test_progress__ends_exactly() -> None:
    """Progress ends exactly at its last value, in spite of rounding."""
    milestone = Milestone(0, MachineState("running", Kind.ACTIVE), ramp=(0.1, 99.7, 3 * SECOND))

    assert milestone.progress(3 * SECOND) == 99.7


def test_progress__from_above_to() -> None:
    """Progress from a higher percentage to a lower one stays at the higher."""
    schedule = build_schedule(*_stream([("a", "b", 10)], progress=(50, 20)))

    assert [progress(schedule, second) for second in (0, 5, 10)] == [50, 50, 50]


def _stream(
    ways: list[tuple[str, str, int]],
    *steps: ScenarioStep,
    progress: tuple[float, float] | None = None,
) -> tuple[Machine, Scenario, Mapping[str, Any]]:
    """Make a machine of timed transitions, with the event `end` in every state."""
    states = {
        name: MachineState(name, Kind.ACTIVE, progress=progress) for way in ways for name in way[:2]
    }
    states["done"] = MachineState("done", Kind.FINAL, Outcome.SUCCESS)
    timed = [Transition(frozenset(a), b, after=span * SECOND) for a, b, span in ways]
    end = Transition(frozenset(states) - {"done"}, "done", event="end")
    scenario = Scenario("usual", "Usual", default=True, steps=steps)
    machine = Machine("stream", states, {"usual": scenario}, (*timed, end), ways[0][0])
    return machine, scenario, {}


def test_loop() -> None:
    """A looping walk is planned once, and gives the state at any later time."""
    schedule = build_schedule(*_stream([("a", "b", 5), ("b", "c", 20), ("c", "b", 30)]))

    assert (milestones(schedule), schedule.loop, schedule.period) == (
        "0 a, 5 b, 25 c",
        1,
        50 * SECOND,
    )
    far = 5 + 50 * 1_000_000
    assert [at(schedule, far + s).state.name for s in (-1, 0, 19, 20, 49, 50)] == list("cbbccb")
    assert schedule.due(schedule.index((far + 19) * SECOND)) == (far + 20) * SECOND


def test_loop__step_never_used() -> None:
    """A step for a state that the walk never enters does not prevent the loop."""
    stream = _stream([("a", "b", 5), ("b", "a", 5)], ScenarioStep("done", SECOND, "knock"))

    assert build_schedule(*stream).loop == 0


def test_loop__after_steps() -> None:
    """A visit with a step is not part of the loop."""
    stream = _stream([("a", "b", 5), ("b", "a", 5)], ScenarioStep("a", SECOND, times=2))

    schedule = build_schedule(*stream)

    assert (milestones(schedule), schedule.loop) == ("0 a, 1 b, 6 a, 7 b, 12 a", 3)
    assert [at(schedule, second).state.name for second in (12, 16, 17, 22, 27)] == list("aabab")


def test_loop__then_told() -> None:
    """An event that ends a walk after a million rounds costs no more than before."""
    stream = _stream([("a", "b", 20), ("b", "a", 30)])
    far = 50 * 1_000_000

    schedule = build_schedule(*stream, [Event((far + 10) * SECOND, "end")])

    assert len(schedule.milestones) < 10
    assert [at(schedule, s).state.name for s in (20, far - 1, far, far + 9, far + 10)] == ["b", "b", "a", "a", "done"]  # fmt: skip
    assert [milestone.at for milestone in (schedule[schedule.index(far * SECOND) - 1], at(schedule, far))] == [(far - 30) * SECOND, far * SECOND]  # fmt: skip
    assert schedule.due(schedule.index((far + 10) * SECOND)) is None


def test_loop__entered_by_event() -> None:
    """An event appears once, even if the state that it led to repeats."""
    machine, scenario, facts = _stream([("a", "b", 5), ("b", "a", 5)])
    machine = Machine("m", machine.states, machine.scenarios, (*machine.transitions, Transition(frozenset("a"), "b", event="skip")), "a")  # fmt: skip

    schedule = build_schedule(machine, scenario, facts, [Event(SECOND, "skip", {"by": "me"})])

    assert [schedule[index].event is not None for index in range(9)] == [n == 1 for n in range(9)]
