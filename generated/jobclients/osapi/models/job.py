# Generated from specs/osapi.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_status import JobStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """An operation, how far it has come, and what each agent made of it. What is empty is left out, except `changed`."""

    id: UUID
    """ The id of a job """
    status: JobStatus
    """ How far a job has come: `submitted` until an agent takes notice, `processing` until the last agent has
    ended, then `completed`, `failed`, or `partial_failure` when it went well on some agents only. (Since 22 March
    2026 OSAPI knows `skipped` too, for agents of an unsupported system; these docs do not.) """
    created: str
    """ Submitted at; RFC 3339, in whole seconds """
    changed: bool | None
    """ Whether the operation changed anything. Of one agent it is what that agent said; of several it is true if
    one of them changed something. Null as long as nobody knows, after a mere query, after a failure, and where none
    of several changed anything. """
    operation: Operation | Unset = UNSET
    """ The operation for the agents """
    result: Any | Unset = UNSET
    """ The agent's response, if there was one agent; for several, see `responses` """
    error: str | Unset = UNSET
    """ What went wrong on the last agent that failed; only while the whole job is `failed` """
    hostname: str | Unset = UNSET
    """ The host of the agent that was the last to end """
    updated_at: str | Unset = UNSET
    """ When the timeline last grew; RFC 3339 """
    responses: AgentResponses | Unset = UNSET
    """ The responses of the agents that have ended, by hostname, even if there is only one """
    agent_states: AgentStates | Unset = UNSET
    """ The progress of the agents that have acknowledged the job, by hostname, even if there is only one """
    timeline: list[TimelineEvent] | Unset = UNSET
    """ The earliest event first """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        status = self.status.value

        created = self.created

        changed: bool | None
        changed = self.changed

        operation: dict[str, Any] | Unset = UNSET
        if not isinstance(self.operation, Unset):
            operation = self.operation.to_dict()

        result = self.result

        error = self.error

        hostname = self.hostname

        updated_at = self.updated_at

        responses: dict[str, Any] | Unset = UNSET
        if not isinstance(self.responses, Unset):
            responses = self.responses.to_dict()

        agent_states: dict[str, Any] | Unset = UNSET
        if not isinstance(self.agent_states, Unset):
            agent_states = self.agent_states.to_dict()

        timeline: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.timeline, Unset):
            timeline = []
            for componentsschemas_timeline_item_data in self.timeline:
                componentsschemas_timeline_item = componentsschemas_timeline_item_data.to_dict()
                timeline.append(componentsschemas_timeline_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "status": status,
                "created": created,
                "changed": changed,
            }
        )
        if operation is not UNSET:
            field_dict["operation"] = operation
        if result is not UNSET:
            field_dict["result"] = result
        if error is not UNSET:
            field_dict["error"] = error
        if hostname is not UNSET:
            field_dict["hostname"] = hostname
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at
        if responses is not UNSET:
            field_dict["responses"] = responses
        if agent_states is not UNSET:
            field_dict["agent_states"] = agent_states
        if timeline is not UNSET:
            field_dict["timeline"] = timeline

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = UUID(d.pop("id"))

        status = JobStatus(d.pop("status"))

        created = d.pop("created")

        def _parse_changed(data: object) -> bool | None:
            if data is None:
                return data
            return cast(bool | None, data)

        changed = _parse_changed(d.pop("changed"))

        _operation = d.pop("operation", UNSET)
        operation: Operation | Unset
        if isinstance(_operation, Unset):
            operation = UNSET
        else:
            operation = Operation.from_dict(_operation)

        result = d.pop("result", UNSET)

        error = d.pop("error", UNSET)

        hostname = d.pop("hostname", UNSET)

        updated_at = d.pop("updated_at", UNSET)

        _responses = d.pop("responses", UNSET)
        responses: AgentResponses | Unset
        if isinstance(_responses, Unset):
            responses = UNSET
        else:
            responses = AgentResponses.from_dict(_responses)

        _agent_states = d.pop("agent_states", UNSET)
        agent_states: AgentStates | Unset
        if isinstance(_agent_states, Unset):
            agent_states = UNSET
        else:
            agent_states = AgentStates.from_dict(_agent_states)

        _timeline = d.pop("timeline", UNSET)
        timeline: list[TimelineEvent] | Unset = UNSET
        if _timeline is not UNSET:
            timeline = []
            for componentsschemas_timeline_item_data in _timeline:
                componentsschemas_timeline_item = TimelineEvent.from_dict(
                    componentsschemas_timeline_item_data
                )

                timeline.append(componentsschemas_timeline_item)

        job = cls(
            id=id,
            status=status,
            created=created,
            changed=changed,
            operation=operation,
            result=result,
            error=error,
            hostname=hostname,
            updated_at=updated_at,
            responses=responses,
            agent_states=agent_states,
            timeline=timeline,
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


from ..models.agent_responses import AgentResponses
from ..models.agent_states import AgentStates
from ..models.operation import Operation
from ..models.timeline_event import TimelineEvent
