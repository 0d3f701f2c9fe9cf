# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.source_type import SourceType
from ..types import UNSET, Unset

T = TypeVar("T", bound="SourceSummary")


@_attrs_define
class SourceSummary:
    """The source of a batch or streaming job, in short; the details show more"""

    type_: SourceType
    """ The kind of the source """
    data: str | Unset = UNSET
    """ The data itself, in a source that is `inline` """
    connection_name: str | Unset = UNSET
    """ The connection to the source, if any """
    table_name: str | Unset = UNSET
    """ A table's name """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        data = self.data

        connection_name = self.connection_name

        table_name = self.table_name

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if data is not UNSET:
            field_dict["data"] = data
        if connection_name is not UNSET:
            field_dict["connectionName"] = connection_name
        if table_name is not UNSET:
            field_dict["tableName"] = table_name

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = SourceType(d.pop("type"))

        data = d.pop("data", UNSET)

        connection_name = d.pop("connectionName", UNSET)

        table_name = d.pop("tableName", UNSET)

        source_summary = cls(
            type_=type_,
            data=data,
            connection_name=connection_name,
            table_name=table_name,
        )

        source_summary.additional_properties = d
        return source_summary

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
