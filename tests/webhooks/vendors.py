"""Two made-up vendors, and receivers that record requests, shared by the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from jobtwin.testing import Api, Host, Jobtwin, in_process

HERE = Path(__file__).parent
SPECS = [HERE / "glassworks.yaml", HERE / "tannery.yaml"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - from Standard Webhooks' own example


@dataclass
class ScriptedReceiver:
    """An ASGI application that records requests and sends these statuses, repeating the last."""

    statuses: list[int] = field(default_factory=lambda: [204])
    requests: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Receives one request."""
        body = (await receive())["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((headers, body))
        self.meanwhile()
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    @property
    def bodies(self) -> list[Any]:
        """The JSON of each request."""
        return [json.loads(body) for _, body in self.requests]


@contextmanager
def sandbox(**settings: Any) -> Iterator[tuple[Host, Jobtwin]]:
    """Yields a sandbox of both vendors, in process."""
    with in_process(SPECS) as host, host.sandbox("hooks", **settings) as made:
        yield host, made


def ask(jobtwin: Jobtwin, api: Api, method: str, path: str, **json_: Any) -> Any:
    """Sends a request to a twin and returns the JSON of its response."""
    with httpx.Client(transport=jobtwin.transport) as client:
        answer = client.request(method, api.url + path, json=json_ or None)
        return answer.raise_for_status().json()


def melt(jobtwin: Jobtwin, scenario: str = "cools", url: str = "http://localhost/hook") -> str:
    """Returns the id of a new melt with a callback."""
    jobtwin.glassworks.set_default(scenario)
    callback = {"url": url, "secret": SECRET}
    made = ask(jobtwin, jobtwin.glassworks, "POST", "/melts", colour="green", callback=callback)
    return str(made["id"])
