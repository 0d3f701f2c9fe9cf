"""Plays: requests to one twin in a sandbox of its own, by HTTP alone, and their responses."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from jobtwin.http import create_app
from jobtwin.openapi import Spec
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

FIFTH = Path(__file__).parents[1] / "fifth" / "kilnworks.yaml"
SPECS = [*loaded(), *loaded([FIFTH])]
FOLDER = Path(__file__).parent / "answers"
START = "2026-01-01T00:00:00Z"
KNOWN = re.compile(r"0b1e55ed-0000-4000-8000-[0-9a-f]{12}")
_MADE = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{32}\b"
)

Asked = tuple[str, str, Mapping[str, str], str | None]
"""Method, path below the server's root, headers, body."""

Answered = tuple[int, Mapping[str, str], str]
"""Status, the meaningful headers, body."""

_SAID = (
    "content-type",
    "preference-applied",
    "www-authenticate",
    "location",
    "allow",
    "retry-after",
)


class NumberedIds:
    """Numbers for the ids that a twin generates, since their values are not facts about the vendor.

    Ids from a spec or from a test are kept.
    """

    def __init__(self, fixed: str) -> None:
        self._fixed = fixed
        self._numbers: dict[str, str] = {}

    def named(self, text: str) -> str:
        """Returns a text with a number in place of each generated id."""
        return _MADE.sub(lambda found: self._name(found[0]), text)

    def made(self, text: str) -> str:
        """Returns a text with the ids in place of their numbers."""
        for made, name in self._numbers.items():
            text = text.replace(name, made)
        return text

    def _name(self, found: str) -> str:
        if found in self._fixed or KNOWN.fullmatch(found):
            return found
        return self._numbers.setdefault(found, f"«{len(self._numbers) + 1}»")


class RecordedSandbox:
    """A new sandbox with a clock that stands still, and its recorded exchanges."""

    def __init__(self, fixed: str, *, empty: bool) -> None:
        self.names = NumberedIds(fixed)
        self.exchanges: list[tuple[Asked, Answered]] = []
        made = {"clock": "manual", "start": START, "seed": 7, "empty": empty}
        self.control("PUT", "sandboxes/play", made)

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request to the control API, without recording it."""
        content = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if content else {}
        return _send(method, f"/_control/{path}", headers, content)

    def ask(self, asked: Asked) -> Answered:
        """Send a request, and record the response."""
        method, path, headers, content = asked
        response = _send(
            method, self.names.made(path), headers, content and self.names.made(content)
        )
        said = {name: response.headers[name] for name in _SAID if name in response.headers}
        answered = response.status_code, said, self.names.named(response.text)
        self.exchanges.append((asked, answered))
        return answered

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.control("POST", "clock/advance", {"by": f"PT{seconds:f}S"})


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


@cache
def _app() -> Any:
    return create_app(
        SPECS, Sandbox([m for s in SPECS for m in s.jobs.values()], Setup(ManualClock()))
    )


def _send(
    method: str, path: str, headers: Mapping[str, str], content: str | None
) -> httpx.Response:
    async def sent() -> httpx.Response:
        request = httpx.Request(
            method,
            f"http://127.0.0.1{path}",
            headers={"X-Sandbox": "play", **headers},
            content=content and content.encode(),
        )
        answer = await httpx.ASGITransport(_app()).handle_async_request(request)
        body = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    return _runner().run(sent())


def fixed_ids(spec: Spec) -> str:
    """Returns a text with all ids that a twin does not generate."""
    samples = [str(sample.id) for m in spec.machines.values() for sample in m.samples]
    return " ".join([*samples, json.dumps(spec.document.written, default=str)])


def play_name(*parts: str) -> str:
    """Returns a play's name."""
    return " / ".join(part for part in parts if part)


def stored(plays: Mapping[str, Any]) -> str:
    """Returns plays as JSON, an exchange per line; headers and bodies are stored once."""
    texts: dict[str, int] = {}
    lines = ["{"]
    for name, play in plays.items():
        steps = [json.dumps(_packed(step, texts), ensure_ascii=False) for step in play["steps"]]
        empty = json.dumps(play["empty"])
        lines.append(f'{json.dumps(name)}: {{"empty": {empty}, "steps": [')
        lines += [",\n".join(steps), "]},"]
    kept = ",\n".join(json.dumps(text, ensure_ascii=False) for text in texts)
    return "\n".join([*lines, '"texts": [', kept, "]", "}", ""])


def _packed(step: Mapping[str, Any], texts: dict[str, int]) -> Mapping[str, Any]:
    def number(value: Any) -> int:
        return texts.setdefault(value if isinstance(value, str) else json.dumps(value), len(texts))

    if "ask" not in step:
        return step
    (method, path, headers, content), (status, said, body) = step["ask"], step["answer"]
    return {
        "ask": [method, path, number(headers), content],
        "answer": [status, number(said), number(body)],
    }


def kept(name: str) -> Mapping[str, Any]:
    """Returns the recorded plays of a spec."""
    plays: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    texts = plays.pop("texts")
    for play in plays.values():
        for step in play["steps"]:
            if "ask" in step:
                step["ask"][2] = json.loads(texts[step["ask"][2]])
                step["answer"][1] = json.loads(texts[step["answer"][1]])
                step["answer"][2] = texts[step["answer"][2]]
    return plays


def replay(play: Mapping[str, Any], fixed: str) -> Sequence[tuple[Asked, Answered]]:
    """Repeats a recorded play: its jobs, its clock's moves and its requests."""
    stage = RecordedSandbox(fixed, empty=play["empty"])
    for step in play["steps"]:
        if "advance" in step:
            stage.advance(step["advance"])
        elif "job" in step:
            response = stage.control("POST", "jobs", step["job"])
            assert response.status_code == 201, response.text
        else:
            method, path, headers, content = step["ask"]
            stage.ask((method, path, headers, content))
    return stage.exchanges
