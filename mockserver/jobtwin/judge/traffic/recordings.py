"""Reads files of recorded traffic: HAR, or the journal of a twin."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from jobtwin.errors import BadRecording, Mistake
from jobtwin.judge.traffic import har, journal
from jobtwin.judge.traffic.har import RecordedExchange, UnreadableEntry

LARGEST = 512 * 1024 * 1024
"""Largest file, in bytes; it is read into memory."""

_NEITHER = "is neither a HAR (a map with `log`) nor a journal (a map with `entries`)"
_READERS = {"log": har.recorded, "entries": journal.recorded}
"""The readers of recordings, by a key of the document."""

_ENTRIES = re.compile(r'"entries"\s*:\s*\[')
_SEPARATOR = re.compile(r"\s*,?\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """The exchanges of a recording, and the entries that could not be read."""

    entries: Sequence[RecordedExchange]
    unreadable: Sequence[UnreadableEntry] = ()


def read_all(paths: Iterable[Path]) -> Recording:
    """Reads files, in the order of time. Raises BadRecording for a file without a readable entry."""
    found = list(map(read, paths))
    entries = [entry for recording in found for entry in recording.entries]
    unreadable = [entry for recording in found for entry in recording.unreadable]
    return Recording(_once(sorted(entries, key=lambda entry: entry.exchange.at)), unreadable)


def _once(entries: Iterable[RecordedExchange]) -> list[RecordedExchange]:
    """Removes duplicates of exchanges that several files or tools recorded."""
    seen, once = set[Hashable](), []
    for entry in entries:
        it = entry.exchange
        alike = it.at, it.until, it.method, it.url, it.status, it.request_body, it.response_body
        # A twin's clock may be frozen, so its exchanges can be equal without being duplicates.
        again = entry.api is None and entry.skipped is None and alike in seen
        seen.add(alike)
        once.append(replace(entry, skipped="was recorded before") if again else entry)
    return once


def read(path: Path) -> Recording:
    """Reads one file, in its own order. Raises BadRecording if no entry can be read."""
    document, cut = _document(path)
    reader = next((each for key, each in _READERS.items() if key in document), None)
    if reader is None:
        raise BadRecording(Mistake(path.name, "", _NEITHER))
    found = [*reader(document, path.name), *cut]
    recording = Recording(
        [each for each in found if isinstance(each, RecordedExchange)],
        [each for each in found if isinstance(each, UnreadableEntry)],
    )
    _refuse_unreadable(recording)
    return recording


def _refuse_unreadable(recording: Recording) -> None:
    if recording.unreadable and not recording.entries:
        first = recording.unreadable[0]
        why = f"{first.why}; none of the {len(recording.unreadable)} entries can be read"
        raise BadRecording(Mistake(first.where, "", why))


# -- files ----------------------------------------------------------------------------------------


def _document(path: Path) -> tuple[Mapping[str, Any], Sequence[UnreadableEntry]]:
    """Returns the document in a file; if the file is truncated, also the truncated entry."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
        raise BadRecording(Mistake(str(path), "", why)) from error
    if len(content) > LARGEST:
        why = f"is larger than {LARGEST >> 20} MiB; record less at a time"
        raise BadRecording(Mistake(path.name, "", why))
    document, cut = _parsed(content, path.name)
    if not isinstance(document, dict):
        raise BadRecording(Mistake(path.name, "", _NEITHER))
    return document, cut


def _parsed(content: bytes, file: str) -> tuple[Any, Sequence[UnreadableEntry]]:
    # Proxies on Windows write a byte order mark.
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(content), ()
    except orjson.JSONDecodeError:
        pass
    # Python's parser accepts what some tools write: lone surrogates, NaN, UTF-16.
    text = content.decode(json.detect_encoding(content), "replace").removeprefix("\ufeff")
    try:
        return json.loads(text, strict=False), ()
    except RecursionError as error:
        raise BadRecording(Mistake(file, "", "is nested too deep")) from error
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno}"
        if found := _salvaged(text):
            return found, (UnreadableEntry(place, f"is broken off: {error.msg}"),)
        raise BadRecording(Mistake(place, "", f"is not JSON: {error.msg}")) from error


def _salvaged(text: str) -> dict[str, Any] | None:
    """Returns the complete entries of a truncated file; None if there are none."""
    start = _ENTRIES.search(text)
    if start is None:
        return None
    decoder, entries, at = json.JSONDecoder(strict=False), list[Any](), start.end()
    while at < len(text):
        try:
            entry, at = decoder.raw_decode(text, _SEPARATOR.match(text, at).end())  # type: ignore[union-attr]  # matches nothing, too
        except (RecursionError, ValueError):
            break
        entries.append(entry)
    is_har = re.search(r'"log"\s*:', text[: start.start()])
    return ({"log": {"entries": entries}} if is_har else {"entries": entries}) if entries else None
