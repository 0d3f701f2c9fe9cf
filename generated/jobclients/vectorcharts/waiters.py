# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
"""Waiters for the jobs of VectorCharts OEM Portal API.

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

import jobwait

from .api.jobs import list_jobs
from .api.uploads import get_upload
from .client import AuthenticatedClient
from .models.job import Job
from .models.upload import Upload

JOB: Final = jobwait.Lifecycle(
    name="vectorcharts.job",
    key="job_id",
    states={
        "pending": jobwait.State(kind="waiting"),
        "running": jobwait.State(kind="active"),
        "completed": jobwait.State(kind="final", outcome="success"),
        "failed": jobwait.State(kind="final", outcome="failure"),
        "cancelled": jobwait.State(kind="final", outcome="cancelled"),
    },
    policy=jobwait.Policy(first=2.0, at_most=60.0, factor=1.5, transient=2.0),
    advice="assumed: the spec gives no advice, so these are jobwait's own numbers",
    messages=(("error",),),
)
"""A piece of background work, done in steps.

Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice, so
these are jobwait's own numbers).
"""


def wait_for_job(
    client: AuthenticatedClient,
    *,
    job_id: str,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Job] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Job:
    """Wait for a job to end, and return it.

    A piece of background work, done in steps.

    Asks `listJobs`.
    Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice,
    so these are jobwait's own numbers).
    It ends as: completed (success), failed (failure), cancelled (cancelled).

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
    return jobwait.wait(client, _job(job_id=job_id), options, on_progress, sleep)


async def wait_for_job_async(
    client: AuthenticatedClient,
    *,
    job_id: str,
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
    target = _job(job_id=job_id)
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def watch_job(
    client: AuthenticatedClient,
    *,
    job_id: str,
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
    return jobwait.watch(client, _job(job_id=job_id), options, sleep)


def watch_job_async(
    client: AuthenticatedClient,
    *,
    job_id: str,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> AsyncIterator[jobwait.Snapshot[Job]]:
    """As `watch_job`; what `sleep` returns is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch_async(client, _job(job_id=job_id), options, sleep)


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


def _job(job_id: str) -> jobwait.Target[Job]:
    """Say how one job is asked for, and where the answers say what."""
    return jobwait.Target(
        JOB,
        ids={"job_id": job_id},
        whole=jobwait.Call(
            view=jobwait.View(
                state=("jobState",),
                id=("id",),
                fraction=("percentComplete",),
                all=100.0,
                log=(("logs",), ("message",)),
                parts=(
                    jobwait.Parts(
                        kind="steps",
                        at=("steps",),
                        states={
                            "pending": jobwait.State(kind="waiting"),
                            "running": jobwait.State(kind="active"),
                            "completed": jobwait.State(kind="final", outcome="success"),
                            "failed": jobwait.State(kind="final", outcome="failure"),
                            "cancelled": jobwait.State(kind="final", outcome="cancelled"),
                        },
                        view=jobwait.View(state=("status",), id=("id",), reasons=(("error",),)),
                        name=("stepName",),
                    ),
                ),
            ),
            pages=jobwait.Pages(
                request=lambda skipped: list_jobs._get_kwargs(limit=200, offset=skipped),
                items=("jobs",),
                limit=200,
                total=("pagination", "total"),
            ),
            model=Job.from_dict,
        ),
    )


def _job_again(document: str | bytes) -> tuple[jobwait.Record, jobwait.Target[Job]]:
    """Read a document, and say how its job is asked for."""
    names = ["job_id"]
    record = jobwait.recorded(document, JOB, names)
    try:
        return record, _job(job_id=str(record.ids["job_id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error


UPLOAD: Final = jobwait.Lifecycle(
    name="vectorcharts.upload",
    key="id",
    states={
        "pending": jobwait.State(kind="waiting"),
        "processing": jobwait.State(kind="active"),
        "succeeded": jobwait.State(kind="final", outcome="success"),
        "failed": jobwait.State(kind="final", outcome="failure"),
        "cancelled": jobwait.State(kind="final", outcome="cancelled"),
    },
    policy=jobwait.Policy(first=2.0, at_most=60.0, factor=1.5, transient=2.0),
    advice="assumed: the spec gives no advice, so these are jobwait's own numbers",
    messages=(("error",),),
)
"""A file of charts that an account has brought along.

Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice, so
these are jobwait's own numbers).
"""


def wait_for_upload(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Upload] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Upload:
    """Wait for a job to end, and return it.

    A file of charts that an account has brought along.

    Asks `getUpload`.
    Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice,
    so these are jobwait's own numbers).
    It ends as: succeeded (success), failed (failure), cancelled (cancelled).

    Args:
        timeout: Seconds until it gives up; `UPLOAD.policy.deadline` when None.
        on_progress: Is called with a snapshot at each answer that tells the state.
        policy: How often to ask, and what to put up with; `UPLOAD.policy` when None.
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
    return jobwait.wait(client, _upload(id=id), options, on_progress, sleep)


async def wait_for_upload_async(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Upload] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> Upload:
    """As `wait_for_upload`; what `sleep` and `on_progress` return is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    target = _upload(id=id)
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def watch_upload(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Iterator[jobwait.Snapshot[Upload]]:
    """Go through the snapshots of a job; the last one holds the job.

    It waits and ends as `wait_for_upload` does, and raises the same errors.
    """
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch(client, _upload(id=id), options, sleep)


def watch_upload_async(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> AsyncIterator[jobwait.Snapshot[Upload]]:
    """As `watch_upload`; what `sleep` returns is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch_async(client, _upload(id=id), options, sleep)


def resume_upload(
    client: AuthenticatedClient,
    document: str | bytes,
    *,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Upload] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] | None = None,
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Upload:
    """Go on with a wait from what a snapshot's, or an error's, `to_json()` returned.

    Time since then counts. Without `timeout` the wait ends when it would have; with it, so many
    seconds from now. `policy` and `until` are as they were, unless they are given.

    Raises:
        jobwait.ResumeRefused: The document is none of this waiter's; it says where and why.
    """
    record, target = _upload_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return jobwait.wait(client, target, options, on_progress, sleep)


async def resume_upload_async(
    client: AuthenticatedClient,
    document: str | bytes,
    *,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Upload] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] | None = None,
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> Upload:
    """As `resume_upload`; what `sleep` and `on_progress` return is awaited if it can be."""
    record, target = _upload_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def _upload(id: int) -> jobwait.Target[Upload]:
    """Say how one job is asked for, and where the answers say what."""
    return jobwait.Target(
        UPLOAD,
        ids={"id": id},
        whole=jobwait.Call(
            view=jobwait.View(state=("status",), id=("id",), log=(("logs",), ("message",))),
            request=get_upload._get_kwargs(id=id),
            job=("upload",),
            model=Upload.from_dict,
        ),
    )


def _upload_again(document: str | bytes) -> tuple[jobwait.Record, jobwait.Target[Upload]]:
    """Read a document, and say how its job is asked for."""
    names = ["id"]
    record = jobwait.recorded(document, UPLOAD, names)
    try:
        return record, _upload(id=int(record.ids["id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
