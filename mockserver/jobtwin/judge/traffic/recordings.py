"""Files of recorded traffic: HAR, or the twin's own journal; which it is, the document tells."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from jobtwin.errors import BadRecording, Mistake
from jobtwin.judge.traffic import har, journal
from jobtwin.judge.traffic.har import Recorded

_NEITHER = "is neither a HAR (a map with `log`) nor a journal (a map with `entries`)"


def read_all(paths: Iterable[Path]) -> list[Recorded]:
    """What some files recorded, in the order of time; BadRecording tells what cannot be read."""
    found = [recorded for path in paths for recorded in read(path)]
    return _once(sorted(found, key=lambda recorded: recorded.exchange.at))


def _once(found: Iterable[Recorded]) -> list[Recorded]:
    """The same, but of what several files, or tools, wrote down alike only the first counts."""
    seen, once = set[Hashable](), []
    for recorded in found:
        it = recorded.exchange
        alike = it.at, it.until, it.method, it.url, it.status, it.request_body, it.response_body
        # A twin tells its moments by a clock that may stand still.
        again = recorded.api is None and alike in seen
        seen.add(alike)
        once.append(replace(recorded, skipped="was recorded before") if again else recorded)
    return once


def read(path: Path) -> list[Recorded]:
    """What one file recorded, in its own order."""
    document = _document(path)
    if "log" in document:
        return list(har.recorded(document, path.name))
    if "entries" in document:
        return list(journal.recorded(document, path.name))
    raise BadRecording(Mistake(path.name, "", _NEITHER))


def _document(path: Path) -> Mapping[str, Any]:
    try:
        # Proxies on Windows begin the file with a mark of its encoding.
        document = _parsed(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
        raise BadRecording(Mistake(str(path), "", why)) from error
    except json.JSONDecodeError as error:  # orjson's is one, too
        where = f"{path.name}:{error.lineno}"
        raise BadRecording(Mistake(where, "", f"is no JSON: {error.msg}")) from error
    if not isinstance(document, dict):
        raise BadRecording(Mistake(path.name, "", _NEITHER))
    return document


def _parsed(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "surrogate" not in error.msg:
            raise
        # Half of a pair is what browsers may write of binary content; one entry in a thousand.
        return json.loads(text)
