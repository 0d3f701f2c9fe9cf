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

T = TypeVar("T", bound="JobProperties")


@_attrs_define
class JobProperties:
    """The properties of a job in lists and details"""

    execution_status: ExecutionStatus
    """ How the job is doing: `pending` while it waits for resources; `running`; `idle` while a stream brings no
    data; `suspended` on request; `unknown` while an error further down keeps its state from being had; and, for
    good, `completed`, `canceled` on request, or `failed` """
    id: UUID | Unset = UNSET
    """ The id of a job """
    type_: JobType | Unset = UNSET
    """ What kind of work the job does: ingest from a `batch` source, or with `sql` from one; ingest a `streaming`
    source; delete data from a table, drop a table, or restore what was deleted """
    target: Target | Unset = UNSET
    """ The target of the data, or of the deletion """
    desired_execution_status: DesiredExecutionStatus | Unset = UNSET
    """ What somebody wants the job to do: `running` unless they have asked otherwise. It stays as it is when the
    job has completed. """
    health: Health | Unset = UNSET
    """ Whether anything is wrong with the job """
    created_by: User | Unset = UNSET
    """ The user; a person, or an API key """
    created_timestamp: datetime.datetime | Unset = UNSET
    started_timestamp: datetime.datetime | Unset = UNSET
    """ When the job first ran; missing before """
    completed_timestamp: datetime.datetime | Unset = UNSET
    """ When the job completed; missing before """
    last_modified_by: User | Unset = UNSET
    """ The user; a person, or an API key """
    last_updated_timestamp: datetime.datetime | Unset = UNSET
    """ When a user last changed the job; changes of its state by itself do not count """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        execution_status = self.execution_status.value

        id: str | Unset = UNSET
        if not isinstance(self.id, Unset):
            id = str(self.id)

        type_: str | Unset = UNSET
        if not isinstance(self.type_, Unset):
            type_ = self.type_.value

        target: dict[str, Any] | Unset = UNSET
        if not isinstance(self.target, Unset):
            target = self.target.to_dict()

        desired_execution_status: str | Unset = UNSET
        if not isinstance(self.desired_execution_status, Unset):
            desired_execution_status = self.desired_execution_status.value

        health: dict[str, Any] | Unset = UNSET
        if not isinstance(self.health, Unset):
            health = self.health.to_dict()

        created_by: dict[str, Any] | Unset = UNSET
        if not isinstance(self.created_by, Unset):
            created_by = self.created_by.to_dict()

        created_timestamp: str | Unset = UNSET
        if not isinstance(self.created_timestamp, Unset):
            created_timestamp = self.created_timestamp.isoformat().replace("+00:00", "Z")

        started_timestamp: str | Unset = UNSET
        if not isinstance(self.started_timestamp, Unset):
            started_timestamp = self.started_timestamp.isoformat().replace("+00:00", "Z")

        completed_timestamp: str | Unset = UNSET
        if not isinstance(self.completed_timestamp, Unset):
            completed_timestamp = self.completed_timestamp.isoformat().replace("+00:00", "Z")

        last_modified_by: dict[str, Any] | Unset = UNSET
        if not isinstance(self.last_modified_by, Unset):
            last_modified_by = self.last_modified_by.to_dict()

        last_updated_timestamp: str | Unset = UNSET
        if not isinstance(self.last_updated_timestamp, Unset):
            last_updated_timestamp = self.last_updated_timestamp.isoformat().replace("+00:00", "Z")

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "executionStatus": execution_status,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if type_ is not UNSET:
            field_dict["type"] = type_
        if target is not UNSET:
            field_dict["target"] = target
        if desired_execution_status is not UNSET:
            field_dict["desiredExecutionStatus"] = desired_execution_status
        if health is not UNSET:
            field_dict["health"] = health
        if created_by is not UNSET:
            field_dict["createdBy"] = created_by
        if created_timestamp is not UNSET:
            field_dict["createdTimestamp"] = created_timestamp
        if started_timestamp is not UNSET:
            field_dict["startedTimestamp"] = started_timestamp
        if completed_timestamp is not UNSET:
            field_dict["completedTimestamp"] = completed_timestamp
        if last_modified_by is not UNSET:
            field_dict["lastModifiedBy"] = last_modified_by
        if last_updated_timestamp is not UNSET:
            field_dict["lastUpdatedTimestamp"] = last_updated_timestamp

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        execution_status = ExecutionStatus(d.pop("executionStatus"))

        _id = d.pop("id", UNSET)
        id: UUID | Unset
        if isinstance(_id, Unset):
            id = UNSET
        else:
            id = UUID(_id)

        _type_ = d.pop("type", UNSET)
        type_: JobType | Unset
        if isinstance(_type_, Unset):
            type_ = UNSET
        else:
            type_ = JobType(_type_)

        _target = d.pop("target", UNSET)
        target: Target | Unset
        if isinstance(_target, Unset):
            target = UNSET
        else:
            target = Target.from_dict(_target)

        _desired_execution_status = d.pop("desiredExecutionStatus", UNSET)
        desired_execution_status: DesiredExecutionStatus | Unset
        if isinstance(_desired_execution_status, Unset):
            desired_execution_status = UNSET
        else:
            desired_execution_status = DesiredExecutionStatus(_desired_execution_status)

        _health = d.pop("health", UNSET)
        health: Health | Unset
        if isinstance(_health, Unset):
            health = UNSET
        else:
            health = Health.from_dict(_health)

        _created_by = d.pop("createdBy", UNSET)
        created_by: User | Unset
        if isinstance(_created_by, Unset):
            created_by = UNSET
        else:
            created_by = User.from_dict(_created_by)

        _created_timestamp = d.pop("createdTimestamp", UNSET)
        created_timestamp: datetime.datetime | Unset
        if isinstance(_created_timestamp, Unset):
            created_timestamp = UNSET
        else:
            created_timestamp = datetime.datetime.fromisoformat(_created_timestamp)

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

        _last_modified_by = d.pop("lastModifiedBy", UNSET)
        last_modified_by: User | Unset
        if isinstance(_last_modified_by, Unset):
            last_modified_by = UNSET
        else:
            last_modified_by = User.from_dict(_last_modified_by)

        _last_updated_timestamp = d.pop("lastUpdatedTimestamp", UNSET)
        last_updated_timestamp: datetime.datetime | Unset
        if isinstance(_last_updated_timestamp, Unset):
            last_updated_timestamp = UNSET
        else:
            last_updated_timestamp = datetime.datetime.fromisoformat(_last_updated_timestamp)

        job_properties = cls(
            execution_status=execution_status,
            id=id,
            type_=type_,
            target=target,
            desired_execution_status=desired_execution_status,
            health=health,
            created_by=created_by,
            created_timestamp=created_timestamp,
            started_timestamp=started_timestamp,
            completed_timestamp=completed_timestamp,
            last_modified_by=last_modified_by,
            last_updated_timestamp=last_updated_timestamp,
        )

        job_properties.additional_properties = d
        return job_properties

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
from ..models.target import Target
from ..models.user import User
