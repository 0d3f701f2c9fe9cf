# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

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
) -> BulkScheduleResponse | ErrorResponse:
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

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[BulkScheduleResponse | ErrorResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: BulkSchedule,
) -> Response[BulkScheduleResponse | ErrorResponse]:
    """Schedule onboardings.

    Makes a job of the onboarding of some mount points of some instances. Where an onboarding
    needs a reboot, say when; where it needs none, say when to begin. The job waits for that
    time; without one it begins soon. A sister page says that data begins to move before the
    reboot; the page of getJob has the job wait for the reboot window.

    Args:
        body (BulkSchedule): The mount points to onboard, and the time

    Returns:
        Response[BulkScheduleResponse | ErrorResponse], which may be a documented error

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
    body: BulkSchedule,
) -> BulkScheduleResponse:
    """Schedule onboardings.

    Makes a job of the onboarding of some mount points of some instances. Where an onboarding
    needs a reboot, say when; where it needs none, say when to begin. The job waits for that
    time; without one it begins soon. A sister page says that data begins to move before the
    reboot; the page of getJob has the job wait for the reboot window.

    Args:
        body (BulkSchedule): The mount points to onboard, and the time

    Returns:
        BulkScheduleResponse

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
    return cast(BulkScheduleResponse, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: BulkSchedule,
) -> Response[BulkScheduleResponse | ErrorResponse]:
    """Schedule onboardings.

    Makes a job of the onboarding of some mount points of some instances. Where an onboarding
    needs a reboot, say when; where it needs none, say when to begin. The job waits for that
    time; without one it begins soon. A sister page says that data begins to move before the
    reboot; the page of getJob has the job wait for the reboot window.

    Args:
        body (BulkSchedule): The mount points to onboard, and the time

    Returns:
        Response[BulkScheduleResponse | ErrorResponse], which may be a documented error

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
    body: BulkSchedule,
) -> BulkScheduleResponse:
    """Schedule onboardings.

    Makes a job of the onboarding of some mount points of some instances. Where an onboarding
    needs a reboot, say when; where it needs none, say when to begin. The job waits for that
    time; without one it begins soon. A sister page says that data begins to move before the
    reboot; the page of getJob has the job wait for the reboot window.

    Args:
        body (BulkSchedule): The mount points to onboard, and the time

    Returns:
        BulkScheduleResponse

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
    return cast(BulkScheduleResponse, jobcall.wanted(_parse_response, client, response))
