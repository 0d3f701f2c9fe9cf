"""The requests of the vendors' pages, kept as the specs' examples, each sent to its twin.

Examples of one name, of an operation's parameters and its body, are one request. A documented
example comes from the page: its anchor is in the page, which `make check-seeds` verifies.
An operation that requires none of them is also called without any.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import httpx
import pytest

from jobtwin.http import base_path
from jobtwin.openapi import Spec
from jobtwin.openapi.document import METHODS
from jobtwin.openapi.evidence import Tree
from jobtwin.openapi.sample_requests import sample_credentials
from tests.loaded import loaded
from tests.twins import serve

SPECS = {spec.name: spec for spec in loaded() if spec.machines}
HOW_MANY = {"lucidity": 2, "osapi": 1, "polaris": 20, "vectorcharts": 2}


class PageRequest(NamedTuple):
    """A request of a page, without a credential."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    body: Any


def page_requests(spec: Spec) -> Iterator[PageRequest]:
    """Yields each page request that a spec keeps."""
    tree = Tree(spec.document.data)
    for path, item in spec.document.data["paths"].items():
        for method in (each for each in item if each in METHODS):
            if tree.evidence(("paths", path, method)).kind == "documented":
                resolve = spec.document.resolve
                shared, own = (node.get("parameters", ()) for node in (item, item[method]))
                parameters = [resolve(each) for each in (*shared, *own)]
                body = resolve(item[method].get("requestBody", {}))
                yield from _of_operation(spec, method, path, parameters, body)


def _of_operation(
    spec: Spec, method: str, path: str, parameters: list[Any], body: Mapping[str, Any]
) -> Iterator[PageRequest]:
    [media] = body.get("content", {"": {}}).values()
    sources = [*parameters, media]
    names = dict.fromkeys(name for each in sources for name in _documented(each))
    bare = not any(each.get("required") for each in parameters if [*_documented(each)])
    for name in ["", *names] if bare else names:
        if not media or name in media["examples"]:
            sent = {each["name"]: _values(spec, each, name) for each in parameters}
            filled = path
            for each in (each for each in parameters if each["in"] == "path"):
                filled = filled.replace(f"{{{each['name']}}}", sent.pop(each["name"])[0])
            content = media["examples"][name]["value"] if media else None
            yield PageRequest(method.upper(), filled, sent, content)


def _documented(source: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names of the documented examples of a parameter or a body."""
    for name, example in source.get("examples", {}).items():
        if "documented" in example.get("x-evidence", {}):
            yield name


def _values(spec: Spec, parameter: Mapping[str, Any], name: str) -> list[str]:
    """Returns the values of a parameter; a required one falls back to any example."""
    examples = {key: each["value"] for key, each in parameter.get("examples", {}).items()}
    usual = [*examples.values(), spec.document.resolve(parameter["schema"]).get("example")][0]
    value = examples.get(name, usual if parameter.get("required") else [])
    values = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


@pytest.mark.parametrize("name", SPECS)
def test_page_requests(name: str) -> None:
    """Each page request succeeds in a sandbox of its own."""
    spec = SPECS[name]
    headers = {scheme.field: value for scheme, value in sample_credentials(spec)}

    answered = [(asked, _ask(spec, asked, headers)) for asked in page_requests(spec)]

    assert [(asked, answer.text) for asked, answer in answered if answer.status_code != 200] == []
    assert len(answered) == HOW_MANY[name]


def _ask(spec: Spec, asked: PageRequest, headers: Mapping[str, str]) -> httpx.Response:
    app, _ = serve([spec])

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        base = f"http://127.0.0.1{base_path(spec)}"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(
                asked.method,
                asked.path,
                params=asked.query,
                json=asked.body,
                headers=headers,
            )

    return asyncio.run(sent())
