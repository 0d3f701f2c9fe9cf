# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.onboarding_status import OnboardingStatus

T = TypeVar("T", bound="InstanceInfo")


@_attrs_define
class InstanceInfo:
    """One instance of the schedule, with its mount points"""

    instance_id: str
    """ The cloud provider's id of the instance """
    status: OnboardingStatus
    """ Where a job, an instance or a mount point stands. Completed, Failed and Cancelled are final; Onboarded is
    not. The page tells the names for people; that the wire spells them alike is assumed. """
    mount_point_info_external_response_list: list[MountPointInfo]
    """ The mount points of the instance """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        instance_id = self.instance_id

        status = self.status.value

        mount_point_info_external_response_list = []
        for (
            mount_point_info_external_response_list_item_data
        ) in self.mount_point_info_external_response_list:
            mount_point_info_external_response_list_item = (
                mount_point_info_external_response_list_item_data.to_dict()
            )
            mount_point_info_external_response_list.append(
                mount_point_info_external_response_list_item
            )

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "instanceId": instance_id,
                "status": status,
                "mountPointInfoExternalResponseList": mount_point_info_external_response_list,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        instance_id = d.pop("instanceId")

        status = OnboardingStatus(d.pop("status"))

        mount_point_info_external_response_list = []
        _mount_point_info_external_response_list = d.pop("mountPointInfoExternalResponseList")
        for (
            mount_point_info_external_response_list_item_data
        ) in _mount_point_info_external_response_list:
            mount_point_info_external_response_list_item = MountPointInfo.from_dict(
                mount_point_info_external_response_list_item_data
            )

            mount_point_info_external_response_list.append(
                mount_point_info_external_response_list_item
            )

        instance_info = cls(
            instance_id=instance_id,
            status=status,
            mount_point_info_external_response_list=mount_point_info_external_response_list,
        )

        instance_info.additional_properties = d
        return instance_info

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


from ..models.mount_point_info import MountPointInfo
