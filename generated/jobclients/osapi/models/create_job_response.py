# Generated from specs/osapi.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateJobResponse")


@_attrs_define
class CreateJobResponse:
    """A job just after its creation"""

    job_id: UUID
    """ The id of a job """
    status: str
    """ Always `created`, which is none of a job's states. The example in the API's OpenAPI file says `unprocessed`.
    """
    revision: int | Unset = UNSET
    """ A number that grows with everything that the server stores; the twin counts the jobs of its sandbox, those
    of other APIs included. """
    timestamp: str | Unset = UNSET
    """ Submitted at; RFC 3339, in whole seconds """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        job_id = str(self.job_id)

        status = self.status

        revision = self.revision

        timestamp = self.timestamp

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "job_id": job_id,
                "status": status,
            }
        )
        if revision is not UNSET:
            field_dict["revision"] = revision
        if timestamp is not UNSET:
            field_dict["timestamp"] = timestamp

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        job_id = UUID(d.pop("job_id"))

        status = d.pop("status")

        revision = d.pop("revision", UNSET)

        timestamp = d.pop("timestamp", UNSET)

        create_job_response = cls(
            job_id=job_id,
            status=status,
            revision=revision,
            timestamp=timestamp,
        )

        create_job_response.additional_properties = d
        return create_job_response

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
