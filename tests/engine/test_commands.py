"""The commands that talk to a server, and the commands that read spec files."""

import importlib
import json
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner, Result

from jobtwin.cli import jobtwin
from jobtwin.cli.parameters import duration
from jobtwin.cli.tables import within
from jobtwin.http import Settings
from jobtwin.server import Server
from tests.loaded import loaded

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs/how-to-command-line.md").read_text(encoding="utf-8")
CONTROL = loaded([ROOT / "specs/control.yaml"])
USUAL = "http://127.0.0.1:8080"
TOKEN = "s3cret-of-the-test"  # noqa: S105 - of this test alone
JOB = "11111111-2222-4333-8444-555555555555"
SPEC = (
    'openapi: 3.0.3\ninfo: {title: Small, version: "1"}\n'
    "paths: {/a: {get: {operationId: getA, responses: {'204': {description: Done}}}}}\n"
)


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Yields the root URL of a server with a frozen clock."""
    running = Server(loaded(), settings, port=0, speed=None)
    running.bind()
    thread = threading.Thread(target=running.run)
    thread.start()
    assert running.ready.wait(timeout=60)
    yield running.root
    running.stop()
    thread.join(timeout=60)


@dataclass(frozen=True)
class CommandSandbox:
    """A sandbox, and a command line for it."""

    root: str
    sandbox: str

    def run(self, *words: str, **env: str) -> Result:
        """Returns a command's result."""
        named = {"JOBTWIN_URL": self.root, "JOBTWIN_SANDBOX": self.sandbox, **env}
        return CliRunner().invoke(jobtwin, words, env=named)

    def said(self, line: str) -> str:
        """Returns the output of a command that must succeed."""
        result = self.run(*shlex.split(line))
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, line: str) -> Any:
        """Returns a command's JSON output."""
        return json.loads(self.said(f"{line} --json"))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Returns the server's response to a GET in this sandbox."""
        return httpx.get(f"{self.root}/sandboxes/{self.sandbox}{path}", headers=headers)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving(Settings()) as root:
        yield root


@pytest.fixture
def world(server: str, request: pytest.FixtureRequest) -> CommandSandbox:
    name = re.sub(r"\W", "-", request.node.name)[:100]
    httpx.put(f"{server}/_control/sandboxes/{name}", json={}).raise_for_status()
    return CommandSandbox(server, name)


def leaves(command: click.Command, name: str = "jobtwin") -> Iterator[tuple[str, click.Command]]:
    """Yields every command that is not a group, with its full name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word, each in command.commands.items():
        yield from leaves(each, f"{name} {word}")


LEAVES = dict(leaves(jobtwin))


# -- help and samples --------------------------------------------------------------------------


@pytest.mark.parametrize("name", LEAVES)
def test_help(name: str) -> None:
    """Every command has a help text, explained flags and an example."""
    command = LEAVES[name]
    flags = [each for each in command.params if isinstance(each, click.Option)]

    assert command.help
    assert all(flag.help for flag in flags)
    assert name in (command.epilog or "")
    assert name in (
        "jobtwin completion",
        "jobtwin demo",
        "jobtwin docs",
        "jobtwin run",
        "jobtwin schema",
    ) or "as_json" in {f.name for f in flags}


@pytest.mark.parametrize("name", LEAVES)
def test_help__example(name: str) -> None:
    """The example uses only flags of the command."""
    command = LEAVES[name]
    flags = {word for each in command.params for word in (*each.opts, *each.secondary_opts)}

    own = (command.epilog or "").partition(" -- ")[0]
    assert set(re.findall(r"(?<![\w-])--?[a-z-]+", own)) <= flags


def _answered(world: CommandSandbox, command: str) -> str:
    words = shlex.split(command)
    if words[0] == "curl":
        name, value = words[words.index("-H") + 1].split(": ", 1)
        return world.get(words[-1].removeprefix(USUAL), **{name: value}).text + "\n"
    return world.run(*words[1:]).output.replace(world.root, USUAL)


def test_how_to(world: CommandSandbox) -> None:
    """Every how-to sample with an output produces it; `…` matches any lines."""
    blocks = re.findall(r"```console\n(.*?)```", HOW_TO, flags=re.DOTALL)
    samples = [
        pair for each in blocks for pair in re.findall(r"^\$ (.+)\n([^$]*)", each, re.MULTILINE)
    ]

    for command, shown in samples:
        if shown:
            answer = re.sub(r"  \d+\.\d$", "  0.1", _answered(world, command), flags=re.MULTILINE)
            wanted = re.sub(r"  \d+\.\d$", "  0.1", shown, flags=re.MULTILINE)
            pattern = re.escape(wanted).replace("…\\\n", "(.*\n)*")
            assert re.fullmatch(pattern, answer), f"$ {command}\n{answer}"

    assert len(samples) > 10


def test_how_to__flags() -> None:
    """Every flag in the how-to is a flag of some command."""
    flags = {word for command in LEAVES.values() for each in command.params for word in each.opts}

    assert set(re.findall(r"(?<![\w-])--[a-z-]+", HOW_TO)) <= flags


# -- jobs --------------------------------------------------------------------------------------


def test_json(world: CommandSandbox) -> None:
    """JSON output is the server's response, byte for byte."""
    assert (
        world.said("jobs list --limit 3 --json") == world.get("/_control/jobs?limit=3").text + "\n"
    )


def test_jobs(world: CommandSandbox) -> None:
    """A job is created, listed, shown, sent an event and deleted."""
    made = world.json(f"jobs create polaris --scenario stays_pending --id {JOB} --fact rows:=7")
    [listed] = world.json("jobs list --api polaris --limit 1")["jobs"]

    assert made["facts"]["rows"] == 7
    assert (made["id"], made["scenario"]) == (JOB, "stays_pending")
    assert listed == made == world.json(f"jobs show polaris {JOB}")
    assert "pending (waiting)" in world.said(f"jobs show polaris {JOB}")
    assert world.json(f"jobs send polaris {JOB} cancel --data by=me")["outcome"] == "cancelled"
    assert world.said(f"jobs delete polaris {JOB}") == f"Deleted polaris job {JOB}.\n"
    assert world.run("jobs", "show", "polaris", JOB).exit_code == 1


def test_jobs__finish(world: CommandSandbox) -> None:
    """`finish` ends a job immediately."""
    world.said(f"jobs create polaris --id {JOB} --at 2025-12-31T23:59:59Z --progression polls")

    assert "completed (success)" in world.said(f"jobs finish polaris {JOB}")


def test_jobs__delete_json(world: CommandSandbox) -> None:
    """With --json, an empty response prints nothing."""
    world.said(f"jobs create polaris --id {JOB}")

    assert world.said(f"jobs delete polaris {JOB} --json") == ""


def test_jobs__parts(world: CommandSandbox) -> None:
    """A job's parts are given as JSON and shown as a table."""
    parts = json.dumps({"agents": [{"scenario": "hangs"}, {}]})

    said = world.said(f"jobs create osapi --parts {shlex.quote(parts)}")

    assert len(re.findall(r"^  agents +[0-9a-f-]{36} ", said, re.MULTILINE)) == 2


def test_jobs__same_id(world: CommandSandbox) -> None:
    """If two machines have a job with the same id, the command asks for the machine."""
    for machine in ("onboarding", "agent_install"):
        world.said(f"jobs create lucidity --machine {machine} --id 77")

    result = world.run("jobs", "show", "lucidity", "77")

    assert result.exit_code == 2
    assert (
        "several jobs have the ID 77: lucidity onboarding 77, lucidity agent_install 77; add --machine"
        in result.stderr
    )
    assert world.json("jobs show lucidity 77 --machine onboarding")["machine"] == "onboarding"


def test_jobs__beginning(world: CommandSandbox) -> None:
    """A unique prefix of an id names a job; an ambiguous prefix is refused."""
    for last in "01":
        world.said(f"jobs create polaris --id {JOB[:-1]}{last}")

    one = world.json(f"jobs show polaris {JOB[:-1]}0")
    several = world.run("jobs", "show", JOB[:8])
    world.said(f"jobs delete {JOB[:-1]}0")

    assert one["id"] == f"{JOB[:-1]}0"
    assert several.exit_code == 2
    assert f"several jobs begin with {JOB[:8]}: polaris job {JOB[:-1]}1, " in several.stderr
    assert world.json(f"jobs show {JOB[:8]}")["id"] == f"{JOB[:-1]}1"


def test_jobs__too_many_names(world: CommandSandbox) -> None:
    """A command takes one job at a time."""
    result = world.run("jobs", "show", "polaris", "1", "2")

    assert (result.exit_code, "name one job, as [API] ID" in result.stderr) == (2, True)


def test_wait(world: CommandSandbox) -> None:
    """A wait ends at the state, at another final state, or at its timeout with a hint."""
    world.said(f"jobs create polaris --scenario fails_parsing --id {JOB}")
    early = world.run("jobs", "wait", JOB, "--timeout", "0.1s")
    world.said("clock advance 5s")
    there = world.said(f"jobs wait {JOB} --for running")
    world.said("clock advance 1h")
    ended = world.json(f"jobs wait {JOB}")
    otherwise = world.run("jobs", "wait", JOB, "--for", "completed")
    before = world.said(f"jobs wait {JOB} --for running")
    unseen = world.run("jobs", "wait", JOB, "--for", "seen-end", "--timeout", "0.1s")
    typo = world.run("jobs", "wait", JOB, "--for", "runing")

    assert (early.exit_code, early.stdout) == (1, "")
    assert "is pending at the timeout; the clock is frozen: jobtwin clock thaw" in early.stderr
    assert there == f"polaris job {JOB} is running\n"
    assert ended["state"] == "failed"
    assert (otherwise.exit_code, "ended as failed, not completed" in otherwise.stderr) == (1, True)
    assert before == f"polaris job {JOB} was running, and is failed\n"
    assert (unseen.exit_code, "no client has seen" in unseen.stderr) == (1, True)
    assert (typo.exit_code, "Did you mean 'running'?" in typo.stderr) == (1, True)


def test_wait__meanwhile(world: CommandSandbox) -> None:
    """A job that is finished elsewhere ends the wait."""
    world.said(f"jobs create polaris --id {JOB}")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(world.get, "/_control/health")
        steering = threading.Timer(
            0.3,
            lambda: httpx.post(
                f"{world.root}/sandboxes/{world.sandbox}/_control/jobs/polaris/job/{JOB}/finish"
            ),
        )
        waiting.result()
        steering.start()
        assert "is completed" in world.said(f"jobs wait {JOB} --timeout 20s")


@pytest.mark.parametrize("line", ["jobs list", "jobs create polaris", "clock show", "journal"])
def test_sandbox__misspelt(line: str, server: str) -> None:
    """A misspelt sandbox is reported with the nearest name, and is not created."""
    result = CommandSandbox(server, "defualt").run(*line.split())
    there = httpx.get(f"{server}/_control/sandboxes").json()["sandboxes"]

    assert result.exit_code == 1
    assert "Unknown sandbox 'defualt'. Did you mean 'default'?" in result.stderr
    assert "defualt" not in [each["name"] for each in there]


# -- tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("line", ["jobs list", "journal", "scenarios", "sandboxes list"])
def test_narrow(line: str, width: int, world: CommandSandbox) -> None:
    """Ids and names are not cut at any width, and no line is wider than the terminal."""
    world.said(f"jobs create polaris --id {JOB}")
    polaris = next(spec for spec in loaded() if spec.name == "polaris")
    for each in polaris.operations:
        url = each.path.replace("{projectId}", "P").replace("{jobId}", JOB)
        world.get(f"/polaris{url}", Authorization="Basic pok_test")

    env = {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": str(width)}
    told = click.unstyle(world.run(*line.split(), **env).stdout)

    whole = {"jobs list": JOB, "journal": JOB, "scenarios": "fails_parsing"}
    assert whole.get(line, world.sandbox) in told
    if width >= 80:
        assert max(map(len, told.splitlines())) <= max(width, len(world.sandbox) + 30)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-1, "now"),
        (0, "now"),
        (0.2, "in <1 s"),
        (5, "in 5 s"),
        (59.7, "in 1 min"),
        (125, "in 2 min 5 s"),
        (3600, "in 1 h"),
        (11100, "in 3 h 5 min"),
        (183_600, "in 2 d 3 h"),
    ],
)
def test_within(seconds: float, told: str) -> None:
    assert within(timedelta(seconds=seconds)) == told


# -- clock -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("90s", "PT90S"),
        ("5m", "PT5M"),
        ("1h30m", "PT1H30M"),
        ("2d", "P2D"),
        ("1d0.5s", "P1DT0.5S"),
        ("PT5M", "PT5M"),
    ],
)
def test_duration(text: str, iso: str) -> None:
    assert duration(text) == iso


def test_clock(world: CommandSandbox) -> None:
    """The clock is advanced by a duration, to a moment, and to the next change."""
    by = world.json("clock advance 1h")["now"]
    to = world.json("clock advance --to 2026-01-01T02:00:00+00:00")["now"]
    world.said("sandboxes reset")
    following = world.json("clock advance --next")["now"]

    assert (by, to) == ("2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z")
    assert following == "2026-01-01T02:00:01Z"


def test_clock__passing(world: CommandSandbox) -> None:
    """The clock is sped up, thawed and frozen; jobs can progress by polls."""
    assert world.json("clock speed 60")["speed"] == 60
    assert world.json("clock thaw")["frozen"] is False
    assert world.json("clock freeze")["frozen"] is True
    assert world.json("clock progression polls")["progression"] == "polls"
    assert "frozen; 60-fold once thawed" in world.said("clock show")


# -- journal -----------------------------------------------------------------------------------


def test_journal__skips(world: CommandSandbox) -> None:
    """Skipped time has a line between the requests before and after it."""
    world.said("sandboxes create dreamer --clock skip")
    asleep = f"{world.root}/sandboxes/dreamer/_control"
    world.said(f"jobs create polaris --id {JOB} --sandbox dreamer")
    job = f"{world.root}/sandboxes/dreamer/polaris/v1/projects/P/jobs/{JOB}/status"
    for until in ("2026-01-01T00:00:30Z", "2026-01-01T01:00:30Z"):
        httpx.get(job, headers={"Authorization": "Basic pok_test"}).raise_for_status()
        httpx.post(f"{asleep}/clock/sleep", json={"until": until}).raise_for_status()

    lines = world.said("journal --sandbox dreamer").splitlines()

    assert [" ".join(line.split()[:4]) for line in lines[1:5]] == [
        "00:00:30 3600 s skipped",
        "2 00:00:30 polaris getJobStatus",
        "00:00:00 30 s skipped",
        "1 00:00:00 polaris getJobStatus",
    ]


def test_journal(world: CommandSandbox) -> None:
    """Requests are filtered, listed, judged and cleared."""
    key = {"Authorization": "Basic pok_test"}
    world.said(f"jobs create polaris --id {JOB}")
    for path in (JOB, f"{JOB}/status", f"{JOB}/status"):
        world.get(f"/polaris/v1/projects/P/jobs/{path}", **key)
    world.get(f"/polaris/v1/projects/P/jobs/{JOB.replace('1', '9')}", **key)

    assert len(world.json(f"journal --job {JOB} --operation getJobStatus")["entries"]) == 2
    assert "unknown_job" in world.said("journal --api polaris --status 404 --limit 5")
    judged = world.said("journal --report").splitlines()
    assert f"impolite  polaris {JOB} by getJobStatus: 2 polls" in judged
    assert {job["job"] for job in world.json("journal --report --api polaris")["jobs"]} == {JOB}
    assert world.said("journal --clear") == "Journal cleared.\n"
    assert world.said("journal") == "No requests found.\n0 of 0 requests\n"
    assert world.said("journal --report") == "No job was polled.\n"


# -- worlds ------------------------------------------------------------------------------------


def test_worlds(world: CommandSandbox, tmp_path: Path) -> None:
    """A sandbox is exported to stdout or a file, and imported from either, under any name."""
    job = world.json("jobs create polaris")
    text = world.said(f"sandboxes export {world.sandbox}")
    world.said(f"sandboxes export {world.sandbox} -o {tmp_path}/world.json")
    file = tmp_path / "world.json"

    made = world.json(f"sandboxes import copy {file}")

    assert json.loads(text)["jobs"] == json.loads(file.read_text(encoding="utf-8"))["jobs"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert made["name"] == "copy"
    assert CommandSandbox(world.root, "copy").json(f"jobs show polaris {job['id']}") == job
    from_stdin = CliRunner().invoke(
        jobtwin, ["sandboxes", "import", "copy", "-", "--url", world.root], input=text
    )
    assert from_stdin.exit_code == 0, from_stdin.output
    world.said("sandboxes delete copy")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"world": 9}', "It is a world of version 9; this jobtwin reads version 1"),
        ("nope", "It is not JSON: Expecting value"),
        ("[]", "not an exported sandbox: it contains no JSON object"),
    ],
)
def test_worlds__refused(text: str, why: str, world: CommandSandbox, tmp_path: Path) -> None:
    """A file without a world that the server can open is refused in one line."""
    (tmp_path / "world.json").write_text(text, encoding="utf-8")

    refused = world.run("sandboxes", "import", "copy", str(tmp_path / "world.json"))

    assert refused.exit_code == 1
    assert why in refused.output


# -- sandboxes and scenarios -------------------------------------------------------------------


def test_sandboxes(world: CommandSandbox) -> None:
    """Sandboxes are created with options, reset and deleted; listing creates none."""
    made = world.json(
        "sandboxes create one --clock manual --start 2030-01-01T00:00:00Z --empty --seed 3"
    )
    other, unseen = CommandSandbox(world.root, "one"), CommandSandbox(world.root, "unseen")
    other.said("jobs create osapi")
    names = {each["name"] for each in unseen.json("sandboxes list")["sandboxes"]}

    assert made == {"name": "one", "now": "2030-01-01T00:00:00Z", "jobs": 0, "requests": 0}
    assert "one" in names
    assert "unseen" not in names
    assert world.said("sandboxes reset one") == "Sandbox reset.\n"
    assert other.said("jobs list") == "No jobs found.\n"
    assert world.said("sandboxes delete one") == "Deleted sandbox one.\n"
    assert other.run("sandboxes", "delete", "one").exit_code == 1
    assert world.said("sandboxes delete --all") == "Deleted all sandboxes.\n"


def test_scenarios(world: CommandSandbox) -> None:
    """The default scenario of new jobs is shown and changed."""
    before = world.said("scenarios polaris")
    world.said("scenarios polaris --set-default fails_parsing")
    found = world.json("scenarios polaris")["machines"][0]["scenarios"]

    assert re.search(r"^polaris +job +batch_succeeds +default ", before, re.MULTILINE)
    assert [each["name"] for each in found if each["default"]] == ["fails_parsing"]
    assert world.json("jobs create polaris")["scenario"] == "fails_parsing"


# -- mistakes ----------------------------------------------------------------------------------

MISUSES = [
    ("clock advance 5x", "'5x' is not a duration; write 5m, 90s, 1h30m, 2d or PT5M"),
    ("clock advance PT", "'PT' is not a duration"),
    ("clock advance", "use one of DURATION"),
    ("clock advance 5m --next", "use one of DURATION"),
    ("clock advance --to noon", "'noon' is not a date-time such as 2026-01-01T00:00:00Z"),
    ("clock advance --to 2026-01-01T00:00:00", "has no time zone; write 2026-01-01T00:00:00Z"),
    ("clock speed 0", "0.0 is not in the range 0<x<=1000000"),
    ("clock advance --to 2026-01-01", "has no time; write 2026-01-01T00:00:00Z"),
    ("clock advance --to 9999-12-31T00:00:00Z", "is not between 0002-01-01T00:00:00Z and"),
    ("clock show --url localhost", "'localhost' is not a URL such as http://127.0.0.1:8080"),
    ("clock show --url http://a:b", "'http://a:b': Invalid port"),
    ("clock show --sandbox a/b", "'a/b' cannot name a sandbox"),
    ("jobs create polaris --fact rows", "'rows' is not a fact; write NAME=TEXT or NAME:=JSON"),
    ("jobs create polaris --fact rows:=x", "'x' is not JSON: Expecting value"),
    ("jobs create polaris --fact rows:=NaN", "NaN is not a number in JSON"),
    ("jobs create polaris --parts [1]", "parts must be an object of lists of objects"),
    ("journal --clear --api polaris", "--clear deletes the whole journal"),
    (
        "journal --report --status 404",
        "--report can be combined with --api and --job, not with --status",
    ),
    ("sandboxes create a --clock manual --speed 2", "a manual one is frozen"),
    ("sandboxes create a --clock real --start 2026-01-01T00:00:00Z", "a real one starts now"),
    ("sandboxes delete", "name a sandbox, or use --all"),
    ("scenarios --set-default fails", "name the API: jobtwin scenarios"),
    ("scenarios lucidity --set-default succeeds", "(onboarding, agent_install); add --machine"),
    ("generate -o x", "Missing argument 'SPEC...'"),
    ("completion tcsh", "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
]


@pytest.mark.parametrize(("line", "says"), MISUSES, ids=[line for line, _ in MISUSES])
def test_misuse(line: str, says: str, world: CommandSandbox) -> None:
    """An invalid command line is refused with a correction, and exit code 2."""
    result = world.run(*shlex.split(line))

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


REFUSALS = [
    ("jobs create nope", "Unknown twin 'nope'. Available: lucidity, osapi, polaris, vectorcharts"),
    ("jobs create lucidity", "lucidity has several machines; name one of onboarding"),
    ("jobs create polaris --fact a=b", "a is not one of the facts of job (project"),
    ("jobs show polarsi 1", "Unknown twin 'polarsi'. Did you mean 'polaris'? Available: lucidity"),
    (
        "jobs show osapi 1",
        "no osapi job has the ID 1; list them with: jobtwin jobs list --api osapi",
    ),
    (
        "jobs send lucidity 2 jump",
        "Unknown event 'jump' for lucidity agent_install. Available: cancel, fail",
    ),
    ("clock advance --to 2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z is past"),
    ("sandboxes delete nope", "Unknown sandbox 'nope'"),
    ("scenarios nope", "Unknown twin 'nope'"),
    (
        "scenarios lucidity --machine nope",
        "Unknown machine 'nope' for lucidity. Available: onboarding",
    ),
    ("jobs create polaris --scenario fails_parsin", "Did you mean 'fails_parsing'?"),
    ("jobs list --api polarsi", "Unknown twin 'polarsi'. Did you mean 'polaris'?"),
    (
        "jobs list --state runing",
        "Unknown state 'runing' for lucidity, osapi, polaris, vectorcharts",
    ),
    (
        "jobs wait 2 --for QUEUD",
        "Unknown state 'QUEUD' for lucidity agent_install. Did you mean 'QUEUED'?",
    ),
    ("journal --api polarsi", "Unknown twin 'polarsi'. Did you mean 'polaris'?"),
    ("journal --operation getJobStatu", "Did you mean 'getJobStatus'?"),
    (
        "scenarios osapi --set-default nope",
        "Unknown scenario 'nope' for osapi. Available: query_one_host",
    ),
]


@pytest.mark.parametrize(("line", "says"), REFUSALS, ids=[line for line, _ in REFUSALS])
def test_refusal(line: str, says: str, world: CommandSandbox) -> None:
    """A refusal by the server is one line on stderr that names the server, with exit code 1."""
    result = world.run(*shlex.split(line))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {world.root}: ")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_out_of_reach() -> None:
    """Without a listener, the error says how to start a server."""
    result = CommandSandbox("http://127.0.0.1:9", "x").run("jobs", "list")

    assert result.exit_code == 1
    assert re.fullmatch(
        r"Error: no twin answers at http://127\.0\.0\.1:9 \(.+\); start one with: jobtwin serve\n",
        result.stderr,
    )


def test_stranger(server: str) -> None:
    """If the listener is not jobtwin, the error says so."""
    result = CommandSandbox(f"{server}/polaris", "x").run("jobs", "list")

    assert result.exit_code == 1
    assert "is not jobtwin; set --url or JOBTWIN_URL" in result.stderr


def test_token() -> None:
    """The token comes from the environment, and does not appear in messages."""
    with serving(Settings(control_token=TOKEN)) as root:
        world = CommandSandbox(root, "default")
        without, wrong, right, strange = (
            world.run("clock", "show", JOBTWIN_CONTROL_TOKEN=token)
            for token in ("", "other-words", f"{TOKEN}\n", "other words")
        )

    assert (without.exit_code, wrong.exit_code, right.exit_code, strange.exit_code) == (1, 1, 0, 2)
    assert "set JOBTWIN_CONTROL_TOKEN" in without.stderr
    assert "JOBTWIN_CONTROL_TOKEN holds another" in wrong.stderr
    assert "other" not in wrong.stderr.replace("another", "") + strange.stderr


# -- colours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["piped", "terminal", "no-colour"],
)
def test_colour(env: dict[str, str], coloured: bool, world: CommandSandbox) -> None:  # noqa: FBT001 - a row of the table
    """Only a terminal without NO_COLOR gets colours; piped output is not cut or wrapped."""
    said = world.run(
        "jobs", "list", "--api", "polaris", **{"TERM": "xterm", "COLUMNS": "60", **env}
    ).output

    assert ("\x1b[32m" in said) == coloured
    if not env:
        assert len(said.splitlines()) == 4
        assert not re.search(r" $", said, re.MULTILINE)


# -- serve -------------------------------------------------------------------------------------


def test_serve() -> None:
    """The flags reach the server, which prints its URLs on one line of JSON."""
    words = ["--json", "--port", "0", "--clock", "manual", "--progression", "polls"]
    words += [
        "--idle",
        "0.000001",
        "--max-sandboxes",
        "2",
        "--redact",
        "state",
        "--control-token",
        TOKEN,
    ]
    command = [sys.executable, "-m", "jobtwin", "serve", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline())
            httpx.put(
                f"{told['control']}/sandboxes/one", headers={"Authorization": f"Bearer {TOKEN}"}
            )
            world = CommandSandbox(told["url"], "default")
            run = {"JOBTWIN_CONTROL_TOKEN": TOKEN}
            clock = world.run("clock", "show", "--json", **run)
            lost = world.run("clock", "show", "--sandbox", "one", **run)
        finally:
            process.terminate()

    assert told["control"] == f"{told['url']}/_control"
    assert told["apis"]["polaris"] == f"{told['url']}/polaris"
    assert "controlToken" not in told
    assert json.loads(clock.stdout)["progression"] == "polls"
    assert "Unknown sandbox 'one'" in lost.stderr
    assert "jobtwin sandboxes create one" in lost.stderr


@pytest.mark.slow
def test_serve__log() -> None:
    """With --log each request is a line on stderr, without its secrets; stdout is unchanged."""
    command = [sys.executable, "-m", "jobtwin", "serve", "--json", "--log", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline())
            httpx.get(f"{told['url']}/polaris/v1/projects/a%2Fb/jobs?api_key=s3cret&limit=1")
            httpx.put(f"{told['control']}/sandboxes/mine", json={})
            httpx.get(f"{told['control']}/jobs/vectorcharts/session/s3cret")
        finally:
            process.terminate()
        rest, lines = process.communicate()

    asked, made, session = lines.splitlines()
    path = r"/polaris/v1/projects/a%2Fb/jobs\?api_key=\S+&limit=1"
    assert re.fullmatch(rf"\d\d:\d\d:\d\d  401  GET    {path}  \d+\.\d ms", asked)
    assert re.fullmatch(r"\S+  20\d  PUT    /_control/sandboxes/mine  \S+ ms", made)
    assert re.search(r"404  GET    /_control/jobs/vectorcharts/session/\*{3}  ", session)
    assert "s3cret" not in lines
    assert rest == ""


@pytest.mark.slow
def test_serve__from(world: CommandSandbox, tmp_path: Path) -> None:
    """A server starts from an exported sandbox; a file of an old version is refused."""
    job = world.json("jobs create polaris --scenario fails_parsing")
    world.said(f"sandboxes export {world.sandbox} -o {tmp_path}/world.json")
    (tmp_path / "old.json").write_text('{"world": 0}', encoding="utf-8")
    command = [sys.executable, "-m", "jobtwin", "serve", "--json", "--port", "0", "--from"]

    with subprocess.Popen(
        [*command, str(tmp_path / "world.json")], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline())
            there = httpx.get(f"{told['control']}/jobs/polaris/job/{job['id']}").json()
        finally:
            process.terminate()
    refused = subprocess.run(
        [*command, str(tmp_path / "old.json")], capture_output=True, text=True, check=False
    )

    assert there == job
    assert refused.returncode == 1
    assert "old.json: It is a world of version 0; this jobtwin reads version 1" in refused.stderr


@pytest.mark.parametrize(
    ("host", "guarded"),
    [
        ("127.0.0.1", False),
        ("localhost", False),
        ("::1", False),
        ("0.0.0.0", True),  # noqa: S104 - not listened on
        ("a.test", True),
    ],
)
def test_serve__token(host: str, guarded: bool) -> None:  # noqa: FBT001 - a row of the table
    """Off loopback a new token is generated each time and printed; a given token is not printed."""
    tables = [Server(CONTROL, Settings(), host=host).table() for _ in range(2)]
    made = [re.findall(r"JOBTWIN_CONTROL_TOKEN=(\S{43})$", table) for table in tables]
    given = Server(CONTROL, Settings(control_token=TOKEN), host=host).table()

    assert [bool(token) for token in made] == [guarded, guarded]
    assert made[0] != made[1] or not guarded
    assert "TOKEN" not in given
    assert TOKEN not in given


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--control-token", ""], "--control-token is empty"),
        (["--control-token", "two words"], "must be ASCII without spaces"),
        (["--idle", "0"], "0.0 is not in the range x>0"),
    ],
    ids=["empty", "spaces", "idle"],
)
def test_serve__wrong_flag(flags: list[str], says: str) -> None:
    """An invalid flag is refused, and a token is not shown."""
    result = CliRunner().invoke(jobtwin, ["serve", *flags])

    assert result.exit_code == 2
    assert says in result.stderr
    assert "two words" not in result.stderr


# -- spec files --------------------------------------------------------------------------------


@pytest.mark.slow
def test_check__json(tmp_path: Path) -> None:
    """With --json mistakes are a list; without mistakes it is empty."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SPEC + "x-jobs: {version: 1, machines: {}}\n", encoding="utf-8")

    fine, found = (CliRunner().invoke(jobtwin, ["check", "--json", *p]) for p in ([], [str(wrong)]))

    assert (fine.exit_code, json.loads(fine.output)) == (0, [])
    assert found.exit_code == 1
    assert json.loads(found.output) == [
        {
            "file": "wrong.yaml",
            "line": 4,
            "pointer": "/x-jobs/machines",
            "why": "{} has less than 1 property",
        }
    ]


@pytest.mark.slow
def test_diagram__json() -> None:
    """Diagrams in JSON have the names of their machines."""
    drawn = json.loads(CliRunner().invoke(jobtwin, ["diagram", "--json"]).output)
    named = json.loads(
        CliRunner().invoke(jobtwin, ["diagram", "--json", "--machine", "job"]).output
    )

    assert len(drawn) == sum(len(spec.machines) for spec in loaded())
    assert named == [each for each in drawn if each["machine"] == "job"]
    assert all(each["diagram"].startswith("stateDiagram-v2\n") for each in drawn)


def generate(*words: object) -> Result:
    return CliRunner().invoke(jobtwin, ["generate", *map(str, words)])


def test_generate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's spec becomes a package, and other files in the folder stay."""
    spec, folder = tmp_path / "small.yaml", tmp_path / "src"
    folder.mkdir()
    (folder / "mine.py").touch()
    spec.write_text(SPEC, encoding="utf-8")

    first = generate(spec, "-o", folder)
    spec.write_text(SPEC.replace("getA", "getB"), encoding="utf-8")
    again = generate(spec, "-o", folder, "--json")

    monkeypatch.syspath_prepend(folder)
    assert importlib.import_module("small.api.default.get_b")
    header = f'# Generated from {tmp_path.name}/small.yaml by "jobtwin generate". Do not edit.\n'
    assert (folder / "small/__init__.py").read_text(encoding="utf-8").startswith(header)
    assert first.output == f"small.yaml → {folder}/small (1 operation)\n"
    assert json.loads(again.output) == [
        {"spec": str(spec), "package": f"{folder}/small", "operations": 1, "leftOut": []}
    ]
    assert not (folder / "small/api/default/get_a.py").exists()
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".pyc") == [
        "mine.py",
        "small",
    ]


def test_generate__large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a large file is read, its size is reported."""
    spec = tmp_path / "small.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    lines: list[str] = []
    monkeypatch.setattr("jobtwin.cli.files._LARGE", 100)
    monkeypatch.setattr("jobtwin.cli.files._progress", lines.append)

    generate(spec, "-o", tmp_path / "src")

    assert lines[0] == "small.yaml: reading 0.0 MB"


def test_generate__in_the_way(tmp_path: Path) -> None:
    """A folder that was not generated is not overwritten."""
    spec, mine = tmp_path / "small.yaml", tmp_path / "small/mine.py"
    spec.write_text(SPEC, encoding="utf-8")
    mine.parent.mkdir()
    mine.touch()

    result = generate(spec, "-o", tmp_path)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {mine.parent}: was not generated; choose another directory\n"
    assert mine.exists()


def test_generate__wrong_spec(tmp_path: Path) -> None:
    """A file that is not a spec is refused in one line, and leaves no files."""
    spec, folder = tmp_path / "small.yaml", tmp_path / "src"
    spec.write_text('openapi: 3.0.3\ninfo: {title: S, version: "1"}\npaths: 5\n')

    result = generate(spec, "-o", folder)

    assert result.exit_code == 1
    assert result.stderr.endswith("small.yaml: has no `paths`, so there is nothing to generate\n")
    assert list(folder.iterdir()) == []


def test_generate__not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its extra the command says how to install it."""
    monkeypatch.setitem(sys.modules, "ruff", None)
    (tmp_path / "small.yaml").write_text(SPEC, encoding="utf-8")

    result = generate(tmp_path / "small.yaml", "-o", tmp_path)

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: the generator is not installed (ruff missing); "
        "install it with: pip install 'jobtwin[generate]'\n"
    )


def test_generate__pins() -> None:
    """The extra has the pins of the dev group, so the same spec gives the same client."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"]["generate"]

    pinned = [each for each in extra if "==" in each]

    assert len(pinned) == 2
    assert set(pinned) <= set(project["dependency-groups"]["dev"])


# -- completion --------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    """The script calls jobtwin for completions; its last line says how to install it."""
    said = CliRunner().invoke(jobtwin, ["completion", shell]).stdout

    assert f"_JOBTWIN_COMPLETE={shell}_complete" in said
    assert said.splitlines()[-1].startswith("# To install it, ")
    assert f"jobtwin completion {shell}" in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("jobs create po", ["polaris"]),
        ("jobs create polaris --scenario streaming_s", ["streaming_skips_rows"]),
        ("jobs create lucidity --machine agent_install --scenario lo", ["loses_contact"]),
        ("jobs show lucidity --machine on", ["onboarding"]),
        ("jobs create nope --scenario f", []),
        ("scenarios polaris --set-default cannot", ["cannot_connect"]),
        ("clock ad", ["advance"]),
    ],
)
def test_completion__words(typed: str, offered: list[str]) -> None:
    """Names in completions come from the specs."""
    words = f"jobtwin {typed}"
    env = {
        "_JOBTWIN_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }

    said = CliRunner().invoke(jobtwin, [], env=env, prog_name="jobtwin").stdout

    assert said.split() == [f"plain,{name}" for name in offered]
