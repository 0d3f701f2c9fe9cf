"""A sandbox in a test, through a real socket: the fixtures of the installed plugin."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from jobclients.control.api.sandboxes import list_sandboxes
from jobclients.osapi import AuthenticatedClient, Client
from jobclients.osapi.api.jobs import create_job, get_job
from jobclients.osapi.models import CreateJobRequest
from jobtwin.sandbox_names import name_for
from jobtwin.testing import Api, ControlRefused, Host, Jobtwin, Verdict
from jobtwin.testing.control import control, done
from tests.loaded import loaded

START = datetime(2026, 1, 1, tzinfo=UTC)
TWINS = {spec.name: spec for spec in loaded() if spec.jobs}
Sleep = Callable[[float], None]


def status(polaris: Api, job: str) -> str:
    """Polls once, as code in any language would."""
    url = f"{polaris.url}/v1/projects/p/jobs/{job}/status"
    with httpx.Client(verify=False, timeout=30) as client:  # noqa: S501 - without TLS, creation is faster
        answer = client.get(url, headers=polaris.headers)
    return str(answer.raise_for_status().json()["executionStatus"])


def wait(polaris: Api, job: str, sleep: Sleep, pause: float = 2, factor: float = 1.5) -> str:
    """Polls until the job has ended, and returns its last state."""
    while (state := status(polaris, job)) in ("pending", "running"):
        sleep(pause)
        pause *= factor
    return state


# -- the five lines ------------------------------------------------------------------------------


def test_five_lines(jobtwin: Jobtwin) -> None:
    """A service in another thread waits while the test moves the clock."""
    job = jobtwin.polaris.create(scenario="fails_parsing")
    with ThreadPoolExecutor() as service:
        waiting = service.submit(wait, jobtwin.polaris, job.id, jobtwin.clock.sleep)
        jobtwin.clock.advance(minutes=5)
        assert waiting.result(timeout=30) == "failed"
    assert jobtwin.polaris.calls("getJobStatus").polite()


# -- isolation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [1, 2])
def test_fresh(jobtwin: Jobtwin, turn: int) -> None:
    """A test starts without the jobs, requests and time of the previous one."""
    assert jobtwin.polaris.jobs() == []
    assert len(jobtwin.journal) == 0
    assert jobtwin.clock.now == START

    jobtwin.clock.advance(hours=turn)
    status(jobtwin.polaris, jobtwin.polaris.create().id)

    assert len(jobtwin.journal) == len(jobtwin.polaris.jobs()) == 1


def test_two_at_a_time(jobtwin_server: Host, jobtwin: Jobtwin) -> None:
    """Two sandboxes share no job, no clock, no journal."""
    with jobtwin_server.sandbox("another") as other:
        job = other.polaris.create("stays_pending")
        other.clock.advance(days=1)
        status(other.polaris, job.id)

        assert jobtwin.clock.now == START
        assert len(jobtwin.journal) == 0
        with pytest.raises(LookupError, match="the latest are: none"):
            jobtwin.polaris.job(job.id)


def test_forgotten(jobtwin_server: Host) -> None:
    """A sandbox is removed after its test."""
    root = control(jobtwin_server.url, jobtwin_server.transport)
    with jobtwin_server.sandbox("short-lived"):
        during = {sandbox.name for sandbox in done(list_sandboxes.sync, client=root).sandboxes}
    after = {sandbox.name for sandbox in done(list_sandboxes.sync, client=root).sandboxes}

    assert during - after == {"short-lived"}


@pytest.mark.slow
def test_200_at_a_time(jobtwin_server: Host) -> None:
    """200 sandboxes with their own jobs, clocks and journals are isolated."""

    def live(jobtwin: Jobtwin) -> None:
        number = int(jobtwin.name)
        job = jobtwin.polaris.create(id=UUID(int=number))
        for _ in range(number % 3):
            jobtwin.clock.advance(seconds=number)
            status(jobtwin.polaris, job.id)

    def tell(jobtwin: Jobtwin) -> tuple[list[str], datetime, int]:
        jobs = [job.id for job in jobtwin.polaris.jobs()]
        return jobs, jobtwin.clock.now, len(jobtwin.journal)

    with ExitStack() as open_, ThreadPoolExecutor(16) as pool:
        worlds = [open_.enter_context(jobtwin_server.sandbox(str(n))) for n in range(200)]
        list(pool.map(live, worlds))
        found = list(pool.map(tell, worlds))

    assert found == [
        ([str(UUID(int=n))], START + polls * timedelta(seconds=n), polls)
        for n in range(200)
        for polls in [n % 3]
    ]


def test_name_for() -> None:
    """A sandbox has the name of its test, valid in a URL and unique."""
    names = [name_for(f"tests/test_a.py::test_b[{text}]") for text in ("é", "ü", "x" * 200)]

    assert name_for("test_a.Case.test_b") == "test_a.Case.test_b"
    assert name_for("..") not in ("", "..")
    assert len(set(names)) == 3
    assert all(name.startswith("test_b") and len(name) <= 100 for name in names)


@pytest.mark.jobtwin(clock="real", progression="polls", samples=True)
def test_mark(jobtwin: Jobtwin) -> None:
    """A mark changes the setup of one test's sandbox."""
    sample = jobtwin.lucidity.job(2)

    states = [status(jobtwin.polaris, jobtwin.polaris.create().id), sample.machine]

    assert states == ["pending", "agent_install"]
    assert not jobtwin.clock.frozen


# -- jobs ----------------------------------------------------------------------------------------


def test_create(jobtwin: Jobtwin) -> None:
    """A job is created with the given ID, moment, facts, parts and progression."""
    job = jobtwin.osapi.create(
        "query_one_host",
        machine="job",
        id=UUID(int=7),
        facts={"operation": {"type": "node.load.get"}},
        parts={"agents": [{"facts": {"hostname": "db-02"}}]},
        at=START - timedelta(minutes=1),
        progression="polls",
    )
    seen = job.look()

    assert (job.id, job.state, job.outcome) == (str(UUID(int=7)), "submitted", None)
    assert job.facts["operation"] == {"type": "node.load.get"}
    assert seen.created == START - timedelta(minutes=1)
    assert seen.parts
    assert seen.parts["agents"][0].facts["hostname"] == "db-02"


def test_steer(jobtwin: Jobtwin) -> None:
    """A job's current state and history can be read, and the job can be steered."""
    job = jobtwin.polaris.create()
    jobtwin.clock.advance(to_next=True)
    job.send("cancel")

    assert (job.state, job.outcome) == ("canceled", "cancelled")
    assert job.states == ["pending", "running", "canceled"]
    assert job.history[-1].event == "cancel"
    job.delete()
    assert jobtwin.polaris.jobs() == []
    for gone in (job.delete, job.look, job.finish):
        with pytest.raises(ControlRefused, match="there is no job"):
            gone()


def test_finish(jobtwin: Jobtwin) -> None:
    """A job ends at once; the clock does not move."""
    job = jobtwin.polaris.create("fails_parsing")
    job.finish()

    assert job.outcome == "failure"
    assert jobtwin.clock.now == START
    assert jobtwin.polaris.jobs("failed") == [job]
    assert jobtwin.polaris.jobs("running") == []


def test_jobs_of_others(jobtwin: Jobtwin) -> None:
    """Jobs of the code under test follow the chosen default, and are found by ID."""
    jobtwin.osapi.set_default("hangs")
    body = CreateJobRequest.from_dict(
        {"operation": {"type": "node.hostname.get"}, "target_hostname": "_any"}
    )
    made: Any = create_job.sync(client=jobtwin.osapi.client(), body=body)
    jobtwin.clock.advance(minutes=5)

    job = jobtwin.osapi.job(made.job_id)

    assert job.look().scenario == "hangs"


def test_reset(jobtwin: Jobtwin) -> None:
    """A reset removes jobs and requests; the clock continues."""
    status(jobtwin.polaris, jobtwin.polaris.create().id)
    jobtwin.clock.advance(hours=1)
    jobtwin.reset()

    assert jobtwin.polaris.jobs() == []
    assert len(jobtwin.journal) == 0
    assert jobtwin.clock.now == START + timedelta(hours=1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"scenario": "fails_parsin"},
            r"Unknown scenario 'fails_parsin'. Did you mean 'fails_parsing'\? Available: ",
        ),
        (
            {"machine": "tob"},
            r"Unknown machine 'tob' for polaris. Did you mean 'job'\? Available: job",
        ),
        ({"facts": {"colour": "red"}}, "colour is not one of the facts of job"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_create__wrong(jobtwin: Jobtwin, wrong: dict[str, Any], message: str) -> None:
    """Invalid arguments are refused with the valid ones."""
    with pytest.raises(ControlRefused, match=message) as refused:
        jobtwin.polaris.create(**wrong)

    assert refused.value.status in (400, 404)


# -- credentials ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TWINS)
def test_ways_in(jobtwin: Jobtwin, name: str) -> None:
    """Requests with the API's headers and parameters are accepted, and others refused."""
    api = jobtwin[name]
    guarded = [o for o in TWINS[name].operations if o.does in ("list", "read") and o.security]
    asked = min(guarded, key=lambda operation: operation.does)
    url = api.url + asked.path.replace("{", "").replace("}", "")
    answers = [httpx.get(url, headers=h, params=api.params) for h in (api.headers, {})]

    assert [answer.status_code for answer in answers][1] == 401
    assert answers[0].status_code != 401
    assert api.credential
    assert api.credential not in repr(api) + repr(jobtwin)


def test_clients(jobtwin: Jobtwin) -> None:
    """Ready clients serve `sync` and `asyncio` functions, also after one was closed."""
    job = UUID(jobtwin.osapi.create().id)
    client = jobtwin.osapi.client()
    found: list[Any] = [get_job.sync(job, client=client) for _ in range(2)]

    async def ask() -> list[Any]:
        async with jobtwin.osapi.client() as other:
            one, two = (get_job.asyncio(job, client=other) for _ in range(2))
            return list(await asyncio.gather(one, two))

    found += asyncio.run(ask())
    with jobtwin.osapi.client() as another:
        found.append(get_job.sync(job, client=another))

    assert {answer.id for answer in found} == {job}


def test_clients__typed(jobtwin: Jobtwin) -> None:
    """A client has the requested class, for type checkers, too."""
    job = UUID(jobtwin.osapi.create().id)
    client: AuthenticatedClient = jobtwin.osapi.client(AuthenticatedClient)

    assert get_job.sync(job, client=client).id == job
    assert type(jobtwin.lucidity.client(Client)) is Client


def test_names(jobtwin: Jobtwin) -> None:
    """An unknown API is refused with a suggestion."""
    assert set(TWINS) <= set(dir(jobtwin))
    with pytest.raises(AttributeError, match=r"Unknown twin 'polarsi'\. Did you mean 'polaris'"):
        _ = jobtwin.polarsi


# -- time ----------------------------------------------------------------------------------------


def test_clock(jobtwin: Jobtwin) -> None:
    """The clock moves by a span, to a moment, or to the next change; it can run and be frozen."""
    clock = jobtwin.clock
    assert clock.advance(seconds=0.5, minutes=1, hours=1, days=1) == START + timedelta(
        days=1, seconds=3660.5
    )
    assert clock.advance(to=START + timedelta(days=2)) == clock.now
    assert clock.time() == clock.now.timestamp()
    with pytest.raises(ControlRefused, match="nothing to go to"):
        clock.advance(to_next=True)
    with pytest.raises(ControlRefused, match="time goes forward only"):
        clock.advance(to=START)

    clock.run(speed=1_000_000)
    assert (clock.frozen, clock.speed) == (False, 1_000_000)
    while clock.now < START + timedelta(days=3):
        pass
    clock.freeze()
    assert clock.now == clock.now


def test_clock__async(jobtwin: Jobtwin) -> None:
    """An awaited sleep moves the clock, too."""
    asyncio.run(jobtwin.clock.asleep(90))

    assert jobtwin.clock.now == START + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"seconds": -1}, ValueError),
        ({"to": datetime(2026, 2, 1)}, ValueError),  # noqa: DTZ001 - the mistake under test
        ({"seconds": 1, "to_next": True}, TypeError),
        ({"to": START, "to_next": True}, TypeError),
    ],
    ids=["back", "no-zone", "span-and-next", "moment-and-next"],
)
def test_clock__wrong(jobtwin: Jobtwin, wrong: dict[str, Any], error: type[Exception]) -> None:
    """The clock takes one argument at a time, and only moves forward."""
    with pytest.raises(error):
        jobtwin.clock.advance(**wrong)


# -- calls ---------------------------------------------------------------------------------------


def test_calls(jobtwin: Jobtwin) -> None:
    """Calls are selected by operation and by job, with their number, intervals and statuses."""
    first, second = jobtwin.polaris.create(), jobtwin.polaris.create()
    wait(jobtwin.polaris, first.id, jobtwin.clock.sleep)
    status(jobtwin.polaris, second.id)
    httpx.get(jobtwin.polaris.url + "/v1/projects/p/jobs", headers=jobtwin.polaris.headers)
    calls = jobtwin.polaris.calls("getJobStatus", first)

    assert calls.intervals[:2] == [2, 3]
    assert set(calls.statuses) == {200}
    assert calls.states[0] == "pending"
    assert calls.states[-1] == "completed"
    assert len(jobtwin.polaris.calls("getJobStatus")) == len(calls) + 1
    assert len(jobtwin.polaris.calls(job=second.id)) == 2  # its status, and the list
    assert len(jobtwin.polaris.calls()) == len(jobtwin.journal) == len(list(jobtwin.journal))
    assert calls[1:3] == calls.entries[1:3]
    assert str(calls).count("\n") == len(calls) - 1
    with pytest.raises(
        LookupError,
        match=r"Unknown operation 'getJobsStatus' for polaris\. Did you mean 'getJobStatus'",
    ):
        jobtwin.polaris.calls("getJobsStatus")


def test_polite(jobtwin: Jobtwin) -> None:
    """Polling as advised by the spec is polite."""
    wait(jobtwin.polaris, jobtwin.polaris.create().id, jobtwin.clock.sleep)
    verdict = jobtwin.polaris.calls("getJobStatus").polite()

    assert verdict
    assert verdict.broken == []
    assert repr(verdict) == "<polite>"
    assert "kept    interval: shortest interval 2 s, advised are 2 s" in str(verdict)


def _hasty(jobtwin: Jobtwin, job: str) -> None:
    wait(jobtwin.polaris, job, jobtwin.clock.sleep, pause=1)


def _constant(jobtwin: Jobtwin, job: str) -> None:
    wait(jobtwin.polaris, job, jobtwin.clock.sleep, pause=5, factor=1)


def _endless(jobtwin: Jobtwin, job: str) -> None:
    wait(jobtwin.polaris, job, jobtwin.clock.sleep)
    jobtwin.clock.sleep(60)
    status(jobtwin.polaris, job)


def _still(jobtwin: Jobtwin, job: str) -> None:
    for _ in range(2):
        status(jobtwin.polaris, job)


@pytest.mark.parametrize(
    ("poll", "told"),
    [
        (_hasty, "interval: shortest interval 1 s, advised are 2 s"),
        (_constant, "backoff: intervals went from 5 s to 5 s"),
        (_endless, "stops: 1 polls after the final state was seen"),
        (_still, "the sandbox's clock is frozen: pass `jobtwin.clock.sleep` to your code"),
    ],
)
def test_polite__not(jobtwin: Jobtwin, poll: Callable[[Jobtwin, str], None], told: str) -> None:
    """Impolite polling is reported rule by rule, with intervals and the journal's last lines."""
    job = jobtwin.polaris.create().id
    poll(jobtwin, job)
    verdict = jobtwin.polaris.calls().polite()

    assert not verdict
    assert told in str(verdict)
    assert f"getJobStatus polled job {job} of polaris impolitely" in str(verdict)
    assert f"200  GET  /polaris/v1/projects/p/jobs/{job}/status  " in str(verdict)
    assert len(repr(verdict)) < 240  # pytest truncates longer ones


def test_polite__nobody_polled(jobtwin: Jobtwin) -> None:
    """Code that never polled is not polite, since the test has seen no poll."""
    verdict: Verdict = jobtwin.polaris.calls("getJobStatus").polite()

    assert not verdict
    assert repr(verdict) == "<not polite: no job was polled by polaris getJobStatus>"


def test_journal(jobtwin: Jobtwin) -> None:
    """The journal shows refusals and queries, and can be cleared."""
    httpx.get(f"{jobtwin.polaris.url}/v1/projects/p/jobs?limit=x")
    told = str(jobtwin.journal)
    jobtwin.journal.clear()

    assert told.endswith("401  GET  /polaris/v1/projects/p/jobs?limit=x  (missing_credential)")
    assert repr(jobtwin.journal) == "<journal of 0 requests>"


def test_quick(jobtwin: Jobtwin) -> None:
    """A request to the twin takes milliseconds."""
    took = []
    for _ in range(100):
        began = time.perf_counter()
        jobtwin.clock.sleep(1)
        took.append(time.perf_counter() - began)

    # 0.04 each if small packets wait for each other; some are slow on a busy machine.
    assert sorted(took)[25] < 0.03


def test_bodies(jobtwin: Jobtwin) -> None:
    """Calls have the bodies of their requests and responses."""
    client = jobtwin["osapi"].client()
    client.get_httpx_client().post("/job", json={"kind": "nonsense"})

    call = jobtwin["osapi"].calls()[-1]

    assert call.json == {"kind": "nonsense"}
    assert call.response.json
    assert call.response.status == call.status
    assert "sent  {" in jobtwin.journal.report()
