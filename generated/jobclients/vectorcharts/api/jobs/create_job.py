# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.job_started import JobStarted
from ...models.new_job import NewJob
from ...types import Response


def _get_kwargs(
    *,
    body: NewJob,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/portal/v1/jobs",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | JobStarted:
    if response.status_code == 200:
        response_200 = JobStarted.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 409:
        response_409 = Error.from_dict(response.json())

        return response_409

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | JobStarted]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> Response[Error | JobStarted]:
    """Start a job.

    Starts one of the three kinds of maintenance, unless one of the same kind waits or runs.
    There is no way to ask for the one job afterwards: look for its id in listJobs. Right after
    start-up a vacuum-analyze is at work.

    Args:
        body (NewJob): The job to start

    Returns:
        Response[Error | JobStarted], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> JobStarted:
    """Start a job.

    Starts one of the three kinds of maintenance, unless one of the same kind waits or runs.
    There is no way to ask for the one job afterwards: look for its id in listJobs. Right after
    start-up a vacuum-analyze is at work.

    Args:
        body (NewJob): The job to start

    Returns:
        JobStarted

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(JobStarted, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> Response[Error | JobStarted]:
    """Start a job.

    Starts one of the three kinds of maintenance, unless one of the same kind waits or runs.
    There is no way to ask for the one job afterwards: look for its id in listJobs. Right after
    start-up a vacuum-analyze is at work.

    Args:
        body (NewJob): The job to start

    Returns:
        Response[Error | JobStarted], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> JobStarted:
    """Start a job.

    Starts one of the three kinds of maintenance, unless one of the same kind waits or runs.
    There is no way to ask for the one job afterwards: look for its id in listJobs. Right after
    start-up a vacuum-analyze is at work.

    Args:
        body (NewJob): The job to start

    Returns:
        JobStarted

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(JobStarted, jobcall.wanted(_parse_response, client, response))
