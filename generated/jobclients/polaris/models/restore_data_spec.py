# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.restore_data_spec_type import RestoreDataSpecType
from ..types import UNSET, Unset

T = TypeVar("T", bound="RestoreDataSpec")


@_attrs_define
class RestoreDataSpec:
    """A job that restores deleted data"""

    type_: RestoreDataSpecType
    target: Target
    """ The target of the data, or of the deletion """
    interval: str
    """ An interval in ISO 8601 """
    versions: list[str] | Unset = UNSET
    """ Which versions of the data to delete or restore """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        target = self.target.to_dict()

        interval = self.interval

        versions: list[str] | Unset = UNSET
        if not isinstance(self.versions, Unset):
            versions = self.versions

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "target": target,
                "interval": interval,
            }
        )
        if versions is not UNSET:
            field_dict["versions"] = versions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = RestoreDataSpecType(d.pop("type"))

        target = Target.from_dict(d.pop("target"))

        interval = d.pop("interval")

        versions = cast(list[str], d.pop("versions", UNSET))

        restore_data_spec = cls(
            type_=type_,
            target=target,
            interval=interval,
            versions=versions,
        )

        restore_data_spec.additional_properties = d
        return restore_data_spec

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


from ..models.target import Target
