# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Lane")


@_attrs_define
class Lane:
    """The states of a job, or of a part of one"""

    id: str
    depth: int
    """ 0 for the job, 1 for its parts, 2 for theirs """
    past: list[TimelineChange]
    """ The latest five hundred changes """
    planned: list[TimelineChange]
    """ The next hundred changes if nothing else happens """
    part: str | Unset = UNSET
    """ The name of the part; missing for the job itself """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        depth = self.depth

        past = []
        for past_item_data in self.past:
            past_item = past_item_data.to_dict()
            past.append(past_item)

        planned = []
        for planned_item_data in self.planned:
            planned_item = planned_item_data.to_dict()
            planned.append(planned_item)

        part = self.part

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "depth": depth,
                "past": past,
                "planned": planned,
            }
        )
        if part is not UNSET:
            field_dict["part"] = part

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        depth = d.pop("depth")

        past = []
        _past = d.pop("past")
        for past_item_data in _past:
            past_item = TimelineChange.from_dict(past_item_data)

            past.append(past_item)

        planned = []
        _planned = d.pop("planned")
        for planned_item_data in _planned:
            planned_item = TimelineChange.from_dict(planned_item_data)

            planned.append(planned_item)

        part = d.pop("part", UNSET)

        lane = cls(
            id=id,
            depth=depth,
            past=past,
            planned=planned,
            part=part,
        )

        lane.additional_properties = d
        return lane

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


from ..models.timeline_change import TimelineChange
