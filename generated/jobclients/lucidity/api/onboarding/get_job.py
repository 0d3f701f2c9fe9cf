# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.job_response import JobResponse
from ...types import UNSET, Response


def _get_kwargs(
    *,
    job_id: int,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["jobId"] = job_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/external/client/api/v1/job",
        "params": params,
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | JobResponse:
    if response.status_code == 200:
        response_200 = JobResponse.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = ErrorResponse.from_dict(response.json())

        return response_404

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ErrorResponse | JobResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    job_id: int,
) -> Response[ErrorResponse | JobResponse]:
    """Get an onboarding job.

    The state of a bulk schedule, of its instances, and of their mount points, each with the
    share of data moved. A job that has ended keeps answering with its final state.

    Args:
        job_id (int): Number of a bulk schedule, a Long Example: 12345.

    Returns:
        Response[ErrorResponse | JobResponse], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        job_id=job_id,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    job_id: int,
) -> JobResponse:
    """Get an onboarding job.

    The state of a bulk schedule, of its instances, and of their mount points, each with the
    share of data moved. A job that has ended keeps answering with its final state.

    Args:
        job_id (int): Number of a bulk schedule, a Long Example: 12345.

    Returns:
        JobResponse

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        job_id=job_id,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(JobResponse, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    job_id: int,
) -> Response[ErrorResponse | JobResponse]:
    """Get an onboarding job.

    The state of a bulk schedule, of its instances, and of their mount points, each with the
    share of data moved. A job that has ended keeps answering with its final state.

    Args:
        job_id (int): Number of a bulk schedule, a Long Example: 12345.

    Returns:
        Response[ErrorResponse | JobResponse], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        job_id=job_id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    job_id: int,
) -> JobResponse:
    """Get an onboarding job.

    The state of a bulk schedule, of its instances, and of their mount points, each with the
    share of data moved. A job that has ended keeps answering with its final state.

    Args:
        job_id (int): Number of a bulk schedule, a Long Example: 12345.

    Returns:
        JobResponse

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        job_id=job_id,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(JobResponse, jobcall.wanted(_parse_response, client, response))
