# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.progression import Progression
from ..types import UNSET, Unset

T = TypeVar("T", bound="ClockChange")


@_attrs_define
class ClockChange:
    speed: float | Unset = UNSET
    frozen: bool | Unset = UNSET
    progression: Progression | Unset = UNSET
    """ How jobs progress: by time, or by one change with each read """

    def to_dict(self) -> dict[str, Any]:
        speed = self.speed

        frozen = self.frozen

        progression: str | Unset = UNSET
        if not isinstance(self.progression, Unset):
            progression = self.progression.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if speed is not UNSET:
            field_dict["speed"] = speed
        if frozen is not UNSET:
            field_dict["frozen"] = frozen
        if progression is not UNSET:
            field_dict["progression"] = progression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        speed = d.pop("speed", UNSET)

        frozen = d.pop("frozen", UNSET)

        _progression = d.pop("progression", UNSET)
        progression: Progression | Unset
        if isinstance(_progression, Unset):
            progression = UNSET
        else:
            progression = Progression(_progression)

        clock_change = cls(
            speed=speed,
            frozen=frozen,
            progression=progression,
        )

        return clock_change
