# Generated from specs/control.yaml by "make generate". Do not edit.
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.machine_list import MachineList
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    api: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["api"] = api

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/machines",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> MachineList | Problem | None:
    if response.status_code == 200:
        response_200 = MachineList.from_dict(response.json())

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
) -> Response[MachineList | Problem]:
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
) -> Response[MachineList | Problem]:
    """List the machines and scenarios of every API

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MachineList | Problem]
    """

    kwargs = _get_kwargs(
        api=api,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
) -> MachineList | Problem | None:
    """List the machines and scenarios of every API

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MachineList | Problem
    """

    return sync_detailed(
        client=client,
        api=api,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
) -> Response[MachineList | Problem]:
    """List the machines and scenarios of every API

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MachineList | Problem]
    """

    kwargs = _get_kwargs(
        api=api,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
) -> MachineList | Problem | None:
    """List the machines and scenarios of every API

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MachineList | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            api=api,
        )
    ).parsed
