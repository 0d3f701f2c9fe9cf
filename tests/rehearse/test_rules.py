"""The rules of a rehearsal, each with a short story that breaks it and a correct one."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from jobtwin.rehearse.performance import Performance, StagedExchange
from jobtwin.rehearse.rules import RULES, judge

SECOND = 1_000_000


def create(number: int = 1, status: int = 201, *, injected: bool = False) -> StagedExchange:
    return StagedExchange(number, 0, "createJob", "create", status, "7", injected=injected)


def poll(
    number: int, seconds: float, state: str | None, status: int = 200, **more: object
) -> StagedExchange:
    final = state in ("done", "failed", "partly")
    made = StagedExchange(
        number, round(seconds * SECOND), "getJob", "read", status, "7", state, final
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of an exchange


GOOD = Performance(
    expected="success",
    exchanges=[create(), poll(2, 5, "running"), poll(3, 10, "done")],
    code=0,
    over=10 * SECOND,
    jobs=["7"],
    ended=8 * SECOND,
)
BUSY: Sequence[StagedExchange] = [
    create(),
    *(poll(n, n / 100, "running") for n in range(2, 12)),
    poll(12, 10, "done"),
]
LIMITED = poll(2, 5, None, 429, injected=True, retry_after=30.0)

BROKEN = [
    ("ends", replace(GOOD, code=None, expected="never", ended=None)),
    ("does-not-crash", replace(GOOD, code=1, crashed="KeyError: 'status'", accident=True)),
    ("tells-rightly", replace(GOOD, expected="failure")),
    ("tells-rightly", replace(GOOD, expected="partial")),
    ("tells-rightly", replace(GOOD, code=1)),
    ("notices-end", replace(GOOD, exchanges=GOOD.exchanges[:2])),
    (
        "stops-after-end",
        replace(GOOD, exchanges=[*GOOD.exchanges, *(poll(n, n * 5, "done") for n in range(4, 8))]),
    ),
    (
        "makes-one-job",
        replace(GOOD, exchanges=[create(0, 0, injected=True), *GOOD.exchanges], jobs=["6", "7"]),
    ),
    ("heeds-retry-after", replace(GOOD, exchanges=[create(), LIMITED, poll(3, 10, "done")])),
    (
        "heeds-retry-after",
        replace(
            GOOD,
            exchanges=[
                create(),
                replace(LIMITED, senders=frozenset({(1, 1), (1, 2)})),
                poll(3, 10, "done", senders=frozenset({(1, 2)})),
            ],
        ),
    ),
    ("pauses", replace(GOOD, exchanges=BUSY)),
]

KEPT = [
    ("plain", GOOD),
    ("told failure", replace(GOOD, expected="failure", code=3)),
    ("gave up on a hang", replace(GOOD, expected="never", code=1, ended=None)),
    ("one look more", replace(GOOD, exchanges=[*GOOD.exchanges, poll(4, 11, "done")])),
    ("waited as asked", replace(GOOD, exchanges=[create(), LIMITED, poll(3, 35, "done")])),
    (
        "another thread went on",
        replace(
            GOOD,
            exchanges=[
                create(),
                replace(LIMITED, senders=frozenset({(1, 1)})),
                poll(3, 10, "running", senders=frozenset({(1, 2)})),
                poll(4, 36, "done", senders=frozenset({(1, 1)})),
            ],
        ),
    ),
    (
        "gave up on a lost create",
        replace(GOOD, exchanges=[create(1, 0, injected=True)], expected="refused", code=1),
    ),
    (
        "found the job of a lost create",
        replace(
            GOOD, exchanges=[create(0, 0, injected=True), *GOOD.exchanges[1:]], expected="refused"
        ),
    ),
    (
        "two quick looks",
        replace(
            GOOD,
            exchanges=[create(), poll(2, 0, "queued"), poll(3, 0, "queued"), poll(4, 10, "done")],
        ),
    ),
]


@pytest.mark.parametrize(("rule", "performance"), BROKEN)
def test_broken(rule: str, performance: Performance) -> None:
    """A story that breaks one rule breaks no other."""
    assert [broken.rule for broken in judge(performance)] == [rule]


@pytest.mark.parametrize("performance", [p for _, p in KEPT], ids=[name for name, _ in KEPT])
def test_kept(performance: Performance) -> None:
    """A correct story breaks no rule."""
    assert judge(performance) == []


def test_all_tried() -> None:
    """Every rule is broken by a story."""
    assert {rule for rule, _ in BROKEN} == {rule.name for rule in RULES}
