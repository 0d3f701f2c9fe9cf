# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.onboarding_status import OnboardingStatus

T = TypeVar("T", bound="MountPointInfo")


@_attrs_define
class MountPointInfo:
    """One mount point and its progress"""

    mount_point: str
    """ Drive letter or path of the mount point """
    status: OnboardingStatus
    """ Where a job, an instance or a mount point stands. Completed, Failed and Cancelled are final; Onboarded is
    not. The page tells the names for people; that the wire spells them alike is assumed. """
    failure_reason: None | str
    """ A message for people if something went wrong, else null """
    migration_percentage_completion: int
    """ Share of the data moved so far, in percent """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        mount_point = self.mount_point

        status = self.status.value

        failure_reason: None | str
        failure_reason = self.failure_reason

        migration_percentage_completion = self.migration_percentage_completion

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "mountPoint": mount_point,
                "status": status,
                "failureReason": failure_reason,
                "migrationPercentageCompletion": migration_percentage_completion,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        mount_point = d.pop("mountPoint")

        status = OnboardingStatus(d.pop("status"))

        def _parse_failure_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        failure_reason = _parse_failure_reason(d.pop("failureReason"))

        migration_percentage_completion = d.pop("migrationPercentageCompletion")

        mount_point_info = cls(
            mount_point=mount_point,
            status=status,
            failure_reason=failure_reason,
            migration_percentage_completion=migration_percentage_completion,
        )

        mount_point_info.additional_properties = d
        return mount_point_info

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
