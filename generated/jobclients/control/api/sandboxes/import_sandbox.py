# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.sandbox import Sandbox
from ...models.world import World
from ...types import Response


def _get_kwargs(
    name: str,
    *,
    body: World,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/sandboxes/{name}/import".format(
            name=jobcall.segment("name", name),
        ),
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Sandbox:
    if response.status_code == 200:
        response_200 = Sandbox.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = Problem.from_dict(response.json())

        return response_415

    if response.status_code == 503:
        response_503 = Problem.from_dict(response.json())

        return response_503

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | Sandbox]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: World,
) -> Response[Problem | Sandbox]:
    """Import a sandbox from a file.

    An existing sandbox of that name is replaced. The clock continues from the time of the
    export. A file with another version of the format, or of other specs, is refused with a 409.

    Args:
        name (str): A sandbox's name Example: default.
        body (World): A sandbox as a file: `specs` (a fingerprint of each), `clock`, `settings`,
            `jobs` and `requests`. Their form depends on the version.

    Returns:
        Response[Problem | Sandbox], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: World,
) -> Sandbox:
    """Import a sandbox from a file.

    An existing sandbox of that name is replaced. The clock continues from the time of the
    export. A file with another version of the format, or of other specs, is refused with a 409.

    Args:
        name (str): A sandbox's name Example: default.
        body (World): A sandbox as a file: `specs` (a fingerprint of each), `clock`, `settings`,
            `jobs` and `requests`. Their form depends on the version.

    Returns:
        Sandbox

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(Sandbox, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: World,
) -> Response[Problem | Sandbox]:
    """Import a sandbox from a file.

    An existing sandbox of that name is replaced. The clock continues from the time of the
    export. A file with another version of the format, or of other specs, is refused with a 409.

    Args:
        name (str): A sandbox's name Example: default.
        body (World): A sandbox as a file: `specs` (a fingerprint of each), `clock`, `settings`,
            `jobs` and `requests`. Their form depends on the version.

    Returns:
        Response[Problem | Sandbox], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: World,
) -> Sandbox:
    """Import a sandbox from a file.

    An existing sandbox of that name is replaced. The clock continues from the time of the
    export. A file with another version of the format, or of other specs, is refused with a 409.

    Args:
        name (str): A sandbox's name Example: default.
        body (World): A sandbox as a file: `specs` (a fingerprint of each), `clock`, `settings`,
            `jobs` and `requests`. Their form depends on the version.

    Returns:
        Sandbox

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        name=name,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(Sandbox, jobcall.wanted(_parse_response, client, response))
