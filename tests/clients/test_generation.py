import contextlib
import datetime as dt
import importlib.util
import io
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import mypy.api
import pytest
from click.testing import CliRunner

from jobcall import UnexpectedStatus
from jobtwin.codegen import packages
from jobtwin.codegen.__main__ import main
from jobtwin.codegen.output import contents, find_specs, replace, update
from jobtwin.codegen.packages import GenerationError

QUIRKS = Path(__file__).with_name("quirks.yaml")
HEAD = 'openapi: 3.0.3\ninfo: {title: Small, version: "1"}\n'
SMALL = HEAD + "paths: {/a: {get: {operationId: getA, responses: {'204': {description: Done}}}}}\n"
BASE = {
    "id": "2f0c0e1e-0000-4000-8000-000000000000",
    "state": "In Progress",
    "created_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture(scope="module")
def quirks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate quirks.yaml."""
    output = tmp_path_factory.mktemp("quirks") / "generated"
    replace([QUIRKS], output, print)
    return output


@pytest.fixture(scope="module")
def client(quirks: Path) -> Iterator[ModuleType]:
    """Import the package of quirks.yaml, under its own name."""
    path = quirks / "jobclients" / "quirks"
    spec = importlib.util.spec_from_file_location("quirks", path / "__init__.py")
    assert spec
    assert spec.loader
    module = sys.modules["quirks"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for name in [name for name in sys.modules if name.partition(".")[0] == "quirks"]:
        del sys.modules[name]


@pytest.fixture
def models(client: ModuleType) -> ModuleType:
    """Import the models of quirks.yaml."""
    return importlib.import_module(f"{client.__name__}.models")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Write two specs."""
    home = tmp_path / "specs"
    home.mkdir()
    (home / "first.yaml").write_text(SMALL)
    (home / "second.yaml").write_text(SMALL)
    return home


@pytest.fixture
def output(home: Path) -> Path:
    """Generate the two specs."""
    output = home.with_name("generated")
    replace(find_specs(home), output, print)
    return output


def generate(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["generate", *map(str, arguments)])
    return result.exit_code, result.output


def check(home: Path, output: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check", "--specs", str(home), "--output", str(output)])
    return result.exit_code, result.output


def test_generate__elsewhere(quirks: Path, tmp_path: Path) -> None:
    """The output does not depend on the working directory, the hash seed or the output folder."""
    command = [
        sys.executable,
        "-m",
        "jobtwin.codegen",
        "generate",
        str(QUIRKS),
        "--output",
        "other",
    ]
    env = {**os.environ, "PYTHONHASHSEED": "7"}

    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)

    assert contents(tmp_path / "other") == contents(quirks)


def test_generate__reports(home: Path, tmp_path: Path) -> None:
    """Each spec is reported in one line."""
    code, said = generate("--specs", home, "--output", tmp_path / "new")

    assert code == 0
    assert said == "specs/first.yaml → jobclients.first\nspecs/second.yaml → jobclients.second\n"


def test_generate__one_spec(home: Path, output: Path) -> None:
    """A named spec is regenerated, and the other packages are unchanged."""
    (home / "first.yaml").write_text(SMALL.replace("getA", "getB"))

    generate(home / "first.yaml", "--output", output)

    assert (output / "jobclients/first/api/default/get_b.py").exists()
    assert not (output / "jobclients/first/api/default/get_a.py").exists()
    assert (output / "jobclients/second/client.py").exists()


def test_generate__spec_gone(home: Path, output: Path) -> None:
    """The package of a deleted spec is deleted."""
    (home / "second.yaml").unlink()

    generate("--specs", home, "--output", output)

    assert sorted(path.name for path in (output / "jobclients").iterdir()) == [
        "__init__.py",
        "first",
        "py.typed",
    ]


def test_generate__warning(home: Path, output: Path) -> None:
    """A warning fails, names the spec and the problem, and leaves the previous output unchanged."""
    before = contents(output)
    (home / "second.yaml").write_text(SMALL.replace("description: Done", "$ref: 'other.yaml#/x'"))

    code, said = generate("--specs", home, "--output", output)

    assert code == 1
    assert said.endswith("specs/second.yaml: other.yaml#/x: leads to nothing in the file\n")
    assert contents(output) == before
    assert sorted(path.name for path in output.parent.iterdir()) == ["generated", "specs"]


def test_generate__foreign_output(home: Path) -> None:
    """A directory with any files other than packages is not emptied."""
    code, said = generate("--specs", home, "--output", home)

    assert (code, said) == (1, f"{home}: holds files that were not generated\n")
    assert len(find_specs(home)) == 2


def test_generate__no_specs(tmp_path: Path) -> None:
    """An empty directory of specs is an error, and removes no packages."""
    assert generate("--specs", tmp_path) == (1, f"{tmp_path}: holds no *.yaml\n")


LOSSES = {
    "yaml-broken": ("a: [", "did not find expected node content"),
    "yaml-key-twice": (SMALL + "paths: {}", "the key `paths` is given already in line 3"),
    "yaml-anchor-twice": (
        "a: &x 1\nb: &x 2\n" + SMALL,
        "the anchor `&x` is given already in line 1",
    ),
    "yaml-empty": ("", "is not an OpenAPI document"),
    "openapi-broken": (HEAD, "has no `paths`"),
    "path-elsewhere": (HEAD + "paths: {/a: {$ref: a.yaml}}", "/a: its operations are elsewhere"),
    "parameter-twice": (
        HEAD
        + "paths: {/a: {get: {parameters: [{in: query, name: n}, {in: query, name: n}], "
        + "responses: {'204': {description: Done}}}}}",
        "GET /a: the query parameter 'n' is declared 2 times; the first counts",
    ),
    "reference-to-nothing": (
        SMALL + "components: {schemas: {A: {$ref: '#/components/schemas/B'}}}",
        "#/components/schemas/B: leads to nothing in the file",
    ),
    "reference-to-itself": (
        SMALL + "components: {schemas: {A: {$ref: '#/components/schemas/A'}}}",
        "#/components/schemas/A: leads to nothing in the file",
    ),
    "schema-of-itself": (
        SMALL
        + "components: {schemas: {A: {type: array, items: {$ref: '#/components/schemas/A'}}}}",
        "schema A, which is any value now",
    ),
}


@pytest.mark.parametrize(("text", "said"), LOSSES.values(), ids=LOSSES)
def test_generate__loss(text: str, said: str, tmp_path: Path) -> None:
    """A spec is refused if anything would be missing from its client, even without a warning."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(text)

    with pytest.raises(GenerationError) as raised:
        update([spec], tmp_path / "generated", print)

    assert said in str(raised.value)


def test_generate__unimportable_name(tmp_path: Path) -> None:
    """A package has its twin's name, which cannot be a keyword."""
    (tmp_path / "my-api.yaml").write_text(SMALL)
    (tmp_path / "class.yaml").write_text(SMALL)

    update([tmp_path / "my-api.yaml"], tmp_path / "generated", print)
    with pytest.raises(GenerationError, match="'class' is a keyword of Python"):
        update([tmp_path / "class.yaml"], tmp_path / "generated", print)

    assert (tmp_path / "generated/jobclients/my_api/client.py").is_file()


def test_check__equal(home: Path, output: Path) -> None:
    """Python's cache files are ignored."""
    (output / "jobclients" / "__pycache__").mkdir()
    (output / "jobclients" / "__pycache__" / "first.pyc").touch()

    assert check(home, output) == (0, "generated/ is what specs/ makes\n")


def test_check__differs(home: Path, output: Path) -> None:
    """Missing, stray and changed files are named, with the command that fixes it."""
    (output / "jobclients/first/client.py").unlink()
    (output / "jobclients/first/errors.py").write_text("pass\n")
    (output / "stray.txt").touch()

    code, said = check(home, output)

    assert code == 1
    assert said.splitlines() == [
        "missing: jobclients/first/client.py",
        "changed: jobclients/first/errors.py",
        "stray: stray.txt",
        "mend with: make generate",
    ]


def test_check__many(home: Path, output: Path) -> None:
    """Only the first twenty files are named."""
    for number in range(23):
        (output / f"stray-{number}.txt").touch()

    said = check(home, output)[1].splitlines()

    assert len(said) == 22
    assert said[-2:] == ["… and 3 more", "mend with: make generate"]


def test_package__header(quirks: Path) -> None:
    """Every module starts with the name of its spec."""
    header = '# Generated from clients/quirks.yaml by "make generate". Do not edit.\n'
    root = '# Generated by "make generate". Do not edit.\n'

    modules = list((quirks / "jobclients" / "quirks").rglob("*.py"))

    assert len(modules) > 20
    assert all(module.read_text().startswith(header) for module in modules)
    assert (quirks / "jobclients" / "__init__.py").read_text().startswith(root)


def test_package__no_strays(quirks: Path) -> None:
    """Apart from modules, only the marker of typed packages is generated."""
    others = {path for path in contents(quirks) if not path.endswith(".py")}

    assert others == {"jobclients/py.typed", "jobclients/quirks/py.typed"}


@pytest.mark.slow
def test_package__types(quirks: Path, mypy_cache: Path) -> None:
    """Generated code passes mypy --strict."""
    said, _, code = mypy.api.run(
        ["--strict", f"--cache-dir={mypy_cache}", "--config-file=", str(quirks)]
    )

    assert code == 0, said


TAKEN = ("d", "cls", "cast", "src_dict", "field_dict", "to_dict", "additional_properties", "self", "jobcall", "errors", "types", "client")  # fmt: skip

ROUND_TRIPS: dict[str, list[Any]] = {
    "state": ["Onboarding Scheduled", '3 "left"'],
    "created_at": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.120000Z"],
    "started_at": ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00"],
    "ended_at": ["2026-01-01T00:00:00Z", None],
    "day": ["2026-01-01", None],
    "moments": [[], ["2026-01-01T00:00:00Z"]],
    "moment_by_name": [{}, {"a": "2026-01-01T00:00:00Z", "b": None}],
    "epoch": [1767225600000, None],
    "ratio": [0.5, 1],
    "limit": [5, 10],
    "changed": [True, False, None],
    "next_state": ["Done", None],
    "note": [{"text": "x"}, {"text": "x", "more": [1]}, None],
    "notes": [[{"text": "x"}], [], None],
    "inline": [{"x": 1}, {"x": None}, {}, None],
    "operation": [{"type": "node", "deep": {"a": [None]}}, {}],
    "result": ["x", {"a": 1}, [1], 0, None],
    "labels": [{"a": "b"}, {}],
    "answers": [{"web-01": {"text": "x"}}],
    "target": [
        {"kind": "table", "name": "t"},
        {"kind": "stream", "opened_at": "2026-01-01T00:00:00Z"},
    ],
    "source": [{"kind": "table", "name": "t"}, {"kind": "cloud", "height": 9}],
    "sources": [[{"kind": "cloud"}, {"kind": "stream"}], []],
    "paused_state": ["by_hand", "by_nobody", None],
    "priority": [0, -2, 7],
    "priorities": [[0, 7]],
    "next_job": [{**BASE, "next_job": BASE}],
    "job": [["a", "b"]],
    **{name: ["x"] for name in TAKEN},
    "mixed": ["1", 1, {"text": "x"}],
    "from": ["here"],
    "camelCase": ["a"],
    "camel_case": ["b"],
    "with-dash": ["c"],
    "unheard_of": [{"a": None}],
}


@pytest.mark.filterwarnings("ignore::jobcall.UnknownValueWarning")
@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_model__round_trip(name: str, models: ModuleType) -> None:
    """A model writes exactly what it reads: nothing is lost, and absent is not null."""
    jobs = [{**BASE, name: value} for value in ROUND_TRIPS[name]]

    assert [models.Job.from_dict(job).to_dict() for job in jobs] == jobs


def test_model__absent(models: ModuleType) -> None:
    """Absent properties stay absent when written, even those with defaults."""
    assert models.Job.from_dict(BASE).to_dict() == BASE


def test_model__discriminator(models: ModuleType) -> None:
    """One-value enums let a union find the class named by the discriminator."""
    target = models.Job.from_dict({**BASE, "target": {"kind": "stream"}}).target

    assert isinstance(target, models.Stream)


def test_model__secrets(models: ModuleType) -> None:
    """A repr hides secrets, by format or by name, listed or inherited, and shows other values."""
    told: dict[str, Any] = {
        "text": "x",
        "one": "s3cret",
        "some": ["s3cret"],
        "named": {"a": "s3cret"},
    }
    told |= {"api_key": "s3cret", "privateKeys": ["s3cret"], "max_tokens": 512, "auth": "basic"}
    guarded = models.Guarded.from_dict({**told, "guarded": told})

    assert "s3cret" not in repr(guarded)
    assert "max_tokens=512" in repr(guarded)
    assert "auth=<" in repr(guarded)
    assert guarded.to_dict() == {**told, "guarded": told}


def called(
    client: ModuleType, operation: str, answer: httpx.Response, **arguments: Any
) -> tuple[httpx.Request, Any]:
    """Calls the operation; returns its request and the parsed response."""
    sent = []

    def answered(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    caller = client.Client("http://x", httpx_args={"transport": httpx.MockTransport(answered)})
    endpoint = importlib.import_module(f"{client.__name__}.api.{operation}")
    got = None
    with contextlib.suppress(UnexpectedStatus):
        got = endpoint.sync(client=caller, **arguments)
    return sent[0], got


def send(client: ModuleType, operation: str, **arguments: Any) -> httpx.Request:
    """Calls the operation and returns its request."""
    return called(client, f"jobs.{operation}", httpx.Response(204), **arguments)[0]


ODD = {
    "any": (httpx.Response(200, json={"a": [1]}), {"a": [1]}),
    "null": (httpx.Response(200, content=b"null"), None),
    "nothing": (httpx.Response(204), None),
}


@pytest.mark.filterwarnings("ignore:Setting per-request cookies")  # httpx's, about generated code
@pytest.mark.parametrize(("answer", "wanted"), ODD.values(), ids=ODD)
def test_operation__odd_names(client: ModuleType, answer: httpx.Response, wanted: Any) -> None:
    """Parameters may share names with the generated code; any JSON can be returned."""
    names = ["headers", "params", "errors", "response", "httpx", "jobcall", "sent"]
    own = {f"{name}_": name for name in names}

    request, got = called(
        client,
        "default.get_jobs_quote_anything",
        answer,
        quote="a/b",
        x_must=7,
        cookies_="c",
        **own,
    )

    assert request.url.raw_path.startswith(b"/jobs/a%2Fb/anything?")
    assert dict(request.url.params) == {name: name for name in names}
    assert (request.headers["x-must"], request.headers["cookie"]) == ("7", "cookies=c")
    assert got == wanted


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_operation__elsewhere(client: ModuleType, value: str) -> None:
    """A value that would change the path is refused, not sent."""
    with pytest.raises(ValueError, match=r"quote: '.*' is not allowed in a path"):
        called(
            client,
            "default.get_jobs_quote_anything",
            httpx.Response(200),
            quote=value,
            x_must=7,
            cookies_="c",
        )


def test_operation__unknown_variant(client: ModuleType) -> None:
    """A union that is itself the response accepts unknown variants, too."""
    told = {"kind": "cloud", "height": 9}

    _, got = called(
        client, "jobs.get_target", httpx.Response(200, json=told), job_id=uuid.UUID(BASE["id"])
    )

    assert type(got).__name__.startswith("Unknown")
    assert got.to_dict() == told


def test_request__moments_in_query(client: ModuleType, models: ModuleType) -> None:
    """In a query, moments in UTC end in Z, and others keep their offset."""
    job = models.Job.from_dict(BASE)
    since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    until = since.astimezone(dt.timezone(dt.timedelta(hours=2)))

    request = send(client, "create_job", body=job, since=since, until=until)

    assert dict(request.url.params) == {
        "since": "2026-01-01T00:00:00Z",
        "until": "2026-01-01T02:00:00+02:00",
    }


def test_request__moment_in_form(client: ModuleType, models: ModuleType) -> None:
    """In a form, a moment in UTC ends in Z."""
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    body = models.UploadReportBody(file=client.types.File(io.BytesIO(b"x"), "x.csv"), taken_at=at)

    request = send(client, "upload_report", job_id=uuid.UUID(BASE["id"]), body=body)

    assert b"\r\n2026-01-01T00:00:00Z\r\n" in request.read()


def test_request__file(client: ModuleType, models: ModuleType) -> None:
    """A file cannot end a form early, as the boundary is not predictable."""
    known = b"\r\n--+++--\r\n"
    body = models.UploadReportBody(
        file=client.types.File(io.BytesIO(known), "x.csv"), taken_at=dt.datetime.now(dt.UTC)
    )

    kinds = {
        send(client, "upload_report", job_id=uuid.UUID(BASE["id"]), body=body).headers[
            "content-type"
        ]
        for _ in range(2)
    }

    assert len(kinds) == 2
    assert not any(kind.endswith("boundary=+++") for kind in kinds)


MISTAKEN = HEAD + "x-jobs: {version: 1, machines: {job: {initial: done}}}\npaths: {}\n"


def test_generate__mistake(tmp_path: Path) -> None:
    """A spec with a mistake found by `check` is not generated, and the mistake is reported."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(MISTAKEN)

    code, said = generate(spec, "--output", tmp_path / "generated")

    assert code == 1
    assert "spec.yaml:3#/x-jobs/machines/job: needs `states`\n" in said
    assert not list((tmp_path / "generated").iterdir())


def test_package__hostile_folder(tmp_path: Path) -> None:
    """The name of the spec's folder cannot leave the comment at the top of a module."""
    folder = tmp_path / "specs\nraise SystemExit"
    folder.mkdir()
    (folder / "spec.yaml").write_text(SMALL)

    update([folder / "spec.yaml"], tmp_path / "generated", print)

    first, second, *_ = (tmp_path / "generated/jobclients/spec/client.py").read_text().split("\n")
    assert first.startswith("# Generated from specs raise SystemExit/spec.yaml by ")
    assert second.startswith('"""')


def test_progress__long(tmp_path: Path) -> None:
    """Each step of a long file is reported by its name; a short file has no such reports."""
    paths = (
        f"  /a{n}: {{get: {{responses: {{'204': {{description: Done}}}}}}}}" for n in range(100)
    )
    long, short = tmp_path / "long.yaml", tmp_path / "short.yaml"
    long.write_text(HEAD + "paths:\n" + "\n".join(paths))
    short.write_text(SMALL)
    lines: list[str] = []

    replace([long, short], tmp_path / "generated", lines.append)

    name = f"{tmp_path.name}/long.yaml"
    assert lines[0] == f"{name}: parsing"
    assert [line for line in lines if "short" in line] == [
        f"{tmp_path.name}/short.yaml → jobclients.short"
    ]


def test_progress__many_modules(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step in which ruff checks many modules is reported with their number."""
    monkeypatch.setattr(packages, "MANY", 3)
    lines: list[str] = []

    replace(find_specs(home), tmp_path / "generated", lines.append)

    made = len(list((tmp_path / "generated").rglob("*.py")))
    assert lines[-1] == f"checking and formatting {made} modules"
