"""Tests that mock httpx or the time for their own service, with a twin in the same test."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
import respx
from pytest_httpx import HTTPXMock

from jobclients.polaris.api.jobs import get_job_status
from jobclients.polaris.waiters import wait_for_job
from jobtwin.server import Server
from jobtwin.testing import Jobtwin, NotStarted, serving
from jobtwin.testing.transport import InProcess
from jobtwin.testing.wire import Wire

CHAT = "https://chat.example/hook"
TIMES = ["time", "monotonic", "perf_counter", "sleep"]


def live(jobtwin: Jobtwin) -> None:
    """Uses a sandbox: creates a job, polls it with the ready client, advances, reads the journal."""
    polaris = jobtwin.polaris
    job = polaris.create()
    jobtwin.clock.advance(seconds=5)
    status = get_job_status.sync("p", UUID(job.id), client=polaris.client())

    assert status.execution_status == "running"
    assert polaris.calls("getJobStatus").statuses == [200]


# -- mocks of httpx ------------------------------------------------------------------------------


def test_pytest_httpx(httpx_mock: HTTPXMock, jobtwin: Jobtwin) -> None:
    """pytest-httpx responds only for the other service."""
    httpx_mock.add_response(url=CHAT, status_code=202)

    assert httpx.get(CHAT).status_code == 202
    live(jobtwin)


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
def test_respx(using: str, jobtwin: Jobtwin) -> None:
    """Respx responds only for the other service; if it mocks httpx itself, control still works."""
    with respx.mock(using=using) as router:
        router.get(CHAT).respond(202)

        assert httpx.get(CHAT).status_code == 202
        assert jobtwin.polaris.create().state == "pending"
        if using == "httpcore":
            live(jobtwin)


@pytest.mark.parametrize("local", [False, True])
def test_own_code__mocked(
    local: bool,  # noqa: FBT001 - a parametrized value
    httpx_mock: HTTPXMock,
    jobtwin: Jobtwin,
    jobtwin_local: Jobtwin,
) -> None:
    """Code that takes a client reaches the twin by the sandbox's transport."""
    httpx_mock.add_response(url=CHAT)
    twin = jobtwin_local if local else jobtwin
    with httpx.Client(transport=twin.transport, headers=twin.polaris.headers) as client:
        answer = client.get(f"{twin.polaris.url}/v1/projects/p/jobs")

    assert answer.status_code == 200
    assert httpx.get(CHAT).is_success


# -- a patched clock -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("fixture", ["jobtwin", "jobtwin_local"])
def test_patched(
    name: str, fixture: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox's clock in place of the machine's neither hangs nor recurses."""
    jobtwin: Jobtwin = request.getfixturevalue(fixture)
    clock = jobtwin.clock
    before = time.perf_counter_ns()
    monkeypatch.setattr(time, name, clock.sleep if name == "sleep" else clock.time)

    live(jobtwin)
    asyncio.run(_ask(jobtwin))
    job = UUID(jobtwin.polaris.create().id)
    wait_for_job(jobtwin.polaris.client(), project_id="p", job_id=job, sleep=clock.sleep)

    assert name == "sleep" or getattr(time, name)() == clock.now.timestamp()
    assert time.perf_counter_ns() - before < 20e9


async def _ask(jobtwin: Jobtwin) -> None:
    job = UUID(jobtwin.polaris.create().id)
    await get_job_status.asyncio("p", job, client=jobtwin.polaris.client())


def test_patched__server_ticks(jobtwin: Jobtwin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server in this process reads the machine's time every second, not the patched time."""
    monkeypatch.setattr(time, "time", jobtwin.clock.time)
    threading.Event().wait(1.2)  # the moment of its tick is unknown

    live(jobtwin)


# -- waiting -------------------------------------------------------------------------------------


def test_blocking_waiter(jobtwin_local: Jobtwin) -> None:
    """A blocking waiter waits for a twin in process."""
    polaris = jobtwin_local.polaris
    job = UUID(polaris.create().id)

    done = wait_for_job(
        polaris.client(), project_id="p", job_id=job, sleep=jobtwin_local.clock.sleep
    )

    assert str(done.id) == str(job)


def test_many_wait() -> None:
    """More requests than anyio has threads wait for a twin at the same time."""
    number, arrived, go = 60, [], asyncio.Event()

    async def slow(scope: object, receive: object, send: object) -> None:  # noqa: ARG001 - arguments of ASGI
        arrived.append(scope)
        if len(arrived) == number:
            go.set()
        await go.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]  # ASGI is untyped here
        await send({"type": "http.response.body"})  # type: ignore[operator]  # same

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=transport, base_url="http://jobtwin") as client:
            return await asyncio.gather(*(client.get("/") for _ in range(number)))

    transport = InProcess(slow)
    assert {answer.status_code for answer in asyncio.run(ask())} == {204}
    transport.shut()


def test_own_timeout() -> None:
    """An application's own TimeoutError is not the client's time limit."""

    async def fails(*_: object) -> None:
        raise TimeoutError("its own")

    transport = InProcess(fails)
    with (
        httpx.Client(transport=transport, timeout=5) as client,
        pytest.raises(TimeoutError, match="its own"),
    ):
        client.get("http://jobtwin/")
    transport.shut()


def test_server_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not start reports the reason at once."""

    def fail(_: Server) -> None:
        raise RuntimeError("no event loop today")

    monkeypatch.setattr(Server, "serve", fail)
    began = time.monotonic()

    with pytest.raises(NotStarted, match="RuntimeError: no event loop today"), serving(["polaris"]):
        pass

    assert time.monotonic() - began < 10


# -- the socket ----------------------------------------------------------------------------------


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """Yields a client with a separate transport."""
    wire = Wire()
    with httpx.Client(transport=wire) as client:
        yield client
    wire.shut()


class RawServer:
    """A server that sends these responses, one per connection, and then closes each."""

    def __init__(self, *answers: bytes) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._answers = answers
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._socket.accept()
            connection.recv(65536)
            connection.sendall(answer)
            connection.close()
        self._socket.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Ty", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", httpx.RemoteProtocolError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
            httpx.RemoteProtocolError,
        ),
        (b"nonsense\r\n\r\n", httpx.RemoteProtocolError),
    ],
    ids=["nothing", "headers", "length", "chunked", "nonsense"],
)
def test_wire__broken(answer: bytes, error: type[Exception], client: httpx.Client) -> None:
    """A broken response raises an error of httpx."""
    with pytest.raises(error):
        client.get(RawServer(answer).url)


def test_wire__silent(client: httpx.Client) -> None:
    """A silent server raises ReadTimeout; without a server, the error is ConnectError."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(httpx.ReadTimeout):
            client.get(url, timeout=0.05)
    with pytest.raises(httpx.ConnectError):
        client.get(url)


def test_wire__closed_meanwhile(client: httpx.Client) -> None:
    """A connection that the server has closed is not reused."""
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    peer = RawServer(ok, ok)
    texts = []
    for _ in range(2):
        texts.append(client.get(peer.url).text)
        threading.Event().wait(0.05)  # until the closed connection is noticed

    assert texts == ["ok", "ok"]


def test_wire__streams(client: httpx.Client) -> None:
    """A body in chunks or without a length is streamed whole; repeated headers are kept."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    bare = b"HTTP/1.0 200 OK\r\nX-A: 1\r\nX-A: 2\r\n\r\nok"
    for answer in (chunked, bare):
        with client.stream("GET", RawServer(answer).url) as response:
            assert b"".join(response.iter_raw()) == b"ok"

    assert response.headers.get_list("X-A") == ["1", "2"]
