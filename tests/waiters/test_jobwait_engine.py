"""The engine alone: the tests pass it replies and move its clock."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

import httpx
import pytest

from jobwait import (
    Call,
    JobFailed,
    JobNotFound,
    Lifecycle,
    Options,
    Pages,
    Parts,
    Policy,
    Record,
    Sign,
    Snapshot,
    State,
    Target,
    TransportFailed,
    View,
    WaitError,
    WaitTimeout,
    wait,
)
from jobwait.answers import LONGEST_MESSAGE, Dropped, RawResponse, Reply
from jobwait.engine import LONGEST_HISTORY, Ask, Engine, Sleep

START = 1_767_225_600.0
LIFE = Lifecycle(
    name="printer.print",
    key="number",
    states={
        "queued": State("waiting"),
        "printing": State("active"),
        "printed": State("final", "success"),
        "jammed": State("final", "failure"),
    },
    policy=Policy(first=10, factor=2, at_most=80, jitter=0, transient=5, deadline=1000),
)
TRAYS = Parts(
    kind="trays",
    at=("trays",),
    states={"full": State("final", "success"), "torn": State("final", "failure")},
    view=View(state=("state",), reasons=(("why",),)),
    name=("name",),
)
VIEW = View(state=("state",), id=("number",), fraction=("percent",), all=100, parts=(TRAYS,))
WHOLE = Call(VIEW, {"method": "get", "url": "/prints/7"}, model=dict)
PRINT = Target(LIFE, {"number": 7}, WHOLE)

Said = str | Mapping[str, Any] | Reply


class SimulatedWait:
    """A complete wait: its requests, sleeps and snapshots, and its end."""

    def __init__(
        self, said: Iterable[Said], target: Target[Any] = PRINT, *, looking: bool = True, **how: Any
    ) -> None:
        self.now = how.pop("start", START)
        self._takes = how.pop("takes", 0)
        self.asked: list[Ask] = []
        self.slept: list[float] = []
        self.shown: list[Snapshot[Any]] = []
        self.end: WaitError | None = None
        options = Options(clock=lambda: self.now, **how)
        try:
            self._live(Engine(target, options, looking=looking), iter(said))
        except WaitError as error:
            self.end = error

    def _live(self, engine: Engine[Any], said: Any) -> None:
        steps, reply = engine.steps(str), None
        while (step := next_of(steps, reply)) is not None:
            reply = None
            if isinstance(step, Ask):
                self.asked.append(step)
                self.now += self._takes
                reply = replied(next(said))
            elif isinstance(step, Sleep):
                self.slept.append(step.seconds)
                self.now += step.seconds
            else:
                self.shown.append(step)

    @property
    def urls(self) -> list[str]:
        """The requested URLs, in order."""
        return [ask.request["url"] for ask in self.asked]


def next_of(steps: Any, reply: Reply | None) -> Any:
    try:
        return steps.send(reply)
    except StopIteration:
        return None


def replied(said: Said) -> Reply:
    """Returns a state, a body or a complete reply as a reply."""
    if isinstance(said, RawResponse | Dropped):
        return said
    body = {"number": 7, "state": said} if isinstance(said, str) else said
    return RawResponse(200, {}, json.dumps(body).encode())


def endless(said: Said) -> Iterable[Said]:
    while True:
        yield said


def refused(status: int, **headers: str) -> RawResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawResponse(status, named, b"")


def accepted(**headers: str) -> RawResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RawResponse(202, named, b"")


# -- pauses and the deadline -----------------------------------------------------------------------


def test_pauses() -> None:
    """Pauses grow up to the longest; lost answers are counted separately."""
    lost = Dropped(httpx.ReadTimeout(""))

    went = SimulatedWait([*["queued"] * 3, lost, lost, *["printing"] * 3, "printed"])

    assert went.slept == [10, 20, 40, 10, 20, 80, 80, 80]


@pytest.mark.parametrize(
    ("timeout", "slept"),
    [(0, []), (1, [0.9]), (5, [4.5]), (35, [10, 20, 4.5]), (100, [10, 20, 40, 29])],
)
def test_deadline(timeout: float, slept: list[float]) -> None:
    """The last poll is just before the deadline, and there is none after it."""
    went = SimulatedWait(endless("queued"), timeout=timeout)

    assert isinstance(went.end, WaitTimeout)
    assert went.slept == pytest.approx(slept)
    assert len(went.asked) == len(slept) + 1


def test_deadline__limits_requests() -> None:
    """A request's timeout is the time left, but at least a second."""
    went = SimulatedWait(endless("queued"), timeout=35)

    assert [ask.timeout for ask in went.asked] == [30, 25, 5, 1]


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), -1.0])
def test_deadline__none(timeout: float) -> None:
    """An infinite or invalid timeout is refused."""
    with pytest.raises(ValueError, match="deadline"):
        SimulatedWait([], timeout=timeout)


def test_slow_answers_count() -> None:
    """The deadline includes the duration of requests."""
    went = SimulatedWait(endless("queued"), takes=300)

    assert isinstance(went.end, WaitTimeout)
    assert went.end.elapsed == 4 * 300 + 10 + 20 + 40


def test_accepted() -> None:
    """202 without a body means that the job is running; `Retry-After` is followed."""
    went = SimulatedWait(["queued", *[accepted(retry_after="30")] * 20, "printed"])

    assert went.end is None
    assert went.slept == [10, *[30] * 20]


def test_accepted__for_ever() -> None:
    """202 without a body is polled until the deadline."""
    went = SimulatedWait(endless(accepted()), timeout=300)

    assert isinstance(went.end, WaitTimeout)


def test_redirect__elsewhere() -> None:
    """A redirect that was not followed ends the wait."""
    went = SimulatedWait(["queued", RawResponse(303, {"location": "http://elsewhere/7"}, b"")])

    assert isinstance(went.end, TransportFailed)
    assert "answered 303, a redirect that does not stay on this server" in str(went.end)
    assert "elsewhere" not in str(went.end)


# -- snapshots -------------------------------------------------------------------------------------


def test_snapshot() -> None:
    """A snapshot has state, fraction, parts, reasons, history, attempts and time."""
    torn = {"name": "A4", "state": "torn", "why": "wet paper"}
    ended = {"number": 7, "state": "jammed", "percent": 40, "trays": [torn, {"state": "full"}]}

    went = SimulatedWait(["queued", {"number": 7, "state": "printing", "percent": 25}, ended])

    assert [s.fraction for s in went.shown] == [None, 0.25, 0.4]
    assert [(s.attempts, s.elapsed) for s in went.shown] == [(1, 0), (2, 10), (3, 30)]
    assert [(h.state, h.at.timestamp() - START) for h in went.shown[-1].history] == [
        ("queued", 0),
        ("printing", 10),
        ("jammed", 30),
    ]
    assert isinstance(went.end, JobFailed)
    assert [part.path for part in went.end.last.parts] == [("A4",), ("1",)]  # type: ignore[union-attr] # a snapshot exists
    assert str(went.end) == (
        "printer.print (number=7): has ended as jammed, after 30.0 s and 3 attempts\n"
        "  A4 is torn: wet paper"
    )


def test_reason__deep() -> None:
    """A reason nested hundreds of levels deep still ends the wait."""
    body = '{"number": 7, "state": "jammed", "why": ' + '{"a": ' * 800 + "1" + "}" * 801
    view = replace(VIEW, reasons=(("why",),))

    went = SimulatedWait(
        [RawResponse(200, {}, body.encode())], replace(PRINT, whole=replace(WHOLE, view=view))
    )

    assert isinstance(went.end, JobFailed)
    assert went.end.reason is None


@pytest.mark.parametrize(
    ("percent", "fraction"),
    [
        (0, 0.0), (100, 1.0), (250, 1.0), (-3, 0.0), ("40", None), (True, None), (None, None),
        (float("nan"), None), (float("inf"), 1.0), (10**400, 1.0),
    ],
    ids=lambda value: str(value)[:9],
)  # fmt: skip
def test_fraction(percent: Any, fraction: float | None) -> None:
    """A fraction is from 0 to 1, or None."""
    went = SimulatedWait([{"number": 7, "state": "printed", "percent": percent}])

    assert went.shown[0].fraction == fraction


def test_history__long() -> None:
    """Only the latest changes are kept, to keep the document small."""
    policy = replace(LIFE.policy, at_most=10, deadline=10_000)

    went = SimulatedWait([*["queued", "printing"] * 100, "printed"], policy=policy)

    assert len(went.shown[-1].history) == LONGEST_HISTORY
    assert len(went.shown[-1].to_json()) < 6000


# -- states that are not texts ---------------------------------------------------------------------

SIGNS = (
    Sign(("over",), {None: ("queued", "printing"), False: ("queued", "printing"), True: ("printed", "jammed")}),
    Sign(("code",), {1: ("queued",), 2: ("printing",), 9: ("printed", "jammed")}),
    Sign(("why",), {None: ("queued", "printing", "printed"), True: ("jammed",)}, present=True),
)  # fmt: skip
SIGNED = replace(PRINT, whole=replace(WHOLE, view=View(signs=SIGNS)))


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ({"over": True, "code": 9}, "printed"),
        ({"over": True, "code": 9, "why": {"text": "paper"}}, "jammed"),
    ],
)
def test_signs(last: dict[str, Any], state: str) -> None:
    """A flag, a number and the presence of a reason together determine the state."""
    went = SimulatedWait([{"code": 1}, {"over": False, "code": 2}, last], SIGNED)

    assert [shown.state for shown in went.shown] == ["queued", "printing", state]


def test_state__in_list() -> None:
    """A state may be in the only item of a list."""
    view = View(state=("details", 0, "status"))
    ends = {"details": [{"status": "printed"}]}

    went = SimulatedWait([{"details": []}, ends], replace(PRINT, whole=replace(WHOLE, view=view)))

    assert [shown.state for shown in went.shown] == ["printed"]


def test_signs__unknown() -> None:
    """A value that matches no state is an unknown state with the value as its name."""
    went = SimulatedWait([{"code": 5}, {"over": True, "code": 9}], SIGNED)

    assert [shown.state for shown in went.shown] == ["5", "printed"]


# -- two or three operations -----------------------------------------------------------------------

STATUS: Call[Any] = Call(View(state=("state",)), {"method": "get", "url": "/status"})
METER: Call[Any] = Call(View(fraction=("done",)), {"method": "get", "url": "/meter"})


def test_quick() -> None:
    """The quick operation is polled, and the whole job is read once at the end."""
    went = SimulatedWait(["queued", "printed", "printed"], replace(PRINT, quick=STATUS))

    assert went.urls == ["/status", "/status", "/prints/7"]
    assert [s.job for s in went.shown] == [None, {"number": 7, "state": "printed"}]


def test_quick__whole_is_behind() -> None:
    """If the whole job has not ended yet, the wait continues."""
    went = SimulatedWait(
        ["printed", "printing", "printed", "printed"], replace(PRINT, quick=STATUS)
    )

    assert went.urls == ["/status", "/prints/7", "/status", "/prints/7"]
    assert [s.state for s in went.shown] == ["printing", "printed"]


def test_until__quick() -> None:
    """`until` is fulfilled even if the whole job has already left the state."""
    went = SimulatedWait(["printing", "jammed"], replace(PRINT, quick=STATUS), until="printing")

    assert went.end is None
    assert went.shown[-1].job == {"number": 7, "state": "jammed"}


def test_meter() -> None:
    """Progress is requested while a callback shows it, but not at the end."""
    target = replace(PRINT, quick=STATUS, meter=METER)

    went = SimulatedWait(["printing", {"done": 0.5}, "printed", "printed"], target)

    assert went.urls == ["/status", "/meter", "/status", "/prints/7"]
    assert [s.fraction for s in went.shown] == [0.5, None]


def test_meter__nobody_looks() -> None:
    """Progress is not requested without a callback."""
    went = SimulatedWait(
        ["printing", "printed", "printed"],
        replace(PRINT, quick=STATUS, meter=METER),
        looking=False,
    )

    assert went.urls == ["/status", "/status", "/prints/7"]


@pytest.mark.parametrize(("status", "asked_again"), [(403, 0), (404, 0), (500, 1), (429, 1)])
def test_meter__trouble(status: int, asked_again: int) -> None:
    """The wait continues without progress; if progress is refused, it is not requested again."""
    said: list[Said] = ["printing", refused(status), "printing"]

    went = SimulatedWait(
        [*said, *[{"done": 1}] * asked_again, "printed", "printed"],
        replace(PRINT, quick=STATUS, meter=METER),
    )

    assert went.urls.count("/meter") == 1 + asked_again


def test_meter__retry_after() -> None:
    """`Retry-After` of any operation delays the next request."""
    went = SimulatedWait(
        ["printing", refused(429, retry_after="33"), "printed", "printed"],
        replace(PRINT, quick=STATUS, meter=METER),
    )

    assert went.slept == [33]


# -- lists -----------------------------------------------------------------------------------------


def listing(**told: Any) -> Target[Any]:
    """Returns a target whose job must be found in a list."""
    pages = Pages(
        request=lambda skipped: {"method": "get", "url": f"/prints?skip={skipped}"},
        items=("prints",),
        limit=2,
        **told,
    )
    return replace(PRINT, whole=Call(VIEW, pages=pages, model=dict))


def page(*numbers: int, state: str = "printed", **told: Any) -> dict[str, Any]:
    return {"prints": [{"number": number, "state": state} for number in numbers], **told}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"total": ("total",)}, {"total": 5}),
        ({"more": ("more",)}, {"more": True}),
        ({}, {}),
        ({"total": ("total",)}, {"total": "many"}),
    ],
    ids=["total", "more", "full-page", "garbage"],
)
def test_list(told: dict[str, Any], said: dict[str, Any]) -> None:
    """The list is read page by page, until the job is found."""
    went = SimulatedWait([page(1, 2, **said), page(3, 7, **said)], listing(**told))

    assert went.urls == ["/prints?skip=0", "/prints?skip=2"]
    assert went.shown[-1].job == {"number": 7, "state": "printed"}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"total": ("total",)}, [page(1, 2, total=2)]),
        ({"more": ("more",)}, [page(1, 2, more=False)]),
        ({}, [page(1, 2), page(3)]),
        ({"total": ("total",)}, [page(1, 2, total=9), page(total=9)]),
    ],
    ids=["total", "more", "short-page", "empty-page"],
)
def test_list__absent(told: dict[str, Any], said: list[Said]) -> None:
    """A job missing from a list is searched for a while, like one missing by id."""
    went = SimulatedWait([item for _ in range(9) for item in said], listing(**told))

    assert isinstance(went.end, JobNotFound)
    assert went.end.elapsed >= LIFE.policy.absent
    assert str(went.end).startswith("printer.print (number=7): /prints?skip=")


def test_list__same_page() -> None:
    """If a server repeats the first page for ever, no third page is requested."""
    went = SimulatedWait(endless(page(1, 2, more=True)), listing(more=("more",)))

    assert isinstance(went.end, JobNotFound)
    assert went.urls[:3] == ["/prints?skip=0", "/prints?skip=2", "/prints?skip=0"]


# -- resuming --------------------------------------------------------------------------------------


def given_up() -> WaitTimeout:
    went = SimulatedWait(endless("queued"), timeout=35, until="printing")
    assert isinstance(went.end, WaitTimeout)
    return went.end


def resumed(after: float, said: Iterable[Said] = ("printed",), **how: Any) -> SimulatedWait:
    """Resumes the other wait, this many seconds after its start."""
    return SimulatedWait(said, record=given_up().record, start=START + after, **how)


def test_resume() -> None:
    """Attempts, history and `until` are restored; the time in between counts."""
    went = resumed(50, ["printing"])

    last = went.shown[-1]
    assert (last.attempts, last.elapsed) == (5, 50)
    assert [seen.state for seen in last.history] == ["queued", "printing"]


@pytest.mark.parametrize(("timeout", "slept"), [(None, []), (20, [10, 9])])
def test_resume__deadline(timeout: float | None, slept: list[float]) -> None:
    """A resumed wait keeps its deadline, with at least one poll, or gets a new timeout."""
    went = resumed(500, endless("queued"), timeout=timeout)

    assert isinstance(went.end, WaitTimeout)
    assert went.slept == slept


def test_resume__clock_behind() -> None:
    """If this machine's clock is behind, the elapsed time is not reduced."""
    went = resumed(-500, ["printed"])

    assert went.shown[-1].elapsed == pytest.approx(34.5)


# -- the client ------------------------------------------------------------------------------------


class FakeClient:
    """The part of a client that a wait needs."""

    token = ""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response], **how: Any) -> None:
        self._http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://x", **how)

    def with_token(self, token: str) -> Self:
        self.token = token
        return self

    def get_httpx_client(self) -> httpx.Client:
        return self._http

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("own", "connect", "read"),
    [(None, 30, 30), (5.0, 5, 5), (httpx.Timeout(60.0, connect=3.0), 3, 30)],
)
def test_client__timeout(own: Any, connect: float, read: float) -> None:
    """A client without timeouts gets them; its own apply if they are shorter."""
    limits: list[dict[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"])
        return httpx.Response(200, json={"number": 7, "state": "printed"})

    wait(FakeClient(answer, timeout=own), PRINT)

    assert (float(limits[0]["connect"]), float(limits[0]["read"])) == (connect, read)


def test_client__secrets() -> None:
    """Credentials quoted by a server are hidden, wherever they were sent; other values are not."""
    told = "k-12345, c-12345, q-12345, t-12345 are wrong for acme"

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"detail": told})

    client = FakeClient(
        answer,
        headers={"X-Key": "Key k-12345", "X-Tenant": "acme"},
        cookies={"c": "c-12345"},
        params={"access_token": "q-12345", "studio": "acme"},
    ).with_token("t-12345")

    with pytest.raises(WaitError) as raised:
        wait(client, PRINT)

    assert raised.value.why == "GET /prints/7 answered 401: ***, ***, ***, *** are wrong for acme"


def test_client__secret_cut_off() -> None:
    """If a long message is cut off within the token, nothing of the token remains."""
    told = "x" * (LONGEST_MESSAGE - 4) + "t-12345"
    client = FakeClient(lambda _: httpx.Response(401, json={"detail": told}))

    with pytest.raises(WaitError) as raised:
        wait(client.with_token("t-12345"), PRINT)

    assert "t-1" not in raised.value.why


def test_client__token_like_a_state() -> None:
    """A credential equal to a state's name does not hide the state."""
    client = FakeClient(lambda _: httpx.Response(200, json={"number": 7, "state": "printed"}))

    assert wait(client.with_token("printed"), PRINT, until="printed")["state"] == "printed"


def test_client__unsendable_token() -> None:
    """An error that quotes a header is not shown as the cause of ours."""

    def answer(_request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'Bearer pok_test '")

    with pytest.raises(WaitError) as raised:
        wait(FakeClient(answer, headers={"Authorization": "Bearer pok_test"}), PRINT)

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_record__small() -> None:
    """A record contains neither the client nor its credentials."""
    assert set(Record.__slots__) == {
        "attempts", "began", "elapsed", "history", "ids", "of", "path", "policy", "query", "until",
    }  # fmt: skip
