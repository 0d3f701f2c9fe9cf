# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="DefaultScenario")


@_attrs_define
class DefaultScenario:
    scenario: str

    def to_dict(self) -> dict[str, Any]:
        scenario = self.scenario

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "scenario": scenario,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        scenario = d.pop("scenario")

        default_scenario = cls(
            scenario=scenario,
        )

        return default_scenario
