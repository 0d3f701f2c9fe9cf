# Generated from specs/control.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.delivery import Delivery
from ...models.delivery_by_hand import DeliveryByHand
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    id: str,
    *,
    body: DeliveryByHand | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/deliveries/{id}".format(
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
) -> Delivery | Problem:
    if response.status_code == 200:
        response_200 = Delivery.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

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
) -> Response[Delivery | Problem]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DeliveryByHand | Unset = UNSET,
) -> Response[Delivery | Problem]:
    """Send a delivery by hand, once.

    Also a delivery that was sent before, or that is held. This does not count as a retry.

    Args:
        id (str):
        body (DeliveryByHand | Unset):

    Returns:
        Response[Delivery | Problem], which may be a documented error

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
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DeliveryByHand | Unset = UNSET,
) -> Delivery:
    """Send a delivery by hand, once.

    Also a delivery that was sent before, or that is held. This does not count as a retry.

    Args:
        id (str):
        body (DeliveryByHand | Unset):

    Returns:
        Delivery

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
    return cast(Delivery, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DeliveryByHand | Unset = UNSET,
) -> Response[Delivery | Problem]:
    """Send a delivery by hand, once.

    Also a delivery that was sent before, or that is held. This does not count as a retry.

    Args:
        id (str):
        body (DeliveryByHand | Unset):

    Returns:
        Response[Delivery | Problem], which may be a documented error

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
    id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DeliveryByHand | Unset = UNSET,
) -> Delivery:
    """Send a delivery by hand, once.

    Also a delivery that was sent before, or that is held. This does not count as a retry.

    Args:
        id (str):
        body (DeliveryByHand | Unset):

    Returns:
        Delivery

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
    return cast(Delivery, jobcall.wanted(_parse_response, client, response))
