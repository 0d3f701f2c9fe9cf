"""`jobtwin verify`: checks a live vendor against its spec. It only sends reads."""

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
from jobtwin.judge.checker import JudgeReport
from jobtwin.judge.formats import in_a_line
from jobtwin.judge.poll_requests import JobRef, PollError, PollRequest, poll_requests
from jobtwin.judge.traffic.recording import Recorder
from jobtwin.judge.watch import Runtime, Watch, WatchResult
from jobtwin.openapi import Spec
from jobtwin.openapi.times import span

_SECOND = 1_000_000
_GRACE = 1.0
"""Seconds after the limit after which connections are closed."""


def _no_token(_context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise click.UsageError(
            "A token on the command line is visible in the shell's history and the process list. "
            "Set the environment variable JOBTWIN_TOKEN, or name another with --token-env."
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
    help="The API's base URL.",
)
@click.option("--id", "job", metavar="ID", required=True, help="Job to watch.")
@click.option("--machine", metavar="NAME", help="The job's machine, if the API has several.")
@click.option(
    "--param",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another request parameter, such as a project. Repeatable.",
)
@click.option(
    "--for",
    "limit",
    default="10m",
    show_default=True,
    metavar="DURATION",
    help="Watch for at most this long: 90s, 10m, 1h.",
)
@click.option(
    "--token-env",
    default="JOBTWIN_TOKEN",
    show_default=True,
    metavar="NAME",
    help="Environment variable with the API's token.",
)
@click.option(
    "--token",
    hidden=True,
    expose_value=False,
    callback=_no_token,
    help="Not supported; explains why.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the exchanges as HAR, with credentials masked.",
)
@judging
def verify(  # noqa: PLR0913 - one parameter per flag
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
    """Poll one job of a live vendor, and check every response against the spec.

    Only sends GET requests that read or list jobs, at the vendor's recommended pace, until the job
    has ended, the time is over, or you press Ctrl-C. Redirects are not followed. Findings and exit
    codes are those of jobtwin judge; the exit code is also 1 if the vendor does not respond.
    """
    if not api and not spec:
        raise click.UsageError("Choose a spec with --api or --spec.")
    [held] = chosen(api, spec)
    _check_secrecy(base)
    subject = JobRef(job, machine, _parameters(given, held), _token(token_env))
    seconds = span(duration(limit)) / _SECOND
    asked = _poll_requests(held, subject, token_env)
    recorder = Recorder(secret=[c.field for c in held.credentials.values()])
    watched = _watched(held, base, asked, recorder, seconds)
    kept = record is None or _kept(recorder, record)
    click.echo(in_a_line(recorder.mask(f"The watch is over: {watched.end}")), err=True)
    if watched.verdict.judged:
        tell(JudgeReport([watched.verdict], {}), mask=recorder.mask, **flags)
    else:
        click.echo("No response could be judged.", err=True)
    if watched.failed or not kept or not watched.verdict.judged:
        raise SystemExit(FOUND)


def _kept(recorder: Recorder, path: Path) -> bool:
    """Writes the recording. False if that failed, in which case the findings are still printed."""
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
            # A proxy cannot reach this machine.
            trust_env=trusts_environment(base),
        )
    )
    runtime = Runtime(
        sleep=time.sleep,
        say=lambda line: click.echo(in_a_line(recorder.mask(line)), err=True),
        mask=recorder.mask,
    )
    # Closing the client is the only way to stop headers that never end.
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
            f"{base} is not encrypted, so the token could be read on the way. Use https://."
        )


def _token(variable: str) -> str | None:
    token = os.environ.get(variable, "").strip()
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise click.UsageError(f"The token in {variable} must be ASCII without spaces.")
    return token or None


def _parameters(given: tuple[str, ...], spec: Spec) -> Mapping[str, str]:
    secret = {scheme.field.lower() for scheme in spec.credentials.values()} | {"authorization"}
    found = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise click.UsageError("Write --param as NAME=VALUE.")
        if name.lower() in secret:
            raise click.UsageError(
                f"{name} carries the credential. Set JOBTWIN_TOKEN instead of using a flag."
            )
        found[name] = value
    return found


def _poll_requests(spec: Spec, subject: JobRef, token_env: str) -> list[PollRequest]:
    try:
        return poll_requests(spec, subject)
    except PollError as error:
        hint = f"; set {token_env}" if "requires a credential" in str(error) else ""
        raise click.UsageError(f"{error}{hint}") from error
