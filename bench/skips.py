"""An unmodified loop that polls for a day, on a clock that skips its sleep."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.errors import BenchError
from jobtwin.running import run_command
from jobtwin.running.twins import twins
from jobtwin.testing import Host, serving

LOOPS = """
import json, os, time
import requests

url = os.environ["JOBTWIN_OSAPI_URL"] + "/job/3fa85f64-5717-4562-b3fc-2c963f66afa6"
http = requests.Session()
http.trust_env = False
http.headers["Authorization"] = "Bearer " + os.environ["JOBTWIN_OSAPI_CREDENTIAL"]


def loop(pauses):
    real, own, polls, begun = time.perf_counter(), time.process_time(), 0, time.monotonic()
    for pause in pauses:
        http.get(url).raise_for_status()
        polls += 1
        time.sleep(pause)
    took = time.perf_counter() - real, time.process_time() - own
    return {"polls": polls, "virtual": time.monotonic() - begun, "real": took[0], "own": took[1]}


print(json.dumps([loop([60] * 1440), loop(2**n for n in range(12))]))
"""
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Skips:
    """Seconds for a day of polls each minute, the client's own part, and a backoff to an hour."""

    day: float
    own: float
    backoff: float


def skips(rounds: int) -> Skips:
    """Returns the medians of these rounds, each with all polls."""
    with serving(["osapi"]) as host:
        found = [_round(host) for _ in range(rounds)]
    return Skips(*(median(values) for values in zip(*found, strict=True)))


def _round(host: Host) -> tuple[float, float, float]:
    with TemporaryDirectory() as folder, twins(host, host.specs, "bench") as made:
        words = [sys.executable, "-c", LOOPS]
        ended = run_command(words, made.environment, output=Path(folder, "output"))
    try:
        day, backoff = json.loads(ended.output)
    except ValueError as error:
        raise BenchError(f"the loop failed: {ended.output}") from error
    if (day["polls"], round(day["virtual"])) != (1440, round(DAY)):
        raise BenchError(f"the loop made {day['polls']} polls in {day['virtual']} s")
    return day["real"], day["own"], backoff["real"]
