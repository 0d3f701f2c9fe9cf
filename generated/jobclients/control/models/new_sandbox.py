# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.new_sandbox_clock import NewSandboxClock
from ..models.progression import Progression
from ..types import UNSET, Unset

T = TypeVar("T", bound="NewSandbox")


@_attrs_define
class NewSandbox:
    empty: bool | Unset = UNSET
    """ Create it without the samples """
    seed: int | Unset = UNSET
    """ The seed for ids """
    clock: NewSandboxClock | Unset = UNSET
    """ The kind of its clock: running, frozen, or frozen and skipping the time in which all clients wait. By
    default, a clock with a speed runs, and a clock with only a start does not """
    start: datetime.datetime | Unset = UNSET
    """ A time on the sandbox's clock """
    speed: float | Unset = UNSET
    progression: Progression | Unset = UNSET
    """ How jobs progress: by time, or by one change with each read """

    def to_dict(self) -> dict[str, Any]:
        empty = self.empty

        seed = self.seed

        clock: str | Unset = UNSET
        if not isinstance(self.clock, Unset):
            clock = self.clock.value

        start: str | Unset = UNSET
        if not isinstance(self.start, Unset):
            start = self.start.isoformat().replace("+00:00", "Z")

        speed = self.speed

        progression: str | Unset = UNSET
        if not isinstance(self.progression, Unset):
            progression = self.progression.value

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if empty is not UNSET:
            field_dict["empty"] = empty
        if seed is not UNSET:
            field_dict["seed"] = seed
        if clock is not UNSET:
            field_dict["clock"] = clock
        if start is not UNSET:
            field_dict["start"] = start
        if speed is not UNSET:
            field_dict["speed"] = speed
        if progression is not UNSET:
            field_dict["progression"] = progression

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        empty = d.pop("empty", UNSET)

        seed = d.pop("seed", UNSET)

        _clock = d.pop("clock", UNSET)
        clock: NewSandboxClock | Unset
        if isinstance(_clock, Unset):
            clock = UNSET
        else:
            clock = NewSandboxClock(_clock)

        _start = d.pop("start", UNSET)
        start: datetime.datetime | Unset
        if isinstance(_start, Unset):
            start = UNSET
        else:
            start = datetime.datetime.fromisoformat(_start)

        speed = d.pop("speed", UNSET)

        _progression = d.pop("progression", UNSET)
        progression: Progression | Unset
        if isinstance(_progression, Unset):
            progression = UNSET
        else:
            progression = Progression(_progression)

        new_sandbox = cls(
            empty=empty,
            seed=seed,
            clock=clock,
            start=start,
            speed=speed,
            progression=progression,
        )

        return new_sandbox
