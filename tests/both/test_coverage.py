"""Everything that a spec documents is covered, and docs/coverage.md is correct."""

import re
from typing import Any

import pytest

from jobtwin.openapi import Spec
from tests.both import coverage
from tests.both.pair import SPECS
from tests.both.tour import Tour

pytestmark = pytest.mark.usefixtures("fifth")


TOURS: list[Any] = [
    spec if spec.name == "lucidity" else pytest.param(spec, marks=pytest.mark.slow)
    for spec in SPECS
]


@pytest.mark.parametrize("spec", TOURS, ids=lambda spec: spec.name)
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
