"""`jobtwin verify`: a vendor's live answers held to its spec. It reads, and changes nothing."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from threading import TIMEOUT_MAX, Timer
from typing import Any

import click
import httpx

from jobtwin.cli.environment import from_environment, trusts_environment
from jobtwin.cli.judge import FOUND, chosen, judging, tell
from jobtwin.cli.parameters import duration, web_address
from jobtwin.judge.checker import Report
from jobtwin.judge.formats import in_a_line
from jobtwin.judge.poll_requests import JobRef, PollError, PollRequest, poll_requests
from jobtwin.judge.traffic.recording import Recorder
from jobtwin.judge.watch import Runtime, Watch, WatchResult
from jobtwin.openapi import Spec
from jobtwin.openapi.times import span

_SECOND = 1_000_000
_GRACE = 1.0
"""Seconds after its time after which a watch is cut off."""


def _no_token(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise click.UsageError(
            "a token in a flag ends in the shell's history and in lists of processes; put it into "
            "the environment variable JOBTWIN_TOKEN, or name another with --token-env"
        )


@click.command(
    epilog="Example: JOBTWIN_TOKEN=… jobtwin verify --base-url https://api.example.com --spec theirs.yaml --id 7"
)
@click.option(
    "--base-url",
    "base",
    metavar="URL",
    required=True,
    callback=web_address,
    help="Where the API is.",
)
@click.option("--id", "job", metavar="ID", required=True, help="The job to watch.")
@click.option("--machine", metavar="NAME", help="Its machine, where the API has several.")
@click.option(
    "--param",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another parameter of the requests, such as a project. Repeatable.",
)
@click.option(
    "--for",
    "limit",
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="How long to watch at most: 90s, 10m, 1h.",
)
@click.option(
    "--token-env",
    default="JOBTWIN_TOKEN",
    show_default=True,
    metavar="NAME",
    help="The environment variable that holds the API's token.",
)
@click.option(
    "--token", hidden=True, expose_value=False, callback=_no_token, help="Refused, with the reason."
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what was seen as HAR, without the credentials.",
)
@judging
def verify(  # noqa: PLR0913 - one parameter a flag
    *,
    base: str,
    job: str,
    machine: str | None,
    given: tuple[str, ...],
    limit: str,
    token_env: str,
    record: Path | None,
    api: str | None,
    spec: Path | None,
    **flags: Any,
) -> None:
    """Watch one job of a live vendor, and hold every answer to the spec.

    Only GETs that read or list jobs are sent, at the pace that the vendor advises, until the job is
    final or the time is over; redirects are not followed. Ctrl-C ends it, too. Then what was found
    is told as by jobtwin judge, with the same exit codes; 1 also where the vendor would not answer.
    """
    if not api and not spec:
        raise click.UsageError("say which spec to hold the answers to, with --api or --spec")
    [held] = chosen(api, spec)
    _check_secrecy(base)
    subject = JobRef(job, machine, _parameters(given, held), _token(token_env))
    seconds = span(duration(limit)) / _SECOND
    try:
        asked = poll_requests(held, subject)
    except PollError as error:
        hint = f"; put it into {token_env}" if "credential" in str(error) else ""
        raise click.UsageError(f"{error}{hint}") from error
    recorder = Recorder(secret=[c.field for c in held.credentials.values()])
    watched = _watched(held, base, asked, recorder, seconds)
    kept = record is None or _kept(recorder, record)
    click.echo(in_a_line(recorder.mask(f"The watch is over: {watched.end}")), err=True)
    if watched.verdict.judged:
        tell(Report([watched.verdict], {}), mask=recorder.mask, **flags)
    else:
        click.echo("no answer came that can be judged", err=True)
    if watched.failed or not kept or not watched.verdict.judged:
        raise SystemExit(FOUND)


def _kept(recorder: Recorder, path: Path) -> bool:
    """Write what was seen; whether that could be: the findings are told in any case."""
    try:
        recorder.save(path)
    except OSError as error:
        click.echo(f"{path}: cannot be written: {error.strerror}", err=True)
        return False
    click.echo(f"{path}: {len(recorder)} exchanges", err=True)
    return True


def _watched(
    spec: Spec, base: str, asked: list[PollRequest], recorder: Recorder, seconds: float
) -> WatchResult:
    client = from_environment(
        lambda: httpx.Client(
            event_hooks=recorder.hooks,
            follow_redirects=False,
            # A proxy for the world outside knows no way back to this machine.
            trust_env=trusts_environment(base),
        )
    )
    runtime = Runtime(
        sleep=time.sleep,
        say=lambda line: click.echo(in_a_line(recorder.mask(line)), err=True),
        mask=recorder.mask,
    )
    # The last means against an answer whose headers never end.
    guard = Timer(min(seconds + _GRACE, TIMEOUT_MAX), client.close)
    guard.daemon = True
    guard.start()
    with client:
        try:
            return Watch(spec, base, asked, client, runtime).run(seconds)
        finally:
            guard.cancel()


def _check_secrecy(base: str) -> None:
    if base.startswith("http:") and trusts_environment(base):
        raise click.UsageError(
            f"{base} is not encrypted, and a token would be sent there; write https://"
        )


def _token(variable: str) -> str | None:
    token = os.environ.get(variable, "").strip()
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise click.UsageError(f"the token in {variable} may hold ASCII without spaces only")
    return token or None


def _parameters(given: tuple[str, ...], spec: Spec) -> Mapping[str, str]:
    secret = {scheme.field.lower() for scheme in spec.credentials.values()} | {"authorization"}
    found = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise click.UsageError("--param takes NAME=VALUE")
        if name.lower() in secret:
            raise click.UsageError(
                f"{name} carries the credential; put that into JOBTWIN_TOKEN, not into a flag"
            )
        found[name] = value
    return found
