# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.progression import Progression

T = TypeVar("T", bound="Clock")


@_attrs_define
class Clock:
    now: datetime.datetime
    """ A time on the sandbox's clock """
    speed: float
    """ Seconds that pass in a second """
    frozen: bool
    skips: bool
    """ True if it skips the time in which all clients wait """
    progression: Progression
    """ How jobs progress: by time, or by one change with each read """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        now = self.now.isoformat().replace("+00:00", "Z")

        speed = self.speed

        frozen = self.frozen

        skips = self.skips

        progression = self.progression.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "now": now,
                "speed": speed,
                "frozen": frozen,
                "skips": skips,
                "progression": progression,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        now = datetime.datetime.fromisoformat(d.pop("now"))

        speed = d.pop("speed")

        frozen = d.pop("frozen")

        skips = d.pop("skips")

        progression = Progression(d.pop("progression"))

        clock = cls(
            now=now,
            speed=speed,
            frozen=frozen,
            skips=skips,
            progression=progression,
        )

        clock.additional_properties = d
        return clock

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
