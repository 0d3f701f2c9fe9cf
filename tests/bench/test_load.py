"""The load generators: wrk's output is parsed, and its replacement counts its requests."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.errors import Wrong
from bench.load import LoadResult, LoadTarget, _sockets, _told, load

WRK = """\
Running 2s test @ http://127.0.0.1:8099/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.02ms    5.21ms  61.02ms   97.30%
    Req/Sec    11.58k     1.69k   12.61k    85.71%
  Latency Distribution
     50%    2.59ms
     75%    2.80ms
     90%    3.10ms
     99%  500.00us
  24190 requests in 2.10s, 3.25MB read
Requests/sec:  11517.41
Transfer/sec:      1.55MB
"""


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ("", 0),
        ("  Non-2xx or 3xx responses: 12\n", 12),
        ("  Socket errors: connect 0, read 3, write 0, timeout 1\n", 4),
    ],
    ids=["fine", "statuses", "sockets"],
)
def test_wrk(more: str, wrong: int) -> None:
    """The result has the rate, latencies in milliseconds, and requests without a good answer."""
    assert _told(WRK + more) == LoadResult(11517.41, 2.59, 0.5, wrong)


class _LoadHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        good = self.path != "/wrong" and self.headers["X-Key"] == "k"
        self.send_response(200 if good else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201 if sent == b'{"a": 1}' else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A small server's port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _LoadHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_without_wrk(port: int) -> None:
    """Requests are sent with their headers, and answered; bad answers are counted."""
    good = _sockets(LoadTarget(port, ["/a", "/b"], {"X-Key": "k"}), 0.3, 2)
    bad = _sockets(LoadTarget(port, ["/a", "/wrong"], {"X-Key": "k"}), 0.3, 2)

    assert good.rate > 0
    assert good.wrong == 0
    assert 0 < good.p50 <= good.p99
    assert 0.4 < bad.wrong / (bad.rate * 0.3) < 0.6


def test_without_wrk__post(port: int) -> None:
    """A target's body is sent."""
    sent = _sockets(LoadTarget(port, ["/a"], {"X-Key": "k"}, "POST", '{"a": 1}'), 0.3, 2)

    assert sent.rate > 0
    assert sent.wrong == 0


def test_wrong(port: int) -> None:
    """A load without good answers ends the run."""
    with pytest.raises(Wrong, match="had no good answer"):
        load(LoadTarget(port, ["/wrong"], {}), 1, 2)
