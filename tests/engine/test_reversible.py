"""A sandbox whose latest changes are taken back has its former state, and the same future."""

import random
from typing import Any

import pytest

from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import ManualClock, Setup
from jobtwin.sandboxes.reversible import ReversibleSandbox
from tests.dice import SECOND, live
from tests.loaded import loaded

MACHINES = machines_by_name(loaded())


def shown(sandbox: ReversibleSandbox) -> list[Any]:
    """Returns the state now and at a few later moments; this advances the sandbox."""
    found: list[Any] = []
    for _ in range(4):
        jobs = {
            name: ([job.record.id for job in sandbox.jobs(machine)], unfinished(sandbox, name))
            for name, machine in MACHINES.items()
        }
        found.append((sandbox.snapshot(), jobs, sandbox.next_change()))
        sandbox.advance_clock(37 * SECOND)
    return found


def unfinished(sandbox: ReversibleSandbox, name: str) -> list[Any]:
    return [job.record.id for job in sandbox.jobs(MACHINES[name], unfinished=True)]


def lived(seed: int) -> ReversibleSandbox:
    sandbox = ReversibleSandbox(MACHINES, Setup(ManualClock()))
    live(sandbox, MACHINES, seed)
    return sandbox


@pytest.mark.parametrize("seed", range(8))
def test_take_back(seed: int) -> None:
    """Created, changed and removed jobs return to their former state, with the same future."""
    sandbox = lived(seed)

    for more in range(3):
        sandbox.begin()
        live(sandbox, MACHINES, seed + more, 40, moves=False)
        assert sandbox.take_back()

    assert shown(sandbox) == shown(lived(seed))


@pytest.mark.parametrize("restored", [False, True])
def test_take_back__whole(*, restored: bool) -> None:
    """A reset or an import can be taken back."""
    sandbox, other = lived(1), lived(2)
    dice = random.Random(1)  # noqa: S311 - a game of dice

    sandbox.begin()
    live(sandbox, MACHINES, 3, moves=False)
    if restored:
        sandbox.restore(other.snapshot())
    else:
        sandbox.reset()
    live(sandbox, MACHINES, dice.randrange(9), moves=False)

    assert sandbox.take_back()
    assert shown(sandbox) == shown(lived(1))


def test_take_back__time() -> None:
    """After an advance of the clock nothing is taken back, and `take_back` returns False."""
    sandbox = lived(1)

    sandbox.begin()
    sandbox.advance_clock(SECOND)

    assert not sandbox.take_back()
