"""The path of a file's first server is part of its twin's base URL."""

from __future__ import annotations

from typing import Any

import pytest

from jobtwin.openapi.servers import mount_path, server_path


@pytest.mark.parametrize(
    ("servers", "path"),
    [
        pytest.param([{"url": "https://api.example.com/v1"}], "/v1", id="path"),
        pytest.param([{"url": "https://api.example.com/v1/"}], "/v1", id="trailing slash"),
        pytest.param([{"url": "/api/v2"}], "/api/v2", id="relative"),
        pytest.param([{"url": "https://api.example.com"}], "", id="no path"),
        pytest.param([{"url": "/"}], "", id="root"),
        pytest.param([{"url": "https://a.example/v1"}, {"url": "/v2"}], "/v1", id="the first"),
        pytest.param([], "", id="empty"),
        pytest.param(None, "", id="none"),
        pytest.param(
            [{"url": "https://{host}/{base}", "variables": {"base": {"default": "v3"}}}],
            "/v3",
            id="variable",
        ),
    ],
)
def test_path(servers: Any, path: str) -> None:
    """A twin serves below its first server's path, with variables replaced by their defaults."""
    assert server_path({"servers": servers}) == path


def test_mount_path__control() -> None:
    """The server's own API is at /_control, with any `servers` in its file."""
    document = {"servers": [{"url": "http://127.0.0.1:8080/elsewhere"}]}

    assert mount_path("control", document) == "/_control"
    assert mount_path("printer", document) == "/printer/elsewhere"
