"""`make docs-waiters`: runs the torture suite and writes its results to docs/."""

import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from jobcall import UnknownValueWarning
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobwait import Lifecycle
from tests.waiters import live, stage, torture
from tests.waiters.stage import WaiterStage
from tests.waiters.torture import FINE, NEVER, Case

PAGE = Path(__file__).parents[2] / "docs" / "waiters.md"
HEAD = """\
<!-- Made by `make docs-waiters` from a run of tests/waiters/. Do not edit. -->

# Waiters

A waiter polls a job until it has ended, and returns or raises the result. Each waiter is \
generated from the spec's state machine; all use the same engine, `jobwait/`, which contains \
nothing about a vendor.

```python
from jobclients.polaris.waiters import wait_for_job

job = wait_for_job(client, project_id=..., job_id=..., timeout=600)
```

`wait_for_…` returns the job or raises an error with the last snapshot, the states, the number of \
attempts and the elapsed time. `watch_…` yields the snapshots. `resume_…` continues, in another \
process, from the result of `to_json()` of a snapshot or an error. Each has an asynchronous \
version, `…_async`.
"""
LAW = """\
## Guarantees

| response | reaction |
|---|---|
| a final state | returns the job, or raises `JobFailed`, `JobPartlyFailed` or `JobCancelled`; \
the error lists failed parts with their reasons |
| a state given by `until=` | returns the job; a final state still ends the wait |
| none before the deadline, which is always finite | polls a last time just before it, then \
raises `WaitTimeout` |
| a state that is not final | polls again with exponential backoff, and full jitter above the \
vendor's advice |
| `Retry-After`, in seconds or as a date | waits that long, at most ten minutes and not past the \
deadline; a date is compared with the server's own `Date` |
| a temporary state (`kind: transient`) | polls again soon, then less and less often |
| an undocumented state | warns once and continues; raises `ProtocolViolated` after twenty in a \
row |
| 404 before the job was seen | retries for half a minute, then raises `JobNotFound` |
| 404 after the job was seen | retries once, then raises `JobExpired` |
| lost connections, timeouts, 408, 425, 5xx | retries eight times in a row, then raises \
`TransportFailed` |
| a response that is incomplete after half a minute, even if bytes keep arriving | cancels the \
request, as on a timeout |
| 429, and 503 with `Retry-After` | waits, until the deadline |
| a redirect on the same server | follows it, five times in a row |
| 202 without a body | polls again, until the deadline |
| a status that stands for a state, if the API shows the state by its statuses | takes it for \
the state; the result may be JSON, text, bytes, or behind a redirect on the same server |
| any other 4xx, a redirect to another server | raises `TransportFailed`, with the status and the \
vendor's message |
| a response without the state: HTML, truncated JSON, more than 32 MB, another job | retries \
three times in a row, then raises `ProtocolViolated` |
| a clock that jumps or stands still | counts the clock's time or the time slept, whichever is \
longer; time never goes back |

All numbers are fields of `jobwait.Policy`. Errors contain no credential, even if the server's \
response does.
"""


def main() -> None:
    """Run each case with each waiter, sync and async; fail if any result is unexpected."""
    logging.getLogger("jobwait").addHandler(logging.NullHandler())
    warnings.simplefilter("ignore", UnknownValueWarning)
    with stage.fifth():
        waiters = stage.waiters()
        specs = {spec.name: spec for spec, _ in waiters}
        runs = [(waiter, case) for waiter in waiters for _, case in torture.cases()]
        went = {(name(waiter), case.name): both_ways(case, waiter) for waiter, case in runs}
        with live.served([*specs.values()]) as server:
            lived = {
                (name(waiter), case.name): tuple(
                    live.run(case, server, waiter, way) for way in stage.WAYS
                )
                for waiter, case in runs
            }
        text = page(
            lambda waiter, case: went[name(waiter), case.name],
            lambda waiter, case: lived[name(waiter), case.name],
        )
        PAGE.write_text(text, encoding="utf-8")
    each = [*went.items(), *lived.items()]
    wrong = [(*key, how) for key, ways in each for how in ways if not as_it_must(how)]
    sys.exit("\n".join(map(", ".join, wrong)) or None)


Waiter = tuple[Spec, Machine]
Went = Callable[[Waiter, Case], Sequence[str]]
"""Results of a case with a waiter, sync and async."""


def name(waiter: Waiter) -> str:
    """Returns the waiter's name, as in records."""
    return f"{waiter[0].name}.{waiter[1].name}"


def both_ways(case: Case, waiter: Waiter) -> tuple[str, ...]:
    """Returns the results of a case, sync and async."""
    return tuple(torture.run(case, WaiterStage(*waiter, way)) for way in stage.WAYS)


def as_it_must(how: str) -> bool:
    """True if a result is as expected."""
    return how in (FINE, NEVER)


def mark(ways: Sequence[str]) -> str:
    """Returns one mark for both results."""
    if all(how == NEVER for how in ways):
        return NEVER
    return FINE if all(map(as_it_must, ways)) else "**✗**"


def page(went: Went, lived: Went) -> str:
    """Returns the page: the waiters, their guarantees, and the results in process and live."""
    waiters = stage.waiters()
    boards = [
        f"### {group}\n\n{_board(cases, waiters, went, lived)}"
        for group, cases in torture.TABLE.items()
    ]
    intro = _intro(waiters, went, lived)
    return "\n".join([HEAD, _listed(waiters), LAW, intro, "\n\n".join(boards), ""])


def _listed(waiters: Sequence[Waiter]) -> str:
    rows = [
        "## The waiters",
        "",
        "| job | waiter | final states | first pause, factor, maximum | evidence |",
        "|---|---|---|---|---|",
    ]
    for spec, machine in waiters:
        own = WaiterStage(spec, machine, "sync")
        life: Lifecycle = own.life
        ends = ", ".join(f"`{state}`" for state, s in life.states.items() if s.outcome)
        policy = life.policy
        numbers = f"{policy.first:g} s, {policy.factor:g}, {policy.at_most:g} s"
        call = f"`jobclients.{spec.name}.waiters.wait_for_{own.name}`"
        rows.append(f"| `{life.name}` | {call} | {ends} | {numbers} | {life.advice} |")
    return "\n".join([*rows, ""])


def _intro(waiters: Sequence[Waiter], went: Went, lived: Went) -> str:
    cases = [case for _, case in torture.cases()]
    runs, wrong = _counted(waiters, cases, went)
    served, spoilt = _counted(waiters, cases, lived)
    able = [c for c in cases if any(how != NEVER for w in waiters for how in lived(w, c))]
    return f"""\
## The torture suite

{len(cases)} cases, modelled on the long-running-operation suite of Azure's autorest.testserver, run \
against {len(waiters)} waiters, blocking and asynchronous, each with its twin: {runs} runs, \
{wrong or "none"} of which failed. {FINE} passed both ways (some cases are only possible one way, such as cancelling \
a task); {NEVER} is impossible for this waiter's machine or API. kilnworks is not a vendor but a spec of the tests.

These runs are in process. {len(able)} of the cases can be made by [faults](how-to-faults.md) as well. The column *by \
faults* has their results with a server, over sockets: {served} runs, {spoilt or "none"} of which failed. \
{NEVER} is a case that no fault makes, such as a response of more than 32 MB.
[Waiters, compared](waiters-compared.md) shows azure-core's poller in the same cases.
"""


def _counted(waiters: Sequence[Waiter], cases: Sequence[Case], went: Went) -> tuple[int, int]:
    """Returns the number of runs and of unexpected results."""
    how = [how for waiter in waiters for case in cases for how in went(waiter, case)]
    return sum(each != NEVER for each in how), len(how) - sum(map(as_it_must, how))


def _board(cases: Sequence[Case], waiters: Sequence[Waiter], went: Went, lived: Went) -> str:
    names = [f"{name(waiter).replace('.', ' ')}" for waiter in waiters]
    rows = [["case", "ends as", *names, "by faults"], ["---"] * 2 + [":-:"] * (len(waiters) + 1)]
    for case in cases:
        ends = f"`{case.ends.__name__}`" if case.ends else "the job"
        server = mark([how for waiter in waiters for how in lived(waiter, case)])
        marks = [mark(went(waiter, case)) for waiter in waiters]
        rows.append([case.name, ends, *marks, server])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    main()
