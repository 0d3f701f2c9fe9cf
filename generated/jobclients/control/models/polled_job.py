# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="PolledJob")


@_attrs_define
class PolledJob:
    api: str
    """ A twin's name, the stem of its spec """
    operation: str
    job: str
    polls: int
    intervals: list[float]
    """ Seconds between polls, by the sandbox's clock """
    polite: bool
    rules: list[PollingRule]
    after_final: int | Unset = UNSET
    """ Polls after the final state was seen """
    noticed: float | Unset = UNSET
    """ Seconds from the final state to the poll that saw it """
    refused: int | Unset = UNSET
    """ Polls answered with 429 """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        api = self.api

        operation = self.operation

        job = self.job

        polls = self.polls

        intervals = self.intervals

        polite = self.polite

        rules = []
        for rules_item_data in self.rules:
            rules_item = rules_item_data.to_dict()
            rules.append(rules_item)

        after_final = self.after_final

        noticed = self.noticed

        refused = self.refused

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "api": api,
                "operation": operation,
                "job": job,
                "polls": polls,
                "intervals": intervals,
                "polite": polite,
                "rules": rules,
            }
        )
        if after_final is not UNSET:
            field_dict["afterFinal"] = after_final
        if noticed is not UNSET:
            field_dict["noticed"] = noticed
        if refused is not UNSET:
            field_dict["refused"] = refused

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        api = d.pop("api")

        operation = d.pop("operation")

        job = d.pop("job")

        polls = d.pop("polls")

        intervals = cast(list[float], d.pop("intervals"))

        polite = d.pop("polite")

        rules = []
        _rules = d.pop("rules")
        for rules_item_data in _rules:
            rules_item = PollingRule.from_dict(rules_item_data)

            rules.append(rules_item)

        after_final = d.pop("afterFinal", UNSET)

        noticed = d.pop("noticed", UNSET)

        refused = d.pop("refused", UNSET)

        polled_job = cls(
            api=api,
            operation=operation,
            job=job,
            polls=polls,
            intervals=intervals,
            polite=polite,
            rules=rules,
            after_final=after_final,
            noticed=noticed,
            refused=refused,
        )

        polled_job.additional_properties = d
        return polled_job

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


from ..models.polling_rule import PollingRule
