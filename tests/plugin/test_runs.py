"""Runs of pytest in a team's project: failures, options, pytest-xdist."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from jobtwin.testing import TwinOptions, WrongOption
from tests import inner_pytest
from tests.ports import free_port

OWN = Path(__file__).parents[1] / "fifth" / "kilnworks.yaml"


class Team:
    """A team's project, in a separate folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str) -> None:
        """Writes files; `__` in a name becomes a dot."""
        for name, text in files.items():
            path = self.folder / name.replace("__", ".")
            path.write_text(dedent(text), encoding="utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """Returns the exit code and output of pytest."""
        command = [sys.executable, "-W", "error", "-m", "pytest", *inner_pytest.OPTIONS, *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """Returns a project without files."""
    return Team(tmp_path)


@pytest.mark.slow
def test_failures(team: Team) -> None:
    """After any failure, the report shows the broken rules and the sandbox's last requests."""
    team.write(
        pyproject__toml='[tool.jobtwin]\nspecs = ["osapi"]\n',
        test_it__py="""
            import httpx
            import pytest

            def poll(jobtwin, pauses):
                job = jobtwin.osapi.create()
                for pause in pauses:
                    jobtwin.clock.sleep(pause)
                    httpx.get(f"{jobtwin.osapi.url}/job/{job.id}", headers=jobtwin.osapi.headers)
                return job

            def test_impolite(jobtwin):
                poll(jobtwin, [0, 0.25, 0.25])
                assert jobtwin.osapi.calls("getJob").polite()

            def test_otherwise(jobtwin):
                assert poll(jobtwin, [0] * 20).state == "completed"

            def test_refused(jobtwin):
                jobtwin.osapi.create("succeds")

            @pytest.mark.jobtwin(port=8080)
            def test_marked(jobtwin): ...

            @pytest.mark.jobtwin(clock="fast")
            def test_fast(jobtwin): ...

            def test_passes(jobtwin):
                assert poll(jobtwin, [0, 1]).state
        """,
    )

    code, output = team.run()

    assert code == 1, output
    assert "3 failed, 1 passed, 2 errors" in output
    assert "@pytest.mark.jobtwin takes clock, progression, samples, not 'port'" in output
    assert "@pytest.mark.jobtwin: clock = 'fast': must be 'manual', 'skip' or 'real'" in output
    assert "assert <not polite: interval (shortest interval 0.25 s, advised are 0.5 s)" in output
    assert "  broken  backoff: intervals went from 0.25 s to 0.25 s" in output
    assert "  seconds between polls: 0.25, 0.25" in output
    assert "journal: the last 12 of 20 requests" in output
    assert "2026-01-01 00:00:00.250  200  GET  /osapi/job/" in output
    assert "ControlRefused: Unknown scenario 'succeds'. Available: " in output
    assert output.count("the sandbox's clock is frozen: pass `jobtwin.clock.sleep`") == 1
    assert "testing/control.py" not in output
    assert "jobtwin sandbox test_passes" not in output


@pytest.mark.slow
def test_keep(team: Team) -> None:
    """With --jobtwin-keep, a failed test's sandbox is a file; the report tells how to open it."""
    team.write(
        pyproject__toml='[tool.jobtwin]\nspecs = ["osapi"]\n',
        test_it__py="""
            def test_fails(jobtwin):
                jobtwin.osapi.create()
                raise AssertionError

            def test_passes(jobtwin):
                jobtwin.osapi.create()
        """,
    )

    code, output = team.run("--jobtwin-keep", "kept")

    [file] = (team.folder / "kept").iterdir()
    assert code == 1, output
    assert f"Open this sandbox with: jobtwin serve osapi --from kept/{file.name}" in output
    assert len(json.loads(file.read_text(encoding="utf-8"))["jobs"]) == 1
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_keep__unwritable(team: Team) -> None:
    """A sandbox that cannot be written does not hide the test's failure."""
    team.write(
        pyproject__toml='[tool.jobtwin]\nspecs = ["osapi"]\n',
        kept="a file",
        test_it__py="""
            def test_fails(jobtwin):
                assert jobtwin.osapi.create().state == "burnt"
        """,
    )

    code, output = team.run("--jobtwin-keep", "kept")

    assert code == 1, output
    assert "== 'burnt'" in output
    assert "The sandbox could not be written: FileExistsError" in output


@pytest.mark.slow
def test_xdist(team: Team) -> None:
    """Two workers have a server each, at the given port and the next."""
    port = free_port(2)
    team.write(
        pyproject__toml=f"""
            [tool.jobtwin]
            specs = ["kiln.yaml"]
            port = {port}
            progression = "polls"
            clock = "real"
        """,
        kiln__yaml=OWN.read_text(encoding="utf-8"),
        test_it__py=f"""
            import httpx
            import pytest

            @pytest.mark.parametrize("number", range(8))
            def test_it(jobtwin, jobtwin_server, worker_id, number):
                kiln = jobtwin.kiln
                assert httpx.URL(jobtwin_server.url).port == {port} + int(worker_id[2:])
                assert kiln.jobs() == [] and not jobtwin.clock.frozen
                job = kiln.create()
                url = f"{{kiln.url}}/firings/{{job.id}}"
                assert httpx.get(url, params=kiln.params, headers={{"X-Studio": "clay-lane"}}).is_success
                assert job.states == ["queued", "heating"]
        """,
    )

    code, output = team.run("-n", "2")

    assert code == 0, output
    assert "8 passed" in output


@pytest.mark.slow
def test_usage(team: Team) -> None:
    """An invalid option ends the run before it starts, in one line."""
    team.write(pyproject__toml="[tool.jobtwin]\nports = 80\n", test_it__py="def test_it(): ...\n")

    code, output = team.run()

    where = f"{team.folder / 'pyproject.toml'}: [tool.jobtwin]"
    able = "clock, port, progression, samples, specs"
    assert code == pytest.ExitCode.USAGE_ERROR
    assert (
        f"ERROR: {where}: Unknown option 'ports'. Did you mean 'port'? Available: {able}" in output
    )
    assert "Traceback" not in output


@pytest.mark.slow
def test_no_start(team: Team) -> None:
    """A refused spec is reported without a traceback."""
    team.write(
        pyproject__toml='[tool.jobtwin]\nspecs = ["mine.yaml"]\n',
        mine__yaml="openapi: 2.9.0\n",
        test_it__py="def test_it(jobtwin): ...\ndef test_local(jobtwin_local): ...\n",
    )

    code, output = team.run()

    assert code == 1
    assert output.count("mine.yaml:1#/openapi: is '2.9.0'; jobtwin reads") >= 2
    assert "Traceback" not in output
    assert "site-packages" not in output


@pytest.mark.slow
def test_no_server(team: Team) -> None:
    """Without the server's packages, the fixtures' error has the command to install them."""
    team.write(
        conftest__py="import sys; sys.modules['starlette'] = None\n",
        test_it__py="def test_it(jobtwin): ...\ndef test_else(): ...\n",
    )

    code, output = team.run()

    assert code == 1
    assert "pip install --upgrade jobtwin (starlette" in output
    assert "1 passed, 1 error" in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"prot": 1},
            "Unknown option 'prot'. Did you mean 'port'? Available: clock, port, progression, samples, specs",
        ),
        ({"port": "80"}, "port = '80': must be a number from 0"),
        ({"port": True}, "port = True: must be a number from 0"),
        (
            {"port": 65536},
            "port = 65536: must be a number from 0 (a free port) to 65535",
        ),
        ({"clock": "fast"}, "clock = 'fast': must be 'manual', 'skip' or 'real'"),
        ({"progression": "poll"}, "progression = 'poll': must be 'time' or 'polls'"),
        ({"samples": 1}, "samples = 1: must be true or false"),
        ({"specs": "mine.yaml"}, "specs = 'mine.yaml': must be a list of files"),
    ],
    ids=lambda value: "-".join(map(str, *value.items())) if isinstance(value, dict) else "",
)
def test_options__wrong(options: Mapping[str, object], message: str) -> None:
    """An invalid option is reported with the valid ones."""
    with pytest.raises(WrongOption, match="here: ") as wrong:
        TwinOptions().changed("here", options)

    assert message in str(wrong.value)


def test_options(team: Team) -> None:
    """Specs' files are relative to the project; without a table, options have their defaults."""
    assert TwinOptions.read(team.folder) == TwinOptions()
    team.write(pyproject__toml='[tool.jobtwin]\nspecs = ["mine.yaml", "polaris"]\nport = 8080\n')
    with pytest.raises(WrongOption, match=r"specs: .*mine\.yaml does not exist"):
        TwinOptions.read(team.folder)
    team.write(mine__yaml="")

    read = TwinOptions.read(team.folder)

    assert read == TwinOptions((str(team.folder / "mine.yaml"), "polaris"), port=8080)


def test_light() -> None:
    """The plugin imports no heavy package, so pytest starts as fast as without it."""
    heavy = "{'anyio', 'attrs', 'connexion', 'httpx', 'jobclients', 'starlette', 'yaml'}"
    code = f"import sys, jobtwin.testing.plugin; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
