"""Access control: hosts, origins, preflights and HEAD, by raw requests."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobtwin.errors import Refusal
from jobtwin.http import Settings, create_app
from jobtwin.http.credentials import Authenticator
from jobtwin.openapi import Credential, spec_folder
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

SPECS = loaded([Path(__file__).with_name("printer.yaml"), spec_folder() / "control.yaml"])
VENDOR, CONTROL = "/printer/prints/7", "/_control/health"
PAGE = "http://localhost:3000"


def ask(
    method: str,
    path: str,
    headers: dict[str, str],
    *,
    origins: tuple[str, ...] = (),
    **options: Any,
) -> httpx.Response:
    """Ask a server whose names are 127.0.0.1 and `twin.internal`."""
    settings = Settings(hosts=["127.0.0.1", "twin.internal"], origins=origins)
    app = create_app(SPECS, Sandbox(SPECS[0].jobs.values(), Setup(ManualClock())), settings)
    request = httpx.Request(method, f"http://127.0.0.1:8080{path}", headers=headers, **options)

    async def answered() -> httpx.Response:
        response = await httpx.ASGITransport(app).handle_async_request(request)
        await response.aread()
        return response

    return asyncio.run(answered())


@pytest.mark.parametrize(
    "path", [VENDOR, CONTROL, "/sandboxes/a" + VENDOR, "/printer/ui/", "/nowhere"]
)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::1", "a@127.0.0.1.x"])  # fmt: skip
def test_host__foreign(host: str, path: str) -> None:
    """An unknown host name is refused on every path."""
    answer = ask("GET", path, {"Host": host})

    assert answer.status_code == 421
    assert "name it with --allow-host" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:80", "[::1]:8080", "127.0.0.2", "twin.internal:8080"])  # fmt: skip
def test_host__known(host: str) -> None:
    """Loopback names and addresses are accepted, and so are the configured ones."""
    assert ask("GET", VENDOR, {"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("origin", "vendor", "control"),
    [
        (PAGE, 200, 403),
        ("http://[::1]:5173", 200, 403),
        ("https://127.0.0.1", 200, 403),
        ("http://127.0.0.1:8080", 200, 200),
        ("https://evil.example", 403, 403),
        ("http://localhost.evil.example", 403, 403),
        ("null", 403, 403),
        ("http://[", 403, 403),
    ],
)
def test_origin(origin: str, vendor: int, control: int) -> None:
    """A loopback page may call vendor paths; the control API accepts only its own origin."""
    headers = {"Origin": origin}

    assert ask("GET", VENDOR, headers).status_code == vendor
    assert ask("GET", CONTROL, headers).status_code == control
    assert ask("GET", f"/sandboxes/a{CONTROL}", headers).status_code == control


@pytest.mark.parametrize("origins", [("https://app.example",), ("https://APP.example/",), ("*",)])
def test_origin__allowed(origins: tuple[str, ...]) -> None:
    """An allowed origin may send every request and read the response."""
    answer = ask("GET", CONTROL, {"Origin": "https://app.example"}, origins=origins)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_cors() -> None:
    """A loopback page may read the response, including its headers."""
    answer = ask("GET", VENDOR, {"Origin": PAGE})

    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "content-length" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["Vary"] == "Origin"


def test_preflight() -> None:
    """A preflight from a loopback page is granted what it requests."""
    wanted = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = ask("OPTIONS", VENDOR, {"Origin": PAGE, **wanted})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert answer.headers["Access-Control-Allow-Methods"] == "PUT"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization"


@pytest.mark.parametrize(("path", "origin"), [(VENDOR, "https://evil.example"), (CONTROL, PAGE)])
def test_preflight__foreign(path: str, origin: str) -> None:
    """A preflight from a foreign page is refused, without any CORS header."""
    answer = ask("OPTIONS", path, {"Origin": origin, "Access-Control-Request-Method": "PUT"})

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/_control/reset", "/_control/clock/advance", "/_control/jobs"])
@pytest.mark.parametrize("origin", [PAGE, "https://evil.example", "null"])
def test_no_cors(path: str, origin: str) -> None:
    """A page's request without a preflight changes nothing at the control API."""
    assert ask("POST", path, {"Origin": origin}, content=b'{"by":"P1D"}').status_code == 403


@pytest.mark.parametrize(
    ("path", "site", "mode", "status"),
    [
        (VENDOR, "cross-site", "no-cors", 403),
        (CONTROL, "same-site", "no-cors", 403),
        (VENDOR, "same-site", "no-cors", 200),
        (CONTROL, "same-origin", "cors", 200),
        (CONTROL, "none", "navigate", 200),
        (VENDOR, "cross-site", "navigate", 200),
    ],
)
def test_fetch_site(path: str, site: str, mode: str, status: int) -> None:
    """An image or script of a foreign page is refused; a link to the server works."""
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}

    assert ask("GET", path, headers).status_code == status


def test_control__body_without_type() -> None:
    """The control API refuses a body without a Content-Type."""
    untyped = ask("POST", "/_control/clock/advance", {}, content=b'{"by":"P1D"}')

    assert untyped.status_code == 415
    assert (
        untyped.json()["detail"] == "The body cannot be of type none; it can be: application/json"
    )


def test_credential__pattern() -> None:
    """A pattern with endless backtracking matches nothing, and does not block the server."""
    scheme = Credential(
        name="key", kind="apiKey", place="header", field="Key", example=None,
        pattern="^(a+)+$", const=None, raw=False,
    )  # fmt: skip
    gate = Authenticator([{"key": []}], {"key": scheme}, forbids=False)
    sandbox = Sandbox((), Setup(ManualClock()))

    assert gate.check({b"key": b"aaaa"}, {}, sandbox) == "aaaa"
    with pytest.raises(Refusal):
        gate.check({b"key": b"a" * 48 + b"!"}, {}, sandbox)


@pytest.mark.parametrize("path", [VENDOR, CONTROL, "/printer/prints/first", "/printer/prints/99"])
def test_head(path: str) -> None:
    """HEAD gets the same response as GET, without the body."""
    got, head = ask("GET", path, {}), ask("HEAD", path, {})

    assert head.content == b""
    assert (head.status_code, head.headers) == (got.status_code, got.headers)


def test_head__no_poll() -> None:
    """HEAD is in the journal, and does not advance a job that progresses by polls."""
    sandbox = Sandbox(SPECS[0].jobs.values(), Setup(ManualClock(), progression="polls"))
    app = create_app(SPECS, sandbox)

    async def states() -> list[Any]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            for path in (VENDOR, VENDOR, "/printer/prints/first"):
                await client.head(path)
            return [(await client.get(VENDOR)).json()["state"] for _ in range(2)]

    first, second = asyncio.run(states())

    assert first == next(iter(SPECS[0].jobs.values())).initial != second
    assert [entry.method for entry in sandbox.journal] == ["HEAD", "HEAD", "HEAD", "GET", "GET"]
