# Generated from specs/osapi.yaml by "make generate". Do not edit.
from typing import Any, cast
from uuid import UUID

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.create_job_response import CreateJobResponse
from ...models.echo_error import EchoError
from ...models.error_response import ErrorResponse
from ...models.retry_job_request import RetryJobRequest
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: UUID,
    *,
    body: RetryJobRequest | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/job/{id}/retry".format(
            id=jobcall.segment("id", id),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> CreateJobResponse | EchoError | EchoError | ErrorResponse | ErrorResponse:
    if response.status_code == 201:
        response_201 = CreateJobResponse.from_dict(response.json())

        return response_201

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

    if response.status_code == 404:
        response_404 = ErrorResponse.from_dict(response.json())

        return response_404

    if response.status_code == 413:
        response_413 = EchoError.from_dict(response.json())

        return response_413

    if response.status_code == 415:
        response_415 = EchoError.from_dict(response.json())

        return response_415

    if response.status_code == 500:
        response_500 = ErrorResponse.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[CreateJobResponse | EchoError | EchoError | ErrorResponse | ErrorResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    id: UUID,
    *,
    client: AuthenticatedClient,
    body: RetryJobRequest | Unset = UNSET,
) -> Response[CreateJobResponse | EchoError | EchoError | ErrorResponse | ErrorResponse]:
    """Retry a job.

    Makes a new job of the same operation, whatever the state of the old one, which keeps its
    state and gains a
    line in its timeline. The new one goes to any one agent unless the body says otherwise: not
    to those that the
    old one went to.

    Args:
        id (UUID): The id of a job Example: 3fa85f64-5717-4562-b3fc-2c963f66afa6.
        body (RetryJobRequest | Unset): The target of the retry

    Returns:
        Response[CreateJobResponse | EchoError | EchoError | ErrorResponse | ErrorResponse], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    id: UUID,
    *,
    client: AuthenticatedClient,
    body: RetryJobRequest | Unset = UNSET,
) -> CreateJobResponse:
    """Retry a job.

    Makes a new job of the same operation, whatever the state of the old one, which keeps its
    state and gains a
    line in its timeline. The new one goes to any one agent unless the body says otherwise: not
    to those that the
    old one went to.

    Args:
        id (UUID): The id of a job Example: 3fa85f64-5717-4562-b3fc-2c963f66afa6.
        body (RetryJobRequest | Unset): The target of the retry

    Returns:
        CreateJobResponse

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
        body=body,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(CreateJobResponse, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    id: UUID,
    *,
    client: AuthenticatedClient,
    body: RetryJobRequest | Unset = UNSET,
) -> Response[CreateJobResponse | EchoError | EchoError | ErrorResponse | ErrorResponse]:
    """Retry a job.

    Makes a new job of the same operation, whatever the state of the old one, which keeps its
    state and gains a
    line in its timeline. The new one goes to any one agent unless the body says otherwise: not
    to those that the
    old one went to.

    Args:
        id (UUID): The id of a job Example: 3fa85f64-5717-4562-b3fc-2c963f66afa6.
        body (RetryJobRequest | Unset): The target of the retry

    Returns:
        Response[CreateJobResponse | EchoError | EchoError | ErrorResponse | ErrorResponse], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    id: UUID,
    *,
    client: AuthenticatedClient,
    body: RetryJobRequest | Unset = UNSET,
) -> CreateJobResponse:
    """Retry a job.

    Makes a new job of the same operation, whatever the state of the old one, which keeps its
    state and gains a
    line in its timeline. The new one goes to any one agent unless the body says otherwise: not
    to those that the
    old one went to.

    Args:
        id (UUID): The id of a job Example: 3fa85f64-5717-4562-b3fc-2c963f66afa6.
        body (RetryJobRequest | Unset): The target of the retry

    Returns:
        CreateJobResponse

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        id=id,
        body=body,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(CreateJobResponse, jobcall.wanted(_parse_response, client, response))
