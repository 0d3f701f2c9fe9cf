# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="NewFault")


@_attrs_define
class NewFault:
    """A fault, or a preset of several, and the requests that it hits"""

    api: str
    """ A twin's name, the stem of its spec """
    operation: str | Unset = UNSET
    """ Only requests to this operation """
    job: str | Unset = UNSET
    """ Only requests about this job """
    after: int | Unset = UNSET
    """ The number of requests that pass first """
    times: int | Unset = UNSET
    """ The number of requests that are hit; all by default """
    chance: float | Unset = UNSET
    """ The probability with which a request is hit, by the sandbox's seed """
    fault: FaultEffect | Unset = UNSET
    """ The effects of a fault, which can be combined. `body`, `state`, `fields` and `encoding` change the response
    that was due, or that of `status`. """
    preset: str | Unset = UNSET
    """ The name of a preset instead of a fault """

    def to_dict(self) -> dict[str, Any]:
        api = self.api

        operation = self.operation

        job = self.job

        after = self.after

        times = self.times

        chance = self.chance

        fault: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fault, Unset):
            fault = self.fault.to_dict()

        preset = self.preset

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "api": api,
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
        if fault is not UNSET:
            field_dict["fault"] = fault
        if preset is not UNSET:
            field_dict["preset"] = preset

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        api = d.pop("api")

        operation = d.pop("operation", UNSET)

        job = d.pop("job", UNSET)

        after = d.pop("after", UNSET)

        times = d.pop("times", UNSET)

        chance = d.pop("chance", UNSET)

        _fault = d.pop("fault", UNSET)
        fault: FaultEffect | Unset
        if isinstance(_fault, Unset):
            fault = UNSET
        else:
            fault = FaultEffect.from_dict(_fault)

        preset = d.pop("preset", UNSET)

        new_fault = cls(
            api=api,
            operation=operation,
            job=job,
            after=after,
            times=times,
            chance=chance,
            fault=fault,
            preset=preset,
        )

        return new_fault


from ..models.fault_effect import FaultEffect
