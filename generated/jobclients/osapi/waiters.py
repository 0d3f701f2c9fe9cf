# Generated from specs/osapi.yaml by "make generate". Do not edit.
"""Waiters for the jobs of OSAPI Job Management API.

Each asks until its job has ended, and says how it went.

Whoever waits gets the job, or one of the errors of `jobwait`, which tells the last snapshot, the
states so far, the attempts and the time. What is told here about how often to ask says how that is
known: documented, published or assumed.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Collection, Iterator
from typing import Final
from uuid import UUID

import jobwait

from .api.jobs import get_job
from .client import AuthenticatedClient
from .models.job import Job

JOB: Final = jobwait.Lifecycle(
    name="osapi.job",
    key="id",
    states={
        "submitted": jobwait.State(kind="waiting"),
        "processing": jobwait.State(kind="active"),
        "completed": jobwait.State(kind="final", outcome="success"),
        "failed": jobwait.State(kind="final", outcome="failure"),
        "partial_failure": jobwait.State(kind="final", outcome="partial"),
    },
    policy=jobwait.Policy(first=0.5, at_most=5.0, factor=1.5, transient=0.5),
    advice="assumed: The vendor gives no advice; a client that it publishes asks every half second",
    messages=(("error",), ("message",)),
)
"""An operation for one agent or many.

Pauses are 0.5 s or longer, and grow 1.5-fold up to 5 s (assumed: The vendor gives no advice; a
client that it publishes asks every half second).
"""


def wait_for_job(
    client: AuthenticatedClient,
    *,
    id: UUID,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Job] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Job:
    """Wait for a job to end, and return it.

    An operation for one agent or many.

    Asks `getJob`.
    Pauses are 0.5 s or longer, and grow 1.5-fold up to 5 s (assumed: The vendor gives no
    advice; a client that it publishes asks every half second).
    It ends as: completed (success), failed (failure), partial_failure (partial).

    Args:
        timeout: Seconds until it gives up; `JOB.policy.deadline` when None.
        on_progress: Is called with a snapshot at each answer that tells the state.
        policy: How often to ask, and what to put up with; `JOB.policy` when None.
        until: A state, or several, to wait for; any final one still ends the wait.
        clock: Tells seconds since 1970.
        sleep: Sleeps so many seconds.
        rng: Draws a number from 0 to 1, for the jitter.

    Raises:
        jobwait.JobFailed: It failed; a JobPartlyFailed if some parts of it did not.
        jobwait.JobCancelled: Somebody called it off.
        jobwait.JobNotFound: There is no such job.
        jobwait.JobExpired: It was seen, and is gone.
        jobwait.WaitTimeout: The time is over.
        jobwait.TransportFailed: The server cannot be reached, fails, or refuses to answer.
        jobwait.ProtocolViolated: The server's answers are not those that were described.
    """
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.wait(client, _job(id=id), options, on_progress, sleep)


async def wait_for_job_async(
    client: AuthenticatedClient,
    *,
    id: UUID,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Job] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> Job:
    """As `wait_for_job`; what `sleep` and `on_progress` return is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    target = _job(id=id)
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def watch_job(
    client: AuthenticatedClient,
    *,
    id: UUID,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Iterator[jobwait.Snapshot[Job]]:
    """Go through the snapshots of a job; the last one holds the job.

    It waits and ends as `wait_for_job` does, and raises the same errors.
    """
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch(client, _job(id=id), options, sleep)


def watch_job_async(
    client: AuthenticatedClient,
    *,
    id: UUID,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> AsyncIterator[jobwait.Snapshot[Job]]:
    """As `watch_job`; what `sleep` returns is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch_async(client, _job(id=id), options, sleep)


def resume_job(
    client: AuthenticatedClient,
    document: str | bytes,
    *,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Job] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] | None = None,
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Job:
    """Go on with a wait from what a snapshot's, or an error's, `to_json()` returned.

    Time since then counts. Without `timeout` the wait ends when it would have; with it, so many
    seconds from now. `policy` and `until` are as they were, unless they are given.

    Raises:
        jobwait.ResumeRefused: The document is none of this waiter's; it says where and why.
    """
    record, target = _job_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return jobwait.wait(client, target, options, on_progress, sleep)


async def resume_job_async(
    client: AuthenticatedClient,
    document: str | bytes,
    *,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Job] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] | None = None,
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> Job:
    """As `resume_job`; what `sleep` and `on_progress` return is awaited if it can be."""
    record, target = _job_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def _job(id: UUID) -> jobwait.Target[Job]:
    """Say how one job is asked for, and where the answers say what."""
    return jobwait.Target(
        JOB,
        ids={"id": id},
        whole=jobwait.Call(
            view=jobwait.View(
                state=("status",),
                id=("id",),
                reasons=(("error",),),
                log=(("timeline",), ("message",)),
                parts=(
                    jobwait.Parts(
                        kind="agents",
                        at=("agent_states",),
                        states={
                            "submitted": jobwait.State(kind="waiting"),
                            "acknowledged": jobwait.State(kind="active"),
                            "started": jobwait.State(kind="active"),
                            "completed": jobwait.State(kind="final", outcome="success"),
                            "failed": jobwait.State(kind="final", outcome="failure"),
                        },
                        view=jobwait.View(state=("status",), reasons=(("error",),)),
                    ),
                ),
            ),
            request=get_job._get_kwargs(id=id),
            model=Job.from_dict,
        ),
    )


def _job_again(document: str | bytes) -> tuple[jobwait.Record, jobwait.Target[Job]]:
    """Read a document, and say how its job is asked for."""
    names = ["id"]
    record = jobwait.recorded(document, JOB, names)
    try:
        return record, _job(id=UUID(str(record.ids["id"])))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
