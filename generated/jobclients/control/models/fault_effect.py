# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.fault_effect_credential import FaultEffectCredential
from ..models.fault_effect_delayed import FaultEffectDelayed
from ..models.fault_effect_drop import FaultEffectDrop
from ..models.fault_effect_encoding import FaultEffectEncoding
from ..types import UNSET, Unset

T = TypeVar("T", bound="FaultEffect")


@_attrs_define
class FaultEffect:
    """The effects of a fault, which can be combined. `body`, `state`, `fields` and `encoding` change the response that was
    due, or that of `status`.

    """

    status: int | Unset = UNSET
    """ A status from 200 to 599, in the vendor's own error body """
    retry_after: float | Unset = UNSET
    """ Seconds, as `Retry-After` """
    date: bool | Unset = UNSET
    """ Send `Retry-After` as a date, and `Date`, by the sandbox's clock """
    headers: FaultEffectHeaders | Unset = UNSET
    """ Further headers """
    body: Any | Unset = UNSET
    """ empty, html, truncated or malformed; or any other text or JSON """
    delay: str | Unset = UNSET
    """ A duration such as 3s, 1m30s or PT3S """
    delayed: FaultEffectDelayed | Unset = UNSET
    """ What is delayed: the whole response (the default), its body, or each piece of its body """
    drop: FaultEffectDrop | Unset = UNSET
    """ Where the connection is cut: before the response, in its headers, after them, in its body """
    reset: bool | Unset = UNSET
    """ Reset the connection instead of closing it """
    stale: int | str | Unset = UNSET
    """ A read shows an earlier state of the job: from a duration ago, or a number of polls ago """
    hide: bool | str | Unset = UNSET
    """ Jobs are unknown: always (true), or for a duration after their creation """
    state: str | Unset = UNSET
    """ A state that the vendor's file does not list """
    fields: FaultEffectFields | Unset = UNSET
    """ Changes to properties of the body, by dotted path; a path applies to every item of a list """
    encoding: FaultEffectEncoding | Unset = UNSET
    """ A content coding that is declared but not applied, or a charset that is used but not declared """
    credential: FaultEffectCredential | Unset = UNSET
    """ The credential has expired """
    handled: bool | Unset = UNSET
    """ True if the request is carried out. It is by default, unless the response refuses it or is stale """

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        retry_after = self.retry_after

        date = self.date

        headers: dict[str, Any] | Unset = UNSET
        if not isinstance(self.headers, Unset):
            headers = self.headers.to_dict()

        body = self.body

        delay = self.delay

        delayed: str | Unset = UNSET
        if not isinstance(self.delayed, Unset):
            delayed = self.delayed.value

        drop: str | Unset = UNSET
        if not isinstance(self.drop, Unset):
            drop = self.drop.value

        reset = self.reset

        stale: int | str | Unset
        if isinstance(self.stale, Unset):
            stale = UNSET
        else:
            stale = self.stale

        hide: bool | str | Unset
        if isinstance(self.hide, Unset):
            hide = UNSET
        else:
            hide = self.hide

        state = self.state

        fields: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fields, Unset):
            fields = self.fields.to_dict()

        encoding: str | Unset = UNSET
        if not isinstance(self.encoding, Unset):
            encoding = self.encoding.value

        credential: str | Unset = UNSET
        if not isinstance(self.credential, Unset):
            credential = self.credential.value

        handled = self.handled

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status
        if retry_after is not UNSET:
            field_dict["retryAfter"] = retry_after
        if date is not UNSET:
            field_dict["date"] = date
        if headers is not UNSET:
            field_dict["headers"] = headers
        if body is not UNSET:
            field_dict["body"] = body
        if delay is not UNSET:
            field_dict["delay"] = delay
        if delayed is not UNSET:
            field_dict["delayed"] = delayed
        if drop is not UNSET:
            field_dict["drop"] = drop
        if reset is not UNSET:
            field_dict["reset"] = reset
        if stale is not UNSET:
            field_dict["stale"] = stale
        if hide is not UNSET:
            field_dict["hide"] = hide
        if state is not UNSET:
            field_dict["state"] = state
        if fields is not UNSET:
            field_dict["fields"] = fields
        if encoding is not UNSET:
            field_dict["encoding"] = encoding
        if credential is not UNSET:
            field_dict["credential"] = credential
        if handled is not UNSET:
            field_dict["handled"] = handled

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status", UNSET)

        retry_after = d.pop("retryAfter", UNSET)

        date = d.pop("date", UNSET)

        _headers = d.pop("headers", UNSET)
        headers: FaultEffectHeaders | Unset
        if isinstance(_headers, Unset):
            headers = UNSET
        else:
            headers = FaultEffectHeaders.from_dict(_headers)

        body = d.pop("body", UNSET)

        delay = d.pop("delay", UNSET)

        _delayed = d.pop("delayed", UNSET)
        delayed: FaultEffectDelayed | Unset
        if isinstance(_delayed, Unset):
            delayed = UNSET
        else:
            delayed = FaultEffectDelayed(_delayed)

        _drop = d.pop("drop", UNSET)
        drop: FaultEffectDrop | Unset
        if isinstance(_drop, Unset):
            drop = UNSET
        else:
            drop = FaultEffectDrop(_drop)

        reset = d.pop("reset", UNSET)

        def _parse_stale(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        stale = _parse_stale(d.pop("stale", UNSET))

        def _parse_hide(data: object) -> bool | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(bool | str | Unset, data)

        hide = _parse_hide(d.pop("hide", UNSET))

        state = d.pop("state", UNSET)

        _fields = d.pop("fields", UNSET)
        fields: FaultEffectFields | Unset
        if isinstance(_fields, Unset):
            fields = UNSET
        else:
            fields = FaultEffectFields.from_dict(_fields)

        _encoding = d.pop("encoding", UNSET)
        encoding: FaultEffectEncoding | Unset
        if isinstance(_encoding, Unset):
            encoding = UNSET
        else:
            encoding = FaultEffectEncoding(_encoding)

        _credential = d.pop("credential", UNSET)
        credential: FaultEffectCredential | Unset
        if isinstance(_credential, Unset):
            credential = UNSET
        else:
            credential = FaultEffectCredential(_credential)

        handled = d.pop("handled", UNSET)

        fault_effect = cls(
            status=status,
            retry_after=retry_after,
            date=date,
            headers=headers,
            body=body,
            delay=delay,
            delayed=delayed,
            drop=drop,
            reset=reset,
            stale=stale,
            hide=hide,
            state=state,
            fields=fields,
            encoding=encoding,
            credential=credential,
            handled=handled,
        )

        return fault_effect


from ..models.fault_effect_fields import FaultEffectFields
from ..models.fault_effect_headers import FaultEffectHeaders
