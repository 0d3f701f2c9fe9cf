"""Recognises secrets by name and by form, and masks them. Shared by the clients and jobtwin."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus, unquote_plus

Mask = Callable[[str], str]
"""Takes a text and returns it without certain secrets."""

MASK = "***"
"""The replacement of secrets."""

SHORTEST = 4
"""Characters. Texts are not searched for shorter secrets, which may be common words."""

# -- names ----------------------------------------------------------------------------------------

_HINT = re.compile(
    "auth|bearer|conn|cookie|cred|jwt|key|otp|pass|pin|pwd|sas|secret|sess|sig|token", re.IGNORECASE
)
"""Matches every secret name; a quick test that rules out most others."""

_ANYWHERE = re.compile(
    r"auth(?!or(?!i[sz]))|bearer|cookie|credential|jwt|passw|passcode|passphrase|pwd"
    r"|secret(?!ar)|sessid|(?<!ob)(?<!pos)session|signature|token(?!i[sz])"
)
"""Marks a secret anywhere in a name; does not match author, secretary or tokenizer."""

_COMPOUND = re.compile(
    r"(?:access|account|api|master|private|secret|shared|signing|subscription)keys?$"
    r"|connectionstring|connstr"
)
"""The same, once a name's separators are removed."""

_LAST = {"key", "otp", "pass", "pin", "sas", "sig", "totp"}
"""Marks a secret as the last word of a name: `sig`, `user_pass`, but not `signal` or `pass_rate`."""

_HARMLESS_KEYS = {
    *("cache", "column", "dedup", "event", "foreign", "group", "idempotency", "index", "issue"),
    *("item", "map", "message", "object", "order", "partition", "project", "public", "routing"),
    *("row", "sort", "tag", "translation"),
}
"""Words before `key` that make it harmless: `Idempotency-Key`, `sort_key`."""

_ABOUT = {
    *("algorithm", "at", "count", "enabled", "expired", "expires", "expiration", "expiry", "in"),
    *("kind", "length", "limit", "method", "mode", "required", "scheme", "size", "status"),
    *("ttl", "type", "valid", "version"),
}
"""Last words of names that describe a secret without holding it: `token_type`."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

_LONGEST_REMEMBERED = 100
"""The longest name whose verdict is cached: most bodies have the same few names."""


def is_secret_name(name: str) -> bool:
    """Returns True if a header, parameter or field of this name probably contains a secret."""
    return _is_secret_name(name) if len(name) <= _LONGEST_REMEMBERED else _judged_name(name)


@lru_cache(maxsize=4096)
def _is_secret_name(name: str) -> bool:
    return _judged_name(name)


def _judged_name(name: str) -> bool:
    if not _HINT.search(name):
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or (len(words) > 1 and words[-1] in _ABOUT):
        return False
    return bool(_ANYWHERE.search(name.lower()) or _COMPOUND.search("".join(words))) or _are_secret(
        words
    )


def _are_secret(words: list[str]) -> bool:
    """Returns True if the words of a name, by their places in it, say that it holds a secret."""
    if words[-1] == "key" and len(words) > 1:
        return words[-2] not in _HARMLESS_KEYS
    return words[-1] in _LAST or words[0] in ("otp", "totp") or words[:2] == ["pin", "code"]


def is_secret(name: str, value: object) -> bool:
    """Returns True if a value is probably a secret, by its name; `max_tokens` is a count."""
    if value is None or isinstance(value, bool) or value == "":
        return False
    is_count = "tokens" in name.lower() and _is_number(value)
    return not is_count and is_secret_name(name)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.isdigit())


def secret_values(named: Iterable[tuple[str, str]]) -> list[str]:
    """Returns the values of the headers or parameters with a secret's name."""
    return [value for name, value in named if is_secret(name, value)]


# -- known secrets --------------------------------------------------------------------------------

_WRITTEN: tuple[Mask, ...] = (
    str,
    lambda word: word.replace("/", "\\/"),
    lambda word: json.dumps(word)[1:-1],
    quote,
    quote_plus,
    lambda word: quote(word, safe=""),
)


def masking(secrets: Iterable[str], shortest: int = SHORTEST) -> Mask:
    """Returns a function that masks these secrets, and each word of a secret of several words.

    It finds them in plain text, and as written in JSON and URLs.
    """
    words = {word for secret in secrets for word in (secret, *re.split(r"[\s;=]+", secret))}
    long = {word for word in words if len(word) >= shortest and word != MASK}
    written = {way(word) for word in long for way in _WRITTEN}
    if not written:
        return str
    pattern = re.compile("|".join(map(re.escape, sorted(written, key=len, reverse=True))))
    return lambda text: pattern.sub(MASK, text)


# -- texts ----------------------------------------------------------------------------------------

_SCHEME = re.compile(r"\b(basic|bearer)(\s+)([\w.~+/=-]{8,})", re.IGNORECASE)
_FORMS = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_USERINFO = re.compile(r"(://)[^/?#\s\"'<>@]+@")
_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*:[^\S\n]*)[^\r\n\"]+", re.IGNORECASE
)
_NAME = re.compile(r"""(?<![\w.-])([A-Za-z_][\w.-]*+)(\\?["']?\s*+[=:]\s*+)""")
_VALUE = re.compile(
    r"""(\\")(?:(?!\\").)*+(\\"|\Z)|(")(?:[^"\\]|\\.)*+("|\Z)|(')[^']*+('|\Z)"""
    r"""|[^\s,;&"'<>{}()\[\]]+""",
    re.DOTALL,
)
_SUSPECT = re.compile(
    r"eyJ|-----BEGIN|://|(?:authorization|cookie)\s*:|(?:basic|bearer)\s"
    r"""|(?<![\w.-])[A-Za-z_][\w.-]*+\\?["']?\s*+[=:]""",
    re.IGNORECASE,
)
"""Matches every text in which something is masked; a quick test that rules out most others."""

_PASSWORD = re.compile("pass|pwd|secret", re.IGNORECASE)
_LONG = 16


def mask_text(text: str) -> str:
    """Masks secrets in a text, recognised by their form or by the name before them.

    Covers HTTP credentials, JSON Web Tokens, private keys, passwords in URLs, and pairs such as
    `password=…` or `"token": "…"`.
    """
    if not _SUSPECT.search(text):
        return text
    text = _FORMS.sub(MASK, text)
    text = _USERINFO.sub(rf"\1{MASK}@", text)
    text = _HEADER.sub(rf"\1\2{MASK}", text)
    text = _SCHEME.sub(_masked_scheme, text)
    return "".join(_masked_pairs(text))


def _masked_scheme(found: re.Match[str]) -> str:
    # "Basic authentication" and "bearer token" are prose.
    prose = found[3].rstrip(".").isalpha() and len(found[3]) < _LONG
    return found[0] if prose else f"{found[1]}{found[2]}{MASK}"


def _masked_pairs(text: str) -> Iterator[str]:
    done = at = 0
    while named := _NAME.search(text, at):
        at = named.end()
        value = _VALUE.match(text, at) if is_secret_name(_plain(named[1])) else None
        if value and _is_secret_pair(named[1], named[2], value[0]):
            yield text[done:at]
            quotes = [quote for quote in value.groups() if quote is not None]
            yield MASK.join(quotes) if quotes else MASK
            done = at = value.end()
    yield text[done:]


def _is_secret_pair(name: str, mark: str, value: str) -> bool:
    return is_secret(_plain(name), value) and not _is_prose(name, mark, value)


def _plain(name: str) -> str:
    """Returns the last part of a dotted name."""
    return name.rstrip(".").rpartition(".")[2]


def _is_prose(name: str, mark: str, value: str) -> bool:
    """Returns True if a pair is part of a sentence, such as "Invalid token: expired"."""
    if "=" in mark or '"' in mark or "'" in mark or _PASSWORD.search(name):
        return False
    weak = not _ANYWHERE.search(name.lower())
    return weak or not (len(value) >= _LONG or any(c.isdigit() for c in value))


# -- URLs -----------------------------------------------------------------------------------------


def mask_query(query: str, also: Collection[str] = ()) -> str:
    """Masks the secret values of a query string; `also` has more names, in lower case."""
    return "&".join(_masked_parameter(part, also) for part in query.split("&"))


def _masked_parameter(part: str, also: Collection[str]) -> str:
    # Names may be percent-encoded needlessly: `to%6Ben` is `token` to the server.
    name, equals, value = part.partition("=")
    plain = unquote_plus(name)
    if plain.lower() in also or is_secret(plain, value):
        return f"{name}{equals}{MASK}" if equals else part
    return part


def mask_url(url: str) -> str:
    """Masks the user, password and secret parameters of a URL, even if it is malformed."""
    before, question, rest = url.partition("?")
    query, hash_, fragment = rest.partition("#")
    scheme, slashes, after = before.rpartition("://")
    if "@" in after:
        after = f"{MASK}@{after.rpartition('@')[2]}"
    masked = f"{question}{mask_query(query)}{hash_}{fragment}" if question else ""
    return f"{scheme}{slashes}{after}{masked}"
