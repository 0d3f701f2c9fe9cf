"""Every word of the grammar is used, and its invalid use is refused; the words are the schema's."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from tests.fifth.grammar import FIFTH, WORDS, used_in

ERRORS = sorted((Path(__file__).parents[1] / "specs" / "mistakes").glob("*.error"))


def _named_in(path: Path) -> Iterator[str]:
    """Yields the words in the lines that refuse an invalid spec."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield from re.findall(r"[A-Za-z_-]+", line.partition("#")[2])


NAMED = {word for path in ERRORS for word in _named_in(path)}


@pytest.mark.parametrize("word", sorted({word for _, word in WORDS}))
def test_refused(word: str) -> None:
    """A pair of files contains an invalid use of the word."""
    assert word in NAMED, "add a pair to tests/specs/mistakes"


def test_used() -> None:
    """The fifth vendor uses every word."""
    used = {word for path in FIFTH for word in used_in(path)}

    # `x-evidence` and `summary` have the same meaning everywhere.
    rest = [each for each in WORDS if each not in used and each[1] not in ("x-evidence", "summary")]
    assert rest == []


@pytest.mark.parametrize("path", FIFTH[1:], ids=lambda path: path.parent.name)
def test_themes(path: Path) -> None:
    """Each overlay is valid, and uses words that the others do not use."""
    result = CliRunner().invoke(jobtwin, ["check", str(path)])
    others = {word for other in FIFTH if other != path for word in used_in(other)}

    assert result.exit_code == 0, result.output
    assert used_in(path) - others
