# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.field_damage import FieldDamage

T = TypeVar("T", bound="FaultEffectFields")


@_attrs_define
class FaultEffectFields:
    """Changes to properties of the body, by dotted path; a path applies to every item of a list"""

    additional_properties: dict[str, FieldDamage] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop.value

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        fault_effect_fields = cls()

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional_property = FieldDamage(prop_dict)

            additional_properties[prop_name] = additional_property

        fault_effect_fields.additional_properties = additional_properties
        return fault_effect_fields

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> FieldDamage:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: FieldDamage) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
