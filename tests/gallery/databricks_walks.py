"""The walks of the client `databricks-sdk`: runs."""

from __future__ import annotations

from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import OperationFailed
from databricks.sdk.service.jobs import SubmitTask

from jobtwin.lifecycle import Outcome
from tests.gallery.stage import TwinStage, VendorClient

_RUN = ("run",)
_TERMINATED = "RunLifeCycleState.TERMINATED"


def _jobs(stage: TwinStage) -> Any:
    return WorkspaceClient(host=stage.front(), token=stage.key, auth_type="pat").jobs


def _submitted(jobs: Any, **options: Any) -> Any:
    return jobs.submit(run_name="nightly", tasks=[SubmitTask(task_key="one")], **options)


def result(stage: TwinStage) -> None:
    """The client polls a run to its end."""
    run = _submitted(_jobs(stage)).result()

    assert str(run.state.life_cycle_state) == _TERMINATED
    assert run.state.result_state.value == "SUCCESS"


def fails(stage: TwinStage) -> None:
    """A failed run is a result with a message, or raises if the vendor is at fault."""
    stage.end(_RUN, Outcome.FAILURE)
    try:
        run = _submitted(_jobs(stage)).result()
    except OperationFailed:
        return
    assert run.state.result_state.value == "FAILED"
    assert run.state.state_message


def cancelled(stage: TwinStage) -> None:
    """A cancelled run ends as CANCELED."""
    jobs = _jobs(stage)
    run = jobs.cancel_run(_submitted(jobs).run_id).result()

    assert run.state.result_state.value == "CANCELED"


def again(stage: TwinStage) -> None:
    """A run submitted again with the same token is the same run."""
    jobs = _jobs(stage)
    same = {"idempotency_token": "t1"}
    one, other = (_submitted(jobs, **same).run_id for _ in range(2))

    assert one == other


def listed(stage: TwinStage) -> None:
    """All runs are listed, each page by the token of the previous one."""
    jobs = _jobs(stage)
    made = [_submitted(jobs).run_id for _ in range(5)]

    assert [run.run_id for run in jobs.list_runs(limit=2)] == made[::-1]


CLIENT = VendorClient(
    distribution="databricks-sdk",
    small="databricks.yaml",
    vendors="databricks-jobs.yaml",
    overlay="databricks-jobs.overlay.yaml",
    walks={
        "submit, `.result()`": result,
        "a run that fails": fails,
        "cancel, `.result()`": cancelled,
        "submit again by `idempotency_token`": again,
        "list by token": listed,
    },
)
