# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from http import HTTPStatus
from typing import Any

import httpx

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
) -> Error | JobStarted | None:
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

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | JobStarted]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> Response[Error | JobStarted]:
    """Start a job

     Starts one of the three kinds of maintenance, unless one of the same kind waits or runs. There is no
    way to ask for the one job afterwards: look for its id in listJobs. Right after start-up a vacuum-
    analyze is at work.

    Args:
        body (NewJob): A job to be started

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | JobStarted]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> Error | JobStarted | None:
    """Start a job

     Starts one of the three kinds of maintenance, unless one of the same kind waits or runs. There is no
    way to ask for the one job afterwards: look for its id in listJobs. Right after start-up a vacuum-
    analyze is at work.

    Args:
        body (NewJob): A job to be started

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | JobStarted
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> Response[Error | JobStarted]:
    """Start a job

     Starts one of the three kinds of maintenance, unless one of the same kind waits or runs. There is no
    way to ask for the one job afterwards: look for its id in listJobs. Right after start-up a vacuum-
    analyze is at work.

    Args:
        body (NewJob): A job to be started

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | JobStarted]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: NewJob,
) -> Error | JobStarted | None:
    """Start a job

     Starts one of the three kinds of maintenance, unless one of the same kind waits or runs. There is no
    way to ask for the one job afterwards: look for its id in listJobs. Right after start-up a vacuum-
    analyze is at work.

    Args:
        body (NewJob): A job to be started

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | JobStarted
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
