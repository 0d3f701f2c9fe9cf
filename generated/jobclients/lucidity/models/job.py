# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.onboarding_status import OnboardingStatus

T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """A bulk schedule, with all that it onboards"""

    job_id: int
    """ Number of a bulk schedule, a Long """
    status: OnboardingStatus
    """ Where a job, an instance or a mount point stands. Completed, Failed and Cancelled are final; Onboarded is
    not. The page tells the names for people; that the wire spells them alike is assumed. """
    instance_info_external_response_list: list[InstanceInfo]
    """ The instances of the schedule """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        job_id = self.job_id

        status = self.status.value

        instance_info_external_response_list = []
        for (
            instance_info_external_response_list_item_data
        ) in self.instance_info_external_response_list:
            instance_info_external_response_list_item = (
                instance_info_external_response_list_item_data.to_dict()
            )
            instance_info_external_response_list.append(instance_info_external_response_list_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "jobId": job_id,
                "status": status,
                "instanceInfoExternalResponseList": instance_info_external_response_list,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        job_id = d.pop("jobId")

        status = OnboardingStatus(d.pop("status"))

        instance_info_external_response_list = []
        _instance_info_external_response_list = d.pop("instanceInfoExternalResponseList")
        for instance_info_external_response_list_item_data in _instance_info_external_response_list:
            instance_info_external_response_list_item = InstanceInfo.from_dict(
                instance_info_external_response_list_item_data
            )

            instance_info_external_response_list.append(instance_info_external_response_list_item)

        job = cls(
            job_id=job_id,
            status=status,
            instance_info_external_response_list=instance_info_external_response_list,
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


from ..models.instance_info import InstanceInfo
