"""The samples in the READMEs do what they say."""

import re
import shlex
from pathlib import Path

import httpx
import pytest
import yaml
from click.testing import CliRunner

from jobtwin.cli import jobtwin

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
    """The README's client sample prints a state."""
    [sample] = _blocks(README, "python")

    exec(sample.replace("http://127.0.0.1:8080", server), {})  # noqa: S102 - our own README

    assert capsys.readouterr().out == "pending\n"


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
