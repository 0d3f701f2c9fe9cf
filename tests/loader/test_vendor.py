"""A vendor's spec, with several files and mistakes, in the loader's normal form."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.errors import SpecRefused
from jobtwin.openapi import load
from jobtwin.openapi.loader.normal import normalise
from jobtwin.openapi.pointer import node_at

KILN = Path(__file__).parent / "kiln" / "kiln.yaml"
DOCUMENT = load(KILN).document
SCHEMAS = DOCUMENT.data["components"]["schemas"]


def _schema(schema: Any, version: str) -> Any:
    tree = {"openapi": version, "info": {}, "components": {"schemas": {"It": schema}}}
    return normalise(tree)["components"]["schemas"]["It"]


@pytest.mark.parametrize(
    ("where", "reference"),
    [
        ("/paths/~1firings/post/responses/201/content/application~1json/schema", "Firing"),
        ("/paths/~1firings~1{id}/get/responses/200/content/application~1json/schema", "Firing"),
        ("/components/schemas/Firing/properties/children/items", "Firing"),
        ("/components/schemas/Firing/properties/heat", "$defs_heat"),
        ("/components/schemas/NewFiring/properties/parent", "Firing_id"),
    ],
)
def test_reference(where: str, reference: str) -> None:
    """A reference to a file, or to a node inside one, becomes a reference to a component."""
    name = reference.replace("$defs", "defs")

    assert node_at(DOCUMENT.data, where) == {"$ref": f"#/components/schemas/{name}"}
    assert "$ref" not in SCHEMAS[name]


def test_reference__to_a_path() -> None:
    """A reference into a path, as bundlers write it, resolves to its target."""
    items = node_at(
        DOCUMENT.data,
        "/paths/~1firings/get/responses/200/content/application~1json/schema/items",
    )

    assert DOCUMENT.resolve(items) is SCHEMAS["Firing"]


def test_reference__no_component() -> None:
    """A target that is not a component replaces its reference."""
    assert DOCUMENT.data["tags"] == [{"name": "firings"}]
    assert DOCUMENT.data["paths"]["/firings/{id}"]["get"]["operationId"] == "getFiring"


def test_reference__to_nothing() -> None:
    """A missing schema allows anything; another missing object is left out."""
    pots = "/paths/~1pots/get/responses/200/content/application~1json/schema"

    assert node_at(DOCUMENT.data, pots) == {}
    assert DOCUMENT.data["paths"]["/firings/{id}"]["get"]["responses"].keys() == {"200", "404"}


def test_operation_ids() -> None:
    """Each operation has a unique operationId."""
    assert DOCUMENT.data["paths"]["/firings"]["get"]["operationId"] == "fire"
    assert DOCUMENT.data["paths"]["/firings"]["post"]["operationId"] == "fire_2"
    assert DOCUMENT.data["paths"]["/pots"]["get"]["operationId"] == "get_pots"


def test_warnings() -> None:
    """A vendor's mistakes are warnings, each with its file and line."""
    told = [str(warning) for warning in DOCUMENT.warnings]

    assert [each.partition(": ")[0] for each in told] == [
        "paths/firing.yaml:7#/get/responses/410/$ref",
        "kiln.yaml:49#/components/schemas/NewFiring/required",
        "kiln.yaml:7#/description",
        "kiln.yaml:39#/paths/~1pots/get/responses/200/content/application~1json/schema/$ref",
    ]


def test_check() -> None:
    """`check` prints the warnings and succeeds; with --strict they are mistakes."""
    lenient = CliRunner().invoke(jobtwin, ["check", str(KILN)])
    strict = CliRunner().invoke(jobtwin, ["check", "--strict", str(KILN)])

    assert lenient.exit_code == 0
    assert "warning: kiln.yaml:49#/components/schemas/NewFiring/required: " in lenient.output
    assert lenient.output.endswith("4 operations without a job: fine, with 4 warnings\n")
    assert strict.exit_code == 1
    assert "kiln.yaml:49#/components/schemas/NewFiring/required: is true" in strict.output


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"nullable": True, "default": 1}, {"default": 1}),
        ({"nullable": True, "allOf": [{"type": "object"}], "title": "T"}, {"anyOf": [{"type": "object"}, {"type": "null"}], "title": "T"}),
        ({"anyOf": [{"type": "object"}, {"type": "object", "nullable": True, "enum": [None]}]}, {"anyOf": [{"type": "object"}, {"type": "null"}]}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"$ref": "#/info", "type": "string", "default": 1}, {"$ref": "#/info", "default": 1}),
        ({"type": "strng", "maxLength": "9"}, {}),
        ({"properties": {"type": {"type": "string"}}}, {"properties": {"type": {"type": "string"}}}),
    ],
    ids=["nullable", "not-nullable", "nullable-enum", "any", "nullable-ref", "null-as-enum", "exclusive", "inclusive", "beside-ref", "mistyped", "property-called-type"],
)  # fmt: skip
def test_normal__3_0(written: Any, normal: Any) -> None:
    """A schema of OpenAPI 3.0 becomes JSON Schema 2020-12."""
    assert _schema(written, "3.0.3") == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ({"type": ["null", "string"]}, {"type": ["string", "null"]}),
        ({"type": ["string"]}, {"type": "string"}),
        ({"const": 1}, {"enum": [1]}),
        ({"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 9}], "title": "T"}, {"type": ["string", "null"], "maxLength": 9, "title": "T"}),
        ({"anyOf": [{"$ref": "#/info"}, {"type": "null"}]}, {"anyOf": [{"$ref": "#/info"}, {"type": "null"}]}),
        ({"$ref": "#/info", "minLength": 1}, {"$ref": "#/info", "minLength": 1}),
        ({"items": True, "not": False, "additionalProperties": False}, {"items": {}, "not": {"not": {}}, "additionalProperties": False}),
        ({"type": "string", "contentMediaType": "application/octet-stream"}, {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}),
    ],
    ids=["null-last", "one-type", "const", "any-of-null", "reference-or-null", "beside-ref", "booleans", "octets"],
)  # fmt: skip
def test_normal__3_1(written: Any, normal: Any) -> None:
    """Equivalent forms in 3.1 become one normal form."""
    assert _schema(written, "3.1.0") == normal


@pytest.mark.parametrize(
    "change",
    [
        {"paths": {"/pots": {"get": 1.5}}},
        {"paths": {"/pots": []}},
        {"security": [["key"]]},
        {"components": {"securitySchemes": 7}},
        {"components": {"schemas": {"Pot": {"allOf": [{"$ref": None}]}}}},
        {"components": {"schemas": {"Pot": {"enum": [{"a": 1}, "b"]}}}},
        {"components": {"schemas": {"Pot": {"properties": {"all": {"$ref": "#"}}}}}},
        {"paths": {"/pots": {"get": {"parameters": [{"in": "path", "name": ["id"]}], "responses": {}}}}},
    ],
    ids=["operation", "path", "security", "schemes", "reference", "enum", "everything", "name"],
)  # fmt: skip
def test_misshapen(change: dict[str, Any], tmp_path: Path) -> None:
    """An unusable part of a vendor's file is a warning; the rest of the file is read."""
    path = tmp_path / "pots.json"
    head = {"openapi": "3.1.0", "info": {"title": "Pots", "version": "1"}, "paths": {}}
    path.write_text(json.dumps({**head, **change}), encoding="utf-8")

    read = load(path)

    assert read.title == "Pots"
    assert all(warning.file == "pots.json" for warning in read.warnings())


def test_normal__unchanged() -> None:
    """A node that needs no change is returned itself."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}

    assert _schema(schema, "3.0.3") is schema


def test_cycle() -> None:
    """A cycle of references without a schema allows anything."""
    schemas = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    made = normalise({"openapi": "3.1.0", "components": {"schemas": schemas}})

    assert made["components"]["schemas"] == {"A": {}, "B": {}}


def test_reference__url(tmp_path: Path) -> None:
    """A reference to a URL is reported, not fetched."""
    path = tmp_path / "oven.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
        "components: {schemas: {A: {$ref: 'https://kiln.example/a.yaml'}}}\n"
    )

    [warning] = load(path).document.warnings

    assert str(warning) == (
        "oven.yaml:3#/components/schemas/A/$ref: 'https://kiln.example/a.yaml' is a URL; "
        "download the file, and refer to it by its path"
    )


def test_own_file(tmp_path: Path) -> None:
    """The same mistakes in a file with job machines are errors, since its author can fix them."""
    path = tmp_path / "oven.yaml"
    path.write_text(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nx-jobs: {version: 1}\n"
        "components: {schemas: {A: {type: strng}}}\n"
    )

    with pytest.raises(SpecRefused, match=r"oven.yaml:4#/components/schemas/A/type: "):
        load(path)
