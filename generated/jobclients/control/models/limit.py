# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.limited_by import LimitedBy
from ..types import UNSET, Unset

T = TypeVar("T", bound="Limit")


@_attrs_define
class Limit:
    api: str
    """ A twin's name, the stem of its spec """
    name: str
    requests: int
    every: str
    """ A duration such as 3s, 1m30s or PT3S """
    per: list[LimitedBy]
    operations: list[str]
    headers: LimitHeaders
    in_force: bool
    """ True if the limit counts requests """
    refused: int
    """ The number of refused requests """
    retry_after: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        api = self.api

        name = self.name

        requests = self.requests

        every = self.every

        per = []
        for per_item_data in self.per:
            per_item = per_item_data.value
            per.append(per_item)

        operations = self.operations

        headers = self.headers.to_dict()

        in_force = self.in_force

        refused = self.refused

        retry_after = self.retry_after

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "api": api,
                "name": name,
                "requests": requests,
                "every": every,
                "per": per,
                "operations": operations,
                "headers": headers,
                "inForce": in_force,
                "refused": refused,
            }
        )
        if retry_after is not UNSET:
            field_dict["retryAfter"] = retry_after

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        api = d.pop("api")

        name = d.pop("name")

        requests = d.pop("requests")

        every = d.pop("every")

        per = []
        _per = d.pop("per")
        for per_item_data in _per:
            per_item = LimitedBy(per_item_data)

            per.append(per_item)

        operations = cast(list[str], d.pop("operations"))

        headers = LimitHeaders.from_dict(d.pop("headers"))

        in_force = d.pop("inForce")

        refused = d.pop("refused")

        retry_after = d.pop("retryAfter", UNSET)

        limit = cls(
            api=api,
            name=name,
            requests=requests,
            every=every,
            per=per,
            operations=operations,
            headers=headers,
            in_force=in_force,
            refused=refused,
            retry_after=retry_after,
        )

        limit.additional_properties = d
        return limit

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


from ..models.limit_headers import LimitHeaders
