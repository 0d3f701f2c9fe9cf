# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="JournalBody")


@_attrs_define
class JournalBody:
    """A body as sent, without secrets"""

    size: int
    """ Its size in bytes """
    media_type: str | Unset = UNSET
    json: Any | Unset = UNSET
    """ Its value, if it is JSON and not too long """
    text: str | Unset = UNSET
    """ Otherwise its text, or the beginning of it """
    truncated: bool | Unset = UNSET
    """ True if only the beginning was kept """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        size = self.size

        media_type = self.media_type

        json = self.json

        text = self.text

        truncated = self.truncated

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "size": size,
            }
        )
        if media_type is not UNSET:
            field_dict["mediaType"] = media_type
        if json is not UNSET:
            field_dict["json"] = json
        if text is not UNSET:
            field_dict["text"] = text
        if truncated is not UNSET:
            field_dict["truncated"] = truncated

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        size = d.pop("size")

        media_type = d.pop("mediaType", UNSET)

        json = d.pop("json", UNSET)

        text = d.pop("text", UNSET)

        truncated = d.pop("truncated", UNSET)

        journal_body = cls(
            size=size,
            media_type=media_type,
            json=json,
            text=text,
            truncated=truncated,
        )

        journal_body.additional_properties = d
        return journal_body

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
