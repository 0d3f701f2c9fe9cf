# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.bulk_schedule import BulkSchedule
from ...models.bulk_schedule_response import BulkScheduleResponse
from ...models.error_response import ErrorResponse
from ...types import Response


def _get_kwargs(
    *,
    body: BulkSchedule,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/external/client/api/v1/job/create",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> BulkScheduleResponse | ErrorResponse | None:
    if response.status_code == 201:
        response_201 = BulkScheduleResponse.from_dict(response.json())

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

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[BulkScheduleResponse | ErrorResponse]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: BulkSchedule,
) -> Response[BulkScheduleResponse | ErrorResponse]:
    """Schedule onboardings

     Makes a job of the onboarding of some mount points of some instances. Where an onboarding needs a
    reboot, say when: data begins to move at once, and the reboot waits until then. Where it needs none,
    say when to begin. The twin notes both times, and lives by those of its scenarios.

    Args:
        body (BulkSchedule): What is to be onboarded, and when

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BulkScheduleResponse | ErrorResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: BulkSchedule,
) -> BulkScheduleResponse | ErrorResponse | None:
    """Schedule onboardings

     Makes a job of the onboarding of some mount points of some instances. Where an onboarding needs a
    reboot, say when: data begins to move at once, and the reboot waits until then. Where it needs none,
    say when to begin. The twin notes both times, and lives by those of its scenarios.

    Args:
        body (BulkSchedule): What is to be onboarded, and when

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BulkScheduleResponse | ErrorResponse
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: BulkSchedule,
) -> Response[BulkScheduleResponse | ErrorResponse]:
    """Schedule onboardings

     Makes a job of the onboarding of some mount points of some instances. Where an onboarding needs a
    reboot, say when: data begins to move at once, and the reboot waits until then. Where it needs none,
    say when to begin. The twin notes both times, and lives by those of its scenarios.

    Args:
        body (BulkSchedule): What is to be onboarded, and when

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BulkScheduleResponse | ErrorResponse]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: BulkSchedule,
) -> BulkScheduleResponse | ErrorResponse | None:
    """Schedule onboardings

     Makes a job of the onboarding of some mount points of some instances. Where an onboarding needs a
    reboot, say when: data begins to move at once, and the reboot waits until then. Where it needs none,
    say when to begin. The twin notes both times, and lives by those of its scenarios.

    Args:
        body (BulkSchedule): What is to be onboarded, and when

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BulkScheduleResponse | ErrorResponse
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
