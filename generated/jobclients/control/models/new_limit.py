# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.limited_by import LimitedBy
from ..types import UNSET, Unset

T = TypeVar("T", bound="NewLimit")


@_attrs_define
class NewLimit:
    """A number of requests in a window of time"""

    requests: int | Unset = UNSET
    """ The number of requests that are allowed """
    every: str | Unset = UNSET
    """ A duration such as 3s, 1m30s or PT3S """
    per: list[LimitedBy] | Unset = UNSET
    """ Requests that are equal in all of these are counted together; without any, all requests are """
    operations: list[str] | Unset = UNSET
    """ Only requests to these operations count; without any, all requests do """
    headers: NewLimitHeaders | Unset = UNSET
    """ Headers of every response, which quote {limit.requests}, {limit.remaining}, {limit.resets_in} and
    {limit.resets_at} """
    retry_after: bool | Unset = UNSET
    """ True if refusals have `Retry-After`; true by default """

    def to_dict(self) -> dict[str, Any]:
        requests = self.requests

        every = self.every

        per: list[str] | Unset = UNSET
        if not isinstance(self.per, Unset):
            per = []
            for per_item_data in self.per:
                per_item = per_item_data.value
                per.append(per_item)

        operations: list[str] | Unset = UNSET
        if not isinstance(self.operations, Unset):
            operations = self.operations

        headers: dict[str, Any] | Unset = UNSET
        if not isinstance(self.headers, Unset):
            headers = self.headers.to_dict()

        retry_after = self.retry_after

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if requests is not UNSET:
            field_dict["requests"] = requests
        if every is not UNSET:
            field_dict["every"] = every
        if per is not UNSET:
            field_dict["per"] = per
        if operations is not UNSET:
            field_dict["operations"] = operations
        if headers is not UNSET:
            field_dict["headers"] = headers
        if retry_after is not UNSET:
            field_dict["retryAfter"] = retry_after

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        requests = d.pop("requests", UNSET)

        every = d.pop("every", UNSET)

        _per = d.pop("per", UNSET)
        per: list[LimitedBy] | Unset = UNSET
        if _per is not UNSET:
            per = []
            for per_item_data in _per:
                per_item = LimitedBy(per_item_data)

                per.append(per_item)

        operations = cast(list[str], d.pop("operations", UNSET))

        _headers = d.pop("headers", UNSET)
        headers: NewLimitHeaders | Unset
        if isinstance(_headers, Unset):
            headers = UNSET
        else:
            headers = NewLimitHeaders.from_dict(_headers)

        retry_after = d.pop("retryAfter", UNSET)

        new_limit = cls(
            requests=requests,
            every=every,
            per=per,
            operations=operations,
            headers=headers,
            retry_after=retry_after,
        )

        return new_limit


from ..models.new_limit_headers import NewLimitHeaders
