"""Use one server for a long time, in every way, and watch its memory. Called by `make soak-memory`.

Each round fills, polls, disturbs and deletes a sandbox; the default one is also polled.
`SOAK_SECONDS` is the length, 600 by default. Exits with 1 if the server's memory grows after the
first quarter, or if a response is 5xx.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from jobtwin.http.response_cache import CACHE_SIZE
from jobtwin.openapi import spec_folder
from tests.twins import FIFTH

GROWTH = 1.05
"""The largest allowed ratio of memory between the last quarter and the second."""
INTERVAL = 5.0
"""Seconds between two measurements of the memory."""


def main() -> None:
    """Soak a server; exit with 1 if its memory grew."""
    seconds = float(os.environ.get("SOAK_SECONDS") or 600)
    with _server() as (url, process), httpx.Client(trust_env=False, timeout=60) as client:
        load = Load(client, url)
        load.warm_up()
        sizes = list(_sizes(load, process, seconds))
    quarter = len(sizes) // 4
    early, late = (
        statistics.median(part) for part in (sizes[quarter : 2 * quarter], sizes[-quarter:])
    )
    print(f"{early:.1f} MB in the second quarter, {late:.1f} MB in the last")
    sys.exit(late > early * GROWTH)


@contextmanager
def _server() -> Iterator[tuple[str, int]]:
    specs = [*sorted(spec_folder().glob("*.yaml")), *FIFTH]
    command = [sys.executable, "-m", "jobtwin", "serve", "--port", "0", "--json"]
    twins = [str(path) for path in specs if path.stem != "control"]
    with subprocess.Popen([*command, *twins], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield json.loads(process.stdout.readline())["url"], process.pid
        finally:
            process.terminate()


def _sizes(load: Load, process: int, seconds: float) -> Iterator[float]:
    """Yields the server's memory in MB, at intervals, under load."""
    begun = told = time.monotonic()
    number = 0
    while (now := time.monotonic()) < begun + seconds:
        load.round(number)
        number += 1
        if now > told + INTERVAL:
            told = now
            size = _resident(process)
            print(
                f"{now - begun:.0f} s: {number} rounds, {load.requests} requests, {size:.1f} MB",
                flush=True,
            )
            yield size


def _resident(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Load:
    """Requests to one server."""

    def __init__(self, client: httpx.Client, url: str) -> None:
        self.requests = 0
        self._client, self._url = client, url
        self._apis = self._ask("GET", "/_control/apis")["apis"]
        machines = self._ask("GET", "/_control/machines")["machines"]
        self._machines = [
            (each["api"], each["machine"], [s["name"] for s in each["scenarios"]])
            for each in machines
        ]

    def warm_up(self) -> None:
        """Poll new jobs until the caches of replies are full."""
        for _ in range(CACHE_SIZE):
            self._ask("POST", "/_control/reset")
            self._polls("", times=2)

    def round(self, number: int) -> None:
        """Fill a sandbox, poll and disturb it, and delete it; also poll the default one."""
        choose, own = random.Random(number), f"/sandboxes/soak-{number}"  # noqa: S311 - no secret
        self._ask("PUT", f"/_control/sandboxes/soak-{number}", json={"clock": "manual"})
        for root in (own, ""):
            for api, machine, scenarios in self._machines:
                job = {"api": api, "machine": machine, "scenario": choose.choice(scenarios)}
                self._send(
                    "POST", f"{root}/_control/jobs", json=job
                )  # 400 if it does not fit its facts
            self._polls(root)
            self._ask("GET", f"{root}/_control/jobs")
            self._ask("GET", f"{root}/_control/journal?limit=20")
        self._ask(
            "POST", f"{own}/_control/clock/advance", json={"by": f"PT{choose.randint(1, 9999)}S"}
        )
        world = self._ask("GET", f"/_control/sandboxes/soak-{number}/export")
        self._ask("PUT", f"/_control/sandboxes/soak-{number}/import", json=world)
        self._disturb(own)
        self._ask("DELETE", f"/_control/sandboxes/soak-{number}")
        if number % 20 == 19:
            self._ask("POST", "/_control/reset")

    def _polls(self, root: str, times: int = 5) -> None:
        for api in self._apis:
            if sample := api.get("sample"):
                headers = {each["field"]: each["value"] for each in api["credentials"]}
                path = f"{root}{api['path']}{sample['path']}"
                for _ in range(times):
                    self._send(
                        "GET", path, params=sample["query"], headers=headers | sample["headers"]
                    )

    def _disturb(self, root: str) -> None:
        """Add faults, follow events, send invalid bodies, and disconnect early."""
        for api in self._apis:
            fault = {"api": api["name"], "times": 1, "fault": {"drop": "body"}}
            self._ask("POST", f"{root}/_control/faults", json=fault)
            self._client.get(f"{self._url}{root}{api['path']}/nothing-here")
        with self._client.stream("GET", f"{self._url}{root}/_control/events") as events:
            next(events.iter_raw())
        for body in (b"{" * 5000, b"\xff\xfe", b"[" * 200_000, b'{"a": 1e999}'):
            self._send(
                "POST",
                f"{root}/_control/jobs",
                content=body,
                headers={"Content-Type": "application/json"},
            )
        parts = httpx.URL(self._url)
        with socket.create_connection((parts.host, parts.port or 80)) as leaving:
            leaving.sendall(
                f"POST {root}/_control/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{".encode()
            )

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        """Send a request that must succeed; returns the JSON of its response."""
        response = self._send(method, path, **more)
        if response.is_error:
            raise SystemExit(f"{method} {path}: {response.status_code} {response.text[:500]}")
        return response.json() if response.content else None

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        self.requests += 1
        response = self._client.request(method, self._url + path, **more)
        if response.is_server_error:
            raise SystemExit(f"{method} {path}: {response.status_code} {response.text[:500]}")
        return response


if __name__ == "__main__":
    main()
