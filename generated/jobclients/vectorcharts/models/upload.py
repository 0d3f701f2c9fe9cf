# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.upload_status import UploadStatus

T = TypeVar("T", bound="Upload")


@_attrs_define
class Upload:
    """A file of charts and its state"""

    id: int
    """ Number of an upload """
    filename: str
    """ The sanitised name of the file """
    file_size: int
    """ Size of the file in bytes """
    status: UploadStatus
    """ The state of an upload. The last three are final. A job says running and completed instead. """
    created_at: int
    """ In milliseconds since 1970 """
    updated_at: int
    """ In milliseconds since 1970 """
    uploader_email: str
    """ Who uploaded the file; the administrator of a new instance has no address but a name """
    total_charts: int
    """ Charts in the file; 0 until they are counted """
    expired_charts: int
    """ How many of them have expired """
    logs: list[LogEntry]
    """ In time order """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        filename = self.filename

        file_size = self.file_size

        status = self.status.value

        created_at = self.created_at

        updated_at = self.updated_at

        uploader_email = self.uploader_email

        total_charts = self.total_charts

        expired_charts = self.expired_charts

        logs = []
        for logs_item_data in self.logs:
            logs_item = logs_item_data.to_dict()
            logs.append(logs_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "filename": filename,
                "fileSize": file_size,
                "status": status,
                "createdAt": created_at,
                "updatedAt": updated_at,
                "uploaderEmail": uploader_email,
                "totalCharts": total_charts,
                "expiredCharts": expired_charts,
                "logs": logs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        filename = d.pop("filename")

        file_size = d.pop("fileSize")

        status = UploadStatus(d.pop("status"))

        created_at = d.pop("createdAt")

        updated_at = d.pop("updatedAt")

        uploader_email = d.pop("uploaderEmail")

        total_charts = d.pop("totalCharts")

        expired_charts = d.pop("expiredCharts")

        logs = []
        _logs = d.pop("logs")
        for logs_item_data in _logs:
            logs_item = LogEntry.from_dict(logs_item_data)

            logs.append(logs_item)

        upload = cls(
            id=id,
            filename=filename,
            file_size=file_size,
            status=status,
            created_at=created_at,
            updated_at=updated_at,
            uploader_email=uploader_email,
            total_charts=total_charts,
            expired_charts=expired_charts,
            logs=logs,
        )

        upload.additional_properties = d
        return upload

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
