"""The documented places of the specs, and the quoted words of the pages."""

from pathlib import Path

import pytest

from jobtwin.openapi.evidence import Evidence
from tests.loaded import loaded
from tests.seeds import Claim, claims, main, missing

SPECS = {spec.name: spec for spec in loaded() if spec.machines}
NEAR = Claim("x.yaml#/a", Evidence("documented", "", "004", "Get all jobs"))


@pytest.mark.parametrize("name", SPECS)
def test_documented(name: str) -> None:
    """Each documented place names a seed and some words; each spec has such places."""
    found = list(claims(SPECS[name]))

    assert found
    assert all(claim.evidence.seed and claim.evidence.anchor for claim in found)


@pytest.mark.parametrize(
    ("page", "told"),
    [("Get\n  all jobs", ""), ("Get jobs", "seed 004 does not say 'Get all jobs'")],
)
def test_missing(page: str, told: str, tmp_path: Path) -> None:
    """Words are found across line breaks; missing words are reported."""
    (tmp_path / "004_page.txt").write_text(page, "utf-8")

    assert [line.partition(": ")[2] for line in missing([NEAR], tmp_path)] == [told][: bool(told)]


def test_missing__no_seed(tmp_path: Path) -> None:
    """A missing seed and a claim without a seed are reported."""
    bare = Claim("x.yaml#/b", Evidence("documented"))
    told = list(missing([NEAR, bare], tmp_path))

    assert ["has no seed 004" in told[0], "names no seed" in told[1]] == [True, True]


def test_main__no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing folder or missing seeds fail the command."""
    assert main([str(tmp_path / "none")]) == 2
    assert main([str(tmp_path)]) == 1
    assert "not found" in capsys.readouterr().out
