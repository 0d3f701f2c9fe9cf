# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Machine")


@_attrs_define
class Machine:
    api: str
    """ A twin's name, the stem of its spec """
    machine: str
    """ A machine's name in the spec """
    summary: str
    states: list[str]
    events: list[str]
    scenarios: list[Scenario]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        api = self.api

        machine = self.machine

        summary = self.summary

        states = self.states

        events = self.events

        scenarios = []
        for scenarios_item_data in self.scenarios:
            scenarios_item = scenarios_item_data.to_dict()
            scenarios.append(scenarios_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "api": api,
                "machine": machine,
                "summary": summary,
                "states": states,
                "events": events,
                "scenarios": scenarios,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        api = d.pop("api")

        machine = d.pop("machine")

        summary = d.pop("summary")

        states = cast(list[str], d.pop("states"))

        events = cast(list[str], d.pop("events"))

        scenarios = []
        _scenarios = d.pop("scenarios")
        for scenarios_item_data in _scenarios:
            scenarios_item = Scenario.from_dict(scenarios_item_data)

            scenarios.append(scenarios_item)

        machine = cls(
            api=api,
            machine=machine,
            summary=summary,
            states=states,
            events=events,
            scenarios=scenarios,
        )

        machine.additional_properties = d
        return machine

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


from ..models.scenario import Scenario
