"""The servers of a document: where its twin is mounted, and which URLs lead to the vendor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from jobtwin.openapi.names import CONTROL

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def server_path(document: Mapping[str, Any]) -> str:
    """Returns the path of the first server, `/v1` for `https://api.example.com/v1/`; "" if none.

    Its variables have their default values.
    """
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    path = urlsplit(_url(first)).path.strip("/")
    return f"/{path}" if path else ""


def vendor_url(document: Mapping[str, Any]) -> re.Pattern[str] | None:
    """Returns a pattern for the beginning of URLs at the vendor's servers; None if it names none."""
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
