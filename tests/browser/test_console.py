"""The console in use: changes appear without a reload."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from jobtwin.http import Settings
from jobtwin.openapi import spec_folder
from tests.browser.proxy import Proxy
from tests.browser.twin import CALLING_BACK, SPECS, Serve, ThreadedTwin
from tests.loaded import loaded

HOSTILE = '<img src=x onerror="window.hacked=1">'
HOSTILE_SPECS = [Path(__file__).with_name("hostile.yaml"), spec_folder() / "control.yaml"]
SIXTY = "\N{MULTIPLICATION SIGN}60"
TOKEN = "t0ken-of-ours"  # noqa: S105 - of this test alone


def stays(page: Page) -> Callable[[], bool]:
    """Returns a function that is true until the page is reloaded."""
    page.evaluate("window.loadedOnce = true")
    return lambda: bool(page.evaluate("window.loadedOnce === true"))


def chip(page: Page, text: str) -> None:
    expect(page.locator(".job-head .chip")).to_have_text(text)


def test_create_poll_advance(twin: ThreadedTwin, page: Page) -> None:
    """A job is created, polled and advanced; the page follows."""
    page.goto(f"{twin.url}/#/new?api=osapi")
    same = stays(page)

    page.get_by_role("button", name="Create", exact=True).click()
    chip(page, "submitted")
    job = page.locator(".job-head h1 .mono").inner_text()
    twin.poll({"api": "osapi", "machine": "job", "id": job})
    expect(page.locator(".timeline .tick")).to_have_count(1)
    page.get_by_role("button", name="+5 s").click()

    chip(page, "completed")
    expect(page.locator(".machine .current")).to_have_attribute("data-state", "completed")
    expect(page.locator(".answers .json")).to_contain_text('"status": "completed"')
    assert same()


def test_home(twin: ThreadedTwin, page: Page) -> None:
    """The root shows jobs, samples included, the latest first."""
    page.goto(twin.url)

    expect(page.locator("table.jobs tbody tr")).not_to_have_count(0)
    made = twin.make("osapi")

    expect(page.locator("table.jobs tbody tr").first).to_contain_text(made["id"])


def test_home__empty(serve: Serve, page: Page) -> None:
    """Without jobs the root shows how to connect a client."""
    empty = serve(empty=True)

    page.goto(empty.url)

    expect(page.locator("h1")).to_have_text("Point your service at a twin")
    expect(page.locator(".twin")).to_have_count(4)


def test_event(twin: ThreadedTwin, page: Page) -> None:
    """An allowed event is a button on the machine's arrow; sending it moves the job."""
    job = twin.make("polaris")
    page.goto(f"{twin.url}/#/jobs/polaris/job/{job['id']}")

    page.locator(".machine [data-event=cancel]").click()

    chip(page, "canceled")
    expect(page.locator(".machine [data-event]")).to_have_count(0)


def test_drag_now(twin: ThreadedTwin, page: Page) -> None:
    """Dragging "now" advances the clock to the point of release, or exactly to a planned change."""
    job = twin.make("osapi")
    page.goto(f"{twin.url}/#/jobs/osapi/job/{job['id']}")
    box = page.locator(".timeline").bounding_box()
    handle = page.locator(".timeline .grip").bounding_box()
    assert box
    assert handle

    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 28, handle["y"] + 8, steps=8)
    page.mouse.up()

    chip(page, "completed")
    assert twin.client.get("/_control/clock").json()["now"] == "2026-01-01T00:00:05Z"


def test_clock(twin: ThreadedTwin, page: Page) -> None:
    """The clock can be run, sped up, paused and advanced to the next change."""
    page.goto(f"{twin.url}/#/jobs")

    page.get_by_role("button", name="next change").click()
    expect(page.locator("[data-now]")).to_contain_text("00:00:01")
    page.get_by_role("button", name="Run the clock").click()
    page.get_by_role("button", name=SIXTY, exact=True).click()
    expect(page.get_by_role("button", name=SIXTY, exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="Pause the clock").click()

    expect(page.locator("[data-now]")).to_contain_text("paused")
    assert twin.client.get("/_control/clock").json()["frozen"]


def test_clock__moved_elsewhere(twin: ThreadedTwin, page: Page) -> None:
    """A change of the clock by another client appears."""
    page.goto(f"{twin.url}/#/jobs")
    expect(page.locator("[data-now]")).to_contain_text("2026-01-01 00:00:00")

    twin.client.post("/_control/clock/advance", json={"by": "PT1H"})

    expect(page.locator("[data-now]")).to_contain_text("01:00:00")


def test_traffic(twin: ThreadedTwin, page: Page) -> None:
    """Requests appear as they are answered; a refused one shows the reason."""
    page.goto(f"{twin.url}/#/traffic")
    expect(page.locator(".empty-title")).to_have_text("No client has sent a request yet")
    job = twin.make("osapi")

    twin.poll(job)
    twin.client.get(f"/osapi/job/{job['id']}")

    rows = page.locator("table.traffic tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("401")
    expect(rows.first).to_contain_text("missing_credential")
    rows.last.get_by_role("link").click()
    expect(page.locator(".detail")).to_contain_text(job["id"])


def test_traffic__bodies(twin: ThreadedTwin, page: Page) -> None:
    """A request opens with its request and response bodies."""
    job = twin.make("osapi")
    answered = twin.poll(job).json()
    page.goto(f"{twin.url}/#/traffic/1")

    expect(page.locator(".detail .json").last).to_contain_text(answered["id"])


def test_traffic__replay(twin: ThreadedTwin, page: Page) -> None:
    """A replayed request is answered again, and appears in the traffic."""
    twin.poll(twin.make("osapi"))
    page.goto(f"{twin.url}/#/traffic/1")

    page.get_by_role("button", name="Replay").click()

    expect(page.locator("#notices")).to_contain_text("answered 200")
    expect(page.locator("table.traffic tbody tr")).to_have_count(2)


def test_traffic__har(twin: ThreadedTwin, page: Page) -> None:
    """The traffic is exported as HAR with all requests, in order."""
    job = twin.make("osapi")
    twin.poll(job)
    twin.poll(job)
    page.goto(f"{twin.url}/#/traffic")

    with page.expect_download() as download:
        page.get_by_role("button", name="Export HAR").click()

    text = download.value.path().read_text(encoding="utf-8")
    assert text.count('"startedDateTime"') == 2
    assert job["id"] in text
    assert "osapi-test" not in text


@pytest.mark.parametrize("events", [0, 1], ids=["quiet", "after-an-event"])
def test_lost_connection(events: int, twin: ThreadedTwin, page: Page) -> None:
    """After a lost connection the page continues where it was, and misses no event."""
    with Proxy(twin.url) as proxy:
        page.goto(f"{proxy.url}/#/jobs")
        expect(page.locator(".light")).to_contain_text("live")
        same = stays(page)
        for _ in range(events):
            expect(page.locator("table.jobs")).to_contain_text(twin.make("osapi")["id"])
        proxy.cut()
        expect(page.locator(".light")).to_contain_text("lost")
        made = twin.make("osapi")
        proxy.mend()

        expect(page.locator(".light")).to_contain_text("live")
        expect(page.locator("table.jobs")).to_contain_text(made["id"])
        assert same()
        assert proxy.seen("last-event-id") == bool(events)


def test_sandboxes(twin: ThreadedTwin, page: Page) -> None:
    """Two sandboxes side by side do not affect each other."""
    for name in ("one", "two"):
        twin.client.put(f"/_control/sandboxes/{name}", json={"empty": True})
    other = page.context.new_page()
    page.goto(f"{twin.url}/sandboxes/one/#/jobs")
    other.goto(f"{twin.url}/sandboxes/two/#/jobs")
    expect(page.locator(".light")).to_contain_text("live")
    expect(other.locator(".light")).to_contain_text("live")

    made = twin.make("osapi", sandbox="/sandboxes/one")
    twin.client.post("/sandboxes/two/_control/clock/advance", json={"by": "PT1H"})

    expect(page.locator("table.jobs")).to_contain_text(made["id"])
    expect(other.locator("[data-now]")).to_contain_text("01:00:00")
    expect(page.locator("[data-now]")).to_contain_text("00:00:00")
    expect(other.locator("table.jobs")).to_have_count(0)


@pytest.fixture
def hostile(serve: Serve) -> ThreadedTwin:
    """A server whose spec, job and requests contain markup wherever possible."""
    twin = serve(specs=loaded(HOSTILE_SPECS))
    job = quote(HOSTILE, safe="")
    twin.client.get(f"/hostile/jobs/{job}")
    twin.client.get(f"/hostile/{job}?{job}={job}")
    twin.client.post(f"/hostile/jobs/{job}", content=HOSTILE)
    return twin


VIEWS = ["jobs", "start", "traffic", "traffic/1", "traffic/2", "politeness", "scenarios", "new"]


@pytest.mark.parametrize(
    "view", [*VIEWS, "sandboxes", "faults", f"jobs/hostile/job/{quote(HOSTILE, safe='')}"]
)
def test_hostile(view: str, hostile: ThreadedTwin, page: Page) -> None:
    """Ids, states, facts, bodies and paths are shown as text, even if they contain markup."""
    page.goto(f"{hostile.url}/#/{view}")

    expect(page.locator("main .view")).to_be_visible()
    expect(page.locator(".light")).to_contain_text("live")
    assert page.locator("main img, main script, main svg svg").count() == 0
    assert page.evaluate("window.hacked") is None


def test_hostile__job(hostile: ThreadedTwin, page: Page) -> None:
    """A hostile job works like any other: its event is sent, its states and facts are text."""
    page.goto(f"{hostile.url}/#/jobs/hostile/job/{quote(HOSTILE, safe='')}")

    expect(page.locator(".job-head h1")).to_contain_text(HOSTILE)
    expect(page.locator(".answers .json")).to_contain_text("</pre>")
    page.locator(".buttons [data-event=stop]").click()

    chip(page, '"><svg onload=window.hacked=1>')
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    "hash_",
    [
        f"#/jobs/{quote(HOSTILE, safe='')}/x/y",
        f"#/{quote(HOSTILE)}",
        "#/jobs/%/%/%",
        f"#/jobs?state={quote(HOSTILE)}",
        "#/traffic/999",
    ],
)
def test_hostile__url(hash_: str, twin: ThreadedTwin, page: Page) -> None:
    """Any link shows a view or says what is missing."""
    page.goto(f"{twin.url}/{hash_}")

    expect(page.locator("main .view")).to_be_visible()
    assert page.evaluate("window.hacked") is None


def test_keyboard(twin: ThreadedTwin, page: Page) -> None:
    """Everything can be reached and done with the keyboard alone."""
    page.goto(f"{twin.url}/#/jobs")
    expect(page.locator("table.jobs tbody tr").first).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    focus(page, "New job")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("New job")
    focus(page, "Create")
    page.keyboard.press("Enter")
    expect(page.locator(".job-head .chip")).to_be_visible()
    before = twin.client.get("/_control/clock").json()["now"]
    focus(page, "Now")
    page.keyboard.press("PageUp")

    expect(page.locator("[data-now]")).to_contain_text("00:01:00")
    assert twin.client.get("/_control/clock").json()["now"] > before


def focus(page: Page, name: str) -> None:
    """Press Tab until the element with this name has the focus."""
    read = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(read).strip() == name:
            return
    pytest.fail(f"Tab does not reach {name!r}")


def test_keyboard__send(twin: ThreadedTwin, page: Page) -> None:
    """Enter sends an event on an arrow."""
    job = twin.make("polaris")
    page.goto(f"{twin.url}/#/jobs/polaris/job/{job['id']}")
    expect(page.locator(".machine")).to_be_visible()

    focus(page, "Send cancel")
    page.keyboard.press("Enter")

    chip(page, "canceled")


def test_token(serve: Serve, page: Page) -> None:
    """If the control API requires a token, the page asks for it and sends it only in headers."""
    guarded = serve(settings=Settings(control_token=TOKEN))
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(f"{guarded.url}/#/jobs")

    page.get_by_role("textbox", name="Control token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The server refused this token.")
    page.get_by_role("textbox", name="Control token").fill(TOKEN)
    page.keyboard.press("Enter")

    expect(page.locator("table.jobs tbody tr").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".light")).to_contain_text("live")
    page.reload()
    expect(page.locator("table.jobs tbody tr").first).to_be_visible()
    assert not any(TOKEN in url for url in [*urls, page.url])


STEER = """async (url) => {
  const tried = {};
  const attempts = {
    read: () => fetch(url + "/_control/jobs").then((r) => r.text()),
    advance: () => fetch(url + "/_control/clock/advance", {method: "POST", body: '{"by":"PT1H"}', mode: "no-cors"}).then((r) => r.type === "opaque" ? Promise.reject() : r),
    reset: () => fetch(url + "/_control/reset", {method: "POST"}),
    follow: () => fetch(url + "/_control/events"),
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    tried[name] = await attempt().then((answer) => answer.status === undefined || answer.ok, () => false);
  }
  return tried;
}"""


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_foreign_page(host: str, serve: Serve, browser: Browser) -> None:
    """A page of another origin can neither read nor control the server, even from this machine."""
    twin, foreign = serve(), serve()
    page = browser.new_context().new_page()
    with Proxy(foreign.url, page=b"<!doctype html><title>foreign</title>") as proxy:
        page.goto(proxy.url.replace("127.0.0.1", host))

        tried = page.evaluate(STEER, twin.url)

    assert tried == {"read": False, "advance": False, "reset": False, "follow": False}
    assert twin.client.get("/_control/clock").json()["now"] == "2026-01-01T00:00:00Z"


def test_rebound_name(twin: ThreadedTwin, browser: Browser) -> None:
    """A page whose name was rebound to this machine gets neither the console nor data."""
    page = browser.new_context().new_page()

    response = page.goto(twin.url.replace("127.0.0.1", "evil.example"))

    assert response
    assert response.status == 421
    assert not re.search("jobs", response.text())


def test_faults(twin: ThreadedTwin, page: Page) -> None:
    """A fault added here hits the next poll, and its hits are counted as they happen."""
    job = twin.make("osapi")
    page.goto(f"{twin.url}/#/faults")
    page.get_by_label("API", exact=True).select_option("osapi")
    page.get_by_label("Operation", exact=True).select_option("getJob")

    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("table.faults tbody tr")).to_have_count(1)
    first, second = twin.poll(job), twin.poll(job)

    assert (first.status_code, first.headers["Retry-After"]) == (429, "5")
    assert second.status_code == 200
    expect(page.locator("table.faults tbody tr td").nth(3)).to_have_text("1 of 2")


def test_faults__preset(twin: ThreadedTwin, page: Page) -> None:
    """A preset is added with one click, and removed with one."""
    page.goto(f"{twin.url}/#/faults")

    page.get_by_role("button", name="bad morning").click()
    expect(page.locator("table.faults tbody tr")).not_to_have_count(0)
    page.get_by_role("button", name="remove preset").first.click()

    expect(page.locator(".empty-title")).to_have_text("No faults")
    assert twin.client.get("/_control/faults").json()["faults"] == []


def test_limits(twin: ThreadedTwin, page: Page) -> None:
    """A limit set here refuses requests above it, and can be lifted."""
    job = twin.make("osapi")
    page.goto(f"{twin.url}/#/faults")
    page.get_by_label("API to limit", exact=True).select_option("osapi")
    page.get_by_label("Requests", exact=True).fill("1")

    page.get_by_role("button", name="Limit", exact=True).click()
    expect(page.locator(".limits tbody tr")).to_have_count(1)
    first, second = twin.poll(job), twin.poll(job)
    expect(page.locator(".limits tbody tr td").nth(4).locator("strong")).to_have_text("1")
    page.get_by_role("button", name="lift").click()
    expect(page.locator(".limits tbody tr")).to_have_count(0)

    assert (first.status_code, second.status_code, twin.poll(job).status_code) == (200, 429, 200)


def test_deliveries(serve: Serve, page: Page) -> None:
    """Deliveries appear as they are planned and sent; they can be held and sent by hand."""
    twin = serve(specs=[*SPECS, *CALLING_BACK])
    page.goto(f"{twin.url}/#/deliveries")
    expect(page.locator(".empty-title")).to_have_text("No deliveries")
    page.get_by_label("API of the webhooks").select_option("glassworks")
    page.get_by_label("URL").fill("http://127.0.0.1:1/hooks")
    page.get_by_role("button", name="Choose").click()
    expect(page.locator("main code").first).to_have_text("http://127.0.0.1:1/hooks")
    page.get_by_role("button", name="Hold").click()
    expect(page.get_by_text("held: sent by hand only")).to_be_visible()

    twin.make("glassworks")
    rows = page.locator("table.deliveries tbody tr")
    expect(rows).to_have_count(2)
    twin.client.post("/_control/clock/advance", json={"by": "PT11M"})
    page.get_by_role("button", name="Send").last.click()

    expect(rows.last).to_contain_text("refused")


def test_politeness(twin: ThreadedTwin, page: Page) -> None:
    """The report of a job's polls is updated as they happen."""
    job = twin.make("osapi")
    page.goto(f"{twin.url}/#/politeness")
    expect(page.locator(".empty-title")).to_have_text("No job has been polled yet")

    twin.poll(job)
    twin.poll(job)

    expect(page.locator(".rules .broken")).not_to_have_count(0)


def test_scenarios(twin: ThreadedTwin, page: Page) -> None:
    """A scenario can be made the default of new jobs."""
    page.goto(f"{twin.url}/#/scenarios/osapi/job")
    fails = page.locator(".scenario").filter(has=page.get_by_text("fails", exact=True))

    fails.get_by_role("button", name="make default").click()

    expect(fails.locator(".chip")).to_have_text("default")
    assert twin.make("osapi")["scenario"] == "fails"


def test_sandbox__made_here(twin: ThreadedTwin, page: Page) -> None:
    """A sandbox is created and opened here; the page offers to create a missing one."""
    page.goto(f"{twin.url}/#/sandboxes")
    page.get_by_label("Name of a new sandbox").fill("mine")
    page.get_by_role("button", name="Create").click()

    page.get_by_role("link", name="mine", exact=True).click()

    expect(page).to_have_url(re.compile("/sandboxes/mine/"))
    expect(page.locator("table.jobs tbody tr").first).to_be_visible()
    page.goto(f"{twin.url}/sandboxes/nobodys/")
    page.get_by_role("button", name="Create the sandbox").click()
    expect(page.locator("table.jobs tbody tr").first).to_be_visible()
