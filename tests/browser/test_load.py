"""Ten thousand jobs and a hundred requests per second: the page stays smooth."""

import threading
import time

import httpx
from playwright.sync_api import Page, expect

from tests.browser.twin import SPECS, ThreadedTwin

JOBS = 10_000
RATE = 100
SECONDS = 4
LONGEST = 800
"""The longest allowed task of the page, in milliseconds, on a machine with other load."""

WATCH = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
  }).observe({type: "longtask"});
}"""


def test_load(page: Page) -> None:
    """Lists are bounded and drawing is batched, so no task of the page is long."""
    twin = ThreadedTwin()
    machine = next(m for spec in SPECS for m in spec.jobs.values() if m.rules)
    spec = next(spec for spec in SPECS if machine in spec.jobs.values())
    sandbox = twin.server.sandboxes.existing("default")
    for _ in range(JOBS):
        sandbox.create(machine)
    twin.start()
    try:
        job = twin.client.get("/_control/jobs", params={"limit": 1}).json()["jobs"][0]
        path = twin.poll(job).url
        page.goto(f"{twin.url}/#/jobs?api={spec.name}")
        expect(page.locator("table.jobs")).to_contain_text(job["id"])
        page.evaluate(WATCH)
        flood = threading.Thread(target=_flood, args=(str(path),))

        flood.start()
        for view in ("traffic", "jobs", f"jobs/{job['api']}/{job['machine']}/{job['id']}"):
            page.goto(f"{twin.url}/#/{view}")
            page.wait_for_timeout(SECONDS * 250)
        flood.join()

        expect(page.locator("nav")).to_contain_text("10k")
        assert page.locator("tr").count() <= 600
        longest = page.evaluate("window.longest")
        assert longest < LONGEST, f"the page was busy for {longest} ms at once"
    finally:
        twin.close()


def _flood(url: str) -> None:
    with httpx.Client() as client:
        began = time.monotonic()
        for number in range(RATE * SECONDS):
            client.get(url)
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
