"""The measured works. Vendors are named only here in the benchmark."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

SPECS = Path(__file__).parents[1] / "specs"


@dataclass(frozen=True)
class Work:
    """A poll of one job by its ID, by an `operation` of a `spec`; control creates the `job`.

    The path is below the API's base; `headers` contain a credential.
    """

    name: str
    summary: str
    spec: str
    operation: str
    path: str
    headers: Mapping[str, str]
    job: Mapping[str, Any] = field(default_factory=dict)
    age: str = "PT10M"
    """The age of the job when it is polled; by default it has ended."""
    is_flowing: bool = False
    """True if the response changes at every moment, so that none is cached."""

    def document(self) -> dict[str, Any]:
        """Returns the OpenAPI document."""
        text = (SPECS / f"{self.spec}.yaml").read_text(encoding="utf-8")
        read: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
        return read

    def of_job(self, id: str) -> Work:  # noqa: A002 - the field's name
        """Returns the same poll of another job."""
        return replace(self, path=self.path.replace(str(self.job["id"]), id))


@dataclass(frozen=True)
class Poll:
    """A work with the twin's response, which every other tool has to return."""

    work: Work
    body: bytes

    def example(self) -> dict[str, Any]:
        """Returns the OpenAPI document, with the response as this operation's only example."""
        document = self.work.document()
        for item in document["paths"].values():
            for node in item.values():
                if isinstance(node, dict) and node.get("operationId") == self.work.operation:
                    media = node["responses"]["200"]["content"]["application/json"]
                    media.pop("examples", None)
                    media["example"] = json.loads(self.body)
        return document


TINY = Work(
    name="tiny",
    summary="the status of a job and nothing else",
    spec="polaris",
    operation="getJobStatus",
    path="/v1/projects/bench/jobs/7d1b6a52-3c4e-4f1a-9d0e-5b8c2f6a1e30/status",
    headers={"Authorization": "Basic cG9rX3Rlc3Q6"},
    job={"id": "7d1b6a52-3c4e-4f1a-9d0e-5b8c2f6a1e30", "facts": {"project": "bench"}},
)

LARGE = Work(
    name="large",
    summary="a job with what three agents answered, and their timeline",
    spec="osapi",
    operation="getJob",
    path="/job/5e0c9d14-8b2a-4d6f-a37c-91f4e2b7d068",
    headers={"Authorization": "Bearer osapi-test"},
    job={"id": "5e0c9d14-8b2a-4d6f-a37c-91f4e2b7d068", "scenario": "broadcast_succeeds"},
)

FLOWING = Work(
    name="flowing",
    summary="the counters of a job that runs, other ones at every moment",
    spec="polaris",
    operation="getJobMetrics",
    path="/v1/projects/bench/jobs/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/metrics",
    headers={"Authorization": "Basic cG9rX3Rlc3Q6"},
    job={"id": "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f", "facts": {"project": "bench"}},
    age="PT7S",
    is_flowing=True,
)

POLLS = (TINY, LARGE)
RACES = (TINY, LARGE, FLOWING)


@dataclass(frozen=True)
class CreateWork:
    """A request that creates a job through the vendor's API."""

    spec: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


CREATION = CreateWork(
    spec=LARGE.spec,
    path="/job",
    headers=LARGE.headers,
    body={"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"},
)

SAMPLE = replace(
    TINY,
    summary="the status of a job that is there from the start",
    path="/v1/projects/2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86/jobs/"
    "efb35e3e-406e-4127-ad2e-280fede4f431/status",
    job={},
)

FIRST_PAGE = Work(
    name="first page",
    summary="the active jobs, newest first",
    spec="vectorcharts",
    operation="listJobs",
    path="/api/portal/v1/jobs?activeOnly=true",
    headers={"Authorization": "Bearer 3f9a6c0d1b7e42588c4e0d9a7b61f2e5"},
    job={"facts": {"jobType": "reindex"}},
)


@dataclass(frozen=True)
class Life:
    """A whole life with a generated client: `create` creates a job, and returns its poll.

    `every` seconds of the sandbox's clock pass between two of six polls; then the state is `end`.
    """

    api: str
    create: Callable[[Any], Callable[[], Any]]
    every: float
    end: str


def _create(client: Any) -> Callable[[], Any]:
    from jobclients.osapi.api.jobs import create_job, get_job  # noqa: PLC0415 - clients load slowly
    from jobclients.osapi.models import CreateJobRequest  # noqa: PLC0415 - same

    body = CreateJobRequest.from_dict(CREATION.body)
    made: Any = create_job.sync(client=client, body=body)
    return lambda: get_job.sync(made.job_id, client=client)


def poller(work: Work, client: Any) -> Callable[[], Any]:
    """Returns a poll of the work's job through its generated client."""
    from jobclients.osapi.api.jobs import get_job  # noqa: PLC0415 - clients load slowly
    from jobclients.polaris.api.jobs import get_job_status  # noqa: PLC0415 - same

    job = UUID(str(work.job["id"]))
    if work is LARGE:
        return lambda: get_job.sync(job, client=client)
    return lambda: get_job_status.sync("bench", job, client=client)


LIFE = Life(api="osapi", create=_create, every=1, end="completed")
