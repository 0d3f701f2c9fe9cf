# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_kind import JobKind
from ..models.job_outcome import JobOutcome
from ..models.progression import Progression
from ..types import UNSET, Unset

T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """A job, with its history and what is planned"""

    api: str
    """ A twin's name, the stem of its spec """
    machine: str
    """ A machine's name in the spec """
    id: str
    """ Its id; a handle in its place if ids are credentials, such as a session's token """
    scenario: str
    state: str
    kind: JobKind
    created: datetime.datetime
    """ A time on the sandbox's clock """
    progression: Progression
    """ How jobs progress: by time, or by one change with each read """
    facts: Facts
    """ The facts of a job by name, as declared in its spec """
    history: list[Change]
    """ The latest thousand changes """
    events: list[str]
    """ Events that are legal now """
    outcome: JobOutcome | Unset = UNSET
    progress: float | Unset = UNSET
    next_: Next | Unset = UNSET
    """ The next change, if nothing else happens """
    parts: JobParts | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        api = self.api

        machine = self.machine

        id = self.id

        scenario = self.scenario

        state = self.state

        kind = self.kind.value

        created = self.created.isoformat().replace("+00:00", "Z")

        progression = self.progression.value

        facts = self.facts.to_dict()

        history = []
        for history_item_data in self.history:
            history_item = history_item_data.to_dict()
            history.append(history_item)

        events = self.events

        outcome: str | Unset = UNSET
        if not isinstance(self.outcome, Unset):
            outcome = self.outcome.value

        progress = self.progress

        next_: dict[str, Any] | Unset = UNSET
        if not isinstance(self.next_, Unset):
            next_ = self.next_.to_dict()

        parts: dict[str, Any] | Unset = UNSET
        if not isinstance(self.parts, Unset):
            parts = self.parts.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "api": api,
                "machine": machine,
                "id": id,
                "scenario": scenario,
                "state": state,
                "kind": kind,
                "created": created,
                "progression": progression,
                "facts": facts,
                "history": history,
                "events": events,
            }
        )
        if outcome is not UNSET:
            field_dict["outcome"] = outcome
        if progress is not UNSET:
            field_dict["progress"] = progress
        if next_ is not UNSET:
            field_dict["next"] = next_
        if parts is not UNSET:
            field_dict["parts"] = parts

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        api = d.pop("api")

        machine = d.pop("machine")

        id = d.pop("id")

        scenario = d.pop("scenario")

        state = d.pop("state")

        kind = JobKind(d.pop("kind"))

        created = datetime.datetime.fromisoformat(d.pop("created"))

        progression = Progression(d.pop("progression"))

        facts = Facts.from_dict(d.pop("facts"))

        history = []
        _history = d.pop("history")
        for history_item_data in _history:
            history_item = Change.from_dict(history_item_data)

            history.append(history_item)

        events = cast(list[str], d.pop("events"))

        _outcome = d.pop("outcome", UNSET)
        outcome: JobOutcome | Unset
        if isinstance(_outcome, Unset):
            outcome = UNSET
        else:
            outcome = JobOutcome(_outcome)

        progress = d.pop("progress", UNSET)

        _next_ = d.pop("next", UNSET)
        next_: Next | Unset
        if isinstance(_next_, Unset):
            next_ = UNSET
        else:
            next_ = Next.from_dict(_next_)

        _parts = d.pop("parts", UNSET)
        parts: JobParts | Unset
        if isinstance(_parts, Unset):
            parts = UNSET
        else:
            parts = JobParts.from_dict(_parts)

        job = cls(
            api=api,
            machine=machine,
            id=id,
            scenario=scenario,
            state=state,
            kind=kind,
            created=created,
            progression=progression,
            facts=facts,
            history=history,
            events=events,
            outcome=outcome,
            progress=progress,
            next_=next_,
            parts=parts,
        )

        job.additional_properties = d
        return job

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


from ..models.change import Change
from ..models.facts import Facts
from ..models.job_parts import JobParts
from ..models.next_ import Next
