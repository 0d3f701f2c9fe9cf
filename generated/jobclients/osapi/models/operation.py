# Generated from specs/osapi.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Operation")


@_attrs_define
class Operation:
    """The operation for the agents

    Example:
        {'type': 'node.hostname.get'}

    """

    type_: str | Unset = UNSET
    """ The operation's name: its field, its subject, its verb. One that ends in `.get`, `.query`, `.read`,
    `.status` or `.do`, or begins with `node.`, asks; every other changes something. One that agents do not know is
    taken all the same, and fails on each of them; those that they know are named in the twin's scenarios. """
    data: OperationData | Unset = UNSET
    """ Its parameters """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        data: dict[str, Any] | Unset = UNSET
        if not isinstance(self.data, Unset):
            data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if type_ is not UNSET:
            field_dict["type"] = type_
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type", UNSET)

        _data = d.pop("data", UNSET)
        data: OperationData | Unset
        if isinstance(_data, Unset):
            data = UNSET
        else:
            data = OperationData.from_dict(_data)

        operation = cls(
            type_=type_,
            data=data,
        )

        operation.additional_properties = d
        return operation

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


from ..models.operation_data import OperationData
