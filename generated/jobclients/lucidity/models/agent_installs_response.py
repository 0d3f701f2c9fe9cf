# Generated from specs/lucidity.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AgentInstallsResponse")


@_attrs_define
class AgentInstallsResponse:
    """The envelope of a success, with a list of the one new installation"""

    success: bool
    """ Whether the request succeeded; always true here """
    data: list[AgentInstall]
    """ A list of only the new installation """
    error: None
    request_id: str
    """ For the vendor's support """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        success = self.success

        data = []
        for data_item_data in self.data:
            data_item = data_item_data.to_dict()
            data.append(data_item)

        error = self.error

        request_id = self.request_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "success": success,
                "data": data,
                "error": error,
                "requestId": request_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        success = d.pop("success")

        data = []
        _data = d.pop("data")
        for data_item_data in _data:
            data_item = AgentInstall.from_dict(data_item_data)

            data.append(data_item)

        error = d.pop("error")

        request_id = d.pop("requestId")

        agent_installs_response = cls(
            success=success,
            data=data,
            error=error,
            request_id=request_id,
        )

        agent_installs_response.additional_properties = d
        return agent_installs_response

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


from ..models.agent_install import AgentInstall
