"""The samples in the READMEs work as shown."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
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
from tests import inner_pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GRAMMAR = (ROOT / "specs/README.md").read_text(encoding="utf-8")
RARE = (ROOT / "specs/RARE.md").read_text(encoding="utf-8")


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def _request(command: str) -> tuple[str, dict[str, str]]:
    """Returns the URL and headers of a curl command."""
    words = shlex.split(command)
    headers = [words[n + 1] for n, word in enumerate(words) if word == "-H"]
    return words[-1], dict(header.split(": ", 1) for header in headers)


SERVE = "uvx jobtwin serve "


@pytest.fixture(scope="module")
def first_screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """Yields a folder with the README's vendor and service, its server's URL, and its table."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copy(ROOT / "docs" / "vendor.json", folder)
    [service] = [block for block in _blocks(README, "python") if block.startswith("# nightly.py")]
    (folder / "nightly.py").write_text(service, encoding="utf-8")
    [words] = [command.removeprefix(SERVE) for command, _ in _commands(README) if SERVE in command]
    command = [sys.executable, "-m", "jobtwin", "serve", *words.split(), "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout
        lines = list[str]()
        while not lines or not lines[-1].startswith("control"):
            lines.append(server.stdout.readline())
            assert lines[-1], lines  # the server has ended
        table = "".join(lines)
        yield folder, re.findall(r"http://127\.0\.0\.1:\d+", table)[0], table
        server.terminate()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("sh"), reason="the page's consoles are a shell's")
def test_first_screen(first_screen: tuple[Path, str, str]) -> None:
    """The consoles around `nightly.py`, in order, print the README's output."""
    folder, url, table = first_screen
    words = f'jobtwin() {{ "{sys.executable}" -m jobtwin "$@"; }}\n'
    words += f'export JOBTWIN_URL="{url}"\n'
    seen = []

    for command, shown in _commands(README):
        if command.startswith(SERVE):
            output = table
        elif command.startswith("jobtwin"):
            script = words + command.replace("-- python", f"-- {sys.executable}") + " 2>&1; true"
            script = script.replace(LOCAL, url)
            output = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False).stdout  # noqa: S607 - the page is for a shell  # fmt: skip
        else:
            continue
        seen.append(command.split()[:2])
        output = output.replace(url, LOCAL).replace(sys.executable, "python")
        wanted = re.escape(shown).replace("…\\\n", "(?:.*\n)*")

        assert re.fullmatch(wanted, output), (command, output)

    assert seen[:3] == [["uvx", "jobtwin"], ["jobtwin", "run"], ["jobtwin", "rehearse"]]


LOCAL = "http://127.0.0.1:8080"


def _commands(page: str) -> list[tuple[str, str]]:
    """Returns the commands of a page's consoles, each with its output."""
    found = [block.removeprefix("$ ").split("\n$ ") for block in _blocks(page, "console")]
    pairs = [each.rstrip("\n").partition("\n") for block in found for each in block]
    return [(command, f"{shown}\n" if shown else "") for command, _, shown in pairs]


def test_curl(server: str) -> None:
    """The README's request gets the README's response."""
    console = next(block for block in _blocks(README, "console") if "curl" in block)
    command, answer = console.removeprefix("$ ").splitlines()
    url, headers = _request(command)

    response = httpx.get(url.replace("http://127.0.0.1:8080", server), headers=headers)

    assert response.text == answer


def test_python(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The README's client sample waits for the end of a job."""
    [sample] = [block for block in _blocks(README, "python") if not block.startswith("# ")]
    wire = Wire()

    with Clock(control(server, wire)).patch():
        exec(sample.replace("http://127.0.0.1:8080", server), {})  # noqa: S102 - our own README
    wire.shut()

    assert capsys.readouterr().out == "completed\n"


def test_targets() -> None:
    """Every make target in the README exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in set(re.findall(r"^\$ make ([a-z-]+)", README, re.MULTILINE)):
        assert f"\n{target}:" in makefile


def test_links() -> None:
    """Every file that the README links to exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).is_file()


def test_test(tmp_path: Path) -> None:
    """The README's test passes as printed."""
    [sample] = [block for block in _blocks(README, "python") if block.startswith("# test_")]
    file = tmp_path / sample.splitlines()[0].removeprefix("# ")
    file.write_text(sample, encoding="utf-8")

    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pytest",
        "-q",
        *inner_pytest.OPTIONS,
        file.name,
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_other_samples() -> None:
    """The README's only samples are consoles and Python."""
    assert set(re.findall(r"```(\w+)", README)) == {"console", "python"}


def test_first_sample_comes_early() -> None:
    """The README's first sample comes within twenty lines."""
    assert README.splitlines().index("```console") < 20


def test_flags() -> None:
    """Every flag in the README is a flag of the command."""
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
    """The printer of specs/README.md, with paths and schemas added, passes `jobtwin check`."""
    spec = tmp_path / "printer.yaml"
    spec.write_text(PRINTER + _blocks(GRAMMAR, "yaml")[0], encoding="utf-8")

    result = CliRunner().invoke(jobtwin, ["check", str(spec)])

    assert result.output == "printer.yaml: 4 operations, 1 machines, 2 scenarios: fine\n"


def test_grammar_is_one_page() -> None:
    """The core of the reference, states and fates, has at most 1,500 words and 50 keys."""
    core = GRAMMAR.partition("\n## 3")[0]
    words = re.findall(r"\S*\w\S*", core)
    code = " ".join([*_blocks(core, "yaml"), *re.findall(r"`[^`\n]+`", core)])
    keys = {key for key in _keys() if re.search(rf"\b{key}:|`{key}`", code)}

    assert len(words) <= 1500
    assert len(keys) <= 50


@pytest.mark.parametrize("sample", [*_blocks(GRAMMAR, "yaml"), *_blocks(RARE, "yaml")])
def test_grammar_samples_are_yaml(sample: str) -> None:
    """Every sample of specs/README.md and specs/RARE.md is YAML."""
    assert yaml.safe_load(sample.replace("        …\n", ""))


def test_grammar_names_every_key() -> None:
    """Each key of the schema is in the reference or among the rare words."""
    assert [key for key in sorted(_keys()) if not re.search(rf"\b{key}\b", GRAMMAR + RARE)] == []


def _keys() -> set[str]:
    """Returns the keys of the schema."""
    definitions = json.loads(grammar())["$defs"]
    others = ("schema", "errors", "situations")  # OpenAPI's own; situations are in groups
    told = [each for name, each in definitions.items() if name not in others]
    return {key for each in told for key in each.get("properties", ())}
