"""JSON bodies in pieces: their value is that of the whole text."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtwin.errors import Refusal
from jobtwin.http import create_app, json_bodies
from jobtwin.http.json_bodies import MOST_WASTED, parsed, parsing
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.asgi import responded
from tests.loaded import loaded

SCALARS = st.sampled_from([None, 7, "", '},{"', "]}", "\\", '"jobs":['])
ITEM: st.SearchStrategy[Any] = st.dictionaries(
    st.sampled_from("abc"), SCALARS | st.lists(st.just({}), max_size=3), max_size=2
)
ITEMS = st.lists(ITEM, max_size=9)
OTHERS = st.dictionaries(st.sampled_from(["a", '"jobs":[', "job"]), SCALARS | ITEM | ITEMS)


@pytest.fixture(autouse=True, scope="module")
def small_pieces() -> Iterator[None]:
    """Make pieces of a few bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_bodies, "PIECE", 20)
        yield


def in_pieces(text: bytes) -> tuple[Any, int]:
    """Returns the value of a text, and the number of pieces."""
    work, count = parsing(text, "jobs"), 0
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return ended.value, count
        count += 1


@given(ITEMS, OTHERS, OTHERS)
def test_same(items: list[Any], before: dict[str, Any], after: dict[str, Any]) -> None:
    """The value is the same in pieces, whatever stands before, within and after the list."""
    text = orjson.dumps({**before, "jobs": items, **after})

    assert in_pieces(text)[0] == orjson.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b"[]",
        b"7",
        b'{"jobs": {}}',
        b'{"jobs": [1, 2, 3]}',
        b'{"a": {"jobs": [{"b": 1}, {"c": 2}]}}',
        b'{"a": {"jobs": [{"b": 1}]}, "jobs" : [ {"c": 2} ,\n {"d": 3} ] }',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}], "jobs": [{"z": 9}]}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}], "jobs": null}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}], "j\\u006fbs": {"k": 1}}',
        b'{"jobs": 1, "x\\"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}]}',
        b'{"x\\"jobs": [{"a": 1}, {"b": 2}], "jobs": [{"a": 1}, {"b": 2}, {"c": 3}]}',
    ],
)
def test_same__other_forms(text: bytes) -> None:
    """A text without a long list of its own at the top has its value, too."""
    assert in_pieces(text)[0] == orjson.loads(text)


def test_pieces() -> None:
    """A long list is parsed in pieces, also with white space between its items."""
    items = [{"number": number, "text": "},{" * 3, "parts": [{}, {}]} for number in range(100)]
    text = orjson.dumps({"world": 1, "jobs": items}, option=orjson.OPT_INDENT_2)

    value, count = in_pieces(text)

    assert value == {"world": 1, "jobs": items}
    assert count >= 99


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}], ',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d" 4}]}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}]} {}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}], [{"d": 4}, {"e": 5}, {"f": 6}]}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}], 7, [{"d": 4}, {"e": 5}], "z": 1}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}\x0c, {"d": 4}, {"e": 5}]}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 9223372036854775808}]}',
        b'{"jobs": [{"a": 1}, {"b": 2}], "c": [9223372036854775808, 3, 4, 5, 6, 7, 8]}',
        b'{"jobs":\n[{"a": "\xc3\xa9"},\n {"b": "\xc3\xa9"}, {"c": 3},\n {"d" 4}]}',
        b'{"jobs":\n[{"a": "\xc3\xa9"},\n {"b": "\xc3\xa9"}, {"c": 3}, {"d" 4}]}',
        b'x{"jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}]}',
        b'{"z" 1, "jobs": [{"a": 1}, {"b": 2}, {"c": 3}, {"d": 4}]}',
        b'{"jobs": [{"a": 1}, {"b": 2}, {"c": "\xff"}, {"d": 4}, {"e": 5}]}',
    ],
)
def test_refused(text: bytes) -> None:
    """A mistake is reported at its place in the whole text."""
    with pytest.raises(Refusal) as expected:
        parsed(text)

    with pytest.raises(Refusal) as refusal:
        in_pieces(text)

    assert refusal.value.quotes == expected.value.quotes


def parsed_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Returns a list that receives the size of each text that is parsed."""
    sizes = list[int]()

    def counted(part: bytes) -> Any:
        sizes.append(len(part))
        return orjson.loads(part)

    fake = SimpleNamespace(loads=counted, JSONDecodeError=orjson.JSONDecodeError)
    monkeypatch.setattr(json_bodies, "orjson", fake)
    return sizes


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("mistake", [b"x", b'"', b"[", b"}", b""])
def test_refused__in_pieces(mistake: bytes, place: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a long text, or its early end, is found without parsing all of it at once."""
    text = orjson.dumps({"jobs": [{"number": n, "parts": [{}, {}]} for n in range(300)]})
    at = text.index(b"},{", int(place * len(text))) + 1
    text = text[:at] + (mistake + text[at:] if mistake else b"")
    with pytest.raises(Refusal) as expected:
        parsed(text)
    sizes = parsed_sizes(monkeypatch)

    with pytest.raises(Refusal) as refusal:
        in_pieces(text)

    assert refusal.value.quotes == expected.value.quotes
    assert max(sizes) < 500
    assert sum(sizes) < 3 * len(text)


@pytest.mark.parametrize("freed", [10, 1000])
def test_refused__freed(freed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many items before a mistake are freed in steps."""
    monkeypatch.setattr(json_bodies, "FREED", freed)
    text = orjson.dumps({"jobs": [{"number": number} for number in range(300)]})
    _, pieces = in_pieces(text)

    assert steps_to_refusal(text[:-2]) == pieces + -(-2 * pieces // freed)


def steps_to_refusal(text: bytes) -> int:
    work, steps = parsing(text, "jobs"), 0
    try:
        while True:
            next(work)
            steps += 1
    except Refusal:
        return steps


@pytest.mark.parametrize("odd", [["}", "{"], ["{["], ["]", "]}"]])
def test_pieces__brackets_in_strings(odd: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets in some strings do not end the pieces."""
    items = [{"number": n, "text": odd if n % 97 == 3 else []} for n in range(300)]
    text = orjson.dumps({"jobs": items})
    sizes = parsed_sizes(monkeypatch)

    assert in_pieces(text)[0] == {"jobs": items}
    assert max(sizes) < 500


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": [' + b"1, " * 900 + b'{"jobs": [' * 40 + b"]}" * 40 + b"]}",
        b'{"a": "' + b'\\"jobs\\":[' * 90 + b'"}',
        b'{"jobs": [{"a": [' + b"1, " * 900 + b"{}, " * 300 + b"{}]}]}",
        b'{"jobs": [{"a": "' + b"{}, {" * 900 + b'"}]}',
    ],
)
def test_hostile(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a text looks as if a piece began or ended, it is parsed a few times at most."""
    sizes = parsed_sizes(monkeypatch)

    value, _ = in_pieces(text)

    assert value == orjson.loads(text)
    assert sum(sizes) < (MOST_WASTED + 3) * len(text)


@pytest.mark.parametrize(("size", "between"), [(10, 0), (200_000, 2)])
def test_request(size: int, between: int) -> None:
    """Other requests have their turns while a large body is parsed and checked, and before its own."""
    [spec] = [spec for spec in loaded() if spec.name == "vectorcharts"]
    app = create_app([spec], Sandbox(spec.jobs.values(), Setup(ManualClock())))
    url = "http://localhost/vectorcharts/api/portal/v1/jobs"
    values = {"jobType": "clear-tiles", "parameters": {"text": "x" * size}}
    headers = {"Authorization": "Bearer token"}

    async def answered() -> tuple[httpx.Response, int]:
        request = httpx.Request("POST", url, headers=headers, json=values)
        answering, turns = asyncio.create_task(responded(app, request)), 0
        while not answering.done():
            turns += 1
            await asyncio.sleep(0)
        return await answering, turns

    response, turns = asyncio.run(answered())

    assert response.status_code == 200
    assert turns == 1 + between
