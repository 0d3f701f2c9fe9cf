"""The polling report: rules of polite polling, checked in the journal, each with its source."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

import httpx
import pytest

from jobclients.control import Client, models
from jobclients.control.api.journal import get_polling_report
from jobclients.control.api.sandboxes import create_sandbox
from jobtwin.http import create_app
from jobtwin.sandboxes import JournalEntry, ManualClock, Sandbox, Setup
from jobtwin.sandboxes.journal import ShownJob
from jobtwin.sandboxes.polling import PIECE, PollingReport, reports
from jobtwin.sandboxes.rules import PolitenessRule
from tests.loaded import loaded

SPECS = {spec.name: spec for spec in loaded()}
MACHINES = [machine for spec in SPECS.values() for machine in spec.jobs.values()]
APP = create_app(list(SPECS.values()), Sandbox(MACHINES, Setup(ManualClock())))
LUCIDITY = {"Authorization": "token", "X-Authtype": "lucidity_access_token"}
BEARER = {"Authorization": "Bearer token"}
INSTALL = "lucidity/external/client/api/v1/agent/install/status"
POLITE = (10, 15, 22.5, 33.75, 50, 75)
SECOND = 1_000_000
_names = map("world-{}".format, count())


class PolledSandbox(httpx.BaseTransport):
    """A sandbox of the twins, in process, without samples; pollers wait by its clock."""

    def __init__(self) -> None:
        name = next(_names)
        url = f"http://twin/sandboxes/{name}"
        self.http = httpx.Client(transport=self, base_url=url)
        self.client = Client(base_url=f"{url}/_control", httpx_args={"transport": self})
        create_sandbox.sync(name, client=self.client, body=models.NewSandbox(empty=True))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answered() -> httpx.Response:
            response = await httpx.ASGITransport(APP).handle_async_request(request)
            content = await response.aread()
            return httpx.Response(response.status_code, headers=response.headers, content=content)

        return asyncio.run(answered())

    def make(self, api: str, **body: Any) -> str:
        made = self.http.post("_control/jobs", json={"api": api, **body})
        return str(made.json()["id"])

    def wait(self, seconds: float) -> None:
        by = f"PT{seconds:f}S"
        assert self.http.post("_control/clock/advance", json={"by": by}).status_code == 200

    def poll(self, url: str, headers: dict[str, str], waits: Sequence[float] = ()) -> None:
        """Polls once, and again after each wait."""
        assert self.http.get(url, headers=headers).status_code == 200
        for seconds in waits:
            self.wait(seconds)
            assert self.http.get(url, headers=headers).status_code == 200

    def install(self, waits: Sequence[float] = ()) -> Any:
        """Polls an installation of Lucidity, which takes 145 seconds, and returns its report."""
        job = self.make("lucidity", machine="agent_install")
        self.poll(f"{INSTALL}?id={job}", LUCIDITY, waits)
        [report] = self.reports()
        return report

    def reports(self, query: str = "") -> list[Any]:
        return list(self.http.get(f"_control/journal/report?{query}").json()["jobs"])


@pytest.fixture
def world() -> PolledSandbox:
    """Make a new sandbox."""
    return PolledSandbox()


def rules(report: Any) -> dict[str, bool]:
    return {rule["rule"]: rule["kept"] for rule in report["rules"]}


# -- a job -----------------------------------------------------------------------------------------


def test_report(world: PolledSandbox) -> None:
    """The report has polls, intervals, the delay until the end was seen, and every rule."""
    report = world.install(POLITE)

    assert report == {
        "api": "lucidity",
        "operation": "getAgentInstallStatus",
        "job": "3",
        "polls": 7,
        "intervals": list(POLITE),
        "afterFinal": 0,
        "noticed": sum(POLITE) - 145,
        "refused": 0,
        "polite": True,
        "rules": report["rules"],
    }
    assert rules(report) == {"interval": True, "backoff": True, "stops": True, "heeds": True}


def test_report__many_requests(world: PolledSandbox) -> None:
    """The reports of many requests, made in pieces, are those of all jobs; some may be selected."""
    osapi = [world.make("osapi") for _ in range(3)]
    assert world.reports() == []
    for number in range(PIECE + 1):
        world.poll(f"osapi/job/{osapi[number % 3]}", BEARER)
    assert world.http.get("lucidity/nowhere", headers=LUCIDITY).status_code == 404

    assert [(each["job"], each["polls"]) for each in world.reports()] == [
        (job, (PIECE + 1) // 3 + (place < (PIECE + 1) % 3)) for place, job in enumerate(osapi)
    ]
    assert [each["job"] for each in world.reports(f"job={osapi[1]}")] == [osapi[1]]
    assert world.reports("api=polaris") == []


def test_report__client(world: PolledSandbox) -> None:
    """The generated client can read the report."""
    world.install(POLITE)

    report = get_polling_report.sync(client=world.client, api="lucidity", job="3")

    assert isinstance(report, models.PollingReport)
    [job] = report.jobs
    assert (job.polls, job.polite, job.intervals) == (7, True, list(POLITE))
    assert [rule.rule for rule in job.rules] == ["interval", "backoff", "stops", "heeds"]


@pytest.mark.parametrize(
    ("waits", "rule", "says"),
    [
        pytest.param(
            (10, 9.5, 15), "interval", "shortest interval 9.5 s, advised are 10 s", id="soon"
        ),
        pytest.param((10, 0, 15), "interval", "shortest interval 0 s", id="at once"),
        pytest.param((10, 10, 10), "backoff", "intervals went from 10 s to 10 s", id="steady"),
        pytest.param((40, 20, 10), "backoff", "intervals went from 40 s to 20 s", id="hurried"),
        pytest.param((*POLITE, 90, 120), "stops", "2 polls after the final state", id="goes on"),
    ],
)
def test_broken(waits: Sequence[float], rule: str, says: str, world: PolledSandbox) -> None:
    """A broken rule shows the observed values, and makes the polling impolite."""
    report = world.install(waits)

    assert [name for name, kept in rules(report).items() if not kept] == [rule]
    assert says in next(each["says"] for each in report["rules"] if each["rule"] == rule)
    assert not report["polite"]


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        pytest.param((), {"heeds"}, id="one poll"),
        pytest.param((10,), {"interval", "heeds"}, id="one interval"),
        pytest.param((10, 15), {"interval", "backoff", "heeds"}, id="two intervals"),
        pytest.param((10, 15, 10.5), {"interval", "backoff", "heeds"}, id="not every one grows"),
        pytest.param(
            (120, 120), {"interval", "backoff", "stops", "heeds"}, id="the longest advised"
        ),
        pytest.param((200,), {"interval", "stops", "heeds"}, id="the end is seen"),
    ],
)
def test_kept(waits: Sequence[float], expected: set[str], world: PolledSandbox) -> None:
    """Only rules that apply are reported, and all of them are kept here."""
    report = world.install(waits)

    assert rules(report) == dict.fromkeys(expected, True)
    assert report["polite"]


def test_sources(world: PolledSandbox) -> None:
    """Each rule cites its source: the vendor's document, or the reason for our assumption."""
    report = world.install((*POLITE, 90))
    sources = {rule["rule"]: rule["source"] for rule in report["rules"]}
    advice = SPECS["lucidity"].document.written["x-jobs"]["machines"]["agent_install"]["polling"]

    assert advice["x-evidence"]["assumed"] in sources["interval"]
    assert sources["interval"] == sources["backoff"] == sources["stops"]
    assert sources["heeds"] == "RFC 6585, section 4"


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_sources__all(spec: Any) -> None:
    """Every machine's advice has a source."""
    for machine in spec.jobs.values():
        assert machine.polling.source.startswith(("documented: ", "published: ", "assumed: "))


def test_noticed(world: PolledSandbox) -> None:
    """`noticed` is missing if the end was never seen, and 0 if it was seen immediately."""
    running = world.install((100,))
    assert "noticed" not in running

    other = PolledSandbox().install((145,))
    assert other["noticed"] == 0


def test_by_polls(world: PolledSandbox) -> None:
    """A job that advances by polls ends when it is polled, so `noticed` is 0."""
    job = world.make("lucidity", machine="agent_install", progression="polls")
    world.poll(f"{INSTALL}?id={job}", LUCIDITY, POLITE[:3])

    [report] = world.reports()

    assert (report["noticed"], report["afterFinal"], report["polite"]) == (0, 0, True)


# -- which polls -----------------------------------------------------------------------------------


def test_each_job(world: PolledSandbox) -> None:
    """Each job has its own report, which can be filtered by API and id."""
    one, other = (world.make("lucidity", machine="agent_install") for _ in range(2))
    question = world.make("osapi")
    world.poll(f"{INSTALL}?id={one}", LUCIDITY, (10,))
    world.poll(f"{INSTALL}?id={other}", LUCIDITY, (1,))
    world.poll(f"osapi/job/{question}", BEARER)

    assert [(r["job"], r["polite"]) for r in world.reports()] == [
        (one, True),
        (other, False),
        (question, True),
    ]
    assert [r["job"] for r in world.reports("api=lucidity")] == [one, other]
    assert [r["job"] for r in world.reports(f"job={other}")] == [other]
    assert world.reports("job=404") == world.reports("api=polaris") == []


def test_not_polls(world: PolledSandbox) -> None:
    """Commands, refused requests and requests to the control API are not polls."""
    job = world.make("osapi", at="2025-12-31T23:59:00Z")
    world.http.post(f"osapi/job/{job}/retry", headers=BEARER)
    world.http.get(f"osapi/job/{job}")
    world.http.get(f"osapi/job/{job}?x=1", headers=BEARER)
    world.http.get(f"_control/jobs/osapi/job/{job}")

    assert world.reports() == []


def test_list(world: PolledSandbox) -> None:
    """A list is a poll of each of its jobs, counted separately from reads of one job."""
    one, other = world.make("osapi"), world.make("osapi")
    world.poll("osapi/job", BEARER, (0.5, 1))
    world.poll(f"osapi/job/{one}", BEARER)

    told = {(r["operation"], r["job"]): (r["polls"], r["intervals"]) for r in world.reports()}

    assert told == {
        ("listJobs", one): (3, [0.5, 1]),
        ("listJobs", other): (3, [0.5, 1]),
        ("getJob", one): (1, []),
    }


def test_list__for_others(world: PolledSandbox) -> None:
    """A list with a running job does not count as a poll of jobs that have already ended."""
    long, short = world.make("osapi", scenario="hangs"), world.make("osapi")
    world.poll("osapi/job", BEARER, (6, 10, 20))

    told = {report["job"]: report for report in world.reports()}

    assert (told[short]["polls"], told[short]["afterFinal"]) == (2, 0)
    assert (told[short]["noticed"], told[short]["polite"]) == (1, True)
    assert (told[long]["polls"], "noticed" in told[long]) == (4, False)


def test_list__for_nobody(world: PolledSandbox) -> None:
    """A list with only ended jobs counts as a poll after the end."""
    world.make("osapi")
    world.poll("osapi/job", BEARER, (6, 10, 20))

    [report] = world.reports()

    assert (report["afterFinal"], rules(report)["stops"]) == (2, False)


def test_no_advice(world: PolledSandbox) -> None:
    """For a vendor without advice, only the rules about the end and about refusals apply."""
    upload = world.make("vectorcharts", machine="upload")
    world.poll(f"vectorcharts/api/portal/v1/charts/uploads/{upload}", BEARER, (0, 0, 7200, 0))

    [report] = world.reports()

    assert rules(report) == {"stops": False, "heeds": True}


# -- 429, which no twin sends by itself ------------------------------------------------------------


def judged(*polls: tuple[str | None, int]) -> list[PollingReport]:
    """Returns the reports on polls of Lucidity's jobs, a minute apart: each a job and a status."""
    entries = [
        JournalEntry(
            number=number,
            at=number * 60 * SECOND,
            took=1,
            api="lucidity",
            operation="getAgentInstallStatus",
            method="GET",
            path="/",
            query="",
            status=status,
            job=job,
            seen=(ShownJob(job, "agent_install", "QUEUED", None),) if job and status == 200 else (),
        )
        for number, (job, status) in enumerate(polls)
    ]
    return reports(entries, lambda api, machine: SPECS[api].jobs.get(machine))


def heeds(report: PollingReport) -> PolitenessRule:
    return next(rule for rule in report.rules if rule.rule == "heeds")


def test_refused() -> None:
    """Polls refused with 429 are counted and break a rule, even if the first poll is one."""
    [report] = judged(("3", 429), ("3", 200), ("3", 429), ("3", 404), ("3", 200))

    assert (report.refused, report.polls, report.polite) == (2, 2, False)
    assert heeds(report).says == "2 polls were refused with 429"
    assert heeds(report).source == "RFC 6585, section 4"


def test_refused__another() -> None:
    """A refusal counts for its own job; a refusal without a job counts for all."""
    one, other = judged(("3", 200), ("4", 200), ("3", 429), (None, 429))

    assert (one.refused, other.refused) == (2, 1)


def test_refused__unknown_machine() -> None:
    """For a machine that is no longer known, no advice applies."""
    [report] = reports(
        [
            JournalEntry(
                n,
                n,
                1,
                "gone",
                "getJob",
                "GET",
                "/",
                "",
                200,
                "3",
                seen=(ShownJob("3", "x", "y", n),),
            )
            for n in range(2)
        ],
        lambda *_: None,
    )

    assert [(rule.rule, rule.kept) for rule in report.rules] == [("stops", False), ("heeds", True)]
