# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.s3_source_type import S3SourceType
from ..types import UNSET, Unset

T = TypeVar("T", bound="S3Source")


@_attrs_define
class S3Source:
    """Files in S3"""

    type_: S3SourceType
    connection_name: str
    """ The connection to the source, if any """
    input_schema: list[InputField]
    """ The fields of the data """
    format_settings: FormatSettings | Unset = UNSET
    """ The format of the data; further properties depend on it """
    objects: list[str] | Unset = UNSET
    """ By name, prefix or URI """
    pattern: str | Unset = UNSET
    """ A pattern for the names of the files """
    prefixes: list[str] | Unset = UNSET
    """ By name, prefix or URI """
    uris: list[str] | Unset = UNSET
    """ By name, prefix or URI """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        connection_name = self.connection_name

        input_schema = []
        for componentsschemas_input_schema_item_data in self.input_schema:
            componentsschemas_input_schema_item = componentsschemas_input_schema_item_data.to_dict()
            input_schema.append(componentsschemas_input_schema_item)

        format_settings: dict[str, Any] | Unset = UNSET
        if not isinstance(self.format_settings, Unset):
            format_settings = self.format_settings.to_dict()

        objects: list[str] | Unset = UNSET
        if not isinstance(self.objects, Unset):
            objects = self.objects

        pattern = self.pattern

        prefixes: list[str] | Unset = UNSET
        if not isinstance(self.prefixes, Unset):
            prefixes = self.prefixes

        uris: list[str] | Unset = UNSET
        if not isinstance(self.uris, Unset):
            uris = self.uris

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "connectionName": connection_name,
                "inputSchema": input_schema,
            }
        )
        if format_settings is not UNSET:
            field_dict["formatSettings"] = format_settings
        if objects is not UNSET:
            field_dict["objects"] = objects
        if pattern is not UNSET:
            field_dict["pattern"] = pattern
        if prefixes is not UNSET:
            field_dict["prefixes"] = prefixes
        if uris is not UNSET:
            field_dict["uris"] = uris

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = S3SourceType(d.pop("type"))

        connection_name = d.pop("connectionName")

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

        objects = cast(list[str], d.pop("objects", UNSET))

        pattern = d.pop("pattern", UNSET)

        prefixes = cast(list[str], d.pop("prefixes", UNSET))

        uris = cast(list[str], d.pop("uris", UNSET))

        s3_source = cls(
            type_=type_,
            connection_name=connection_name,
            input_schema=input_schema,
            format_settings=format_settings,
            objects=objects,
            pattern=pattern,
            prefixes=prefixes,
            uris=uris,
        )

        s3_source.additional_properties = d
        return s3_source

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
