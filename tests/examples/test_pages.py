"""The files and commands named on the pages exist."""

import re
from pathlib import Path

import pytest

from jobtwin.cli import jobtwin

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "specs").glob("*.md")])
PACKAGE = ROOT / "mockserver" / "jobtwin"
GUIDES = [PACKAGE / "llms.txt", PACKAGE / "SKILL.md", ROOT / "packaging" / "PACKAGE.md"]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [*PAGES, ROOT / "tests" / "README.md"], ids=_name)
def test_links(page: Path) -> None:
    """A page links to files that exist."""
    text = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    dead = [t for t in targets if "://" not in t and not (page.parent / t).exists()]

    assert not dead


@pytest.mark.parametrize("guide", GUIDES, ids=_name)
def test_commands(guide: Path) -> None:
    """A guide that is shipped outside the repository names existing commands, and has no links."""
    text = guide.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^    )jobtwin ([a-z]+)", text, re.MULTILINE))

    assert named
    assert named <= set(jobtwin.commands)
    assert "](" not in text


def test_glossary() -> None:
    """The glossary has at most ten words."""
    rows = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").partition("|---|---|\n")[2]

    assert 0 < len(rows.splitlines()) <= 10


def test_map() -> None:
    """tests/README.md has a row for each folder of tests."""
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    folders = {path.parent for path in (ROOT / "tests").glob("*/test_*.py")}

    assert [f.name for f in sorted(folders) if f"`{f.name}/`" not in text] == []
