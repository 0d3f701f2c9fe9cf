# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.desired_execution_status import DesiredExecutionStatus
from ..models.execution_status import ExecutionStatus
from ..models.ingestion_mode import IngestionMode
from ..models.job_type import JobType
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.column_mapping import ColumnMapping
    from ..models.health import Health
    from ..models.job_spec import JobSpec
    from ..models.source import Source
    from ..models.target import Target
    from ..models.user import User


T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """All that is known of a job"""

    execution_status: ExecutionStatus
    """ How the job is doing: `pending` while it waits for resources; `running`; `idle` while a stream brings no
    data; `suspended` on request; `unknown` while an error further down keeps its state from being had; and, for
    good, `completed`, `canceled` on request, or `failed` """
    id: UUID
    """ Tells a job from all others """
    type_: JobType
    """ What kind of work the job does: ingest from a `batch` source, or with `sql` from one; ingest a `streaming`
    source; delete data from a table, drop a table, or restore what was deleted """
    target: Target
    """ Where the data goes """
    desired_execution_status: DesiredExecutionStatus
    """ What somebody wants the job to do: `running` unless they have asked otherwise. It stays as it is when the
    job has completed. """
    health: Health
    """ Whether anything is wrong with the job """
    created_by: User
    """ Who did it; a person, or an API key """
    created_timestamp: datetime.datetime
    """ When the job was created """
    last_modified_by: User
    """ Who did it; a person, or an API key """
    last_updated_timestamp: datetime.datetime
    """ When the job last changed """
    spec: JobSpec
    """ What the job was told when it was created """
    source: Source | Unset = UNSET
    """ Where the data of a batch or streaming job comes from; what else it holds depends on the type """
    started_timestamp: datetime.datetime | Unset = UNSET
    """ When the job first ran; there once it has """
    completed_timestamp: datetime.datetime | Unset = UNSET
    """ When the job completed; there once it has """
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
        execution_status = self.execution_status.value

        id = str(self.id)

        type_ = self.type_.value

        target = self.target.to_dict()

        desired_execution_status = self.desired_execution_status.value

        health = self.health.to_dict()

        created_by = self.created_by.to_dict()

        created_timestamp = self.created_timestamp.isoformat().replace("+00:00", "Z")

        last_modified_by = self.last_modified_by.to_dict()

        last_updated_timestamp = self.last_updated_timestamp.isoformat().replace("+00:00", "Z")

        spec = self.spec.to_dict()

        source: dict[str, Any] | Unset = UNSET
        if not isinstance(self.source, Unset):
            source = self.source.to_dict()

        started_timestamp: str | Unset = UNSET
        if not isinstance(self.started_timestamp, Unset):
            started_timestamp = self.started_timestamp.isoformat().replace("+00:00", "Z")

        completed_timestamp: str | Unset = UNSET
        if not isinstance(self.completed_timestamp, Unset):
            completed_timestamp = self.completed_timestamp.isoformat().replace("+00:00", "Z")

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
                "executionStatus": execution_status,
                "id": id,
                "type": type_,
                "target": target,
                "desiredExecutionStatus": desired_execution_status,
                "health": health,
                "createdBy": created_by,
                "createdTimestamp": created_timestamp,
                "lastModifiedBy": last_modified_by,
                "lastUpdatedTimestamp": last_updated_timestamp,
                "spec": spec,
            }
        )
        if source is not UNSET:
            field_dict["source"] = source
        if started_timestamp is not UNSET:
            field_dict["startedTimestamp"] = started_timestamp
        if completed_timestamp is not UNSET:
            field_dict["completedTimestamp"] = completed_timestamp
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
        from ..models.health import Health  # noqa: PLC0415
        from ..models.job_spec import JobSpec  # noqa: PLC0415
        from ..models.source import Source  # noqa: PLC0415
        from ..models.target import Target  # noqa: PLC0415
        from ..models.user import User  # noqa: PLC0415

        d = dict(src_dict)
        execution_status = ExecutionStatus(d.pop("executionStatus"))

        id = UUID(d.pop("id"))

        type_ = JobType(d.pop("type"))

        target = Target.from_dict(d.pop("target"))

        desired_execution_status = DesiredExecutionStatus(d.pop("desiredExecutionStatus"))

        health = Health.from_dict(d.pop("health"))

        created_by = User.from_dict(d.pop("createdBy"))

        created_timestamp = datetime.datetime.fromisoformat(d.pop("createdTimestamp"))

        last_modified_by = User.from_dict(d.pop("lastModifiedBy"))

        last_updated_timestamp = datetime.datetime.fromisoformat(d.pop("lastUpdatedTimestamp"))

        spec = JobSpec.from_dict(d.pop("spec"))

        _source = d.pop("source", UNSET)
        source: Source | Unset
        if isinstance(_source, Unset):
            source = UNSET
        else:
            source = Source.from_dict(_source)

        _started_timestamp = d.pop("startedTimestamp", UNSET)
        started_timestamp: datetime.datetime | Unset
        if isinstance(_started_timestamp, Unset):
            started_timestamp = UNSET
        else:
            started_timestamp = datetime.datetime.fromisoformat(_started_timestamp)

        _completed_timestamp = d.pop("completedTimestamp", UNSET)
        completed_timestamp: datetime.datetime | Unset
        if isinstance(_completed_timestamp, Unset):
            completed_timestamp = UNSET
        else:
            completed_timestamp = datetime.datetime.fromisoformat(_completed_timestamp)

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

        job = cls(
            execution_status=execution_status,
            id=id,
            type_=type_,
            target=target,
            desired_execution_status=desired_execution_status,
            health=health,
            created_by=created_by,
            created_timestamp=created_timestamp,
            last_modified_by=last_modified_by,
            last_updated_timestamp=last_updated_timestamp,
            spec=spec,
            source=source,
            started_timestamp=started_timestamp,
            completed_timestamp=completed_timestamp,
            ingestion_mode=ingestion_mode,
            filter_expression=filter_expression,
            mappings=mappings,
            query=query,
            max_parse_exceptions=max_parse_exceptions,
        )

        job.additional_properties = d
        return job

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
