"""The lines of nodes, in YAML and in JSON."""

import json

import pytest

from jobtwin.openapi.loader.lines import Path, find_lines

DATA = {"paths": {"/jobs": {"get": {"tags": ["a", {"b": 1}]}, "\ud83d": 2}}, "info": {"x": [[], 7]}}
YAML = (
    "paths:\n  /jobs:\n    get:\n      tags:\n      - a\n      - {b: 1}\ninfo: {x: [[],\n   7]}\n"
)
JSON = json.dumps(DATA, indent=1)


@pytest.mark.parametrize(
    ("path", "in_yaml", "in_json"),
    [
        ((), 1, 1),
        (("paths", "/jobs", "get"), 3, 4),
        (("paths", "/jobs", "get", "tags", "1", "b"), 6, 8),
        (("info", "x", "1"), 8, 18),
        (("paths", "/jobs", "put", "tags"), 2, 3),
    ],
    ids=["root", "map", "list", "flow", "missing"],
)
def test_line(path: Path, in_yaml: int, in_json: int) -> None:
    """A node has the line of its key or item; a missing node has the line of its parent."""
    assert find_lines(YAML, [path]) == {path: in_yaml}
    assert find_lines(JSON, [path]) == {path: in_json}


def test_unreadable() -> None:
    """Lines are found up to a syntax error."""
    assert find_lines("a: 1\nb: [", [("a",), ("b", "0")]) == {("a",): 1, ("b", "0"): 2}
