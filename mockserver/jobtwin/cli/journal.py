"""`jobtwin journal`: what was asked and answered, and how politely jobs were polled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from jobclients.control.api.journal import clear_journal, get_journal, get_polling_report
from jobclients.control.models import Journal, JournalEntry, PolledJob, PollingReport
from jobtwin.cli import completion
from jobtwin.cli.remote import Remote, connected, given
from jobtwin.cli.tables import table, when

_STATUS = {2: "green", 4: "yellow", 5: "red"}


@click.command(epilog="Example: jobtwin journal --report")
@click.option("--api", metavar="NAME", help="Only of this twin.", shell_complete=completion.apis)
@click.option("--operation", metavar="NAME", help="Only of this operationId.")
@click.option("--job", metavar="ID", help="Only of this job.")
@click.option("--status", type=click.IntRange(100, 599), help="Only answered so.")
@click.option("--limit", type=click.IntRange(1, 1000), help="At most so many; 100 if not said.")
@click.option("--report", is_flag=True, help="Tell how politely each job was polled.")
@click.option("--clear", is_flag=True, help="Forget what was asked.")
@connected
def journal(remote: Remote, /, *, report: bool, clear: bool, **filters: Any) -> None:
    """Read what was asked, the latest first.

    With --report, read instead how each job was polled: at which intervals, with a backoff, past
    its end; held against the vendor's advice.
    """
    said = {name for name, value in filters.items() if value is not None}
    if clear and (report or said):
        raise click.UsageError("--clear forgets the whole journal; it goes with no other choice")
    if report and (wrong := said - {"api", "job"}):
        raise click.UsageError(f"--report goes with --api and --job, not with --{min(wrong)}")
    chosen = {name: given(value) for name, value in filters.items() if name in said}
    client = remote.client
    if clear:
        answer = remote.tell(clear_journal.sync_detailed, client=client)
        remote.show(answer, "The journal is empty.")
    elif report:
        told = remote.ask(PollingReport, get_polling_report.sync_detailed, client=client, **chosen)
        remote.show(told, *_reports(told.it.jobs))
    else:
        found = remote.ask(Journal, get_journal.sync_detailed, client=client, **chosen)
        remote.show(found, *_entries(found.it))


def _entries(it: Journal) -> Iterator[RenderableType]:
    rows = [_entry(entry) for entry in it.entries]
    heads = ["#", "at", "api", "request", "status", "job", "state", "finding", "ms"]
    yield table(heads, rows) if rows else "Nothing such was asked."
    forgotten = f"; {it.forgotten} are no longer kept" if it.forgotten else ""
    yield Text(f"{len(rows)} of {it.total} requests{forgotten}", style="dim")


def _entry(entry: JournalEntry) -> list[str | Text]:
    query = f"?{entry.query}" if entry.query else ""
    states = dict.fromkeys(state for state in (entry.before, entry.after) if state)
    return [
        str(entry.number),
        when(entry.at),
        entry.api,
        f"{entry.method} {entry.path}{query}",
        Text(str(entry.status), style=_STATUS.get(entry.status // 100, "")),
        entry.job or "",
        " → ".join(states),
        entry.finding or "",
        f"{entry.milliseconds:.1f}",
    ]


def _reports(jobs: list[PolledJob]) -> Iterator[RenderableType]:
    if not jobs:
        yield "No job was polled."
    for number, job in enumerate(jobs):
        if number:
            yield ""
        yield from _report(job)


def _report(job: PolledJob) -> Iterator[RenderableType]:
    verdict = ("polite", "green") if job.polite else ("impolite", "red")
    times = f"{job.polls} polls" if job.polls != 1 else "1 poll"
    noticed = isinstance(job.noticed, float | int)
    late = f", its end seen after {job.noticed:g} s" if noticed else ""
    yield Text.assemble(verdict, f"  {job.api} {job.job} by {job.operation}: {times}{late}")
    yield _rules(job)


def _rules(job: PolledJob) -> Table:
    rows = [
        (
            f"  {rule.rule}",
            Text("kept", style="green") if rule.kept else Text("broken", style="red"),
            rule.says,
            Text(rule.source, style="dim"),
        )
        for rule in job.rules
    ]
    return table(["  rule", "", "seen", "who asks for it"], rows)
