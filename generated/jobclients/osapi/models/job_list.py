# Generated from specs/osapi.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="JobList")


@_attrs_define
class JobList:
    """A page of jobs"""

    total_items: int
    """ The number of matching jobs on all pages """
    status_counts: StatusCounts
    """ How many jobs there are in each state, those that do not fit the filter included. In the server's answer
    deleted jobs still count for a while; in the twin's they do not. """
    items: list[JobSummary]
    """ The latest first """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total_items = self.total_items

        status_counts = self.status_counts.to_dict()

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "total_items": total_items,
                "status_counts": status_counts,
                "items": items,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        total_items = d.pop("total_items")

        status_counts = StatusCounts.from_dict(d.pop("status_counts"))

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = JobSummary.from_dict(items_item_data)

            items.append(items_item)

        job_list = cls(
            total_items=total_items,
            status_counts=status_counts,
            items=items,
        )

        job_list.additional_properties = d
        return job_list

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


from ..models.job_summary import JobSummary
from ..models.status_counts import StatusCounts
