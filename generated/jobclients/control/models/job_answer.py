# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="JobAnswer")


@_attrs_define
class JobAnswer:
    """The response of an operation about a job"""

    operation: str
    method: str
    path: str
    """ Below the API's path """
    status: int
    assumed: list[Assumption]
    body: Any | Unset = UNSET
    """ Its body: JSON, or another body as text """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        operation = self.operation

        method = self.method

        path = self.path

        status = self.status

        assumed = []
        for assumed_item_data in self.assumed:
            assumed_item = assumed_item_data.to_dict()
            assumed.append(assumed_item)

        body = self.body

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "operation": operation,
                "method": method,
                "path": path,
                "status": status,
                "assumed": assumed,
            }
        )
        if body is not UNSET:
            field_dict["body"] = body

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        operation = d.pop("operation")

        method = d.pop("method")

        path = d.pop("path")

        status = d.pop("status")

        assumed = []
        _assumed = d.pop("assumed")
        for assumed_item_data in _assumed:
            assumed_item = Assumption.from_dict(assumed_item_data)

            assumed.append(assumed_item)

        body = d.pop("body", UNSET)

        job_answer = cls(
            operation=operation,
            method=method,
            path=path,
            status=status,
            assumed=assumed,
            body=body,
        )

        job_answer.additional_properties = d
        return job_answer

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


from ..models.assumption import Assumption
