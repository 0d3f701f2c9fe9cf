# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.table_source_type import TableSourceType
from ..types import UNSET, Unset

T = TypeVar("T", bound="TableSource")


@_attrs_define
class TableSource:
    """Another table"""

    type_: TableSourceType
    table_name: str
    """ A table's name """
    interval: str | Unset = UNSET
    """ An interval in ISO 8601 """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        table_name = self.table_name

        interval = self.interval

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "tableName": table_name,
            }
        )
        if interval is not UNSET:
            field_dict["interval"] = interval

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = TableSourceType(d.pop("type"))

        table_name = d.pop("tableName")

        interval = d.pop("interval", UNSET)

        table_source = cls(
            type_=type_,
            table_name=table_name,
            interval=interval,
        )

        table_source.additional_properties = d
        return table_source

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
