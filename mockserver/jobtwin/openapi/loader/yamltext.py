"""Parses the JSON subset of YAML 1.2, from libyaml's events.

libyaml only knows the syntax. The type of a plain scalar is decided here, by YAML 1.2: `on`, `no`,
`12:30` and `017` are texts. Keys are always texts, so `200` and `no` are keys like any other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import yaml
from yaml._yaml import CParser

from jobtwin.errors import Mistake, SpecRefused
from jobtwin.openapi.loader.jsontext import DEEPEST, TOO_DEEP
from jobtwin.openapi.untyped import maps_in

LARGEST = 200_000
"""The most nodes that aliases may add to a document."""

_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_STARTS = frozenset("-+.0123456789~nNtTfF")
_MERGE = "<<"
_TAG = "tag:yaml.org,2002:"


def parse_yaml(file: str, text: str) -> Any:
    """Parses one YAML document. Raises SpecRefused with every mistake and its line."""
    try:
        return _Builder(file, text).build()
    except yaml.YAMLError as error:
        raise SpecRefused([_misspelt(file, text, error)]) from error


def plain(text: str) -> Any:
    """Returns the value of a plain scalar in YAML 1.2: a number, a boolean, None, or the text."""
    if text and text[0] not in _STARTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < _LONGEST else text
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _NUMBER.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


_LONGEST = 4000  # Python converts no more digits
_TAGGED = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}


def _misspelt(file: str, text: str, error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line if mark else text[: getattr(error, "position", 0)].count("\n")
    said = [
        getattr(error, "context", ""),
        getattr(error, "problem", "") or getattr(error, "reason", ""),
    ]
    why = f"is not YAML: {', '.join(filter(None, said))}"
    if "\t" in "".join(text.splitlines()[line : line + 1]):
        why += "; indent with spaces, not with a tab"
    elif "flow mapping" in why:
        why += "; a text with braces or commas needs quotes"
    return Mistake(f"{file}:{line + 1}", "", why)


class _Builder:
    """Builds the data of one document, node by node."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._parser = CParser(text)
        self._mistakes: list[Mistake] = []
        self._anchors: dict[str, Any] = {}
        self._lines: dict[str, int] = {}
        self._open: set[str] = set()
        self._added = 0

    def build(self) -> Any:
        """Returns the data. Raises SpecRefused with all that is not JSON."""
        next_event = self._parser.get_event
        next_event()  # the start of the stream
        if isinstance(next_event(), yaml.StreamEndEvent):
            return None
        data = self._node(next_event(), 1)
        next_event()  # the end of the document
        more = next_event()
        if not isinstance(more, yaml.StreamEndEvent):
            self._refuse(more, "begins a second document; give each a file of its own")
        if self._added > LARGEST:
            why = f"aliases add more than {LARGEST} nodes to it; write out what is meant"
            self._mistakes.append(Mistake(f"{self._file}:1", "", why))
        if self._mistakes:
            raise SpecRefused(self._mistakes)
        return data

    def _refuse(self, event: Any, why: str) -> None:
        line = event.start_mark.line + 1
        self._mistakes.append(Mistake(f"{self._file}:{line}", "", why))

    def _node(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > DEEPEST + 1:
            raise SpecRefused([Mistake(f"{self._file}:{event.start_mark.line + 1}", "", TOO_DEEP)])
        anchor = event.anchor
        if anchor is None:
            return self._unnamed(event, depth)
        self._name(anchor, event)
        self._open.add(anchor)
        self._anchors[anchor] = self._unnamed(event, depth)
        self._open.discard(anchor)
        return self._anchors[anchor]

    def _unnamed(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if event.tag not in (None, f"{_TAG}map", f"{_TAG}seq"):
            self._refuse_tag(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(depth)
        return self._mapping(depth)

    # -- aliases ---------------------------------------------------------------------------------

    def _name(self, anchor: str, event: Any) -> None:
        line = event.start_mark.line + 1
        if anchor in self._lines:
            why = (
                f"the anchor `&{anchor}` is given already in line {self._lines[anchor]}; rename one"
            )
            self._refuse(event, why)
        self._lines[anchor] = line

    def _alias(self, event: Any) -> Any:
        anchor = event.anchor
        if anchor in self._open:
            self._refuse(event, "holds an alias of itself; write out what is meant")
        elif anchor not in self._anchors:
            known = ", ".join(self._anchors) or "there are none"
            self._refuse(event, f"`*{anchor}` is the alias of no anchor ({known})")
        else:
            return self._copy(self._anchors[anchor])
        return None

    def _copy(self, node: Any) -> Any:
        """Copies a node for an alias, so that the two can be changed independently."""
        self._added += 1
        if self._added > LARGEST:
            return None  # refused in the end
        if isinstance(node, dict):
            return {key: self._copy(child) for key, child in node.items()}
        return list(map(self._copy, node)) if isinstance(node, list) else node

    # -- maps and lists --------------------------------------------------------------------------

    def _events(self) -> Iterator[Any]:
        """Yields the events up to the end of the current map or list."""
        next_event = self._parser.get_event
        while not isinstance(event := next_event(), yaml.CollectionEndEvent):
            yield event

    def _sequence(self, depth: int) -> list[Any]:
        return [self._node(event, depth + 1) for event in self._events()]

    def _mapping(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        lines: dict[str, int] = {}
        merged: list[Any] = []
        for event in self._events():
            key = self._key(event, depth)
            value = self._node(self._parser.get_event(), depth + 1)
            if key == _MERGE and event.implicit[0]:
                merged += value if isinstance(value, list) else [value]
            elif key in made:
                why = f"the key `{key}` is given already in line {lines[key]}; take one out"
                self._refuse(event, why)
            else:
                made[key] = value
                lines[key] = event.start_mark.line + 1
        return reduce(lambda below, other: {**other, **below}, maps_in(merged), made)

    def _key(self, event: Any, depth: int) -> str:
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None:
                self._name(event.anchor, event)
                self._anchors[event.anchor] = event.value
            return str(event.value)
        self._refuse(event, "a key is a map, a list or an alias; write a text")
        self._node(event, depth + 1)
        return ""

    # -- scalars ---------------------------------------------------------------------------------

    def _scalar(self, event: Any) -> Any:
        if event.tag is None:
            value = plain(event.value) if event.implicit[0] else event.value
        else:
            value = self._tagged(event)
        if isinstance(value, float) and not math.isfinite(value):
            self._refuse(event, f"JSON has no number {event.value}; write a finite one")
        return value

    def _tagged(self, event: Any) -> Any:
        kind = event.tag.removeprefix(_TAG)
        if event.tag in ("!", f"{_TAG}str"):
            return event.value
        if kind not in _TAGGED:
            self._refuse_tag(event)
            return event.value
        value = plain(event.value)
        if type(value) not in _TAGGED[kind]:
            self._refuse(event, f"{event.value[:20]!r} is no {kind}; quote it")
        return value

    def _refuse_tag(self, event: Any) -> None:
        kind = event.tag.removeprefix(_TAG)
        why = f"{kind} is not a JSON type; leave the tag out, or quote the text"
        self._refuse(event, why)
