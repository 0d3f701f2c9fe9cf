"""Everything that a spec documents is covered, and docs/coverage.md is correct."""

import re
from collections.abc import Iterator

import pytest

from jobtwin.openapi import Spec
from tests.both import coverage
from tests.both.pair import SPECS
from tests.both.tour import Tour
from tests.waiters import stage


@pytest.fixture(scope="module", autouse=True)
def fifth() -> Iterator[None]:
    """Makes the clients of the tests' own specs available."""
    with stage.fifth():
        yield


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
@pytest.mark.filterwarnings("ignore::jobcall.UnknownValueWarning")
def test_tour(spec: Spec) -> None:
    """A tour covers every operation, status, state, transition, scenario and keyword of a spec."""
    tour = Tour(spec)
    record = tour.whole()

    assert sorted(record.untouched) == []
    page = coverage.PAGE.read_text(encoding="utf-8")
    assert coverage.section(spec, record) in page, "mend with: make coverage"


def test_page() -> None:
    """The page has a section for each spec, and no others."""
    page = coverage.PAGE.read_text(encoding="utf-8")

    assert page.startswith(coverage.HEAD)
    assert re.findall(r"^## (.*)", page, re.MULTILINE) == [spec.name for spec in SPECS]
    assert {kind for spec in SPECS for kind, _ in Tour(spec).record.documented} == {*coverage.KINDS}
