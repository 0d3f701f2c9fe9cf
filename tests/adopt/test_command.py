"""`jobtwin adopt` on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobtwin.cli.root import jobtwin

HERE = Path(__file__).parent


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    return Path(shutil.copy(HERE / "press.yaml", tmp_path / "press.yaml"))


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(jobtwin, [str(each) for each in arguments])


def test_adopt(vendor: Path) -> None:
    """The overlay is written beside the file, and passes `check`; the file stays as it is."""
    before = vendor.read_bytes()

    result = _run("adopt", vendor)

    assert result.exit_code == 0
    assert "proof: " in result.output
    assert "createProof, getProof, listProofs, dropProof" in result.output
    assert _run("check", vendor.with_name("press.overlay.yaml")).exit_code == 0
    assert vendor.read_bytes() == before


def test_adopt__exists(vendor: Path) -> None:
    """What somebody corrected is not overwritten."""
    overlay = vendor.with_name("press.overlay.yaml")
    overlay.write_text("mine")

    refused = _run("adopt", vendor)

    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert overlay.read_text() == "mine"
    assert _run("adopt", vendor, "--force").exit_code == 0


def test_adopt__json(vendor: Path, tmp_path: Path) -> None:
    """Programs learn what was found, and where it was written."""
    target = tmp_path / "deeper.yaml"

    found = json.loads(_run("adopt", vendor, "-o", target, "--json").output)

    assert found["overlay"] == str(target)
    assert {job["machine"] for job in found["jobs"]} == {"plate", "print_run", "proof", "scan"}


def test_adopt__no_job(tmp_path: Path) -> None:
    """Where no job is found, nothing is written, and the exit code says so."""
    file = tmp_path / "shop.yaml"
    file.write_text("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n")

    result = _run("adopt", file)

    assert result.exit_code == 1
    assert "found no job in shop.yaml" in result.output
    assert not file.with_name("shop.overlay.yaml").exists()


def test_adopt__adopted(vendor: Path) -> None:
    """An overlay has its machines already."""
    _run("adopt", vendor)

    result = _run(
        "adopt", vendor.with_name("press.overlay.yaml"), "-o", vendor.parent / "more.yaml"
    )

    assert result.exit_code == 1
    assert "has job machines already" in result.output
