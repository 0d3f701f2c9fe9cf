"""Programs with hard-wired hosts of vendors: a separate proxy leads them to the twins."""

import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from jobtwin.running.addresses import Address, placed
from jobtwin.running.authority import Authority
from jobtwin.running.recording import CommandRecorder
from jobtwin.running.twins import Outside, Twins, recorded, twins
from jobtwin.testing import Host, serving
from tests.sampling import fast_every

PRINTER = """\
openapi: 3.0.3
info: {title: Printer, version: '1'}
servers: [{url: 'https://{account}.printer.example/v1', variables: {account: {default: acme}}}]
x-jobs:
  version: 1
  machines:
    print:
      summary: A document on its way through a printer
      initial: queued
      states: {queued: {kind: waiting, lasts: 5s, then: printed}, printed: {kind: success}}
      scenarios: {prints: {summary: Every page comes out, default: true}}
  operations: {createPrint: create, getPrint: read}
  values: {Print.id: id, Print.state: state, Print.href: {text: '{base}/prints/{id}'}}
  env: {PRINTER_URL: '{base}', PRINTER_HOST: '{origin}', PRINTER_KEY: 'Key {credential}'}
security: [{Key: []}]
paths:
  /prints:
    post:
      operationId: createPrint
      responses: &responses
        '201': &print {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Print'}}}}
        '200': *print
        default: {description: No}
  /prints/{id}:
    get:
      operationId: getPrint
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: *responses
components:
  securitySchemes: {Key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Print:
      type: object
      properties: {id: {type: string}, state: {type: string, enum: [queued, printed]}, href: {type: string}}
"""

CLIENTS = {
    "requests": "import requests as http",
    "httpx": "import httpx as http",
    "the standard library": """
import json, types, urllib.request
def ask(url, headers, data=None):
    return types.SimpleNamespace(json=json.load(urllib.request.urlopen(urllib.request.Request(url, data, headers))).copy)
http = types.SimpleNamespace(post=lambda url, headers: ask(url, headers, b""), get=ask)
""",
}

POLLS = """
import time
base, headers = "https://acme.printer.example/v1", {"X-Key": "sesame-sesame"}
made = http.post(base + "/prints", headers=headers).json()
assert made["href"] == base + "/prints/" + made["id"], made
polls = 0
while http.get(made["href"], headers=headers).json()["state"] != "printed":
    polls += 1
    time.sleep(1)
print(polls)
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("spec") / "printer.yaml"
    file.write_text(PRINTER, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def host(spec: Path) -> Iterator[Host]:
    with serving([spec]) as host:
        yield host


AUTHORITY = Authority()


@contextmanager
def printer(host: Host, *through: str, recording: CommandRecorder | None = None) -> Iterator[Twins]:
    with twins(host, host.specs, "proxied", outside=Outside(through, recording, AUTHORITY)) as made:
        yield made


def ran(made: Twins, program: str) -> str:
    """Returns the output of a program in the environment of the twins."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=made.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "client", fast_every(3, [pytest.param(each, id=name) for name, each in CLIENTS.items()])
)
def test_hard_wired(host: Host, client: str) -> None:
    """Requests to the vendor's host reach its twin, links lead back, and sleep takes no time."""
    with printer(host) as made:
        assert ran(made, client + POLLS) == "5"
        assert made.sandbox.journal.total == 7
        assert made.hosts.refused == {}


@pytest.mark.slow
def test_other_host(host: Host) -> None:
    """A host without a twin is refused with the reason, and recorded."""
    asks = """
import httpx
try:
    httpx.get("https://elsewhere.example")
except httpx.ProxyError as error:
    print(error)
print(httpx.get("http://elsewhere.example").status_code)
"""
    with printer(host) as made:
        said = ran(made, asks)

    why = "elsewhere.example is not a twin's host; allow it with --pass-through elsewhere.example"
    assert said == f"403 Forbidden: {why}\n403"
    assert list(made.hosts.refused) == ["elsewhere.example"]


class Elsewhere(BaseHTTPRequestHandler):
    """Another service, which the proxy passes through."""

    def do_GET(self) -> None:
        """Sends a response."""
        body = b'{"token": "sesame", "who": "elsewhere"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Prints nothing."""


OUTSIDE = "127.0.0.2"
"""The address of a host without a twin, which programs reach by the proxy."""


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """Yields the port of an HTTPS server there, with a certificate of the same authority."""
    server = HTTPServer((OUTSIDE, 0), Elsewhere)
    context: ssl.SSLContext = AUTHORITY.context(OUTSIDE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


GETS = "import httpx; print(httpx.get('https://127.0.0.2:{port}/').json()['who'])"


@pytest.mark.slow
def test_pass_through(host: Host, elsewhere: int) -> None:
    """A host in --pass-through receives the program's bytes."""
    with printer(host, OUTSIDE) as made:
        assert ran(made, GETS.format(port=elsewhere)) == "elsewhere"


@pytest.mark.slow
def test_record(
    host: Host, elsewhere: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Responses of twins and of passed-through hosts are recorded, without secrets."""
    for name, file in AUTHORITY.variables(tmp_path, {}).items():
        monkeypatch.setenv(name, file)
    recording = recorded(lambda: made.sandbox, host.specs)
    with printer(host, OUTSIDE, recording=recording) as made:
        ran(made, CLIENTS["requests"] + POLLS + GETS.format(port=elsewhere))

    text = json.dumps(recording.recorder.document)
    urls = [entry["request"]["url"] for entry in recording.recorder.document["log"]["entries"]]
    assert urls[0] == "https://acme.printer.example/v1/prints"
    assert urls[-1] == f"https://{OUTSIDE}:{elsewhere}/"
    assert len(urls) == 8
    assert "sesame" not in text


@pytest.mark.slow
def test_variables(host: Host) -> None:
    """The vendor's SDK finds the twin by its own variables, also at the root of a separate port."""
    asks = """
import httpx, os
headers = {"X-Key": os.environ["PRINTER_KEY"].split()[1]}
made = httpx.post(os.environ["PRINTER_URL"] + "/prints", headers=headers).json()
again = httpx.get(os.environ["PRINTER_HOST"] + "/v1/prints/" + made["id"], headers=headers).json()
print(made["href"] == os.environ["JOBTWIN_PRINTER_URL"] + "/prints/" + made["id"])
print(again["href"] == os.environ["JOBTWIN_PRINTER_ORIGIN"] + "/v1/prints/" + made["id"])
"""
    with printer(host) as made:
        assert ran(made, asks) == "True\nTrue"


def test_nothing_outlives(host: Host) -> None:
    """The ports and the certificates end with the command."""
    with printer(host) as made:
        proxy = int(made.environment["HTTPS_PROXY"].rpartition(":")[2])
        certificates = Path(made.environment["NODE_EXTRA_CA_CERTS"])
        assert certificates.is_file()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy))
    assert not certificates.exists()


def test_places() -> None:
    """A host belongs to the twin whose server has most of the path; a variable matches any label."""
    one = Address("one", "/one/v1", None, ["https://api.example/v1", "https://{site}.eu.example"])
    two = Address("two", "/two/v1/batch", None, ["https://api.example/v1/batch"])

    def found(host: str, path: str) -> tuple[str, str, str] | None:
        place = placed([one, two], host, path)
        return None if place is None else (place.twin.name, place.base, place.below)

    assert found("api.example", "/v1/jobs") == ("one", "/v1", "/jobs")
    assert found("api.example", "/v1/batch/7") == ("two", "/v1/batch", "/7")
    assert found("api.example", "/v2") == ("one", "", "/v2")
    assert found("acme.eu.example", "/jobs") == ("one", "", "/jobs")
    assert found("a.b.other.example", "/jobs") is None
