# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.delivery_state import DeliveryState
from ..types import UNSET, Unset

T = TypeVar("T", bound="Delivery")


@_attrs_define
class Delivery:
    """A request to the client, with its attempts"""

    id: str
    """ The same in all attempts """
    api: str
    """ A twin's name, the stem of its spec """
    callback: str
    """ The name of the callback or webhook in the spec """
    machine: str
    """ A machine's name in the spec """
    job: str
    """ The job's id """
    url: str
    """ Its URL, without secrets """
    at: datetime.datetime
    """ A time on the sandbox's clock """
    state: DeliveryState
    """ `planned` deliveries are in the future; `failed` ones are not retried automatically """
    attempts: list[DeliveryAttempt]
    due: datetime.datetime | Unset = UNSET
    """ A time on the sandbox's clock """
    body: JournalBody | Unset = UNSET
    """ A body as sent, without secrets """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        api = self.api

        callback = self.callback

        machine = self.machine

        job = self.job

        url = self.url

        at = self.at.isoformat().replace("+00:00", "Z")

        state = self.state.value

        attempts = []
        for attempts_item_data in self.attempts:
            attempts_item = attempts_item_data.to_dict()
            attempts.append(attempts_item)

        due: str | Unset = UNSET
        if not isinstance(self.due, Unset):
            due = self.due.isoformat().replace("+00:00", "Z")

        body: dict[str, Any] | Unset = UNSET
        if not isinstance(self.body, Unset):
            body = self.body.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "api": api,
                "callback": callback,
                "machine": machine,
                "job": job,
                "url": url,
                "at": at,
                "state": state,
                "attempts": attempts,
            }
        )
        if due is not UNSET:
            field_dict["due"] = due
        if body is not UNSET:
            field_dict["body"] = body

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        api = d.pop("api")

        callback = d.pop("callback")

        machine = d.pop("machine")

        job = d.pop("job")

        url = d.pop("url")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        state = DeliveryState(d.pop("state"))

        attempts = []
        _attempts = d.pop("attempts")
        for attempts_item_data in _attempts:
            attempts_item = DeliveryAttempt.from_dict(attempts_item_data)

            attempts.append(attempts_item)

        _due = d.pop("due", UNSET)
        due: datetime.datetime | Unset
        if isinstance(_due, Unset):
            due = UNSET
        else:
            due = datetime.datetime.fromisoformat(_due)

        _body = d.pop("body", UNSET)
        body: JournalBody | Unset
        if isinstance(_body, Unset):
            body = UNSET
        else:
            body = JournalBody.from_dict(_body)

        delivery = cls(
            id=id,
            api=api,
            callback=callback,
            machine=machine,
            job=job,
            url=url,
            at=at,
            state=state,
            attempts=attempts,
            due=due,
            body=body,
        )

        delivery.additional_properties = d
        return delivery

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


from ..models.delivery_attempt import DeliveryAttempt
from ..models.journal_body import JournalBody
