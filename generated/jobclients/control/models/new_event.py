# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="NewEvent")


@_attrs_define
class NewEvent:
    event: str
    """ One of the machine's events """
    data: NewEventData | Unset = UNSET
    """ Data for the log lines of the event """

    def to_dict(self) -> dict[str, Any]:
        event = self.event

        data: dict[str, Any] | Unset = UNSET
        if not isinstance(self.data, Unset):
            data = self.data.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "event": event,
            }
        )
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        event = d.pop("event")

        _data = d.pop("data", UNSET)
        data: NewEventData | Unset
        if isinstance(_data, Unset):
            data = UNSET
        else:
            data = NewEventData.from_dict(_data)

        new_event = cls(
            event=event,
            data=data,
        )

        return new_event


from ..models.new_event_data import NewEventData
