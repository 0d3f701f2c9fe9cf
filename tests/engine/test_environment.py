"""Any error in a command's environment is one line on stderr, with exit code 1 or 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobcall.hosts import is_loopback
from jobtwin.cli import jobtwin
from tests.sampling import fast_every

ELSEWHERE = "clock show --url http://twin.invalid:18310"
VERIFY = "verify --base-url https://polaris.invalid --api polaris --id x --param projectId=P"
VARIABLES = [
    ("NO_PROXY", "localhost,fe80::/10"),
    ("ALL_PROXY", "socks5://127.0.0.1:1080"),
    ("HTTPS_PROXY", "gopher://user:s3cret@proxy.invalid"),
    ("https_proxy", "http://user:s3cret/@proxy.invalid"),
    ("SSL_CERT_FILE", "/gone.pem"),
]


@pytest.mark.parametrize("line", [ELSEWHERE, VERIFY], ids=["control", "verify"])
@pytest.mark.parametrize(("name", "value"), VARIABLES, ids=[name for name, _ in VARIABLES])
def test_variables(line: str, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that prevents an HTTP client is named, and its value is not shown."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    for other in {"SSL_CERT_DIR", "NO_PROXY", "no_proxy", *dict(VARIABLES)}:
        monkeypatch.delenv(other, raising=False)

    env = {name: value, "JOBTWIN_TOKEN": "token"}
    result = CliRunner().invoke(jobtwin, line.split(), env=env)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: cannot make an HTTP client: ")
    assert result.stderr.endswith(f"; check {name}\n")
    assert result.output.count("\n") == 1
    assert "s3cret" not in result.output


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "[::1]"])
@pytest.mark.parametrize(("name", "value"), VARIABLES, ids=[name for name, _ in VARIABLES])
def test_variables__loopback(host: str, name: str, value: str) -> None:
    """Proxy and certificate variables are ignored for this machine."""
    line = ["clock", "show", "--url", f"http://{host}:9"]

    result = CliRunner().invoke(jobtwin, line, env={name: value})

    assert f"Error: no twin answers at http://{host}:9 " in result.stderr


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("LOCALHOST", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - a host name, not a listener
        ("", False),
        ("notlocalhost", False),
        ("localhost.example", False),
    ],
)
def test_loopback(host: str, own: bool) -> None:  # noqa: FBT001 - a row of the table
    """A host is loopback if it is in 127.0.0.0/8, ::1, or localhost and its subdomains."""
    assert is_loopback(host) == own


def test_insecure() -> None:
    """A token sent unencrypted over the network causes a warning; a request without one does not."""
    env = {"JOBTWIN_CONTROL_TOKEN": "s3cret"}
    without, with_token = (CliRunner().invoke(jobtwin, ELSEWHERE.split(), env=e) for e in ({}, env))

    assert without.stderr.startswith("Error: no twin answers at ")
    assert with_token.stderr.startswith(
        "Warning: the control token is sent unencrypted to http://twin.invalid:18310"
    )
    assert "s3cret" not in with_token.stderr


def run(*words: str, stdout: Path) -> tuple[int, str]:
    """Returns the exit code and stderr of a command with its output in a file."""
    with stdout.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "jobtwin", *words],
            stdout=file,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    return done.returncode, done.stderr


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("line", fast_every(3, ["diagram", "--help", "serve --port 0"]))
def test_full_disk(line: str) -> None:
    """An output error is reported in one line, and Python adds none on exit."""
    assert run(*line.split(), stdout=FULL) == (
        1,
        "Error: cannot write the output: No space left on device\n",
    )


@pytest.mark.slow
@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")
def test_full_disk__json() -> None:
    """With --json an output error is JSON."""
    code, told = run("diagram", "--json", stdout=FULL)

    assert code == 1
    assert json.loads(told) == {"error": "cannot write the output: No space left on device"}


@pytest.mark.slow
def test_closed_pipe() -> None:
    """A closed pipe ends the command without a message."""
    command = [sys.executable, "-m", "jobtwin", "diagram"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        told = process.stderr.read()

    assert (process.returncode, told) == (1, b"")


@pytest.mark.parametrize("line", ["check", "judge", "diagram", "serve"])
def test_device(line: str) -> None:
    """A device is refused, because it may be endless."""
    result = CliRunner().invoke(jobtwin, [line, "/dev/zero"])

    assert result.exit_code == 2
    assert "'/dev/zero' is a device, not a file" in result.stderr


def test_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A spec too large for the memory is reported in one line."""

    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("jobtwin.cli.files.check_all", exhausted)

    result = CliRunner().invoke(jobtwin, ["check", str(tmp_path / "large.yaml")])

    assert (result.exit_code, result.stderr) == (1, "Error: out of memory\n")


SPEEDS = ("serve --speed", "clock speed", "sandboxes create x --speed")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        *[(line, value) for line in SPEEDS for value in ("inf", "nan", "1e12", "0", "-1")],
        *[("serve --idle", value) for value in ("inf", "nan", "0", "-1")],
    ],
)
def test_numbers(line: str, value: str) -> None:
    """A number out of bounds is refused as an invalid parameter."""
    words = [*line.split(), "--", value] if line == "clock speed" else [*line.split(), value]
    result = CliRunner().invoke(jobtwin, words)

    assert result.exit_code == 2
    assert "is not in the range" in result.stderr or "is not a finite number" in result.stderr


def test_unwritable() -> None:
    """An unwritable path is named with the reason."""
    spec = Path(__file__).parents[2] / "specs/osapi.yaml"

    result = CliRunner().invoke(jobtwin, ["generate", str(spec), "-o", "/proc/x"])

    assert result.exit_code == 1
    assert result.stderr == "Error: /proc/x: cannot be written: No such file or directory\n"


@pytest.mark.parametrize(
    "line", ["nonsense", "clock advance 5x", "jobs list --url http://127.0.0.1:9", "serve --sped 2"]
)
def test_json(line: str) -> None:
    """With --json an error from any part of the command is JSON."""
    plain, told = (CliRunner().invoke(jobtwin, [*line.split(), *j]) for j in ([], ["--json"]))

    assert told.exit_code == plain.exit_code
    assert told.stdout == ""
    [why] = json.loads(told.stderr).values()
    assert why in plain.stderr
