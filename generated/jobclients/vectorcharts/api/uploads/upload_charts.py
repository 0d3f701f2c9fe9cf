# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.chart_file import ChartFile
from ...models.error import Error
from ...models.upload_received import UploadReceived
from ...types import Response


def _get_kwargs(
    *,
    body: ChartFile,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/portal/v1/charts/upload",
    }
    _kwargs["files"] = body.to_multipart()

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | UploadReceived:
    if response.status_code == 200:
        response_200 = UploadReceived.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    raise errors.UnexpectedStatus(response)


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | UploadReceived]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: ChartFile,
) -> Response[Error | UploadReceived]:
    """Upload charts.

    Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to
    ingest it. The answer comes before anything has been looked at; getUpload tells how it goes
    on. The vendor refuses a file of another type with 400; the twin looks into none, and takes
    it.

    Args:
        body (ChartFile): A file to upload

    Returns:
        Response[Error | UploadReceived], which may be a documented error

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
    body: ChartFile,
) -> UploadReceived:
    """Upload charts.

    Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to
    ingest it. The answer comes before anything has been looked at; getUpload tells how it goes
    on. The vendor refuses a file of another type with 400; the twin looks into none, and takes
    it.

    Args:
        body (ChartFile): A file to upload

    Returns:
        UploadReceived

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
    return cast(UploadReceived, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: ChartFile,
) -> Response[Error | UploadReceived]:
    """Upload charts.

    Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to
    ingest it. The answer comes before anything has been looked at; getUpload tells how it goes
    on. The vendor refuses a file of another type with 400; the twin looks into none, and takes
    it.

    Args:
        body (ChartFile): A file to upload

    Returns:
        Response[Error | UploadReceived], which may be a documented error

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
    body: ChartFile,
) -> UploadReceived:
    """Upload charts.

    Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to
    ingest it. The answer comes before anything has been looked at; getUpload tells how it goes
    on. The vendor refuses a file of another type with 400; the twin looks into none, and takes
    it.

    Args:
        body (ChartFile): A file to upload

    Returns:
        UploadReceived

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
    return cast(UploadReceived, jobcall.wanted(_parse_response, client, response))
