"""Signatures of deliveries: the headers that carry them, right or wrong on purpose."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Literal

from jobtwin.openapi.operations import DeclaredSignature

Manner = Literal["right", "wrong", "missing", "old"]
"""The signature of a delivery. An `old` one is dated an hour ago, like a replay."""

HOUR = 3600
_PREFIX = "whsec_"


def signed(  # noqa: PLR0913 - all that is signed
    signature: DeclaredSignature,
    secret: str,
    *,
    id_: str,
    seconds: int,
    body: bytes,
    manner: Manner = "right",
) -> Mapping[str, str]:
    """Returns the headers of a body, signed at a time in seconds since 1970."""
    timestamp = str(seconds - HOUR if manner == "old" else seconds)
    key = _key(signature, secret)
    if manner == "wrong":
        key, secret = key[::-1] + b"x", secret[::-1] + "x"
    quotes = {"id": id_, "timestamp": timestamp, "secret": secret}
    digest = hmac.new(key, _content(signature.signs, quotes, body), signature.hash).digest()
    quotes |= {"hex": digest.hex(), "base64": base64.b64encode(digest).decode()}
    headers = {name: text.format_map(quotes) for name, text in signature.headers.items()}
    if manner == "missing":
        return {n: text for n, text in headers.items() if not _proves(signature.headers[n])}
    return headers


def _proves(text: str) -> bool:
    """Returns True if a header contains the signature or the secret."""
    return any(quote in text for quote in ("{hex}", "{base64}", "{secret}"))


def _key(signature: DeclaredSignature, secret: str) -> bytes:
    """Returns the key of a secret; in Standard Webhooks, it follows `whsec_` in base64."""
    if signature.scheme != "standard-webhooks":
        return secret.encode()
    bare = secret.removeprefix(_PREFIX)
    try:
        return base64.b64decode(bare, validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def _content(signs: str, quotes: Mapping[str, str], body: bytes) -> bytes:
    """Returns the bytes to sign: the texts around `{body}`, and the body."""
    head, quoted, tail = signs.partition("{body}")
    content = head.format_map(quotes).encode()
    return content + body + tail.format_map(quotes).encode() if quoted else content
