# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.ingestion_mode import IngestionMode
from ..models.job_type import JobType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.column_mapping import ColumnMapping
    from ..models.source import Source
    from ..models.target import Target


T = TypeVar("T", bound="JobSpec")


@_attrs_define
class JobSpec:
    """What the job was told when it was created"""

    type_: JobType
    """ What kind of work the job does: ingest from a `batch` source, or with `sql` from one; ingest a `streaming`
    source; delete data from a table, drop a table, or restore what was deleted """
    source: Source | Unset = UNSET
    """ Where the data of a batch or streaming job comes from; what else it holds depends on the type """
    target: Target | Unset = UNSET
    """ Where the data goes """
    ingestion_mode: IngestionMode | Unset = UNSET
    """ Whether a batch job adds to the table or replaces what is there """
    filter_expression: str | Unset = UNSET
    """ Which rows to ingest; the others are skipped """
    mappings: list[ColumnMapping] | Unset = UNSET
    """ How columns of the table are made of fields of the data """
    query: str | Unset = UNSET
    """ The SQL of a job that has some """
    max_parse_exceptions: int | Unset = UNSET
    """ With more rows than this that cannot be parsed the job fails; without it, none are too many """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.source, Unset):
            source = self.source.to_dict()

        target: dict[str, Any] | Unset = UNSET
        if not isinstance(self.target, Unset):
            target = self.target.to_dict()

        ingestion_mode: str | Unset = UNSET
        if not isinstance(self.ingestion_mode, Unset):
            ingestion_mode = self.ingestion_mode.value

        filter_expression = self.filter_expression

        mappings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.mappings, Unset):
            mappings = []
            for componentsschemas_mappings_item_data in self.mappings:
                componentsschemas_mappings_item = componentsschemas_mappings_item_data.to_dict()
                mappings.append(componentsschemas_mappings_item)

        query = self.query

        max_parse_exceptions = self.max_parse_exceptions

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if source is not UNSET:
            field_dict["source"] = source
        if target is not UNSET:
            field_dict["target"] = target
        if ingestion_mode is not UNSET:
            field_dict["ingestionMode"] = ingestion_mode
        if filter_expression is not UNSET:
            field_dict["filterExpression"] = filter_expression
        if mappings is not UNSET:
            field_dict["mappings"] = mappings
        if query is not UNSET:
            field_dict["query"] = query
        if max_parse_exceptions is not UNSET:
            field_dict["maxParseExceptions"] = max_parse_exceptions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.column_mapping import ColumnMapping  # noqa: PLC0415
        from ..models.source import Source  # noqa: PLC0415
        from ..models.target import Target  # noqa: PLC0415

        d = dict(src_dict)
        type_ = JobType(d.pop("type"))

        _source = d.pop("source", UNSET)
        source: Source | Unset
        if isinstance(_source, Unset):
            source = UNSET
        else:
            source = Source.from_dict(_source)

        _target = d.pop("target", UNSET)
        target: Target | Unset
        if isinstance(_target, Unset):
            target = UNSET
        else:
            target = Target.from_dict(_target)

        _ingestion_mode = d.pop("ingestionMode", UNSET)
        ingestion_mode: IngestionMode | Unset
        if isinstance(_ingestion_mode, Unset):
            ingestion_mode = UNSET
        else:
            ingestion_mode = IngestionMode(_ingestion_mode)

        filter_expression = d.pop("filterExpression", UNSET)

        _mappings = d.pop("mappings", UNSET)
        mappings: list[ColumnMapping] | Unset = UNSET
        if _mappings is not UNSET:
            mappings = []
            for componentsschemas_mappings_item_data in _mappings:
                componentsschemas_mappings_item = ColumnMapping.from_dict(
                    componentsschemas_mappings_item_data
                )

                mappings.append(componentsschemas_mappings_item)

        query = d.pop("query", UNSET)

        max_parse_exceptions = d.pop("maxParseExceptions", UNSET)

        job_spec = cls(
            type_=type_,
            source=source,
            target=target,
            ingestion_mode=ingestion_mode,
            filter_expression=filter_expression,
            mappings=mappings,
            query=query,
            max_parse_exceptions=max_parse_exceptions,
        )

        job_spec.additional_properties = d
        return job_spec

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
