"""The torture suite, run: each case against each generated waiter, blocking and awaiting."""

from collections.abc import Iterator
from typing import Any

import pytest

from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from tests.waiters import scoreboard, stage, torture
from tests.waiters.stage import Stage


@pytest.fixture(scope="module", autouse=True)
def fifth() -> Iterator[None]:
    """The clients of the specs that stand among the tests."""
    with stage.fifth():
        yield


def _waiters() -> Iterator[Any]:
    for spec, machine in stage.waiters():
        yield pytest.param(spec, machine, id=f"{spec.name}.{machine.name}")


@pytest.mark.parametrize("way", stage.WAYS)
@pytest.mark.parametrize(("spec", "machine"), list(_waiters()))
@pytest.mark.parametrize("group", torture.TABLE)
def test_group(group: str, spec: Spec, machine: Machine, way: str) -> None:
    """The waiter ends as the table says, and no error tells the token."""
    went = {
        case.name: torture.run(case, Stage(spec, machine, way)) for case in torture.TABLE[group]
    }

    assert {
        name: how for name, how in went.items() if how not in (torture.FINE, torture.NEVER)
    } == {}


def test_page() -> None:
    """docs/waiters.md is what a run writes in which all went as it must."""

    def as_it_must(waiter: tuple[Spec, Machine], case: torture.Case) -> list[str]:
        plays = [Stage(*waiter, way) for way in stage.WAYS]
        for play in plays:
            play.born()
        return [torture.FINE if case.fits(play) else torture.NEVER for play in plays]

    mend = "mend with: make docs-waiters"
    assert scoreboard.PAGE.read_text(encoding="utf-8") == scoreboard.page(as_it_must), mend
