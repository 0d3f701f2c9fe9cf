"""Operations without a job: validation of requests, and choice of the sample response."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from jobtwin.http import create_app
from jobtwin.openapi import load
from jobtwin.openapi.made import Maker
from jobtwin.openapi.schema import SchemaValidators
from jobtwin.sandboxes import ManualClock, Sandbox, Setup

HERE = Path(__file__).parent
PRESS = load(HERE / "press.yaml")
SANDBOX = Sandbox([], Setup(ManualClock()))
APP = create_app([PRESS, load(HERE / "kiln" / "kiln.yaml")], SANDBOX)
ALLOWED = {"Authorization": "Bearer any", "X-Shop": "north"}
NEW = {"id": "p-1", "pages": 1}


def _ask(method: str, path: str, **kwargs: Any) -> httpx.Response:
    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **kwargs)

    return asyncio.run(asking())


def _list(headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
    return _ask("GET", "/press/prints", params=params, headers={**ALLOWED, **(headers or {})})


def _fits(schema: str, value: Any) -> bool:
    node = PRESS.document.data["components"]["schemas"][schema]
    return PRESS.schemas.validator(node).is_valid(value)


def test_example() -> None:
    """The response is the first example that fits its schema, with the declared headers."""
    answer = _list()

    assert answer.json() == [{"id": "p-1", "pages": 1}, {"id": "p-2", "pages": 2}]
    assert answer.headers["x-total"] == "3"


def test_journal() -> None:
    """The journal marks only responses from samples."""
    _list()
    _ask("GET", "/press/prints")

    sampled, refused = [*SANDBOX.journal][-2:]

    assert (sampled.operation, sampled.sampled) == ("listPrints", True)
    assert not refused.sampled


def test_made_up() -> None:
    """Without a fitting example a valid value is made up, the same one each time."""
    first, second = (_ask("POST", "/press/prints/latest") for _ in range(2))

    assert first.status_code == 202
    assert _fits("Print", first.json())
    assert first.content == second.content


@pytest.mark.parametrize(
    ("prefer", "status", "body"),
    [
        ("code=503", 503, b""),
        ("code=422", 422, b'{"error":"It is wrong"}'),
        ("code=302", 400, b'{"error":"It is wrong"}'),
        ("example=two", 200, b'[{"id":"p-1","pages":1},{"id":"p-2","pages":2}]'),
        ("example=misfit", 400, b'{"error":"It is wrong"}'),
        ("example=three", 400, b'{"error":"It is wrong"}'),
    ],
    ids=["code", "range", "unknown-code", "example", "misfit", "unknown-example"],
)
def test_prefer(prefer: str, status: int, body: bytes) -> None:
    """`Prefer` chooses a declared response, or an example that fits."""
    answer = _list({"Prefer": prefer})

    assert (answer.status_code, answer.content) == (status, body)


def test_accept() -> None:
    """`Accept` chooses among the declared media types."""
    answer = _list({"Accept": "text/csv"})

    assert (answer.headers["content-type"], answer.text) == ("text/csv", "id,pages")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"limit": "9"}, 200),
        ({"limit": "null"}, 200),
        ({"limit": "10"}, 400),
        ({"limit": "some"}, 400),
        ({"ink": "cyan,black"}, 200),
        ({"ink": "cyan,red"}, 400),
    ],
    ids=str,
)
def test_query(params: Any, status: int) -> None:
    """A parameter is accepted only if its schema allows one of its readings."""
    assert _list(**params).status_code == status


def test_refusals() -> None:
    """A refusal has the shape that the file documents for its status."""
    nobody = _ask("GET", "/press/prints", headers={"X-Shop": "north"})
    nowhere = _ask("GET", "/press/prints", headers={"Authorization": "Bearer any"})

    assert (nobody.status_code, nobody.json()) == (401, {"error": "It is wrong"})
    assert (nowhere.status_code, nowhere.json()) == (400, {"error": "It is wrong"})


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (json.dumps(NEW), "application/json", 201),
        (json.dumps({**NEW, "pages": 0}), "application/json", 400),
        ("{", "application/json", 400),
        ("any", "image/png", 201),
        ("any", "text/plain", 415),
        ("", "application/json", 400),
    ],
    ids=["fits", "does-not-fit", "no-json", "wildcard", "another-type", "nothing"],
)
def test_body(content: str, kind: str, status: int) -> None:
    """A body must fit its schema; without a documented response, the error is a problem document."""
    answer = _ask("POST", "/press/prints", content=content, headers={"Content-Type": kind})

    assert answer.status_code == status
    if status != 201:
        assert answer.headers["content-type"] == "application/problem+json"


def test_no_body() -> None:
    """A response without content has no body; a response that is not JSON has its own type."""
    gone, paper = _ask("DELETE", "/press/prints/7"), _ask("GET", "/press/prints/7")

    assert (gone.status_code, gone.content) == (204, b"")
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/octet-stream")


def test_method_of_another_template() -> None:
    """A path without parameters does not take methods from a template that matches it."""
    assert _ask("GET", "/press/prints/latest").status_code == 405
    assert _ask("PATCH", "/press/prints/latest").status_code == 405


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^[A-Z]{2}[0-9a-f]{32}$"},
        {"type": "string", "minLength": 9, "maxLength": 12},
        {"type": "string", "format": "uuid"},
        {"type": "integer", "minimum": 5, "multipleOf": 4},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "integer", "maximum": -3},
        {"type": "array", "minItems": 2, "uniqueItems": True, "items": {"enum": ["a", "b"]}},
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "boolean"}},
        {"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "object"}]},
        {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "null"}}}], "type": "object"},
        {"type": "object", "properties": {"a": {"type": "string", "example": 1}}},
    ],
    ids=lambda schema: json.dumps(schema)[:40],
)
def test_maker(schema: Any) -> None:
    """A made-up value fits its schema; `make` refuses to return another."""
    maker = Maker(PRESS.document, PRESS.schemas)

    assert PRESS.schemas.validator(schema).is_valid(maker.make(schema))


def test_several_files() -> None:
    """A vendor's spec of several files, with mistakes, is still served."""
    answer = _ask("GET", "/kiln/v3/firings/7")

    assert answer.status_code == 200
    assert answer.json()["state"] == "cold"


def test_base_path() -> None:
    """A vendor's paths are served only below the path of the first server."""
    for path in ("/kiln/firings/7", "/kiln/v33/firings/7", "/kiln"):
        refused = _ask("GET", path)

        assert refused.status_code == 404
        assert "/kiln/v3" in refused.text


def test_joined() -> None:
    """In a vendor's file, schemas joined by `allOf` do not forbid each other's properties."""
    closed = {"type": "object", "additionalProperties": False}
    one = {**closed, "properties": {"a": {"type": "integer"}}}
    other = {**closed, "properties": {"b": {"type": "integer"}}, "required": ["b"]}
    schema = {"allOf": [one, {"$ref": "#/components/schemas/Other"}], "additionalProperties": False}
    data = {"components": {"schemas": {"Other": other, "Both": schema}}}

    lenient = SchemaValidators(data, lenient=True).validator(schema)

    assert lenient.is_valid({"a": 1, "b": 2})
    assert not lenient.is_valid({"a": 1})
    assert not lenient.is_valid({"a": 1, "b": "two"})
    assert not SchemaValidators(data).validator(schema).is_valid({"a": 1, "b": 2})


def test_seed() -> None:
    """Made-up values depend on the sandbox's seed."""
    file = {
        "openapi": "3.1.0",
        "info": {"title": "Lot", "version": "1"},
        "paths": {"/lot": {"get": {"responses": {"200": {"description": "One", "content": {
            "application/json": {"schema": {"type": "string", "format": "uuid"}}}}}}}},
    }  # fmt: skip

    def drawn(seed: int, folder: Path) -> str:
        spec = folder / "lot.json"
        spec.write_text(json.dumps(file))
        app = create_app([load(spec)], Sandbox([], Setup(ManualClock(), seed)))

        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1"
            ) as client:
                return await client.get("/lot/lot")

        return asyncio.run(asking()).text

    with TemporaryDirectory() as folder:
        first, again, other = (drawn(seed, Path(folder)) for seed in (1, 1, 2))

    assert first == again
    assert first != other
