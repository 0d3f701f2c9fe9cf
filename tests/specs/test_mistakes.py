"""A mistake is a pair of files: a spec with the mistake, and the lines that refuse it.

The lines have no line numbers, which `tests/loader` checks.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.openapi import spec_folder

RUN = CliRunner().invoke
HERE = Path(__file__).parent
PAIRS = sorted({path.with_suffix("") for path in (HERE / "mistakes").iterdir()})
UNNUMBERED = re.compile(r"^([^#:\n]+):[0-9]+#", re.MULTILINE)
FINE = sorted([*HERE.glob("*.yaml"), *spec_folder().glob("*.yaml")])


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_mistake(pair: Path) -> None:
    """An invalid spec is refused with exactly these lines, and exit code 1."""
    result = RUN(jobtwin, ["check", f"{pair}.yaml"])

    assert UNNUMBERED.sub(r"\1#", result.output) == Path(f"{pair}.error").read_text(
        encoding="utf-8"
    )
    assert result.exit_code == 1


@pytest.mark.parametrize("path", FINE, ids=lambda path: path.stem)
def test_fine(path: Path) -> None:
    """A spec without mistakes is reported as fine, with exit code 0."""
    result = RUN(jobtwin, ["check", str(path)])

    assert result.stdout.startswith(f"{path.name}: ")
    assert re.search(r": fine(, with \d notes?)?\n$", result.stdout)
    assert result.exit_code == 0


@pytest.mark.slow
def test_many_files() -> None:
    """The mistakes of all files are reported together, in the order of the files."""
    result = RUN(jobtwin, ["check", *(f"{pair}.yaml" for pair in PAIRS)])

    assert UNNUMBERED.sub(r"\1#", result.output) == "".join(
        Path(f"{p}.error").read_text("utf-8") for p in PAIRS
    )
    assert result.exit_code == 1


def test_serve() -> None:
    """A server with an invalid spec does not start, and prints the same lines."""
    pair = HERE / "mistakes" / "several-at-once"

    result = RUN(jobtwin, ["serve", "--port", "0", f"{pair}.yaml"])

    assert UNNUMBERED.sub(r"\1#", result.output) == Path(f"{pair}.error").read_text(
        encoding="utf-8"
    )
    assert result.exit_code == 1


def test_missing_file() -> None:
    """A missing file is reported in one line."""
    result = RUN(jobtwin, ["check", "not-there.yaml"])

    assert result.output == "not-there.yaml: cannot be read: No such file or directory\n"
    assert result.exit_code == 1
