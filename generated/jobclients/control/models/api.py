# Generated from specs/control.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Api")


@_attrs_define
class Api:
    name: str
    """ A twin's name, the stem of its spec """
    title: str
    path: str
    """ The path of the API """
    docs: str
    """ The path of its Swagger UI """
    operations: list[str]
    """ The operations about jobs """
    credentials: list[SampleCredential]
    port: int | Unset = UNSET
    """ The port of its own, at whose root are the paths of the vendor's host """
    servers: list[str] | Unset = UNSET
    """ The vendor's own URLs """
    environment: ApiEnvironment | Unset = UNSET
    """ Environment variables that the vendor's SDK reads. Their texts quote `{base}` (the twin's URL),
    `{credential}` and `{origin}` (the URL of a separate port for the twin) """
    sample: SampleRequest | Unset = UNSET
    """ A GET that finds a job, without its credential """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        title = self.title

        path = self.path

        docs = self.docs

        operations = self.operations

        credentials = []
        for credentials_item_data in self.credentials:
            credentials_item = credentials_item_data.to_dict()
            credentials.append(credentials_item)

        port = self.port

        servers: list[str] | Unset = UNSET
        if not isinstance(self.servers, Unset):
            servers = self.servers

        environment: dict[str, Any] | Unset = UNSET
        if not isinstance(self.environment, Unset):
            environment = self.environment.to_dict()

        sample: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sample, Unset):
            sample = self.sample.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "title": title,
                "path": path,
                "docs": docs,
                "operations": operations,
                "credentials": credentials,
            }
        )
        if port is not UNSET:
            field_dict["port"] = port
        if servers is not UNSET:
            field_dict["servers"] = servers
        if environment is not UNSET:
            field_dict["environment"] = environment
        if sample is not UNSET:
            field_dict["sample"] = sample

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        title = d.pop("title")

        path = d.pop("path")

        docs = d.pop("docs")

        operations = cast(list[str], d.pop("operations"))

        credentials = []
        _credentials = d.pop("credentials")
        for credentials_item_data in _credentials:
            credentials_item = SampleCredential.from_dict(credentials_item_data)

            credentials.append(credentials_item)

        port = d.pop("port", UNSET)

        servers = cast(list[str], d.pop("servers", UNSET))

        _environment = d.pop("environment", UNSET)
        environment: ApiEnvironment | Unset
        if isinstance(_environment, Unset):
            environment = UNSET
        else:
            environment = ApiEnvironment.from_dict(_environment)

        _sample = d.pop("sample", UNSET)
        sample: SampleRequest | Unset
        if isinstance(_sample, Unset):
            sample = UNSET
        else:
            sample = SampleRequest.from_dict(_sample)

        api = cls(
            name=name,
            title=title,
            path=path,
            docs=docs,
            operations=operations,
            credentials=credentials,
            port=port,
            servers=servers,
            environment=environment,
            sample=sample,
        )

        api.additional_properties = d
        return api

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


from ..models.api_environment import ApiEnvironment
from ..models.sample_credential import SampleCredential
from ..models.sample_request import SampleRequest
