"""docs/how-to-your-vendor.md works for its made-up vendor, from the file to a passing test."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobtwin.cli.root import jobtwin
from tests import inner_pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "how-to-your-vendor.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(?P<language>\w*)\n(?P<text>.*?)```", re.DOTALL)


@pytest.mark.slow
def test_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's files, corrections and commands, from top to bottom, print the shown output."""
    shutil.copy(DOCS / "vendor.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    overlay = Path("vendor.overlay.yaml")
    ran = []

    for block in BLOCK.finditer(PAGE):
        text = block["text"]
        if block["language"] == "console":
            ran += list(_run(text))
        elif block["language"] in ("python", "toml"):
            Path(text.splitlines()[0].removeprefix("# ")).write_text(text, encoding="utf-8")
        elif block["language"] == "yaml":
            written = overlay.read_text(encoding="utf-8")
            if "#?" in text:
                assert text in written
            overlay.write_text(_corrected(written, text), encoding="utf-8")

    assert ran == ["jobtwin adopt", "jobtwin check", "pytest -q"]


def _run(console: str) -> Iterator[str]:
    """Run a console's commands, and compare the output with the page; … matches anything."""
    for each in console.removeprefix("$ ").split("\n$ "):
        command, _, shown = each.partition("\n")
        program, *words = shlex.split(command)
        wanted = re.escape(shown).replace("…\\\n", "(?:.*\n)*").replace("…", ".*")
        output = _output(program, words)
        assert re.fullmatch(wanted, output), output
        yield f"{program} {words[0]}"


def _output(program: str, words: list[str]) -> str:
    if program == "jobtwin":
        return CliRunner().invoke(jobtwin, words).output
    command = [sys.executable, "-m", program, *words, *inner_pytest.OPTIONS]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _corrected(overlay: str, lines: str) -> str:
    """Returns an overlay in which these lines replace those with the same key, or are appended."""
    for line in lines.splitlines(keepends=True):
        key = re.escape(line[: line.index(":", line.index("{"))])  # such as `failed: {steps`
        overlay, found = re.subn(
            rf"^{key}:.*\n", line.replace("\\", r"\\"), overlay, flags=re.MULTILINE
        )
        overlay += "" if found else line
    return overlay


def test_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line of a draft names the grammar's schema, a file beside it."""
    shutil.copy(DOCS / "vendor.json", tmp_path)
    monkeypatch.chdir(tmp_path)

    CliRunner().invoke(jobtwin, ["adopt", "vendor.json"])

    head = Path("vendor.overlay.yaml").read_text(encoding="utf-8").partition("\n")[0]
    named = head.removeprefix("# yaml-language-server: $schema=")
    assert Path(named).read_text(encoding="utf-8") == CliRunner().invoke(jobtwin, ["schema"]).output
