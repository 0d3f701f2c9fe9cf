# Generated from specs/polaris.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.batch_spec import BatchSpec
from ...models.delete_data_spec import DeleteDataSpec
from ...models.drop_table_spec import DropTableSpec
from ...models.error_response import ErrorResponse
from ...models.job import Job
from ...models.restore_data_spec import RestoreDataSpec
from ...models.sql_spec import SqlSpec
from ...models.streaming_spec import StreamingSpec
from ...models.unknown_job_spec import UnknownJobSpec
from ...types import Response


def _get_kwargs(
    project_id: str,
    *,
    body: BatchSpec
    | DeleteDataSpec
    | DropTableSpec
    | RestoreDataSpec
    | SqlSpec
    | StreamingSpec
    | UnknownJobSpec,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/projects/{project_id}/jobs".format(
            project_id=jobcall.segment("project_id", project_id),
        ),
    }

    if isinstance(body, BatchSpec):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, DeleteDataSpec):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, DropTableSpec):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, RestoreDataSpec):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, SqlSpec):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, StreamingSpec):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | Job:
    if response.status_code == 201:
        response_201 = Job.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorResponse.from_dict(response.json())

        return response_403

    if response.status_code == 413:
        response_413 = ErrorResponse.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = ErrorResponse.from_dict(response.json())

        return response_415

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorResponse | Job]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient,
    body: BatchSpec
    | DeleteDataSpec
    | DropTableSpec
    | RestoreDataSpec
    | SqlSpec
    | StreamingSpec
    | UnknownJobSpec,
) -> Response[ErrorResponse | Job]:
    """Create a job.

    Takes a job's specification, whose type says what else it holds, and answers the job, which
    waits for resources
    at first. Whatever execution status is desired here is ignored.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        body (BatchSpec | DeleteDataSpec | DropTableSpec | RestoreDataSpec | SqlSpec |
            StreamingSpec | UnknownJobSpec): The specification of a job; its properties depend on
            the type

    Returns:
        Response[ErrorResponse | Job], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    *,
    client: AuthenticatedClient,
    body: BatchSpec
    | DeleteDataSpec
    | DropTableSpec
    | RestoreDataSpec
    | SqlSpec
    | StreamingSpec
    | UnknownJobSpec,
) -> Job:
    """Create a job.

    Takes a job's specification, whose type says what else it holds, and answers the job, which
    waits for resources
    at first. Whatever execution status is desired here is ignored.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        body (BatchSpec | DeleteDataSpec | DropTableSpec | RestoreDataSpec | SqlSpec |
            StreamingSpec | UnknownJobSpec): The specification of a job; its properties depend on
            the type

    Returns:
        Job

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(Job, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient,
    body: BatchSpec
    | DeleteDataSpec
    | DropTableSpec
    | RestoreDataSpec
    | SqlSpec
    | StreamingSpec
    | UnknownJobSpec,
) -> Response[ErrorResponse | Job]:
    """Create a job.

    Takes a job's specification, whose type says what else it holds, and answers the job, which
    waits for resources
    at first. Whatever execution status is desired here is ignored.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        body (BatchSpec | DeleteDataSpec | DropTableSpec | RestoreDataSpec | SqlSpec |
            StreamingSpec | UnknownJobSpec): The specification of a job; its properties depend on
            the type

    Returns:
        Response[ErrorResponse | Job], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient,
    body: BatchSpec
    | DeleteDataSpec
    | DropTableSpec
    | RestoreDataSpec
    | SqlSpec
    | StreamingSpec
    | UnknownJobSpec,
) -> Job:
    """Create a job.

    Takes a job's specification, whose type says what else it holds, and answers the job, which
    waits for resources
    at first. Whatever execution status is desired here is ignored.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        body (BatchSpec | DeleteDataSpec | DropTableSpec | RestoreDataSpec | SqlSpec |
            StreamingSpec | UnknownJobSpec): The specification of a job; its properties depend on
            the type

    Returns:
        Job

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(Job, jobcall.wanted(_parse_response, client, response))
