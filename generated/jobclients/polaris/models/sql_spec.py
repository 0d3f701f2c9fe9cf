# Generated from specs/polaris.yaml by "make generate". Do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.sql_spec_type import SqlSpecType
from ..types import UNSET, Unset

T = TypeVar("T", bound="SqlSpec")


@_attrs_define
class SqlSpec:
    """A job that ingests what a query finds. It names no target: the query does. The twin does not read it, and answers
    `example-table`.

    """

    type_: SqlSpecType
    query: str
    """ The SQL """
    context: Context | Unset = UNSET
    """ Settings of the engine """
    create_table_if_not_exists: bool | Unset = UNSET
    """ Whether to create a missing table """
    parameters: list[SqlParameter] | Unset = UNSET
    """ Values, in order """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        query = self.query

        context: dict[str, Any] | Unset = UNSET
        if not isinstance(self.context, Unset):
            context = self.context.to_dict()

        create_table_if_not_exists = self.create_table_if_not_exists

        parameters: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.parameters, Unset):
            parameters = []
            for componentsschemas_sql_parameters_item_data in self.parameters:
                componentsschemas_sql_parameters_item = (
                    componentsschemas_sql_parameters_item_data.to_dict()
                )
                parameters.append(componentsschemas_sql_parameters_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "query": query,
            }
        )
        if context is not UNSET:
            field_dict["context"] = context
        if create_table_if_not_exists is not UNSET:
            field_dict["createTableIfNotExists"] = create_table_if_not_exists
        if parameters is not UNSET:
            field_dict["parameters"] = parameters

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = SqlSpecType(d.pop("type"))

        query = d.pop("query")

        _context = d.pop("context", UNSET)
        context: Context | Unset
        if isinstance(_context, Unset):
            context = UNSET
        else:
            context = Context.from_dict(_context)

        create_table_if_not_exists = d.pop("createTableIfNotExists", UNSET)

        _parameters = d.pop("parameters", UNSET)
        parameters: list[SqlParameter] | Unset = UNSET
        if _parameters is not UNSET:
            parameters = []
            for componentsschemas_sql_parameters_item_data in _parameters:
                componentsschemas_sql_parameters_item = SqlParameter.from_dict(
                    componentsschemas_sql_parameters_item_data
                )

                parameters.append(componentsschemas_sql_parameters_item)

        sql_spec = cls(
            type_=type_,
            query=query,
            context=context,
            create_table_if_not_exists=create_table_if_not_exists,
            parameters=parameters,
        )

        sql_spec.additional_properties = d
        return sql_spec

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


from ..models.context import Context
from ..models.sql_parameter import SqlParameter
