# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.inline_source_type import InlineSourceType
from ..types import UNSET, Unset

T = TypeVar("T", bound="InlineSource")


@_attrs_define
class InlineSource:
    """Data that comes with the request"""

    type_: InlineSourceType
    data: str
    """ The data itself, in a source that is `inline` """
    input_schema: list[InputField]
    """ The fields of the data """
    format_settings: FormatSettings | Unset = UNSET
    """ The format of the data; further properties depend on it """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        data = self.data

        input_schema = []
        for componentsschemas_input_schema_item_data in self.input_schema:
            componentsschemas_input_schema_item = componentsschemas_input_schema_item_data.to_dict()
            input_schema.append(componentsschemas_input_schema_item)

        format_settings: dict[str, Any] | Unset = UNSET
        if not isinstance(self.format_settings, Unset):
            format_settings = self.format_settings.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "data": data,
                "inputSchema": input_schema,
            }
        )
        if format_settings is not UNSET:
            field_dict["formatSettings"] = format_settings

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = InlineSourceType(d.pop("type"))

        data = d.pop("data")

        input_schema = []
        _input_schema = d.pop("inputSchema")
        for componentsschemas_input_schema_item_data in _input_schema:
            componentsschemas_input_schema_item = InputField.from_dict(
                componentsschemas_input_schema_item_data
            )

            input_schema.append(componentsschemas_input_schema_item)

        _format_settings = d.pop("formatSettings", UNSET)
        format_settings: FormatSettings | Unset
        if isinstance(_format_settings, Unset):
            format_settings = UNSET
        else:
            format_settings = FormatSettings.from_dict(_format_settings)

        inline_source = cls(
            type_=type_,
            data=data,
            input_schema=input_schema,
            format_settings=format_settings,
        )

        inline_source.additional_properties = d
        return inline_source

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


from ..models.format_settings import FormatSettings
from ..models.input_field import InputField
