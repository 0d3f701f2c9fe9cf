# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="JournalEntry")


@_attrs_define
class JournalEntry:
    number: int
    """ The request's number in the sandbox """
    at: datetime.datetime
    """ A time on the sandbox's clock """
    api: str
    """ A twin's name, the stem of its spec """
    method: str
    path: str
    status: int
    milliseconds: float
    operation: str | Unset = UNSET
    query: str | Unset = UNSET
    job: str | Unset = UNSET
    before: str | Unset = UNSET
    """ The job's state before the request """
    after: str | Unset = UNSET
    """ The job's state after the request """
    finding: str | Unset = UNSET
    """ The situation for which it was refused """
    injected: bool | Unset = UNSET
    """ True if a fault changed the response """
    sampled: bool | Unset = UNSET
    """ True if the response is an example of the file or made up, since the operation has no job """
    delivery: str | Unset = UNSET
    """ The id of the delivery, if the request is the twin's own; its status is 0 without a response """
    request: JournalBody | Unset = UNSET
    """ A body as sent, without secrets """
    response: JournalBody | Unset = UNSET
    """ A body as sent, without secrets """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        at = self.at.isoformat().replace("+00:00", "Z")

        api = self.api

        method = self.method

        path = self.path

        status = self.status

        milliseconds = self.milliseconds

        operation = self.operation

        query = self.query

        job = self.job

        before = self.before

        after = self.after

        finding = self.finding

        injected = self.injected

        sampled = self.sampled

        delivery = self.delivery

        request: dict[str, Any] | Unset = UNSET
        if not isinstance(self.request, Unset):
            request = self.request.to_dict()

        response: dict[str, Any] | Unset = UNSET
        if not isinstance(self.response, Unset):
            response = self.response.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "number": number,
                "at": at,
                "api": api,
                "method": method,
                "path": path,
                "status": status,
                "milliseconds": milliseconds,
            }
        )
        if operation is not UNSET:
            field_dict["operation"] = operation
        if query is not UNSET:
            field_dict["query"] = query
        if job is not UNSET:
            field_dict["job"] = job
        if before is not UNSET:
            field_dict["before"] = before
        if after is not UNSET:
            field_dict["after"] = after
        if finding is not UNSET:
            field_dict["finding"] = finding
        if injected is not UNSET:
            field_dict["injected"] = injected
        if sampled is not UNSET:
            field_dict["sampled"] = sampled
        if delivery is not UNSET:
            field_dict["delivery"] = delivery
        if request is not UNSET:
            field_dict["request"] = request
        if response is not UNSET:
            field_dict["response"] = response

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        number = d.pop("number")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        api = d.pop("api")

        method = d.pop("method")

        path = d.pop("path")

        status = d.pop("status")

        milliseconds = d.pop("milliseconds")

        operation = d.pop("operation", UNSET)

        query = d.pop("query", UNSET)

        job = d.pop("job", UNSET)

        before = d.pop("before", UNSET)

        after = d.pop("after", UNSET)

        finding = d.pop("finding", UNSET)

        injected = d.pop("injected", UNSET)

        sampled = d.pop("sampled", UNSET)

        delivery = d.pop("delivery", UNSET)

        _request = d.pop("request", UNSET)
        request: JournalBody | Unset
        if isinstance(_request, Unset):
            request = UNSET
        else:
            request = JournalBody.from_dict(_request)

        _response = d.pop("response", UNSET)
        response: JournalBody | Unset
        if isinstance(_response, Unset):
            response = UNSET
        else:
            response = JournalBody.from_dict(_response)

        journal_entry = cls(
            number=number,
            at=at,
            api=api,
            method=method,
            path=path,
            status=status,
            milliseconds=milliseconds,
            operation=operation,
            query=query,
            job=job,
            before=before,
            after=after,
            finding=finding,
            injected=injected,
            sampled=sampled,
            delivery=delivery,
            request=request,
            response=response,
        )

        journal_entry.additional_properties = d
        return journal_entry

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


from ..models.journal_body import JournalBody
