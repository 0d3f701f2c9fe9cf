"""Faults on operations whose answers depend on the job's state."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jobtwin.testing import ControlRefused, Host, Jobtwin, in_process

SPECS = [Path(__file__).with_name(f"{name}.yaml") for name in ("operations", "darkroom")]
TITLED = Path(__file__).parents[1] / "specs" / "good.yaml"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """Yields the twins, in this process."""
    with in_process([*SPECS, f"titled={TITLED}"]) as running:
        yield running


@pytest.fixture
def twin(host: Host) -> Iterator[Jobtwin]:
    """Yields a new sandbox."""
    with host.sandbox("test_faults") as sandbox:
        yield sandbox


def _get(twin: Jobtwin, path: str, api: str = "operations") -> httpx.Response:
    with httpx.Client(transport=twin.transport) as http:
        return http.get(getattr(twin, api).url + path)


def test_state__at_work(twin: Jobtwin) -> None:
    """An unknown state is sent in the answer for its kind, with that answer's headers."""
    job = twin.operations.create()
    twin.operations.fail("getOperation", state="hibernating")

    answer = _get(twin, f"/operations/{job.id}")

    assert (answer.status_code, answer.headers["Retry-After"]) == (200, "30")
    assert answer.json()["status"] == "hibernating"


def test_state__ended(twin: Jobtwin) -> None:
    """An ended job in an unknown state does not have the headers of a running one."""
    job = twin.operations.create()
    job.finish()
    twin.operations.fail("getOperation", state="hibernating")

    answer = _get(twin, f"/operations/{job.id}")

    assert (answer.status_code, "Retry-After" in answer.headers) == (200, False)
    assert answer.json()["status"] == "hibernating"


def test_state__redirect(twin: Jobtwin) -> None:
    """If the due answer is a redirect, the unknown state is sent in another answer."""
    film = twin.darkroom.create()
    film.finish()
    due = _get(twin, f"/films/{film.id}", "darkroom")
    twin.darkroom.fail("getFilm", state="hibernating")

    answer = _get(twin, f"/films/{film.id}", "darkroom")

    assert (due.status_code, answer.status_code) == (303, 200)
    assert (answer.json()["status"], "Location" in answer.headers) == ("hibernating", False)


def test_state__impossible(twin: Jobtwin) -> None:
    """An operation whose answers do not show a state cannot send an unknown one."""
    with pytest.raises(ControlRefused, match="getResult does not"):
        twin.operations.fail("getResult", state="hibernating")


def test_state__refused(twin: Jobtwin) -> None:
    """A refusal is unchanged."""
    twin.operations.fail("getOperation", state="hibernating")

    assert _get(twin, "/operations/nobody").status_code == 404


def test_body(twin: Jobtwin) -> None:
    """A damaged body keeps the status and the headers of the due answer."""
    job = twin.operations.create()
    twin.operations.fail("getResult", body="html")

    answer = _get(twin, f"/results/{job.id}")

    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "30")
    assert answer.text.startswith("<html>")


def test_status__title(twin: Jobtwin) -> None:
    """A status without an RFC works, too, with a vendor whose errors contain the status's name."""
    job = twin.titled.create()
    twin.titled.fail("getPrint", status=520)

    answer = _get(twin, f"/prints/{job.id}", "titled")

    assert (answer.status_code, answer.json()["title"]) == (
        520,
        "Web Server Returned an Unknown Error",
    )
