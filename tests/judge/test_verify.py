"""A live vendor is watched by reads alone, at its pace, with its token from the environment."""

import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import create_server, socket
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from jobtwin.cli import jobtwin
from jobtwin.judge.checker import JudgeReport
from jobtwin.judge.drift.findings import Severity
from jobtwin.judge.poll_requests import JobRef, PollError, poll_requests
from jobtwin.judge.traffic.encoding import LARGEST
from jobtwin.judge.watch import Runtime, Watch, WatchResult
from jobtwin.openapi import Spec, load
from jobtwin.testing import Host, in_process, serving
from tests.loaded import loaded

PRESS = Path(__file__).with_name("press.yaml")
SPEC = load(PRESS)
BASE = "https://press.test"
TOKEN = "press-s3cret-token"  # noqa: S105  # used only in this test


# -- the twin as the vendor ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """All twins shipped with jobtwin, and the press."""
    paths: list[str | Path] = [PRESS, *(spec.name for spec in loaded() if spec.jobs)]
    with in_process(paths) as running:
        yield running


def _needed(spec: Spec, machine: str) -> dict[str, str]:
    """Returns values for the parameters, beside the id, that the reads of a machine require."""
    return {
        p.name: "any"
        for o in spec.operations
        if o.job_id and o.does == "read" and o.machine and o.machine.name == machine
        for p in o.parameters
        if p.required and p.name != o.job_id.name
    }


def _read_by_id(spec: Spec) -> list[str]:
    """Returns the machines whose jobs can be read by an id."""
    reads = [o for o in spec.operations if o.method == "GET" and o.does == "read" and o.machine]
    known = [
        o.machine.name for o in reads if o.job_id and o.job_id.place != "credential" and o.machine
    ]
    return list(dict.fromkeys(known))


MACHINES = [(spec, name) for spec in [SPEC, *loaded()] for name in _read_by_id(spec)]


@pytest.mark.parametrize(("spec", "name"), MACHINES, ids=[f"{s.name}-{n}" for s, n in MACHINES])
def test_twin(spec: Spec, name: str, host: Host) -> None:
    """A twin conforms to its spec, and gets only reads."""
    with host.sandbox(f"verify-{spec.name}-{name}") as jobtwin:
        api, clock = getattr(jobtwin, spec.name), jobtwin.clock
        job = api.create(machine=name)
        asked = poll_requests(spec, JobRef(str(job.id), name, _needed(spec, name), api.credential))
        runtime = Runtime(sleep=clock.sleep, now=lambda: clock.now)
        with httpx.Client(transport=host.transport) as client:
            watched = Watch(spec, api.url, asked, client, runtime).run(86_400)
        calls = jobtwin.journal.calls()

    verdict = watched.verdict
    assert watched.end.endswith(" is final")
    assert not verdict.conflicts, [c.contradiction.why for c in verdict.conflicts]
    assert [f"{t.finding.where} {t.finding.why}" for t in verdict.findings] == []
    assert {call.method for call in calls} == {"GET"}
    assert set(calls.statuses) == {200}


# -- faulty vendors --------------------------------------------------------------------------------


class Vendor:
    """A press that gives its answers in turn, then repeats the last; its clock moves by sleep."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []
        self.said: list[str] = []
        self.answer: Callable[[httpx.Request], httpx.Response] = self._answer
        self._now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path.endswith("/prints"):
            return httpx.Response(200, json={"items": []})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        # A response can be read only once; this one may be requested again.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def watched(self, limit: float = 600) -> WatchResult:
        """Watch print 7."""
        asked = poll_requests(SPEC, JobRef("7", token=TOKEN))
        runtime = Runtime(self.sleep, lambda: self._now, self.said.append)
        with httpx.Client(transport=httpx.MockTransport(self.answer)) as client:
            return Watch(SPEC, BASE, asked, client, runtime).run(limit)


def shown(state: str, done: int = 0, **more: Any) -> httpx.Response:
    """Returns print 7, as the press shows it."""
    return httpx.Response(200, json={"id": 7, "state": state, "done": done, **more})


def refused(status: int, **headers: str) -> httpx.Response:
    """Returns a refusal."""
    lines = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    return httpx.Response(status, json={"message": "No"}, headers=lines)


def rules(watched: WatchResult) -> list[str]:
    """Returns the broken rules."""
    verdict = watched.verdict
    found = [conflict.contradiction.rule for conflict in verdict.conflicts]
    return [*found, *(counted.finding.rule for counted in verdict.findings)]


def test_life() -> None:
    """The job is polled at the vendor's advised pace, and read completely after each change."""
    vendor = Vendor(shown("queued"), shown("queued"), shown("printing"), shown("printed", 100))

    watched = vendor.watched()

    assert (watched.end, watched.failed, rules(watched)) == ("printed is final", False, [])
    assert vendor.slept == [2, 4, 2]
    assert [request.url.path for request in vendor.asked] == [
        "/prints/7",
        "/prints",
        "/prints/7",
        "/prints/7",
        "/prints",
        "/prints/7",
        "/prints",
    ]
    assert vendor.said == ["12:00:00 queued", "12:00:06 printing", "12:00:08 printed"]


def test_reads_alone() -> None:
    """Only GET is sent, with the token where the spec declares it."""
    vendor = Vendor(shown("printed", 100))

    vendor.watched()

    assert {request.method for request in vendor.asked} == {"GET"}
    assert {request.headers["Authorization"] for request in vendor.asked} == {f"Bearer {TOKEN}"}


def test_findings() -> None:
    """Differences from the spec are found as in a recording."""
    vendor = Vendor(shown("printing", 50), shown("printing", 40, ink=1), shown("printed", 100))

    watched = vendor.watched()

    assert rules(watched)[-1] == "undocumented-field"
    assert JudgeReport([watched.verdict], {}).count(Severity.CONTRADICTION) == 1


@pytest.mark.parametrize(
    ("waits", "slept"),
    [
        ({"Retry-After": "90"}, 90),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:45 GMT"}, 45),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 2),
        ({"Retry-After": "soon"}, 2),
        ({"Retry-After": "\xb2"}, 2),
        ({}, 2),
    ],
    ids=["seconds", "date", "past", "nonsense", "no_digit", "absent"],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(status: int, waits: Mapping[str, str], slept: float) -> None:
    """Retry-After is obeyed, in seconds or as a date."""
    vendor = Vendor(refused(status, **waits), shown("printed", 100))

    watched = vendor.watched()

    assert vendor.slept == [slept]
    assert rules(watched) == ["undocumented-status"]


@pytest.fixture(params=["America/New_York", "Asia/Kolkata", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine in another time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize(
    ("waits", "slept"),
    [
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:45 GMT"}, 45),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:45"}, 45),
        ({"Retry-After": "Sun Mar  1 12:00:45 2026"}, 45),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:45 -0000"}, 45),
        ({"Retry-After": "Sun, 01 Mar 2026 10:00:45 GMT", "Date": "Sun, 01 Mar 2026 10:00:00 GMT"}, 45),
        ({"Retry-After": "2.5"}, 2.5),
    ],
    ids=["gmt", "no-zone", "asctime", "unknown-zone", "vendors-clock", "decimals"],
)  # fmt: skip
def test_retry_after__zone(waits: Mapping[str, str], slept: float) -> None:
    """A date means the same in any local time zone, and with any clock of the vendor."""
    vendor = Vendor(refused(429, **waits), shown("printed", 100))

    vendor.watched()

    assert vendor.slept == [slept]


@pytest.mark.parametrize(
    ("answers", "end", "asked"),
    [
        ([refused(401)], "the credential is not accepted: getPrint responds with 401", 1),
        ([refused(404)], "no such job: getPrint responds with 404", 3),
        ([refused(400)], "getPrint responds with 400", 1),
        (
            [httpx.Response(302, headers={"Location": "https://me:pass@else.test/in/s3cret?token=a#b"})],
            "getPrint redirects, which is not followed: https://else.test",
            1,
        ),
        ([refused(500)], f"{BASE} responds with 500, 5 times in a row", 5),
        ([httpx.ConnectError("no")], f"{BASE} cannot be reached (ConnectError), 5 times in a row", 5),
    ],
    ids=["token", "unknown", "wrong", "redirect", "broken", "gone"],
)  # fmt: skip
def test_given_up(answers: list[Any], end: str, asked: int) -> None:
    """A watch that cannot succeed ends with the reason."""
    vendor = Vendor(*answers)

    watched = vendor.watched()

    assert (watched.end, watched.failed, len(vendor.asked)) == (end, True, asked)


def test_new_job() -> None:
    """An unknown job may become known a little later."""
    watched = Vendor(refused(404), shown("printed", 100)).watched()

    assert (watched.end, rules(watched)) == ("printed is final", [])


def test_time_over() -> None:
    """The watch ends in time, even if the job has not ended."""
    vendor = Vendor(shown("queued"))

    watched = vendor.watched(limit=60)

    assert watched.end == "the time is over, and the job is queued"
    assert not watched.failed
    assert sum(vendor.slept) <= 60
    assert vendor.slept[:4] == [2, 4, 8, 16]


@pytest.mark.parametrize("waits", ["1000000000", "9" * 400])
def test_time_over__asked_to_wait(waits: str) -> None:
    """A Retry-After beyond the time limit is not waited for."""
    vendor = Vendor(refused(429, **{"Retry-After": waits}))

    watched = vendor.watched(limit=60)

    assert (watched.end, vendor.slept) == (
        "the time is over, and no response showed the job's state",
        [],
    )


class Endless(httpx.SyncByteStream):
    """A body that never ends, with a pause before each part."""

    def __init__(self, vendor: Vendor, part: bytes, pause: float) -> None:
        self.vendor, self.part, self.pause, self.sent = vendor, part, pause, 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.sent += len(self.part)
            self.vendor.sleep(self.pause)
            yield self.part


@pytest.mark.parametrize(
    ("part", "pause", "end", "most"),
    [
        (b" ", 20, "the time is over, and no response showed the job's state", 5),
        (b" " * 2**20, 0, f"{BASE} cannot be reached (ReadError), 5 times in a row", 18 * 2**20),
    ],
    ids=["slow", "large"],
)
def test_endless(part: bytes, pause: float, end: str, most: int) -> None:
    """An endless body is dropped when the time is over, or when it is too large."""
    vendor = Vendor(shown("queued"))
    bodies: list[Endless] = []

    def answer(_: httpx.Request) -> httpx.Response:
        bodies.append(Endless(vendor, part, pause))
        return httpx.Response(200, stream=bodies[-1])

    vendor.answer = answer
    watched = vendor.watched(limit=60)

    assert (watched.end, watched.failed) == (end, True)
    assert max(body.sent for body in bodies) <= most


def test_undecodable() -> None:
    """A body that cannot be decoded is a failure like any other."""
    vendor = Vendor(shown("queued"))
    vendor.answer = lambda _: httpx.Response(
        200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip")
    )

    assert vendor.watched().end == f"{BASE} cannot be reached (DecodingError), 5 times in a row"


def _packed(coding: str) -> bytes:
    """Returns a small body that decompresses to more than the limit."""
    window = {"gzip": 31, "deflate": 15, "raw": -15}[coding]
    packer = zlib.compressobj(wbits=window)
    return packer.compress(b" " * 8 * LARGEST) + packer.flush()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["gzip", "deflate", "raw"])
def test_bomb(form: str) -> None:
    """A body that decompresses to more than the limit is dropped before it fills the memory."""
    vendor, packed = Vendor(shown("queued")), _packed(form)
    coding = "gzip" if form == "gzip" else "deflate"
    vendor.answer = lambda _: httpx.Response(
        200, headers={"Content-Encoding": coding}, stream=httpx.ByteStream(packed)
    )
    tracemalloc.start()

    watched = vendor.watched()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert watched.end == f"{BASE} cannot be reached (ReadError), 5 times in a row"
    assert peak < 4 * LARGEST


@pytest.mark.parametrize("form", ["gzip", "deflate", "raw"])
def test_packed(form: str) -> None:
    """A compressed body is read like any other."""
    packer = zlib.compressobj(wbits={"gzip": 31, "deflate": 15, "raw": -15}[form])
    packed = packer.compress(shown("printed", 100).content) + packer.flush()
    vendor, coding = Vendor(shown("queued")), "gzip" if form == "gzip" else "deflate"
    vendor.answer = lambda _: httpx.Response(
        200, headers={"Content-Encoding": coding}, stream=httpx.ByteStream(packed)
    )

    assert vendor.watched().end == "printed is final"


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
def test_packed__unasked(coding: str) -> None:
    """A body in an encoding that was not requested is not decompressed."""
    vendor = Vendor(shown("queued"))
    vendor.answer = lambda _: httpx.Response(
        200, headers={"Content-Encoding": coding}, stream=httpx.ByteStream(b"")
    )

    assert vendor.watched().end == f"{BASE} cannot be reached (DecodingError), 5 times in a row"


def test_interrupted() -> None:
    """Ctrl-C ends the watch, and keeps the findings so far."""
    watched = Vendor(shown("queued", ink=1), KeyboardInterrupt()).watched()  # type: ignore[arg-type]  # not an Exception, on purpose

    assert (watched.end, watched.failed) == ("interrupted", False)
    assert rules(watched) == ["undocumented-field"]


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        (JobRef("7"), "the API requires a credential"),
        (JobRef("7", "sheet", token=TOKEN), "'sheet' is not a machine whose jobs can be read (print)"),
        (
            JobRef("7", parameters={"shelf": "B"}, token=TOKEN),
            "'shelf' is not a parameter of these reads (id, limit, offset)",
        ),
    ],
)  # fmt: skip
def test_cannot_ask(subject: JobRef, why: str) -> None:
    """The error names what the reads require and do not have."""
    with pytest.raises(PollError) as error:
        poll_requests(SPEC, subject)

    assert str(error.value) == why


def test_secret_subject() -> None:
    """The token does not appear in any repr."""
    [question, _] = poll_requests(SPEC, JobRef("7", token=TOKEN))

    assert TOKEN not in repr(JobRef("7", token=TOKEN))
    assert TOKEN not in repr(question)


# -- the command -----------------------------------------------------------------------------------

Verify = Callable[..., Result]


def verify(*words: str, token: str | None = TOKEN) -> Result:
    """Run the command with the token in the environment."""
    return CliRunner().invoke(
        jobtwin, ["verify", "--spec", str(PRESS), *words], env={"JOBTWIN_TOKEN": token}
    )


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """A press behind a socket, whose print 7 has ended."""
    with serving([PRESS]) as host, host.sandbox("verify-command") as running:
        running.press.create("prints", id=7)
        running.clock.advance(minutes=5)
        yield running.press.url


def test_command(base: str, tmp_path: Path) -> None:
    """The command watches, reports and writes the recording; the token appears nowhere."""
    record = tmp_path / "seen.har"

    result = verify("--base-url", base, "--id", "7", "--record", str(record))

    assert result.exit_code == 0, result.output
    assert "The watch is over: printed is final" in result.output
    assert "2 exchanges judged: all is as the spec says" in result.output
    assert len(json.loads(record.read_text())["log"]["entries"]) == 2
    assert TOKEN not in result.output + record.read_text()
    again = CliRunner().invoke(
        jobtwin, ["judge", str(record), "--spec", str(PRESS), "--base-url", base]
    )
    assert again.exit_code == 0, again.output


@pytest.fixture
def echoing() -> Iterator[str]:
    """A vendor that echoes every credential."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers["Authorization"]
            body = json.dumps(
                {"id": 7, "state": sent, "done": 0, sent: sent, "long": "x" * 50 + sent}
            )
            escaped = body.replace(TOKEN[:3], "".join(f"\\u{ord(c):04x}" for c in TOKEN[:3]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Echo", sent)
            self.end_headers()
            self.wfile.write((body if self.path.endswith("7") else escaped).encode())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_command__echo(echoing: str, tmp_path: Path, flags: tuple[str, ...]) -> None:
    """A credential that the vendor echoes is in no line, finding, patch or recording."""
    record, patch = tmp_path / "seen.har", tmp_path / "patch.json"
    files = ("--record", str(record), "--patch-out", str(patch))

    result = verify("--base-url", echoing, "--id", "7", "--for", "3s", *files, *flags)

    told = result.output + result.stderr + record.read_text() + patch.read_text()
    assert "undocumented-field" in result.output
    assert TOKEN not in told
    assert TOKEN[3:] not in told
    assert "***" in told


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server whose response headers never end."""
    over = Event()

    def drip(listening: socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
            while not over.wait(0.05):
                connection.sendall(b"a")

    with create_server(("127.0.0.1", 0)) as listening:
        Thread(target=drip, args=[listening], daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()


def test_command__dripping(dripping: str) -> None:
    """A response that never ends is cut off, and is not a usage error."""
    result = verify("--base-url", dripping, "--id", "7", "--for", "0.1s")

    assert result.exit_code == 1
    assert "the time is over, and no response showed the job's state" in result.output
    assert "No response could be judged." in result.output


def test_command__not_kept(base: str, tmp_path: Path) -> None:
    """The findings are reported even if the recording cannot be written."""
    record = tmp_path / "none" / "seen.har"

    result = verify("--base-url", base, "--id", "7", "--record", str(record))

    assert result.exit_code == 1
    assert f"{record}: cannot be written: No such file or directory" in result.output
    assert "2 exchanges judged: all is as the spec says" in result.output


def test_command__given_up(base: str) -> None:
    """An unknown job ends with exit code 1 and a reason."""
    result = verify("--base-url", base, "--id", "99", "--for", "1s")

    assert result.exit_code == 1
    assert (
        "The watch is over: the time is over, and no response showed the job's state"
        in result.output
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--base-url", "http://press.test", "--id", "7"], "is not encrypted, so the token"),
        (["--base-url", "https://u:p@press.test", "--id", "7"], "a user or password; remove them"),
        (["--base-url", BASE, "--id", "7", "--token", TOKEN], "Set the environment variable"),
        (["--base-url", BASE, "--id", "7", "--param", f"Authorization={TOKEN}"], "carries the credential"),
        (["--base-url", BASE, "--id", "7", "--param", "shelf"], "Write --param as NAME=VALUE."),
        (["--base-url", BASE, "--id", "7", "--for", "soon"], "'soon' is not a duration"),
        (["--base-url", BASE, "--id", "7", "--api", "nobody"], "Use either --api or --spec"),
        (["--base-url", BASE], "Missing option '--id'"),
    ],
)  # fmt: skip
def test_command__wrong(words: list[str], said: str) -> None:
    """A usage error is reported before any request, and without the token."""
    result = verify(*words)

    assert result.exit_code == 2
    assert said in result.output
    assert TOKEN not in result.output


@pytest.mark.parametrize(
    ("token", "said"),
    [(None, "the API requires a credential; set JOBTWIN_TOKEN"), ("a b", "ASCII without spaces")],
)  # fmt: skip
def test_command__token(token: str | None, said: str) -> None:
    """A missing or malformed token is reported, with the variable's name."""
    result = verify("--base-url", BASE, "--id", "7", token=token)

    assert result.exit_code == 2
    assert said in result.output
