# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.timestamps import Timestamps
from ..types import UNSET, Unset

T = TypeVar("T", bound="DeliverySettingsChange")


@_attrs_define
class DeliverySettingsChange:
    held: bool | Unset = UNSET
    """ True if deliveries are only sent by hand """
    timestamps: Timestamps | Unset = UNSET
    """ The clock for the dates in signatures """

    def to_dict(self) -> dict[str, Any]:
        held = self.held

        timestamps: str | Unset = UNSET
        if not isinstance(self.timestamps, Unset):
            timestamps = self.timestamps.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if held is not UNSET:
            field_dict["held"] = held
        if timestamps is not UNSET:
            field_dict["timestamps"] = timestamps

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        held = d.pop("held", UNSET)

        _timestamps = d.pop("timestamps", UNSET)
        timestamps: Timestamps | Unset
        if isinstance(_timestamps, Unset):
            timestamps = UNSET
        else:
            timestamps = Timestamps(_timestamps)

        delivery_settings_change = cls(
            held=held,
            timestamps=timestamps,
        )

        return delivery_settings_change
