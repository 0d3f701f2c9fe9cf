"""The servers of a document, as far as they decide where its twin is mounted."""

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
    if not isinstance(first, dict) or not isinstance(first.get("url"), str):
        return ""
    url = _VARIABLE.sub(lambda found: _default(first, found[1]), first["url"])
    path = urlsplit(url).path.strip("/")
    return f"/{path}" if path else ""


def _default(server: Mapping[str, Any], variable: str) -> str:
    node = (server.get("variables") or {}).get(variable) or {}
    return str(node.get("default", variable))


def mount_path(name: str, document: Mapping[str, Any]) -> str:
    """Returns the path below which a twin serves: `/openai/v1`; `/_control` for the server's own."""
    return f"/_{CONTROL}" if name == CONTROL else f"/{name}{server_path(document)}"
