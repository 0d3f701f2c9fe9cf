"""`python -m tests.waiters.compared`: azure-core's poller on the same cases, by faults of a server.

Writes docs/waiters-compared.md. Not part of the tests, as another version may behave differently.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import azure.core
from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    RedirectPolicy,
    RequestIdPolicy,
    RetryPolicy,
)
from azure.core.pipeline.transport import RequestsTransport
from azure.core.polling import LROPoller
from azure.core.polling.base_polling import LROBasePolling
from azure.core.rest import HttpRequest

from jobtwin.http import base_path
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec, load_all
from jobtwin.server import Server
from jobwait import WaitTimeout
from tests.waiters import live, stage, torture
from tests.waiters.live import PATIENCE, LiveStage
from tests.waiters.torture import DAY, FINE, Case
from tests.waiters.trouble import fault_of

SPEC = Path(__file__).parents[1] / "answers" / "operations.yaml"
PAGE = Path(__file__).parents[2] / "docs" / "waiters-compared.md"
INTERVAL = 5
"""Seconds between polls if the server does not say."""

HEAD = """\
<!-- Made by `python -m tests.waiters.compared`. Do not edit. -->

# Waiters, compared

azure-core {version} has a well-known poller, `LROPoller` with `LROBasePolling`. This page \
compares it with a generated waiter in those cases of [the torture suite](waiters.md) that faults \
can make. Both poll the same long-running operation by `Operation-Location`, on the same server, \
over sockets. azure-core has its usual policies for redirects and retries, and {interval} seconds \
between polls.

{FINE} is the expected result: the job, or the expected error. An error in bold is not one of \
azure-core's own. The two have different purposes, so not every difference is a defect of \
azure-core: it has no deadline, leaves unknown states to the vendor, and reads only the state of \
a job.

Of {cases} cases, the waiter passes {ours}, azure-core {theirs}.
"""


class StillPolling(Exception):
    """The poller has run for a day on the twin's clock, or polled a thousand times."""


class ClockedTransport(RequestsTransport):  # type: ignore[misc]  # azure-core leaves it untyped
    """azure-core's own transport, with a sleep that moves the twin's clock."""

    def __init__(self, stage: LiveStage, **settings: Any) -> None:
        super().__init__(**settings)
        self._stage = stage
        self._sent = 0

    def sleep(self, duration: float) -> None:
        """Move the clock."""
        self._stage.sleep(duration)

    def send(self, request: Any, **settings: Any) -> Any:
        """Send a request; raises StillPolling if there are too many."""
        self._sent += 1
        if self._sent > 1000 or sum(self._stage.slept) > DAY:
            raise StillPolling
        return super().send(request, **settings)


def poller(case: Case, server: Server, waiter: tuple[Spec, Machine]) -> str:
    """Returns FINE if azure-core passes the case, otherwise a description of its result."""
    its_stage = LiveStage(server, *waiter, "sync")
    its_stage.born(ended=True)
    its_stage.script, its_stage.then = [], None
    url = server.root + base_path(waiter[0])
    faults = (fault_of(each, its_stage) or {} for each in (*case.script, case.then))
    late = any("delay" in fault for fault in faults)
    transport = ClockedTransport(its_stage, **({"read_timeout": PATIENCE} if late else {}))
    policies = [RequestIdPolicy(), ContentDecodePolicy(), RedirectPolicy(), RetryPolicy()]
    client: Any = PipelineClient(url, transport=transport, policies=policies)
    answer = client._pipeline.run(HttpRequest("POST", f"{url}/by-operation"))  # noqa: SLF001 - generated clients do the same
    job = its_stage.sandbox.jobs(its_stage.machine)[-1]
    its_stage.sandbox.finish(job)
    its_stage.script, its_stage.then = list(case.script), case.then
    try:
        LROPoller(
            client, answer, lambda it: it.http_response.json(), LROBasePolling(timeout=INTERVAL)
        ).result()
    except StillPolling:
        return FINE if case.ends is WaitTimeout else "polls for ever"
    except AzureError as error:
        return FINE if case.ends not in (None, WaitTimeout) else _told(error)
    except Exception as error:  # noqa: BLE001 - every error is reported
        return f"**{_told(error)}**"
    return FINE if case.ends is None else "returns the job"


def _told(error: BaseException) -> str:
    return f"`{type(error).__name__}`"


def compared() -> Iterator[tuple[str, Case, str, str]]:
    """Yields every case possible for both, with its group and both results."""
    [spec] = load_all([SPEC])
    waiter = spec, spec.jobs["operation"]
    with live.served([spec]) as server:
        for group, case in torture.cases():
            if _is_alike(case, waiter):
                ours = live.run(case, server, waiter, "sync")
                yield group, case, ours, poller(case, server, waiter)


def _is_alike(case: Case, waiter: tuple[Spec, Machine]) -> bool:
    """True if a case uses no feature that only our waiters have, such as callbacks."""
    own = stage.WaiterStage(*waiter, "sync")
    own.born()
    options = not case.options.keys() - {"timeout"} and 1 < case.options.get("timeout", 2) < DAY
    plain = case.until is None and not case.jumps and case.play in (None, torture._warned)  # noqa: SLF001 - the same suite
    if not (options and plain and live.can(case, own)):
        return False
    # The API takes no credential, so no client can mask one.
    return all(own.token not in str(fault_of(each, own)) for each in (*case.script, case.then))


def page(rows: list[tuple[str, Case, str, str]]) -> str:
    """Returns the page's text."""
    lines = [
        HEAD.format(
            version=azure.core.__version__,
            interval=INTERVAL,
            FINE=FINE,
            cases=len(rows),
            ours=sum(ours == FINE for _, _, ours, _ in rows),
            theirs=sum(theirs == FINE for *_, theirs in rows),
        )
    ]
    by_group: dict[str, list[str]] = {}
    for group, case, ours, theirs in rows:
        ends = f"`{case.ends.__name__}`" if case.ends else "the job"
        by_group.setdefault(group, []).append(f"| {case.name} | {ends} | {ours} | {theirs} |")
    for group, listed in by_group.items():
        head = "| case | ends as | the waiter | azure-core |\n| --- | --- | :-: | :-: |"
        lines.append("\n".join([f"## {group}\n", head, *listed, ""]))
    return "\n".join(lines)


def main() -> None:
    """Run the table, and write the page."""
    logging.getLogger("jobwait").addHandler(logging.NullHandler())
    with stage.fifth([SPEC]):
        PAGE.write_text(page(list(compared())), encoding="utf-8")


if __name__ == "__main__":
    main()
