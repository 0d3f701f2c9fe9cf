# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
"""Waiters for the jobs of VectorCharts OEM Portal API.

Each polls a job until it ends. It returns the job, or raises one of the errors of `jobwait`, which
hold the last snapshot, the states so far, the attempts and the time. Advice on how often to poll
is marked as documented, published or assumed.

All take the options of `jobwait.WaitOptions` as keyword arguments; watchers take those of
`jobwait.WatchOptions`, which are the same without `on_progress`.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Final, Unpack

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
    advice="assumed: the spec gives no advice, these are the defaults of jobwait",
    messages=(("error",),),
)
"""A piece of background work, done in steps.

Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice, these
are the defaults of jobwait).
"""


def wait_for_job(
    client: AuthenticatedClient,
    *,
    job_id: str,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """Wait for a job to end, and return it.

    A piece of background work, done in steps.

    Polls `listJobs`.
    Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice,
    these are the defaults of jobwait).
    Final states: completed (success), failed (failure), cancelled (cancelled).

    Args:
        timeout: Seconds until it gives up; `JOB.policy.deadline` by default.
        on_progress: Is called with a snapshot after each response that shows the state.
        policy: How often to poll, and which failures to tolerate; `JOB.policy` by default.
        until: A state, or several, to wait for; any final state still ends the wait.
        clock: Returns the seconds since 1970; the machine's time by default.
        sleep: Sleeps for some seconds; `time.sleep` by default.
        callbacks: Where callbacks arrive; the wait goes on by whatever comes first.
        rng: Returns a number from 0 to 1, for the jitter; `random.random` by default.

    Raises:
        jobwait.JobFailed: The job failed; a JobPartlyFailed if only some of its parts did.
        jobwait.JobCancelled: The job was cancelled.
        jobwait.JobNotFound: The job does not exist.
        jobwait.JobExpired: The job was seen, and no longer exists.
        jobwait.WaitTimeout: The timeout has passed.
        jobwait.TransportFailed: The server cannot be reached, fails, or refuses the request.
        jobwait.ProtocolViolated: The responses are not as documented.
    """
    return jobwait.wait(client, _job(job_id=job_id), **options)


async def wait_for_job_async(
    client: AuthenticatedClient,
    *,
    job_id: str,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """As `wait_for_job`, async; `sleep` and `on_progress` may return awaitables."""
    return await jobwait.wait_async(client, _job(job_id=job_id), **options)


def watch_job(
    client: AuthenticatedClient,
    *,
    job_id: str,
    **options: Unpack[jobwait.WatchOptions],
) -> Iterator[jobwait.Snapshot[Job]]:
    """Iterate over the snapshots of a job; the last one holds the job.

    It takes the options of `wait_for_job` except `on_progress`, and raises the same errors.
    """
    return jobwait.watch(client, _job(job_id=job_id), **options)


def watch_job_async(
    client: AuthenticatedClient,
    *,
    job_id: str,
    **options: Unpack[jobwait.WatchOptions],
) -> AsyncIterator[jobwait.Snapshot[Job]]:
    """As `watch_job`, async; `sleep` may return an awaitable."""
    return jobwait.watch_async(client, _job(job_id=job_id), **options)


def resume_job(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """Continue a wait from the document that `to_json()` of a snapshot or an error returned.

    The time in between counts. `timeout` counts from now; without it, the first deadline holds.
    `policy` and `until` stay as they were unless given. The other options are those of
    `wait_for_job`.

    Raises:
        jobwait.ResumeRefused: The document is not one of this waiter; the error says where and why.
    """
    record, target = _job_again(document)
    return jobwait.wait(client, target, record, **options)


async def resume_job_async(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """As `resume_job`, async; `sleep` and `on_progress` may return awaitables."""
    record, target = _job_again(document)
    return await jobwait.wait_async(client, target, record, **options)


def _job(job_id: str) -> jobwait.Target[Job]:
    """Describe how one job is polled, and the fields of the responses."""
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
    """Read a document, and describe how its job is polled."""
    names = ["job_id"]
    record = jobwait.recorded(document, JOB, names)
    try:
        target = _job(job_id=str(record.ids["job_id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
    return record, target


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
    advice="assumed: the spec gives no advice, these are the defaults of jobwait",
    messages=(("error",),),
)
"""A file of charts uploaded by an account.

Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice, these
are the defaults of jobwait).
"""


def wait_for_upload(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WaitOptions[Upload]],
) -> Upload:
    """Wait for a job to end, and return it.

    A file of charts uploaded by an account.

    Polls `getUpload`.
    Pauses are 2 s or longer, and grow 1.5-fold up to 60 s (assumed: the spec gives no advice,
    these are the defaults of jobwait).
    Final states: succeeded (success), failed (failure), cancelled (cancelled).

    Args:
        timeout: Seconds until it gives up; `UPLOAD.policy.deadline` by default.
        on_progress: Is called with a snapshot after each response that shows the state.
        policy: How often to poll, and which failures to tolerate; `UPLOAD.policy` by default.
        until: A state, or several, to wait for; any final state still ends the wait.
        clock: Returns the seconds since 1970; the machine's time by default.
        sleep: Sleeps for some seconds; `time.sleep` by default.
        callbacks: Where callbacks arrive; the wait goes on by whatever comes first.
        rng: Returns a number from 0 to 1, for the jitter; `random.random` by default.

    Raises:
        jobwait.JobFailed: The job failed; a JobPartlyFailed if only some of its parts did.
        jobwait.JobCancelled: The job was cancelled.
        jobwait.JobNotFound: The job does not exist.
        jobwait.JobExpired: The job was seen, and no longer exists.
        jobwait.WaitTimeout: The timeout has passed.
        jobwait.TransportFailed: The server cannot be reached, fails, or refuses the request.
        jobwait.ProtocolViolated: The responses are not as documented.
    """
    return jobwait.wait(client, _upload(id=id), **options)


async def wait_for_upload_async(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WaitOptions[Upload]],
) -> Upload:
    """As `wait_for_upload`, async; `sleep` and `on_progress` may return awaitables."""
    return await jobwait.wait_async(client, _upload(id=id), **options)


def watch_upload(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WatchOptions],
) -> Iterator[jobwait.Snapshot[Upload]]:
    """Iterate over the snapshots of a job; the last one holds the job.

    It takes the options of `wait_for_upload` except `on_progress`, and raises the same errors.
    """
    return jobwait.watch(client, _upload(id=id), **options)


def watch_upload_async(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WatchOptions],
) -> AsyncIterator[jobwait.Snapshot[Upload]]:
    """As `watch_upload`, async; `sleep` may return an awaitable."""
    return jobwait.watch_async(client, _upload(id=id), **options)


def resume_upload(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[Upload]],
) -> Upload:
    """Continue a wait from the document that `to_json()` of a snapshot or an error returned.

    The time in between counts. `timeout` counts from now; without it, the first deadline holds.
    `policy` and `until` stay as they were unless given. The other options are those of
    `wait_for_upload`.

    Raises:
        jobwait.ResumeRefused: The document is not one of this waiter; the error says where and why.
    """
    record, target = _upload_again(document)
    return jobwait.wait(client, target, record, **options)


async def resume_upload_async(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[Upload]],
) -> Upload:
    """As `resume_upload`, async; `sleep` and `on_progress` may return awaitables."""
    record, target = _upload_again(document)
    return await jobwait.wait_async(client, target, record, **options)


def _upload(id: int) -> jobwait.Target[Upload]:
    """Describe how one job is polled, and the fields of the responses."""
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
    """Read a document, and describe how its job is polled."""
    names = ["id"]
    record = jobwait.recorded(document, UPLOAD, names)
    try:
        target = _upload(id=int(record.ids["id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
    return record, target
