# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.desired_execution_status import DesiredExecutionStatus
from ..models.execution_status import ExecutionStatus
from ..models.job_type import JobType
from ..types import UNSET, Unset

T = TypeVar("T", bound="JobSummary")


@_attrs_define
class JobSummary:
    """A job as a list shows it"""

    execution_status: ExecutionStatus
    """ How the job is doing: `pending` while it waits for resources; `running`; `idle` while a stream brings no
    data; `suspended` on request; `unknown` while an error further down keeps its state from being had; and, for
    good, `completed`, `canceled` on request, or `failed` """
    id: UUID
    """ The id of a job """
    type_: JobType
    """ What kind of work the job does: ingest from a `batch` source, or with `sql` from one; ingest a `streaming`
    source; delete data from a table, drop a table, or restore what was deleted """
    target: Target
    """ The target of the data, or of the deletion """
    desired_execution_status: DesiredExecutionStatus
    """ What somebody wants the job to do: `running` unless they have asked otherwise. It stays as it is when the
    job has completed. """
    health: Health
    """ Whether anything is wrong with the job """
    created_by: User
    """ The user; a person, or an API key """
    created_timestamp: datetime.datetime
    last_modified_by: User
    """ The user; a person, or an API key """
    last_updated_timestamp: datetime.datetime
    """ When a user last changed the job; changes of its state by itself do not count """
    started_timestamp: datetime.datetime | Unset = UNSET
    """ When the job first ran; missing before """
    completed_timestamp: datetime.datetime | Unset = UNSET
    """ When the job completed; missing before """
    source: SourceSummary | Unset = UNSET
    """ The source of a batch or streaming job, in short; the details show more """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        execution_status = self.execution_status.value

        id = str(self.id)

        type_ = self.type_.value

        target = self.target.to_dict()

        desired_execution_status = self.desired_execution_status.value

        health = self.health.to_dict()

        created_by = self.created_by.to_dict()

        created_timestamp = self.created_timestamp.isoformat().replace("+00:00", "Z")

        last_modified_by = self.last_modified_by.to_dict()

        last_updated_timestamp = self.last_updated_timestamp.isoformat().replace("+00:00", "Z")

        started_timestamp: str | Unset = UNSET
        if not isinstance(self.started_timestamp, Unset):
            started_timestamp = self.started_timestamp.isoformat().replace("+00:00", "Z")

        completed_timestamp: str | Unset = UNSET
        if not isinstance(self.completed_timestamp, Unset):
            completed_timestamp = self.completed_timestamp.isoformat().replace("+00:00", "Z")

        source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.source, Unset):
            source = self.source.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "executionStatus": execution_status,
                "id": id,
                "type": type_,
                "target": target,
                "desiredExecutionStatus": desired_execution_status,
                "health": health,
                "createdBy": created_by,
                "createdTimestamp": created_timestamp,
                "lastModifiedBy": last_modified_by,
                "lastUpdatedTimestamp": last_updated_timestamp,
            }
        )
        if started_timestamp is not UNSET:
            field_dict["startedTimestamp"] = started_timestamp
        if completed_timestamp is not UNSET:
            field_dict["completedTimestamp"] = completed_timestamp
        if source is not UNSET:
            field_dict["source"] = source

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        execution_status = ExecutionStatus(d.pop("executionStatus"))

        id = UUID(d.pop("id"))

        type_ = JobType(d.pop("type"))

        target = Target.from_dict(d.pop("target"))

        desired_execution_status = DesiredExecutionStatus(d.pop("desiredExecutionStatus"))

        health = Health.from_dict(d.pop("health"))

        created_by = User.from_dict(d.pop("createdBy"))

        created_timestamp = datetime.datetime.fromisoformat(d.pop("createdTimestamp"))

        last_modified_by = User.from_dict(d.pop("lastModifiedBy"))

        last_updated_timestamp = datetime.datetime.fromisoformat(d.pop("lastUpdatedTimestamp"))

        _started_timestamp = d.pop("startedTimestamp", UNSET)
        started_timestamp: datetime.datetime | Unset
        if isinstance(_started_timestamp, Unset):
            started_timestamp = UNSET
        else:
            started_timestamp = datetime.datetime.fromisoformat(_started_timestamp)

        _completed_timestamp = d.pop("completedTimestamp", UNSET)
        completed_timestamp: datetime.datetime | Unset
        if isinstance(_completed_timestamp, Unset):
            completed_timestamp = UNSET
        else:
            completed_timestamp = datetime.datetime.fromisoformat(_completed_timestamp)

        _source = d.pop("source", UNSET)
        source: SourceSummary | Unset
        if isinstance(_source, Unset):
            source = UNSET
        else:
            source = SourceSummary.from_dict(_source)

        job_summary = cls(
            execution_status=execution_status,
            id=id,
            type_=type_,
            target=target,
            desired_execution_status=desired_execution_status,
            health=health,
            created_by=created_by,
            created_timestamp=created_timestamp,
            last_modified_by=last_modified_by,
            last_updated_timestamp=last_updated_timestamp,
            started_timestamp=started_timestamp,
            completed_timestamp=completed_timestamp,
            source=source,
        )

        job_summary.additional_properties = d
        return job_summary

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


from ..models.health import Health
from ..models.source_summary import SourceSummary
from ..models.target import Target
from ..models.user import User
