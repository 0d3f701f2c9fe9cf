# Generated from specs/control.yaml by "make generate". Do not edit.
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    api: str,
    machine: str,
    id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/jobs/{api}/{machine}/{id}".format(
            api=quote(str(api), safe=""),
            machine=quote(str(machine), safe=""),
            id=quote(str(id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | Problem | None:
    if response.status_code == 204:
        response_204 = cast(Any, None)
        return response_204

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Any | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    api: str,
    machine: str,
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | Problem]:
    """Forget a job

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.
        id (str):  Example: db6a3110-d6c3-4a63-86b2-41d51a65ce11.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        api=api,
        machine=machine,
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    api: str,
    machine: str,
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | Problem | None:
    """Forget a job

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.
        id (str):  Example: db6a3110-d6c3-4a63-86b2-41d51a65ce11.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return sync_detailed(
        api=api,
        machine=machine,
        id=id,
        client=client,
    ).parsed


async def asyncio_detailed(
    api: str,
    machine: str,
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | Problem]:
    """Forget a job

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.
        id (str):  Example: db6a3110-d6c3-4a63-86b2-41d51a65ce11.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | Problem]
    """

    kwargs = _get_kwargs(
        api=api,
        machine=machine,
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    api: str,
    machine: str,
    id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | Problem | None:
    """Forget a job

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        machine (str): A machine's name in the spec Example: job.
        id (str):  Example: db6a3110-d6c3-4a63-86b2-41d51a65ce11.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | Problem
    """

    return (
        await asyncio_detailed(
            api=api,
            machine=machine,
            id=id,
            client=client,
        )
    ).parsed
