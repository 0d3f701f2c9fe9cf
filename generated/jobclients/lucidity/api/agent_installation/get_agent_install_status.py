# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.agent_install_response import AgentInstallResponse
from ...models.error_response import ErrorResponse
from ...types import UNSET, Response


def _get_kwargs(
    *,
    id: int,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["id"] = id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/external/client/api/v1/agent/install/status",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AgentInstallResponse | ErrorResponse | None:
    if response.status_code == 200:
        response_200 = AgentInstallResponse.from_dict(response.json())

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

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AgentInstallResponse | ErrorResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    id: int,
) -> Response[AgentInstallResponse | ErrorResponse]:
    """Get the status of an agent installation

     How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not be found
    just now. The page leaves open whether an id that is no Long answers 400 or 404; here it is 400, as
    for getJob.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AgentInstallResponse | ErrorResponse]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    id: int,
) -> AgentInstallResponse | ErrorResponse | None:
    """Get the status of an agent installation

     How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not be found
    just now. The page leaves open whether an id that is no Long answers 400 or 404; here it is 400, as
    for getJob.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AgentInstallResponse | ErrorResponse
    """

    return sync_detailed(
        client=client,
        id=id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    id: int,
) -> Response[AgentInstallResponse | ErrorResponse]:
    """Get the status of an agent installation

     How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not be found
    just now. The page leaves open whether an id that is no Long answers 400 or 404; here it is 400, as
    for getJob.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AgentInstallResponse | ErrorResponse]
    """

    kwargs = _get_kwargs(
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    id: int,
) -> AgentInstallResponse | ErrorResponse | None:
    """Get the status of an agent installation

     How far a bulk installation of the agent has come. UNKNOWN is no end: the answer could not be found
    just now. The page leaves open whether an id that is no Long answers 400 or 404; here it is 400, as
    for getJob.

    Args:
        id (int): Number of a bulk installation, a Long Example: 2.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AgentInstallResponse | ErrorResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            id=id,
        )
    ).parsed
