"""From the server to the client: every response that a spec allows is read without loss."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from jobtwin.openapi import Spec
from tests.both.pair import SPECS, Pair, plain, text
from tests.both.promises import Promised, Promises
from tests.both.values import SchemaValues
from tests.sampling import examples, fast_every

SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # shrinking a list of jobs takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("fifth")


def _answers() -> Iterator[Any]:
    for spec in SPECS:
        for operation in Promises(spec.document.written).operations.values():
            for status in operation.responses:
                yield pytest.param(spec, operation.id, status, id=f"{spec.name}-{operation.id}-{status}")  # fmt: skip


def told(pair: Pair, operation: Promised, status: int, body: Any) -> None:
    """The client reads a body, and writes the same one."""
    kind = next(iter(operation.content(status)))
    content = body if kind.startswith("text/") else json.dumps(body)
    sent = httpx.Response(status, content=content, headers={"content-type": kind})

    read = pair.read(operation, sent)

    assert text(plain(read.parsed)) == text(body)
    expected = {str} if kind.startswith("text/") else pair.classes(operation.content(status)[kind])
    assert type(read.parsed) in expected


@pytest.mark.parametrize(("spec", "name", "status"), fast_every(4, _answers()))
def test_answer(spec: Spec, name: str, status: int) -> None:
    """A body that a documented status allows is read into its class, and written back unchanged."""
    pair = Pair(spec)
    operation = pair.promises.operations[name]
    if not operation.content(status):
        assert pair.read(operation, httpx.Response(status)).parsed is None
        return
    schema = next(iter(operation.content(status).values()))

    @settings(SETTINGS, max_examples=examples(8, 20) if status < 400 else examples(3, 5))
    @given(SchemaValues(pair.promises).values(schema))
    def each(body: Any) -> None:
        assert pair.promises.misfit(schema, body) == ""
        told(pair, operation, status, body)

    each()


def _examples(content: Any, promises: Promises) -> Iterator[Any]:
    for media in content.values():
        for each in (*media.get("examples", {}).values(), *([{"value": media["example"]}] if "example" in media else [])):  # fmt: skip
            yield promises.resolved(each)["value"]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_example(spec: Spec) -> None:
    """Every example response of a spec is read into its class, and written back unchanged."""
    pair = Pair(spec)

    for operation in pair.promises.operations.values():
        for status, response in operation.responses.items():
            for body in _examples(response.get("content", {}), pair.promises):
                told(pair, operation, status, body)
