# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.desired_execution_status import DesiredExecutionStatus

T = TypeVar("T", bound="JobUpdate")


@_attrs_define
class JobUpdate:
    """The desired status of a job"""

    desired_execution_status: DesiredExecutionStatus
    """ What somebody wants the job to do: `running` unless they have asked otherwise. It stays as it is when the
    job has completed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        desired_execution_status = self.desired_execution_status.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "desiredExecutionStatus": desired_execution_status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        desired_execution_status = DesiredExecutionStatus(d.pop("desiredExecutionStatus"))

        job_update = cls(
            desired_execution_status=desired_execution_status,
        )

        job_update.additional_properties = d
        return job_update

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
