# Generated from specs/polaris.yaml by "make generate". Do not edit.
from typing import Any, cast

import httpx
import jobcall

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error_response import ErrorResponse
from ...models.execution_status import ExecutionStatus
from ...models.health_status import HealthStatus
from ...models.job_list import JobList
from ...models.job_type import JobType
from ...models.sort_column import SortColumn
from ...models.sort_order import SortOrder
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    health_status: list[HealthStatus] | Unset = UNSET,
    type_: list[JobType] | Unset = UNSET,
    execution_status: list[ExecutionStatus] | Unset = UNSET,
    connection_name: list[str] | Unset = UNSET,
    target_table_name: str | Unset = UNSET,
    target_table_id: str | Unset = UNSET,
    search_string: str | Unset = UNSET,
    sort_column: SortColumn | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    pagination_limit: int | Unset = 100,
    pagination_offset: int | Unset = 0,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_health_status: list[str] | Unset = UNSET
    if not isinstance(health_status, Unset):
        json_health_status = []
        for health_status_item_data in health_status:
            health_status_item = health_status_item_data.value
            json_health_status.append(health_status_item)

    params["healthStatus"] = json_health_status

    json_type_: list[str] | Unset = UNSET
    if not isinstance(type_, Unset):
        json_type_ = []
        for type_item_data in type_:
            type_item = type_item_data.value
            json_type_.append(type_item)

    params["type"] = json_type_

    json_execution_status: list[str] | Unset = UNSET
    if not isinstance(execution_status, Unset):
        json_execution_status = []
        for execution_status_item_data in execution_status:
            execution_status_item = execution_status_item_data.value
            json_execution_status.append(execution_status_item)

    params["executionStatus"] = json_execution_status

    json_connection_name: list[str] | Unset = UNSET
    if not isinstance(connection_name, Unset):
        json_connection_name = connection_name

    params["connectionName"] = json_connection_name

    params["targetTableName"] = target_table_name

    params["targetTableId"] = target_table_id

    params["searchString"] = search_string

    json_sort_column: str | Unset = UNSET
    if not isinstance(sort_column, Unset):
        json_sort_column = sort_column.value

    params["sortColumn"] = json_sort_column

    json_sort_order: str | Unset = UNSET
    if not isinstance(sort_order, Unset):
        json_sort_order = sort_order.value

    params["sortOrder"] = json_sort_order

    params["paginationLimit"] = pagination_limit

    params["paginationOffset"] = pagination_offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/projects/{project_id}/jobs".format(
            project_id=jobcall.segment("project_id", project_id),
        ),
        "params": params,
    }
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorResponse | JobList:
    if response.status_code == 200:
        response_200 = JobList.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = ErrorResponse.from_dict(response.json())

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
) -> Response[ErrorResponse | JobList]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=jobcall.read(_parse_response, client, response),
    )


def sync_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient,
    health_status: list[HealthStatus] | Unset = UNSET,
    type_: list[JobType] | Unset = UNSET,
    execution_status: list[ExecutionStatus] | Unset = UNSET,
    connection_name: list[str] | Unset = UNSET,
    target_table_name: str | Unset = UNSET,
    target_table_id: str | Unset = UNSET,
    search_string: str | Unset = UNSET,
    sort_column: SortColumn | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    pagination_limit: int | Unset = 100,
    pagination_offset: int | Unset = 0,
) -> Response[ErrorResponse | JobList]:
    """List a project's jobs.

    Answers the jobs that fit, unless asked otherwise the one that changed last first. Of
    several parameters a job
    must fit each; of several values of one parameter any:
    `type=batch&healthStatus=ok&healthStatus=error`.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        health_status (list[HealthStatus] | Unset):
        type_ (list[JobType] | Unset):
        execution_status (list[ExecutionStatus] | Unset):
        connection_name (list[str] | Unset):
        target_table_name (str | Unset): A table's name Example: example-table.
        target_table_id (str | Unset):  Example: 6f1d0f0e-3a52-4c47-9a59-5b0a4f2f8f3e.
        search_string (str | Unset): A text that occurs somewhere in the job, whatever the case.
            The vendor looks into the job's fields; the twin into the id, both statuses, the types,
            the names of connection and tables, and the creator's name. Example: example-conn.
        sort_column (SortColumn | Unset): What to sort by. `source_name` is the name of the
            connection or of the table that is read; `source_connection_name` and
            `source_table_name` are deprecated for it.
        sort_order (SortOrder | Unset): The sort direction
        pagination_limit (int | Unset):  Default: 100.
        pagination_offset (int | Unset):  Default: 0.

    Returns:
        Response[ErrorResponse | JobList], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        health_status=health_status,
        type_=type_,
        execution_status=execution_status,
        connection_name=connection_name,
        target_table_name=target_table_name,
        target_table_id=target_table_id,
        search_string=search_string,
        sort_column=sort_column,
        sort_order=sort_order,
        pagination_limit=pagination_limit,
        pagination_offset=pagination_offset,
    )
    response = client.get_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    *,
    client: AuthenticatedClient,
    health_status: list[HealthStatus] | Unset = UNSET,
    type_: list[JobType] | Unset = UNSET,
    execution_status: list[ExecutionStatus] | Unset = UNSET,
    connection_name: list[str] | Unset = UNSET,
    target_table_name: str | Unset = UNSET,
    target_table_id: str | Unset = UNSET,
    search_string: str | Unset = UNSET,
    sort_column: SortColumn | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    pagination_limit: int | Unset = 100,
    pagination_offset: int | Unset = 0,
) -> JobList:
    """List a project's jobs.

    Answers the jobs that fit, unless asked otherwise the one that changed last first. Of
    several parameters a job
    must fit each; of several values of one parameter any:
    `type=batch&healthStatus=ok&healthStatus=error`.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        health_status (list[HealthStatus] | Unset):
        type_ (list[JobType] | Unset):
        execution_status (list[ExecutionStatus] | Unset):
        connection_name (list[str] | Unset):
        target_table_name (str | Unset): A table's name Example: example-table.
        target_table_id (str | Unset):  Example: 6f1d0f0e-3a52-4c47-9a59-5b0a4f2f8f3e.
        search_string (str | Unset): A text that occurs somewhere in the job, whatever the case.
            The vendor looks into the job's fields; the twin into the id, both statuses, the types,
            the names of connection and tables, and the creator's name. Example: example-conn.
        sort_column (SortColumn | Unset): What to sort by. `source_name` is the name of the
            connection or of the table that is read; `source_connection_name` and
            `source_table_name` are deprecated for it.
        sort_order (SortOrder | Unset): The sort direction
        pagination_limit (int | Unset):  Default: 100.
        pagination_offset (int | Unset):  Default: 0.

    Returns:
        JobList

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        health_status=health_status,
        type_=type_,
        execution_status=execution_status,
        connection_name=connection_name,
        target_table_name=target_table_name,
        target_table_id=target_table_id,
        search_string=search_string,
        sort_column=sort_column,
        sort_order=sort_order,
        pagination_limit=pagination_limit,
        pagination_offset=pagination_offset,
    )
    response = client.get_httpx_client().request(**sent)
    return cast(JobList, jobcall.wanted(_parse_response, client, response))


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient,
    health_status: list[HealthStatus] | Unset = UNSET,
    type_: list[JobType] | Unset = UNSET,
    execution_status: list[ExecutionStatus] | Unset = UNSET,
    connection_name: list[str] | Unset = UNSET,
    target_table_name: str | Unset = UNSET,
    target_table_id: str | Unset = UNSET,
    search_string: str | Unset = UNSET,
    sort_column: SortColumn | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    pagination_limit: int | Unset = 100,
    pagination_offset: int | Unset = 0,
) -> Response[ErrorResponse | JobList]:
    """List a project's jobs.

    Answers the jobs that fit, unless asked otherwise the one that changed last first. Of
    several parameters a job
    must fit each; of several values of one parameter any:
    `type=batch&healthStatus=ok&healthStatus=error`.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        health_status (list[HealthStatus] | Unset):
        type_ (list[JobType] | Unset):
        execution_status (list[ExecutionStatus] | Unset):
        connection_name (list[str] | Unset):
        target_table_name (str | Unset): A table's name Example: example-table.
        target_table_id (str | Unset):  Example: 6f1d0f0e-3a52-4c47-9a59-5b0a4f2f8f3e.
        search_string (str | Unset): A text that occurs somewhere in the job, whatever the case.
            The vendor looks into the job's fields; the twin into the id, both statuses, the types,
            the names of connection and tables, and the creator's name. Example: example-conn.
        sort_column (SortColumn | Unset): What to sort by. `source_name` is the name of the
            connection or of the table that is read; `source_connection_name` and
            `source_table_name` are deprecated for it.
        sort_order (SortOrder | Unset): The sort direction
        pagination_limit (int | Unset):  Default: 100.
        pagination_offset (int | Unset):  Default: 0.

    Returns:
        Response[ErrorResponse | JobList], which may be a documented error

    Raises:
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        health_status=health_status,
        type_=type_,
        execution_status=execution_status,
        connection_name=connection_name,
        target_table_name=target_table_name,
        target_table_id=target_table_id,
        search_string=search_string,
        sort_column=sort_column,
        sort_order=sort_order,
        pagination_limit=pagination_limit,
        pagination_offset=pagination_offset,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient,
    health_status: list[HealthStatus] | Unset = UNSET,
    type_: list[JobType] | Unset = UNSET,
    execution_status: list[ExecutionStatus] | Unset = UNSET,
    connection_name: list[str] | Unset = UNSET,
    target_table_name: str | Unset = UNSET,
    target_table_id: str | Unset = UNSET,
    search_string: str | Unset = UNSET,
    sort_column: SortColumn | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    pagination_limit: int | Unset = 100,
    pagination_offset: int | Unset = 0,
) -> JobList:
    """List a project's jobs.

    Answers the jobs that fit, unless asked otherwise the one that changed last first. Of
    several parameters a job
    must fit each; of several values of one parameter any:
    `type=batch&healthStatus=ok&healthStatus=error`.

    Args:
        project_id (str): The id of a project Example: 2f4d1c3b-8a6e-4f7d-9b05-3c2e1a0d9f86.
        health_status (list[HealthStatus] | Unset):
        type_ (list[JobType] | Unset):
        execution_status (list[ExecutionStatus] | Unset):
        connection_name (list[str] | Unset):
        target_table_name (str | Unset): A table's name Example: example-table.
        target_table_id (str | Unset):  Example: 6f1d0f0e-3a52-4c47-9a59-5b0a4f2f8f3e.
        search_string (str | Unset): A text that occurs somewhere in the job, whatever the case.
            The vendor looks into the job's fields; the twin into the id, both statuses, the types,
            the names of connection and tables, and the creator's name. Example: example-conn.
        sort_column (SortColumn | Unset): What to sort by. `source_name` is the name of the
            connection or of the table that is read; `source_connection_name` and
            `source_table_name` are deprecated for it.
        sort_order (SortOrder | Unset): The sort direction
        pagination_limit (int | Unset):  Default: 100.
        pagination_offset (int | Unset):  Default: 0.

    Returns:
        JobList

    Raises:
        errors.DocumentedError: The response is an error; `parsed` is its typed body.
        errors.UnexpectedStatus: The status is not documented.
        errors.UnreadableAnswer: The body is not as documented.
        httpx.RequestError: There was no response.
    """
    sent = _get_kwargs(
        project_id=project_id,
        health_status=health_status,
        type_=type_,
        execution_status=execution_status,
        connection_name=connection_name,
        target_table_name=target_table_name,
        target_table_id=target_table_id,
        search_string=search_string,
        sort_column=sort_column,
        sort_order=sort_order,
        pagination_limit=pagination_limit,
        pagination_offset=pagination_offset,
    )
    response = await client.get_async_httpx_client().request(**sent)
    return cast(JobList, jobcall.wanted(_parse_response, client, response))
