"""The name of a twin: one rule for its URL, its Python module, the control API and the fixture."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from pathlib import PurePath

CONTROL = "control"
"""The name of the server's own API."""

TAKEN = frozenset(
    {
        CONTROL,
        "console",
        "sandboxes",
        "clock",
        "close",
        "date_deliveries",
        "export",
        "fate",
        "hold_deliveries",
        "journal",
        "name",
        "reset",
        "transport",
        "url",
    }
)
"""Names with another use: paths of the server, and attributes of the pytest fixture."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SUFFIXES = (".yaml", ".yml", ".json")


def stem_of(path: PurePath) -> str:
    """Returns a file's name without `.yaml`, `.yml` or `.json`, and without `.overlay`."""
    stem = path.name
    for suffix in (*_SUFFIXES, ".overlay"):
        stem = stem[: -len(suffix)] if stem.lower().endswith(suffix) else stem
    return stem


def name_of(path: PurePath) -> str:
    """Returns the name of the twin that a file describes: `my_vendor` for `My-Vendor.yaml`."""
    return name_from(stem_of(path))


def name_from(text: str) -> str:
    """Returns a name made from a text: lower case, `_` for all but ASCII letters and digits."""
    name = re.sub(r"[^a-z0-9]", "_", text.lower())
    return name if name[:1].isalpha() else f"api_{name}"


def refusal(name: str) -> str | None:
    """Returns why a twin cannot have a name, and what would be right; None if it can."""
    if not _NAME.fullmatch(name):
        return f"{name!r} is not a name for a twin; write {name_from(name)}=FILE"
    if keyword.iskeyword(name):
        return f"{name!r} is a keyword of Python; choose another name: {name}_api=FILE"
    if name in TAKEN:
        return f"{name!r} is taken by jobtwin itself; choose another name: {name}_api=FILE"
    return None


def duplicates(names: Iterable[str]) -> list[str]:
    """Returns the names that are given to several twins."""
    given = list(names)
    return sorted({name for name in given if given.count(name) > 1})
