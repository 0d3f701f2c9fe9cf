# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.fault import Fault
from ...models.new_fault import NewFault
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    *,
    body: NewFault,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/faults",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Fault | Problem:
    if response.status_code == 201:
        response_201 = Fault.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

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
) -> Response[Fault | Problem]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: NewFault,
) -> Response[Fault | Problem]:
    """Inject a fault into future responses.

    The fault counts the requests to this API that match its operation and job. The first
    `after` of them pass, the next `times` are hit, or all others. Of several faults, the first
    one that is due hits.

    Args:
        body (NewFault): A fault, or a preset of several, and the requests that it hits

    Returns:
        Response[Fault | Problem], which may be a documented error

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
    client: AuthenticatedClient | Client,
    body: NewFault,
) -> Fault:
    """Inject a fault into future responses.

    The fault counts the requests to this API that match its operation and job. The first
    `after` of them pass, the next `times` are hit, or all others. Of several faults, the first
    one that is due hits.

    Args:
        body (NewFault): A fault, or a preset of several, and the requests that it hits

    Returns:
        Fault

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
    return cast(Fault, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: NewFault,
) -> Response[Fault | Problem]:
    """Inject a fault into future responses.

    The fault counts the requests to this API that match its operation and job. The first
    `after` of them pass, the next `times` are hit, or all others. Of several faults, the first
    one that is due hits.

    Args:
        body (NewFault): A fault, or a preset of several, and the requests that it hits

    Returns:
        Response[Fault | Problem], which may be a documented error

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
    client: AuthenticatedClient | Client,
    body: NewFault,
) -> Fault:
    """Inject a fault into future responses.

    The fault counts the requests to this API that match its operation and job. The first
    `after` of them pass, the next `times` are hit, or all others. Of several faults, the first
    one that is due hits.

    Args:
        body (NewFault): A fault, or a preset of several, and the requests that it hits

    Returns:
        Fault

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
    return cast(Fault, jobcall.wanted(_parse_response, client, response))
