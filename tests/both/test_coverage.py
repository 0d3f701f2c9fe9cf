"""Everything that a spec documents is covered, and docs/coverage.md is correct."""

import re

import pytest

from jobtwin.openapi import Spec
from tests.both import coverage
from tests.both.pair import SPECS
from tests.both.tour import Tour

pytestmark = pytest.mark.usefixtures("fifth")


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
