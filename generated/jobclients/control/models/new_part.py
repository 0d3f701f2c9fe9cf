# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="NewPart")


@_attrs_define
class NewPart:
    """A part of a new job"""

    scenario: str | Unset = UNSET
    facts: Facts | Unset = UNSET
    """ The facts of a job by name, as declared in its spec """
    parts: NewPartParts | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        scenario = self.scenario

        facts: dict[str, Any] | Unset = UNSET
        if not isinstance(self.facts, Unset):
            facts = self.facts.to_dict()

        parts: dict[str, Any] | Unset = UNSET
        if not isinstance(self.parts, Unset):
            parts = self.parts.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if scenario is not UNSET:
            field_dict["scenario"] = scenario
        if facts is not UNSET:
            field_dict["facts"] = facts
        if parts is not UNSET:
            field_dict["parts"] = parts

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        scenario = d.pop("scenario", UNSET)

        _facts = d.pop("facts", UNSET)
        facts: Facts | Unset
        if isinstance(_facts, Unset):
            facts = UNSET
        else:
            facts = Facts.from_dict(_facts)

        _parts = d.pop("parts", UNSET)
        parts: NewPartParts | Unset
        if isinstance(_parts, Unset):
            parts = UNSET
        else:
            parts = NewPartParts.from_dict(_parts)

        new_part = cls(
            scenario=scenario,
            facts=facts,
            parts=parts,
        )

        return new_part


from ..models.facts import Facts
from ..models.new_part_parts import NewPartParts
