"""The results: verdicts, ratios, and the page of a run."""

import json

import pytest

from bench.apps import SPEC
from bench.budgets import Budget, Measurements, budgets
from bench.load import LoadResult
from bench.peers import PEERS, TWIN
from bench.polls import Measured, Race
from bench.report import Run, written
from bench.works import LARGE, POLLS, TINY, Poll, Work


@pytest.mark.parametrize(
    ("measured", "most", "verdict"),
    [
        (3.0, False, "aim met"),
        (2.5, False, "met"),
        (1.9, False, "**missed**"),
        (1.9, True, "aim met"),
        (None, False, "not measured"),
    ],
)
def test_verdict(measured: float | None, most: bool, verdict: str) -> None:  # noqa: FBT001 - a row of a table
    """The budget is at least two, and its aim three; with `most`, they are upper limits."""
    budget = Budget("it", 2.0, 3.0 if not most else 1.95, measured, most=most)

    assert budget.verdict == verdict


def _race() -> Race:
    fast = [
        LoadResult(200.0, 1.0, 2.0, 0),
        LoadResult(100.0, 1.0, 3.0, 0),
        LoadResult(90.0, 1.0, 9.0, 0),
    ]
    slow = [
        LoadResult(100.0, 1.0, 2.0, 0),
        LoadResult(100.0, 1.0, 3.0, 0),
        LoadResult(30.0, 1.0, 9.0, 0),
    ]
    race = Race(TINY)
    race.found["jobtwin"] = Measured(TWIN, "1", 31, fast)
    race.found["starlette"] = Measured(PEERS["starlette"], "2", 31, slow)
    race.missing["Prism"] = "it is not here"
    return race


def test_ratio() -> None:
    """A ratio is the median of the rounds' ratios, not the ratio of medians."""
    found = {budget.what: budget for budget in budgets(Measurements(races=[_race()]))}

    assert found["polls/s, tiny, against bare Starlette with the same bytes"].measured == 2.0
    assert found["polls/s, tiny, against Prism"].measured is None
    assert found["p99 / p50, tiny"].measured == 3.0


def test_made_anew() -> None:
    """Jobs created anew have a line with their own budget."""
    race = _race()
    race.found["anew"] = race.found["starlette"]
    found = {budget.what: budget for budget in budgets(Measurements(races=[race]))}
    line = found["polls/s, tiny, made anew, against bare Starlette with the same bytes"]

    assert (line.least, line.aim, line.measured) == (0.6, 0.75, 1.0)


def test_failure() -> None:
    """The page names the failed part and the reason."""
    failed = Measurements(races=[_race()], failures={"starts": "nobody listens"})

    assert "- starts failed: nobody listens" in written(Run("make bench", 3, 1, 0.0), failed)


def test_page() -> None:
    """The page has every budget, the missing rivals, and the reasons for missed budgets."""
    page = written(Run("make bench", 3, 1, 0.0), Measurements(races=[_race()]))

    assert "| bare Starlette 2 | nothing: one route, the bytes ready | 100 |" in page
    assert "| 2.00 × | 1.00 – 3.00 |" in page  # noqa: RUF001 - as on the page
    assert "- Prism is missing: it is not here" in page
    assert page.count("not measured") >= 5


@pytest.mark.parametrize("work", POLLS, ids=lambda work: work.name)
def test_example(work: Work) -> None:
    """The spec given to a rival has the response as its only example."""
    document = Poll(work, b'{"a": 1}').example()
    nodes = [n for item in document["paths"].values() for n in item.values() if isinstance(n, dict)]
    [node] = [node for node in nodes if node.get("operationId") == work.operation]
    media = node["responses"]["200"]["content"]["application/json"]

    assert media["example"] == {"a": 1}
    assert "examples" not in media
    assert json.dumps(document)
    assert SPEC.endswith(".json")


def test_of_job() -> None:
    """A work can be moved to another job of its kind."""
    assert LARGE.of_job("other").path == "/job/other"
