"""The samples in the READMEs do what they say."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.testing import Clock
from jobtwin.testing.control import control
from jobtwin.testing.wire import Wire

# Plugins that come with our own tests' packages, not with a reader's, and take a second to load.
OTHERS = "-p no:schemathesis -p no:hypothesispytest -p no:anyio -p no:cacheprovider"
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GRAMMAR = (ROOT / "specs/README.md").read_text(encoding="utf-8")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def _request(command: str) -> tuple[str, dict[str, str]]:
    """URL and headers of a curl command."""
    words = shlex.split(command)
    headers = [words[n + 1] for n, word in enumerate(words) if word == "-H"]
    return words[-1], dict(header.split(": ", 1) for header in headers)


def test_curl(server: str) -> None:
    """The README's request is answered as the README shows."""
    console = next(block for block in _blocks(README, "console") if "curl" in block)
    command, answer = console.removeprefix("$ ").splitlines()
    url, headers = _request(command)

    response = httpx.get(url.replace("http://127.0.0.1:8080", server), headers=headers)

    assert response.text == answer


def test_python(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The README's client samples, one after the other, print a state and wait for an end."""
    samples = [block for block in _blocks(README, "python") if not block.startswith("# ")]
    names: dict[str, object] = {}
    wire = Wire()

    with Clock(control(server, wire)).patch():
        for sample in samples:
            exec(sample.replace("http://127.0.0.1:8080", server), names)  # noqa: S102 - our own README
    wire.shut()

    assert capsys.readouterr().out == "pending\ncompleted\n"


def test_test(tmp_path: Path) -> None:
    """The README's test passes as it is printed."""
    [sample] = [block for block in _blocks(README, "python") if block.startswith("# test_")]
    file = tmp_path / sample.splitlines()[0].removeprefix("# ")
    file.write_text(sample, encoding="utf-8")

    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", *OTHERS.split(), file.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_other_samples() -> None:
    """Every sample in Python is one that runs."""
    assert set(re.findall(r"```(\w+)", README)) == {"console", "python"}


def test_first_sample_comes_early() -> None:
    """The README shows the thing within thirty lines."""
    assert README.splitlines().index("```console") < 30


def test_flags() -> None:
    """Every flag that the README names is one of the command's."""
    leaves = [[name] for name in jobtwin.commands]
    for name, group in jobtwin.commands.items():
        leaves += [[name, leaf] for leaf in getattr(group, "commands", {})]
    helps = "".join(CliRunner().invoke(jobtwin, [*leaf, "--help"]).output for leaf in leaves)

    for flag in set(re.findall(r"(?<![\w-])--[a-z]+", README)):
        assert flag in helps


def test_grammar_sample_is_a_spec(tmp_path: Path) -> None:
    """The printer of specs/README.md passes `jobtwin check`."""
    whole = next(block for block in _blocks(GRAMMAR, "yaml") if "print:" in block)
    spec = tmp_path / "printer.yaml"
    head = "openapi: 3.0.3\ninfo: {title: Printer, version: '1'}\npaths: {}\n"
    spec.write_text(head + whole, encoding="utf-8")

    result = CliRunner().invoke(jobtwin, ["check", str(spec)])

    assert result.output == "printer.yaml: 0 operations, 1 machines, 2 scenarios: fine\n"


@pytest.mark.parametrize("sample", _blocks(GRAMMAR, "yaml"))
def test_grammar_samples_are_yaml(sample: str) -> None:
    """Every sample of specs/README.md is YAML."""
    assert yaml.safe_load(sample.replace("    …\n", ""))
