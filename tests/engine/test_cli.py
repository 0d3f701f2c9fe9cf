"""The command line: help texts, refusals, exit codes."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.http import Settings
from jobtwin.server import Server
from tests.loaded import loaded

RUN = CliRunner().invoke


def test_help() -> None:
    """Every command and every flag says what it does."""
    for command in jobtwin.commands.values():
        assert command.help
        for flag in command.params:
            assert flag.param_type_name == "argument" or getattr(flag, "help", None), flag.name


def test_version() -> None:
    """`--version` prints the version."""
    assert RUN(jobtwin, ["--version"]).output.startswith("jobtwin ")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--speed", "0"], "0.0 is not in the range 0<x<=1000000"),
        (["--port", "70000"], "70000 is not in the range"),
        (["--clock", "sundial"], "'sundial' is not one of"),
        (["--clock", "manual", "--speed", "2"], "a manual clock is frozen"),
        (["--sped", "2"], "No such option"),
    ],
    ids=["speed", "port", "clock", "manual-speed", "misspelt"],
)
def test_serve__wrong_flag(flags: list[str], says: str) -> None:
    """An invalid flag is refused with a hint at valid values, and exit code 2."""
    result = RUN(jobtwin, ["serve", *flags])

    assert result.exit_code == 2
    assert says in result.output


def test_serve__port_taken() -> None:
    """A port in use is reported in one line, with exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        result = RUN(jobtwin, ["serve", "--port", str(port)])

    assert result.exit_code == 1
    assert result.output == (
        f"Error: cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port\n"
    )


def test_check__fine() -> None:
    """The bundled specs have no mistakes; each is named on its own line."""
    result = RUN(jobtwin, ["check"])

    assert result.exit_code == 0
    assert len(result.output.splitlines()) == len(loaded())


def test_table() -> None:
    """The table lists each API's base URL, a header and a request, with the given credentials."""
    server = Server(loaded(), Settings(credentials=("only-this",)), port=8080)

    table = server.table()

    for spec in loaded():
        assert spec.name == "control" or f"http://127.0.0.1:8080/{spec.name} " in table
    assert table.count("  try       curl -H") == len(loaded()) - 1
    assert "only-this" in table


def test_broken_install(tmp_path: Path) -> None:
    """If a package is missing, the command says how to install it."""
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError(name='click')", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "jobtwin"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "pip install --upgrade jobtwin" in done.stderr


@pytest.mark.slow
def test_docs(tmp_path: Path) -> None:
    """The output of `docs` passes its check; a missing page fails with the command to run."""
    assert RUN(jobtwin, ["docs", str(tmp_path)]).exit_code == 0
    assert RUN(jobtwin, ["docs", "--check", str(tmp_path)]).exit_code == 0
    (tmp_path / "machines.md").unlink()

    result = RUN(jobtwin, ["docs", "--check", str(tmp_path)])

    assert result.exit_code == 1
    assert "machines.md: is missing\nupdate with: make docs\n" in result.output


@pytest.mark.slow
def test_diagram() -> None:
    """Without a name every machine is drawn in Markdown; an ambiguous name is refused."""
    every = RUN(jobtwin, ["diagram"]).output
    several = RUN(jobtwin, ["diagram", "--machine", "job"])

    assert every.count("```mermaid\n") == sum(len(spec.machines) for spec in loaded())
    assert several.exit_code == 2
    assert "name the SPEC as well" in several.output
