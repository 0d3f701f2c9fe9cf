# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

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
) -> PollingReport | Problem:
    if response.status_code == 200:
        response_200 = PollingReport.from_dict(response.json())

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
) -> Response[PollingReport | Problem]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> Response[PollingReport | Problem]:
    """Get a report on how each job was polled.

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Returns:
        Response[PollingReport | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        job=job,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> PollingReport:
    """Get a report on how each job was polled.

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Returns:
        PollingReport

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        job=job,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(PollingReport, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> Response[PollingReport | Problem]:
    """Get a report on how each job was polled.

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Returns:
        Response[PollingReport | Problem], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        job=job,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    api: str | Unset = UNSET,
    job: str | Unset = UNSET,
) -> PollingReport:
    """Get a report on how each job was polled.

    Args:
        api (str | Unset): A twin's name, the stem of its spec Example: polaris.
        job (str | Unset):

    Returns:
        PollingReport

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        api=api,
        job=job,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(PollingReport, jobcall.wanted(_parse_response, client, response))
