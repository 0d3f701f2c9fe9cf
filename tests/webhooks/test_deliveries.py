"""Callbacks and webhooks on a clock that stands still: in order, signed, retried, sent by hand."""

import asyncio
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from click.testing import CliRunner

from jobtwin.cli import jobtwin as command
from jobtwin.deliveries import courier
from jobtwin.testing import ControlRefused, Jobtwin, in_process
from tests.ports import free_port
from tests.webhooks.vendors import SECRET, SPECS, ScriptedReceiver, ask, melt, sandbox

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = b"tannery-signing-key"


@pytest.fixture(scope="module")
def host() -> Iterator[Any]:
    """Yields the twins of both vendors."""
    with sandbox() as (found, _):
        yield found


@pytest.fixture
def jobtwin(host: Any) -> Iterator[Jobtwin]:
    """Yields a new sandbox."""
    with host.sandbox("test") as made:
        yield made


def test_states(jobtwin: Jobtwin) -> None:
    """Each state that matches `when` is delivered at its time, before `advance` returns."""
    receiver = ScriptedReceiver()
    jobtwin.glassworks.deliver_to(receiver)
    id_ = melt(jobtwin)

    jobtwin.clock.advance(minutes=10)
    assert [each["type"] for each in receiver.bodies] == ["melt.blowing"]
    jobtwin.clock.advance(hours=1)

    [blowing, cooled] = jobtwin.glassworks.deliveries(id_)
    assert receiver.bodies == [blowing.body, cooled.body]
    assert receiver.bodies[1] == {
        "id": cooled.id,
        "type": "melt.cooled",
        "time": "2026-01-01T00:40:00Z",
        "melt": {
            "id": id_,
            "state": "cooled",
            "colour": "green",
            "reason": None,
            "createdAt": "2026-01-01T00:00:00Z",
            "self": f"{jobtwin.glassworks.url}/melts/{id_}",
        },
    }
    assert [cooled.state, cooled.statuses, cooled.due] == ["delivered", [204], None]
    assert blowing.id != cooled.id


def test_planned(jobtwin: Jobtwin) -> None:
    """Planned deliveries are listed as they will be if nothing else happens."""
    id_ = melt(jobtwin, "cracks")

    told = [(each.state, each.at - START) for each in jobtwin.glassworks.deliveries(id_)]

    assert told == [("planned", timedelta(minutes=10)), ("planned", timedelta(minutes=30))]
    ask(jobtwin, jobtwin.glassworks, "POST", f"/melts/{id_}/stop")
    [stopped] = jobtwin.glassworks.deliveries(id_)
    assert (stopped.body["type"], stopped.state) == ("melt.stopped", "pending")


def test_at_the_moment(jobtwin: Jobtwin) -> None:
    """During a delivery, the receiver sees the job in that state, however far the clock moves."""
    seen: list[str] = []
    receiver = ScriptedReceiver()
    jobtwin.glassworks.deliver_to(receiver)
    id_ = melt(jobtwin)
    receiver.meanwhile = lambda: seen.append(
        ask(jobtwin, jobtwin.glassworks, "GET", f"/melts/{id_}")["state"]
    )

    jobtwin.clock.advance(days=1)

    assert seen == ["blowing", "cooled"]


def test_reentrant(jobtwin: Jobtwin) -> None:
    """A receiver may advance the clock itself: no delivery is repeated, and nothing hangs."""
    receiver = ScriptedReceiver()
    jobtwin.glassworks.deliver_to(receiver)
    melt(jobtwin)
    receiver.meanwhile = lambda: jobtwin.clock.advance(minutes=1)

    jobtwin.clock.advance(hours=1)

    assert [each["type"] for each in receiver.bodies] == ["melt.blowing", "melt.cooled"]
    assert jobtwin.clock.now == START + timedelta(hours=1)


def test_retries(jobtwin: Jobtwin) -> None:
    """A failure is retried after the pauses of the spec, with the same id and body."""
    receiver = ScriptedReceiver(statuses=[500, 302, 429, 200])
    jobtwin.glassworks.deliver_to(receiver)
    melt(jobtwin)

    jobtwin.clock.advance(minutes=11)
    [blowing, _] = jobtwin.glassworks.deliveries()
    assert (blowing.statuses, blowing.state) == ([500, 302], "pending")
    assert blowing.due == START + timedelta(minutes=15, seconds=5)
    jobtwin.clock.advance(minutes=60)

    [blowing, _] = jobtwin.glassworks.deliveries()
    ats = [attempt.at - START - timedelta(minutes=10) for attempt in blowing.attempts]
    assert ats == [timedelta(seconds=s) for s in (0, 5, 305, 2105)]
    bodies = [body for headers, body in receiver.requests if headers["webhook-id"] == blowing.id]
    assert (len(bodies), len(set(bodies)), blowing.state) == (4, 1, "delivered")


def test_retries__given_up(jobtwin: Jobtwin) -> None:
    """After the last pause there are no more retries."""
    jobtwin.glassworks.deliver_to(ScriptedReceiver(statuses=[503]))
    melt(jobtwin)

    jobtwin.clock.advance(days=2)

    told = [(each.state, each.statuses, each.due) for each in jobtwin.glassworks.deliveries()]
    assert told == [("failed", [503] * 4, None)] * 2


@pytest.mark.parametrize(("status", "attempts"), [(400, 1), (429, 3), (503, 3), (200, 1)], ids=str)
def test_retries__on(status: int, attempts: int, jobtwin: Jobtwin) -> None:
    """`on` lists the statuses that are retried."""
    jobtwin.tannery.deliver_to(ScriptedReceiver(statuses=[status]))
    id_ = jobtwin.tannery.create().id

    jobtwin.clock.advance(hours=4)

    [done] = [e for e in jobtwin.tannery.deliveries(id_) if e.callback == "hideDone"]
    assert done.statuses == [status] * attempts


def test_receiver_raises(jobtwin: Jobtwin) -> None:
    """An exception in the receiving application counts as no answer, and is retried."""
    receiver = ScriptedReceiver()
    jobtwin.glassworks.deliver_to(receiver)
    melt(jobtwin)

    def fail() -> None:
        receiver.meanwhile = lambda: None
        raise ValueError("not today")

    receiver.meanwhile = fail
    jobtwin.clock.advance(minutes=11)

    [blowing, _] = jobtwin.glassworks.deliveries()
    assert [a.error or a.status for a in blowing.attempts] == ["ValueError: not today", 204]


def test_wsgi(jobtwin: Jobtwin) -> None:
    """A WSGI application can receive deliveries, too."""
    bodies: list[bytes] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        bodies.append(environ["wsgi.input"].read())
        start_response("202 Accepted", [("Content-Type", "text/plain")])
        return [b"thanks"]

    jobtwin.glassworks.deliver_to(app)
    melt(jobtwin)
    jobtwin.clock.advance(hours=1)

    assert [each.statuses for each in jobtwin.glassworks.deliveries()] == [[202], [202]]
    assert len(bodies) == 2


# -- webhooks, events, log lines -------------------------------------------------------------------


def test_webhooks(jobtwin: Jobtwin) -> None:
    """Webhooks are sent to the user's URL from then on: ends, events and log lines."""
    receiver = ScriptedReceiver()
    before = jobtwin.tannery.create().id
    jobtwin.clock.advance(minutes=1)
    jobtwin.tannery.deliver_to(receiver)
    job = jobtwin.tannery.create()
    job.send("turn")
    jobtwin.clock.advance(hours=1)
    ask(jobtwin, jobtwin.tannery, "DELETE", f"/hides/{job.id}")

    jobtwin.clock.advance(hours=5)

    told = [(e.callback, e.body) for e in jobtwin.tannery.deliveries(job)]
    lines = [body["message"] for name, body in told if name == "hideLine"]
    assert lines == [
        f"Hide {job.id} goes into water",
        "Turned over",
        f"Hide {job.id} goes into bark",
    ]
    assert [body["event"] for name, body in told if name == "hideTouched"] == ["withdraw"]
    assert [body["state"] for name, body in told if name == "hideDone"] == ["withdrawn"]
    older = [(e.callback, e.at - START) for e in jobtwin.tannery.deliveries(before)]
    assert older == [
        ("hideLine", timedelta(hours=1)),
        ("hideDone", timedelta(hours=3)),
        ("hideLine", timedelta(hours=3)),
    ]
    assert len(receiver.requests) == len(told) + len(older)


def test_no_endpoint(jobtwin: Jobtwin) -> None:
    """Without a URL nothing is delivered."""
    jobtwin.tannery.create()
    ask(jobtwin, jobtwin.glassworks, "POST", "/melts", colour="red")

    jobtwin.clock.advance(hours=5)

    assert jobtwin.tannery.deliveries() == jobtwin.glassworks.deliveries() == []


# -- signatures ------------------------------------------------------------------------------------


def test_signature__standard_webhooks(jobtwin: Jobtwin) -> None:
    """The library of Standard Webhooks verifies deliveries dated by the real clock."""
    receiver = ScriptedReceiver()
    jobtwin.date_deliveries("real")
    jobtwin.glassworks.deliver_to(receiver)
    melt(jobtwin)

    jobtwin.clock.advance(hours=1)

    for headers, body in receiver.requests:
        verified = standardwebhooks.Webhook(SECRET).verify(body, dict(headers))
        assert verified["id"] == headers["webhook-id"]


@pytest.mark.parametrize("signature", ["wrong", "missing", "old"])
def test_signature__not_right(signature: str, jobtwin: Jobtwin) -> None:
    """Standard Webhooks' library refuses a signature that is invalid on purpose."""
    receiver = ScriptedReceiver()
    jobtwin.date_deliveries("real")
    jobtwin.hold_deliveries()
    jobtwin.glassworks.deliver_to(receiver)
    melt(jobtwin)
    jobtwin.clock.advance(hours=1)

    jobtwin.glassworks.deliver(signature=signature)

    for headers, body in receiver.requests:
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(SECRET).verify(body, dict(headers))


def test_signature__hmac(jobtwin: Jobtwin) -> None:
    """An HMAC signs the spec's content at the sandbox's time; a token is sent as a bearer token."""
    receiver = ScriptedReceiver()
    jobtwin.tannery.deliver_to(receiver)
    jobtwin.tannery.create()

    jobtwin.clock.advance(hours=4)

    [(headers, body)] = [each for each in receiver.requests if "tannery-signature" in each[0]]
    seconds = int((START + timedelta(hours=3)).timestamp())
    digest = hmac.new(KEY, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["tannery-signature"] == f"t={seconds},v1={digest}"
    tokens = {each["authorization"] for each, _ in receiver.requests if "authorization" in each}
    assert tokens == {"Bearer tannery-token"}


def test_signature__own_secret(jobtwin: Jobtwin) -> None:
    """The user's secret takes precedence over the spec's."""
    receiver = ScriptedReceiver()
    jobtwin.tannery.deliver_to(receiver, secret="mine")  # noqa: S106 - made up
    jobtwin.tannery.create()

    jobtwin.clock.advance(seconds=0)

    assert [headers["authorization"] for headers, _ in receiver.requests] == ["Bearer mine"]


def test_secrets(jobtwin: Jobtwin, tmp_path: Path) -> None:
    """Lists, the journal and events do not show a secret; an exported sandbox contains it."""
    jobtwin.glassworks.deliver_to(ScriptedReceiver())
    melt(jobtwin, url="http://u:hunter22@localhost/hook?token=t0psecret1")
    jobtwin.clock.advance(hours=1)

    jobtwin.export(tmp_path / "world.json")
    shown = [repr(jobtwin.glassworks.deliveries()), str(jobtwin.journal)]
    shown += [f"{each.url} {each.body}" for each in jobtwin.glassworks.deliveries()]
    shown += [str(call.entry.to_dict()) for call in jobtwin.journal.deliveries()]

    assert len(shown) == 6
    for secret in (SECRET, SECRET[6:], "hunter22", "t0psecret1"):
        assert not [text for text in shown if secret in text]
    assert SECRET in (tmp_path / "world.json").read_text()


# -- by hand ---------------------------------------------------------------------------------------


def test_by_hand(jobtwin: Jobtwin) -> None:
    """Held deliveries are sent by hand: late, out of order, twice; none of these is a retry."""
    receiver = ScriptedReceiver()
    jobtwin.hold_deliveries()
    jobtwin.glassworks.deliver_to(receiver)
    melt(jobtwin)
    jobtwin.clock.advance(hours=1)
    assert receiver.requests == []

    sent = jobtwin.glassworks.deliver(reverse=True)
    again = sent[0].deliver()

    assert [each["type"] for each in receiver.bodies] == [
        "melt.cooled",
        "melt.blowing",
        "melt.cooled",
    ]
    assert [each.state for each in sent] == ["delivered", "delivered"]
    assert [(a.status, a.by_hand) for a in again.attempts] == [(204, True)] * 2
    jobtwin.hold_deliveries(held=False)
    jobtwin.clock.advance(hours=1)
    assert len(receiver.requests) == 3


def test_by_hand__refused(jobtwin: Jobtwin) -> None:
    """A future delivery cannot be sent; a failure by hand does not use up the vendor's attempts."""
    jobtwin.glassworks.deliver_to(ScriptedReceiver(statuses=[500, 204]))
    melt(jobtwin)
    [blowing, _] = jobtwin.glassworks.deliveries()
    with pytest.raises(ControlRefused, match="advance the clock"):
        blowing.deliver()
    jobtwin.hold_deliveries()
    jobtwin.clock.advance(minutes=10)

    assert blowing.deliver(signature="wrong").state == "pending"
    jobtwin.hold_deliveries(held=False)
    jobtwin.clock.advance(seconds=0)

    assert jobtwin.glassworks.deliveries()[0].statuses == [500, 204]


# -- the network -----------------------------------------------------------------------------------


class _Forwarder(BaseHTTPRequestHandler):
    """Redirects each request to another path, with a long body."""

    def do_POST(self) -> None:
        self.server.paths.append(self.path)  # type: ignore[attr-defined]  # set below
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(10**9))
        self.end_headers()
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_network(jobtwin: Jobtwin) -> None:
    """A request on loopback is sent once: redirects are not followed, long answers are cut off."""
    with HTTPServer(("127.0.0.1", 0), _Forwarder) as server:
        server.paths = []  # type: ignore[attr-defined]  # recorded for the test
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        melt(jobtwin, url=f"http://127.0.0.1:{server.server_port}/hook?a=1")
        jobtwin.clock.advance(minutes=10)
        thread.join(60)

        [blowing, _] = jobtwin.glassworks.deliveries()
        assert (blowing.statuses, server.paths) == ([302], ["/hook?a=1"])  # type: ignore[attr-defined]  # as above


def test_network__nobody(jobtwin: Jobtwin) -> None:
    """An attempt without a listener fails, and is repeated."""
    melt(jobtwin, url=f"http://127.0.0.1:{free_port()}/hook")

    jobtwin.clock.advance(minutes=10, seconds=5)

    [blowing, _] = jobtwin.glassworks.deliveries()
    assert [str(a.error).split(":")[0] for a in blowing.attempts] == ["ConnectionRefusedError"] * 2


class _ClosedWriter:
    """A connection that was closed before anything was written, by uvloop."""

    def write(self, _data: bytes) -> None:
        """Fail as uvloop does."""
        raise RuntimeError("unable to perform operation; the handler is closed")

    def close(self) -> None:
        """Do nothing."""


def test_network__closed(jobtwin: Jobtwin, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt fails if the receiver closes the connection at once, and is repeated."""

    async def closed(*_: object, **__: object) -> tuple[object, object]:
        return asyncio.StreamReader(), _ClosedWriter()

    monkeypatch.setattr(asyncio, "open_connection", closed)
    melt(jobtwin, url=f"http://127.0.0.1:{free_port()}/hook")

    jobtwin.clock.advance(minutes=10, seconds=5)

    [blowing, _] = jobtwin.glassworks.deliveries()
    assert ["the handler is closed" in str(each.error) for each in blowing.attempts] == [True] * 2


def test_network__silent(jobtwin: Jobtwin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that does not answer in time is not waited for."""
    monkeypatch.setattr(courier, "LONGEST", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        melt(jobtwin, url=f"http://127.0.0.1:{silent.getsockname()[1]}/hook")
        jobtwin.clock.advance(minutes=10)

    assert jobtwin.glassworks.deliveries()[0].attempts[0].error == "no answer within 0.05 s"


def test_network__unsendable(jobtwin: Jobtwin) -> None:
    """A secret that is invalid in a header is not quoted, and nothing is sent."""
    jobtwin.tannery.deliver_to("http://127.0.0.1:9/", secret="line\nbreak-Ω")  # noqa: S106 - made up
    jobtwin.tannery.create()

    jobtwin.clock.advance(seconds=0)

    [line] = [e for e in jobtwin.tannery.deliveries() if e.attempts]
    assert (line.callback, line.state) == ("hideLine", "failed")
    assert line.attempts[0].error == "its URL or a header has characters that HTTP does not allow"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/hook", "example.com is not this machine; allow it by: jobtwin serve --deliver-to example.com"),
        ("http://169.254.169.254/latest", "--deliver-to 169.254.169.254"),
        ("ftp://localhost/hook", "it is not a URL"),
    ],
    ids=["name", "metadata", "scheme"],
)  # fmt: skip
def test_network__not_allowed(url: str, why: str, jobtwin: Jobtwin) -> None:
    """Requests to other machines fail unless allowed, and are not retried."""
    melt(jobtwin, url=url)

    jobtwin.clock.advance(minutes=20)

    [blowing, _] = jobtwin.glassworks.deliveries()
    assert (len(blowing.attempts), blowing.state) == (1, "failed")
    assert why in str(blowing.attempts[0].error)


# -- the journal and other cases -------------------------------------------------------------------


def test_journal(jobtwin: Jobtwin) -> None:
    """An attempt is in the journal, but is not one of the client's calls."""
    jobtwin.glassworks.deliver_to(ScriptedReceiver(statuses=[500, 204]))
    id_ = melt(jobtwin)
    jobtwin.clock.advance(hours=1)

    told = [(call.operation, call.status, call.job) for call in jobtwin.journal.deliveries()]

    assert told == [("meltChanged", s, id_) for s in (500, 204, 204)]
    assert jobtwin.glassworks.calls().statuses == [201]
    assert len(jobtwin.journal) == 4


def test_finish_and_polls(jobtwin: Jobtwin) -> None:
    """A job that is finished, or advances by polls, delivers the states it went through."""
    receiver = ScriptedReceiver()
    jobtwin.glassworks.deliver_to(receiver)
    jobtwin.glassworks.job(melt(jobtwin)).finish()
    jobtwin.clock.advance(seconds=0)
    assert [each["type"] for each in receiver.bodies] == ["melt.blowing", "melt.cooled"]

    polled = jobtwin.glassworks.create(progression="polls")
    ask(jobtwin, jobtwin.glassworks, "GET", f"/melts/{polled.id}")
    jobtwin.clock.advance(seconds=0)

    assert [each.body["type"] for each in jobtwin.glassworks.deliveries(polled)] == ["melt.blowing"]
    assert len(receiver.requests) == 3


def test_to_next(jobtwin: Jobtwin) -> None:
    """`to_next` advances to a retry even if no job changes any more."""
    jobtwin.glassworks.deliver_to(ScriptedReceiver(statuses=[500, 500, 204]))
    id_ = melt(jobtwin)
    ask(jobtwin, jobtwin.glassworks, "POST", f"/melts/{id_}/stop")
    jobtwin.clock.advance(seconds=0)

    assert jobtwin.clock.advance(to_next=True) == START + timedelta(seconds=5)
    assert jobtwin.clock.advance(to_next=True) == START + timedelta(seconds=305)
    with pytest.raises(ControlRefused, match="no job changes any more"):
        jobtwin.clock.advance(to_next=True)


def test_deleted(jobtwin: Jobtwin) -> None:
    """A deleted job sends no more deliveries."""
    jobtwin.glassworks.deliver_to(ScriptedReceiver())
    jobtwin.glassworks.job(melt(jobtwin)).delete()

    jobtwin.clock.advance(hours=1)

    assert jobtwin.glassworks.deliveries() == []
    json.dumps(str(jobtwin.journal))


def test_usual(tmp_path: Path) -> None:
    """A callback without settings is sent at each state; `check --explain` says so."""
    spec = tmp_path / "glassworks.yaml"
    text = SPECS[0].read_text()
    before, _, rest = text.partition("      callbacks:\n        meltChanged:\n          when")
    spec.write_text(
        before
        + rest.partition("callback.secret}\n")[2].replace(
            "melt.blowing,", "melt.heating, melt.blowing,"
        )
    )

    told = CliRunner().invoke(command, ["check", "--explain", str(spec)]).output
    with in_process([spec]) as host, host.sandbox("usual") as made:
        made.glassworks.deliver_to(receiver := ScriptedReceiver(statuses=[500]))
        melt(made)
        made.clock.advance(days=1)

    assert "callbacks/meltChanged: is sent at each state, once, and not signed" in told
    assert [e["type"] for e in receiver.bodies] == ["melt.heating", "melt.blowing", "melt.cooled"]
    assert not [name for headers, _ in receiver.requests for name in headers if "signature" in name]
