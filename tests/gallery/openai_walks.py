"""The walks of the client `openai`: batches, fine-tuning jobs, file batches."""

from __future__ import annotations

import time
from typing import Any

import openai

from jobtwin.lifecycle import Outcome
from tests.gallery.stage import TwinStage, VendorClient

_BATCH = ("batch",)
_TUNING = ("tuning", "job")
_FILE_BATCH = ("file_batch",)
_ENDS = ("completed", "failed", "expired", "cancelled", "succeeded")
_PAUSE = 60
_A_DAY = 24 * 60 * 60


def _client(stage: TwinStage) -> Any:
    return openai.OpenAI(base_url=stage.api.url, api_key=stage.key)


def _batch(client: Any) -> Any:
    file = client.files.create(file=("in.jsonl", b'{"custom_id": "1"}\n'), purpose="batch")
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )


def _ended(resource: Any, job: Any) -> Any:
    while job.status not in _ENDS:
        time.sleep(_PAUSE)
        job = resource.retrieve(job.id)
    return job


def upload(stage: TwinStage) -> None:
    """An uploaded file has its name, size and purpose."""
    file = _client(stage).files.create(file=("in.jsonl", b"{}\n"), purpose="batch")

    assert (file.filename, file.bytes, file.purpose) == ("in.jsonl", 3, "batch")


def batch(stage: TwinStage) -> None:
    """A batch is polled to its end, and its output is read."""
    client = _client(stage)
    made = _batch(client)
    ended = _ended(client.batches, made)

    assert made.status == "validating"
    assert ended.status == "completed"
    assert client.files.content(ended.output_file_id).text


def batch_fails(stage: TwinStage) -> None:
    """A failed batch has an error message."""
    stage.end(_BATCH, Outcome.FAILURE)
    client = _client(stage)
    ended = _ended(client.batches, _batch(client))

    assert ended.status in ("failed", "expired")
    assert ended.errors is None or ended.errors.data[0].message


def batch_cancelled(stage: TwinStage) -> None:
    """A cancelled batch is `cancelling` first."""
    client = _client(stage)
    made = _batch(client)
    cancelling = client.batches.cancel(made.id)

    assert cancelling.status == "cancelling"
    assert _ended(client.batches, cancelling).status == "cancelled"


def batches(stage: TwinStage) -> None:
    """All batches are listed, each page by the ID of the previous one."""
    client = _client(stage)
    made = [_batch(client).id for _ in range(5)]

    assert [each.id for each in client.batches.list(limit=2)] == made[::-1]


def output_early(stage: TwinStage) -> None:
    """The output does not exist before the end of the batch."""
    client = _client(stage)
    made = _batch(client)
    try:
        client.files.content(made.output_file_id or made.id)
    except openai.NotFoundError:
        return
    raise AssertionError("the output is there already")


def tuning(stage: TwinStage) -> None:
    """A fine-tuning job has events."""
    client = _client(stage)
    jobs = client.fine_tuning.jobs
    made = jobs.create(model="small", training_file="file-1")
    ended = _ended(jobs, made)

    assert ended.status == "succeeded"
    assert made.created_at < ended.finished_at < made.created_at + _A_DAY
    assert ended.error is None
    assert list(jobs.list_events(made.id))


def tuning_fails(stage: TwinStage) -> None:
    """A failed fine-tuning job has an error message."""
    stage.end(_TUNING, Outcome.FAILURE)
    client = _client(stage)
    jobs = client.fine_tuning.jobs
    ended = _ended(jobs, jobs.create(model="small", training_file="file-1"))

    assert ended.status == "failed"
    assert ended.error.message


def tuning_cancelled(stage: TwinStage) -> None:
    """A fine-tuning job is cancelled at once."""
    jobs = _client(stage).fine_tuning.jobs
    made = jobs.create(model="small", training_file="file-1")

    assert jobs.cancel(made.id).status == "cancelled"


def file_batch(stage: TwinStage) -> None:
    """The client polls a file batch to its end."""
    batches = _client(stage).vector_stores.file_batches
    ended = batches.create_and_poll("vs_1", file_ids=["file-1", "file-2"])

    assert ended.status == "completed"


def file_batch_fails(stage: TwinStage) -> None:
    """A failed file batch also ends the polls."""
    stage.end(_FILE_BATCH, Outcome.FAILURE)
    batches = _client(stage).vector_stores.file_batches

    assert batches.create_and_poll("vs_1", file_ids=["file-1"]).status == "failed"


def file_batch_cancelled(stage: TwinStage) -> None:
    """A file batch is cancelled at once."""
    batches = _client(stage).vector_stores.file_batches
    made = batches.create("vs_1", file_ids=["file-1"])

    assert batches.cancel(made.id, vector_store_id="vs_1").status == "cancelled"


CLIENT = VendorClient(
    distribution="openai",
    small="openai.yaml",
    vendors="openai.yaml",
    overlay="openai.overlay.yaml",
    walks={
        "upload a file": upload,
        "a batch: retrieve until it ends, read its output": batch,
        "a batch that fails": batch_fails,
        "cancel a batch": batch_cancelled,
        "list batches by `after`": batches,
        "no output yet": output_early,
        "a fine-tuning job with its events": tuning,
        "a fine-tuning job that fails": tuning_fails,
        "cancel a fine-tuning job": tuning_cancelled,
        "`create_and_poll` of a file batch": file_batch,
        "`create_and_poll` of one that fails": file_batch_fails,
        "cancel a file batch": file_batch_cancelled,
    },
)
