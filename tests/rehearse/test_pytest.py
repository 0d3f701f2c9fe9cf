"""`pytest --jobtwin-fates`: a marked test runs once for each fate, and is checked by the rules."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobtwin.rehearse.staged import WrongFates, fates_named
from tests import inner_pytest

TEST = """
import time

import httpx
import pytest

ORDER = {"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"}
STATES = {"success": "completed", "failure": "failed", "partial": "partial_failure", "never": None}


# One TLS context for all requests: to load the certificates for each takes longer than the rest.
TLS = httpx.create_ssl_context(verify=False)


def wait(api):
    try:
        job = httpx.post(f"{api.url}/job", json=ORDER, headers=api.headers, verify=TLS).json()["job_id"]
    except httpx.HTTPError:
        return "refused"
    for _ in range(30):
        try:
            answer = httpx.get(f"{api.url}/job/{job}", headers=api.headers, verify=TLS)
        except httpx.HTTPError:
            continue
        state = answer.json()["status"] if answer.status_code == 200 else None
        if state in ("completed", "failed", "partial_failure"):
            return state
        time.sleep(PAUSE)



@pytest.mark.jobtwin(clock="skip", fates="osapi")
def test_wait(jobtwin):
    seen = wait(jobtwin.osapi)
    assert seen == STATES.get(jobtwin.fate.outcome, "refused"), jobtwin.fate.name


def test_other(jobtwin):
    assert jobtwin.fate.name == "usual"
"""
HEEDING = 'int(answer.headers.get("Retry-After", 1))'


def run(folder: Path, *flags: str, pause: str = HEEDING) -> tuple[int, str]:
    """Returns the exit code and output of pytest on the test, with a pause between its polls."""
    text = TEST.replace("PAUSE", pause)
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-rs", *inner_pytest.OPTIONS, *flags]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_fates(tmp_path: Path) -> None:
    """A correct test passes in each possible fate of its job, also in parallel."""
    code, output = run(tmp_path, "--jobtwin-fates", "-n", "2")

    assert code == 0, output
    assert "14 passed, 1 skipped" in output
    assert "the test's job cannot meet the fate broadcast_fails_in_part" in output


@pytest.mark.slow
def test_rules(tmp_path: Path) -> None:
    """A passing test whose requests break a rule fails because of it."""
    code, output = run(tmp_path, "--jobtwin-fates", "-k", "throttled", pause="1")

    assert code == 1
    assert "heeds-retry-after: it was asked to wait 30 s, but retried after 1 s" in output


@pytest.mark.slow
def test_without(tmp_path: Path) -> None:
    """Without the option, a marked test runs once, in the usual fate."""
    code, output = run(tmp_path)

    assert (code, "2 passed" in output) == (0, True)


@pytest.mark.parametrize(
    ("fates", "why"),
    [
        ("osap", "unknown twin 'osap'"),
        ("lucidity", "lucidity has several machines; name one of onboarding, agent_install"),
        ("osapi/jobs", "'jobs'"),
    ],
)
def test_wrong(fates: str, why: str) -> None:
    """A mark must name exactly one machine."""
    with pytest.raises(WrongFates, match="(?i)" + why):
        fates_named((), fates)
