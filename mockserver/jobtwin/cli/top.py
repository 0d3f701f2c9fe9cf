"""`jobtwin top`: the jobs and the traffic of a running server, live in the terminal."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from jobclients.control.api.clock import get_clock
from jobclients.control.api.jobs import list_jobs
from jobclients.control.api.journal import get_journal
from jobclients.control.models import Clock, JobList, Journal
from jobtwin.cli.following import followed
from jobtwin.cli.job_tables import job_list
from jobtwin.cli.journal import entries
from jobtwin.cli.remote import ControlAnswer, Remote, connected
from jobtwin.cli.tables import TextTable, say, short

PAUSE = 0.25
"""The minimum of seconds between two frames."""

IDLE = 1.0
"""Seconds after which a frame is drawn even without an event, since time has passed."""

_HEADINGS = 6
"""Lines of a frame other than jobs and requests."""


@dataclass(frozen=True)
class Frame:
    """The server's responses for one frame."""

    clock: ControlAnswer[Clock]
    jobs: ControlAnswer[JobList]
    journal: ControlAnswer[Journal]


@click.command(epilog="Example: jobtwin top")
@click.option(
    "--once", is_flag=True, help="Show one frame and exit; the default without a terminal."
)
@connected
def top(remote: Remote, /, *, once: bool) -> None:
    """Show jobs and requests, live, until Ctrl-C.

    The latest jobs are above, the latest requests below. A narrow terminal shows fewer columns; IDs
    are never cut.
    """
    console = Console(markup=False, emoji=False, highlight=False)
    if remote.as_json:
        click.echo(_as_json(_asked(remote, console.height)))
    elif once or not sys.stdout.isatty():
        say(*_parts(remote, _asked(remote, console.height)))
    else:
        _watch(remote, console)


def _watch(remote: Remote, console: Console) -> None:
    with (
        suppress(KeyboardInterrupt),
        Live(console=console, screen=True, auto_refresh=False) as live,
    ):
        for _ in _moments(remote):
            found = _asked(remote, console.height)
            live.update(frame(_parts(remote, found), console.width), refresh=True)


def _moments(remote: Remote) -> Iterator[None]:
    """Yields when a frame is to be drawn: after events, and at intervals."""
    news, failures = threading.Event(), list[Exception]()

    def listen() -> None:
        try:
            for _ in followed(remote.client.get_httpx_client()):
                news.set()
        except Exception as error:  # noqa: BLE001 - raised where frames are drawn
            failures.append(error)
            news.set()

    threading.Thread(target=listen, name="jobtwin top", daemon=True).start()
    while not failures:
        yield
        time.sleep(PAUSE)
        news.wait(IDLE - PAUSE)
        news.clear()
    raise failures[0]


def _asked(remote: Remote, height: int) -> Frame:
    """Requests as many jobs and requests as fit on a terminal of this height."""
    rows = max(2, height - _HEADINGS)
    half, client = rows - rows // 2, remote.client
    return Frame(
        remote.ask(Clock, get_clock.sync_detailed, client=client),
        remote.ask(JobList, list_jobs.sync_detailed, client=client, limit=half),
        remote.ask(Journal, get_journal.sync_detailed, client=client, limit=rows // 2),
    )


def _parts(remote: Remote, found: Frame) -> list[RenderableType | TextTable]:
    clock = found.clock.value
    pace = "frozen" if clock.frozen else f"{clock.speed:g}×"  # noqa: RUF001 - a multiplication sign
    where = f"{remote.url}  sandbox {remote.sandbox or 'default'}"
    return [
        Text.assemble((where, "bold"), f"  {short(clock.now)}  {pace}"),
        "",
        *job_list(found.jobs.value, clock.now),
        "",
        *entries(found.journal.value),
    ]


def frame(parts: list[RenderableType | TextTable], width: int) -> RenderableType:
    """Returns the parts, fitted to a terminal of this width."""
    return Group(*(each.fitted(width) if isinstance(each, TextTable) else each for each in parts))


def _as_json(found: Frame) -> str:
    shown = {
        "clock": json.loads(found.clock.body),
        **json.loads(found.jobs.body),
        "journal": json.loads(found.journal.body),
    }
    return json.dumps(shown)
