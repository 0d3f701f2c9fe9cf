"""`python -m bench`: measures, and writes RESULTS.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection

import click

from bench import creates, crowds, holds, inside, skips, starts, suite
from bench.budgets import Measurements, budgets
from bench.errors import BenchError
from bench.idle import idle
from bench.peers import PEERS, TWIN
from bench.polls import race, serving
from bench.processes import answer
from bench.profiles import profile
from bench.report import RESULTS, Run, written
from bench.works import POLLS, RACES, TINY, Poll

MANY = 1_000_000
FEWER = 100_000
SUITES = 3
PARTS = ("polls", "creates", "starts", "crowds", "holds", "inside", "suite", "skips")


def say(text: str) -> None:
    """Logs the progress to stderr."""
    click.echo(text, err=True)


@click.command()
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds, 100,000 jobs: a first look.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([*PARTS, *PEERS]),
    help="Parts, or rivals, to measure; all unless given. Nothing is written then. Repeatable.",
)
@click.option(
    "--profile",
    "label",
    metavar="LABEL",
    help="Write bench/profiles/*-LABEL.txt, and nothing else.",
)
@click.option("--show", is_flag=True, help="Print the results instead of writing RESULTS.md.")
def main(*, quick: bool, only: tuple[str, ...], label: str | None, show: bool) -> None:
    """Measures the twins and the other tools, and writes bench/RESULTS.md."""
    if label is not None:
        _profile(label)
        return
    command = "make bench" if len(sys.argv) == 1 else f"python -m bench {' '.join(sys.argv[1:])}"
    run = Run(command, 3 if quick else 9, 1, os.getloadavg()[0])
    found = _measured(run, only, FEWER if quick else MANY)
    if show or only:
        click.echo(written(run, found))
    else:
        RESULTS.write_text(written(run, found), encoding="utf-8")
        _profile("after")
        say(f"{RESULTS.name} is written")
    _say_missed(found)


def _profile(label: str) -> None:
    for work in RACES:
        say(profile(work, label).read_text(encoding="utf-8").partition("\n")[0])


def _say_missed(found: Measurements) -> None:
    missed = [budget.what for budget in budgets(found) if "missed" in budget.verdict]
    say(f"{len(missed)} budgets missed: {'; '.join(missed)}" if missed else "no budget missed")


def _measured(run: Run, only: Collection[str], many: int) -> Measurements:
    parts = [part for part in PARTS if part in only] or list(PARTS)
    names = [name for name in PEERS if name in only] or list(PEERS)
    if only and not set(only) & set(PARTS):
        parts = ["polls"]
    found = Measurements()
    measures: dict[str, Callable[[], None]] = {
        "polls": lambda: _polls(found, names, run),
        "creates": lambda: _creates(found, names, run),
        "holds": lambda: _holds(found, many // 2),
        "suite": lambda: _suite(found),
        "starts": lambda: found.starts.update(starts.starts(names, run.rounds, say)),
        "crowds": lambda: _crowds(found, many, run),
        "inside": lambda: _inside(found),
        "skips": lambda: _skips(found, run),
    }
    for part in parts:
        try:
            measures[part]()
        except BenchError as error:  # the other parts are still measured
            found.failures[part] = str(error)
            say(f"{part} failed: {error}")
    return found


def _polls(found: Measurements, names: Collection[str], run: Run) -> None:
    found.races = [race(work, names, run.rounds, run.seconds, say) for work in RACES]


def _creates(found: Measurements, names: Collection[str], run: Run) -> None:
    found.creates = creates.creates(names, run.rounds // 2 + 1, run.seconds, say)


def _holds(found: Measurements, jobs: int) -> None:
    say(f"holds: {jobs} jobs")
    found.held = holds.longest(jobs)


def _suite(found: Measurements) -> None:
    say(f"{suite.TESTS} isolated tests")
    found.thousand = min(suite.thousand() for _ in range(SUITES))


def _crowds(found: Measurements, many: int, run: Run) -> None:
    found.crowds = crowds.crowds(many, run.rounds, run.seconds, say)


def _skips(found: Measurements, run: Run) -> None:
    say("a day of polls on a clock that skips")
    found.skips = skips.skips(run.rounds)


def _inside(found: Measurements) -> None:
    say("in process")
    rounds = [_in_process()]
    for work in POLLS:
        with serving(TWIN, Poll(work, b"")) as target:
            poll = Poll(work, answer(target))
        found.clients[work.name] = inside.client(poll, 2000)
        rounds.append(_in_process())
    found.idle = idle(TINY, 100)
    rounds.append(_in_process())
    say("make generate")
    found.generation = inside.generation()
    rounds.append(_in_process())
    found.life, found.fixture, found.reset = map(min, zip(*rounds, strict=True))


def _in_process() -> tuple[float, float, float]:
    """Returns the seconds of a life, from fixture to fixture, and of a reset: of each a median."""
    return inside.life(100), inside.fixture(600), inside.reset(600)


if __name__ == "__main__":
    main(prog_name="python -m bench")
