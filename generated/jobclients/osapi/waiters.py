# Generated from specs/osapi.yaml by "make generate". Do not edit.
"""Waiters for the jobs of OSAPI Job Management API.

Each polls a job until it ends. It returns the job, or raises one of the errors of `jobwait`, which
hold the last snapshot, the states so far, the attempts and the time. Advice on how often to poll
is marked as documented, published or assumed.

All take the options of `jobwait.WaitOptions` as keyword arguments; watchers take those of
`jobwait.WatchOptions`, which are the same without `on_progress`.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Final, Unpack
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
    advice="assumed: The vendor's client asks twice a second",
    messages=(("error",), ("message",)),
)
"""An operation for one agent or many.

Pauses are 0.5 s or longer, and grow 1.5-fold up to 5 s (assumed: The vendor's client asks twice
a second).
"""


def wait_for_job(
    client: AuthenticatedClient,
    *,
    id: UUID,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """Wait for a job to end, and return it.

    An operation for one agent or many.

    Polls `getJob`.
    Pauses are 0.5 s or longer, and grow 1.5-fold up to 5 s (assumed: The vendor's client asks
    twice a second).
    Final states: completed (success), failed (failure), partial_failure (partial).

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
    return jobwait.wait(client, _job(id=id), **options)


async def wait_for_job_async(
    client: AuthenticatedClient,
    *,
    id: UUID,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """As `wait_for_job`, async; `sleep` and `on_progress` may return awaitables."""
    return await jobwait.wait_async(client, _job(id=id), **options)


def watch_job(
    client: AuthenticatedClient,
    *,
    id: UUID,
    **options: Unpack[jobwait.WatchOptions],
) -> Iterator[jobwait.Snapshot[Job]]:
    """Iterate over the snapshots of a job; the last one holds the job.

    It takes the options of `wait_for_job` except `on_progress`, and raises the same errors.
    """
    return jobwait.watch(client, _job(id=id), **options)


def watch_job_async(
    client: AuthenticatedClient,
    *,
    id: UUID,
    **options: Unpack[jobwait.WatchOptions],
) -> AsyncIterator[jobwait.Snapshot[Job]]:
    """As `watch_job`, async; `sleep` may return an awaitable."""
    return jobwait.watch_async(client, _job(id=id), **options)


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


def _job(id: UUID) -> jobwait.Target[Job]:
    """Describe how one job is polled, and the fields of the responses."""
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
    """Read a document, and describe how its job is polled."""
    names = ["id"]
    record = jobwait.recorded(document, JOB, names)
    try:
        target = _job(id=UUID(str(record.ids["id"])))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
    return record, target
