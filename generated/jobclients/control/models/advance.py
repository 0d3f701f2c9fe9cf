# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Advance")


@_attrs_define
class Advance:
    """One of the three ways to move the clock ways to move the clock ways to move the clock ways to move the clock"""

    by: str | Unset = UNSET
    """ An ISO 8601 duration """
    to: datetime.datetime | Unset = UNSET
    """ A time on the sandbox's clock """
    to_next: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        by = self.by

        to: str | Unset = UNSET
        if not isinstance(self.to, Unset):
            to = self.to.isoformat().replace("+00:00", "Z")

        to_next = self.to_next

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if by is not UNSET:
            field_dict["by"] = by
        if to is not UNSET:
            field_dict["to"] = to
        if to_next is not UNSET:
            field_dict["toNext"] = to_next

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        by = d.pop("by", UNSET)

        _to = d.pop("to", UNSET)
        to: datetime.datetime | Unset
        if isinstance(_to, Unset):
            to = UNSET
        else:
            to = datetime.datetime.fromisoformat(_to)

        to_next = d.pop("toNext", UNSET)

        advance = cls(
            by=by,
            to=to,
            to_next=to_next,
        )

        return advance
