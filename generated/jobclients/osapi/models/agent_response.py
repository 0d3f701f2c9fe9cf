# Generated from specs/osapi.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="AgentResponse")


@_attrs_define
class AgentResponse:
    """The response of one agent"""

    status: str
    """ `completed` or `failed` """
    changed: bool | None
    """ Whether the agent changed anything; null after a query or a failure """
    hostname: str
    """ The agent's host """
    data: Any | Unset = UNSET
    """ The response itself; its shape depends on the operation """
    error: str | Unset = UNSET
    """ The agent's error """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        changed: bool | None
        changed = self.changed

        hostname = self.hostname

        data = self.data

        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
                "changed": changed,
                "hostname": hostname,
            }
        )
        if data is not UNSET:
            field_dict["data"] = data
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status")

        def _parse_changed(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        changed = _parse_changed(d.pop("changed"))

        hostname = d.pop("hostname")

        data = d.pop("data", UNSET)

        error = d.pop("error", UNSET)

        agent_response = cls(
            status=status,
            changed=changed,
            hostname=hostname,
            data=data,
            error=error,
        )

        agent_response.additional_properties = d
        return agent_response

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
