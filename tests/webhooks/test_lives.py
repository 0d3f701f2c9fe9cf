"""After any sequence of actions, deliveries fit their schemas and form a possible life of a job."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobtwin.judge import Oracle
from jobtwin.openapi import Spec, load
from jobtwin.testing import Api, ControlRefused, Host, Jobtwin
from tests.webhooks.vendors import SPECS, ScriptedReceiver, ask, sandbox

LOADED = {spec.name: spec for spec in map(load, SPECS)}
START = datetime(2026, 1, 1, tzinfo=UTC)
EVENTS = {"glassworks": ["crack", "stop"], "tannery": ["turn", "withdraw"]}

DEEDS = st.one_of(
    st.tuples(st.just("create"), st.sampled_from(["cools", "cracks", "dries"])),
    st.tuples(st.just("advance"), st.integers(0, 5_000)),
    st.tuples(st.just("event"), st.integers(0, 1)),
    st.tuples(st.just("finish"), st.none()),
    st.tuples(st.just("hold"), st.booleans()),
    st.tuples(st.just("by hand"), st.sampled_from(["right", "wrong", "missing", "old"])),
)
PLAYS = st.lists(DEEDS, min_size=3, max_size=12)
STATUSES = st.lists(st.sampled_from([200, 204, 400, 429, 500, 503]), max_size=12)


@pytest.fixture(scope="module")
def host() -> Any:
    """Returns the twins of both vendors."""
    with sandbox() as (found, _):
        yield found


def act(jobtwin: Jobtwin, api: Api, deed: str, how: Any) -> None:
    """Does one action, or nothing if it is impossible now."""
    try:
        if deed == "create":
            scenarios = LOADED[api.name].jobs[next(iter(LOADED[api.name].jobs))].scenarios
            api.create(how if how in scenarios else None)
        elif deed == "advance":
            jobtwin.clock.advance(seconds=how)
        elif deed == "hold":
            jobtwin.hold_deliveries(held=how)
        elif deed == "by hand":
            api.deliver(signature=how)
        else:
            for job in api.jobs()[:1]:
                job.finish() if deed == "finish" else job.send(EVENTS[api.name][how])
    except ControlRefused:
        pass


@pytest.mark.parametrize("name", ["glassworks", "tannery"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(play=PLAYS, statuses=STATUSES)
def test_lives(name: str, host: Host, play: list[Any], statuses: list[int]) -> None:
    """Deliveries fit their schemas and do not contradict each other; none is lost or invented."""
    spec, receiver = LOADED[name], ScriptedReceiver(statuses=[*statuses, 204])
    with host.sandbox("life") as jobtwin:
        api = jobtwin[name]
        api.deliver_to(receiver)
        for deed, how in play:
            act(jobtwin, api, deed, how)
        jobtwin.hold_deliveries(held=False)
        jobtwin.clock.advance(days=3)
        found = api.deliveries()
        attempts = sum(len(each.attempts) for each in found)
        histories = {job.id: job.history for job in api.jobs()}

    check_bodies(spec, found)
    check_sequence(spec, found)
    assert len(receiver.requests) == attempts
    assert {each.state for each in found} <= {"delivered", "failed"}
    told = Counter(each.job for each in found if each.callback in ("meltChanged", "hideDone"))
    wanted = {id_: sum(map(_is_told, history)) for id_, history in histories.items()}
    assert dict(told) == {id_: count for id_, count in wanted.items() if count}


def _is_told(change: Any) -> bool:
    return change.state not in ("heating", "soaking", "tanning") and change.event != "turn"


def check_bodies(spec: Spec, found: list[Any]) -> None:
    """Each body is valid against the schema of its callback."""
    for each in found:
        validator = spec.callbacks[each.callback].answer.validator
        assert validator is not None
        validator.validate(each.body)


def check_sequence(spec: Spec, found: list[Any]) -> None:
    """Bodies in the order of their moments do not contradict each other or the machine."""
    oracle = Oracle(spec)
    contradictions = [
        contradiction
        for each in found
        for contradiction in oracle.called_back(
            spec.callbacks[each.callback], each.at, json.dumps(each.body).encode()
        )
    ]
    assert contradictions == []


def test_oracle() -> None:
    """The oracle finds an impossible sequence: a state after the end."""
    with sandbox() as (_, jobtwin):
        jobtwin.glassworks.deliver_to(ScriptedReceiver())
        made = {"colour": "red", "callback": {"url": "http://localhost/", "secret": "whsec_AAAA"}}
        ask(jobtwin, jobtwin.glassworks, "POST", "/melts", **made)
        jobtwin.clock.advance(hours=1)
        blowing, cooled = (each.body for each in jobtwin.glassworks.deliveries())
    callback, oracle = LOADED["glassworks"].callbacks["meltChanged"], Oracle(LOADED["glassworks"])

    found = [
        contradiction.rule
        for minutes, body in enumerate((cooled, blowing))
        for contradiction in oracle.called_back(
            callback, START + timedelta(minutes=minutes), json.dumps(body).encode()
        )
    ]

    assert found == ["change-after-final"]
