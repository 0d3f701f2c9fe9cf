"""Properties that hold a secret, `format: password`: no repr of a model shows them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import ModelProperty

from codegen.edits import EditError, edit

REFERENCE = "#/components/schemas/"


def conceal(package: Path, data: GeneratorData, document: dict[str, Any]) -> None:
    """Keep secrets out of the reprs of the models in `package`."""
    schemas = (document.get("components") or {}).get("schemas") or {}
    for model in data.models:
        module = package / "models" / f"{model.class_info.module_name}.py"
        for name in _secret(model, schemas):
            _hide(module, name)


def _secret(model: ModelProperty, schemas: dict[str, Any]) -> Iterator[str]:
    declared = model.data.model_dump(mode="json", by_alias=True).get("properties") or {}
    for each in (*(model.required_properties or ()), *(model.optional_properties or ())):
        if _holds_secret(declared.get(each.name.get_untrusted_value()), schemas):
            yield str(each.python_name)


def _holds_secret(schema: Any, schemas: dict[str, Any]) -> bool:
    if not isinstance(schema, dict):
        return False
    named = schemas.get(str(schema.get("$ref")).removeprefix(REFERENCE))
    parts = [named, *(schema.get("allOf") or ())]
    return schema.get("format") == "password" or any(_holds_secret(p, schemas) for p in parts)


def _hide(module: Path, name: str) -> None:
    declared = rf"^    {name}: (?P<type>[^=\n]+?)(?P<default> = UNSET)?\n"
    found = re.search(declared, module.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise EditError(f"{module.name}: declares no {name}")
    default = "default=UNSET, " if found["default"] else ""
    hidden = f"    {name}: {found['type']} = _attrs_field({default}repr=False)\n"
    edit(module, found[0], hidden)
