# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.agent_install_request import AgentInstallRequest
from ...models.agent_installs_response import AgentInstallsResponse
from ...models.error_response import ErrorResponse
from ...types import Response


def _get_kwargs(
    *,
    body: AgentInstallRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/external/client/api/v1/agent/install",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AgentInstallsResponse | ErrorResponse:
    if response.status_code == 201:
        response_201 = AgentInstallsResponse.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AgentInstallsResponse | ErrorResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: AgentInstallRequest,
) -> Response[AgentInstallsResponse | ErrorResponse]:
    """Install the agent.

    Begins a bulk installation of the agent, on Linux and Windows alike. The answer is a list,
    though the installation is one: a page says that the id stands in the success response
    array. Which fields say where an instance is depends on the cloud; Azure also needs the
    resource group.

    Args:
        body (AgentInstallRequest): The instances to install the agent on

    Returns:
        Response[AgentInstallsResponse | ErrorResponse], which may be a documented error

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
    body: AgentInstallRequest,
) -> AgentInstallsResponse:
    """Install the agent.

    Begins a bulk installation of the agent, on Linux and Windows alike. The answer is a list,
    though the installation is one: a page says that the id stands in the success response
    array. Which fields say where an instance is depends on the cloud; Azure also needs the
    resource group.

    Args:
        body (AgentInstallRequest): The instances to install the agent on

    Returns:
        AgentInstallsResponse

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
    return cast(AgentInstallsResponse, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: AgentInstallRequest,
) -> Response[AgentInstallsResponse | ErrorResponse]:
    """Install the agent.

    Begins a bulk installation of the agent, on Linux and Windows alike. The answer is a list,
    though the installation is one: a page says that the id stands in the success response
    array. Which fields say where an instance is depends on the cloud; Azure also needs the
    resource group.

    Args:
        body (AgentInstallRequest): The instances to install the agent on

    Returns:
        Response[AgentInstallsResponse | ErrorResponse], which may be a documented error

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
    body: AgentInstallRequest,
) -> AgentInstallsResponse:
    """Install the agent.

    Begins a bulk installation of the agent, on Linux and Windows alike. The answer is a list,
    though the installation is one: a page says that the id stands in the success response
    array. Which fields say where an instance is depends on the cloud; Azure also needs the
    resource group.

    Args:
        body (AgentInstallRequest): The instances to install the agent on

    Returns:
        AgentInstallsResponse

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
    return cast(AgentInstallsResponse, jobcall.wanted(_parse_response, client, response))
