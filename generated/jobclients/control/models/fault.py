# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Fault")


@_attrs_define
class Fault:
    """An active fault; a preset has `faults` instead of a `fault`"""

    id: str
    api: str
    """ A twin's name, the stem of its spec """
    matched: int
    """ The number of matching requests """
    hits: int
    """ The number of requests that were hit """
    operation: str | Unset = UNSET
    job: str | Unset = UNSET
    after: int | Unset = UNSET
    times: int | Unset = UNSET
    chance: float | Unset = UNSET
    preset: str | Unset = UNSET
    fault_: FaultEffect | Unset = UNSET
    """ The effects of a fault, which can be combined. `body`, `state`, `fields` and `encoding` change the response
    that was due, or that of `status`. """
    faults: list[Fault] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        api = self.api

        matched = self.matched

        hits = self.hits

        operation = self.operation

        job = self.job

        after = self.after

        times = self.times

        chance = self.chance

        preset = self.preset

        fault_: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fault_, Unset):
            fault_ = self.fault_.to_dict()

        faults: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.faults, Unset):
            faults = []
            for faults_item_data in self.faults:
                faults_item = faults_item_data.to_dict()
                faults.append(faults_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "api": api,
                "matched": matched,
                "hits": hits,
            }
        )
        if operation is not UNSET:
            field_dict["operation"] = operation
        if job is not UNSET:
            field_dict["job"] = job
        if after is not UNSET:
            field_dict["after"] = after
        if times is not UNSET:
            field_dict["times"] = times
        if chance is not UNSET:
            field_dict["chance"] = chance
        if preset is not UNSET:
            field_dict["preset"] = preset
        if fault_ is not UNSET:
            field_dict["fault"] = fault_
        if faults is not UNSET:
            field_dict["faults"] = faults

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        api = d.pop("api")

        matched = d.pop("matched")

        hits = d.pop("hits")

        operation = d.pop("operation", UNSET)

        job = d.pop("job", UNSET)

        after = d.pop("after", UNSET)

        times = d.pop("times", UNSET)

        chance = d.pop("chance", UNSET)

        preset = d.pop("preset", UNSET)

        _fault_ = d.pop("fault", UNSET)
        fault_: FaultEffect | Unset
        if isinstance(_fault_, Unset):
            fault_ = UNSET
        else:
            fault_ = FaultEffect.from_dict(_fault_)

        _faults = d.pop("faults", UNSET)
        faults: list[Fault] | Unset = UNSET
        if _faults is not UNSET:
            faults = []
            for faults_item_data in _faults:
                faults_item = Fault.from_dict(faults_item_data)

                faults.append(faults_item)

        fault = cls(
            id=id,
            api=api,
            matched=matched,
            hits=hits,
            operation=operation,
            job=job,
            after=after,
            times=times,
            chance=chance,
            preset=preset,
            fault_=fault_,
            faults=faults,
        )

        fault.additional_properties = d
        return fault

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


from ..models.fault_effect import FaultEffect
