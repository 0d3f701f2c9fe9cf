# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.machine_graph import MachineGraph
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    api: str,
    machine: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/machines/{api}/{machine}".format(
            api=jobcall.segment("api", api),
            machine=jobcall.segment("machine", machine),
        ),
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> MachineGraph | Problem:
    if response.status_code == 200:
        response_200 = MachineGraph.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[MachineGraph | Problem]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    api: str,
    machine: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[MachineGraph | Problem]:
    """Get a machine's states, transitions and scenarios.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.

    Returns:
        Response[MachineGraph | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        machine=machine,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    api: str,
    machine: str,
    *,
    client: AuthenticatedClient | Client,
) -> MachineGraph:
    """Get a machine's states, transitions and scenarios.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.

    Returns:
        MachineGraph

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        machine=machine,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(MachineGraph, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    api: str,
    machine: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[MachineGraph | Problem]:
    """Get a machine's states, transitions and scenarios.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.

    Returns:
        Response[MachineGraph | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        machine=machine,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    api: str,
    machine: str,
    *,
    client: AuthenticatedClient | Client,
) -> MachineGraph:
    """Get a machine's states, transitions and scenarios.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.

    Returns:
        MachineGraph

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        machine=machine,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(MachineGraph, jobcall.wanted(_parse_response, client, response))
