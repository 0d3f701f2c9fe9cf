"""A file's text as data: YAML 1.2, and strict JSON."""

from pathlib import Path
from typing import Any

import pytest

from jobtwin.errors import SpecRefused
from jobtwin.openapi.loader.text import parse, read_text


def _refusals(text: str, file: str = "printer.yaml") -> list[str]:
    with pytest.raises(SpecRefused) as refused:
        parse(file, text)
    return [str(mistake) for mistake in refused.value.mistakes]


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("on", "on"),
        ("No", "No"),
        ("12:30", "12:30"),
        ("017", "017"),
        ("1_000", "1_000"),
        ("2026-01-01", "2026-01-01"),
        ("=", "="),
        ("1e3", 1000.0),
        ("-0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.", 1.0),
        ("True", True),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("!!float 12", 12),
        ("18446744073709552000", 18446744073709552000),
    ],
    ids=str,
)
def test_scalar(scalar: str, value: Any) -> None:
    """A scalar has the type that YAML 1.2 gives it."""
    read = parse("printer.yaml", f"scalar: {scalar}")["scalar"]

    assert read == value
    assert type(read) is type(value)


def test_keys() -> None:
    """A key is read as written, as text, even if a value of that form is not text."""
    assert parse("printer.yaml", "{no: 1, 200: 2, 1.10: 3, null: 4}") == {
        "no": 1,
        "200": 2,
        "1.10": 3,
        "null": 4,
    }


def test_merge() -> None:
    """`<<` takes keys from a map except those given beside it; an alias is a copy."""
    read = parse("printer.yaml", "a: &a {x: 1, y: [2]}\nb: {<<: *a, x: 3}\nc: *a")

    assert read["b"] == {"x": 3, "y": [2]}
    assert read["c"] == read["a"]
    assert read["c"]["y"] is not read["a"]["y"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: *b", "printer.yaml:1: `*b` is the alias of no anchor (there are none)"),
        (
            "a: 1\n---\nb: 2",
            "printer.yaml:2: begins a second document; give each a file of its own",
        ),
        ("? [a]\n: 1", "printer.yaml:1: a key is a map, a list or an alias; write a text"),
        ("a: !!int x", "printer.yaml:1: 'x' is no int; quote it"),
    ],
    ids=["unknown-alias", "two-documents", "list-as-key", "tagged"],
)
def test_yaml__refused(text: str, why: str) -> None:
    """YAML that JSON cannot express is refused with its line."""
    assert _refusals(text) == [why]


def test_json() -> None:
    """JSON escapes are decoded, also beyond the first plane; half a pair is replaced."""
    read = parse("printer.json", r'{"smile": "\ud83d\udcaf", "half": "\ud83d"}')

    assert read == {"smile": "💯", "half": "\N{REPLACEMENT CHARACTER}"}


def test_json__number() -> None:
    """A number beyond 64 bits is read to its last digit."""
    assert parse("printer.json", '{"n": 18446744073709552001}') == {"n": 18446744073709552001}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1,\n"b" 2}', "printer.json:2: is not JSON: expecting ':' delimiter (column 5)"),
        ('{"a": {"b": 1,\n"b": 2}}', "printer.json: the key `b` is given twice in one map; take one out"),
        ('{"a": NaN}', "printer.json: JSON has no number NaN; write a finite one"),
        ('{"a": ' + "[" * 101 + "]" * 101 + "}", "printer.json: maps and lists are nested deeper than 100 levels; flatten them"),
    ],
    ids=["syntax", "twice", "not-finite", "deep"],
)  # fmt: skip
def test_json__refused(text: str, why: str) -> None:
    """Invalid JSON is refused in the terms of JSON."""
    assert _refusals(text, "printer.json") == [why]


def test_flow_yaml() -> None:
    """YAML that begins like JSON is read as YAML."""
    assert parse("printer.yaml", '{"a": on}') == {"a": "on"}


def test_byte_order_mark(tmp_path: Path) -> None:
    """A byte order mark is not part of the text."""
    path = tmp_path / "printer.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")

    assert read_text(path) == "a: 1"
