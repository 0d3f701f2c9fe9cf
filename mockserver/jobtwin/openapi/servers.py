"""The servers of a document: the path of its twin, and the URLs of the vendor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from jobtwin.openapi.names import CONTROL

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_DOMAIN = re.compile(r"[a-z0-9-]\.[a-z]", re.IGNORECASE)


def server_path(document: Mapping[str, Any]) -> str:
    """Returns the path of the first server, `/v1` for `https://api.example.com/v1/`; "" if none.

    Its variables have their default values.
    """
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    path = urlsplit(_url(first)).path.strip("/")
    return f"/{path}" if path else ""


def server_urls(document: Mapping[str, Any]) -> list[str]:
    """Returns the URLs of the vendor's servers, without a trailing slash.

    Variables in a host with a fixed domain stay in braces, since each customer may have a host.
    All others have their default values.
    """
    servers = document.get("servers")
    urls = map(_customers_url, servers) if isinstance(servers, list) else ()
    return list(dict.fromkeys(url for url in urls if "://" in url))


def _customers_url(server: Any) -> str:
    filled = _url(server).rstrip("/")
    host = urlsplit(server["url"]).netloc if filled else ""
    if not _DOMAIN.search(_VARIABLE.sub("", host)):
        return filled
    parts = urlsplit(filled)
    return f"{parts.scheme}://{host}{parts.path}"


def split_base(bases: Iterable[str], path: str) -> tuple[str, str]:
    """Splits a path of a vendor's host: the longest of the servers' paths that it begins with, and the rest."""
    fitting = [base for base in bases if path == base or path.startswith(f"{base}/")]
    base = max(fitting, key=len, default="")
    return base, path[len(base) :]


def host_pattern(template: str) -> re.Pattern[str]:
    """Returns a pattern for a host with variables in braces."""
    return re.compile("[^/:]+".join(map(re.escape, _VARIABLE.sub("{}", template).split("{}"))))


def vendor_url(document: Mapping[str, Any]) -> re.Pattern[str] | None:
    """Returns a pattern for the beginning of the vendor's URLs; None if there are no servers."""
    servers = document.get("servers")
    urls = [_url(each).rstrip("/") for each in servers] if isinstance(servers, list) else []
    known = sorted({url for url in urls if "://" in url}, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, known))})(?![\w.:-])") if known else None


def _url(server: Any) -> str:
    if not isinstance(server, dict) or not isinstance(server.get("url"), str):
        return ""
    return _VARIABLE.sub(lambda found: _default(server, found[1]), server["url"])


def _default(server: Mapping[str, Any], variable: str) -> str:
    node = (server.get("variables") or {}).get(variable) or {}
    return str(node.get("default", variable))


def mount_path(name: str, document: Mapping[str, Any]) -> str:
    """Returns the path below which a twin serves: `/press/api`; `/_control` for the server's own."""
    return f"/_{CONTROL}" if name == CONTROL else f"/{name}{server_path(document)}"
