# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_state import JobState

T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """A piece of background work"""

    id: str
    """ The id of a job; the page shows UUIDs, but does not promise them """
    parent_job_id: None | str
    """ The id of the job that created this one; null if none did, or an upload """
    job_type: str
    """ What kind of work it is. Published: refresh-public-charts, clear-tiles, vacuum-analyze, user-upload; lists
    hold others as well, so it is no enum. """
    job_state: JobState
    """ The state of a job. The last three are final. """
    account_id: int | None
    """ Number of the account that owns the job; null for maintenance of the whole system """
    parameters: JobParameters
    """ Keys depend on jobType """
    result: JobResult | None
    logs: list[LogEntry]
    """ In time order """
    percent_complete: int
    priority: int
    """ Higher ones start first; 0 is usual """
    created_at: int
    """ In milliseconds since 1970 """
    updated_at: int
    """ When the job, or a step of it, last changed, in milliseconds since 1970 """
    steps: list[Step]
    """ The steps that the job is done in """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        parent_job_id: None | str
        parent_job_id = self.parent_job_id

        job_type = self.job_type

        job_state = self.job_state.value

        account_id: int | None
        account_id = self.account_id

        parameters = self.parameters.to_dict()

        result: dict[str, Any] | None
        if isinstance(self.result, JobResult):
            result = self.result.to_dict()
        else:
            result = self.result

        logs = []
        for logs_item_data in self.logs:
            logs_item = logs_item_data.to_dict()
            logs.append(logs_item)

        percent_complete = self.percent_complete

        priority = self.priority

        created_at = self.created_at

        updated_at = self.updated_at

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "parentJobId": parent_job_id,
                "jobType": job_type,
                "jobState": job_state,
                "accountId": account_id,
                "parameters": parameters,
                "result": result,
                "logs": logs,
                "percentComplete": percent_complete,
                "priority": priority,
                "createdAt": created_at,
                "updatedAt": updated_at,
                "steps": steps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_parent_job_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        parent_job_id = _parse_parent_job_id(d.pop("parentJobId"))

        job_type = d.pop("jobType")

        job_state = JobState(d.pop("jobState"))

        def _parse_account_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        account_id = _parse_account_id(d.pop("accountId"))

        parameters = JobParameters.from_dict(d.pop("parameters"))

        def _parse_result(data: object) -> JobResult | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                result_type_0 = JobResult.from_dict(data)

                return result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(JobResult | None, data)

        result = _parse_result(d.pop("result"))

        logs = []
        _logs = d.pop("logs")
        for logs_item_data in _logs:
            logs_item = LogEntry.from_dict(logs_item_data)

            logs.append(logs_item)

        percent_complete = d.pop("percentComplete")

        priority = d.pop("priority")

        created_at = d.pop("createdAt")

        updated_at = d.pop("updatedAt")

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = Step.from_dict(steps_item_data)

            steps.append(steps_item)

        job = cls(
            id=id,
            parent_job_id=parent_job_id,
            job_type=job_type,
            job_state=job_state,
            account_id=account_id,
            parameters=parameters,
            result=result,
            logs=logs,
            percent_complete=percent_complete,
            priority=priority,
            created_at=created_at,
            updated_at=updated_at,
            steps=steps,
        )

        job.additional_properties = d
        return job

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties


from ..models.job_parameters import JobParameters
from ..models.job_result import JobResult
from ..models.log_entry import LogEntry
from ..models.step import Step
