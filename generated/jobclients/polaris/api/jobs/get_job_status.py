# Generated from specs/polaris.yaml by "make generate". Do not edit.
from typing import Any, cast
from uuid import UUID

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.job_status import JobStatus
from ...types import Response


def _get_kwargs(
    project_id: str,
    job_id: UUID,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/projects/{project_id}/jobs/{job_id}/status".format(
            project_id=jobcall.segment("project_id", project_id),
            job_id=jobcall.segment("job_id", job_id),
        ),
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | JobStatus:
    if response.status_code == 200:
        response_200 = JobStatus.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorResponse.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = ErrorResponse.from_dict(response.json())

        return response_404

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorResponse | JobStatus]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    project_id: str,
    job_id: UUID,
    *,
    client: AuthenticatedClient,
) -> Response[ErrorResponse | JobStatus]:
    """Get a job's status.

    Returns only the execution status; made for polling.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        job_id (UUID): The id of a job Example: efb35e3e-406e-4127-ad2e-280fede4f431.

    Returns:
        Response[ErrorResponse | JobStatus], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        job_id=job_id,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    job_id: UUID,
    *,
    client: AuthenticatedClient,
) -> JobStatus:
    """Get a job's status.

    Returns only the execution status; made for polling.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        job_id (UUID): The id of a job Example: efb35e3e-406e-4127-ad2e-280fede4f431.

    Returns:
        JobStatus

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        job_id=job_id,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(JobStatus, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    project_id: str,
    job_id: UUID,
    *,
    client: AuthenticatedClient,
) -> Response[ErrorResponse | JobStatus]:
    """Get a job's status.

    Returns only the execution status; made for polling.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        job_id (UUID): The id of a job Example: efb35e3e-406e-4127-ad2e-280fede4f431.

    Returns:
        Response[ErrorResponse | JobStatus], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        job_id=job_id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    job_id: UUID,
    *,
    client: AuthenticatedClient,
) -> JobStatus:
    """Get a job's status.

    Returns only the execution status; made for polling.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        job_id (UUID): The id of a job Example: efb35e3e-406e-4127-ad2e-280fede4f431.

    Returns:
        JobStatus

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        job_id=job_id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(JobStatus, jobcall.wanted(_parse_response, client, response))
