"""Appends `_` to vendor names that clash with names used inside generated functions and models.

The generator itself renames Python's own, `client` and `url`.
"""

import zlib
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from openapi_python_client.config import ClassOverride
from openapi_python_client.parser.openapi import Endpoint, GeneratorData
from openapi_python_client.parser.properties import ModelProperty, Property
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonIdentifier

OF_FUNCTIONS = {"cast", "cookies", "errors", "headers", "httpx", "jobcall", "params", "response", "sent"}  # fmt: skip
OF_MODELS = {"additional_keys", "additional_properties", "cast", "cls", "d", "field_dict", "files", "from_dict", "prop", "prop_dict", "prop_name", "src_dict", "to_dict", "to_multipart"}  # fmt: skip

OF_MODULES = {"Any", "AuthenticatedClient", "BinaryIO", "Client", "File", "FileTypes", "Generator", "Literal", "Mapping", "OpenIntEnum", "OpenStrEnum", "RequestFiles", "Response", "StrEnum", "IntEnum", "T", "TextIO", "TypeVar", "UNSET", "UUID", "Unset"}  # fmt: skip
"""Names that modules import, or define beside their class."""

LONGEST = 80
"""Letters in the name of a class; its module's name is longer by the underscores."""

PLAIN = (AnyProperty, BooleanProperty, FloatProperty, IntProperty, StringProperty)


def free(data: GeneratorData) -> None:
    """Renames parameters and properties that clash with names in the generated code."""
    for collection in data.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            _free_parameters(endpoint)
    for model in data.models:
        _free_properties(model)


def _free_parameters(endpoint: Endpoint) -> None:
    parameters = [parameter for _, parameter in endpoint.iter_all_parameters()]
    taken = OF_FUNCTIONS | {"body"} if endpoint.bodies else OF_FUNCTIONS
    for parameter in _clashing(parameters, taken):
        before = f"{{{parameter.python_name}}}"
        _rename(parameter, parameters)
        if parameter in endpoint.path_parameters:
            path = endpoint.path.get_untrusted_value()
            endpoint.path = UntrustedString(path.replace(before, f"{{{parameter.python_name}}}"))


def _free_properties(model: ModelProperty) -> None:
    properties: list[Any] = [*(model.required_properties or ()), *(model.optional_properties or ())]
    # Also the variable for the model, which would get the type of a property with its name.
    own = {str(model.class_info.module_name)}
    typed = [each for each in properties if not isinstance(each, PLAIN)]
    for each in (*_clashing(properties, OF_MODELS), *_clashing(typed, own - OF_MODELS)):
        _rename(each, properties)


def _clashing(named: Iterable[Property], taken: Iterable[str]) -> list[Property]:
    return [each for each in named if each.python_name in taken]


def _rename(one: Property, others: Iterable[Property]) -> None:
    taken = {str(each.python_name) for each in others}
    name = f"{one.python_name}_"
    while name in taken:
        name += "_"
    # The generator's own method to set a name removes the underscore.
    object.__setattr__(one, "python_name", str.__new__(PythonIdentifier, name))


def restore(data: GeneratorData, wire_names: Mapping[str, str]) -> None:
    """Restores the wire names of properties and parameters that have stand-ins."""
    for model in data.models:
        for each in (*(model.required_properties or ()), *(model.optional_properties or ())):
            _restore(each, wire_names, each.name.get_untrusted_value())
    collections = data.endpoint_collections_by_tag.values()
    for endpoint in chain.from_iterable(collection.endpoints for collection in collections):
        _restore_parameters(endpoint, wire_names)


def _restore_parameters(endpoint: Endpoint, wire_names: Mapping[str, str]) -> None:
    for each in (*endpoint.query_parameters, *endpoint.header_parameters, *endpoint.cookie_parameters):  # fmt: skip
        _restore(each, wire_names, each.name.get_untrusted_value())
    for each in endpoint.path_parameters:
        _restore(each, wire_names, f"{{{each.name.get_untrusted_value()}}}")


def _restore(one: Property, wire_names: Mapping[str, str], key: str) -> None:
    if key in wire_names:
        object.__setattr__(one, "name", UntrustedString(wire_names[key]))


class ClassNames(dict[str, ClassOverride]):
    """Overrides for classes with a module name that is too long, or that another class has."""

    def __init__(self) -> None:
        super().__init__()
        self._modules: dict[str, str] = {}
        """Module name → class name."""

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - dict's own
        """Returns the override of a class, always the same one."""
        short = name if len(name) <= LONGEST else f"{name[:LONGEST]}{zlib.crc32(name.encode())}"
        short = f"{short}Model" if short in OF_MODULES else short
        module = str(PythonIdentifier(short, "field_"))
        number = 1
        while self._modules.setdefault(_numbered(module, number), name) != name:
            number += 1
        if short == name and number == 1:
            return None
        override = {"class_name": short, "module_name": _numbered(module, number)}
        return ClassOverride.model_validate(override)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"
