"""`jobtwin adopt` on the command line."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from jobtwin.adopt import marks_in
from jobtwin.cli.root import jobtwin
from jobtwin.cli.specs import with_drafts
from jobtwin.openapi import load, load_all
from jobtwin.testing.host import in_process
from jobtwin.testing.jobtwin import Jobtwin

HERE = Path(__file__).parent


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    return Path(shutil.copy(HERE / "press.yaml", tmp_path / "press.yaml"))


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(jobtwin, [str(each) for each in arguments])


def test_adopt(vendor: Path) -> None:
    """The overlay is written beside the file, and passes `check`; the file does not change."""
    before = vendor.read_bytes()

    result = _run("adopt", vendor)

    assert result.exit_code == 0
    assert "proof: " in result.output
    assert "createProof, getProof, listProofs, dropProof" in result.output
    assert _run("check", vendor.with_name("press.overlay.yaml")).exit_code == 0
    assert vendor.read_bytes() == before


def test_adopt__exists(vendor: Path) -> None:
    """A corrected overlay is not overwritten."""
    overlay = vendor.with_name("press.overlay.yaml")
    overlay.write_text("mine")

    refused = _run("adopt", vendor)

    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert overlay.read_text() == "mine"
    assert _run("adopt", vendor, "--force").exit_code == 0


def test_adopt__json(vendor: Path, tmp_path: Path) -> None:
    """The JSON contains the jobs and the overlay's path."""
    target = tmp_path / "deeper.yaml"

    found = json.loads(_run("adopt", vendor, "-o", target, "--json").output)

    assert found["overlay"] == str(target)
    assert {job["machine"] for job in found["jobs"]} == {"plate", "print_run", "proof", "scan"}


def test_adopt__no_job(tmp_path: Path) -> None:
    """For a file without jobs, nothing is written and the exit code is 1."""
    file = tmp_path / "shop.yaml"
    file.write_text("openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n")

    result = _run("adopt", file)

    assert result.exit_code == 1
    assert "found no job in shop.yaml" in result.output
    assert not file.with_name("shop.overlay.yaml").exists()


def test_adopt__adopted(vendor: Path) -> None:
    """An overlay is refused, since it has machines already."""
    _run("adopt", vendor)

    result = _run(
        "adopt", vendor.with_name("press.overlay.yaml"), "-o", vendor.parent / "more.yaml"
    )

    assert result.exit_code == 1
    assert "has job machines already" in result.output


@pytest.mark.slow
def test_check__guesses(vendor: Path) -> None:
    """`check` counts the unconfirmed guesses; deleting a mark removes one."""
    _run("adopt", vendor)
    overlay = vendor.with_name("press.overlay.yaml")
    marked = overlay.read_text(encoding="utf-8")
    guesses = marks_in(marked)

    assert f"{guesses} guesses left" in _run("check", overlay).output

    overlay.write_text(re.sub(r"  #\? the duration\n", "\n", marked, count=1), encoding="utf-8")

    assert f"{guesses - 1} guesses left" in _run("check", overlay).output


def test_with_drafts(vendor: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file without machines is served with drafted ones, and a hint says how to keep them."""
    [spec] = with_drafts([load(vendor)])

    assert set(spec.jobs) == {"plate", "print_run", "proof", "scan"}
    assert "jobtwin adopt press.yaml" in capsys.readouterr().err


@pytest.mark.slow
def test_with_drafts__own(capsys: pytest.CaptureFixture[str]) -> None:
    """Specs with machines are not changed."""
    specs = load_all()

    assert with_drafts(specs) == specs
    assert not capsys.readouterr().err


@contextmanager
def _twin(overlay: Path) -> Iterator[tuple[Jobtwin, httpx.Client]]:
    with (
        in_process([overlay]) as host,
        host.sandbox("press") as twin,
        httpx.Client(transport=host.transport, base_url=twin["press"].url) as client,
    ):
        yield twin, client


def test_walk(vendor: Path) -> None:
    """A drafted job is created by the vendor's request, lives, and ends as its scenario says."""
    _run("adopt", vendor)

    with _twin(vendor.with_name("press.overlay.yaml")) as (twin, client):
        made = client.post("/v2/proofs", json={"title": "Cover"}).json()
        begun = client.get(f"/v2/proofs/{made['id']}").json()
        twin.clock.advance(hours=1)
        ended = client.get(f"/v2/proofs/{made['id']}").json()

    assert (made["title"], begun["title"]) == ("Cover", "Cover")
    assert begun["status"] != "completed"
    assert ended["status"] == "completed"


def test_walk__id_of_the_client(vendor: Path) -> None:
    """A client may name the job that it creates; a name in use is refused."""
    _run("adopt", vendor)

    with _twin(vendor.with_name("press.overlay.yaml")) as (_, client):
        made = client.post("/v2/north/plates/mine", json={})
        again = client.post("/v2/north/plates/mine", json={})
        shown = client.get("/v2/north/plates/mine").json()

    assert (made.status_code, again.status_code) == (200, 409)
    assert shown["info"]["plateName"] == "mine"


def test_update(vendor: Path) -> None:
    """A new release's states are added at the end; no line of the overlay changes."""
    _run("adopt", vendor)
    overlay = vendor.with_name("press.overlay.yaml")
    corrected = overlay.read_text(encoding="utf-8").replace("lasts: 5s, then: RUNNING", "lasts: 9m, then: RUNNING")  # fmt: skip
    overlay.write_text(corrected, encoding="utf-8")
    released = vendor.read_text(encoding="utf-8")
    vendor.write_text(released.replace("finalizing, completed", "finalizing, shipping, completed"))

    result = _run("adopt", vendor, "--update")

    assert result.exit_code == 0, result.output
    assert "new state of proof: shipping" in result.output
    assert overlay.read_text(encoding="utf-8").startswith(corrected.rstrip())
    assert "shipping" in load(overlay).jobs["proof"].states
    assert "nothing changed" in _run("adopt", vendor, "--update").output


def test_update__lost(vendor: Path) -> None:
    """An operation missing from the next release is reported, and its line stays."""
    _run("adopt", vendor)
    overlay = vendor.with_name("press.overlay.yaml")
    before = overlay.read_text(encoding="utf-8")
    released = vendor.read_text(encoding="utf-8")
    vendor.write_text(released.replace("operationId: listProofs", "operationId: allProofs"))

    result = _run("adopt", vendor, "--update")

    assert "'listProofs' is not one of the operations" in result.output
    assert "not bound: allProofs (proof)" in result.output
    assert overlay.read_text(encoding="utf-8") == before


def test_update__nothing_there(vendor: Path) -> None:
    """Without an overlay, --update fails."""
    result = _run("adopt", vendor, "--update")

    assert result.exit_code == 1
    assert "omit --update" in result.output


def test_generate(vendor: Path, tmp_path: Path) -> None:
    """A client of the vendor's file has waiters for the drafted jobs, without an overlay."""
    only = ("--only", "/v2/proofs", "--only", "/v2/proofs/{proof_id}")

    result = _run("generate", vendor, "-o", tmp_path / "out", *only, "--strict")

    assert result.exit_code == 0, result.output
    waiters = (tmp_path / "out" / "press" / "waiters.py").read_text(encoding="utf-8")
    assert "def wait_for_proof(" in waiters
    assert "wait_for_scan" not in waiters
