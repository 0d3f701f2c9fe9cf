# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.progression import Progression
from ..types import UNSET, Unset

T = TypeVar("T", bound="NewJob")


@_attrs_define
class NewJob:
    """The new job; everything but its API has defaults in the spec"""

    api: str
    """ A twin's name, the stem of its spec """
    machine: str | Unset = UNSET
    """ A machine's name in the spec """
    scenario: str | Unset = UNSET
    id: str | Unset = UNSET
    """ Its id; the twin makes one by default """
    facts: Facts | Unset = UNSET
    """ The facts of a job by name, as declared in its spec """
    parts: NewJobParts | Unset = UNSET
    progression: Progression | Unset = UNSET
    """ How jobs progress: by time, or by one change with each read """
    at: datetime.datetime | Unset = UNSET
    """ A time on the sandbox's clock """

    def to_dict(self) -> dict[str, Any]:
        api = self.api

        machine = self.machine

        scenario = self.scenario

        id = self.id

        facts: dict[str, Any] | Unset = UNSET
        if not isinstance(self.facts, Unset):
            facts = self.facts.to_dict()

        parts: dict[str, Any] | Unset = UNSET
        if not isinstance(self.parts, Unset):
            parts = self.parts.to_dict()

        progression: str | Unset = UNSET
        if not isinstance(self.progression, Unset):
            progression = self.progression.value

        at: str | Unset = UNSET
        if not isinstance(self.at, Unset):
            at = self.at.isoformat().replace("+00:00", "Z")

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "api": api,
            }
        )
        if machine is not UNSET:
            field_dict["machine"] = machine
        if scenario is not UNSET:
            field_dict["scenario"] = scenario
        if id is not UNSET:
            field_dict["id"] = id
        if facts is not UNSET:
            field_dict["facts"] = facts
        if parts is not UNSET:
            field_dict["parts"] = parts
        if progression is not UNSET:
            field_dict["progression"] = progression
        if at is not UNSET:
            field_dict["at"] = at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        api = d.pop("api")

        machine = d.pop("machine", UNSET)

        scenario = d.pop("scenario", UNSET)

        id = d.pop("id", UNSET)

        _facts = d.pop("facts", UNSET)
        facts: Facts | Unset
        if isinstance(_facts, Unset):
            facts = UNSET
        else:
            facts = Facts.from_dict(_facts)

        _parts = d.pop("parts", UNSET)
        parts: NewJobParts | Unset
        if isinstance(_parts, Unset):
            parts = UNSET
        else:
            parts = NewJobParts.from_dict(_parts)

        _progression = d.pop("progression", UNSET)
        progression: Progression | Unset
        if isinstance(_progression, Unset):
            progression = UNSET
        else:
            progression = Progression(_progression)

        _at = d.pop("at", UNSET)
        at: datetime.datetime | Unset
        if isinstance(_at, Unset):
            at = UNSET
        else:
            at = datetime.datetime.fromisoformat(_at)

        new_job = cls(
            api=api,
            machine=machine,
            scenario=scenario,
            id=id,
            facts=facts,
            parts=parts,
            progression=progression,
            at=at,
        )

        return new_job


from ..models.facts import Facts
from ..models.new_job_parts import NewJobParts
