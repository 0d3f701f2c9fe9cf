# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.uploaded_source_type import UploadedSourceType
from ..types import UNSET, Unset

T = TypeVar("T", bound="UploadedSource")


@_attrs_define
class UploadedSource:
    """Files that were uploaded before"""

    type_: UploadedSourceType
    file_list: list[str]
    """ By name, prefix or URI """
    input_schema: list[InputField]
    """ The fields of the data """
    format_settings: FormatSettings | Unset = UNSET
    """ The format of the data; further properties depend on it """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        file_list = self.file_list

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
                "fileList": file_list,
                "inputSchema": input_schema,
            }
        )
        if format_settings is not UNSET:
            field_dict["formatSettings"] = format_settings

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = UploadedSourceType(d.pop("type"))

        file_list = cast(list[str], d.pop("fileList"))

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

        uploaded_source = cls(
            type_=type_,
            file_list=file_list,
            input_schema=input_schema,
            format_settings=format_settings,
        )

        uploaded_source.additional_properties = d
        return uploaded_source

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
