"""`make docs-waiters`: runs the torture suite, and writes how it went into docs/."""

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

A waiter asks for a job until it has ended, and says how that went. Each is generated from the spec's \
state machine; they all run on the one engine of `jobwait/`, which knows no vendor.

```python
from jobclients.polaris.waiters import wait_for_job

job = wait_for_job(client, project_id=..., job_id=..., timeout=600)
```

`wait_for_…` returns the job or raises an error with the last snapshot, the states so far, the \
attempts and the time; `watch_…` goes through the snapshots; `resume_…` goes on, in another process, \
from what `to_json()` of a snapshot or an error returned. Each has a twin that awaits, `…_async`.
"""
LAW = """\
## The law

| what comes | what a waiter does |
|---|---|
| a final state | ends: returns the job, or raises `JobFailed`, `JobPartlyFailed` or `JobCancelled`; parts that failed are named, with their reasons |
| `until=` | ends at that state, too; any final one ends it all the same |
| the deadline, always finite | one last poll just before it, then `WaitTimeout` |
| a state on the way | asks again after a pause that grows, with full jitter above what the vendor advises |
| `Retry-After`, in seconds or as a date | does as it says, for ten minutes at most and not past the deadline; a date is compared with the server's own `Date` |
| a state that is to pass (`kind: transient`) | asks again soon, and less often if it does not pass |
| a state that nobody has described | warns once, goes on, gives up after twenty in a row: `ProtocolViolated` |
| no such job, before it was seen | puts up with that for half a minute: `JobNotFound` |
| no such job, after it was seen | looks once more: `JobExpired` |
| lost connections, time-outs, 408, 425, 5xx | tries again, eight times in a row: `TransportFailed` |
| a request that is not answered whole, however often a byte comes | is given up after half a minute, which counts as a time-out |
| 429, and 503 with `Retry-After` | waits, until the deadline |
| a redirect on the server that was asked | follows it, five times in a row |
| 202 without a body | the job is at work: asks again, until the deadline |
| any other 4xx, a redirect to another server | ends: `TransportFailed`, with the status and the vendor's words |
| an answer without the state: HTML, half the JSON, more than 32 MB, another job's | tries again, three times in a row: `ProtocolViolated` |
| a clock that jumps or stands still | counts what the clock says or what was slept, whichever is more; time never goes back |

All numbers are fields of `jobwait.Policy`. Errors name no credential, even where the server quotes it.
"""


def main() -> None:
    """Run each case against each waiter both ways; fail when one went otherwise than it must."""
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
"""How a case went with a waiter, blocking and awaiting."""


def name(waiter: Waiter) -> str:
    """Name a waiter as records do."""
    return f"{waiter[0].name}.{waiter[1].name}"


def both_ways(case: Case, waiter: Waiter) -> tuple[str, ...]:
    """How a case went, blocking and awaiting."""
    return tuple(torture.run(case, WaiterStage(*waiter, way)) for way in stage.WAYS)


def as_it_must(how: str) -> bool:
    """Whether nothing went wrong."""
    return how in (FINE, NEVER)


def mark(ways: Sequence[str]) -> str:
    """Both ways in a word."""
    if all(how == NEVER for how in ways):
        return NEVER
    return FINE if all(map(as_it_must, ways)) else "**✗**"


def page(went: Went, lived: Went) -> str:
    """The page: the waiters, their law, the cases with how they went, and how before a server."""
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
        "| job | waits with | ends as | pauses from, factor, to | how that is known |",
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

{len(cases)} cases, in the manner of the long-running-operation suite of Azure's autorest.testserver, \
against {len(waiters)} waiters, blocking and awaiting, each in front of its twin: {runs} runs, \
{wrong or "none"} of which went otherwise than it must. {FINE} went as it must both ways (only a task can be \
cancelled, and only who blocks cannot await), {NEVER} cannot happen to this waiter, whose machine or API lacks what it takes. kilnworks is no vendor: a spec \
among the tests, to show that a further one needs no Python.

These runs are in process. {len(able)} of the cases can be made by [faults](how-to-faults.md) as well: the column *by \
faults* tells how they went before a server, over sockets, with all the waiters that can have them: {served} runs, \
{spoilt or "none"} of which went otherwise. {NEVER} is a case that no fault makes, such as an answer of more than 32 MB.
[Waiters, compared](waiters-compared.md) shows azure-core's poller in the same cases.
"""


def _counted(waiters: Sequence[Waiter], cases: Sequence[Case], went: Went) -> tuple[int, int]:
    """How many runs there were, and how many went otherwise than they must."""
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
