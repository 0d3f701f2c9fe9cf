# Generated from specs/lucidity.yaml by "make generate". Do not edit.
"""Waiters for the jobs of Lucidity External API.

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
    advice="assumed: The page asks for exponential backoff and gives no number",
    messages=(("error", "message"),),
)
"""A bulk schedule that onboards the mount points of some instances.

Pauses are 15 s or longer, and grow 2-fold up to 300 s (assumed: The page asks for exponential
backoff and gives no number).
"""


def wait_for_onboarding(
    client: AuthenticatedClient,
    *,
    job_id: int,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Job] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Job:
    """Wait for a job to end, and return it.

    A bulk schedule that onboards the mount points of some instances.

    Asks `getJob`.
    Pauses are 15 s or longer, and grow 2-fold up to 300 s (assumed: The page asks for
    exponential backoff and gives no number).
    It ends as: Completed (success), Failed (failure), Cancelled (cancelled).

    Args:
        timeout: Seconds until it gives up; `ONBOARDING.policy.deadline` when None.
        on_progress: Is called with a snapshot at each answer that tells the state.
        policy: How often to ask, and what to put up with; `ONBOARDING.policy` when None.
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
    return jobwait.wait(client, _onboarding(job_id=job_id), options, on_progress, sleep)


async def wait_for_onboarding_async(
    client: AuthenticatedClient,
    *,
    job_id: int,
    timeout: float | None = None,
    on_progress: jobwait.Shown[Job] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> Job:
    """As `wait_for_onboarding`; what `sleep` and `on_progress` return is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    target = _onboarding(job_id=job_id)
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def watch_onboarding(
    client: AuthenticatedClient,
    *,
    job_id: int,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Iterator[jobwait.Snapshot[Job]]:
    """Go through the snapshots of a job; the last one holds the job.

    It waits and ends as `wait_for_onboarding` does, and raises the same errors.
    """
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch(client, _onboarding(job_id=job_id), options, sleep)


def watch_onboarding_async(
    client: AuthenticatedClient,
    *,
    job_id: int,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> AsyncIterator[jobwait.Snapshot[Job]]:
    """As `watch_onboarding`; what `sleep` returns is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch_async(client, _onboarding(job_id=job_id), options, sleep)


def resume_onboarding(
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
    record, target = _onboarding_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return jobwait.wait(client, target, options, on_progress, sleep)


async def resume_onboarding_async(
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
    """As `resume_onboarding`; what `sleep` and `on_progress` return is awaited if it can be."""
    record, target = _onboarding_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def _onboarding(job_id: int) -> jobwait.Target[Job]:
    """Say how one job is asked for, and where the answers say what."""
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
    """Read a document, and say how its job is asked for."""
    names = ["job_id"]
    record = jobwait.recorded(document, ONBOARDING, names)
    try:
        return record, _onboarding(job_id=int(record.ids["job_id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error


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
    advice="assumed: The page asks for 10 to 15 seconds and exponential backoff; factor and cap are ours",
    messages=(("error", "message"),),
)
"""A bulk installation of the agent.

Pauses are 10 s or longer, and grow 1.5-fold up to 120 s (assumed: The page asks for 10 to 15
seconds and exponential backoff; factor and cap are ours).
"""


def wait_for_agent_install(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    on_progress: jobwait.Shown[AgentInstall] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> AgentInstall:
    """Wait for a job to end, and return it.

    A bulk installation of the agent.

    Asks `getAgentInstallStatus`.
    Pauses are 10 s or longer, and grow 1.5-fold up to 120 s (assumed: The page asks for 10 to
    15 seconds and exponential backoff; factor and cap are ours).
    It ends as: COMPLETED (success), FAILED (failure), CANCELLED (cancelled).

    Args:
        timeout: Seconds until it gives up; `AGENT_INSTALL.policy.deadline` when None.
        on_progress: Is called with a snapshot at each answer that tells the state.
        policy: How often to ask, and what to put up with; `AGENT_INSTALL.policy` when None.
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
    return jobwait.wait(client, _agent_install(id=id), options, on_progress, sleep)


async def wait_for_agent_install_async(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    on_progress: jobwait.Shown[AgentInstall] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> AgentInstall:
    """As `wait_for_agent_install`; what `sleep` and `on_progress` return is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    target = _agent_install(id=id)
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def watch_agent_install(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> Iterator[jobwait.Snapshot[AgentInstall]]:
    """Go through the snapshots of a job; the last one holds the job.

    It waits and ends as `wait_for_agent_install` does, and raises the same errors.
    """
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch(client, _agent_install(id=id), options, sleep)


def watch_agent_install_async(
    client: AuthenticatedClient,
    *,
    id: int,
    timeout: float | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] = (),
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> AsyncIterator[jobwait.Snapshot[AgentInstall]]:
    """As `watch_agent_install`; what `sleep` returns is awaited if it can be."""
    options = jobwait.Options(timeout=timeout, policy=policy, until=until, clock=clock, rng=rng)
    return jobwait.watch_async(client, _agent_install(id=id), options, sleep)


def resume_agent_install(
    client: AuthenticatedClient,
    document: str | bytes,
    *,
    timeout: float | None = None,
    on_progress: jobwait.Shown[AgentInstall] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] | None = None,
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = time.sleep,
    rng: jobwait.Rng = random.random,
) -> AgentInstall:
    """Go on with a wait from what a snapshot's, or an error's, `to_json()` returned.

    Time since then counts. Without `timeout` the wait ends when it would have; with it, so many
    seconds from now. `policy` and `until` are as they were, unless they are given.

    Raises:
        jobwait.ResumeRefused: The document is none of this waiter's; it says where and why.
    """
    record, target = _agent_install_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return jobwait.wait(client, target, options, on_progress, sleep)


async def resume_agent_install_async(
    client: AuthenticatedClient,
    document: str | bytes,
    *,
    timeout: float | None = None,
    on_progress: jobwait.Shown[AgentInstall] | None = None,
    policy: jobwait.Policy | None = None,
    until: str | Collection[str] | None = None,
    clock: jobwait.Clock | None = None,
    sleep: jobwait.Sleeper = asyncio.sleep,
    rng: jobwait.Rng = random.random,
) -> AgentInstall:
    """As `resume_agent_install`; what `sleep` and `on_progress` return is awaited if it can be."""
    record, target = _agent_install_again(document)
    options = jobwait.Options(
        timeout=timeout, policy=policy, until=until, clock=clock, rng=rng, record=record
    )
    return await jobwait.wait_async(client, target, options, on_progress, sleep)


def _agent_install(id: int) -> jobwait.Target[AgentInstall]:
    """Say how one job is asked for, and where the answers say what."""
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
    """Read a document, and say how its job is asked for."""
    names = ["id"]
    record = jobwait.recorded(document, AGENT_INSTALL, names)
    try:
        return record, _agent_install(id=int(record.ids["id"]))
    except ValueError as error:
        raise jobwait.ResumeRefused("/ids", str(error)) from error
