# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from http import HTTPStatus
from typing import Any

import httpx

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

    headers["Content-Type"] = "multipart/form-data; boundary=+++"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | UploadReceived | None:
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

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | UploadReceived]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: ChartFile,
) -> Response[Error | UploadReceived]:
    """Upload charts

     Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to ingest
    it. The answer comes before anything has been looked at; getUpload tells how it goes on.

    Args:
        body (ChartFile): A file to upload

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | UploadReceived]
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
    body: ChartFile,
) -> Error | UploadReceived | None:
    """Upload charts

     Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to ingest
    it. The answer comes before anything has been looked at; getUpload tells how it goes on.

    Args:
        body (ChartFile): A file to upload

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | UploadReceived
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: ChartFile,
) -> Response[Error | UploadReceived]:
    """Upload charts

     Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to ingest
    it. The answer comes before anything has been looked at; getUpload tells how it goes on.

    Args:
        body (ChartFile): A file to upload

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | UploadReceived]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: ChartFile,
) -> Error | UploadReceived | None:
    """Upload charts

     Takes a file in, up to a gigabyte at the vendor's and a megabyte here, and begins a job to ingest
    it. The answer comes before anything has been looked at; getUpload tells how it goes on.

    Args:
        body (ChartFile): A file to upload

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | UploadReceived
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
