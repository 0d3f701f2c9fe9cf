# Generated from specs/osapi.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.echo_error import EchoError
from ...models.error_response import ErrorResponse
from ...models.job_list import JobList
from ...models.job_status import JobStatus
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    status: JobStatus | Unset = UNSET,
    limit: int | Unset = 10,
    offset: int | Unset = 0,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    params["limit"] = limit

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/job",
        "params": params,
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> EchoError | ErrorResponse | ErrorResponse | JobList:
    if response.status_code == 200:
        response_200 = JobList.from_dict(response.json())

        return response_200

    if response.status_code == 400:

        def _parse_response_400(data: object) -> EchoError | ErrorResponse:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_400_type_0 = ErrorResponse.from_dict(data)

                return response_400_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_400_type_1 = EchoError.from_dict(data)

            return response_400_type_1

        response_400 = _parse_response_400(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = ErrorResponse.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = ErrorResponse.from_dict(response.json())

        return response_403

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[EchoError | ErrorResponse | ErrorResponse | JobList]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    status: JobStatus | Unset = UNSET,
    limit: int | Unset = 10,
    offset: int | Unset = 0,
) -> Response[EchoError | ErrorResponse | ErrorResponse | JobList]:
    """List jobs.

    Answers the jobs that fit, the latest first. What single agents did is left to `getJob`, and
    so is whether
    anything has changed.

    Args:
        status (JobStatus | Unset): How far a job has come: `submitted` until an agent takes
            notice, `processing` until the last agent has ended, then `completed`, `failed`, or
            `partial_failure` when it went well on some agents only. (Since 22 March 2026 OSAPI
            knows `skipped` too, for agents of an unsupported system; these docs do not.)
        limit (int | Unset):  Default: 10.
        offset (int | Unset):  Default: 0.

    Returns:
        Response[EchoError | ErrorResponse | ErrorResponse | JobList], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        status=status,
        limit=limit,
        offset=offset,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    status: JobStatus | Unset = UNSET,
    limit: int | Unset = 10,
    offset: int | Unset = 0,
) -> JobList:
    """List jobs.

    Answers the jobs that fit, the latest first. What single agents did is left to `getJob`, and
    so is whether
    anything has changed.

    Args:
        status (JobStatus | Unset): How far a job has come: `submitted` until an agent takes
            notice, `processing` until the last agent has ended, then `completed`, `failed`, or
            `partial_failure` when it went well on some agents only. (Since 22 March 2026 OSAPI
            knows `skipped` too, for agents of an unsupported system; these docs do not.)
        limit (int | Unset):  Default: 10.
        offset (int | Unset):  Default: 0.

    Returns:
        JobList

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        status=status,
        limit=limit,
        offset=offset,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(JobList, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    status: JobStatus | Unset = UNSET,
    limit: int | Unset = 10,
    offset: int | Unset = 0,
) -> Response[EchoError | ErrorResponse | ErrorResponse | JobList]:
    """List jobs.

    Answers the jobs that fit, the latest first. What single agents did is left to `getJob`, and
    so is whether
    anything has changed.

    Args:
        status (JobStatus | Unset): How far a job has come: `submitted` until an agent takes
            notice, `processing` until the last agent has ended, then `completed`, `failed`, or
            `partial_failure` when it went well on some agents only. (Since 22 March 2026 OSAPI
            knows `skipped` too, for agents of an unsupported system; these docs do not.)
        limit (int | Unset):  Default: 10.
        offset (int | Unset):  Default: 0.

    Returns:
        Response[EchoError | ErrorResponse | ErrorResponse | JobList], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        status=status,
        limit=limit,
        offset=offset,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    status: JobStatus | Unset = UNSET,
    limit: int | Unset = 10,
    offset: int | Unset = 0,
) -> JobList:
    """List jobs.

    Answers the jobs that fit, the latest first. What single agents did is left to `getJob`, and
    so is whether
    anything has changed.

    Args:
        status (JobStatus | Unset): How far a job has come: `submitted` until an agent takes
            notice, `processing` until the last agent has ended, then `completed`, `failed`, or
            `partial_failure` when it went well on some agents only. (Since 22 March 2026 OSAPI
            knows `skipped` too, for agents of an unsupported system; these docs do not.)
        limit (int | Unset):  Default: 10.
        offset (int | Unset):  Default: 0.

    Returns:
        JobList

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        status=status,
        limit=limit,
        offset=offset,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(JobList, jobcall.wanted(_parse_response, client, response))
