# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.granularity import Granularity
from ..models.read_from_point import ReadFromPoint
from ..models.streaming_spec_type import StreamingSpecType
from ..types import UNSET, Unset

T = TypeVar("T", bound="StreamingSpec")


@_attrs_define
class StreamingSpec:
    """A job that ingests a stream, over a connection. A table takes one stream at a time."""

    type_: StreamingSpecType
    source: ConnectionSource
    """ A stream, or another source behind a connection """
    target: Target
    """ The target of the data, or of the deletion """
    clustering_columns: list[str] | Unset = UNSET
    """ Columns, in their order """
    create_table_if_not_exists: bool | Unset = UNSET
    """ Whether to create a missing table """
    dimension_exclusions: list[str] | Unset = UNSET
    """ Fields that do not become columns automatically """
    early_message_rejection_period: str | Unset = UNSET
    """ Rows from further in the future than this are skipped; an ISO 8601 duration, P2000D without it """
    enable_upserts: bool | Unset = UNSET
    """ Whether a row replaces one of the same key; needs the key's columns """
    filter_expression: str | Unset = UNSET
    """ Which rows to ingest; the others are skipped """
    late_message_rejection_period: str | Unset = UNSET
    """ Rows older than this are skipped; an ISO 8601 duration, P30D without it """
    mappings: list[ColumnMapping] | Unset = UNSET
    """ From fields to columns """
    max_parse_exceptions: int | Unset = UNSET
    """ The job fails if more rows cannot be parsed; without it, any number is allowed """
    partitioned_by: Granularity | Unset = UNSET
    """ The intervals by which the table is partitioned """
    read_from_point: ReadFromPoint | Unset = UNSET
    """ Whether to read the stream from its beginning, or only what comes from now on """
    replace_running: bool | Unset = UNSET
    """ Whether to replace the job that streams into the table already; without it, such a request is refused. """
    upsert_key_columns: list[str] | Unset = UNSET
    """ Columns, in their order """
    upsert_version_column: str | Unset = UNSET
    """ A column of the table """
    use_schema_discovery: bool | Unset = UNSET
    """ Whether fields of the data become columns automatically """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        source = self.source.to_dict()

        target = self.target.to_dict()

        clustering_columns: list[str] | Unset = UNSET
        if not isinstance(self.clustering_columns, Unset):
            clustering_columns = self.clustering_columns

        create_table_if_not_exists = self.create_table_if_not_exists

        dimension_exclusions: list[str] | Unset = UNSET
        if not isinstance(self.dimension_exclusions, Unset):
            dimension_exclusions = self.dimension_exclusions

        early_message_rejection_period = self.early_message_rejection_period

        enable_upserts = self.enable_upserts

        filter_expression = self.filter_expression

        late_message_rejection_period = self.late_message_rejection_period

        mappings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.mappings, Unset):
            mappings = []
            for componentsschemas_mappings_item_data in self.mappings:
                componentsschemas_mappings_item = componentsschemas_mappings_item_data.to_dict()
                mappings.append(componentsschemas_mappings_item)

        max_parse_exceptions = self.max_parse_exceptions

        partitioned_by: str | Unset = UNSET
        if not isinstance(self.partitioned_by, Unset):
            partitioned_by = self.partitioned_by.value

        read_from_point: str | Unset = UNSET
        if not isinstance(self.read_from_point, Unset):
            read_from_point = self.read_from_point.value

        replace_running = self.replace_running

        upsert_key_columns: list[str] | Unset = UNSET
        if not isinstance(self.upsert_key_columns, Unset):
            upsert_key_columns = self.upsert_key_columns

        upsert_version_column = self.upsert_version_column

        use_schema_discovery = self.use_schema_discovery

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "source": source,
                "target": target,
            }
        )
        if clustering_columns is not UNSET:
            field_dict["clusteringColumns"] = clustering_columns
        if create_table_if_not_exists is not UNSET:
            field_dict["createTableIfNotExists"] = create_table_if_not_exists
        if dimension_exclusions is not UNSET:
            field_dict["dimensionExclusions"] = dimension_exclusions
        if early_message_rejection_period is not UNSET:
            field_dict["earlyMessageRejectionPeriod"] = early_message_rejection_period
        if enable_upserts is not UNSET:
            field_dict["enableUpserts"] = enable_upserts
        if filter_expression is not UNSET:
            field_dict["filterExpression"] = filter_expression
        if late_message_rejection_period is not UNSET:
            field_dict["lateMessageRejectionPeriod"] = late_message_rejection_period
        if mappings is not UNSET:
            field_dict["mappings"] = mappings
        if max_parse_exceptions is not UNSET:
            field_dict["maxParseExceptions"] = max_parse_exceptions
        if partitioned_by is not UNSET:
            field_dict["partitionedBy"] = partitioned_by
        if read_from_point is not UNSET:
            field_dict["readFromPoint"] = read_from_point
        if replace_running is not UNSET:
            field_dict["replaceRunning"] = replace_running
        if upsert_key_columns is not UNSET:
            field_dict["upsertKeyColumns"] = upsert_key_columns
        if upsert_version_column is not UNSET:
            field_dict["upsertVersionColumn"] = upsert_version_column
        if use_schema_discovery is not UNSET:
            field_dict["useSchemaDiscovery"] = use_schema_discovery

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = StreamingSpecType(d.pop("type"))

        source = ConnectionSource.from_dict(d.pop("source"))

        target = Target.from_dict(d.pop("target"))

        clustering_columns = cast(list[str], d.pop("clusteringColumns", UNSET))

        create_table_if_not_exists = d.pop("createTableIfNotExists", UNSET)

        dimension_exclusions = cast(list[str], d.pop("dimensionExclusions", UNSET))

        early_message_rejection_period = d.pop("earlyMessageRejectionPeriod", UNSET)

        enable_upserts = d.pop("enableUpserts", UNSET)

        filter_expression = d.pop("filterExpression", UNSET)

        late_message_rejection_period = d.pop("lateMessageRejectionPeriod", UNSET)

        _mappings = d.pop("mappings", UNSET)
        mappings: list[ColumnMapping] | Unset = UNSET
        if _mappings is not UNSET:
            mappings = []
            for componentsschemas_mappings_item_data in _mappings:
                componentsschemas_mappings_item = ColumnMapping.from_dict(
                    componentsschemas_mappings_item_data
                )

                mappings.append(componentsschemas_mappings_item)

        max_parse_exceptions = d.pop("maxParseExceptions", UNSET)

        _partitioned_by = d.pop("partitionedBy", UNSET)
        partitioned_by: Granularity | Unset
        if isinstance(_partitioned_by, Unset):
            partitioned_by = UNSET
        else:
            partitioned_by = Granularity(_partitioned_by)

        _read_from_point = d.pop("readFromPoint", UNSET)
        read_from_point: ReadFromPoint | Unset
        if isinstance(_read_from_point, Unset):
            read_from_point = UNSET
        else:
            read_from_point = ReadFromPoint(_read_from_point)

        replace_running = d.pop("replaceRunning", UNSET)

        upsert_key_columns = cast(list[str], d.pop("upsertKeyColumns", UNSET))

        upsert_version_column = d.pop("upsertVersionColumn", UNSET)

        use_schema_discovery = d.pop("useSchemaDiscovery", UNSET)

        streaming_spec = cls(
            type_=type_,
            source=source,
            target=target,
            clustering_columns=clustering_columns,
            create_table_if_not_exists=create_table_if_not_exists,
            dimension_exclusions=dimension_exclusions,
            early_message_rejection_period=early_message_rejection_period,
            enable_upserts=enable_upserts,
            filter_expression=filter_expression,
            late_message_rejection_period=late_message_rejection_period,
            mappings=mappings,
            max_parse_exceptions=max_parse_exceptions,
            partitioned_by=partitioned_by,
            read_from_point=read_from_point,
            replace_running=replace_running,
            upsert_key_columns=upsert_key_columns,
            upsert_version_column=upsert_version_column,
            use_schema_discovery=use_schema_discovery,
        )

        streaming_spec.additional_properties = d
        return streaming_spec

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


from ..models.column_mapping import ColumnMapping
from ..models.connection_source import ConnectionSource
from ..models.target import Target
