"""The receiving side: generated functions that verify and parse, and waiters with callbacks."""

import asyncio
import base64
import hashlib
import hmac
import importlib
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
import standardwebhooks
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import jobwait
from jobtwin.cli import jobtwin as command
from jobtwin.testing import Jobtwin
from jobwait.signatures import verify
from tests.webhooks.vendors import SECRET, SPECS, ScriptedReceiver, melt, sandbox

NOW = 1_767_225_600.0
MELT = {"id": "1", "state": "cooled", "colour": "red", "reason": None}
EVENT = {
    "id": "e",
    "type": "melt.cooled",
    "time": "2026-01-01T00:00:00Z",
    "melt": {**MELT, "createdAt": "2026-01-01T00:00:00Z", "self": "http://localhost/1"},
}


@pytest.fixture(scope="module", autouse=True)
def packages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Generates the clients of both vendors."""
    folder = tmp_path_factory.mktemp("clients")
    for spec in SPECS:
        result = CliRunner().invoke(command, ["generate", str(spec), "-o", str(folder)])
        assert result.exit_code == 0, result.output
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


def module(name: str) -> Any:
    """Returns a generated module."""
    found: ModuleType = importlib.import_module(name)
    return found


def signed(body: bytes, at: float = NOW) -> dict[str, str]:
    """Returns the headers of a body signed by the library of Standard Webhooks."""
    moment = datetime.fromtimestamp(at, UTC)
    signature = standardwebhooks.Webhook(SECRET).sign("m1", moment, body.decode())
    return {
        "Webhook-Id": "m1",
        "Webhook-Timestamp": str(int(at)),
        "Webhook-Signature": f"v1,bm90IGl0 {signature}",
    }


def read(headers: dict[str, str], body: bytes, **settings: Any) -> Any:
    """Returns the snapshot that the generated function reads from a request, at the moment NOW."""
    callbacks = module("glassworks.callbacks")
    return callbacks.read_callback(headers, body, SECRET, **{"clock": lambda: NOW, **settings})


def test_read() -> None:
    """A callback becomes the same typed snapshot as a poll, and can be resumed from."""
    body = json.dumps(EVENT).encode()

    snapshot = read(signed(body), body)

    assert (snapshot.state, snapshot.kind, snapshot.outcome) == ("cooled", "final", "success")
    assert isinstance(snapshot.job, module("glassworks.models").Melt)
    assert json.loads(snapshot.to_json())["ids"] == {"id": "1"}
    assert (
        module("glassworks.callbacks").read_callback
        is module("glassworks.callbacks").read_melt_changed
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"Webhook-Signature": ""}, jobwait.SignatureMissing),
        ({"Webhook-Signature": "v1a,bm90IGl0"}, jobwait.SignatureMissing),
        ({"Webhook-Signature": "v1,bm90IGl0"}, jobwait.SignatureWrong),
        ({"Webhook-Id": "m2"}, jobwait.SignatureWrong),
        ({"Webhook-Timestamp": "1767225601"}, jobwait.SignatureWrong),
        ({"Webhook-Timestamp": "soon"}, jobwait.SignatureMissing),
    ],
    ids=["empty", "another-scheme", "another", "another-id", "another-time", "no-time"],
)
def test_refused(change: dict[str, str], error: type[Exception]) -> None:
    """A request not signed with the secret is refused, and no error contains the secret."""
    body = json.dumps(EVENT).encode()

    with pytest.raises(error) as refused:
        read({**signed(body), **change}, body)

    assert isinstance(refused.value, jobwait.CallbackRefused)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(("age", "fine"), [(299, True), (301, False), (-301, False)], ids=str)
def test_refused__old(age: int, fine: bool) -> None:  # noqa: FBT001 - a column of the table
    """A request signed too long ago or too far ahead is refused, unless this is allowed."""
    body = json.dumps(EVENT).encode()
    headers = signed(body, NOW - age)

    assert read(headers, body, tolerance=None).state == "cooled"
    if fine:
        assert read(headers, body).state == "cooled"
    else:
        with pytest.raises(jobwait.SignatureExpired):
            read(headers, body)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"\xff", b"{}", b'{"melt": {"id": "1"}}', b'{"melt": {"id": "1", "state": 5}}'],
    ids=["empty", "list", "no-text", "nothing", "no-state", "no-text-as-state"],
)
def test_unreadable(body: bytes) -> None:
    """A body with a valid signature but without a job is refused."""
    key = base64.b64decode(SECRET[6:])
    digest = hmac.new(key, f"m1.{NOW:.0f}.".encode() + body, hashlib.sha256).digest()
    proof = base64.b64encode(digest).decode()
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": f"{NOW:.0f}",
        "webhook-signature": f"v1,{proof}",
    }

    with pytest.raises(jobwait.CallbackUnreadable):
        read(headers, body)


def test_body_alone() -> None:
    """A callback without a state is read as its body; an unsigned one needs no secret."""
    callbacks = module("tannery.callbacks")
    line = {"hide": 1, "message": "Dry", "level": "info", "time": "2026-01-01T00:00:00Z"}
    token = {"authorization": "Bearer tannery-token"}

    assert callbacks.read_hide_line(token, json.dumps(line), "tannery-token").message == "Dry"
    with pytest.raises(jobwait.SignatureWrong):
        callbacks.read_hide_line(
            {"authorization": "Bearer other"}, json.dumps(line), "tannery-token"
        )
    with pytest.raises(jobwait.CallbackUnreadable):
        callbacks.read_hide_line(token, "{}", "tannery-token")
    touched = {"hide": 1, "event": "withdraw", "deliveryId": "x"}
    assert callbacks.read_hide_touched({}, json.dumps(touched)).event == "withdraw"


@given(body=st.binary(max_size=40), change=st.integers(0, 39), key=st.text(min_size=1, max_size=9))
def test_any_change(body: bytes, change: int, key: str) -> None:
    """Only the signed body is accepted, and only with the same secret."""
    signature = jobwait.Signature("hmac", "{timestamp}.{body}", {"x": "t={timestamp},v1={hex}"})
    content = f"{NOW:.0f}.".encode() + body
    digest = hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
    headers, settings = {"X": f"t={NOW:.0f},v1={digest}"}, {"tolerance": 0, "now": NOW}

    verify(signature, headers, body, key, **settings)

    for other, secret in ((body[:change] + b"?" + body[change:], key), (body, key + "x")):
        with pytest.raises(jobwait.SignatureWrong):
            verify(signature, headers, other, secret, **settings)


# -- waiters ---------------------------------------------------------------------------------------


class ReceivingService(ScriptedReceiver):
    """A service that verifies callbacks at the sandbox's time and puts them into an inbox."""

    def __init__(self, jobtwin: Jobtwin) -> None:
        super().__init__()
        self.inbox = jobwait.Inbox()
        self.jobtwin = jobtwin
        self.meanwhile = self.take

    def take(self) -> None:
        """Take the latest request."""
        headers, body = self.requests[-1]
        clock = self.jobtwin.clock.time
        snapshot = module("glassworks.callbacks").read_callback(headers, body, SECRET, clock=clock)
        self.inbox.put(snapshot)


@pytest.fixture
def jobtwin() -> Iterator[Jobtwin]:
    """Yields a sandbox."""
    with sandbox() as (_, made):
        yield made


def client(jobtwin: Jobtwin) -> Any:
    """Returns a generated client of the twin."""
    return jobtwin.glassworks.client(module("glassworks").Client)


SLOW = jobwait.Policy(first=3000.0, at_most=3000.0, deadline=90_000.0, jitter=0.0)


def test_waiter__callback_first(jobtwin: Jobtwin) -> None:
    """A callback ends the wait without another poll."""
    service = ReceivingService(jobtwin)
    jobtwin.glassworks.deliver_to(service)
    id_ = melt(jobtwin)

    job = module("glassworks.waiters").wait_for_melt(
        client(jobtwin),
        id=id_,
        policy=SLOW,
        callbacks=service.inbox,
        sleep=jobtwin.clock.sleep,
        clock=jobtwin.clock.time,
    )

    assert (job.id, job.state.value) == (id_, "cooled")
    assert jobtwin.glassworks.calls("getMelt").states == ["heating"]


def test_waiter__poll_first(jobtwin: Jobtwin) -> None:
    """Without a callback, polls end the wait as usual."""
    jobtwin.hold_deliveries()
    service = ReceivingService(jobtwin)
    jobtwin.glassworks.deliver_to(service)

    with pytest.raises(jobwait.JobFailed, match="Cold draught"):
        module("glassworks.waiters").wait_for_melt(
            client(jobtwin),
            id=melt(jobtwin, "cracks"),
            policy=SLOW,
            callbacks=service.inbox,
            sleep=jobtwin.clock.sleep,
            clock=jobtwin.clock.time,
        )

    assert jobtwin.glassworks.calls("getMelt").states == ["heating", "cracked"]


def test_waiter__async_at_once(jobtwin: Jobtwin) -> None:
    """An awaiting waiter is woken immediately by a callback from another thread."""
    service = ReceivingService(jobtwin)
    jobtwin.glassworks.deliver_to(service)
    id_ = melt(jobtwin, "cracks")

    async def play() -> Any:
        seen = asyncio.Event()
        waiting = asyncio.create_task(
            module("glassworks.waiters").wait_for_melt_async(
                client(jobtwin),
                id=id_,
                policy=SLOW,
                callbacks=service.inbox,
                on_progress=lambda _: seen.set(),
            )
        )
        await seen.wait()
        await asyncio.to_thread(jobtwin.clock.advance, hours=1)
        async with asyncio.timeout(60):
            return await waiting

    began = time.monotonic()
    with pytest.raises(jobwait.JobFailed) as failed:
        asyncio.run(play())

    assert failed.value.last is not None
    assert failed.value.last.reason == "Cold draught"
    assert time.monotonic() - began < 10


def test_waiter__out_of_order(jobtwin: Jobtwin) -> None:
    """A late callback of an earlier state does not replace the end in the inbox."""
    service = ReceivingService(jobtwin)
    jobtwin.hold_deliveries()
    jobtwin.glassworks.deliver_to(service)
    id_ = melt(jobtwin)
    jobtwin.clock.advance(hours=1)
    jobtwin.glassworks.deliver(reverse=True)

    key = ("glassworks.melt", id_)
    taken = service.inbox.take(key)

    assert [each["type"] for each in service.bodies] == ["melt.cooled", "melt.blowing"]
    assert taken is not None
    assert taken.state == "cooled"
    assert service.inbox.wait(key, 0) is None


def test_waiter__past(jobtwin: Jobtwin) -> None:
    """A callback of a past state leads to a poll, and does not take the wait back."""
    service = ReceivingService(jobtwin)
    jobtwin.hold_deliveries()
    jobtwin.glassworks.deliver_to(service)
    id_ = melt(jobtwin)
    seen: list[str] = []

    def sleep(seconds: float) -> None:
        jobtwin.clock.sleep(seconds)
        if seen[-1:] == ["blowing"] and len(seen) == 2:
            jobtwin.glassworks.deliver()

    quick = jobwait.Policy(first=660.0, at_most=660.0, deadline=90_000.0, jitter=0.0)
    job = module("glassworks.waiters").wait_for_melt(
        client(jobtwin),
        id=id_,
        policy=quick,
        callbacks=service.inbox,
        sleep=sleep,
        clock=jobtwin.clock.time,
        on_progress=lambda snapshot: seen.append(snapshot.state),
    )

    assert job.state.value == "cooled"
    assert seen == ["heating", "blowing", "blowing", "blowing", "cooled"]
    assert timedelta(0) < jobtwin.clock.now - job.created_at < timedelta(hours=1)


def test_inbox__bounded() -> None:
    """An inbox keeps the callbacks of the latest thousand jobs."""
    inbox, body = jobwait.Inbox(), json.dumps(EVENT).encode()
    snapshot = read(signed(body), body)

    for number in range(1100):
        record = jobwait.Record(**{**vars_of(snapshot.record), "ids": {"id": str(number)}})
        inbox.put(jobwait.Snapshot(**{**vars_of(snapshot), "record": record}))

    assert inbox.take(("glassworks.melt", "99")) is None
    assert inbox.take(("glassworks.melt", "100")) is not None


def vars_of(data: Any) -> dict[str, Any]:
    """Returns the fields of a frozen dataclass."""
    return {name: getattr(data, name) for name in data.__dataclass_fields__}
