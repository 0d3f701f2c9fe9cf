"""Swagger UI as served: authorised, with the API's title."""

import pytest
from playwright.sync_api import Page, expect

from jobtwin.http import Settings
from jobtwin.openapi import Spec
from tests.browser.twin import SPECS, Serve, ThreadedTwin

VENDORS = [spec for spec in SPECS if spec.jobs]


@pytest.mark.parametrize("spec", VENDORS, ids=lambda spec: spec.name)
def test_execute(spec: Spec, twin: ThreadedTwin, page: Page) -> None:
    """The first Execute reads a sample job and gets 200."""
    api = next(
        a for a in twin.client.get("/_control/apis").json()["apis"] if a["name"] == spec.name
    )
    page.goto(twin.url + api["docs"])
    expect(page).to_have_title(spec.title)
    reading = next(o for o in spec.operations if o.does == "read" and o.method == "GET")

    operation = page.locator(f'[id$="{reading.id}"]').first
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Execute").click()

    expect(
        operation.locator(".live-responses-table tbody .response-col_status").first
    ).to_contain_text("200")


def test_guarded(serve: Serve) -> None:
    """A credential chosen for the server is not sent to the page."""
    twin = serve(settings=Settings(credentials=["s3cret-of-ours"]))
    docs = twin.client.get("/_control/apis").json()["apis"][0]["docs"]

    settings = twin.client.get(f"{docs}settings.json").json()

    assert settings["credentials"] == []
