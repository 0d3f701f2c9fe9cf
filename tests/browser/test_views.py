"""Every view, wide and narrow, light and dark: nothing overflows, every control has a label."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.twin import CALLING_BACK, SPECS, Serve, ThreadedTwin

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "console"
DOCS = ROOT / "docs" / "console"
SAMPLE = "polaris/job/db6a3110-d6c3-4a63-86b2-41d51a65ce11"
VIEWS = {
    "start": "start",
    "jobs": "jobs",
    "job": f"jobs/{SAMPLE}",
    "new": "new?api=lucidity",
    "traffic": "traffic",
    "request": "traffic/2",
    "politeness": "politeness",
    "scenarios": "scenarios/polaris/job",
    "faults": "faults",
    "deliveries": "deliveries",
    "sandboxes": "sandboxes",
}
SIZES = {
    "wide": (1440, 900, "light"),
    "dark": (1440, 900, "dark"),
    "narrow": (360, 780, "light"),
    "huge": (2560, 1300, "light"),
    "tablet": (820, 1180, "dark"),
}
IN_DOCS = {("jobs", "wide"), ("job", "dark"), ("request", "wide"), ("job", "narrow")}

CUT = """() => [...document.querySelectorAll(".table")]
  .filter((e) => e.scrollWidth > e.clientWidth).map((e) => `${e.scrollWidth} in ${e.clientWidth}`)"""
UNNAMED = """() => [...document.querySelectorAll("button, a[href], input, select, textarea, [role]:not([role=status])")]
  .filter((e) => e.checkVisibility() && !(e.ariaLabel || e.title || e.textContent.trim() || e.labels?.length
    || e.getAttribute("aria-labelledby")))
  .map((e) => e.outerHTML.slice(0, 120))"""

TAB_HIDDEN = """() => [...document.querySelectorAll(".bar nav [aria-current]")]
  .filter((e) => e.getBoundingClientRect().left < 0 || e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.textContent)"""


@pytest.fixture(scope="module")
def lively(serve_module: Serve) -> ThreadedTwin:
    """A server with jobs in several states, polled politely and impolitely, and some sandboxes."""
    twin = serve_module(specs=[*SPECS, *CALLING_BACK])
    for api, scenario in (("osapi", "fails"), ("polaris", "stopped"), ("osapi", "hangs")):
        twin.make(api, scenario=scenario)
    api, machine, job = SAMPLE.split("/")
    for seconds in (2, 2, 5, 9, 3, 4):
        twin.poll({"api": api, "machine": machine, "id": job})
        twin.client.post("/_control/clock/advance", json={"by": f"PT{seconds}S"})
    twin.client.get("/osapi/job/3fa85f64-5717-4562-b3fc-2c963f66afa6")
    twin.client.put(
        "/_control/deliveries/endpoints/glassworks", json={"url": "http://127.0.0.1:1/"}
    )
    for scenario in ("cools", "cracks"):
        twin.make("glassworks", scenario=scenario)
    for status in (429, 503):
        twin.client.post("/_control/faults", json={"api": "osapi", "fault": {"status": status}})
    limit = {"requests": 10, "every": "1m", "per": ["credential"]}
    twin.client.put("/_control/limits/polaris/polls", json=limit)
    for name in ("tests-test_wait", "tests-test_retry"):
        twin.client.put(f"/_control/sandboxes/{name}", json={"clock": "manual"})
    return twin


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_view(view: str, size: str, lively: ThreadedTwin, browser: Browser) -> None:
    """A view and its tables fit their space, no error is logged, and each control has a name."""
    width, height, scheme = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(f"{lively.url}/#/{VIEWS[view]}")
    expect(page.locator("main .view")).to_be_visible()
    expect(page.locator(".light")).to_have_attribute("title", "Live: changes appear as they happen")
    page.wait_for_function("!document.querySelector('.loading')")
    take(page, view, size)
    room = page.evaluate("innerWidth - document.documentElement.scrollWidth")
    cut = page.evaluate(CUT)
    unnamed = page.evaluate(UNNAMED)
    hidden = page.evaluate(TAB_HIDDEN)
    context.close()

    assert room >= 0
    assert cut == []
    assert unnamed == []
    assert hidden == []
    assert [error for error in errors if view != "faults" or "404" not in error] == []


def take(page: Page, view: str, size: str) -> None:
    """Take a screenshot; the docs' screenshots are updated if JOBTWIN_DOCS_PICTURES is set."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{view}-{size}.png", full_page=True)
    if (view, size) in IN_DOCS and os.environ.get("JOBTWIN_DOCS_PICTURES"):
        DOCS.mkdir(exist_ok=True)
        page.screenshot(path=DOCS / f"{view}-{size}.png")
