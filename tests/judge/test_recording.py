"""Recorded httpx clients: a HAR that is read back completely, and contains no secret."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.judge import Recorder
from jobtwin.judge.traffic.recordings import read

SECRET = "s3cret-of-the-test"  # noqa: S105  # used only in this test
URL = "https://api.test/prints/7"


def ticking() -> Callable[[], datetime]:
    """Returns a clock that moves by a second at each call."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def tick() -> datetime:
        nonlocal now
        now += timedelta(seconds=1)
        return now

    return tick


def recorded(request: httpx.Request, answer: httpx.Response, **settings: Any) -> Recorder:
    """Returns a recorder of one exchange."""
    recorder = Recorder(now=ticking(), **settings)
    transport = httpx.MockTransport(lambda _: answer)
    with httpx.Client(transport=transport, event_hooks=recorder.hooks) as client:
        client.send(request)
    return recorder


def test_read_back(tmp_path: Path) -> None:
    """A recording is read back unchanged: both bodies, the moment and the duration."""
    request = httpx.Request("POST", f"{URL}?full=a b&x=1", json={"wish": "größer"})
    answer = httpx.Response(201, json={"id": 7}, headers=[("Vary", "A"), ("Vary", "B")])
    path = tmp_path / "a.har"

    recorded(request, answer).save(path)

    [entry] = read(path).entries
    exchange = entry.exchange
    assert (exchange.method, exchange.url, exchange.status) == ("POST", f"{URL}?full=a+b&x=1", 201)
    assert (exchange.sent, exchange.answered) == ({"wish": "größer"}, {"id": 7})
    assert exchange.answer_header("vary") == "A, B"
    assert exchange.at == datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)
    assert exchange.until == exchange.at + timedelta(seconds=1)
    assert entry.whole


def test_async() -> None:
    """An AsyncClient is recorded as well."""
    recorder = Recorder()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"id": 7}))

    async def ask() -> None:
        hooks = recorder.async_hooks
        async with httpx.AsyncClient(transport=transport, event_hooks=hooks) as client:
            await client.get(URL)

    asyncio.run(ask())

    [entry] = recorder.document["log"]["entries"]
    assert entry["response"]["content"]["text"] == '{"id":7}'


def test_still_readable() -> None:
    """The calling code can still stream its response."""
    recorder = Recorder()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=iter([b"a", b"b"])))

    with (
        httpx.Client(transport=transport, event_hooks=recorder.hooks) as client,
        client.stream("GET", URL) as answer,
    ):
        text = b"".join(answer.iter_bytes())

    assert text == b"ab"


PAIR = base64.b64encode(f"{SECRET}:".encode()).decode()
SECRETS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "bearer": ({"headers": {"Authorization": f"Bearer {SECRET}"}}, {}),
    "header": ({"headers": {"X-Api-Key": SECRET}}, {}),
    "cookie": ({"headers": {"Cookie": f"sid={SECRET}"}}, {}),
    "query": ({"params": {"access_token": SECRET, "page": "2"}}, {}),
    "sent": ({"json": {"user": {"password": SECRET}}}, {}),
    "form": ({"data": {"client_secret": SECRET}}, {}),
    "answered": ({}, {"json": {"items": [{"refreshToken": SECRET}]}}),
    "answered-below": ({}, {"json": {"token": {"ids": [SECRET]}}}),
    "set-cookie": ({}, {"headers": {"Set-Cookie": f"sid={SECRET}"}}),
    "echo": ({"headers": {"Authorization": f"Bearer {SECRET}"}}, {"text": f"No {SECRET}!"}),
    "basic-echo": (
        {"headers": {"Authorization": f"Basic {PAIR}"}},
        {"json": {"error": f"No {SECRET}!"}},
    ),
    "cookie-echo": ({"headers": {"Cookie": f"a=b; sid={SECRET}"}}, {"text": f"No {SECRET}!"}),
    "path": ({"headers": {"X-Key": SECRET}, "path": f"/sessions/{SECRET}"}, {}),
    "named": ({"headers": {"X-Studio": SECRET}}, {}),
}


@pytest.mark.parametrize("name", SECRETS)
def test_secret(name: str) -> None:
    """No secret is recorded, in any place; a mask is recorded instead."""
    asked, answered = SECRETS[name]
    url = "https://api.test" + asked.get("path", "/prints/7")
    sent = {key: value for key, value in asked.items() if key != "path"}

    recorder = recorded(
        httpx.Request("POST", url, **sent), httpx.Response(200, **answered), secret=["x-studio"]
    )

    text = json.dumps(recorder.document)
    assert SECRET not in text + repr(recorder)
    assert "***" in text or "%2A%2A%2A" in text


def test_deep() -> None:
    """A body nested too deeply to be searched is not recorded."""
    deep = '{"a":' * 5000 + f'{{"token": "{SECRET}"}}' + "}" * 5000

    recorder = recorded(httpx.Request("GET", URL), httpx.Response(200, text=deep))

    assert SECRET not in json.dumps(recorder.document)


def test_userinfo() -> None:
    """A user and password in the URL are not recorded."""
    request = httpx.Request("GET", f"https://me:{SECRET}@api.test/prints/7")

    text = json.dumps(recorded(request, httpx.Response(200)).document)

    assert SECRET not in text
    assert '"url": "https://api.test/prints/7"' in text


@pytest.mark.parametrize("text", ["/prints?api_key={}", "{} is wrong", "Bearer {}"])
def test_mask(text: str) -> None:
    """A credential echoed by the vendor is masked in any text, also after the request."""
    request = httpx.Request("GET", URL, headers={"Authorization": f"Bearer {SECRET}"})

    recorder = recorded(request, httpx.Response(200))

    assert recorder.mask(text.format(SECRET)) == text.format("***")


TEXTS = {
    "json-lines": f'{{"id": 1}}\n{{"jwt": "{SECRET}"}}\n',
    "broken": f'{{"password": "{SECRET}',
    "json-in-json": json.dumps({"log": json.dumps({"otp": SECRET})}),
    "repeated": f'{{"a": {{"pwd": "{SECRET}"}}, "a": 1}}',
    "xml": f"<login><pwd>{SECRET}</pwd></login>",
    "text": f"password={SECRET}",
    "url": json.dumps({"next": f"https://blob.test/a?sv=1&sig={SECRET}"}),
    "user": json.dumps({"next": f"https://me:{SECRET}@blob.test/a"}),
    "bare": "tok-0123456789-" + SECRET,
    "connection": json.dumps({"connectionString": f"Host=a;Password={SECRET}"}),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_secret__body(name: str, kind: str) -> None:
    """A secret in a body of any format, sent or received, is masked, or the body is left out."""
    headers = {"Content-Type": kind} if kind else {}
    request = httpx.Request("POST", URL, content=TEXTS[name], headers=headers)

    recorder = recorded(request, httpx.Response(200, content=TEXTS[name], headers=headers))

    assert SECRET not in json.dumps(recorder.document)


@pytest.mark.parametrize(
    "text",
    ['{"id":7,  "max_tokens": 5}', '{"id":7}\n{"id":8}\n', "No print 7 of 9.", "<p>Gone</p>", ""],
)
def test_kept(text: str) -> None:
    """A body without a secret is kept as it is, including white space."""
    [entry] = recorded(httpx.Request("GET", URL), httpx.Response(200, text=text)).document["log"][
        "entries"
    ]

    assert entry["response"]["content"]["text"] == text


def test_left_out(tmp_path: Path) -> None:
    """A body that was left out is read as not recorded, not as empty."""
    path = tmp_path / "a.har"
    recorded(httpx.Request("GET", URL), httpx.Response(200, text="pass: maybe")).save(path)

    [entry] = read(path).entries

    assert (entry.whole, entry.exchange.response_body) == (False, b"")
