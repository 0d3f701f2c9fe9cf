"""Names of a vendor's that the generated code has other uses for: those get an underscore.

The generator itself sees to Python's own, and to `client` and `url`.
"""

from collections.abc import Iterable
from typing import Any

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

PLAIN = (AnyProperty, BooleanProperty, FloatProperty, IntProperty, StringProperty)


def free(data: GeneratorData) -> None:
    """Rename what would stand in the way of the code around it."""
    for collection in data.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            _free_parameters(endpoint)
    for model in data.models:
        _free_properties(model)


def _free_parameters(endpoint: Endpoint) -> None:
    parameters = [parameter for _, parameter in endpoint.iter_all_parameters()]
    for parameter in _clashing(parameters, OF_FUNCTIONS):
        before = f"{{{parameter.python_name}}}"
        _rename(parameter, parameters)
        if parameter in endpoint.path_parameters:
            path = endpoint.path.get_untrusted_value()
            endpoint.path = UntrustedString(path.replace(before, f"{{{parameter.python_name}}}"))


def _free_properties(model: ModelProperty) -> None:
    properties: list[Any] = [*(model.required_properties or ()), *(model.optional_properties or ())]
    # The variable that takes the model, too, which has the type of a property of its name.
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
    # The generator's own way to set a name takes the underscore away.
    object.__setattr__(one, "python_name", str.__new__(PythonIdentifier, name))
