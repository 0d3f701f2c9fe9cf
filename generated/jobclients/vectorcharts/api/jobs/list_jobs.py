# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.job_list import JobList
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    active_only: bool | Unset = False,
    limit: int | Unset = 25,
    offset: int | Unset = 0,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["activeOnly"] = active_only

    params["limit"] = limit

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/portal/v1/jobs",
        "params": params,
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | JobList:
    if response.status_code == 200:
        response_200 = JobList.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | JobList]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    active_only: bool | Unset = False,
    limit: int | Unset = 25,
    offset: int | Unset = 0,
) -> Response[Error | JobList]:
    """List jobs.

    The jobs of the instance, the latest first, ended ones included unless activeOnly is true.
    Each comes whole, with its log and its steps.

    Args:
        active_only (bool | Unset):  Default: False.
        limit (int | Unset):  Default: 25.
        offset (int | Unset):  Default: 0.

    Returns:
        Response[Error | JobList], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        active_only=active_only,
        limit=limit,
        offset=offset,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    active_only: bool | Unset = False,
    limit: int | Unset = 25,
    offset: int | Unset = 0,
) -> JobList:
    """List jobs.

    The jobs of the instance, the latest first, ended ones included unless activeOnly is true.
    Each comes whole, with its log and its steps.

    Args:
        active_only (bool | Unset):  Default: False.
        limit (int | Unset):  Default: 25.
        offset (int | Unset):  Default: 0.

    Returns:
        JobList

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        active_only=active_only,
        limit=limit,
        offset=offset,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(JobList, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    active_only: bool | Unset = False,
    limit: int | Unset = 25,
    offset: int | Unset = 0,
) -> Response[Error | JobList]:
    """List jobs.

    The jobs of the instance, the latest first, ended ones included unless activeOnly is true.
    Each comes whole, with its log and its steps.

    Args:
        active_only (bool | Unset):  Default: False.
        limit (int | Unset):  Default: 25.
        offset (int | Unset):  Default: 0.

    Returns:
        Response[Error | JobList], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        active_only=active_only,
        limit=limit,
        offset=offset,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    active_only: bool | Unset = False,
    limit: int | Unset = 25,
    offset: int | Unset = 0,
) -> JobList:
    """List jobs.

    The jobs of the instance, the latest first, ended ones included unless activeOnly is true.
    Each comes whole, with its log and its steps.

    Args:
        active_only (bool | Unset):  Default: False.
        limit (int | Unset):  Default: 25.
        offset (int | Unset):  Default: 0.

    Returns:
        JobList

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        active_only=active_only,
        limit=limit,
        offset=offset,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(JobList, jobcall.wanted(_parse_response, client, response))
