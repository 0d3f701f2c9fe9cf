# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.delete_data_spec_type import DeleteDataSpecType
from ..types import UNSET, Unset

T = TypeVar("T", bound="DeleteDataSpec")


@_attrs_define
class DeleteDataSpec:
    """A job that deletes data from a table, all of it or some intervals"""

    type_: DeleteDataSpecType
    target: Target
    """ The target of the data, or of the deletion """
    delete_all: bool | Unset = UNSET
    """ Whether to delete all data of the table, but not the table """
    soft_delete: bool | Unset = UNSET
    """ Whether deleted data can be restored for 30 days """
    versions: list[str] | Unset = UNSET
    """ Which versions of the data to delete or restore """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        target = self.target.to_dict()

        delete_all = self.delete_all

        soft_delete = self.soft_delete

        versions: list[str] | Unset = UNSET
        if not isinstance(self.versions, Unset):
            versions = self.versions

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "target": target,
            }
        )
        if delete_all is not UNSET:
            field_dict["deleteAll"] = delete_all
        if soft_delete is not UNSET:
            field_dict["softDelete"] = soft_delete
        if versions is not UNSET:
            field_dict["versions"] = versions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = DeleteDataSpecType(d.pop("type"))

        target = Target.from_dict(d.pop("target"))

        delete_all = d.pop("deleteAll", UNSET)

        soft_delete = d.pop("softDelete", UNSET)

        versions = cast(list[str], d.pop("versions", UNSET))

        delete_data_spec = cls(
            type_=type_,
            target=target,
            delete_all=delete_all,
            soft_delete=soft_delete,
            versions=versions,
        )

        delete_data_spec.additional_properties = d
        return delete_data_spec

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
