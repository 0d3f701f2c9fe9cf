# Generated from specs/lucidity.yaml by "make generate". Do not edit.
"""Waiters for the jobs of Lucidity External API.

Each polls a job until it ends. It returns the job, or raises one of the errors of `jobwait`, which
hold the last snapshot, the states so far, the attempts and the time. Advice on how often to poll
is marked as documented, published or assumed.

All take the options of `jobwait.WaitOptions` as keyword arguments; watchers take those of
`jobwait.WatchOptions`, which are the same without `on_progress`.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Final, Unpack

import jobwait

from .api.agent_installation import get_agent_install_status
from .api.onboarding import get_job
from .client import AuthenticatedClient
from .models.agent_install import AgentInstall
from .models.job import Job

ONBOARDING: Final = jobwait.Lifecycle(
    name="lucidity.onboarding",
    key="job_id",
    states={
        "Onboarding Scheduled": jobwait.State(kind="waiting"),
        "Rescheduled": jobwait.State(kind="waiting"),
        "Queued for onboarding": jobwait.State(kind="waiting"),
        "In Progress": jobwait.State(kind="active"),
        "Onboarded": jobwait.State(kind="active"),
        "Completed": jobwait.State(kind="final", outcome="success"),
        "Failed": jobwait.State(kind="final", outcome="failure"),
        "Cancelled": jobwait.State(kind="final", outcome="cancelled"),
    },
    policy=jobwait.Policy(first=15.0, at_most=300.0, factor=2.0, transient=5.0),
    advice="assumed: The page asks for backoff without numbers",
    messages=(("error", "message"),),
)
"""A bulk schedule that onboards the mount points of some instances.

Pauses are 15 s or longer, and grow 2-fold up to 300 s (assumed: The page asks for backoff
without numbers).
"""


def wait_for_onboarding(
    client: AuthenticatedClient,
    *,
    job_id: int,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """Wait for a job to end, and return it.

    A bulk schedule that onboards the mount points of some instances.

    Polls `getJob`.
    Pauses are 15 s or longer, and grow 2-fold up to 300 s (assumed: The page asks for backoff
    without numbers).
    Final states: Completed (success), Failed (failure), Cancelled (cancelled).

    Args:
        timeout: Seconds until it gives up; `ONBOARDING.policy.deadline` by default.
        on_progress: Is called with a snapshot after each response that shows the state.
        policy: How often to poll, and which failures to tolerate; `ONBOARDING.policy` by default.
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
    return jobwait.wait(client, _onboarding(job_id=job_id), **options)


async def wait_for_onboarding_async(
    client: AuthenticatedClient,
    *,
    job_id: int,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """As `wait_for_onboarding`, async; `sleep` and `on_progress` may return awaitables."""
    return await jobwait.wait_async(client, _onboarding(job_id=job_id), **options)


def watch_onboarding(
    client: AuthenticatedClient,
    *,
    job_id: int,
    **options: Unpack[jobwait.WatchOptions],
) -> Iterator[jobwait.Snapshot[Job]]:
    """Iterate over the snapshots of a job; the last one holds the job.

    It takes the options of `wait_for_onboarding` except `on_progress`, and raises the same errors.
    """
    return jobwait.watch(client, _onboarding(job_id=job_id), **options)


def watch_onboarding_async(
    client: AuthenticatedClient,
    *,
    job_id: int,
    **options: Unpack[jobwait.WatchOptions],
) -> AsyncIterator[jobwait.Snapshot[Job]]:
    """As `watch_onboarding`, async; `sleep` may return an awaitable."""
    return jobwait.watch_async(client, _onboarding(job_id=job_id), **options)


def resume_onboarding(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """Continue a wait from the document that `to_json()` of a snapshot or an error returned.

    The time in between counts. `timeout` counts from now; without it, the first deadline holds.
    `policy` and `until` stay as they were unless given. The other options are those of
    `wait_for_onboarding`.

    Raises:
        jobwait.ResumeRefused: The document is not one of this waiter; the error says where and why.
    """
    record, target = _onboarding_again(document)
    return jobwait.wait(client, target, record, **options)


async def resume_onboarding_async(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[Job]],
) -> Job:
    """As `resume_onboarding`, async; `sleep` and `on_progress` may return awaitables."""
    record, target = _onboarding_again(document)
    return await jobwait.wait_async(client, target, record, **options)


def _onboarding(job_id: int) -> jobwait.Target[Job]:
    """Describe how one job is polled, and the fields of the responses."""
    return jobwait.Target(
        ONBOARDING,
        ids={"job_id": job_id},
        whole=jobwait.Call(
            view=jobwait.View(
                state=("status",),
                id=("jobId",),
                parts=(
                    jobwait.Parts(
                        kind="instances",
                        at=("instanceInfoExternalResponseList",),
                        states={
                            "Onboarding Scheduled": jobwait.State(kind="waiting"),
                            "Rescheduled": jobwait.State(kind="waiting"),
                            "Queued for onboarding": jobwait.State(kind="waiting"),
                            "In Progress": jobwait.State(kind="active"),
                            "Onboarded": jobwait.State(kind="active"),
                            "Completed": jobwait.State(kind="final", outcome="success"),
                            "Failed": jobwait.State(kind="final", outcome="failure"),
                            "Cancelled": jobwait.State(kind="final", outcome="cancelled"),
                        },
                        view=jobwait.View(
                            state=("status",),
                            parts=(
                                jobwait.Parts(
                                    kind="mount_points",
                                    at=("mountPointInfoExternalResponseList",),
                                    states={
                                        "In Progress": jobwait.State(kind="active"),
                                        "Onboarding Scheduled": jobwait.State(kind="waiting"),
                                        "Rescheduled": jobwait.State(kind="waiting"),
                                        "Queued for onboarding": jobwait.State(kind="waiting"),
                                        "Onboarded": jobwait.State(kind="active"),
                                        "Completed": jobwait.State(kind="final", outcome="success"),
                                        "Failed": jobwait.State(kind="final", outcome="failure"),
                                        "Cancelled": jobwait.State(
                                            kind="final", outcome="cancelled"
                                        ),
                                    },
                                    view=jobwait.View(
                                        state=("status",),
                                        fraction=("migrationPercentageCompletion",),
                                        all=100.0,
                                        reasons=(("failureReason",),),
                                    ),
                                    name=("mountPoint",),
                                ),
                            ),
                        ),
                        name=("instanceId",),
                    ),
                ),
            ),
            request=get_job._get_kwargs(job_id=job_id),
            job=("data",),
            model=Job.from_dict,
        ),
    )


def _onboarding_again(document: str | bytes) -> tuple[jobwait.Record, jobwait.Target[Job]]:
    """Read a document, and describe how its job is polled."""
    names = ["job_id"]
    record = jobwait.recorded(document, ONBOARDING, names)
    try:
        target = _onboarding(job_id=int(record.ids["job_id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
    return record, target


AGENT_INSTALL: Final = jobwait.Lifecycle(
    name="lucidity.agent_install",
    key="id",
    states={
        "QUEUED": jobwait.State(kind="waiting"),
        "PREPARING": jobwait.State(kind="active"),
        "PROCESSING": jobwait.State(kind="active"),
        "UNKNOWN": jobwait.State(kind="transient"),
        "COMPLETED": jobwait.State(kind="final", outcome="success"),
        "FAILED": jobwait.State(kind="final", outcome="failure"),
        "CANCELLED": jobwait.State(kind="final", outcome="cancelled"),
    },
    policy=jobwait.Policy(first=10.0, at_most=120.0, factor=1.5, transient=5.0),
    advice="assumed: The page says 10 to 15 seconds, no factor",
    messages=(("error", "message"),),
)
"""A bulk installation of the agent.

Pauses are 10 s or longer, and grow 1.5-fold up to 120 s (assumed: The page says 10 to 15
seconds, no factor).
"""


def wait_for_agent_install(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WaitOptions[AgentInstall]],
) -> AgentInstall:
    """Wait for a job to end, and return it.

    A bulk installation of the agent.

    Polls `getAgentInstallStatus`.
    Pauses are 10 s or longer, and grow 1.5-fold up to 120 s (assumed: The page says 10 to 15
    seconds, no factor).
    Final states: COMPLETED (success), FAILED (failure), CANCELLED (cancelled).

    Args:
        timeout: Seconds until it gives up; `AGENT_INSTALL.policy.deadline` by default.
        on_progress: Is called with a snapshot after each response that shows the state.
        policy: How often to poll, and which failures to tolerate; `AGENT_INSTALL.policy` by default.
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
    return jobwait.wait(client, _agent_install(id=id), **options)


async def wait_for_agent_install_async(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WaitOptions[AgentInstall]],
) -> AgentInstall:
    """As `wait_for_agent_install`, async; `sleep` and `on_progress` may return awaitables."""
    return await jobwait.wait_async(client, _agent_install(id=id), **options)


def watch_agent_install(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WatchOptions],
) -> Iterator[jobwait.Snapshot[AgentInstall]]:
    """Iterate over the snapshots of a job; the last one holds the job.

    It takes the options of `wait_for_agent_install` except `on_progress`, and raises the same errors.
    """
    return jobwait.watch(client, _agent_install(id=id), **options)


def watch_agent_install_async(
    client: AuthenticatedClient,
    *,
    id: int,
    **options: Unpack[jobwait.WatchOptions],
) -> AsyncIterator[jobwait.Snapshot[AgentInstall]]:
    """As `watch_agent_install`, async; `sleep` may return an awaitable."""
    return jobwait.watch_async(client, _agent_install(id=id), **options)


def resume_agent_install(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[AgentInstall]],
) -> AgentInstall:
    """Continue a wait from the document that `to_json()` of a snapshot or an error returned.

    The time in between counts. `timeout` counts from now; without it, the first deadline holds.
    `policy` and `until` stay as they were unless given. The other options are those of
    `wait_for_agent_install`.

    Raises:
        jobwait.ResumeRefused: The document is not one of this waiter; the error says where and why.
    """
    record, target = _agent_install_again(document)
    return jobwait.wait(client, target, record, **options)


async def resume_agent_install_async(
    client: AuthenticatedClient,
    document: str | bytes,
    **options: Unpack[jobwait.WaitOptions[AgentInstall]],
) -> AgentInstall:
    """As `resume_agent_install`, async; `sleep` and `on_progress` may return awaitables."""
    record, target = _agent_install_again(document)
    return await jobwait.wait_async(client, target, record, **options)


def _agent_install(id: int) -> jobwait.Target[AgentInstall]:
    """Describe how one job is polled, and the fields of the responses."""
    return jobwait.Target(
        AGENT_INSTALL,
        ids={"id": id},
        whole=jobwait.Call(
            view=jobwait.View(state=("status",), id=("id",)),
            request=get_agent_install_status._get_kwargs(id=id),
            job=("data",),
            model=AgentInstall.from_dict,
        ),
    )


def _agent_install_again(
    document: str | bytes,
) -> tuple[jobwait.Record, jobwait.Target[AgentInstall]]:
    """Read a document, and describe how its job is polled."""
    names = ["id"]
    record = jobwait.recorded(document, AGENT_INSTALL, names)
    try:
        target = _agent_install(id=int(record.ids["id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
    return record, target
