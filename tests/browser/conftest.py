"""A real browser, and servers for it: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from tests.browser.twin import Serve, ThreadedTwin

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    # A busy machine may take long to show the expected text.
    expect.set_options(timeout=20_000)
    assert found, "there is no chromium; `make test-browser` installs it, or set CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def _serving() -> Iterator[Serve]:
    started: list[ThreadedTwin] = []

    def start(**options: Any) -> ThreadedTwin:
        twin = ThreadedTwin(**options)
        twin.start()
        started.append(twin)
        return twin

    yield start
    for twin in started:
        twin.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server with these options; it ends with the test."""
    yield from _serving()


@pytest.fixture(scope="module")
def serve_module() -> Iterator[Serve]:
    """Start a server with these options; it ends with the module's tests."""
    yield from _serving()


@pytest.fixture
def twin(serve: Serve) -> ThreadedTwin:
    """A server with a frozen clock."""
    return serve()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose errors fail the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []

    def refuse(dialog: Dialog) -> None:
        errors.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", refuse)
    yield page
    context.close()
    assert not errors
