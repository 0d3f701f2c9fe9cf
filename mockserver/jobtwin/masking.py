"""Bodies without their secrets, for recordings and journals: masked, or dropped if they cannot be judged."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jobcall.secrets import MASK, Mask, is_secret, is_secret_name, mask_text

_NAME = re.compile(r"[A-Za-z][\w-]*")
_WORD = re.compile(r"[\w.~+/=-]{20,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def mask_body(
    body: bytes, media_type: str = "", *, also: Collection[str] = (), mask: Mask = str
) -> str | None:
    """Returns a body with its secrets masked, or None if it may still contain secrets.

    JSON, JSON lines and forms are masked by the names of their fields, including the lower-case names
    in `also`. Other text is only returned if nothing in it hints at a secret. `mask` masks known
    secrets, such as the credential of the request.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if "x-www-form-urlencoded" in media_type:
        return _masked_form(text, also, mask)
    for masked in (_masked_json, _masked_lines):
        try:
            return masked(text, also, mask)
        except (RecursionError, ValueError):
            continue
    text = mask(text)
    return text if _is_harmless(text) else None


def mask_value(
    value: Any, *, also: Collection[str] = (), mask: Mask = str, secret: bool = False
) -> Any:
    """Masks a JSON value: values at or below a secret name, and secrets within strings."""
    masked = partial(mask_value, also=also, mask=mask)
    if isinstance(value, list):
        return [masked(item, secret=secret) for item in value]
    if isinstance(value, Mapping):
        return {
            mask(name): masked(inner, secret=secret or _is_named(name, inner, also))
            for name, inner in value.items()
        }
    if isinstance(value, str):
        return MASK if secret and value else _masked_string(value, also, mask)
    return MASK if secret and _is_number(value) else value


def mask_echo(body: bytes, mask: Mask) -> bytes:
    """Masks known secrets in a body, including JSON-escaped ones."""
    text = body.decode("latin-1")
    if mask(text) == text and b"\\" not in body:
        return body
    try:
        value = json.loads(body)
    except (RecursionError, ValueError):
        return mask(text).encode("latin-1")
    masked = _echoless(value, mask)
    return body if masked == value else json.dumps(masked).encode()


def _echoless(value: Any, mask: Mask) -> Any:
    if isinstance(value, list):
        return [_echoless(item, mask) for item in value]
    if isinstance(value, Mapping):
        return {mask(name): _echoless(inner, mask) for name, inner in value.items()}
    return mask(value) if isinstance(value, str) else value


def _is_named(name: str, value: Any, also: Collection[str]) -> bool:
    if name.lower() in also:
        return True
    if isinstance(value, Mapping | list):
        return is_secret_name(name) and not _counts(name, value)
    return is_secret(name, value)


def _counts(name: str, value: Any) -> bool:
    """Returns True if all values of a map are counts, as in `completion_tokens_details`."""
    inner = value.values() if isinstance(value, Mapping) else value
    return "tokens" in name.lower() and all(map(_is_number, inner))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _masked_string(text: str, also: Collection[str], mask: Mask) -> str:
    if text[:1] in ("{", "["):
        try:
            return _masked_json(text, also, mask)
        except (RecursionError, ValueError):
            pass
    return mask_text(mask(text))


def _masked_json(text: str, also: Collection[str], mask: Mask) -> str:
    """Masks a JSON text, and returns it unchanged if there is nothing to mask."""
    repeated: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(found)) < len(found):
            repeated.append(text)
        return dict(found)

    value = json.loads(text, object_pairs_hook=pairs)
    masked = mask_value(value, also=also, mask=mask)
    # Of a name that is repeated, only the last value has been looked at.
    same = masked == value and not repeated
    return text if same else json.dumps(masked, ensure_ascii=False)


def _masked_lines(text: str, also: Collection[str], mask: Mask) -> str:
    return "\n".join(_each_line(text, also, mask))


def _each_line(text: str, also: Collection[str], mask: Mask) -> Iterator[str]:
    for line in text.split("\n"):
        yield _masked_json(line, also, mask) if line.strip() else line


def _masked_form(text: str, also: Collection[str], mask: Mask) -> str:
    pairs = parse_qsl(text, keep_blank_values=True)
    return urlencode(
        [
            (name, MASK if _is_named(name, value, also) else _masked_string(value, also, mask))
            for name, value in pairs
        ]
    )


def _is_harmless(text: str) -> bool:
    """Returns True if a text neither names a secret nor contains a possible one."""
    if mask_text(text) != text or any(map(is_secret_name, _NAME.findall(text))):
        return False
    return not any(map(_is_unguessable, _WORD.findall(text)))


def _is_unguessable(word: str) -> bool:
    letters = any(map(str.isalpha, word))
    return letters and any(map(str.isdigit, word)) and not _UUID.fullmatch(word)
