"""docs/how-to-your-vendor.md shows what jobtwin prints, for the made-up vendor's file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobtwin.cli.root import jobtwin

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "how-to-your-vendor.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(HERE / "press.yaml", tmp_path / "vendor.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_console(folder: Path) -> None:
    """Each console block shows a command and what it prints."""
    blocks = re.findall(r"```console\n\$ jobtwin ([^\n]*)\n(.*?)```", PAGE, re.DOTALL)

    assert blocks
    for command, shown in blocks:
        assert CliRunner().invoke(jobtwin, command.split()).output == shown
    assert (folder / "vendor.overlay.yaml").exists()


def test_lines(folder: Path) -> None:
    """The lines of the overlay that the page quotes are drafted so."""
    CliRunner().invoke(jobtwin, ["adopt", "vendor.yaml"])
    drafted = (folder / "vendor.overlay.yaml").read_text(encoding="utf-8")
    [quoted] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    assert quoted in drafted
