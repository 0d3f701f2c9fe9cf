"""`jobtwin serve --own-port`: a twin at the root of a separate port."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from tests.ports import free_port

DOCS = Path(__file__).parents[2] / "docs"
AUTHORIZED = {"Authorization": "Bearer test"}


class Served(NamedTuple):
    """A server and its twin's own port."""

    url: str
    origin: str
    table: dict[str, object]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("vendor")
    shutil.copy(DOCS / "vendor.json", folder)
    port = free_port()
    words = ["vendor.json", "--port", "0", "--json", "--own-port", f"vendor={port}"]
    command = [sys.executable, "-m", "jobtwin", "serve", *words]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        table = json.loads(server.stdout.readline())
        yield Served(table["url"], f"http://127.0.0.1:{port}", table)
        server.terminate()


@pytest.fixture(scope="module")
def http(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.origin, headers=AUTHORIZED, trust_env=False) as client:
        yield client


def test_root(served: Served, http: httpx.Client) -> None:
    """The vendor's paths are at the root, with the same jobs as below the twin's name."""
    made = http.post("/v1/renders", json={"template": "tpl_intro"}).json()

    there = http.get(f"{served.url}/vendor/v1/renders/{made['id']}").json()
    assert there["id"] == made["id"]
    assert http.get(f"/v1/renders/{made['id']}").json()["template"] == "tpl_intro"


def test_nothing_else(http: httpx.Client) -> None:
    """The port has no path of the server's own, and accepts only the server's host names."""
    assert http.get("/_control/health").status_code == 404
    assert http.get("/v1/renders", headers={"Host": "evil.example"}).status_code == 421


def test_told(served: Served) -> None:
    """The table in JSON, the control API and `jobtwin env` show the port."""
    api = httpx.get(f"{served.url}/_control/apis", trust_env=False).json()["apis"][0]
    env = CliRunner().invoke(jobtwin, ["env", "--url", served.url]).output

    assert served.table["origins"] == {"vendor": served.origin}
    assert served.origin.endswith(f":{api['port']}")
    assert f"export JOBTWIN_VENDOR_ORIGIN={served.origin}\n" in env


WRONG = [
    ("osap=8081", "Did you mean 'osapi'?"),
    ("osapi", "write NAME=8081"),
    ("osapi=70000", "write NAME=8081"),
    ("osapi=8080", "needs a port that no other twin uses"),
]


@pytest.mark.parametrize(("flag", "why"), WRONG)
def test_wrong(flag: str, why: str) -> None:
    """An unknown twin, an invalid port, and a port in use are refused."""
    done = CliRunner().invoke(jobtwin, ["serve", "osapi", "--own-port", flag])

    assert done.exit_code == 2
    assert why in done.stderr


@pytest.mark.slow
def test_taken(served: Served) -> None:
    """An own port that another program uses is named in the error."""
    port = served.origin.rpartition(":")[2]

    done = CliRunner().invoke(
        jobtwin, ["serve", "osapi", "--port", "0", "--own-port", f"osapi={port}"]
    )

    assert done.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
