"""Load on one server: `wrk`, or, if it is missing, a load generator in Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import cores
from bench.errors import PatienceEnded, Wrong

CONNECTIONS = 32
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class LoadResult:
    """The result of a load: responses per second, latencies in milliseconds, failed responses."""

    rate: float
    p50: float
    p99: float
    wrong: int


@dataclass(frozen=True)
class LoadTarget:
    """The target of a load: paths in turn, and headers for each request.

    A `body` is JSON.
    """

    port: int
    paths: Sequence[str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: str = ""


def generator() -> str:
    """Returns the name of the load generator."""
    found = shutil.which("wrk")
    if found is None:
        return "bench/sockets.py, for want of wrk"
    said = subprocess.run([found, "-v"], capture_output=True, text=True, check=False)
    return " ".join((said.stdout or said.stderr).split()[:2])


def load(target: LoadTarget, seconds: float, connections: int = CONNECTIONS) -> LoadResult:
    """Sends as many requests as possible in this time. Raises Wrong if a response is not 2xx."""
    run = _wrk if shutil.which("wrk") else _sockets
    sample = run(target, seconds, connections)
    if sample.wrong:
        raise Wrong(f"{sample.wrong} requests to {target.paths[0]} had no good answer")
    return sample


# -- wrk -----------------------------------------------------------------------------------------

_SCRIPT = """
local paths = {%s}
local made = {}
local turn = 0
init = function()
  wrk.body = %s
  if wrk.body ~= "" then wrk.headers["Content-Type"] = "application/json" end
  for i, path in ipairs(paths) do made[i] = wrk.format(%s, path) end
end
request = function()
  turn = turn %% #made + 1
  return made[turn]
end
"""


def _wrk(target: LoadTarget, seconds: float, connections: int) -> LoadResult:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "--timeout", "10s"]
    for name, value in target.headers.items():
        command += ["-H", f"{name}: {value}"]
    with tempfile.TemporaryDirectory() as folder:
        if len(target.paths) > 1 or target.method != "GET":
            script = Path(folder) / "paths.lua"
            paths = ", ".join(json.dumps(path) for path in target.paths)
            words = (paths, json.dumps(target.body), json.dumps(target.method))
            script.write_text(_SCRIPT % words, encoding="utf-8")
            command += ["-s", str(script)]
        said = _run([*command, f"http://127.0.0.1:{target.port}{target.paths[0]}"], seconds)
    return _told(said)


def _run(command: Sequence[str], seconds: float, given: str | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + 60,
            preexec_fn=cores.load,
        )
    except subprocess.TimeoutExpired as error:
        raise PatienceEnded(f"{command[0]} did not come to an end") from error
    return done.stdout


def _told(said: str) -> LoadResult:
    """Parses wrk's output."""

    def found(pattern: str) -> str:
        match = re.search(pattern, said)
        return match[1] if match else "0"

    wrong = int(found(r"Non-2xx or 3xx responses: (\d+)"))
    wrong += sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", said)))
    rate = float(found(r"Requests/sec:\s+([\d.]+)"))
    p50, p99 = (_milliseconds(found(rf"\s{p}%\s+([\d.]+\w+)")) for p in (50, 99))
    return LoadResult(rate, p50, p99, wrong)


def _milliseconds(text: str) -> float:
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    return float(match[1]) * _UNITS[match[2]] if match else 0.0


# -- without wrk ---------------------------------------------------------------------------------


def _sockets(target: LoadTarget, seconds: float, connections: int) -> LoadResult:
    told = json.dumps({**asdict(target), "seconds": seconds, "connections": connections})
    said = _run([sys.executable, "-m", "bench.sockets"], seconds, told)
    return LoadResult(**json.loads(said))
