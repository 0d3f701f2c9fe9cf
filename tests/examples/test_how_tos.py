"""The samples of the how-to pages, run as the pages say."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import mypy.api
import pytest

from jobtwin.judge import RULES
from jobtwin.judge.drift.findings import SHAPES
from jobtwin.rehearse import fates_of
from jobtwin.rehearse.rules import RULES as RULES_OF_CLIENTS
from jobtwin.testing import serving
from tests import inner_pytest
from tests.loaded import loaded
from tests.ports import free_port

DOCS = Path(__file__).parents[2] / "docs"
FILE = re.compile(r"```\w+\n# (?P<name>[\w.]+)\n(?P<text>.*?)```", re.DOTALL)
SERVICE = """#!/bin/sh
curl -fsS -H "Authorization: Basic $POLARIS_KEY" "$POLARIS_URL/v1/projects/p/jobs/$1/status"
"""
IMPATIENT = """
import httpx


def test_impatient(jobtwin):
    polaris, job = jobtwin.polaris, jobtwin.polaris.create()
    for pause in (0, 1):
        jobtwin.clock.advance(seconds=pause)
        httpx.get(f"{polaris.url}/v1/projects/p/jobs/{job.id}/status", headers=polaris.headers)
    assert polaris.calls("getJobStatus").polite()
"""


def _page(name: str) -> str:
    return (DOCS / f"how-to-{name}.md").read_text(encoding="utf-8")


def _written(folder: Path, *pages: str) -> list[str]:
    """Writes the samples that begin with a file's name; returns the names."""
    files = {found["name"]: found["text"] for page in pages for found in FILE.finditer(_page(page))}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(files)


def _run(folder: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, "PYTEST_ADDOPTS": " ".join(inner_pytest.OPTIONS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", ["pytest", "clients", "faults"])
def test_pytest(page: str, tmp_path: Path) -> None:
    """The samples of a page are a project whose tests pass."""
    _written(tmp_path, page)

    tests = sum(file.read_text().count("def test_") for file in tmp_path.glob("test_*.py"))
    output = _run(tmp_path, sys.executable, "-m", "pytest", "-q", "-W", "error")

    assert f"{tests} passed" in output


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the files of the page on webhooks, and the generated client."""
    folder = tmp_path_factory.mktemp("shop")
    _written(folder, "webhooks")
    [command] = re.findall(r"`jobtwin (generate [^`]*)`", _page("webhooks"))
    _run(folder, sys.executable, "-m", "jobtwin", *command.split())
    return folder


@pytest.mark.slow
def test_webhooks(shop: Path) -> None:
    """The page's service accepts the deliveries of the page's vendor, and its tests pass."""
    output = _run(shop, sys.executable, "-m", "pytest", "-q", "-W", "error")

    assert "4 passed" in output


@pytest.mark.slow
def test_webhooks__commands(shop: Path, tmp_path: Path) -> None:
    """The page's commands, in order, print the page's output."""
    with serving([shop / "printshop.yaml"]) as host:
        words = f'jobtwin() {{ "{sys.executable}" -m jobtwin "$@"; }}\n'
        words += f'JOBTWIN_URL="{host.url}"; export JOBTWIN_URL\n'
        for command, shown in _commands(_page("webhooks")):
            output = _run(tmp_path, "sh", "-c", f"{words}{command} 2>&1; true")
            wanted = re.escape(shown).replace("…\\\n", "(?:.*\n)+")
            assert re.fullmatch(wanted, output), f"$ {command}\n{output}"


@pytest.mark.slow
def test_types(tmp_path: Path, mypy_cache: Path) -> None:
    """A service written as on the page passes mypy --strict."""
    _written(tmp_path, "clients")

    said, _, code = mypy.api.run(
        ["--strict", f"--cache-dir={mypy_cache}", "--config-file=", str(tmp_path / "nightly.py")]
    )

    assert code == 0, said


@pytest.mark.slow
def test_report(tmp_path: Path) -> None:
    """The report of a failed test has the page's lines."""
    _written(tmp_path, "pytest")
    (tmp_path / "test_impatient.py").write_text(IMPATIENT, encoding="utf-8")
    [shown] = re.findall(r"```text\n(.*?)```", _page("pytest"), re.DOTALL)

    words = (sys.executable, "-m", "pytest", "-q", "test_impatient.py")
    output = _run(tmp_path, *words, code=1)

    for line in shown.splitlines():
        pattern = re.escape(line.strip("-")).replace("…", r"\w+")
        assert re.search(pattern, output), (line, output)


@pytest.mark.slow
def test_unittest(tmp_path: Path) -> None:
    """The sample passes with the other page's service."""
    _written(tmp_path, "pytest", "unittest")

    output = _run(tmp_path, sys.executable, "-W", "error", "-m", "unittest", "-v", "test_ingestion")

    assert "Ran 1 test" in output


MOMENT = r"\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?|\b\d\d:\d\d:\d\d\b"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("sed"), reason="the page calls sed")
def test_judge(tmp_path: Path, server: str) -> None:
    """The page's commands, in order, print the page's output, except for the moments."""
    page = _page("judge").replace("http://127.0.0.1:8080", server)
    folder = tmp_path / "session"
    folder.mkdir()
    [sample] = FILE.finditer(page)
    (folder / sample["name"]).write_text(sample["text"], encoding="utf-8")
    env = f'JOBTWIN_URL="{server}"; export JOBTWIN_URL'
    words = f'jobtwin() {{ "{sys.executable}" -m jobtwin "$@"; }}\n'
    words += f'python() {{ "{sys.executable}" "$@"; }}\n{env}\n'
    for command, shown in _commands(page):
        # Exported variables are kept.
        words += command + "\n" if command.startswith("export") else ""
        output = _run(folder, "sh", "-c", f"{words}{command} 2>&1; true")
        wanted = re.escape(re.sub(MOMENT, "MOMENT", shown)).replace("…\\\n", "(?:.*\n)*")
        assert re.fullmatch(wanted, re.sub(MOMENT, "MOMENT", output)), f"$ {command}\n{output}"


def _commands(page: str) -> list[tuple[str, str]]:
    """Returns the commands of a page's consoles, each with its output."""
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    found = [block.removeprefix("$ ").split("\n$ ") for block in blocks]
    pairs = [each.rstrip("\n").partition("\n") for block in found for each in block]
    return [(command, f"{shown}\n" if shown else "") for command, _, shown in pairs]


def test_judge__rules() -> None:
    """The page lists every rule."""
    table = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", _page("judge"), re.MULTILINE))

    assert {rule: text[0].upper() + text[1:] for rule, text in table.items()} == {**SHAPES, **RULES}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("curl"), reason="the page's shell calls curl")
def test_other_languages(tmp_path: Path) -> None:
    """The page's commands, in order, start, poll and stop a twin."""
    service = tmp_path / "my-service"
    service.write_text(SERVICE, encoding="utf-8")
    service.chmod(0o700)
    port = str(free_port())
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", _page("other-languages"), re.DOTALL))
    words = f'jobtwin() {{ exec "{sys.executable}" -m jobtwin "$@"; }}\n{commands}'

    output = _run(tmp_path, "sh", "-euc", words.replace("8080", port))

    assert '"state":"failed"' in output


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("node"), reason="the sample is Node's")
def test_node(tmp_path: Path) -> None:
    """The page's program, run as on the page, sees its job complete."""
    page = _page("other-languages")
    [sample] = re.findall(r"```js\n// wait.mjs\n(.*?)```", page, re.DOTALL)
    (tmp_path / "wait.mjs").write_text(sample, encoding="utf-8")
    words = f'jobtwin() {{ "{sys.executable}" -m jobtwin "$@"; }}\n'

    for console in re.findall(r"```console\n.*?```", page, re.DOTALL):
        _check_console(tmp_path, words, console)


@pytest.mark.slow
def test_rehearse(tmp_path: Path) -> None:
    """The page's commands, in order, print the page's output."""
    _written(tmp_path, "rehearse")
    words = f'jobtwin() {{ "{sys.executable}" -m jobtwin "$@"; }}\n'
    words += f'pytest() {{ "{sys.executable}" -m pytest -q "$@"; }}\n'

    page = _page("rehearse").replace("-- python", f"-- {sys.executable}")
    for command, shown in _commands(page):
        output = _run(tmp_path, "sh", "-c", f"{words}{command} 2>&1; true")
        wanted = re.escape(shown).replace("…\\\n", "(?:.*\n)*")
        assert re.fullmatch(wanted, output), f"$ {command}\n{output}"


def test_rehearse__tables() -> None:
    """The page lists every fate that is not a scenario, and every rule."""
    told = set(re.findall(r"^\| `([\w-]+)` \|", _page("rehearse"), re.MULTILINE))
    [spec] = loaded(["polaris"])
    fates = {f.name for f in fates_of(spec, spec.jobs["job"]) if f.name != f.scenario}

    assert told == fates | {rule.name for rule in RULES_OF_CLIENTS}


BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)


@pytest.mark.slow
def test_tutorial(tmp_path: Path) -> None:
    """The tutorial's files and commands, from top to bottom, print the page's output."""
    page = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    [serve] = re.findall(r"^jobtwin (serve .*)$", page, re.MULTILINE)
    command = [sys.executable, "-m", "jobtwin", *serve.split(), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        url = json.loads(server.stdout.readline())["url"]
        words = f'jobtwin() {{ "{sys.executable}" -m jobtwin "$@"; }}\n'
        words += f'pytest() {{ "{sys.executable}" -m pytest "$@"; }}\n'
        words += f'JOBTWIN_URL="{url}"; export JOBTWIN_URL\n'
        try:
            for block in BLOCK.finditer(page):
                if named := FILE.fullmatch(block[0]):
                    (tmp_path / named["name"]).write_text(named["text"], encoding="utf-8")
                elif block["language"] == "console":
                    _check_console(tmp_path, words, block[0].replace("http://127.0.0.1:8080", url))
        finally:
            server.terminate()


def _check_console(folder: Path, words: str, console: str) -> None:
    """Checks that each command of a console prints the text below it; … matches anything."""
    for command, shown in _commands(console):
        output = _run(folder, "sh", "-c", f"{words}{command} 2>&1; true")
        wanted = re.escape(re.sub(MOMENT, "MOMENT", shown)).replace("…\\\n", "(?:.*\n)*")
        found = re.fullmatch(
            wanted.replace("…", ".*"), re.sub(MOMENT, "MOMENT", f"{output.rstrip()}\n")
        )
        assert found, f"$ {command}\n{output}"
