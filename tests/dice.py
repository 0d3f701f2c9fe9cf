"""Random changes of a sandbox, to test that a store or a file keeps all of it."""

import random
from collections.abc import Mapping

from jobtwin.lifecycle import Machine
from jobtwin.sandboxes import Sandbox

SECOND = 1_000_000
SPANS = [1, SECOND, 61 * SECOND]
OLDER = 0.5
"""The probability of an action on an older job, if the clock stands still."""


def live(
    sandbox: Sandbox,
    machines: Mapping[str, Machine],
    seed: int,
    deeds: int = 60,
    *,
    moves: bool = True,
) -> None:
    """Create jobs of all kinds and act on them at random; `moves` advances the clock between them."""
    dice = random.Random(seed)  # noqa: S311 - a game of dice
    for _ in range(deeds):
        machine = machines[dice.choice(sorted(machines))]
        scenario = dice.choice(machine.scenarios_for({})).name
        job = sandbox.create(machine, scenario=scenario, by_polls=dice.choice([None, True]))
        if moves:
            sandbox.advance_clock(dice.choice(SPANS))
        if not moves and dice.random() < OLDER:
            job = dice.choice(sandbox.jobs(machine))
        deed = dice.choice(["event", "finish", "poll", "remove", "default", "speed", "nothing"])
        if deed == "event":
            events = sorted({t.event for t in machine.transitions if t.event})
            _ = events and sandbox.send_event(job, dice.choice(events), {"by": "dice"})
        elif deed == "finish":
            sandbox.finish(job)
        elif deed == "poll":
            sandbox.polled(job)
        elif deed == "remove":
            sandbox.remove(job)
        elif deed == "default":
            sandbox.choose_default_scenario(machine, scenario)
        elif deed == "speed":
            sandbox.set_clock(speed=dice.choice([0.5, 2]))
