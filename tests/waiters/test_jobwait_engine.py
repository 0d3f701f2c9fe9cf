"""The engine alone: it is told what came of its requests, and only sleeping moves its clock."""

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
    """One wait, lived through: what was asked, how long it slept, what it showed, how it ended."""

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
        """What was asked for, in turn."""
        return [ask.request["url"] for ask in self.asked]


def next_of(steps: Any, reply: Reply | None) -> Any:
    try:
        return steps.send(reply)
    except StopIteration:
        return None


def replied(said: Said) -> Reply:
    """A state, a body or a whole reply, as a reply."""
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
    """They grow to the longest; a lost answer has a count of its own."""
    lost = Dropped(httpx.ReadTimeout(""))

    went = SimulatedWait([*["queued"] * 3, lost, lost, *["printing"] * 3, "printed"])

    assert went.slept == [10, 20, 40, 10, 20, 80, 80, 80]


@pytest.mark.parametrize(
    ("timeout", "slept"),
    [(0, []), (1, [0.9]), (5, [4.5]), (35, [10, 20, 4.5]), (100, [10, 20, 40, 29])],
)
def test_deadline(timeout: float, slept: list[float]) -> None:
    """The last poll comes just before the deadline, and nothing after it."""
    went = SimulatedWait(endless("queued"), timeout=timeout)

    assert isinstance(went.end, WaitTimeout)
    assert went.slept == pytest.approx(slept)
    assert len(went.asked) == len(slept) + 1


def test_deadline__limits_requests() -> None:
    """No request may take longer than what is left, but for a second."""
    went = SimulatedWait(endless("queued"), timeout=35)

    assert [ask.timeout for ask in went.asked] == [30, 25, 5, 1]


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), -1.0])
def test_deadline__none(timeout: float) -> None:
    """A wait without an end is refused."""
    with pytest.raises(ValueError, match="deadline"):
        SimulatedWait([], timeout=timeout)


def test_slow_answers_count() -> None:
    """Time goes by the clock, whatever it is spent on."""
    went = SimulatedWait(endless("queued"), takes=300)

    assert isinstance(went.end, WaitTimeout)
    assert went.end.elapsed == 4 * 300 + 10 + 20 + 40


def test_accepted() -> None:
    """202 without a body says that the job is at work, however often; `Retry-After` is heeded."""
    went = SimulatedWait(["queued", *[accepted(retry_after="30")] * 20, "printed"])

    assert went.end is None
    assert went.slept == [10, *[30] * 20]


def test_accepted__for_ever() -> None:
    """It does so until the deadline."""
    went = SimulatedWait(endless(accepted()), timeout=300)

    assert isinstance(went.end, WaitTimeout)


def test_redirect__elsewhere() -> None:
    """A redirect that was not followed ends the wait."""
    went = SimulatedWait(["queued", RawResponse(303, {"location": "http://elsewhere/7"}, b"")])

    assert isinstance(went.end, TransportFailed)
    assert "answered 303, a redirect that does not stay on this server" in str(went.end)
    assert "elsewhere" not in str(went.end)


# -- what is told ----------------------------------------------------------------------------------


def test_snapshot() -> None:
    """State, fraction, parts, reasons, history, attempts and time."""
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
    assert [part.path for part in went.end.last.parts] == [("A4",), ("1",)]  # type: ignore[union-attr] # it was seen
    assert str(went.end) == (
        "printer.print (number=7): has ended as jammed, after 30.0 s and 3 attempts\n"
        "  A4 is torn: wet paper"
    )


def test_reason__deep() -> None:
    """A reason of hundreds of fields within fields ends, too."""
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
    """It is from 0 to 1, or there is none."""
    went = SimulatedWait([{"number": 7, "state": "printed", "percent": percent}])

    assert went.shown[0].fraction == fraction


def test_history__long() -> None:
    """Only the latest changes are kept, so that a document stays small."""
    policy = replace(LIFE.policy, at_most=10, deadline=10_000)

    went = SimulatedWait([*["queued", "printing"] * 100, "printed"], policy=policy)

    assert len(went.shown[-1].history) == LONGEST_HISTORY
    assert len(went.shown[-1].to_json()) < 6000


# -- states that no text tells ---------------------------------------------------------------------

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
    """A flag, a number and whether a reason is there tell the state together."""
    went = SimulatedWait([{"code": 1}, {"over": False, "code": 2}, last], SIGNED)

    assert [shown.state for shown in went.shown] == ["queued", "printing", state]


def test_state__in_list() -> None:
    """A state may be in the one item of a list."""
    view = View(state=("details", 0, "status"))
    ends = {"details": [{"status": "printed"}]}

    went = SimulatedWait([{"details": []}, ends], replace(PRINT, whole=replace(WHOLE, view=view)))

    assert [shown.state for shown in went.shown] == ["printed"]


def test_signs__unknown() -> None:
    """A value that no state shows is an unknown state of that text."""
    went = SimulatedWait([{"code": 5}, {"over": True, "code": 9}], SIGNED)

    assert [shown.state for shown in went.shown] == ["5", "printed"]


# -- two operations, or three ----------------------------------------------------------------------

STATUS: Call[Any] = Call(View(state=("state",)), {"method": "get", "url": "/status"})
METER: Call[Any] = Call(View(fraction=("done",)), {"method": "get", "url": "/meter"})


def test_quick() -> None:
    """The small answer is polled, the whole one read in the end."""
    went = SimulatedWait(["queued", "printed", "printed"], replace(PRINT, quick=STATUS))

    assert went.urls == ["/status", "/status", "/prints/7"]
    assert [s.job for s in went.shown] == [None, {"number": 7, "state": "printed"}]


def test_quick__whole_is_behind() -> None:
    """Where the whole answer knows of no end yet, the wait goes on."""
    went = SimulatedWait(
        ["printed", "printing", "printed", "printed"], replace(PRINT, quick=STATUS)
    )

    assert went.urls == ["/status", "/prints/7", "/status", "/prints/7"]
    assert [s.state for s in went.shown] == ["printing", "printed"]


def test_until__quick() -> None:
    """A state that was reached was reached, even if the whole answer is further on already."""
    went = SimulatedWait(["printing", "jammed"], replace(PRINT, quick=STATUS), until="printing")

    assert went.end is None
    assert went.shown[-1].job == {"number": 7, "state": "jammed"}


def test_meter() -> None:
    """How much is done is asked for while somebody looks; an end needs no such question."""
    target = replace(PRINT, quick=STATUS, meter=METER)

    went = SimulatedWait(["printing", {"done": 0.5}, "printed", "printed"], target)

    assert went.urls == ["/status", "/meter", "/status", "/prints/7"]
    assert [s.fraction for s in went.shown] == [0.5, None]


def test_meter__nobody_looks() -> None:
    """Otherwise nobody asks."""
    went = SimulatedWait(
        ["printing", "printed", "printed"],
        replace(PRINT, quick=STATUS, meter=METER),
        looking=False,
    )

    assert went.urls == ["/status", "/status", "/prints/7"]


@pytest.mark.parametrize(("status", "asked_again"), [(403, 0), (404, 0), (500, 1), (429, 1)])
def test_meter__trouble(status: int, asked_again: int) -> None:
    """Without it the wait goes on; where it is refused it is not asked for again."""
    said: list[Said] = ["printing", refused(status), "printing"]

    went = SimulatedWait(
        [*said, *[{"done": 1}] * asked_again, "printed", "printed"],
        replace(PRINT, quick=STATUS, meter=METER),
    )

    assert went.urls.count("/meter") == 1 + asked_again


def test_meter__retry_after() -> None:
    """A server that is asked too much is left alone, whichever answer says so."""
    went = SimulatedWait(
        ["printing", refused(429, retry_after="33"), "printed", "printed"],
        replace(PRINT, quick=STATUS, meter=METER),
    )

    assert went.slept == [33]


# -- lists -----------------------------------------------------------------------------------------


def listing(**told: Any) -> Target[Any]:
    """A print that has to be looked for."""
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
    """It is looked for page by page, and no further than where it stands."""
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
    """It is not there; in a list as by its id, that is put up with for a while."""
    went = SimulatedWait([item for _ in range(9) for item in said], listing(**told))

    assert isinstance(went.end, JobNotFound)
    assert went.end.elapsed >= LIFE.policy.absent
    assert str(went.end).startswith("printer.print (number=7): /prints?skip=")


def test_list__same_page() -> None:
    """A server that answers the first page for ever is asked for no third."""
    went = SimulatedWait(endless(page(1, 2, more=True)), listing(more=("more",)))

    assert isinstance(went.end, JobNotFound)
    assert went.urls[:3] == ["/prints?skip=0", "/prints?skip=2", "/prints?skip=0"]


# -- going on --------------------------------------------------------------------------------------


def given_up() -> WaitTimeout:
    went = SimulatedWait(endless("queued"), timeout=35, until="printing")
    assert isinstance(went.end, WaitTimeout)
    return went.end


def resumed(after: float, said: Iterable[Said] = ("printed",), **how: Any) -> SimulatedWait:
    """Go on, so many seconds after the other wait began."""
    return SimulatedWait(said, record=given_up().record, start=START + after, **how)


def test_resume() -> None:
    """Attempts, history and state waited for are taken over; the time between counts."""
    went = resumed(50, ["printing"])

    last = went.shown[-1]
    assert (last.attempts, last.elapsed) == (5, 50)
    assert [seen.state for seen in last.history] == ["queued", "printing"]


@pytest.mark.parametrize(("timeout", "slept"), [(None, []), (20, [10, 9])])
def test_resume__deadline(timeout: float | None, slept: list[float]) -> None:
    """It ends when it would have, with one look at least; or so many seconds from now."""
    went = resumed(500, endless("queued"), timeout=timeout)

    assert isinstance(went.end, WaitTimeout)
    assert went.slept == slept


def test_resume__clock_behind() -> None:
    """Where this machine's clock is behind, what was spent stays spent."""
    went = resumed(-500, ["printed"])

    assert went.shown[-1].elapsed == pytest.approx(34.5)


# -- the client ------------------------------------------------------------------------------------


class FakeClient:
    """A client, as far as a wait needs one."""

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
    """A client without time limits gets some; its own count where they are shorter."""
    limits: list[dict[str, float]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"])
        return httpx.Response(200, json={"number": 7, "state": "printed"})

    wait(FakeClient(answer, timeout=own), PRINT)

    assert (float(limits[0]["connect"]), float(limits[0]["read"])) == (connect, read)


def test_client__secrets() -> None:
    """What a server quotes of credentials is hidden, wherever they were sent; nothing else is."""
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
    """Where a long message ends in the middle of the token, none of the token is left."""
    told = "x" * (LONGEST_MESSAGE - 4) + "t-12345"
    client = FakeClient(lambda _: httpx.Response(401, json={"detail": told}))

    with pytest.raises(WaitError) as raised:
        wait(client.with_token("t-12345"), PRINT)

    assert "t-1" not in raised.value.why


def test_client__token_like_a_state() -> None:
    """A credential that is the word for a state hides no state."""
    client = FakeClient(lambda _: httpx.Response(200, json={"number": 7, "state": "printed"}))

    assert wait(client.with_token("printed"), PRINT, until="printed")["state"] == "printed"


def test_client__unsendable_token() -> None:
    """An error that quotes a header is not shown beneath ours."""

    def answer(_request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'Bearer pok_test '")

    with pytest.raises(WaitError) as raised:
        wait(FakeClient(answer, headers={"Authorization": "Bearer pok_test"}), PRINT)

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_record__small() -> None:
    """A record holds neither the client nor its credentials."""
    assert set(Record.__slots__) == {
        "attempts", "began", "elapsed", "history", "ids", "of", "path", "policy", "query", "until",
    }  # fmt: skip
