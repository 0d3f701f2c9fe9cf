"""Any recording is either refused in one line or judged, and the patch fixes all that it can."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.errors import BadRecording
from jobtwin.judge.drift.drift import Drift
from jobtwin.judge.drift.findings import Finding, FindingLog
from jobtwin.judge.drift.inference import learned
from jobtwin.judge.drift.patch import applied, suggested
from jobtwin.judge.exchange import Exchange
from jobtwin.judge.traffic.har import recorded
from jobtwin.openapi import Spec, load
from tests.sampling import examples

SPEC = load(Path(__file__).with_name("press.yaml"))
AT = datetime(2026, 3, 1, tzinfo=UTC)
QUICK = settings(
    deadline=None,
    derandomize=True,
    max_examples=examples(30, 80),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
NAMES = [
    "id",
    "state",
    "done",
    "title",
    "paper",
    "kind",
    "sheets",
    "labels",
    "items",
    "a/b",
    "~",
    "",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["queued", "printed", "drying", "plain", "fancy", "***", "2026-03-01"]),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)
PRINTS = st.fixed_dictionaries(
    {"id": st.just(7), "state": st.sampled_from(["queued", "drying"]), "done": st.just(0)},
    optional={name: VALUES for name in NAMES if name not in ("id", "state", "done")},
)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Draws a GET with a response of any shape."""
    body = draw(st.one_of(PRINTS, VALUES, st.builds(lambda p: {"items": p}, st.lists(PRINTS))))
    kinds = ["application/json", "application/problem+json", "text/html", ""]
    header = draw(st.sampled_from(["X-Left", "Date", "x-page"]))
    return Exchange(
        at=AT,
        method=draw(st.sampled_from(["GET", "GET", "GET", "PUT"])),
        url=draw(st.sampled_from(["/prints/7", "/prints", "/prints?shelf=B", "/presses"])),
        status=draw(st.sampled_from([200, 200, 200, 404, 418, 503])),
        response_headers={"Content-Type": draw(st.sampled_from(kinds)), header: "1"},
        response_body=json.dumps(body).encode(),
    )


def found(spec: Spec, given: list[Exchange]) -> list[Finding]:
    """Returns the findings of some exchanges."""
    drift = Drift(spec)
    return [finding for exchange in given for finding in drift.check(exchange)]


@pytest.mark.slow
@QUICK
@given(given=st.lists(exchanges(), max_size=4))
def test_mended(given: list[Exchange], tmp_path: Path) -> None:
    """The patched spec is valid, and does not repeat the fixed findings."""
    log = FindingLog(learned)
    for finding in found(SPEC, given):
        log.add(finding, "", AT)
    patch = suggested(SPEC, log)
    path = tmp_path / "press.yaml"
    path.write_text(json.dumps(applied(SPEC.document.written, patch.steps)), encoding="utf-8")

    left = {counted.finding.key for counted, _ in patch.left}
    again = {finding.key for finding in found(load(path), given)}

    mended = {counted.finding.key for counted in log} - left
    assert not mended & again


@QUICK
@given(entry=VALUES, place=st.sampled_from(["", "request", "response", "content", "postData"]))
def test_har(entry: Any, place: str) -> None:
    """A malformed HAR is refused with the place of the error, for any content."""
    whole: dict[str, Any] = {
        "startedDateTime": "2026-03-01T00:00:00Z",
        "request": {"method": "GET", "url": "https://main.press.test/api/prints/7"},
        "response": {"status": 200, "content": {"text": "{}"}},
    }
    if place == "content":
        whole["response"]["content"] = entry
    elif place == "postData":
        whole["request"]["postData"] = entry
    elif place:
        whole[place] = entry
    document = {"log": {"entries": [whole if place else entry]}}

    try:
        entries = list(recorded(document, "a.har"))
    except BadRecording as bad:
        assert str(bad).startswith("a.har#/log/entries/0")  # noqa: PT017  # either outcome is fine
    else:
        assert len(entries) == 1
