# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Journal")


@_attrs_define
class Journal:
    entries: list[JournalEntry]
    total: int
    """ The number of requests since the sandbox was created or reset """
    forgotten: int
    """ The number of older requests that are no longer kept """
    skips: list[Skip] | Unset = UNSET
    """ Time that a clock with `clock: skip` has skipped, the latest first """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        entries = []
        for entries_item_data in self.entries:
            entries_item = entries_item_data.to_dict()
            entries.append(entries_item)

        total = self.total

        forgotten = self.forgotten

        skips: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.skips, Unset):
            skips = []
            for skips_item_data in self.skips:
                skips_item = skips_item_data.to_dict()
                skips.append(skips_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entries": entries,
                "total": total,
                "forgotten": forgotten,
            }
        )
        if skips is not UNSET:
            field_dict["skips"] = skips

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        entries = []
        _entries = d.pop("entries")
        for entries_item_data in _entries:
            entries_item = JournalEntry.from_dict(entries_item_data)

            entries.append(entries_item)

        total = d.pop("total")

        forgotten = d.pop("forgotten")

        _skips = d.pop("skips", UNSET)
        skips: list[Skip] | Unset = UNSET
        if _skips is not UNSET:
            skips = []
            for skips_item_data in _skips:
                skips_item = Skip.from_dict(skips_item_data)

                skips.append(skips_item)

        journal = cls(
            entries=entries,
            total=total,
            forgotten=forgotten,
            skips=skips,
        )

        journal.additional_properties = d
        return journal

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


from ..models.journal_entry import JournalEntry
from ..models.skip import Skip
