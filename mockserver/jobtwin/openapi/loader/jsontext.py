"""Parses JSON: numbers keep their exact value, mistakes have lines."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from jobtwin.errors import Mistake, SpecRefused

DEEPEST = 100
"""The deepest nesting of maps and lists in a document."""

TOO_DEEP = f"maps and lists are nested deeper than {DEEPEST} levels; flatten them"

_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(file: str, text: str) -> Any:
    """Parses JSON. Raises SpecRefused for invalid JSON, or a repeated key.

    A lone surrogate, which no response could contain, becomes U+FFFD.
    """
    try:
        data = json.loads(text, object_pairs_hook=_Once(file, text), parse_constant=_refuse)
    except RecursionError as error:
        raise SpecRefused([Mistake(file, "", TOO_DEEP)]) from error
    except json.JSONDecodeError as error:
        why = f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]} (column {error.colno})"
        raise SpecRefused([Mistake(f"{file}:{error.lineno}", "", why)]) from error
    except ValueError as error:
        raise SpecRefused([Mistake(file, "", str(error))]) from error
    if depth(data) > DEEPEST:
        raise SpecRefused([Mistake(file, "", TOO_DEEP)])
    return _whole(data) if "\\u" in text else data


class _Once:
    """Makes a map of pairs; refuses a repeated key."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            why = f"the key `{twice}` is given twice in one map; take one out"
            raise SpecRefused([Mistake(self._file, "", why)])
        return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"JSON has no number {constant}; write a finite one")


def depth(data: Any) -> int:
    """Returns the nesting depth of maps and lists."""
    level, depth = [data], 0
    while level := [node for node in level if isinstance(node, dict | list)]:
        level = [child for node in level for child in _children(node)]
        depth += 1
    return depth


def _children(node: dict[str, Any] | list[Any]) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node


def _whole(node: Any) -> Any:
    """Returns a copy in which every text can be encoded."""
    if isinstance(node, str):
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", node)
    if isinstance(node, dict):
        return {_whole(key): _whole(value) for key, value in node.items()}
    return list(map(_whole, node)) if isinstance(node, list) else node
