# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.cloud_provider import CloudProvider
from ..types import UNSET, Unset

T = TypeVar("T", bound="CloudInstance")


@_attrs_define
class CloudInstance:
    """Where an instance is. One of Azure needs its resource group as well."""

    cloud_provider: CloudProvider
    """ The cloud; the pages say that GCP is under maintenance """
    cloud_provider_account_id: str
    """ Account of AWS, subscription of Azure, or project of GCP """
    instance_id: str
    """ The cloud provider's id of the instance """
    resource_group: str | Unset = UNSET
    """ Only with Azure """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        cloud_provider = self.cloud_provider.value

        cloud_provider_account_id = self.cloud_provider_account_id

        instance_id = self.instance_id

        resource_group = self.resource_group

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "cloudProvider": cloud_provider,
                "cloudProviderAccountId": cloud_provider_account_id,
                "instanceId": instance_id,
            }
        )
        if resource_group is not UNSET:
            field_dict["resourceGroup"] = resource_group

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        cloud_provider = CloudProvider(d.pop("cloudProvider"))

        cloud_provider_account_id = d.pop("cloudProviderAccountId")

        instance_id = d.pop("instanceId")

        resource_group = d.pop("resourceGroup", UNSET)

        cloud_instance = cls(
            cloud_provider=cloud_provider,
            cloud_provider_account_id=cloud_provider_account_id,
            instance_id=instance_id,
            resource_group=resource_group,
        )

        cloud_instance.additional_properties = d
        return cloud_instance

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
