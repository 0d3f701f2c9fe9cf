"""`jobtwin serve --reload`: the twin follows edits of an overlay."""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from jobtwin import reloading, server
from jobtwin.cli import service
from jobtwin.cli.root import jobtwin
from jobtwin.http import Settings
from jobtwin.reloading import FileWatcher, stamped
from jobtwin.server import Server

PRESS = Path(__file__).parents[1] / "adopt" / "press.yaml"
_LONGEST = 20
"""Seconds to wait for a server that is busy with other things."""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """An overlay as `jobtwin adopt` drafts it."""
    vendor = Path(shutil.copy(PRESS, tmp_path / "press.yaml"))
    CliRunner().invoke(jobtwin, ["adopt", str(vendor)])
    return vendor.with_name("press.overlay.yaml")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[str]:
    """The server's messages, one text for each edit."""
    told = queue.Queue[str]()
    monkeypatch.setattr(server, "report", told.put)
    monkeypatch.setattr(click, "echo", lambda text, **_: told.put(text))
    monkeypatch.setattr(reloading, "INTERVAL", 0.02)
    return told


@pytest.fixture
def twin(overlay: Path, told: queue.Queue[str]) -> Iterator[httpx.Client]:  # noqa: ARG001 - must be set up before the server
    """A server that follows the overlay."""
    specs = service._specs((overlay,), ())  # noqa: SLF001 - the command's own
    running = Server(specs, Settings(), port=0, speed=None)
    running.follow(partial(service._reread, (overlay,), ()))  # noqa: SLF001 - same
    running.bind()
    thread = threading.Thread(target=running.serve)
    thread.start()
    assert running.ready.wait(timeout=_LONGEST)
    with httpx.Client(base_url=running.root) as client:
        yield client
    running.stop()
    thread.join(timeout=_LONGEST)


def _edit(overlay: Path, before: str, after: str) -> None:
    text = overlay.read_text(encoding="utf-8")
    assert before in text
    overlay.write_text(text.replace(before, after), encoding="utf-8")


def test_reload(twin: httpx.Client, overlay: Path, told: queue.Queue[str]) -> None:
    """Jobs continue with the edited machine, and the journal is kept."""
    made = twin.post("/press/v2/proofs", json={"title": "Cover"}).json()
    twin.post("/_control/clock/advance", json={"by": "PT2S"}).raise_for_status()

    _edit(overlay, "lasts: 5s, then: checking_files", "lasts: 1s, then: checking_files")
    said = told.get(timeout=_LONGEST)

    assert said == "reloaded: 1 jobs kept, 0 lost"
    assert twin.get(f"/press/v2/proofs/{made['id']}").json()["status"] == "checking_files"
    assert len(twin.get("/_control/journal").json()["entries"]) == 2


@pytest.mark.slow
def test_reload__mistake(twin: httpx.Client, overlay: Path, told: queue.Queue[str]) -> None:
    """An overlay with a mistake is reported and changes nothing; once fixed, it is served."""
    _edit(overlay, "then: in_progress", "then: in_progres")
    mistaken = told.get(timeout=_LONGEST)
    made = twin.post("/press/v2/proofs", json={"title": "Cover"})
    _edit(overlay, "then: in_progres}", "then: in_progress}")

    assert mistaken.startswith("not reloaded:\npress.overlay.yaml:")
    assert "in_progres" in mistaken
    assert made.status_code == 201
    assert told.get(timeout=_LONGEST) == "reloaded: 1 jobs kept, 0 lost"


def test_watcher(tmp_path: Path) -> None:
    """A file that does not exist yet is noticed when it is created."""
    file, called = tmp_path / "late.yaml", threading.Event()
    assert stamped([file]) == {file: None}
    watcher = FileWatcher(lambda: [file], called.set)

    watcher.start()
    file.write_text("now")

    assert called.wait(timeout=_LONGEST)
    watcher.stop()


def test_reload__store() -> None:
    """`--reload` is refused with `--store`, since stored jobs belong to one version of machines."""
    result = CliRunner().invoke(jobtwin, ["serve", "--reload", "--store", "sqlite:///x.db"])

    assert result.exit_code == 2
    assert "--reload cannot be used with --store" in result.output
