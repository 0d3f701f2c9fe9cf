import json
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from jobwait import (
    JobFailed,
    Lifecycle,
    Policy,
    Record,
    ResumeRefused,
    Seen,
    Snapshot,
    State,
    recorded,
)

LIFE = Lifecycle(
    name="printer.print",
    key="number",
    states={"printing": State("active"), "printed": State("final", "success")},
    policy=Policy(),
)
AT = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
RECORD = Record(
    of="printer.print",
    ids={"tray": "A4", "number": 7},
    policy=Policy(first=3.5, retries=4),
    began=AT,
    until=("printed",),
    elapsed=12.5,
    attempts=4,
    history=(Seen("printing", AT),),
)
NAMES = ["tray", "number"]


def test_round_trip() -> None:
    """A record read from its document equals the original."""
    assert recorded(RECORD.to_json(), LIFE, NAMES) == RECORD


def test_small() -> None:
    """A document is small, plain JSON."""
    assert len(RECORD.to_json()) < 700
    assert json.loads(RECORD.to_json())["history"] == [["printing", "2026-01-01T12:00:00.250000Z"]]


def test_query() -> None:
    """The query of the job's URL is kept, except parameters that look like secrets."""
    led = replace(RECORD, path="/prints/{number}", query={"v": "2", "signature": "s3cr3t"})

    assert recorded(led.to_json(), LIFE, NAMES) == replace(led, query={"v": "2"})
    assert "s3cr3t" not in f"{led.to_json()}{led!r}"


def _with(**changes: Any) -> str:
    return json.dumps({**json.loads(RECORD.to_json()), **changes})


WRONG = {
    "no-json": ("{", "the document: is not JSON; pass the text that to_json() returned"),
    "list": ("[]", "the document: is []; it must be an object"),
    "empty": ("{}", "/jobwait: is missing; pass the text that to_json() returned"),
    "version": (_with(jobwait=2), "/jobwait: is 2; this jobwait reads 1"),
    "other-waiter": (
        _with(of="printer.scan"),
        "/of: is 'printer.scan'; this waiter resumes 'printer.print'",
    ),
    "ids-missing": (
        _with(ids={"tray": "A4"}),
        "/ids: has ['tray']; it must have ['number', 'tray']",
    ),
    "ids-list": (_with(ids=[1]), "/ids: is [1]; it must be an object"),
    "id-null": (_with(ids={"tray": None, "number": 7}), "/ids/tray: is null; it must be a text or"),
    "id-infinite": (
        _with(ids={"tray": "A4", "number": float("inf")}),
        "/ids/number: is Infinity; it must be a number",
    ),
    "until": (_with(until=["done"]), "/until: 'done' is not one of its states (printing, printed)"),
    "until-text": (_with(until="printed"), '/until: is "printed"; it must be a list'),
    "until-list": (_with(until=[[]]), "/until: [] is not one of its states"),
    "began": (_with(began="yesterday"), '/began: is "yesterday"; it must be a moment of RFC 3339'),
    "began-no-zone": (_with(began="2026-01-01T12:00:00"), "/began: is"),
    "began-number": (_with(began=7), "/began: is 7; it must be a moment"),
    "elapsed": (_with(elapsed=-1), "/elapsed: is -1; it must be a number from 0 to 1e+15"),
    "elapsed-nan": (_with(elapsed=float("nan")), "/elapsed: is NaN; it must be"),
    "elapsed-endless": (_with(elapsed=10**400), "/elapsed: is 1000"),
    "began-before-time": (_with(began="0001-01-01T00:00:00+23:59"), "/began: is"),
    "began-after-time": (_with(began="9999-12-31T23:59:59-23:59"), "/began: is"),
    "attempts": (_with(attempts=True), "/attempts: is true; it must be"),
    "history": (_with(history={"a": 1}), "/history: is"),
    "history-entry": (_with(history=[["printing"]]), "/history/0: must be a state and a moment"),
    "history-moment": (_with(history=[["printing", "x"]]), "/history/0/1: is"),
    "policy-list": (_with(policy=[]), "/policy: is []; it must be an object"),
    "policy-key": (_with(policy={"frist": 1}), "/policy/frist: is not one of first, at_most"),
    "policy-text": (_with(policy={"first": "1"}), '/policy/first: is "1"; it must be a number'),
    "path": (_with(path=7), "/path: is 7; it must be a text"),
    "query": (_with(query=["v"]), '/query: is ["v"]; it must be an object'),
    "query-number": (_with(query={"v": 2}), "/query/v: is 2; it must be a text"),
    "policy-zero": (_with(policy={"first": 0}), "/policy: Policy.first is 0; it must be finite"),
}


@pytest.mark.parametrize(("document", "said"), WRONG.values(), ids=WRONG)
def test_refused(document: str, said: str) -> None:
    """An invalid document is refused with the place, the value and what is expected."""
    with pytest.raises(ResumeRefused) as raised:
        recorded(document, LIFE, NAMES)

    assert str(raised.value).startswith(said)


def test_error__pickled() -> None:
    """An error can be pickled, for example by a process pool."""
    last = Snapshot(
        state="printed", kind="final", outcome="failure", at=AT, job={"number": 7}, record=RECORD
    )
    error = JobFailed(RECORD, last, "has ended", 500)

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own data

    assert str(again) == str(error)
    assert (again.record, again.last, again.status) == (RECORD, last, 500)
