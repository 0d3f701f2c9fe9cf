# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="JobTotals")


@_attrs_define
class JobTotals:
    """Sums from the start of the job until now"""

    num_rows_processed: int | Unset = UNSET
    """ Rows read without an error """
    num_rows_processed_with_warning: int | Unset = UNSET
    """ Rows with a warning """
    num_rows_skipped_by_filter: int | Unset = UNSET
    """ Rows excluded by the job's filter; counted for streaming jobs only """
    num_rows_skipped_by_error: int | Unset = UNSET
    """ Rows that could not be parsed """
    num_bytes_processed: int | Unset = UNSET
    """ Bytes read. The docs' example lacks them, and so does the twin by default. """
    num_rows_persisted: int | Unset = UNSET
    """ Rows written to the table; not told of a streaming job. The docs' example goes without, and so does the twin
    unless told otherwise. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        num_rows_processed = self.num_rows_processed

        num_rows_processed_with_warning = self.num_rows_processed_with_warning

        num_rows_skipped_by_filter = self.num_rows_skipped_by_filter

        num_rows_skipped_by_error = self.num_rows_skipped_by_error

        num_bytes_processed = self.num_bytes_processed

        num_rows_persisted = self.num_rows_persisted

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if num_rows_processed is not UNSET:
            field_dict["numRowsProcessed"] = num_rows_processed
        if num_rows_processed_with_warning is not UNSET:
            field_dict["numRowsProcessedWithWarning"] = num_rows_processed_with_warning
        if num_rows_skipped_by_filter is not UNSET:
            field_dict["numRowsSkippedByFilter"] = num_rows_skipped_by_filter
        if num_rows_skipped_by_error is not UNSET:
            field_dict["numRowsSkippedByError"] = num_rows_skipped_by_error
        if num_bytes_processed is not UNSET:
            field_dict["numBytesProcessed"] = num_bytes_processed
        if num_rows_persisted is not UNSET:
            field_dict["numRowsPersisted"] = num_rows_persisted

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        num_rows_processed = d.pop("numRowsProcessed", UNSET)

        num_rows_processed_with_warning = d.pop("numRowsProcessedWithWarning", UNSET)

        num_rows_skipped_by_filter = d.pop("numRowsSkippedByFilter", UNSET)

        num_rows_skipped_by_error = d.pop("numRowsSkippedByError", UNSET)

        num_bytes_processed = d.pop("numBytesProcessed", UNSET)

        num_rows_persisted = d.pop("numRowsPersisted", UNSET)

        job_totals = cls(
            num_rows_processed=num_rows_processed,
            num_rows_processed_with_warning=num_rows_processed_with_warning,
            num_rows_skipped_by_filter=num_rows_skipped_by_filter,
            num_rows_skipped_by_error=num_rows_skipped_by_error,
            num_bytes_processed=num_bytes_processed,
            num_rows_persisted=num_rows_persisted,
        )

        job_totals.additional_properties = d
        return job_totals

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
