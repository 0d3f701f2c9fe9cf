"""Matches recorded URLs to specs: by the specs' servers, by a twin's paths, or by a given base URL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from jobtwin.judge.exchange import Exchange
from jobtwin.judge.matching import Matcher
from jobtwin.judge.traffic.har import RecordedExchange
from jobtwin.openapi import Spec
from jobtwin.openapi.servers import mount_path

_VARIABLE = re.compile(r"\{[^{}]*\}")
_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True, eq=False)
class MatchedEntry:
    """A recorded exchange and its spec; its `url` is relative to the API's base URL."""

    spec: Spec
    recorded: RecordedExchange
    base: str

    @property
    def exchange(self) -> Exchange:
        """The exchange."""
        return self.recorded.exchange


@dataclass(frozen=True, slots=True)
class MatchedEntries:
    """Exchanges with a spec, and the number of others by origin."""

    matched: Sequence[MatchedEntry]
    unmatched: Mapping[str, int]


class Bases:
    """Matches URLs to specs. `given` is the only base URL, if there is one."""

    def __init__(self, specs: Sequence[Spec], given: str | None = None) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._matchers = {spec.name: Matcher(spec) for spec in specs}
        self._given = _normal(given) if given else None
        self._patterns = [(s, p) for s in specs for p in _patterns(s, self._given)]

    def sort(self, recorded: Iterable[RecordedExchange]) -> MatchedEntries:
        """Matches each exchange to a spec.

        A base URL belongs to a spec if one of its servers has it, and one of its operations was
        called there. Then everything below it belongs to that spec.
        """
        entries = list(recorded)
        known = self._asked(entries)
        matched, unmatched = [], Counter[str]()
        for entry in entries:
            if found := self._owner(entry, known):
                matched.append(found)
            else:
                unmatched[entry.api or _origin(entry.exchange.url)] += 1
        return MatchedEntries(matched, unmatched)

    def _asked(self, entries: Iterable[RecordedExchange]) -> list[tuple[str, Spec]]:
        """Returns the base URLs at which an operation was called, the longest first.

        With one spec and a given base URL, no call is needed.
        """
        if self._given and len(self._specs) == 1:
            return [(self._given, spec) for spec in self._specs.values()]
        found: dict[tuple[str, str], Spec] = {}
        for entry in entries:
            for base, spec in self._candidates(entry):
                known = (base, spec.name) in found
                if not known and self._matches(_entry_below(entry, base, spec)):
                    found[base, spec.name] = spec
        return [(base, found[base, name]) for base, name in sorted(found, key=_by_length)]

    def _candidates(self, entry: RecordedExchange) -> Iterator[tuple[str, Spec]]:
        if entry.api is None:
            url = _normal(entry.exchange.url)
            for spec, pattern in self._patterns:
                if found := pattern.match(url):
                    yield found[0], spec

    def _owner(
        self, entry: RecordedExchange, known: Sequence[tuple[str, Spec]]
    ) -> MatchedEntry | None:
        if entry.api is not None:
            spec = self._specs.get(entry.api)
            return _of_journal(spec, entry) if spec else None
        url = _normal(entry.exchange.url)
        able = [_entry_below(entry, base, spec) for base, spec in known if _is_below(url, base)]
        return next(filter(self._matches, able), able[0] if able else None)

    def _matches(self, matched: MatchedEntry) -> bool:
        matcher = self._matchers[matched.spec.name]
        return matcher.match(matched.recorded.exchange) is not None


def _of_journal(spec: Spec, entry: RecordedExchange) -> MatchedEntry:
    """Matches an exchange of a twin's journal, whose URL begins with the twin's path."""
    base = mount_path(spec.name, spec.document.data)
    below = replace(entry.exchange, url=entry.exchange.url.removeprefix(base))
    return MatchedEntry(spec, replace(entry, exchange=below), base)


def _patterns(spec: Spec, given: str | None) -> Iterator[re.Pattern[str]]:
    """Yields patterns of the spec's servers and of a twin's paths, or of the given base URL."""
    if given is not None:
        yield re.compile(re.escape(given) + r"(?=[/?]|$)")
        return
    for server in spec.document.data.get("servers", ()):
        if "://" in server["url"]:
            literals = map(re.escape, _VARIABLE.split(_normal(server["url"].rstrip("/"))))
            yield re.compile("[^/?]+?".join(literals) + r"(?=[/?]|$)")
    path = re.escape(mount_path(spec.name, spec.document.data))
    yield re.compile(rf"https?://[^/?]+(?:/sandboxes/[^/?]+)?{path}(?=[/?]|$)")


def _normal(url: str) -> str:
    """Returns the URL with a lower-case host, and without user and default port."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    host = host.rpartition("@")[2].lower().removesuffix(_PORTS.get(scheme.lower(), "\n"))
    return f"{scheme.lower()}{separator}{host}{slash}{path}".rstrip("/")


def _by_length(known: tuple[str, str]) -> int:
    """Sorts base URLs: the longest first."""
    return -len(known[0])


def _is_below(url: str, base: str) -> bool:
    return url.startswith(base) and url[len(base) :][:1] in ("", "/", "?")


def _entry_below(entry: RecordedExchange, base: str, spec: Spec) -> MatchedEntry:
    """Returns an entry as one of a spec, with its URL below the base."""
    below = replace(entry.exchange, url=_below(entry.exchange.url, base))
    return MatchedEntry(spec, replace(entry, exchange=below), base)


def _below(url: str, base: str) -> str:
    below = _normal(url)[len(base) :]
    # `_normal` removed trailing slashes, which are part of the path.
    return (below + "/" * (len(url) - len(url.rstrip("/")))) or "/"


def _origin(url: str) -> str:
    return f"{urlsplit(url).scheme}://{urlsplit(url).hostname or ''}"
