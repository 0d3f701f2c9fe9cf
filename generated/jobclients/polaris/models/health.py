# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.health_status import HealthStatus
from ..types import UNSET, Unset

T = TypeVar("T", bound="Health")


@_attrs_define
class Health:
    """Whether anything is wrong with the job"""

    status: HealthStatus
    """ Whether anything is wrong, as a code """
    code: str | Unset = UNSET
    """ What is wrong; there unless the status is `ok`. With `warn`: lost_connection_to_source, no_rows_found,
    invalid_rows_found, unable_to_proceed, multiple. With `error`: canceled, cannot_parse_multi_value_dimension,
    cannot_parse_source, column_name_restricted, column_type_not_supported, could_not_connect_to_source,
    internal_error, invalid_null_byte, multiple, no_rows_ingested, null_timestamp, query_not_supported,
    row_too_large, timestamp_out_of_bounds, too_many_clustered_by_columns, too_many_columns, too_many_input_files,
    too_many_partitions, too_many_rows_with_same_key, too_many_segments_in_time_chunk, too_many_time_buckets. Not an
    enum, so that a new one does no harm. """
    message: str | Unset = UNSET
    """ A message for people; only with the status `error` """
    log: LogEntry | Unset = UNSET
    """ An entry of the log """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status.value

        code = self.code

        message = self.message

        log: dict[str, Any] | Unset = UNSET
        if not isinstance(self.log, Unset):
            log = self.log.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if code is not UNSET:
            field_dict["code"] = code
        if message is not UNSET:
            field_dict["message"] = message
        if log is not UNSET:
            field_dict["log"] = log

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = HealthStatus(d.pop("status"))

        code = d.pop("code", UNSET)

        message = d.pop("message", UNSET)

        _log = d.pop("log", UNSET)
        log: LogEntry | Unset
        if isinstance(_log, Unset):
            log = UNSET
        else:
            log = LogEntry.from_dict(_log)

        health = cls(
            status=status,
            code=code,
            message=message,
            log=log,
        )

        health.additional_properties = d
        return health

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


from ..models.log_entry import LogEntry
