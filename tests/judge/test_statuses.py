"""The oracle on jobs whose state is the status of the response."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from jobtwin.judge import Exchange, Oracle
from jobtwin.judge.drift.drift import Drift
from jobtwin.openapi import load
from tests.walks import Walk

FILE = Path(__file__).parents[1] / "waiters" / "assays.yaml"
SPEC = load(FILE)
AT = datetime(2026, 3, 1, tzinfo=UTC)
Step = tuple[str, int, Any]
"""The path, the status and the body of a poll."""


def _problem(status: int, detail: str) -> dict[str, Any]:
    return {"title": "Problem", "status": status, "detail": detail}


def _exchange(number: int, step: Step) -> Exchange:
    path, status, body = step
    kind = "application/json" if status < 400 else "application/problem+json"
    headers = {} if body is None else {"Content-Type": kind}
    if status == 303:
        headers["Location"] = f"https://api.assays.example/v1{path}/content?size=full"
    return Exchange(
        at=AT + timedelta(seconds=10 * number),
        method="GET",
        url=path,
        status=status,
        request_headers={"Authorization": "Bearer lab-7f3a91"},
        response_headers=headers,
        response_body=b"" if body is None else json.dumps(body).encode(),
    )


QUEUED: Step = ("/assays/a1", 204, None)
RUNNING: Step = ("/assays/a1", 202, {"percent": 10})
DONE: Step = ("/assays/a1", 200, {"purity": 0.97})
SPOILED: Step = ("/assays/a1", 424, _problem(424, "Spoiled: The sample is wet"))
WITHDRAWN: Step = ("/assays/a1", 422, _problem(422, "Withdrawn"))
UNKNOWN: Step = ("/assays/a1", 404, _problem(404, "There is no job a1"))
DEVELOPING: Step = ("/images/i1", 202, None)
DEVELOPED: Step = ("/images/i1", 303, None)

RIGHT = {
    "success": [QUEUED, RUNNING, RUNNING, DONE, DONE],
    "failure": [QUEUED, RUNNING, SPOILED, SPOILED],
    "cancellation": [RUNNING, WITHDRAWN],
    "skipped": [QUEUED, DONE],
    "redirect": [DEVELOPING, DEVELOPED, DEVELOPED],
    "body": [DEVELOPING, ("/images/i1", 200, {"state": "spoiled", "why": None})],
}


@pytest.mark.parametrize("steps", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "others"])
def test_right(steps: list[Step], alone: bool) -> None:  # noqa: FBT001  # parametrized
    """A job that passes through its states by its statuses contradicts nothing."""
    oracle, drift = Oracle(SPEC, alone=alone), Drift(SPEC)
    exchanges = [_exchange(*each) for each in enumerate(steps)]

    assert [str(found) for each in exchanges for found in oracle.check(each)] == []
    assert [found.why for each in exchanges for found in drift.check(each)] == []


WRONG = {
    "runs-after-success": ([DONE, RUNNING], "change-after-final"),
    "queued-after-running": ([RUNNING, QUEUED], "impossible-transition"),
    "success-after-failure": ([SPOILED, DONE], "change-after-final"),
    "failure-after-success": ([DONE, SPOILED], "change-after-final"),
    "cancelled-after-failure": ([SPOILED, WITHDRAWN], "change-after-final"),
    "unknown-after-success": ([DONE, UNKNOWN], "vanished"),
    "runs-after-redirect": ([DEVELOPED, DEVELOPING], "change-after-final"),
    "failure-after-redirect": (
        [DEVELOPED, ("/images/i1", 200, {"state": "spoiled", "why": None})],
        "change-after-final",
    ),
    "success-in-a-body": (
        [("/images/i1", 200, {"state": "done", "why": None})],
        "answer-contradicts-itself",
    ),
    "progress-falls": ([("/assays/a1", 202, {"percent": 50}), RUNNING], "progress-went-back"),
}


@pytest.mark.parametrize(("steps", "rule"), WRONG.values(), ids=WRONG)
def test_wrong(steps: list[Step], rule: str) -> None:
    """A status that contradicts an earlier one is reported, also of errors and redirects."""
    oracle = Oracle(SPEC)
    *before, last = [_exchange(*each) for each in enumerate(steps)]

    assert [str(found) for each in before for found in oracle.check(each)] == []
    assert [found.rule for found in oracle.check(last)] == [rule]


@pytest.mark.parametrize("body", [None, {}, {"percent": 10}], ids=["empty", "bare", "another"])
def test_no_job(body: Any) -> None:
    """A success without the job is reported."""
    found = Drift(SPEC).check(_exchange(0, ("/assays/a1", 200, body)))

    assert any(re.search("the spec (requires it|documents one)", each.why) for each in found)


@pytest.mark.parametrize(
    "unclear",
    [
        ("/assays/a1", 401, _problem(401, "Who are you?")),
        ("/assays/a1", 503, _problem(503, "Too busy")),
        ("/assays/a1", 429, _problem(429, "Too often")),
    ],
    ids=["unauthorized", "server-error", "limited"],
)
def test_unclear(unclear: Step) -> None:
    """A refusal that may have another reason shows no state."""
    oracle = Oracle(SPEC)

    found = [oracle.check(_exchange(*each)) for each in enumerate([DONE, unclear, DONE])]

    assert found == [[], [], []]


def test_values(tmp_path: Path) -> None:
    """Responses with different statuses show different values, and none of them vanishes."""
    text = FILE.read_text(encoding="utf-8")
    bound = "Progress.percent: progress"
    shown = "{percent: {type: integer}}"
    text = text.replace(bound, f"{bound}\n    Progress.begun: created_at")
    text = text.replace(shown, "{percent: {type: integer}, begun: {type: integer}}")
    file = tmp_path / "assays.yaml"
    file.write_text(text, encoding="utf-8")
    running = ("/assays/a1", 202, {"percent": 10, "begun": 1767225600})
    oracle = Oracle(load(file))

    assert [oracle.check(_exchange(*each)) for each in enumerate([running, DONE])] == [[], []]


def test_walk() -> None:
    """No random walk through the twin contradicts itself, and every status occurs."""
    statuses = set[int]()

    for seed in range(12):
        walk = Walk(SPEC, Random(seed))  # noqa: S311  # a walk, not a secret
        assert [str(found) for found in asyncio.run(walk.go(80))] == []
        statuses = statuses.union(*walk.statuses.values())

    assert {200, 202, 204, 303, 409, 422, 424} <= statuses
