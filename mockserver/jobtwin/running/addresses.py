"""The address of a twin, and the vendor's URLs that lead to it. Plain data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from jobtwin.openapi import Spec
from jobtwin.openapi.servers import host_pattern, mount_path, server_urls, split_base


@dataclass(frozen=True, slots=True)
class Address:
    """A twin: its path on a server, its credential, and the vendor's own URLs.

    `variables` are those of the vendor's SDK, with their values; `port` is a port of its own.
    """

    name: str
    path: str
    credential: str | None
    servers: Sequence[str] = ()
    variables: Mapping[str, str] | None = None
    port: int | None = None

    @classmethod
    def of_spec(cls, spec: Spec, credential: str | None) -> Address:
        """Returns the address of a twin in this process."""
        document = spec.document.data
        path = mount_path(spec.name, document)
        return cls(spec.name, path, credential, server_urls(document), spec.environment)

    def is_at(self, host: str) -> bool:
        """Returns True if a host is the vendor's."""
        return any(_pattern(url).fullmatch(host) for url in self.servers)

    def place(self, host: str, path: str) -> PathMapping | None:
        """Returns the place of a path of the vendor's host, or None for another host."""
        own = [urlsplit(url).path for url in self.servers if _pattern(url).fullmatch(host)]
        return _below(self, own, path) if own else None

    def root_place(self, path: str) -> PathMapping:
        """Returns the place of a path on the twin's own port, which has the paths of the vendor's hosts."""
        return _below(self, [urlsplit(url).path for url in self.servers], path)


@cache
def _pattern(url: str) -> re.Pattern[str]:
    return host_pattern(urlsplit(url).hostname or "")


def _below(twin: Address, bases: Iterable[str], path: str) -> PathMapping:
    """Returns the place of a path below the longest matching base path, if any."""
    base, below = split_base(bases, path)
    return PathMapping(twin, base, below)


@dataclass(frozen=True, slots=True)
class PathMapping:
    """A path below a twin's, and the base path of the vendor's server."""

    twin: Address
    base: str
    below: str


def placed(addresses: Iterable[Address], host: str, path: str) -> PathMapping | None:
    """Returns the place of a host's path, at the twin with the longest matching base path."""
    places = [place for each in addresses if (place := each.place(host, path))]
    return max(places, key=lambda place: len(place.base), default=None)
