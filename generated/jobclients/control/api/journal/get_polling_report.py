# Generated from specs/control.yaml by "make generate". Do not edit.
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.polling_report import PollingReport
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["api"] = api

    params["job"] = job

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/journal/report",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PollingReport | Problem | None:
    if response.status_code == 200:
        response_200 = PollingReport.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PollingReport | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> Response[PollingReport | Problem]:
    """Tell how politely each job was polled

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PollingReport | Problem]
    """

    kwargs = _get_kwargs(
        api=api,
        job=job,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> PollingReport | Problem | None:
    """Tell how politely each job was polled

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PollingReport | Problem
    """

    return sync_detailed(
        client=client,
        api=api,
        job=job,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> Response[PollingReport | Problem]:
    """Tell how politely each job was polled

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PollingReport | Problem]
    """

    kwargs = _get_kwargs(
        api=api,
        job=job,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> PollingReport | Problem | None:
    """Tell how politely each job was polled

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PollingReport | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            api=api,
            job=job,
        )
    ).parsed
