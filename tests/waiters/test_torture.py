"""Runs the torture suite: each case with each generated waiter, sync and async."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobtwin.server import Server
from tests.sampling import fast_every
from tests.waiters import live, scoreboard, stage, torture
from tests.waiters.stage import WaiterStage

WAITERS = stage.waiters()

pytestmark = pytest.mark.usefixtures("fifth")


def _waiters() -> Iterator[Any]:
    for spec, machine in WAITERS:
        yield pytest.param(spec, machine, id=f"{spec.name}.{machine.name}")


@pytest.mark.parametrize("way", stage.WAYS)
@pytest.mark.parametrize(("spec", "machine"), fast_every(4, _waiters()))
@pytest.mark.parametrize("group", torture.TABLE)
def test_group(group: str, spec: Spec, machine: Machine, way: str) -> None:
    """The waiter ends as the table says, and no error contains the token."""
    went = {
        case.name: torture.run(case, WaiterStage(spec, machine, way))
        for case in torture.TABLE[group]
    }

    assert {
        name: how for name, how in went.items() if how not in (torture.FINE, torture.NEVER)
    } == {}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Yields a server of the waiters' specs."""
    specs = {spec.name: spec for spec, _ in WAITERS}
    with live.served([*specs.values()]) as running:
        yield running


LIVE = [
    *(("polaris", "sync", group) for group in ("Retry-After", "Bodies", "States", "Network")),
    *(("osapi", "async", group) for group in ("Server errors", "Not found")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "way", "group"), LIVE)
def test_by_faults(name: str, way: str, group: str, server: Server) -> None:
    """The waiter ends as the table says with a server, too, whose faults cause the trouble.

    `make docs-waiters` runs all waiters.
    """
    waiter = next(each for each in WAITERS if each[0].name == name)
    went = {case.name: live.run(case, server, waiter, way) for case in torture.TABLE[group]}

    wrong = {case: how for case, how in went.items() if how not in (torture.FINE, torture.NEVER)}
    assert wrong == {}
    assert torture.FINE in went.values()


@pytest.mark.slow
def test_page() -> None:
    """docs/waiters.md matches the page of a run without unexpected results."""

    def as_it_must(
        fits: Callable[[torture.Case, WaiterStage], bool],
        waiter: tuple[Spec, Machine],
        case: torture.Case,
    ) -> list[str]:
        plays = [WaiterStage(*waiter, way) for way in stage.WAYS]
        for play in plays:
            play.born()
        return [torture.FINE if fits(case, play) else torture.NEVER for play in plays]

    page = scoreboard.page(partial(as_it_must, torture.Case.fits), partial(as_it_must, live.can))
    assert scoreboard.PAGE.read_text(encoding="utf-8") == page, "mend with: make docs-waiters"
