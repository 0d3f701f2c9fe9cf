# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="GraphTransition")


@_attrs_define
class GraphTransition:
    from_: str
    to: str | Unset = UNSET
    """ The new state; missing if the event does not change the state """
    event: str | Unset = UNSET
    after: float | Unset = UNSET
    """ Seconds after which it happens by time """
    when: str | Unset = UNSET
    """ The condition on facts under which it happens """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from_ = self.from_

        to = self.to

        event = self.event

        after = self.after

        when = self.when

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "from": from_,
            }
        )
        if to is not UNSET:
            field_dict["to"] = to
        if event is not UNSET:
            field_dict["event"] = event
        if after is not UNSET:
            field_dict["after"] = after
        if when is not UNSET:
            field_dict["when"] = when

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        from_ = d.pop("from")

        to = d.pop("to", UNSET)

        event = d.pop("event", UNSET)

        after = d.pop("after", UNSET)

        when = d.pop("when", UNSET)

        graph_transition = cls(
            from_=from_,
            to=to,
            event=event,
            after=after,
            when=when,
        )

        graph_transition.additional_properties = d
        return graph_transition

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
