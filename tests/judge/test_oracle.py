"""Each rule with a contradiction and its innocent twin, on an API made up for it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.judge import RULES, Contradiction, Exchange, Oracle
from jobtwin.judge.oracle.beliefs import JobBelief
from jobtwin.judge.oracle.graph import TransitionGraph
from jobtwin.judge.oracle.observations import Observation
from jobtwin.lifecycle.machine import Kind, Machine
from jobtwin.openapi import load
from tests.loaded import loaded
from tests.sampling import examples

LOOM = load(Path(__file__).with_name("loom.yaml"))
START = datetime(2026, 1, 1, tzinfo=UTC)

Step = tuple[Any, ...]
"""A request line with the response's status, the response's body, the request's body, the token."""


def exchange(number: int, step: Step) -> Exchange:
    line, answer, sent, token = (*step, None, None, None)[:4]
    method, url, status = line.split()
    return Exchange(
        START + timedelta(minutes=number),
        method,
        url,
        int(status),
        {"Authorization": f"Bearer {token}"} if token else {},
        None if sent is None else json.dumps(sent).encode(),
        {},
        b"" if answer is None else json.dumps(answer).encode(),
    )


def judged(steps: Sequence[Step], *, alone: bool = True) -> list[Contradiction]:
    oracle = Oracle(LOOM, alone=alone)
    return [c for number, step in enumerate(steps) for c in oracle.check(exchange(number, step))]


def get(state: str | None = None, **values: Any) -> Step:
    told = {} if state is None else {"state": state}
    return ("GET /weaves/1 200", {"id": 1, **told, **values})


def listed(*weaves: dict[str, Any], query: str = "", **values: Any) -> Step:
    return (f"GET /weaves{query} 200", {"weaves": list(weaves), **values})


def made(number: int, loom: str = "north", state: str = "queued", **sent: Any) -> Step:
    body = {"id": number, "state": state, "loom": loom}
    return ("POST /weaves 201", body, {"loom": loom, **sent})


def order(what: str, status: int, state: str | None = None) -> Step:
    answer = {"id": 1, "state": state} if state else None
    return (f"POST /weaves/1/order {status}", answer, {"order": what})


def bale(state: str, done: str = "", **cloths: str) -> Step:
    shown = {mark: {"state": s} for mark, s in cloths.items()}
    body = {"state": state, "cloths": shown} if cloths else {"state": state}
    return ("GET /bales/b-1 200", body | ({"done": {m: {} for m in done}} if done else {}))


DELETED: Step = ("DELETE /weaves/1 204",)
UNKNOWN: Step = ("GET /weaves/1 404",)
ONE, TWO, THREE = ({"id": number, "state": "weaving"} for number in (1, 2, 3))
EARLY, LATE = "2026-01-01T00:00:10Z", "2026-01-01T00:00:20Z"
LINE, NEXT = {"at": EARLY, "text": "a"}, {"at": LATE, "text": "b"}

CONTRADICTORY = {
    "back": ("impossible-transition", [get("weaving"), get("queued")]),
    "born_elsewhere": ("impossible-transition", [made(1), get("weaving"), get("queued")]),
    "endless_ends": ("impossible-transition", [made(1, endless=True), get("woven")]),
    "dropped_by_nobody": ("impossible-transition", [made(1), get("weaving"), get("dropped")]),
    "after_the_end": ("change-after-final", [get("woven"), get("weaving")]),
    "other_end": ("change-after-final", [get("woven"), get("torn")]),
    "progress_after_the_end": (
        "change-after-final",
        [get("torn", progress=40), get("torn", progress=41)],
    ),
    "unheard_of": ("undeclared-state", [get("tangled")]),
    "two_at_once": ("answer-contradicts-itself", [get("weaving", ended=EARLY)]),
    "word_of_another": ("answer-contradicts-itself", [get("paused", word="going")]),
    "skipped": ("answer-contradicts-itself", [get("woven", started=None)]),
    "started_before_its_turn": ("answer-contradicts-itself", [get("queued", started=10)]),
    "never_started": ("answer-contradicts-itself", [get("weaving", started=None)]),
    "progress": ("progress-went-back", [get("weaving", progress=50), get("weaving", progress=49)]),
    "counter": ("progress-went-back", [get("weaving", threads=9), get("weaving", threads=8)]),
    "changed": (
        "timestamp-went-back",
        [get("weaving", changed=LATE), get("weaving", changed=EARLY)],
    ),
    "born_again": ("fixed-value-changed", [get("weaving", born=EARLY), get("weaving", born=LATE)]),
    "other_loom": ("fixed-value-changed", [get("weaving", loom="a"), get("weaving", loom="b")]),
    "started_again": ("fixed-value-changed", [get(started=10), get(started=11)]),
    "changed_before_birth": ("timestamps-out-of-order", [get(born=LATE, changed=EARLY)]),
    "lost_birth": ("value-vanished", [get("weaving", born=EARLY), get("weaving")]),
    "lost_line": ("history-rewritten", [get(log=[LINE, NEXT]), get(log=[NEXT])]),
    "granted_too_late": ("illegal-command-accepted", [get("woven"), order("drop", 200)]),
    "refused_in_time": (
        "legal-command-refused",
        [made(1), get("weaving"), order("pause", 200), order("drop", 409)],
    ),
    "no_effect": (
        "command-without-effect",
        [get("weaving"), order("pause", 200), get("woven")],
    ),
    "no_effect_at_once": (
        "command-without-effect",
        [get("weaving"), order("drop", 200, "weaving")],
    ),
    "refused_then_legal": ("change-after-final", [made(1), order("drop", 409), get("weaving")]),
    "held_by_two": ("held-twice", [made(1), made(2), get("weaving")]),
    "held_by_two_later": (
        "held-twice",
        [made(1), made(2), made(3, "south"), listed(THREE, TWO, ONE)],
    ),
    "after_deletion": ("answer-after-deletion", [get("weaving"), DELETED, get("weaving")]),
    "deleted_twice": ("answer-after-deletion", [get("weaving"), DELETED, DELETED]),
    "listed_after_deletion": ("answer-after-deletion", [DELETED, listed(ONE)]),
    "back_from_nowhere": ("answer-after-deletion", [get("weaving"), DELETED, UNKNOWN, listed(ONE)]),
    "vanished": ("vanished", [get("weaving"), UNKNOWN]),
    "id_twice": ("id-given-twice", [made(1), made(1)]),
    "another_job": ("another-job", [("GET /weaves/1 200", TWO)]),
    "not_listed": ("list-and-detail-disagree", [get("weaving"), listed(TWO)]),
    "listed_otherwise": (
        "list-and-detail-disagree",
        [get("weaving", born=EARLY), listed({**ONE, "born": LATE})],
    ),
    "listed_twice": ("listed-twice", [listed(ONE, ONE)]),
    "too_many": ("page-miscounted", [listed(ONE, TWO, query="?limit=1")]),
    "one_too_few": ("page-miscounted", [listed(ONE, total=3, query="?offset=1")]),
    "more_or_not": ("page-miscounted", [listed(ONE, total=1, more=True)]),
    "other_offset": ("page-miscounted", [listed(ONE, offset=1, query="?offset=2")]),
    "other_limit": ("page-miscounted", [listed(ONE, limit=10, query="?limit=5")]),
    "filter": ("filter-ignored", [listed(ONE, query="?state=woven")]),
    "fact_filter": ("filter-ignored", [listed({**ONE, "loom": "a"}, query="?loom=b")]),
    "when_filter": ("filter-ignored", [listed({"id": 1, "state": "torn"}, query="?going=true")]),
    "order": ("list-unsorted", [listed({**TWO, "born": EARLY}, {**ONE, "born": LATE})]),
    "part_back": (
        "change-after-final",
        [bale("open", A="dry", B="wet"), bale("open", A="wet", B="wet")],
    ),
    "part_gone": ("value-vanished", [bale("open", A="wet", B="wet"), bale("open", B="wet")]),
    "part_undone": ("change-after-final", [bale("sealed", "AB"), bale("sealed", "A")]),
    "parts_otherwise": ("job-and-parts-disagree", [bale("sealed", A="dry", B="wet")]),
    "token_again": (
        "command-without-effect",
        [
            ("POST /passes 201", {"token": "s3cret"}),
            ("DELETE /passes/mine 204", None, None, "s3cret"),
            ("GET /passes/mine 200", {"token": "s3cret", "state": "valid"}, None, "s3cret"),
        ],
    ),
}  # type: dict[str, tuple[str, list[Step]]]

INNOCENT = {
    "forward": [get("queued"), get("weaving"), get("woven"), get("woven")],
    "several_between_two_polls": [made(1), get("woven")],
    "fails_by_itself": [made(1), get("weaving"), get("torn")],
    "stopped_by_a_scenario": [get("weaving"), get("dropped")],
    "paused_and_resumed": [
        made(1),
        get("weaving"),
        order("pause", 200, "paused"),
        order("resume", 200),
    ],
    "refused_too_late": [made(1), get("woven"), order("drop", 409)],
    "refused_perhaps_too_late": [made(1), get("weaving"), order("drop", 409), get("woven")],
    "endless": [made(1, endless=True), get("weaving"), get("weaving")],
    "progress": [
        get("weaving", progress=50),
        get("weaving", progress=50),
        get("woven", progress=100),
    ],
    "never_started": [get("dropped", started=None), get("dropped", started=None)],
    "coarse": [get("weaving", born=EARLY, started=1767225610, changed=EARLY)],
    "finer": [get(born=EARLY), get(born="2026-01-01T00:00:10.000000Z")],
    "another_offset": [get(born=EARLY), get(born="2026-01-01T01:00:10+01:00")],
    "optional": [get("weaving"), get("weaving", born=EARLY, loom="a"), listed(ONE)],
    "word": [get("weaving", word="going"), get("woven", word="over", ended=EARLY, started=9)],
    "lines": [get(log=[LINE]), get(log=[LINE, NEXT])],
    "held_in_turn": [made(1), get("woven"), made(2)],
    "held_perhaps_in_turn": [made(1), get("weaving"), made(2), get("woven")],
    "held_elsewhere": [made(1), made(2, "south"), get("weaving")],
    "pushed": [made(1), made(2, push=True), get("weaving")],
    "deleted": [made(1), DELETED, UNKNOWN],
    "never_there": [UNKNOWN, made(1), get("weaving")],
    "pages": [
        listed(THREE, TWO, total=3, more=True, limit=2, offset=0, query="?limit=2"),
        listed(ONE, total=3, more=False, limit=2, offset=2, query="?limit=2&offset=2"),
        listed(total=3, more=False, query="?offset=9"),
    ],
    "full_page": [get("weaving"), listed(TWO, query="?limit=1")],
    "filtered_away": [get("weaving"), listed(query="?state=woven")],
    "filter": [listed(ONE, query="?state=weaving&going=true"), listed(ONE, query="?going=false")],
    "order": [listed({**TWO, "born": LATE}, {**ONE, "born": EARLY})],
    "parts": [
        bale("open", A="wet", B="wet"),
        bale("open", "A", A="dry", B="wet"),
        bale("sealed", "AB"),
    ],
    "lost_part": [bale("open", A="wet", B="wet"), bale("spoilt", A="dry", B="lost")],
    "token": [
        ("POST /passes 201", {"token": "t", "state": "valid"}),
        ("DELETE /passes/mine 204", None, None, "t"),
        ("GET /passes/mine 404", None, None, "t"),
    ],
    "others": [("GET /elsewhere 200",), ("GET /weaves/1 500",), ("GET /weaves/x 400",)],
}  # type: dict[str, list[Step]]


@pytest.mark.parametrize(("rule", "steps"), CONTRADICTORY.values(), ids=CONTRADICTORY)
def test_contradiction(rule: str, steps: list[Step]) -> None:
    """Only this rule is broken, and only at the last exchange."""
    found = judged(steps)

    assert {c.rule for c in found} == {rule}
    assert {c.later.at for c in found} == {START + timedelta(minutes=len(steps) - 1)}
    assert all(c.earlier.at <= c.later.at for c in found)


@pytest.mark.parametrize("steps", INNOCENT.values(), ids=INNOCENT)
def test_innocent(steps: list[Step]) -> None:
    """A possible life of a job has no contradictions."""
    assert [str(c) for c in judged(steps)] == []


@pytest.mark.parametrize(
    "steps",
    [
        [made(1), get("weaving"), get("dropped")],
        [made(1), UNKNOWN, get("queued")],
        [get("weaving"), UNKNOWN],
        [get("weaving"), listed(TWO)],
        CONTRADICTORY["lost_line"][1],
        CONTRADICTORY["order"][1],
    ],
    ids=["dropped", "known_late", "deleted", "not_listed", "log_cut", "order_undeclared"],
)
def test_others_act(steps: list[Step]) -> None:
    """If other clients may act on a job, their possible actions are not contradictions."""
    assert judged(steps, alone=True)
    assert [str(c) for c in judged(steps, alone=False)] == []


PAGE = b"<html>Bad gateway</html>"


@pytest.mark.parametrize(
    ("line", "body", "sent"),
    [
        ("GET /weaves/1 404", PAGE, None),
        ("POST /weaves/1/order 200", PAGE, {"order": "drop"}),
        ("POST /weaves/1/order 202", b"", {"order": "drop"}),
    ],
    ids=["page_for_unknown", "page_for_granted", "accepted_later"],
)
def test_gateway(line: str, body: bytes, sent: Any) -> None:
    """HTML in place of JSON, or an undocumented success, tells the oracle nothing about a job."""
    oracle = Oracle(LOOM, alone=True)
    odd = replace(exchange(1, (line, None, sent)), response_body=body)

    found = [
        oracle.check(each)
        for each in (exchange(0, get("weaving")), odd, exchange(2, get("weaving")))
    ]

    assert found == [[], [], []]


TRANSIENT = [
    (machine, state.name)
    for spec in loaded()
    for machine in spec.machines.values()
    for state in machine.states.values()
    if state.kind is Kind.TRANSIENT
]


@pytest.mark.parametrize(("machine", "transient"), TRANSIENT, ids=[m.name for m, _ in TRANSIENT])
def test_transient(machine: Machine, transient: str) -> None:
    """A vendor may be unable to show the state of any job, even of one that has ended."""
    graph = TransitionGraph(machine, {t.event for t in machine.transitions if t.event})
    final = min(graph.final)

    def found(*, alone: bool) -> list[str]:
        belief = JobBelief("it", graph, lambda _: graph)
        belief.alone = alone
        shown = [Observation(machine, frozenset((s,)), s) for s in (final, transient, final)]
        steps = [(observation, exchange(n, get())) for n, observation in enumerate(shown)]
        return [c.rule for s, e in steps for c in belief.observe(s, e, "getIt", "read")]

    assert found(alone=False) == []
    assert found(alone=True)[0] == "change-after-final"


def test_birth__listed_meanwhile() -> None:
    """A list requested at the same time may show a new job before its creation ends."""
    oracle = Oracle(LOOM)
    slow = replace(exchange(0, listed(ONE)), until=START + timedelta(minutes=2))

    assert [*oracle.check(slow), *oracle.check(exchange(1, made(1)))] == []


@pytest.mark.parametrize("query", ["?limit=x", "?limit=-1", "?limit=1&limit=2", "?size=1"])
def test_page__nobody_knows(query: str) -> None:
    """For a request unknown to the spec, any page is accepted from a vendor."""
    answer = listed(THREE, TWO, total=9, more=True, limit=2, offset=0, query=query)

    assert [str(c) for c in judged([answer], alone=False)] == []


@pytest.mark.parametrize("born", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_moment__far(born: str) -> None:
    """A moment beyond the calendar is still compared."""
    found = judged([get("weaving", born=EARLY), get("weaving", born=born)])

    assert {c.rule for c in found} >= {"fixed-value-changed"}


def test_overlap() -> None:
    """The order of two overlapping responses is open."""
    first = Exchange(START, "GET", "/weaves/1", 200, {}, None, {}, b'{"id":1,"state":"woven"}')
    later = Exchange(
        START - timedelta(seconds=1), "GET", "/weaves/1", 200, {}, None, {},
        b'{"id":1,"state":"weaving"}', START + timedelta(seconds=1),
    )  # fmt: skip
    oracle = Oracle(LOOM)

    assert [*oracle.check(later), *oracle.check(first)] == []
    assert [c.rule for c in Oracle(LOOM).check(first)] == []

    oracle = Oracle(LOOM)
    slow = Exchange(START, "GET", "/weaves/1", 200, {}, None, {}, first.response_body, later.until)
    quick = Exchange(START, "GET", "/weaves/1", 200, {}, None, {}, later.response_body)
    assert [*oracle.check(slow), *oracle.check(quick)] == []


def test_contradiction__words() -> None:
    """A contradiction names the job, the states, and both exchanges."""
    (found,) = judged([get("woven"), get("weaving")])

    assert str(found) == (
        "change-after-final: weave 1 is weaving after it was woven, which is final\n"
        "  2026-01-01T00:01:00+00:00 GET /weaves/1 → 200\n"
        "  2026-01-01T00:00:00+00:00 GET /weaves/1 → 200"
    )


def test_contradiction__session() -> None:
    """A session's id is a credential, so no text contains it."""
    _, steps = CONTRADICTORY["token_again"]

    assert all("s3cret" not in f"{c}{c!r}" for c in judged(steps))


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["queued", "weaving", "woven", "2026-01-01T00:00:00Z", "9999-99-99T00:00:00Z"]
    )
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "state", "weaves", "total", "cloths", "A", "log"]), inner
        )
    ),
    max_leaves=8,
)
_FIELDS = ["state", "loom", "progress", "threads", "born", "changed", "started", "ended", "log"]
_WEAVES = st.fixed_dictionaries(
    {"id": st.sampled_from([1, 2])}, optional=dict.fromkeys(_FIELDS, _VALUES)
)
_LINES = [
    f"{request} {status}"
    for request in ("GET /weaves", "GET /weaves/1", "POST /weaves", "POST /weaves/1/order")
    for status in (200, 201, 404, 409)
]


@pytest.mark.slow
@settings(max_examples=examples(50, 150), derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*_LINES, "GET /bales/b-1 200", "GET /passes/mine 200"]),
            _VALUES | _WEAVES | st.fixed_dictionaries({"weaves": st.lists(_WEAVES | _VALUES)}),
            _VALUES | st.fixed_dictionaries({"order": _VALUES, "loom": _VALUES, "push": _VALUES}),
            st.just("t"),
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_any_answer(steps: list[Step], alone: bool) -> None:  # noqa: FBT001  # drawn
    """The oracle survives any response to any request, and reports only known rules."""
    for contradiction in judged(steps, alone=alone):
        assert contradiction.rule in RULES
        assert str(contradiction)


def test_no_json() -> None:
    """A response that is not JSON says nothing about a job."""
    page = Exchange(START, "GET", "/weaves/1", 200, response_body=b"<html>")

    assert Oracle(LOOM).check(page) == []


def test_rules__all_tried() -> None:
    """The contradictions above cover all rules, and no other."""
    assert {rule for rule, _ in CONTRADICTORY.values()} == set(RULES)
