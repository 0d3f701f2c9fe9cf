"""The small specs on which `make gallery` runs vendors' own clients."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin

FILES = sorted((Path(__file__).parents[1] / "gallery").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_check(file: Path) -> None:
    """Each file is a spec without a mistake."""
    result = CliRunner().invoke(jobtwin, ["check", str(file)])

    assert result.exit_code == 0, result.output


def test_files() -> None:
    """The files of known vendors exist."""
    assert {file.stem for file in FILES} >= {"openai", "replicate", "databricks", "apify"}
