"""The small files on which `make gallery` has vendors' own clients walk."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin

FILES = sorted((Path(__file__).parents[1] / "gallery").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_check(file: Path) -> None:
    """Each is a spec without a mistake."""
    result = CliRunner().invoke(jobtwin, ["check", str(file)])

    assert result.exit_code == 0, result.output


def test_files() -> None:
    """There are such files."""
    assert {file.stem for file in FILES} >= {"openai", "replicate", "databricks", "apify"}
