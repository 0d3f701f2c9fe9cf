"""Handlers of the server's own API, `specs/control.yaml`, by operationId."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from mockserver.http.finding import Handler
from mockserver.http.request import Asked
from mockserver.world import Sandbox

_VERSION = version("jobtwin")


def get_health(_asked: Asked, _sandbox: Sandbox) -> dict[str, Any]:
    """Answer that the server is ready."""
    return {"status": "ok", "version": _VERSION}


CONTROLS: Mapping[str, Handler] = {"getHealth": get_health}
