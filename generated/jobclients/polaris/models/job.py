# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.desired_execution_status import DesiredExecutionStatus
from ..models.execution_status import ExecutionStatus
from ..models.ingestion_mode import IngestionMode
from ..models.job_type import JobType
from ..models.read_from_point import ReadFromPoint
from ..types import UNSET, Unset

T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """All data about a job"""

    execution_status: ExecutionStatus
    """ How the job is doing: `pending` while it waits for resources; `running`; `idle` while a stream brings no
    data; `suspended` on request; `unknown` while an error further down keeps its state from being had; and, for
    good, `completed`, `canceled` on request, or `failed` """
    id: UUID
    """ The id of a job """
    type_: JobType
    """ What kind of work the job does: ingest from a `batch` source, or with `sql` from one; ingest a `streaming`
    source; delete data from a table, drop a table, or restore what was deleted """
    target: Target
    """ The target of the data, or of the deletion """
    desired_execution_status: DesiredExecutionStatus
    """ What somebody wants the job to do: `running` unless they have asked otherwise. It stays as it is when the
    job has completed. """
    health: Health
    """ Whether anything is wrong with the job """
    created_by: User
    """ The user; a person, or an API key """
    created_timestamp: datetime.datetime
    last_modified_by: User
    """ The user; a person, or an API key """
    last_updated_timestamp: datetime.datetime
    """ When a user last changed the job; changes of its state by itself do not count """
    spec: (
        BatchSpec
        | DeleteDataSpec
        | DropTableSpec
        | RestoreDataSpec
        | SqlSpec
        | StreamingSpec
        | UnknownJobSpec
    )
    """ The specification of a job; its properties depend on the type """
    started_timestamp: datetime.datetime | Unset = UNSET
    """ When the job first ran; missing before """
    completed_timestamp: datetime.datetime | Unset = UNSET
    """ When the job completed; missing before """
    source: (
        AzureSource
        | ConnectionSource
        | InlineSource
        | S3Source
        | TableSource
        | UnknownSource
        | Unset
        | UploadedSource
    ) = UNSET
    """ The source of a batch or streaming job; its properties depend on the type """
    context: Context | Unset = UNSET
    """ Settings of the engine """
    delete_all: bool | Unset = UNSET
    """ Whether to delete all data of the table, but not the table """
    dimension_exclusions: list[str] | Unset = UNSET
    """ Fields that do not become columns automatically """
    early_message_rejection_period: str | Unset = UNSET
    """ Rows from further in the future than this are skipped; an ISO 8601 duration, P2000D without it """
    filter_expression: str | Unset = UNSET
    """ Which rows to ingest; the others are skipped """
    ingestion_mode: IngestionMode | Unset = UNSET
    """ Append data, or replace it """
    interval: str | Unset = UNSET
    """ An interval in ISO 8601 """
    late_message_rejection_period: str | Unset = UNSET
    """ Rows older than this are skipped; an ISO 8601 duration, P30D without it """
    mappings: list[ColumnMapping] | Unset = UNSET
    """ From fields to columns """
    max_parse_exceptions: int | Unset = UNSET
    """ The job fails if more rows cannot be parsed; without it, any number is allowed """
    parameters: list[SqlParameter] | Unset = UNSET
    """ Values, in order """
    query: str | Unset = UNSET
    """ The SQL """
    read_from_point: ReadFromPoint | Unset = UNSET
    """ Whether to read the stream from its beginning, or only what comes from now on """
    use_schema_discovery: bool | Unset = UNSET
    """ Whether fields of the data become columns automatically """
    versions: list[str] | Unset = UNSET
    """ Which versions of the data to delete or restore """
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

        spec: dict[str, Any]
        if isinstance(self.spec, BatchSpec):
            spec = self.spec.to_dict()
        elif isinstance(self.spec, DeleteDataSpec):
            spec = self.spec.to_dict()
        elif isinstance(self.spec, DropTableSpec):
            spec = self.spec.to_dict()
        elif isinstance(self.spec, RestoreDataSpec):
            spec = self.spec.to_dict()
        elif isinstance(self.spec, SqlSpec):
            spec = self.spec.to_dict()
        elif isinstance(self.spec, StreamingSpec):
            spec = self.spec.to_dict()
        else:
            spec = self.spec.to_dict()

        started_timestamp: str | Unset = UNSET
        if not isinstance(self.started_timestamp, Unset):
            started_timestamp = self.started_timestamp.isoformat().replace("+00:00", "Z")

        completed_timestamp: str | Unset = UNSET
        if not isinstance(self.completed_timestamp, Unset):
            completed_timestamp = self.completed_timestamp.isoformat().replace("+00:00", "Z")

        source: dict[str, Any] | Unset
        if isinstance(self.source, Unset):
            source = UNSET
        elif isinstance(self.source, AzureSource):
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

        context: dict[str, Any] | Unset = UNSET
        if not isinstance(self.context, Unset):
            context = self.context.to_dict()

        delete_all = self.delete_all

        dimension_exclusions: list[str] | Unset = UNSET
        if not isinstance(self.dimension_exclusions, Unset):
            dimension_exclusions = self.dimension_exclusions

        early_message_rejection_period = self.early_message_rejection_period

        filter_expression = self.filter_expression

        ingestion_mode: str | Unset = UNSET
        if not isinstance(self.ingestion_mode, Unset):
            ingestion_mode = self.ingestion_mode.value

        interval = self.interval

        late_message_rejection_period = self.late_message_rejection_period

        mappings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.mappings, Unset):
            mappings = []
            for componentsschemas_mappings_item_data in self.mappings:
                componentsschemas_mappings_item = componentsschemas_mappings_item_data.to_dict()
                mappings.append(componentsschemas_mappings_item)

        max_parse_exceptions = self.max_parse_exceptions

        parameters: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.parameters, Unset):
            parameters = []
            for componentsschemas_sql_parameters_item_data in self.parameters:
                componentsschemas_sql_parameters_item = (
                    componentsschemas_sql_parameters_item_data.to_dict()
                )
                parameters.append(componentsschemas_sql_parameters_item)

        query = self.query

        read_from_point: str | Unset = UNSET
        if not isinstance(self.read_from_point, Unset):
            read_from_point = self.read_from_point.value

        use_schema_discovery = self.use_schema_discovery

        versions: list[str] | Unset = UNSET
        if not isinstance(self.versions, Unset):
            versions = self.versions

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
        if started_timestamp is not UNSET:
            field_dict["startedTimestamp"] = started_timestamp
        if completed_timestamp is not UNSET:
            field_dict["completedTimestamp"] = completed_timestamp
        if source is not UNSET:
            field_dict["source"] = source
        if context is not UNSET:
            field_dict["context"] = context
        if delete_all is not UNSET:
            field_dict["deleteAll"] = delete_all
        if dimension_exclusions is not UNSET:
            field_dict["dimensionExclusions"] = dimension_exclusions
        if early_message_rejection_period is not UNSET:
            field_dict["earlyMessageRejectionPeriod"] = early_message_rejection_period
        if filter_expression is not UNSET:
            field_dict["filterExpression"] = filter_expression
        if ingestion_mode is not UNSET:
            field_dict["ingestionMode"] = ingestion_mode
        if interval is not UNSET:
            field_dict["interval"] = interval
        if late_message_rejection_period is not UNSET:
            field_dict["lateMessageRejectionPeriod"] = late_message_rejection_period
        if mappings is not UNSET:
            field_dict["mappings"] = mappings
        if max_parse_exceptions is not UNSET:
            field_dict["maxParseExceptions"] = max_parse_exceptions
        if parameters is not UNSET:
            field_dict["parameters"] = parameters
        if query is not UNSET:
            field_dict["query"] = query
        if read_from_point is not UNSET:
            field_dict["readFromPoint"] = read_from_point
        if use_schema_discovery is not UNSET:
            field_dict["useSchemaDiscovery"] = use_schema_discovery
        if versions is not UNSET:
            field_dict["versions"] = versions

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
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

        def _parse_spec(
            data: object,
        ) -> (
            BatchSpec
            | DeleteDataSpec
            | DropTableSpec
            | RestoreDataSpec
            | SqlSpec
            | StreamingSpec
            | UnknownJobSpec
        ):
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_job_spec_type_0 = BatchSpec.from_dict(data)

                return componentsschemas_job_spec_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_job_spec_type_1 = DeleteDataSpec.from_dict(data)

                return componentsschemas_job_spec_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_job_spec_type_2 = DropTableSpec.from_dict(data)

                return componentsschemas_job_spec_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_job_spec_type_3 = RestoreDataSpec.from_dict(data)

                return componentsschemas_job_spec_type_3
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_job_spec_type_4 = SqlSpec.from_dict(data)

                return componentsschemas_job_spec_type_4
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_job_spec_type_5 = StreamingSpec.from_dict(data)

                return componentsschemas_job_spec_type_5
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            componentsschemas_job_spec_type_6 = UnknownJobSpec.from_dict(data)

            return componentsschemas_job_spec_type_6

        spec = _parse_spec(d.pop("spec"))

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

        def _parse_source(
            data: object,
        ) -> (
            AzureSource
            | ConnectionSource
            | InlineSource
            | S3Source
            | TableSource
            | UnknownSource
            | Unset
            | UploadedSource
        ):
            if isinstance(data, Unset):
                return data
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

        source = _parse_source(d.pop("source", UNSET))

        _context = d.pop("context", UNSET)
        context: Context | Unset
        if isinstance(_context, Unset):
            context = UNSET
        else:
            context = Context.from_dict(_context)

        delete_all = d.pop("deleteAll", UNSET)

        dimension_exclusions = cast(list[str], d.pop("dimensionExclusions", UNSET))

        early_message_rejection_period = d.pop("earlyMessageRejectionPeriod", UNSET)

        filter_expression = d.pop("filterExpression", UNSET)

        _ingestion_mode = d.pop("ingestionMode", UNSET)
        ingestion_mode: IngestionMode | Unset
        if isinstance(_ingestion_mode, Unset):
            ingestion_mode = UNSET
        else:
            ingestion_mode = IngestionMode(_ingestion_mode)

        interval = d.pop("interval", UNSET)

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

        _parameters = d.pop("parameters", UNSET)
        parameters: list[SqlParameter] | Unset = UNSET
        if _parameters is not UNSET:
            parameters = []
            for componentsschemas_sql_parameters_item_data in _parameters:
                componentsschemas_sql_parameters_item = SqlParameter.from_dict(
                    componentsschemas_sql_parameters_item_data
                )

                parameters.append(componentsschemas_sql_parameters_item)

        query = d.pop("query", UNSET)

        _read_from_point = d.pop("readFromPoint", UNSET)
        read_from_point: ReadFromPoint | Unset
        if isinstance(_read_from_point, Unset):
            read_from_point = UNSET
        else:
            read_from_point = ReadFromPoint(_read_from_point)

        use_schema_discovery = d.pop("useSchemaDiscovery", UNSET)

        versions = cast(list[str], d.pop("versions", UNSET))

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
            started_timestamp=started_timestamp,
            completed_timestamp=completed_timestamp,
            source=source,
            context=context,
            delete_all=delete_all,
            dimension_exclusions=dimension_exclusions,
            early_message_rejection_period=early_message_rejection_period,
            filter_expression=filter_expression,
            ingestion_mode=ingestion_mode,
            interval=interval,
            late_message_rejection_period=late_message_rejection_period,
            mappings=mappings,
            max_parse_exceptions=max_parse_exceptions,
            parameters=parameters,
            query=query,
            read_from_point=read_from_point,
            use_schema_discovery=use_schema_discovery,
            versions=versions,
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


from ..models.azure_source import AzureSource
from ..models.batch_spec import BatchSpec
from ..models.column_mapping import ColumnMapping
from ..models.connection_source import ConnectionSource
from ..models.context import Context
from ..models.delete_data_spec import DeleteDataSpec
from ..models.drop_table_spec import DropTableSpec
from ..models.health import Health
from ..models.inline_source import InlineSource
from ..models.restore_data_spec import RestoreDataSpec
from ..models.s3_source import S3Source
from ..models.sql_parameter import SqlParameter
from ..models.sql_spec import SqlSpec
from ..models.streaming_spec import StreamingSpec
from ..models.table_source import TableSource
from ..models.target import Target
from ..models.unknown_job_spec import UnknownJobSpec
from ..models.unknown_source import UnknownSource
from ..models.uploaded_source import UploadedSource
from ..models.user import User
