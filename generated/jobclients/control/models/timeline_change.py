# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.outcome import Outcome
from ..models.state_kind import StateKind
from ..types import UNSET, Unset

T = TypeVar("T", bound="TimelineChange")


@_attrs_define
class TimelineChange:
    """A job, or a part of one, enters a state"""

    at: datetime.datetime
    """ A time on the sandbox's clock """
    state: str
    kind: StateKind
    """ The meaning of a state to a client that waits """
    outcome: Outcome | Unset = UNSET
    """ The outcome of a job """
    event: str | Unset = UNSET
    """ The event that caused it """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at = self.at.isoformat().replace("+00:00", "Z")

        state = self.state

        kind = self.kind.value

        outcome: str | Unset = UNSET
        if not isinstance(self.outcome, Unset):
            outcome = self.outcome.value

        event = self.event

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at": at,
                "state": state,
                "kind": kind,
            }
        )
        if outcome is not UNSET:
            field_dict["outcome"] = outcome
        if event is not UNSET:
            field_dict["event"] = event

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        at = datetime.datetime.fromisoformat(d.pop("at"))

        state = d.pop("state")

        kind = StateKind(d.pop("kind"))

        _outcome = d.pop("outcome", UNSET)
        outcome: Outcome | Unset
        if isinstance(_outcome, Unset):
            outcome = UNSET
        else:
            outcome = Outcome(_outcome)

        event = d.pop("event", UNSET)

        timeline_change = cls(
            at=at,
            state=state,
            kind=kind,
            outcome=outcome,
            event=event,
        )

        timeline_change.additional_properties = d
        return timeline_change

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
