"""A thousand isolated tests with jobs, run by pytest in two processes, as in a user's suite."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.errors import Wrong
from bench.inside import timed
from bench.processes import PATIENCE, environment

TESTS = 1000

_SUITE = f'''
import httpx
import pytest

BODY = {{"operation": {{"type": "node.hostname.get"}}, "target_hostname": "_any"}}


@pytest.mark.parametrize("number", range({TESTS}))
def test_job(jobtwin, number):
    """A job is created, lives, fails a poll, and ends."""
    api = jobtwin.osapi
    with httpx.Client(base_url=api.url, headers=api.headers, transport=jobtwin.transport) as http:
        job = http.post("/job", json=BODY).json()["job_id"]
        api.fail("getJob", status=503, times=1)

        assert http.get(f"/job/{{job}}").status_code == 503
        jobtwin.clock.advance(minutes=10)
        assert http.get(f"/job/{{job}}").json()["status"] == "completed"
        assert [call.status for call in api.calls()] == [201, 503, 200]
'''


def thousand() -> float:
    """Returns the seconds of `pytest -n 2` for all tests, including its start."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        Path(folder, "test_suite.py").write_text(_SUITE, encoding="utf-8")
        words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", folder]
        words += ["--rootdir", folder, "-p", "no:schemathesis", "-p", "no:hypothesispytest"]

        def run() -> None:
            done = subprocess.run(
                words,
                cwd=folder,
                env=environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
            if f"{TESTS} passed" not in done.stdout:
                raise Wrong(f"the suite of {TESTS} tests: {done.stdout[-2000:]}")

        return timed(run)
