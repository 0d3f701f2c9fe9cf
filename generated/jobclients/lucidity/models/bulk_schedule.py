# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="BulkSchedule")


@_attrs_define
class BulkSchedule:
    """The mount points to onboard, and the time"""

    instances: list[ScheduledInstance]
    reboot_time: datetime.datetime | Unset = UNSET
    """ When the instances may reboot if necessary; the job waits for it """
    onboard_start_time: datetime.datetime | Unset = UNSET
    """ When to start if no reboot is needed; at once by default """
    cleanup_delay_in_days: int | Unset = UNSET
    """ Days until the original disks are removed; three advised """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        instances = []
        for instances_item_data in self.instances:
            instances_item = instances_item_data.to_dict()
            instances.append(instances_item)

        reboot_time: str | Unset = UNSET
        if not isinstance(self.reboot_time, Unset):
            reboot_time = self.reboot_time.isoformat().replace("+00:00", "Z")

        onboard_start_time: str | Unset = UNSET
        if not isinstance(self.onboard_start_time, Unset):
            onboard_start_time = self.onboard_start_time.isoformat().replace("+00:00", "Z")

        cleanup_delay_in_days = self.cleanup_delay_in_days

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "instances": instances,
            }
        )
        if reboot_time is not UNSET:
            field_dict["rebootTime"] = reboot_time
        if onboard_start_time is not UNSET:
            field_dict["onboardStartTime"] = onboard_start_time
        if cleanup_delay_in_days is not UNSET:
            field_dict["cleanupDelayInDays"] = cleanup_delay_in_days

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        instances = []
        _instances = d.pop("instances")
        for instances_item_data in _instances:
            instances_item = ScheduledInstance.from_dict(instances_item_data)

            instances.append(instances_item)

        _reboot_time = d.pop("rebootTime", UNSET)
        reboot_time: datetime.datetime | Unset
        if isinstance(_reboot_time, Unset):
            reboot_time = UNSET
        else:
            reboot_time = datetime.datetime.fromisoformat(_reboot_time)

        _onboard_start_time = d.pop("onboardStartTime", UNSET)
        onboard_start_time: datetime.datetime | Unset
        if isinstance(_onboard_start_time, Unset):
            onboard_start_time = UNSET
        else:
            onboard_start_time = datetime.datetime.fromisoformat(_onboard_start_time)

        cleanup_delay_in_days = d.pop("cleanupDelayInDays", UNSET)

        bulk_schedule = cls(
            instances=instances,
            reboot_time=reboot_time,
            onboard_start_time=onboard_start_time,
            cleanup_delay_in_days=cleanup_delay_in_days,
        )

        bulk_schedule.additional_properties = d
        return bulk_schedule

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


from ..models.scheduled_instance import ScheduledInstance
