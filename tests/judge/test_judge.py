"""`jobtwin judge`: recordings are matched to APIs, judged and reported."""

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jobtwin.cli import jobtwin
from jobtwin.judge.drift.findings import PatchStep
from jobtwin.judge.drift.patch import applied
from jobtwin.judge.traffic.bases import Bases
from jobtwin.judge.traffic.recordings import read
from jobtwin.openapi import load
from tests.loaded import loaded

PRESS = Path(__file__).with_name("press.yaml")
BASE = "https://main.press.test/api"
Har = Callable[..., Path]


def entry(
    second: int, path: str, body: Any = None, *, status: int = 200, base: str = BASE
) -> dict[str, Any]:
    """Returns an entry of a HAR, as a proxy writes it."""
    text = "" if body is None else json.dumps(body)
    kind = {"name": "Content-Type", "value": "application/json"}
    return {
        "startedDateTime": f"2026-03-01T12:00:{second:02}Z",
        "time": 20,
        "request": {"method": "GET", "url": base + path, "headers": []},
        "response": {
            "status": status,
            "headers": [kind] if text else [],
            "content": {"size": len(text), "mimeType": "application/json", "text": text},
        },
    }


def shown(state: str, done: int = 0, **more: Any) -> dict[str, Any]:
    """Returns a print, as the API shows it."""
    return {"id": 7, "state": state, "done": done, **more}


LIFE = [
    entry(0, "/prints/7", shown("queued")),
    entry(9, "/prints/7", shown("printing", 5)),
    entry(30, "/prints/7", shown("printing", 40)),
    entry(59, "/prints/7", shown("printed", 100)),
]
BACK = [*LIFE[:2], LIFE[3], LIFE[2] | {"startedDateTime": "2026-03-01T12:01:10Z"}]


@pytest.fixture
def har(tmp_path: Path) -> Har:
    """Write entries as a HAR file."""

    def write(entries: Sequence[Any], name: str = "session.har") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
        return path

    return write


def judge(*words: str | Path, spec: Path | None = PRESS) -> Result:
    """Run the command."""
    flags = ["--spec", spec] if spec else []
    return CliRunner().invoke(jobtwin, ["judge", *map(str, [*words, *flags])])


def test_innocent(har: Har) -> None:
    """A life that fits the spec is fine, in any order of its entries."""
    result = judge(har(LIFE[::-1]))

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"press at {BASE}: 4 exchanges of 1 operation",
        "4 exchanges judged: all is as the spec says",
    ]


def test_contradiction(har: Har) -> None:
    """Two responses that contradict each other are reported, with their places."""
    result = judge(har(BACK))

    line = next(line for line in result.output.splitlines() if "contradiction  " in line)
    assert result.exit_code == 1
    assert " print 7 " in line
    assert "session.har#/log/entries/2 against" in line
    assert "2026-03-01T12:01:10Z session.har#/log/entries/3" in line


def test_drift(har: Har) -> None:
    """Drift is reported once with its count, the worst first, and a summary at the end."""
    entries = [
        entry(1, "/prints/7", shown("queued", ink=1)),
        entry(2, "/prints/7", shown("queued", ink=2)),
        entry(3, "/prints/7", {"id": 7, "state": "queued"}),
    ]

    result = judge(har(entries))

    assert result.exit_code == 1
    first, second, last = result.output.splitlines()[1:]
    assert first.split(maxsplit=2) == [
        "violation",
        "missing-field",
        "getPrint: 200 body /done is missing; the spec requires it (once, first 2026-03-01T12:00:03Z session.har#/log/entries/2)",
    ]
    assert second.split(maxsplit=2) == [
        "drift",
        "undocumented-field",
        "getPrint: 200 body /ink is an integer; the spec has no such field (2 times, first 2026-03-01T12:00:01Z session.har#/log/entries/0)",
    ]
    assert last == "3 exchanges judged: 1 violation, 1 drift"


@pytest.mark.parametrize(
    ("entries", "flags", "code"),
    [
        (LIFE, [], 0),
        ([entry(1, "/prints/7", shown("queued", ink=1))], [], 1),
        ([entry(1, "/prints/7", shown("queued", ink=1))], ["--allow-drift"], 0),
        ([entry(1, "/prints/7", shown("queued", ink=1))], ["--ignore", "undocumented-field"], 0),
        ([entry(1, "/prints/7", {"id": 7, "state": "queued"})], ["--allow-drift"], 1),
        (BACK, ["--allow-drift"], 1),
    ],
    ids=["fine", "drift", "allowed", "ignored", "violation", "contradiction"],
)
def test_exit_code(entries: list[Any], flags: list[str], code: int, har: Har) -> None:
    """The exit code depends on the findings and on the allowed ones."""
    assert judge(har(entries), *flags).exit_code == code


def test_unmatched(har: Har) -> None:
    """Entries that match no API are counted by host, and so are those that cannot be judged."""
    blocked = entry(5, "/prints/7", status=0)
    others = [entry(n, "/a.js", base="https://cdn.test") for n in range(3)]
    page = entry(6, "/help")
    page["response"]["headers"] = [{"name": "Content-Type", "value": "text/html"}]

    result = judge(har([*LIFE, blocked, *others, page]))

    assert result.exit_code == 0
    first = f"session.har#/log/entries/{len(LIFE)}"
    assert f"  not judged: 1 entry that was not answered, first {first}\n" in result.output
    assert "  not judged: 1 entry that matches no operation and is not JSON, first" in result.output
    assert "not judged: 3 entries of https://cdn.test, which match no API\n" in result.output


def test_unreadable(har: Har) -> None:
    """Unreadable entries are counted, with the place of the first one; the others are judged."""
    path = har([LIFE[0], {}, *LIFE[1:], {}])

    result, told = judge(path), json.loads(judge(path, "--json").output)

    why, first = "has no URL that can be read", "session.har#/log/entries/1"
    assert result.exit_code == 0
    assert f"not judged: 2 entries that {why}, first {first}\n" in result.output
    assert told["unreadable"] == [{"why": why, "count": 2, "first": first}]
    assert told["counts"]["exchanges"] == len(LIFE)


def test_cut_off(har: Har) -> None:
    """A body that a tool truncated is not reported as the vendor's fault."""
    cut = entry(1, "/prints/7", shown("queued"))
    cut["response"]["content"]["text"] = cut["response"]["content"]["text"][:-4]

    result = judge(har([LIFE[0], cut]))

    assert result.exit_code == 0, result.output


def test_json(har: Har) -> None:
    """With --json, the report is for programs, and includes the patch."""
    entries = [*BACK, entry(59, "/prints/7", shown("printing", 100, ink=1))]

    result = judge(har(entries), "--json")

    told = json.loads(result.output)
    [verdict] = told["verdicts"]
    assert result.exit_code == 1
    assert told["counts"]["drifts"] == 1
    assert told["counts"]["contradictions"] == len(verdict["contradictions"]) > 0
    assert verdict["findings"][0]["rule"] == "undocumented-field"
    assert verdict["contradictions"][0]["later"]["entry"].startswith("session.har#/log/entries/")
    assert [step["path"] for step in verdict["patch"]] == [
        "/components/schemas/Print/properties/ink"
    ]


def test_one_line(har: Har) -> None:
    """A value quoted in a finding cannot break its line or the terminal."""
    result = judge(har([entry(0, "/prints/7", shown("a\n::error::\x1b[2J"))]))

    assert r"a\n::error::\x1b[2J is not one of" in result.output
    assert "\x1b" not in result.output


@pytest.mark.parametrize("depth", [200, 1000])
def test_deep(depth: int, har: Har) -> None:
    """A body nested too deeply is left out, and reported so."""
    deep = entry(1, "/prints/7", shown("queued"))
    deep["response"]["content"]["text"] = '{"ink": "***", "x": ' + "[" * depth + "]" * depth + "}"

    result = judge(har([LIFE[0], deep]))

    assert result.exit_code == 0
    assert "not judged: 1 entry that has a body nested too deeply" in result.output


def test_patch_out__no_temporary_file(
    har: Har, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a writable temporary file, the findings are still reported, then the reason."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))

    drift = entry(1, "/prints/7", shown("queued", ink=1))

    result = judge(har([drift]), "--patch-out", str(tmp_path / "patch.json"))

    assert result.exit_code == 2
    assert "undocumented-field" in result.output
    assert "cannot try the patch, which needs a temporary file: No such file" in result.stderr


def test_patch_out__nowhere(har: Har, tmp_path: Path) -> None:
    """A patch that cannot be written is reported after the findings."""
    path = tmp_path / "none" / "patch.json"

    result = judge(har([entry(0, "/prints/7", shown("queued", ink=1))]), "--patch-out", path)

    assert result.exit_code == 2
    assert "undocumented-field" in result.output
    assert f"{path}: cannot be written: No such file or directory" in result.output


def test_patch_out(har: Har, tmp_path: Path) -> None:
    """With the written patch, the spec is valid and the recording fine."""
    recording = har(
        [entry(1, "/prints/7", shown("drying", ink=1)), entry(2, "/prints/7", status=429)]
    )
    patch, mended = tmp_path / "patch.json", tmp_path / "press.yaml"

    result = judge(recording, "--patch-out", patch)

    steps = [PatchStep(s["op"], s["path"], s.get("value")) for s in json.loads(patch.read_text())]
    mended.write_text(json.dumps(applied(load(PRESS).document.written, steps)))
    assert result.exit_code == 1
    assert judge(recording, spec=mended).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.har"], "none.har: cannot be read: No such file or directory"),
        (["bad.har"], "bad.har:1: is not JSON: "),
        (
            ["far.har"],
            "no entry matches press; the recording has https://far.test; set the base URL",
        ),
        (["far.har", "--api", "nobody"], "Use either --api or --spec, not both."),
        (
            ["far.har", "--base-url", "https://a:b@far.test"],
            "a URL with a user or password; remove them",
        ),
        (["empty.har"], "no entries in empty.har"),
        (["blocked.har"], "no exchange can be judged: it was not answered"),
        (["far.har", "--ignore", "everything"], "Unknown rule 'everything'. Rules: "),
        (["far.har", "--base-url", "https://far.test:99999"], "not a URL such as https://"),
        (["far.har", "--base-url", "https://far.test/?a=b"], "a base URL has no `?` or `#`"),
        (["far.har", "--base-url", "far.test"], "'far.test' is not a URL such as https://"),
    ],
)
def test_wrong(words: list[str], said: str, har: Har, monkeypatch: pytest.MonkeyPatch) -> None:
    """Input that cannot be judged ends with exit code 2 and a line with the reason."""
    har([entry(1, "/prints/7", base="https://far.test")], "far.har")
    har([entry(1, "/prints/7", status=0)], "blocked.har")
    folder = har([], "empty.har").parent
    (folder / "bad.har").write_text("{")
    monkeypatch.chdir(folder)

    result = judge(*words)

    assert result.exit_code == 2
    assert said in result.output


def test_wrong__api(har: Har) -> None:
    """An unknown API is refused with a list of the available ones."""
    result = judge(har(LIFE), "--api", "nobody", spec=None)

    assert result.exit_code == 2
    assert "Unknown API 'nobody'. Available: " in result.output


def test_unknown_state(har: Har) -> None:
    """An unknown state is reported once, at the place where it was shown."""
    result = judge(har([entry(n, "/prints/7", shown("drying")) for n in range(3)]))

    assert result.output.splitlines()[-1] == "3 exchanges judged: 1 violation"


@pytest.mark.parametrize(
    "dialect", sorted(Path(__file__).with_name("dialects").iterdir()), ids=lambda path: path.stem
)
def test_dialect(dialect: Path) -> None:
    """In each tool's dialect, the one response is judged and the other entries are counted."""
    result = judge(dialect)

    lines = result.output.splitlines()
    assert result.exit_code == 1
    assert lines[0] == f"press at {BASE}: 1 exchange of 1 operation"
    assert "undocumented-field" in lines[1]
    assert "2026-03-01T12:00:00.251" in lines[1]
    assert "not judged: 1 entry that was" in result.output
    assert "not judged: 1 entry of https://cdn.test, which match no API" in lines
    assert lines[-1] == "1 exchange judged: 1 drift"


# -- the API of a URL ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "given", "below"),
    [
        ("https://main.press.test/api/prints/7", None, "/prints/7"),
        ("https://other.press.test:443/api/prints/7?a=b/", None, "/prints/7?a=b/"),
        ("HTTPS://Main.Press.Test/api/prints/7", None, "/prints/7"),
        ("https://user:word@main.press.test/api/prints/7", None, "/prints/7"),
        ("http://127.0.0.1:8080/press/api/prints/7", None, "/prints/7"),
        ("http://127.0.0.1:8080/sandboxes/mine/press/api/prints/7", None, "/prints/7"),
        ("https://gate.test/v2/prints/7", "https://gate.test/v2", "/prints/7"),
        ("https://gate.test/v2", "https://gate.test/v2", "/"),
        ("https://gate.test/v22/prints/7", "https://gate.test/v2", None),
        ("https://main.press.test/apis/prints/7", None, None),
        ("https://press.test/api/prints/7", None, None),
        ("https://main.press.test/api/about", None, None),
    ],
)
def test_base(url: str, given: str | None, below: str | None, har: Har) -> None:
    """A URL belongs to a spec by its servers, by a twin's paths, or by --base-url."""
    [recorded] = read(har([entry(1, "", base=url)])).entries

    found = Bases([load(PRESS)], given).sort([recorded])

    assert [each.exchange.url for each in found.matched] == ([] if below is None else [below])
    assert sum(found.unmatched.values()) == (below is None)


def test_base__below(har: Har) -> None:
    """After a call of an operation below a base, every other path there belongs to the API, too."""
    entries = [*LIFE, entry(1, "/presses", {"items": []})]

    result = judge(har(entries))

    assert "undocumented-path  GET /presses: 200 was answered" in result.output


def test_base__several_specs(har: Har) -> None:
    """Of several specs at one base, only the one with a called operation gets the other paths."""
    spec = next(each for each in loaded() if each.jobs)
    operation = next(o for o in spec.operations if o.method == "GET")
    path = operation.path.replace("{", "").replace("}", "")
    entries = [
        entry(n, p, {}, base="https://gate.test", status=401)
        for n, p in enumerate([path, "/other"])
    ]

    result = judge(har(entries), "--base-url", "https://gate.test", spec=None)

    assert f"{spec.name} at https://gate.test: 2 exchanges" in result.output


def test_apart(har: Har) -> None:
    """Jobs with the same id at different bases are different jobs."""
    there = [e | {"request": {**e["request"], "url": e["request"]["url"].replace("main", "other")}} for e in LIFE]  # fmt: skip

    result = judge(har([LIFE[3], *there]))

    assert result.exit_code == 0
    assert result.output.count("press at https://") == 2


@pytest.mark.slow
def test_shipped(har: Har) -> None:
    """Without --spec, the APIs shipped with jobtwin are recognised by their servers and twins."""
    for spec in (each for each in loaded() if each.jobs):
        operation = next(o for o in spec.operations if o.method == "GET")
        path = operation.path.replace("{", "").replace("}", "")
        url = f"http://127.0.0.1:8080/{spec.name}"
        recording = har([entry(1, path, base=url, status=401)])

        assert f"{spec.name} at {url}: 1 exchange" in judge(recording, spec=None).output


# -- the twin's own journal ------------------------------------------------------------------------


def journal(path: Path, *states: str) -> Path:
    """Returns a journal of a print seen in some states, the latest entry first."""
    entries = [
        {
            "number": number,
            "at": "2026-01-01T00:00:00Z",
            "api": "press",
            "operation": "getPrint",
            "method": "GET",
            "path": "/press/api/prints/7",
            "status": 200,
            "milliseconds": 0.2,
            "job": "7",
            "after": state,
        }
        for number, state in enumerate(states, 1)
    ]
    path.write_text(json.dumps({"entries": entries[::-1], "total": len(entries), "forgotten": 0}))
    return path


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (("queued", "printing", "printed"), 0),
        (("queued", "printed", "printed"), 0),
        (("printed", "printing"), 1),
        (("queued", "burning"), 1),
    ],
    ids=["whole", "skipped", "back", "unknown"],
)
def test_journal(states: tuple[str, ...], code: int, tmp_path: Path) -> None:
    """A journal keeps no bodies, but the shown states are still judged."""
    result = judge(journal(tmp_path / "journal.json", *states))

    assert result.exit_code == code, result.output
    assert "press at /press/api: " in result.output


def test_journal__injected(tmp_path: Path) -> None:
    """A response changed by a fault is not judged as the vendor's."""
    path = journal(tmp_path / "journal.json", "queued", "burning", "printed")
    told = json.loads(path.read_text())
    told["entries"][1]["injected"] = True
    path.write_text(json.dumps(told))

    assert judge(path).exit_code == 0
