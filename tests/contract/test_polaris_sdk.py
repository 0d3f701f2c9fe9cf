"""The vendor's own client, polaris-sdk, against the twin: sync and async, every call on jobs.

Each call is checked for losses: the client's models hold the same values as the response.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.pipeline.transport import AsyncioRequestsTransport
from polaris.sdk.async_client import ProjectClient as AsyncProjectClient
from polaris.sdk.client import ProjectClient
from polaris.sdk.project_api import models as m

from jobtwin.testing import Jobtwin

UNKNOWN = "9b2d3c1e-58f4-4a6b-8c07-d1e2f3a4b5c6"
PLAIN = {"retry_total": 0}
"""A refusal is a fact under test, so the client must not retry."""


class Sdk:
    """The vendor's client on a sandbox; `call` compares the wire with the model."""

    def __init__(self, jobtwin: Jobtwin, *, awaits: bool, project: str = "p") -> None:
        self.twin = jobtwin
        self._awaits = awaits
        self._at = (project, jobtwin.polaris.url)

    def call(self, name: str, *args: Any, key: str = "pok_test", **more: Any) -> Any:
        """Call one operation on jobs; returns its model."""
        wire, model, _ = self._send(name, key, *args, cls=_whole, **more)
        assert _plain(model) == _same(wire)
        return model

    def _send(self, name: str, key: str, *args: Any, **more: Any) -> Any:
        if self._awaits:
            return asyncio.run(self._send_async(name, key, *args, **more))
        with ProjectClient.from_endpoint(*self._at, key, **PLAIN) as client:
            return getattr(client.jobs, name)(*args, **more)

    async def _send_async(self, name: str, key: str, *args: Any, **more: Any) -> Any:
        settings = {**PLAIN, "transport": AsyncioRequestsTransport()}
        async with AsyncProjectClient.from_endpoint(*self._at, key, **settings) as client:
            return await getattr(client.jobs, name)(*args, **more)

    def ids(self, **query: Any) -> list[str]:
        """Returns the ids of the listed jobs."""
        return [job.id for job in self.call("list_jobs", **query).values]

    def want(self, job: str, status: str) -> Any:
        """Request an execution status, in the recommended way.

        The page promises the job's details, of which the client reads only the status.
        """
        body = m.UpdateJobStatusRequest(desired_execution_status=status)
        wire, model, _ = self._send("update_job_status", "pok_test", job, body, cls=_whole)
        assert _plain(model).items() <= _same(wire).items()
        return model


def _whole(sent: Any, model: Any, headers: Any) -> tuple[Any, Any, Any]:
    """Returns a response's JSON, model and headers, as azure's `cls` does."""
    response = sent.http_response
    return response.json() if response.text() else None, model, headers


def _plain(model: Any) -> Any:
    return None if model is None else _same(model.serialize(keep_readonly=True))


def _same(value: Any) -> Any:
    """Returns a JSON value with comparable moments and no nulls, as the client holds it."""
    if isinstance(value, dict):
        return {key: _same(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_same(inner) for inner in value]
    if isinstance(value, str) and value.endswith("Z") and "T" in value:
        return datetime.fromisoformat(value)
    return value


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def sdk(jobtwin: Jobtwin, request: pytest.FixtureRequest) -> Sdk:
    """Both clients, on a sandbox without samples."""
    return Sdk(jobtwin, awaits=request.param)


# -- creating --------------------------------------------------------------------------------------

FIELDS = [m.FieldNameAndDataType(name="city", data_type="string")]
FORMAT = m.JsonFormatSettings()
TABLE = m.TableJobTargetV2(table_name="trips", intervals=["2024-08-01/P1D"])
MAPPINGS = [m.InputToTableSchemaMapping(column_name="city", expression='"city"')]
FILES = {"input_schema": FIELDS, "format_settings": FORMAT}
SOURCES = {
    "inline": m.InlineJobSourceV2(data="{}", **FILES),
    "uploaded": m.UploadedJobSourceV2(file_list=["trips.json"], **FILES),
    "s3": m.S3JobSourceV2(connection_name="bucket", uris=["s3://bucket/trips.json"], **FILES),
    "azure": m.AzureJobSourceV2(connection_name="blobs", prefixes=["trips"], **FILES),
    "connection": m.ConnectionJobSourceV2(connection_name="kafka", **FILES),
    "table": m.TableJobSourceV2(table_name="other", interval="2024-08-01/P1D"),
}
Batch = partial(m.CreateBatchJobRequest, target=TABLE, mappings=MAPPINGS)
Stream = partial(m.CreateStreamingJobRequest, target=TABLE, mappings=MAPPINGS)
TYPES: dict[str, Callable[[], Any]] = {
    "batch": lambda: Batch(
        source=SOURCES["inline"],
        context={"maxNumTasks": 3},
        clustering_columns=["city"],
        create_table_if_not_exists=True,
        filter_expression="city = 'Auckland'",
        ingestion_mode="replace",
        max_parse_exceptions=7,
        partitioned_by="day",
        replace_all=False,
    ),
    "streaming": lambda: Stream(
        source=SOURCES["connection"],
        clustering_columns=["city"],
        create_table_if_not_exists=True,
        dimension_exclusions=["secret"],
        early_message_rejection_period="P1D",
        enable_upserts=True,
        filter_expression="city = 'Auckland'",
        late_message_rejection_period="P2D",
        max_parse_exceptions=7,
        partitioned_by="hour",
        read_from_point="earliest",
        replace_running=False,
        upsert_key_columns=["city"],
        upsert_version_column="version",
        use_schema_discovery=True,
    ),
    "sql": lambda: m.CreateSqlJobRequest(
        query="INSERT INTO trips SELECT * FROM other WHERE city = ?",
        context={"maxNumTasks": 3},
        create_table_if_not_exists=True,
        parameters=[m.SqlParameter(type="VARCHAR", value="Auckland")],
    ),
    "delete_data": lambda: m.CreateDeleteDataJobRequest(
        target=TABLE, delete_all=False, soft_delete=True, versions=["2024-08-01T00:00:00.000Z"]
    ),
    "drop_table": lambda: m.CreateDropTableJobRequest(target=TABLE, soft_delete=False),
    "restore_data": lambda: m.CreateRestoreDataJobRequest(
        target=TABLE, interval="2024-08-01/P1D", versions=["2024-08-01T00:00:00.000Z"]
    ),
}
DETAILS = {
    "batch": m.BatchJobResponse,
    "streaming": m.StreamingJobResponse,
    "sql": m.SqlJobResponse,
    "delete_data": m.DeleteDataJobResponse,
    "drop_table": m.DropTableJobResponse,
    "restore_data": m.RestoreDataJobResponse,
}


@pytest.mark.parametrize("kind", TYPES)
def test_create(kind: str, sdk: Sdk) -> None:
    """Each type of job is created from the client's model, and its details hold every field."""
    sent = TYPES[kind]()
    made = sdk.call("create_job", sent)

    assert type(made) is DETAILS[kind]
    assert made.spec.serialize() == sent.serialize()
    assert sdk.call("describe_job", made.id).serialize() == made.serialize()
    shared = made.serialize().keys() & sent.serialize().keys()
    assert {key: made.serialize()[key] for key in shared} == {
        key: sent.serialize()[key] for key in shared
    }


@pytest.mark.parametrize("source", SOURCES)
def test_create__source(source: str, sdk: Sdk) -> None:
    """Each kind of source is complete in the details, and named in the list."""
    made = sdk.call("create_job", Batch(source=SOURCES[source]))
    [listed] = sdk.call("list_jobs").values

    assert made.source.serialize() == SOURCES[source].serialize()
    assert listed.source.serialize().items() <= made.source.serialize().items()


@pytest.mark.parametrize("kind", ["batch", "streaming"])
def test_create__empty_lists(kind: str, sdk: Sdk) -> None:
    """The client sends `mappings: []` by itself, and the details show it."""
    bare: dict[str, Any] = {
        "batch": m.CreateBatchJobRequest(source=SOURCES["inline"], target=TABLE),
        "streaming": m.CreateStreamingJobRequest(source=SOURCES["connection"], target=TABLE),
    }

    assert sdk.call("create_job", bare[kind]).mappings == []


def _finished(sdk: Sdk, kind: str, scenario: str = "") -> str:
    headers = {"Prefer": f"scenario={scenario}"} if scenario else {}
    made = sdk.call("create_job", TYPES[kind](), headers=headers)
    sdk.twin.clock.advance(minutes=2)
    return str(made.id)


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES)
def test_read(kind: str, sdk: Sdk) -> None:
    """All five read calls work for a job of each type that has run for a while."""
    job = _finished(sdk, kind)
    ends = "running" if kind == "streaming" else "completed"

    assert sdk.call("describe_job_status", job).execution_status in {ends, "idle"}
    assert isinstance(sdk.call("describe_job", job).started_timestamp, datetime)
    assert isinstance(sdk.call("describe_job_metrics", job).totals, m.IngestionJobTotals)
    assert 0 <= sdk.call("describe_job_overall_progress", job).overall_progress <= 1
    assert isinstance(sdk.call("describe_job_logs", job).logs, list)


def test_read__failed(sdk: Sdk) -> None:
    """A failed job's health has the client's error class, and its log the entry class."""
    job = _finished(sdk, "batch", "fails_parsing")
    [*_, last] = sdk.call("describe_job_logs", job).logs

    assert type(sdk.call("describe_job", job).health) is m.JobErrorHealthV2
    assert type(last) is m.JobLogEntry
    assert last.health_status == "error"


def test_read__warning(jobtwin: Jobtwin) -> None:
    """The client loses the status `warn`: it expects `warning`, unlike the vendor's own enum.

    That is a fault of the client, which the twin does not copy.
    """
    sdk = Sdk(jobtwin, awaits=False)
    made = jobtwin.polaris.create("streaming_warns", facts={"project": "p"})
    jobtwin.clock.advance(seconds=16)
    wire, model, _ = sdk._send("describe_job", "pok_test", made.id, cls=_whole)  # noqa: SLF001 - `call` would refuse the loss

    assert wire["health"] == {"status": "warn", "code": "lost_connection_to_source"}
    assert type(model.health) is m.JobHealthV2


# -- finding ---------------------------------------------------------------------------------------


@pytest.fixture
def fleet(sdk: Sdk) -> dict[str, str]:
    """One job of each type, a minute apart, and one from another table; returns ids by name."""
    made = {}
    for name, kind in [*zip(TYPES, TYPES, strict=True), ("copy", "batch")]:
        job = Batch(source=SOURCES["table"]) if name == "copy" else TYPES[kind]()
        made[name] = sdk.call("create_job", job).id
        sdk.twin.clock.advance(minutes=1)
    return made


FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "one type": ({"type": ["sql"]}, {"sql"}),
    "two types": ({"type": ["sql", "batch"]}, {"sql", "batch", "copy"}),
    "status": ({"execution_status": ["running", "idle"]}, {"streaming"}),
    "health": ({"health_status": ["error", "warn"]}, set()),
    "two filters": ({"health_status": ["ok"], "type": ["batch"]}, {"batch", "copy"}),
    "connection": ({"connection_name": ["kafka"]}, {"streaming"}),
    "table": ({"target_table_name": "nowhere"}, set()),
    "table's id": ({"target_table_id": "nowhere"}, set()),
    "text": ({"search_string": "OTHER", "type": ["batch"]}, {"copy"}),
}


@pytest.mark.parametrize("case", FILTERS)
def test_list__filter(case: str, fleet: dict[str, str], sdk: Sdk) -> None:
    """Each filter of the client works, alone and combined."""
    query, found = FILTERS[case]

    assert set(sdk.ids(**query)) == {fleet[name] for name in found}


def test_list__no_source(fleet: dict[str, str], sdk: Sdk) -> None:
    """A search by source finds only jobs with that source."""
    assert sdk.ids(search_string="inline") == [fleet["batch"]]


COLUMNS = [column.value for column in m.JobSortSearchColumn]
KEYS: dict[str, Callable[[Any], Any]] = {
    "created_by_user_name": lambda job: job.created_by.username,
    "created_date_time": lambda job: job.created_timestamp,
    "execution_status": lambda job: job.execution_status,
    "last_updated_date_time": lambda job: job.last_updated_timestamp,
    "source_type": lambda job: job.source.type,
    "target_table_name": lambda job: job.target.table_name,
    "type": lambda job: job.type,
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_list__sort(column: str, order: str, fleet: dict[str, str], sdk: Sdk) -> None:
    """Every column sorts, in both directions, and loses no job."""
    listed = sdk.call("list_jobs", sort_column=column, sort_order=order).values
    have = [job for job in listed if not column.startswith("source") or hasattr(job, "source")]
    keys = [KEYS[column](job) for job in have] if column in KEYS else []

    assert {job.id for job in listed} == set(fleet.values())
    assert keys == sorted(keys, reverse=order == "DESC")


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_list__sort_by_source_name(order: str, sdk: Sdk) -> None:
    """A source's name is the name of its connection or its table."""
    for source in ("s3", "table", "azure"):
        sdk.call("create_job", Batch(source=SOURCES[source]))
    listed = sdk.call("list_jobs", sort_column="source_name", sort_order=order).values
    names = [
        getattr(job.source, "connection_name", None) or job.source.table_name for job in listed
    ]

    assert names == sorted(names, reverse=order == "DESC")


def test_list__pages(fleet: dict[str, str], sdk: Sdk) -> None:
    """Pages join without gap or overlap, and the last one says that there are no more."""
    pages = [
        sdk.call("list_jobs", pagination_limit=3, pagination_offset=offset) for offset in (0, 3, 6)
    ]

    assert [page.more_results_available for page in pages] == [True, True, False]
    found = [job.id for page in pages for job in page.values]
    assert sorted(found) == sorted(fleet.values())


# -- steering --------------------------------------------------------------------------------------


def test_suspend_and_resume(sdk: Sdk) -> None:
    """A stream is paused, resumed, reset and stopped."""
    job = sdk.call("create_job", TYPES["streaming"]()).id

    assert sdk.want(job, "suspended").execution_status == "suspended"
    assert sdk.want(job, "running").execution_status == "pending"
    assert sdk.call("reset_job", job) is None
    assert sdk.want(job, "canceled").execution_status == "canceled"
    assert sdk.call("describe_job", job).health.code == "canceled"


def test_update(sdk: Sdk) -> None:
    """PUT on the job returns its details."""
    job = sdk.call("create_job", TYPES["batch"]()).id
    body = m.UpdateJobStatusRequest(desired_execution_status="canceled")
    done = sdk.call("update_job", job, body)

    assert type(done) is m.BatchJobResponse
    assert (done.execution_status, done.desired_execution_status) == ("canceled", "canceled")


# -- refusals --------------------------------------------------------------------------------------

READINGS = [
    "describe_job",
    "describe_job_status",
    "describe_job_metrics",
    "describe_job_overall_progress",
    "describe_job_logs",
    "reset_job",
]


@pytest.mark.parametrize("reading", READINGS)
def test_refused__unknown_job(reading: str, sdk: Sdk) -> None:
    """An unknown job is returned as a value: the vendor's ErrorResponse."""
    assert type(sdk.call(reading, UNKNOWN)) is m.ErrorResponse


def test_refused__other_project(jobtwin: Jobtwin) -> None:
    """A project's client does not see the jobs of another project."""
    job = Sdk(jobtwin, awaits=False).call("create_job", TYPES["sql"]()).id

    assert Sdk(jobtwin, awaits=False, project="q").call("describe_job", job).code == "NotFound"


def test_refused__body(sdk: Sdk) -> None:
    """An invalid body is returned as a value, too."""
    refused = sdk.call("create_job", b'{"type": "batch"}')

    assert type(refused) is m.ErrorResponse


def test_refused__body_says_where(sdk: Sdk) -> None:
    """An error's target is the invalid part of the body."""
    body = b'{"type": "sql", "query": "SELECT 1", "context": "many"}'

    assert sdk.call("create_job", body).target == "/context"


def test_refused__media_type(sdk: Sdk) -> None:
    """A media type other than JSON is returned as a value."""
    refused = sdk.call("create_job", b"<job/>", content_type="application/xml")

    assert type(refused) is m.ErrorResponse


def test_refused__query(sdk: Sdk) -> None:
    """A page size over the limit is returned as a value."""
    assert type(sdk.call("list_jobs", pagination_limit=1001)) is m.ErrorResponse


@pytest.mark.parametrize("key", ["expired", "revoked"])
def test_refused__key(key: str, sdk: Sdk) -> None:
    """An expired or revoked key raises the client's authentication error."""
    with pytest.raises(ClientAuthenticationError) as refused:
        sdk.call("list_jobs", key=key)

    assert refused.value.status_code == 401
    assert refused.value.error.code == "Unauthorized"


def test_refused__status(sdk: Sdk) -> None:
    """A status that the job cannot take raises: the client does not know 400 here."""
    job = sdk.call("create_job", TYPES["batch"]()).id

    with pytest.raises(HttpResponseError) as refused:
        sdk.want(job, "suspended")
    assert refused.value.status_code == 400
