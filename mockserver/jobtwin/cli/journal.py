"""`jobtwin journal`: requests and responses, and the politeness of polls."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click
from rich.console import RenderableType
from rich.text import Text

from jobclients.control.api.journal import clear_journal, get_journal, get_polling_report
from jobclients.control.models import Journal, JournalEntry, PolledJob, PollingReport, Skip
from jobtwin.cli import completion
from jobtwin.cli.following import followed
from jobtwin.cli.remote import Remote, connected, given
from jobtwin.cli.scenarios import machines
from jobtwin.cli.tables import TextTable, listing, shorts
from jobtwin.errors import unknown

_STATUS = {2: "green", 4: "yellow", 5: "red"}


@click.command(epilog="Example: jobtwin journal --report")
@click.option(
    "--api", metavar="NAME", help="Only requests to this API.", shell_complete=completion.apis
)
@click.option("--operation", metavar="NAME", help="Only requests for this operationId.")
@click.option("--job", metavar="ID", help="Only requests about this job.")
@click.option(
    "--status", type=click.IntRange(100, 599), help="Only requests answered with this status."
)
@click.option(
    "--limit", type=click.IntRange(1, 1000), help="Maximum number of requests (default: 100)."
)
@click.option("--report", is_flag=True, help="Report the politeness of each job's polls.")
@click.option("--clear", is_flag=True, help="Delete all entries.")
@click.option("--follow", is_flag=True, help="Show events as they happen, until Ctrl-C.")
@connected
def journal(remote: Remote, /, *, report: bool, clear: bool, follow: bool, **filters: Any) -> None:
    """Show requests, the latest first.

    With --report, shows the polls of each job instead: intervals, backoff and polls after its end,
    compared with the vendor's advice.
    """
    said = {name for name, value in filters.items() if value is not None}
    _refuse_combined(said, report=report, clear=clear, follow=follow)
    if follow:
        _follow(remote)
        return
    if api := filters["api"]:
        machines(remote, api)
    if clear:
        answer = remote.tell(clear_journal.sync_detailed, client=remote.client)
        remote.show(answer, "Journal cleared.")
        return
    (_show_report if report else _show_entries)(remote, filters, said)


def _show_report(remote: Remote, filters: Mapping[str, Any], said: set[str]) -> None:
    chosen = {name: given(filters[name]) for name in said}
    told = remote.ask(PollingReport, get_polling_report.sync_detailed, client=remote.client, **chosen)  # fmt: skip
    remote.show(told, *_reports(told.value.jobs))


def _show_entries(remote: Remote, filters: Mapping[str, Any], said: set[str]) -> None:
    chosen = {name: given(filters[name]) for name in said}
    found = remote.ask(Journal, get_journal.sync_detailed, client=remote.client, **chosen)
    if not found.value.entries:
        _check(remote, **filters)
    remote.show(found, *entries(found.value))


def _refuse_combined(said: set[str], *, report: bool, clear: bool, follow: bool) -> None:
    """Refuses options that make no sense together."""
    beside = bool(report or said)
    if follow and (clear or beside):
        raise click.UsageError("--follow shows everything; use it without other options")
    if clear and beside:
        raise click.UsageError("--clear deletes the whole journal; use it without other options")
    if report and (wrong := said - {"api", "job"}):
        raise click.UsageError(
            f"--report can be combined with --api and --job, not with --{min(wrong)}"
        )


def _follow(remote: Remote) -> None:
    """Prints a line for each event of the sandbox, or the event as JSON."""
    for kind, data in followed(remote.client.get_httpx_client()):
        shown = json.dumps({"event": kind, **data}) if remote.as_json else _line(kind, data)
        click.echo(shown)


def _line(kind: str, data: Mapping[str, Any]) -> str:
    words = [str(data.get("at", "")), kind]
    if kind == "request":
        words += [str(data["status"]), data["method"], data["path"], data.get("after", "")]
    else:
        job = "/".join(filter(None, (data.get("api"), data.get("machine"), data.get("id"))))
        words += [data.get("kind", ""), job, data.get("event", ""), data.get("state", "")]
    return "  ".join(word for word in words if word)


def _check(remote: Remote, *, api: str | None, operation: str | None, **_: Any) -> None:
    """Refuses an operation that no API has."""
    if operation is None:
        return
    apis = dict.fromkeys(each.api for each in machines(remote, api).value.machines)
    known = [name for each in apis for name in remote.operations(each)]
    if operation not in known:
        raise remote.refusal(unknown("operation", operation, known, api or ""))


def entries(found: Journal) -> Iterator[RenderableType | TextTable]:
    """Returns requests as a table, the latest first, with their total."""
    lines = _lines(found)
    moments = shorts(list(map(_moment, lines)))
    rows = [_row(line, at) for line, at in zip(lines, moments, strict=True)]
    heads = ["#", "at", "api", "operation", "status", "job", "state", "finding", "request", "ms"]
    drop = ["request", "ms", "#", "api", "at", "finding", "state"]
    yield listing(heads, rows, drop) if rows else "No requests found."
    forgotten = f"; {found.forgotten} have been dropped" if found.forgotten else ""
    yield Text(f"{len(found.entries)} of {found.total} requests{forgotten}", style="dim")


def _lines(found: Journal) -> list[JournalEntry | Skip]:
    """Requests and the skips of the clock after each of them, the latest first."""
    first = min((entry.number for entry in found.entries), default=None)
    skips = [each for each in found.skips or () if first is not None and each.after >= first]
    return sorted([*skips, *found.entries], key=_number, reverse=True)


def _number(line: JournalEntry | Skip) -> tuple[int, bool]:
    return (line.after, True) if isinstance(line, Skip) else (line.number, False)


def _moment(line: JournalEntry | Skip) -> datetime:
    return line.from_ if isinstance(line, Skip) else line.at


def _row(line: JournalEntry | Skip, at: str) -> list[str | Text]:
    if isinstance(line, Skip):
        skipped = f"{(line.to - line.from_).total_seconds():g} s skipped"
        return ["", at, "", Text(skipped, style="dim"), *[""] * 6]
    return _entry(line, at)


def _entry(entry: JournalEntry, at: str) -> list[str | Text]:
    query = f"?{entry.query}" if entry.query else ""
    states = dict.fromkeys(state for state in (entry.before, entry.after) if state)
    return [
        str(entry.number),
        at,
        entry.api,
        entry.operation or "",
        Text(str(entry.status), style=_STATUS.get(entry.status // 100, "")),
        entry.job or "",
        " → ".join(states),
        entry.finding or ("sample" if entry.sampled else ""),
        f"{entry.method} {entry.path}{query}",
        f"{entry.milliseconds:.1f}",
    ]


def _reports(jobs: list[PolledJob]) -> Iterator[RenderableType | TextTable]:
    if not jobs:
        yield "No job was polled."
    for number, job in enumerate(jobs):
        if number:
            yield ""
        yield from _report(job)


def _report(job: PolledJob) -> Iterator[RenderableType | TextTable]:
    verdict = ("polite", "green") if job.polite else ("impolite", "red")
    times = f"{job.polls} polls" if job.polls != 1 else "1 poll"
    noticed = isinstance(job.noticed, float | int)
    late = f", its end seen after {job.noticed:g} s" if noticed else ""
    yield Text.assemble(verdict, f"  {job.api} {job.job} by {job.operation}: {times}{late}")
    yield _rules(job)


def _rules(job: PolledJob) -> TextTable:
    rows = [
        (
            f"  {rule.rule}",
            Text("kept", style="green") if rule.kept else Text("broken", style="red"),
            rule.says,
            Text(rule.source, style="dim"),
        )
        for rule in job.rules
    ]
    return listing(["  rule", "", "seen", "source"], rows, ["source"])
