"""Reads and parses one file: JSON by a JSON parser, anything else as YAML 1.2. No OpenAPI."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

from jobtwin.errors import Mistake, SpecRefused
from jobtwin.openapi.loader.jsontext import parse_json
from jobtwin.openapi.loader.yamltext import parse_yaml


def read_text(path: Path) -> str:
    """Returns a file's text without its byte order mark. Raises SpecRefused if it cannot be read."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
        raise SpecRefused([Mistake(str(path), "", why)]) from error
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise SpecRefused([Mistake(path.name, "", why)]) from error


def is_json(text: str) -> bool:
    """Returns True if a text looks like JSON: a map whose first key is in double quotes, or an empty one.

    YAML's flow style looks like this as well, so `parse` falls back to YAML.
    """
    start = text[:4096].lstrip()
    return start.startswith("{") and start[1:].lstrip().startswith(('"', "}"))


def parse(file: str, text: str) -> Any:
    """Parses a text. Raises SpecRefused with every mistake and its line.

    `file` is its name in mistakes.
    """
    if not is_json(text):
        return parse_yaml(file, text)
    try:
        return parse_json(file, text)
    except SpecRefused:
        if file.endswith(".json"):
            raise
        return parse_yaml(file, text)
