# Generated from specs/osapi.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_status import JobStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="JobSummary")


@_attrs_define
class JobSummary:
    """A job as a list shows it"""

    id: UUID
    """ The id of a job """
    status: JobStatus
    """ How far a job has come: `submitted` until an agent takes notice, `processing` until the last agent has
    ended, then `completed`, `failed`, or `partial_failure` when it went well on some agents only. (Since 22 March
    2026 OSAPI knows `skipped` too, for agents of an unsupported system; these docs do not.) """
    created: str
    """ Submitted at; RFC 3339, in whole seconds """
    changed: bool | None
    """ Always null, whatever `getJob` says; the server does not look it up for a list """
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

        job_summary = cls(
            id=id,
            status=status,
            created=created,
            changed=changed,
            operation=operation,
            result=result,
            error=error,
            hostname=hostname,
            updated_at=updated_at,
        )

        job_summary.additional_properties = d
        return job_summary

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


from ..models.operation import Operation
