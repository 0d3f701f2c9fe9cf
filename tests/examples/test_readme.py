"""The samples in the READMEs do what they say."""

import json
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
from jobtwin.openapi.document import grammar
from jobtwin.testing import Clock
from jobtwin.testing.control import control
from jobtwin.testing.wire import Wire

# Plugins that come with our own tests' packages, not with a reader's, and take a second to load.
OTHERS = "-p no:schemathesis -p no:hypothesispytest -p no:anyio -p no:cacheprovider"
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GRAMMAR = (ROOT / "specs/README.md").read_text(encoding="utf-8")
RARE = (ROOT / "specs/RARE.md").read_text(encoding="utf-8")


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


PRINTER = """\
openapi: 3.0.3
info: {title: Printer, version: '1'}
paths:
  /prints:
    post: {operationId: createPrint, responses: {'201': &print {$ref: '#/components/responses/Print'}}}
    get: {operationId: listPrints, responses: {'200': {$ref: '#/components/responses/Prints'}}}
  /prints/{printId}:
    parameters: [{name: printId, in: path, required: true, schema: {type: string}}]
    get: {operationId: getPrint, responses: &responses {'200': *print, default: {description: No}}}
    delete: {operationId: cancelPrint, responses: *responses}
components:
  responses:
    Print: {description: One, content: {application/json: {schema: {$ref: '#/components/schemas/Print'}}}}
    Prints:
      description: All
      content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Print'}}}}
  schemas:
    Print:
      type: object
      required: [printId, status]
      properties:
        printId: {type: string}
        status: {type: string, enum: [queued, printing, printed, jammed, stopped]}
        createdAt: {type: string, format: date-time}
        percent: {type: integer}
"""


def test_grammar_sample_is_a_spec(tmp_path: Path) -> None:
    """The printer of specs/README.md passes `jobtwin check` as it is, beside paths and schemas."""
    spec = tmp_path / "printer.yaml"
    spec.write_text(PRINTER + _blocks(GRAMMAR, "yaml")[0], encoding="utf-8")

    result = CliRunner().invoke(jobtwin, ["check", str(spec)])

    assert result.output == "printer.yaml: 4 operations, 1 machines, 2 scenarios: fine\n"


def test_grammar_is_one_page() -> None:
    """The reference, tables aside from their bars, has at most 1,500 words."""
    words = re.findall(r"\S*\w\S*", GRAMMAR)

    assert len(words) <= 1500


@pytest.mark.parametrize("sample", [*_blocks(GRAMMAR, "yaml"), *_blocks(RARE, "yaml")])
def test_grammar_samples_are_yaml(sample: str) -> None:
    """Every sample of specs/README.md and specs/RARE.md is YAML."""
    assert yaml.safe_load(sample.replace("        …\n", ""))


def test_grammar_names_every_key() -> None:
    """Each key of the schema stands in the reference, or among the rare words."""
    definitions = json.loads(grammar())["$defs"]
    others = ("schema", "errors", "situations")  # OpenAPI's own, and situations by their groups
    told = [each for name, each in definitions.items() if name not in others]
    keys = {key for each in told for key in each.get("properties", ())}

    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", GRAMMAR + RARE)] == []
