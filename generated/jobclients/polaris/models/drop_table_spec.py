# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.drop_table_spec_type import DropTableSpecType
from ..types import UNSET, Unset

T = TypeVar("T", bound="DropTableSpec")


@_attrs_define
class DropTableSpec:
    """A job that deletes a table with all its data"""

    type_: DropTableSpecType
    target: Target
    """ The target of the data, or of the deletion """
    soft_delete: bool | Unset = UNSET
    """ Whether deleted data can be restored for 30 days """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        target = self.target.to_dict()

        soft_delete = self.soft_delete

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "target": target,
            }
        )
        if soft_delete is not UNSET:
            field_dict["softDelete"] = soft_delete

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = DropTableSpecType(d.pop("type"))

        target = Target.from_dict(d.pop("target"))

        soft_delete = d.pop("softDelete", UNSET)

        drop_table_spec = cls(
            type_=type_,
            target=target,
            soft_delete=soft_delete,
        )

        drop_table_spec.additional_properties = d
        return drop_table_spec

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
