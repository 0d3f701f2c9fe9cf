"""Verifies signatures of callbacks. No I/O."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from jobwait.errors import SignatureExpired, SignatureMissing, SignatureWrong

TOLERANCE = 300.0
"""The largest difference in seconds between a signature's date and now, as Standard Webhooks advise."""

_PREFIX = "whsec_"
_QUOTES: Mapping[str, str] = {
    "timestamp": r"\d{1,15}",
    "hex": "[0-9a-fA-F]+",
    "base64": "[A-Za-z0-9+/]+=*",
    "id": r"[^\s,;]+",
    "secret": r"\S+",
}
_QUOTE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Signature:
    """The signed text, and the headers with the signature; texts quote `{id}`, `{timestamp}`, `{body}`.

    Headers quote the signature as `{hex}` or `{base64}`; those of `bearer` quote the `{secret}`.
    """

    scheme: Literal["standard-webhooks", "hmac", "bearer"]
    signs: str
    headers: Mapping[str, str]
    hash: str = "sha256"


def verify(  # noqa: PLR0913 - all that a signature depends on
    signature: Signature,
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    *,
    tolerance: float | None,
    now: float,
) -> None:
    """Raises SignatureMissing, SignatureWrong or SignatureExpired if the signature is not valid."""
    quoted: dict[str, str] = {}
    given: list[tuple[str, str]] = []
    for found in _read(signature, headers):
        quoted |= found[0]
        given += [(k, v) for each in found for k, v in each.items() if k in _PROOFS]
    if not any(_proves(signature, kind, sent, quoted, body, secret) for kind, sent in given):
        raise SignatureWrong("the signature is not that of this body by this secret")
    if tolerance is not None and "timestamp" in quoted:
        _check_age(now - int(quoted["timestamp"]), tolerance)


def _check_age(age: float, tolerance: float) -> None:
    if abs(age) > tolerance:
        raise SignatureExpired(f"it was signed {age:.0f} s ago; allowed are {tolerance:g} s")


_PROOFS = ("hex", "base64", "secret")


def _read(signature: Signature, headers: Mapping[str, str]) -> Iterator[list[dict[str, str]]]:
    """Yields the values of each header's quotes. Raises SignatureMissing if a header has none."""
    lower = {name.lower(): text for name, text in headers.items()}
    for name, template in signature.headers.items():
        text = lower.get(name.lower())
        found = list(_found(template, text)) if text is not None else []
        if not found:
            raise SignatureMissing(f"the header {name} is missing, or not as it is described")
        yield found


def _found(template: str, text: str) -> Iterator[dict[str, str]]:
    """Yields the values of a header's quotes; a header may have several signatures."""
    words = _QUOTE.split(template)
    pattern = "".join(
        f"(?P<{word}>{_QUOTES[word]})" if number % 2 else re.escape(word)
        for number, word in enumerate(words)
    )
    return (match.groupdict() for match in re.finditer(pattern, text))


def _proves(  # noqa: PLR0913, PLR0917 - all that a signature depends on
    signature: Signature, kind: str, sent: str, quoted: Mapping[str, str], body: bytes, secret: str
) -> bool:
    """Returns True if the sent value is the secret, or the digest of the signed text."""
    if kind == "secret":
        return hmac.compare_digest(sent.encode(), secret.encode())
    before, marker, after = signature.signs.partition("{body}")
    content = _filled(before, quoted) + (body + _filled(after, quoted) if marker else b"")
    digest = hmac.new(_key(signature, secret), content, signature.hash).digest()
    wanted = digest.hex() if kind == "hex" else base64.b64encode(digest).decode()
    return hmac.compare_digest(wanted, sent.lower() if kind == "hex" else sent)


def _filled(text: str, quoted: Mapping[str, str]) -> bytes:
    return _QUOTE.sub(lambda found: quoted.get(found[1], ""), text).encode()


def _key(signature: Signature, secret: str) -> bytes:
    """Returns the key of a secret; Standard Webhooks write it in base64 after `whsec_`."""
    if signature.scheme != "standard-webhooks":
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()
