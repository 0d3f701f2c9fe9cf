# Generated from specs/osapi.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.timeline_event_type import TimelineEventType
from ..types import UNSET, Unset

T = TypeVar("T", bound="TimelineEvent")


@_attrs_define
class TimelineEvent:
    """An event of the job"""

    timestamp: str
    """ RFC 3339, in whole seconds """
    event: TimelineEventType
    hostname: str
    """ The agent of the event; `_api` for OSAPI itself """
    message: str
    """ A message for people """
    error: str | Unset = UNSET
    """ The error, if any """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        timestamp = self.timestamp

        event = self.event.value

        hostname = self.hostname

        message = self.message

        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "timestamp": timestamp,
                "event": event,
                "hostname": hostname,
                "message": message,
            }
        )
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        timestamp = d.pop("timestamp")

        event = TimelineEventType(d.pop("event"))

        hostname = d.pop("hostname")

        message = d.pop("message")

        error = d.pop("error", UNSET)

        timeline_event = cls(
            timestamp=timestamp,
            event=event,
            hostname=hostname,
            message=message,
            error=error,
        )

        timeline_event.additional_properties = d
        return timeline_event

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
