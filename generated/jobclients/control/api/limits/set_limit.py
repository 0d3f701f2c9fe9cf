# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.limit import Limit
from ...models.new_limit import NewLimit
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    api: str,
    name: str,
    *,
    body: NewLimit,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/limits/{api}/{name}".format(
            api=jobcall.segment("api", api),
            name=jobcall.segment("name", name),
        ),
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Limit | Problem:
    if response.status_code == 200:
        response_200 = Limit.from_dict(response.json())

        return response_200

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
) -> Response[Limit | Problem]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewLimit,
) -> Response[Limit | Problem]:
    """Put a limit in force.

    A limit of the spec, or one of your own. Missing values are taken from the spec. The limit
    counts requests from now on. It refuses further requests with 429 until its window ends, by
    the sandbox's clock.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.
        body (NewLimit): A number of requests in a window of time

    Returns:
        Response[Limit | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewLimit,
) -> Limit:
    """Put a limit in force.

    A limit of the spec, or one of your own. Missing values are taken from the spec. The limit
    counts requests from now on. It refuses further requests with 429 until its window ends, by
    the sandbox's clock.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.
        body (NewLimit): A number of requests in a window of time

    Returns:
        Limit

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(Limit, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewLimit,
) -> Response[Limit | Problem]:
    """Put a limit in force.

    A limit of the spec, or one of your own. Missing values are taken from the spec. The limit
    counts requests from now on. It refuses further requests with 429 until its window ends, by
    the sandbox's clock.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.
        body (NewLimit): A number of requests in a window of time

    Returns:
        Response[Limit | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    api: str,
    name: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewLimit,
) -> Limit:
    """Put a limit in force.

    A limit of the spec, or one of your own. Missing values are taken from the spec. The limit
    counts requests from now on. It refuses further requests with 429 until its window ends, by
    the sandbox's clock.

    Args:
        api (str): A twin's name, the stem of its spec Example: polaris.
        name (str):  Example: polls.
        body (NewLimit): A number of requests in a window of time

    Returns:
        Limit

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        name=name,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(Limit, jobcall.wanted(_parse_response, client, response))
