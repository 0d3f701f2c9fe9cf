# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.access_token import AccessToken
from ...models.access_token_problem import AccessTokenProblem
from ...models.access_token_request import AccessTokenRequest
from ...models.error_response import ErrorResponse
from ...types import Response


def _get_kwargs(
    *,
    body: AccessTokenRequest,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/external/api/v1/auth/user-token/refresh",
    }
    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AccessToken | AccessTokenProblem | ErrorResponse:
    if response.status_code == 200:
        response_200 = AccessToken.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = AccessTokenProblem.from_dict(response.json())

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
) -> Response[AccessToken | AccessTokenProblem | ErrorResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AccessTokenRequest,
) -> Response[AccessToken | AccessTokenProblem | ErrorResponse]:
    """Get an access token.

    Exchanges a refresh token, which the dashboard gives out for 30 days, for an access token,
    which lasts 15 minutes. Neither the answer nor a complaint about the request comes in the
    envelope of the other endpoints. Of the refresh token the twin asks only that it is a word.

    Args:
        body (AccessTokenRequest): The request for an access token

    Returns:
        Response[AccessToken | AccessTokenProblem | ErrorResponse], which may be a documented error

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
    body: AccessTokenRequest,
) -> AccessToken:
    """Get an access token.

    Exchanges a refresh token, which the dashboard gives out for 30 days, for an access token,
    which lasts 15 minutes. Neither the answer nor a complaint about the request comes in the
    envelope of the other endpoints. Of the refresh token the twin asks only that it is a word.

    Args:
        body (AccessTokenRequest): The request for an access token

    Returns:
        AccessToken

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
    return cast(AccessToken, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: AccessTokenRequest,
) -> Response[AccessToken | AccessTokenProblem | ErrorResponse]:
    """Get an access token.

    Exchanges a refresh token, which the dashboard gives out for 30 days, for an access token,
    which lasts 15 minutes. Neither the answer nor a complaint about the request comes in the
    envelope of the other endpoints. Of the refresh token the twin asks only that it is a word.

    Args:
        body (AccessTokenRequest): The request for an access token

    Returns:
        Response[AccessToken | AccessTokenProblem | ErrorResponse], which may be a documented error

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
    body: AccessTokenRequest,
) -> AccessToken:
    """Get an access token.

    Exchanges a refresh token, which the dashboard gives out for 30 days, for an access token,
    which lasts 15 minutes. Neither the answer nor a complaint about the request comes in the
    envelope of the other endpoints. Of the refresh token the twin asks only that it is a word.

    Args:
        body (AccessTokenRequest): The request for an access token

    Returns:
        AccessToken

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
    return cast(AccessToken, jobcall.wanted(_parse_response, client, response))
