# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.batch_spec_type import BatchSpecType
from ..models.granularity import Granularity
from ..models.ingestion_mode import IngestionMode
from ..types import UNSET, Unset

T = TypeVar("T", bound="BatchSpec")


@_attrs_define
class BatchSpec:
    """A job that ingests a batch. The vendor's schema says in one place that its source can only be `table` or `uploaded`;
    the docs have `inline` ones, so the twin takes any.

    """

    type_: BatchSpecType
    source: (
        AzureSource
        | ConnectionSource
        | InlineSource
        | S3Source
        | TableSource
        | UnknownSource
        | UploadedSource
    )
    """ The source of a batch or streaming job; its properties depend on the type """
    target: Target
    """ The target of the data, or of the deletion """
    clustering_columns: list[str] | Unset = UNSET
    """ Columns, in their order """
    context: Context | Unset = UNSET
    """ Settings of the engine """
    create_table_if_not_exists: bool | Unset = UNSET
    """ Whether to create a missing table """
    filter_expression: str | Unset = UNSET
    """ Which rows to ingest; the others are skipped """
    ingestion_mode: IngestionMode | Unset = UNSET
    """ Append data, or replace it """
    mappings: list[ColumnMapping] | Unset = UNSET
    """ From fields to columns """
    max_parse_exceptions: int | Unset = UNSET
    """ The job fails if more rows cannot be parsed; without it, any number is allowed """
    partitioned_by: Granularity | Unset = UNSET
    """ The intervals by which the table is partitioned """
    replace_all: bool | Unset = UNSET
    """ Whether to replace all data; not with `append` or intervals """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        source: dict[str, Any]
        if isinstance(self.source, AzureSource):
            source = self.source.to_dict()
        elif isinstance(self.source, ConnectionSource):
            source = self.source.to_dict()
        elif isinstance(self.source, InlineSource):
            source = self.source.to_dict()
        elif isinstance(self.source, S3Source):
            source = self.source.to_dict()
        elif isinstance(self.source, TableSource):
            source = self.source.to_dict()
        elif isinstance(self.source, UploadedSource):
            source = self.source.to_dict()
        else:
            source = self.source.to_dict()

        target = self.target.to_dict()

        clustering_columns: list[str] | Unset = UNSET
        if not isinstance(self.clustering_columns, Unset):
            clustering_columns = self.clustering_columns

        context: dict[str, Any] | Unset = UNSET
        if not isinstance(self.context, Unset):
            context = self.context.to_dict()

        create_table_if_not_exists = self.create_table_if_not_exists

        filter_expression = self.filter_expression

        ingestion_mode: str | Unset = UNSET
        if not isinstance(self.ingestion_mode, Unset):
            ingestion_mode = self.ingestion_mode.value

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

        replace_all = self.replace_all

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
        if context is not UNSET:
            field_dict["context"] = context
        if create_table_if_not_exists is not UNSET:
            field_dict["createTableIfNotExists"] = create_table_if_not_exists
        if filter_expression is not UNSET:
            field_dict["filterExpression"] = filter_expression
        if ingestion_mode is not UNSET:
            field_dict["ingestionMode"] = ingestion_mode
        if mappings is not UNSET:
            field_dict["mappings"] = mappings
        if max_parse_exceptions is not UNSET:
            field_dict["maxParseExceptions"] = max_parse_exceptions
        if partitioned_by is not UNSET:
            field_dict["partitionedBy"] = partitioned_by
        if replace_all is not UNSET:
            field_dict["replaceAll"] = replace_all

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = BatchSpecType(d.pop("type"))

        def _parse_source(
            data: object,
        ) -> (
            AzureSource
            | ConnectionSource
            | InlineSource
            | S3Source
            | TableSource
            | UnknownSource
            | UploadedSource
        ):
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_source_type_0 = AzureSource.from_dict(data)

                return componentsschemas_source_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_source_type_1 = ConnectionSource.from_dict(data)

                return componentsschemas_source_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_source_type_2 = InlineSource.from_dict(data)

                return componentsschemas_source_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_source_type_3 = S3Source.from_dict(data)

                return componentsschemas_source_type_3
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_source_type_4 = TableSource.from_dict(data)

                return componentsschemas_source_type_4
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_source_type_5 = UploadedSource.from_dict(data)

                return componentsschemas_source_type_5
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_source_type_6 = UnknownSource.from_dict(data)

            return componentsschemas_source_type_6

        source = _parse_source(d.pop("source"))

        target = Target.from_dict(d.pop("target"))

        clustering_columns = cast(list[str], d.pop("clusteringColumns", UNSET))

        _context = d.pop("context", UNSET)
        context: Context | Unset
        if isinstance(_context, Unset):
            context = UNSET
        else:
            context = Context.from_dict(_context)

        create_table_if_not_exists = d.pop("createTableIfNotExists", UNSET)

        filter_expression = d.pop("filterExpression", UNSET)

        _ingestion_mode = d.pop("ingestionMode", UNSET)
        ingestion_mode: IngestionMode | Unset
        if isinstance(_ingestion_mode, Unset):
            ingestion_mode = UNSET
        else:
            ingestion_mode = IngestionMode(_ingestion_mode)

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

        replace_all = d.pop("replaceAll", UNSET)

        batch_spec = cls(
            type_=type_,
            source=source,
            target=target,
            clustering_columns=clustering_columns,
            context=context,
            create_table_if_not_exists=create_table_if_not_exists,
            filter_expression=filter_expression,
            ingestion_mode=ingestion_mode,
            mappings=mappings,
            max_parse_exceptions=max_parse_exceptions,
            partitioned_by=partitioned_by,
            replace_all=replace_all,
        )

        batch_spec.additional_properties = d
        return batch_spec

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


from ..models.azure_source import AzureSource
from ..models.column_mapping import ColumnMapping
from ..models.connection_source import ConnectionSource
from ..models.context import Context
from ..models.inline_source import InlineSource
from ..models.s3_source import S3Source
from ..models.table_source import TableSource
from ..models.target import Target
from ..models.unknown_source import UnknownSource
from ..models.uploaded_source import UploadedSource
