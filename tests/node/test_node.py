"""Unchanged Node programs on twins whose time skips. Run by `make test-node`; it needs Node 20."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobtwin.rehearse import Bounds
from jobtwin.running.twins import twins
from jobtwin.testing import Host, serving
from tests.rehearse import proof
from tests.rehearse.proof import HERE, rehearse

NODE = str(proof.NODE)

BEGIN = """
const { setTimeout: sleep } = require("node:timers/promises");
const begun = Date.now();
const passed = () => Date.now() - begun;
const print = (...values) => console.log(...values);
"""

PROGRAMS = {
    "sleeps": (
        (
            "const tick = performance.now(), time = process.hrtime.bigint();"
            "await sleep(86400e3); print(passed(), Math.round(performance.now() - tick), process.hrtime.bigint() - time)"
        ),
        "86400000 86400000 86400000000000n",
    ),
    "callbacks in their order": (
        "setTimeout(print, 3600e3, 'hour'); setTimeout(print, 60e3, 'minute'); setTimeout(print, 0, 'now')",
        "now\nminute\nhour",
    ),
    "an interval": (
        "let n = 0; const timer = setInterval(() => { if (++n === 5) { clearInterval(timer); print(n, passed()); } }, 60e3)",
        "5 300000",
    ),
    "sleeps side by side": ("await Promise.all([sleep(5e3), sleep(9e3)]); print(passed())", "9000"),
    "what is cleared never comes": (
        (
            "clearTimeout(setTimeout(print, 10, 'never')); clearTimeout(+setTimeout(print, 10, 'never'));"
            "await sleep(1000); print(passed())"
        ),
        "1000",
    ),
    "a timer that holds nobody": (
        "setTimeout(print, 60e3, 'never').unref(); setTimeout(print, 30e3, 'held')",
        "held",
    ),
    "a sleep that is broken off": (
        "try { await sleep(60e3, null, { signal: AbortSignal.timeout(1000) }) } catch (error) { print(error.name, passed()) }",
        "AbortError 1000",
    ),
    "dates": (
        "await sleep(60e3); const date = new Date(); print(date.toISOString(), date instanceof Date, new Date(0).getTime(), Date.UTC(1970, 0))",
        "2026-01-01T00:01:00.000Z true 0 0",
    ),
    "a callback that is none": (
        "try { setTimeout('no') } catch (error) { print(error.code) }",
        "ERR_INVALID_ARG_TYPE",
    ),
    "a child process": (
        (
            "const { spawnSync } = require('node:child_process');"
            "spawnSync(process.execPath, ['-e', 'setTimeout(() => {}, 300e3)']); print(passed())"
        ),
        "300000",
    ),
}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with serving(["osapi"]) as host:
        yield host


@pytest.mark.parametrize(("program", "output"), PROGRAMS.values(), ids=PROGRAMS)
def test_time_skips(host: Host, program: str, output: str, tmp_path: Path) -> None:
    """A program that sleeps ends at once, and sees the same moments as in real time."""
    file = tmp_path / "program.cjs"
    file.write_text(f"{BEGIN}(async () => {{ {program} }})()", encoding="utf-8")

    with twins(host, host.specs, "node") as made:
        done = subprocess.run(
            [NODE, str(file)],
            env=made.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.stderr == ""
    assert done.stdout.strip() == output


def test_modules(host: Host, tmp_path: Path) -> None:
    """Names imported by an ES module are replaced, too."""
    file = tmp_path / "program.mjs"
    file.write_text(
        "import { setTimeout as sleep } from 'node:timers/promises';"
        "import { setTimeout as later } from 'node:timers';"
        "const begun = Date.now(); await sleep(60e3);"
        "later(() => console.log(Date.now() - begun), 60e3);",
        encoding="utf-8",
    )

    with twins(host, host.specs, "node") as made:
        done = subprocess.run(
            [NODE, str(file)],
            env=made.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    assert done.stdout == "120000\n"


def test_sound(host: Host) -> None:
    """A sound poller passes every scenario."""
    found = rehearse(host, HERE / "sound" / "node_fetch.mjs", bounds=Bounds(real=60))

    assert found.broken == {}


def test_buggy(host: Host) -> None:
    """A poller at its own pace is reported."""
    found = rehearse(host, HERE / "buggy" / "node_interval.mjs", "throttled")

    assert found.broken == {"throttled": ["heeds-retry-after"]}
