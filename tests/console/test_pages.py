"""The console's page and files: their paths, clients and headers."""

import asyncio
import re
from collections.abc import Mapping
from importlib.resources import files

import httpx
import pytest
from starlette.types import ASGIApp

from jobtwin.console import Console
from jobtwin.http import Settings, create_app
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.control.world import Sandboxed
from tests.loaded import loaded

SPECS = loaded()
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STATIC = files("jobtwin.console") / "static"
TOKEN = "t0ken-of-ours"  # noqa: S105 - used only in this test
NAMES = ["app.js", "style.css", "views/job.js", "vendor/dagre.js", "icon.svg"]


def asked(app: ASGIApp, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    async def answered() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(answered())


@pytest.fixture(scope="module")
def web() -> httpx.Client:
    machines = [machine for spec in SPECS for machine in spec.jobs.values()]
    world = Sandboxed(create_app(SPECS, Sandbox(machines, Setup(ManualClock()))))
    return httpx.Client(transport=world, base_url="http://127.0.0.1")


@pytest.mark.parametrize("path", ["/", "/console", "/sandboxes/mine/", "/sandboxes/mine/console"])
def test_page(path: str, web: httpx.Client) -> None:
    """A browser gets the page at the root and below every sandbox."""
    response = web.get(path, headers=HTML)

    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    assert b'<main id="main"' in response.content


def test_page__policy(web: httpx.Client) -> None:
    """The page runs only its own scripts and styles, and parses no HTML."""
    policy = web.get("/", headers=HTML).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/sandboxes/mine/"])
def test_plain(path: str, web: httpx.Client) -> None:
    """A client that does not accept HTML gets the sandbox's addresses, one per line."""
    response = web.get(path)

    lines = response.text.splitlines()
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["Vary"] == "Accept"
    for spec in SPECS:
        name = "_control" if spec.name == "control" else spec.name
        assert f"http://127.0.0.1{path}{name}" in lines


@pytest.mark.parametrize("name", NAMES)
def test_file(name: str, web: httpx.Client) -> None:
    """Every file of the page is served unchanged, and as 304 to a client that has it."""
    response = web.get(f"/console/{name}")
    again = web.get(f"/console/{name}", headers={"If-None-Match": response.headers["ETag"]})

    assert response.content == (STATIC / name).read_bytes()
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert (again.status_code, again.content) == (304, b"")


def test_file__head(web: httpx.Client) -> None:
    """HEAD gets everything except the body."""
    response = web.head("/console/app.js")

    assert response.status_code == 200
    assert not response.content


@pytest.mark.parametrize(
    "path",
    ["/console/nope.js", "/console/../app.js", "/console/%2e%2e/pages.py", "/console//app.js"],
)
def test_file__unknown(path: str, web: httpx.Client) -> None:
    """Only the page's own files are served."""
    assert web.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/sandboxes/mine", "/sandboxes/mine/"),
        ("/console/", "/console"),
        ("/sandboxes/mine/console/", "/sandboxes/mine/console"),
    ],
)
def test_redirect(path: str, place: str, web: httpx.Client) -> None:
    """A path that would break the page's links is redirected to the right one."""
    assert web.get(path, headers=HTML, follow_redirects=True).url.path == place


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_method(method: str, web: httpx.Client) -> None:
    """The page can only be read."""
    assert web.request(method, "/").status_code == 404


def test_open_page__guarded_data() -> None:
    """If the control API requires a token, the page is open but its data is not."""
    app = create_app(SPECS, Sandbox([], Setup(ManualClock())), Settings(control_token=TOKEN))

    page = asked(app, "/", HTML)
    data = asked(app, "/_control/jobs")

    assert (page.status_code, data.status_code) == (200, 401)
    assert TOKEN not in page.text + data.text


def test_sizes() -> None:
    """The page is small: our own part has at most 150 KB."""
    own = [path for path in _files() if "/vendor/" not in path]

    assert sum(len(_read(path)) for path in own) <= 150_000


def test_offline() -> None:
    """None of our files names another host."""
    for path in _files():
        if "/vendor/" not in path and not path.endswith(".svg"):
            hosts = set(re.findall(rb"https?://[\w.]+", _read(path)))
            assert hosts <= {b"http://www.w3.org"}, path


def test_no_markup_from_data() -> None:
    """None of our scripts turns text into markup or code."""
    sinks = rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function"
    for path in _files():
        if path.endswith(".js") and "/vendor/" not in path:
            assert not re.search(sinks, _read(path)), path


def test_vendored() -> None:
    """The bundled library has its version and its licence beside it."""
    licence = (STATIC / "vendor" / "dagre.LICENSE").read_text(encoding="utf-8")

    assert "MIT" in licence or "Permission is hereby granted" in licence


def _files() -> list[str]:
    return [path for path in Console().paths if path != "/"]


def _read(path: str) -> bytes:
    page = Console().find(path)
    assert page is not None
    return page.body
