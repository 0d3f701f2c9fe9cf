"""`jobtwin run`: a user's unchanged programs, on twins with a skipping clock."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.running import faketime
from jobtwin.running.faketime import find_library
from jobtwin.running.twins import twins
from jobtwin.testing import serving
from tests.sampling import fast_every

HEAD = """
import asyncio, os, queue, sys, threading, time
from datetime import datetime
import httpx

job = os.environ["JOBTWIN_OSAPI_URL"] + "/job/3fa85f64-5717-4562-b3fc-2c963f66afa6"
headers = {"Authorization": "Bearer " + os.environ["JOBTWIN_OSAPI_CREDENTIAL"]}
begun, day = time.monotonic(), datetime.now()
def passed(): return round(time.monotonic() - begun, 3)
"""

PROGRAMS = {
    "a loop that sleeps": (
        """
polls = 0
with httpx.Client(headers=headers, trust_env=False) as client:
    while passed() < 3600:
        client.get(job).raise_for_status()
        polls += 1
        time.sleep(60)
print(polls, passed(), datetime.now() - day, round(time.time() - day.timestamp()))
""",
        "60 3600.0 1:00:00 3600",
    ),
    "a loop of asyncio": (
        """
async def poll(client, pause):
    for _ in range(20):
        (await client.get(job)).raise_for_status()
        await asyncio.sleep(pause)
    return passed()

async def main():
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
        print(await asyncio.gather(poll(client, 60), poll(client, 90)))
        try:
            async with asyncio.timeout(600):
                await asyncio.Event().wait()
        except TimeoutError:
            print(passed())

asyncio.run(main())
""",
        "[1200.0, 1800.0]\n2400.0",
    ),
    "threads that wait with a limit": (
        """
stop, found = threading.Event(), queue.Queue()
def work(pause):
    while not stop.wait(pause) and passed() < 1000:
        pass
    found.put(pause)
threads = [threading.Thread(target=work, args=(pause,)) for pause in (100, 250)]
for thread in threads: thread.start()
try:
    found.get(timeout=500)
except queue.Empty:
    print("empty", passed())
threads[0].join(200); print(threads[0].is_alive(), passed())
for thread in threads: thread.join()
print(passed(), sorted(found.queue))
""",
        "empty 500.0\nTrue 700.0\n1000.0 [100, 250]",
    ),
    "threads that wake in turn": (
        """
def work(pause):
    while passed() < 600:
        threading.Event().wait(pause)
    found.append((pause, passed()))
found = []
threads = [threading.Thread(target=work, args=(pause,)) for pause in (7, 10, 25)]
for thread in threads: thread.start()
for thread in threads: thread.join(1000); print(thread.is_alive(), passed())
print(sorted(found))
""",
        "False 602.0\nFalse 602.0\nFalse 602.0\n[(7, 602.0), (10, 600.0), (25, 600.0)]",
    ),
    "a join that fails": (
        """
def ends(): time.sleep(5)
thread = threading.Thread(target=ends)
for other in (thread, threading.current_thread()):
    try:
        other.join(10)
    except RuntimeError as error:
        print(error)
thread.start(); thread.join(60); thread.join(60); print(thread.is_alive(), passed())
try:
    threading.Condition().wait(10)
except RuntimeError as error:
    print(error)
""",
        "cannot join thread before it is started\n"  # noqa: ISC004 - one text
        "cannot join current thread\nFalse 5.0\ncannot wait on un-acquired lock",
    ),
    "a child process": (
        """
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
time.sleep(100); print(child.poll(), passed())
child.wait(); print(child.returncode, passed())
""",
        "None 100.0\n0 300.0",
    ),
}


class Done(NamedTuple):
    """The result of a command."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Returns a function that runs `jobtwin run` here, and the command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Done:
        result = CliRunner().invoke(jobtwin, ["run", *words])
        out, err = capfd.readouterr()
        return Done(result.exit_code, out + result.stdout, err + result.stderr)

    return run


@pytest.mark.parametrize(
    ("program", "output"),
    fast_every(3, [pytest.param(*each, id=name) for name, each in PROGRAMS.items()]),
)
def test_time_skips(program: str, output: str, tmp_path: Path, run: Run) -> None:
    """A program that sleeps ends at once, at the same moments as in real time."""
    (tmp_path / "program.py").write_text(HEAD + program, encoding="utf-8")

    done = run("osapi", "--", sys.executable, "program.py")

    assert done.stderr == ""
    assert done.stdout.strip() == output


def test_exit_code(run: Run) -> None:
    """The exit code is the program's."""
    assert run("osapi", "--", sys.executable, "-c", "import sys; sys.exit(7)").returncode == 7


def test_no_command(run: Run) -> None:
    """A missing or an unknown command is reported in one line."""
    without, unknown = run(), run("osapi", "--", "./no-such-program")

    assert (without.returncode, unknown.returncode) == (2, 1)
    assert "Give the command after --" in without.stderr
    assert unknown.stderr == "Error: cannot run ./no-such-program: No such file or directory\n"


@pytest.mark.slow
def test_limit(run: Run) -> None:
    """A command is stopped after the limit."""
    done = run("osapi", "--limit", "0.5", "--", sys.executable, "-c", "while True: pass")

    assert done.returncode == 1
    assert "had not ended after 0.5 s" in done.stderr


def test_real_time(run: Run) -> None:
    """With a real clock, nothing in the program is replaced."""
    code = "import time, os; print(time.sleep, 'JOBTWIN_SLEEP_URL' in os.environ)"

    done = run("osapi", "--clock", "real", "--", sys.executable, "-c", code)

    assert done.stdout == "<built-in function sleep> False\n"


def test_env() -> None:
    """`jobtwin env` prints the variables that `jobtwin run` sets."""
    with serving(["osapi"]) as host, host.sandbox("mine"):
        flags = ["env", "--url", host.url, "--sandbox", "mine"]

        done = CliRunner().invoke(jobtwin, flags)

    assert done.output.splitlines() == [
        f"export JOBTWIN_URL={host.url}/sandboxes/mine",
        f"export JOBTWIN_OSAPI_URL={host.url}/sandboxes/mine/osapi",
        "export JOBTWIN_OSAPI_CREDENTIAL=osapi-test",
    ]


SERVED = """
import httpx, os, time
base = os.environ["JOBTWIN_OSAPI_URL"]
headers = {"Authorization": "Bearer " + os.environ["JOBTWIN_OSAPI_CREDENTIAL"]}
body = {"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"}
begun, polls = time.monotonic(), 0
with httpx.Client(headers=headers, base_url=base) as http:
    job = http.post("/job", json=body).json()["job_id"]
    while http.get(f"/job/{job}").json()["status"] != "completed":
        time.sleep(1)
        polls += 1
print(polls, time.monotonic() - begun)
"""


@pytest.mark.slow
def test_url(run: Run) -> None:
    """On a running server, the command has a sandbox with a skipping clock; both end together."""
    with serving(["osapi"]) as host:
        done = run("--url", host.url, "--", sys.executable, "-c", SERVED)
        left = httpx.get(f"{host.url}/_control/sandboxes", trust_env=False).json()

    assert (done.stdout, done.stderr) == ("5 5.0\n", "")
    assert [each["name"] for each in left["sandboxes"]] == ["default"]


@pytest.mark.slow
def test_url__sandbox(run: Run) -> None:
    """A named sandbox is kept for its console, and replaced by the next command's."""
    with serving(["osapi"]) as host:
        flags = ("--url", host.url, "--sandbox", "nightly", "--", sys.executable, "-c", SERVED)
        first, second = run(*flags), run(*flags)
        page = f"{host.url}/sandboxes/nightly/"
        jobs = httpx.get(f"{page}_control/jobs", trust_env=False).json()["jobs"]
        shown = httpx.get(page, headers={"Accept": "text/html"}, trust_env=False)

    assert first.stdout == second.stdout == "5 5.0\n"
    assert first.stderr == f"see its requests: {page}\n"
    assert [job["state"] for job in jobs][:1] == ["completed"]
    assert "<title>" in shown.text


WRONG = [
    (("--sandbox", "nightly", "osapi"), "name it with --url"),
    (("--url", "http://127.0.0.1:1", "--sandbox", "no name"), "no name"),
    (("--url", "http://127.0.0.1:1", "osapi"), "SPEC cannot be used with --url"),
    (("--url", "http://127.0.0.1:1", "--record", "a.har"), "--record cannot be used with --url"),
    (("--url", "http://twin.example"), "add --clock real"),
    (("--url", "twin"), "is not a URL such as"),
]


@pytest.mark.parametrize(("flags", "why"), WRONG)
def test_url__wrong(flags: tuple[str, ...], why: str, run: Run) -> None:
    """Flags that do not apply to a running server are refused."""
    done = run(*flags, "--", "true")

    assert done.returncode == 2
    assert why in done.stderr


@pytest.mark.slow
def test_record(run: Run) -> None:
    """The command's requests and responses are written as HAR, in the sandbox's time, without secrets."""
    run("osapi", "--record", "run.har", "--", sys.executable, "-c", SERVED)

    text = Path("run.har").read_text(encoding="utf-8")
    entries = json.loads(text)["log"]["entries"]
    assert [e["response"]["status"] for e in entries] == [201, *[200] * 6]
    assert entries[-1]["startedDateTime"] == "2026-01-01T00:00:05Z"
    assert "osapi-test" not in text


@pytest.mark.slow
def test_skipping_server() -> None:
    """A server with a skipping clock jumps to the end of a wait that another program requests."""
    command = [sys.executable, "-m", "jobtwin", "serve", "osapi", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--clock", "skip"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        url = json.loads(server.stdout.readline())["url"]
        body = {"until": "2026-01-02T00:00:00Z"}
        now = httpx.post(f"{url}/_control/clock/sleep", json=body, trust_env=False).json()
        server.terminate()

    assert (now["now"], now["skips"]) == ("2026-01-02T00:00:00Z", True)


ANSWERS = """
import json, os, time
import httpx
base = os.environ["JOBTWIN_OSAPI_URL"]
headers = {"Authorization": "Bearer " + os.environ["JOBTWIN_OSAPI_CREDENTIAL"]}
order = {"operation": {"type": "network.dns.update", "data": {"interface": "eth0"}}, "target_hostname": "_all"}
def sleep(seconds):
    if "JOBTWIN_SLEEP_URL" in os.environ:
        time.sleep(seconds)
    else:
        by = {"by": f"PT{seconds}S"}
        httpx.post(os.environ["JOBTWIN_URL"] + "/_control/clock/advance", json=by, trust_env=False).raise_for_status()
with httpx.Client(headers=headers, trust_env=False) as http:
    job = http.post(base + "/job", json=order).json()["job_id"]
    for pause in (1, 1, 2, 3, 5, 8, 60, 3600):
        print(http.get(f"{base}/job/{job}").text)
        sleep(pause)
"""


@pytest.mark.slow
def test_same_answers() -> None:
    """A skipping clock gives the same responses, byte for byte, as one that is moved by hand."""
    seen = []
    with serving(["osapi"]) as host:
        for clock in ("skip", "manual"):
            with twins(host, host.specs, "same", clock=clock) as made:
                words = [sys.executable, "-c", ANSWERS]
                done = subprocess.run(
                    words, env=made.environment, capture_output=True, text=True, check=True
                )
            seen.append(done.stdout)

    assert seen[0] == seen[1]
    assert len(set(seen[0].splitlines())) > 3


CURL = """
url="$JOBTWIN_OSAPI_URL/job"
auth="Authorization: Bearer $JOBTWIN_OSAPI_CREDENTIAL"
order='{"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"}'
job=$(curl -sS -H "$auth" -H "Content-Type: application/json" -d "$order" "$url" \
  | sed 's/.*"job_id": *"\\([^"]*\\)".*/\\1/')
begun=$(date +%s)
until curl -sS -H "$auth" "$url/$job" | grep -q '"status": *"completed"'; do sleep 60; done
sleep 3600
echo $(( ($(date +%s) - begun) / 60 ))
"""

needs_faketime = pytest.mark.skipif(
    find_library() is None or shutil.which("curl") is None,
    reason="libfaketime or curl is not installed",
)


@pytest.mark.slow
@needs_faketime
def test_speed__libfaketime(run: Run) -> None:
    """With libfaketime, a shell script of an hour ends in a second, and sees an hour pass."""
    begun = time.monotonic()

    done = run("osapi", "--clock", "real", "--speed", "3600", "--", "bash", "-c", CURL)

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) >= 60
    assert time.monotonic() - begun < 600


def test_speed__without(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libfaketime, only the twin's time is faster, and a line says so."""
    monkeypatch.setattr(faketime, "PLACES", ())
    script = 'import os, time; time.sleep(0.1); print("LD_PRELOAD" in os.environ)'
    monkeypatch.delenv("LD_PRELOAD", raising=False)

    done = run("osapi", "--clock", "real", "--speed", "60", "--", sys.executable, "-c", script)

    assert done.stdout == "False\n"
    assert done.stderr == (
        "jobtwin: libfaketime is not installed, so the command sleeps in real time\n"
    )


def test_speed__library(tmp_path: Path) -> None:
    """The library is found in the folders of Linux systems; other preloaded libraries are kept."""
    library = tmp_path / "lib" / "x86_64" / "faketime" / "libfaketimeMT.so.1"
    library.parent.mkdir(parents=True)
    library.touch()
    now, kept = round(time.time() * 1e6), {"LD_PRELOAD": "other.so"}

    found = faketime.find_library([f"{tmp_path}/lib/*/faketime/libfaketimeMT.so.1"])
    made = faketime.clock_variables(library, 60, now, kept)

    assert found == library
    assert made["LD_PRELOAD"] == f"{library}:other.so"
    assert made["FAKETIME"].endswith(" x60.000000")
    assert abs(float(made["FAKETIME"].split()[0])) < 600


def test_speed__skip(run: Run) -> None:
    """A skipping clock has no speed."""
    done = run("osapi", "--speed", "60", "--", "true")

    assert done.returncode == 2
    assert "--speed requires --clock real" in done.stderr
