"""A server in a thread, and a client for it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from jobtwin.http import Settings
from jobtwin.server import Server
from tests.loaded import loaded

SPECS = loaded()
CALLING_BACK = loaded([Path(__file__).parents[1] / "webhooks" / "glassworks.yaml"])
"""A made-up vendor that sends webhooks."""


class ThreadedTwin:
    """A server in its own thread, and a client for it."""

    def __init__(self, **options: Any) -> None:
        settings, specs = options.pop("settings", Settings()), options.pop("specs", SPECS)
        self.server = Server(specs, settings, **{"port": 0, "speed": None, **options})
        self.server.bind()
        self.url = self.server.root
        self.client = httpx.Client(base_url=self.url)
        self._thread = threading.Thread(target=self.server.serve, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self.server.ready.wait(30)

    def close(self) -> None:
        self.client.close()
        self.server.stop()
        self._thread.join(10)
        self.server.close()

    def make(self, api: str, sandbox: str = "", **body: Any) -> Any:
        """Create a job and return it as the control API shows it."""
        response = self.client.post(f"{sandbox}/_control/jobs", json={"api": api, **body})
        assert response.status_code == 201, response.text
        return response.json()

    def poll(self, job: Any, sandbox: str = "") -> httpx.Response:
        """Read a job like a client of the vendor's API, by the first operation that reads it."""
        path = f"/_control/jobs/{job['api']}/{job['machine']}/{job['id']}/answers"
        answer = self.client.get(sandbox + path).json()["answers"][0]
        api = next(
            a for a in self.client.get("/_control/apis").json()["apis"] if a["name"] == job["api"]
        )
        headers = {c["field"]: c["value"] for c in api["credentials"] if c["place"] == "header"}
        return self.client.get(sandbox + api["path"] + answer["path"], headers=headers)


Serve = Callable[..., ThreadedTwin]
"""Starts a server with options of `Server`; it stops with the test."""
