# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Sleep")


@_attrs_define
class Sleep:
    until: datetime.datetime
    """ A time on the sandbox's clock """
    process: int | Unset = UNSET
    """ The id of a process on the same machine """
    thread: int | Unset = UNSET
    """ The operating system's id of the thread """
    reads: bool | Unset = UNSET
    """ True if the thread waits for a response, which it may be about to read """

    def to_dict(self) -> dict[str, Any]:
        until = self.until.isoformat().replace("+00:00", "Z")

        process = self.process

        thread = self.thread

        reads = self.reads

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "until": until,
            }
        )
        if process is not UNSET:
            field_dict["process"] = process
        if thread is not UNSET:
            field_dict["thread"] = thread
        if reads is not UNSET:
            field_dict["reads"] = reads

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        until = datetime.datetime.fromisoformat(d.pop("until"))

        process = d.pop("process", UNSET)

        thread = d.pop("thread", UNSET)

        reads = d.pop("reads", UNSET)

        sleep = cls(
            until=until,
            process=process,
            thread=thread,
            reads=reads,
        )

        return sleep
