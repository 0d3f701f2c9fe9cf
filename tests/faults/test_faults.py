"""The checks can fail: each planted fault is caught, first by the checks in the table.

The examination is short, to save time: some walks, some sequences, one list. In a longer one, more
checks would report most faults.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import pytest

from jobtwin.http import base_path
from jobtwin.judge import RULES
from jobtwin.openapi import Spec, load
from tests.faults import planted
from tests.faults.planted import Plant
from tests.sampling import fast_every
from tests.schemata import ServedSpec
from tests.twins import Wrap, serve
from tests.walks import Walk

LOOM = Path(__file__).parents[1] / "judge/loom.yaml"
SPANS = [0, 1_000_000, 7_000_000, 40_000_000, 600_000_000]
LATE = "late read"
"""The one check beside the oracle and schemathesis: one late read equals many reads."""

CAUGHT = {
    planted.skip_a_state: {"answer-contradicts-itself"},
    planted.lag_behind: {"impossible-transition"},
    planted.leave_a_final_state: {"change-after-final"},
    planted.count_progress_down: {"progress-went-back"},
    planted.move_one_state_a_read: {LATE, "progress-went-back"},
    planted.forget_the_log: {"history-rewritten"},
    planted.grant_everything: {"illegal-command-accepted"},
    planted.do_nothing: {"command-without-effect"},
    planted.refuse_everything: {"legal-command-refused"},
    planted.let_everybody_hold: {"held-twice"},
    planted.delete_nothing: {"answer-after-deletion"},
    planted.lose_jobs: {"vanished"},
    planted.repeat_numbers: {"id-given-twice"},
    planted.cut_pages_short: {"page-miscounted"},
    planted.filter_nothing: {"filter-ignored"},
    planted.validate_no_parameter: {"negative_data_rejection"},
    planted.let_everybody_in: {"ignored_auth"},
    planted.lose_a_required_field: {"response_schema_conformance"},
    planted.lose_an_optional_field: {"value-vanished"},
    planted.answer_another_job: {"another-job"},
    planted.tell_errors_otherwise: {"response_schema_conformance"},
    planted.list_another_birth: {"list-and-detail-disagree"},
    planted.list_backwards: {"list-unsorted"},
    planted.list_one_twice: {"listed-twice"},
    planted.foresee_the_change: {"timestamp-went-back"},
    planted.forget_the_change: {"timestamps-out-of-order"},
    planted.bear_again: {"fixed-value-changed"},
    planted.invent_a_state: {"undeclared-state"},
    planted.seal_too_early: {"job-and-parts-disagree"},
    planted.forget_allow: {"unsupported_method"},
    planted.answer_text: {"content_type_conformance"},
}  # type: dict[Plant, set[str]]


@pytest.fixture
def loom(tmp_path: Path) -> Path:
    """Returns a copy of the spec: what is made of it is shared with no other test, and so has the fault."""
    return Path(shutil.copy(LOOM, tmp_path))


def first_words(spec: Spec, wrap: Wrap | None) -> Iterator[str]:
    """Yields the first report of each examiner: the oracle, schemathesis, the late reader."""
    words = (examine(spec, wrap) for examine in (_oracle, _schemathesis, _late))
    return (word for word in words if word is not None)


def _oracle(spec: Spec, wrap: Wrap | None) -> str | None:
    """Returns the first rule broken on some walks."""
    for seed in range(12):
        walk = Walk(spec, Random(seed), wrap)  # noqa: S311  # a walk, not a secret
        for contradiction in asyncio.run(walk.go(80)):
            return contradiction.rule
    return None


def _schemathesis(spec: Spec, wrap: Wrap | None) -> str | None:
    """Returns the first failed check: on the list, with its parameters, then on sequences."""
    listing = next(operation for operation in spec.operations if operation.does == "list")
    alone = ServedSpec(spec, listing, examples=2, wrap=wrap).first_word()
    return (
        alone or ServedSpec(spec, examples=4, steps=itertools.cycle(SPANS), wrap=wrap).first_word()
    )


def _late(spec: Spec, wrap: Wrap | None) -> str | None:
    often, once = (asyncio.run(_read(spec, wrap, reads)) for reads in (10, 1))
    return None if often == once else LATE


async def _read(spec: Spec, wrap: Wrap | None, reads: int) -> bytes:
    """Returns a job's last response, a quarter of an hour after its creation."""
    app, sandbox = serve((spec,))
    transport = httpx.ASGITransport(wrap(app) if wrap else app)
    headers = {"Authorization": "Bearer open-sesame"}
    base = f"http://twin{base_path(spec)}"
    async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as client:
        made = await client.post("/weaves", json={})
        for _ in range(reads):
            sandbox.clock.advance(900_000_000 // reads)
            answer = await client.get(f"/weaves/{made.json()['id']}")
    return answer.content


@pytest.mark.parametrize("plant", fast_every(10, CAUGHT), ids=lambda plant: plant.__name__)
def test_fault(plant: Plant, loom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks in the table report the fault; later checks are not run."""
    spec, unsaid = load(loom), set(CAUGHT[plant])
    words = first_words(spec, plant(monkeypatch))

    while unsaid and (word := next(words, None)):
        unsaid.discard(word)

    assert unsaid == set()


@pytest.mark.slow
def test_possible_life(loom: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a check of schemathesis, the oracle also reports the fault, with the exchanges."""
    planted.delete_nothing(monkeypatch)

    complaints = list(ServedSpec(load(loom), steps=itertools.cycle(SPANS)).complaints())

    spoken = [c for c in complaints if c.startswith("possible_life: ")]
    assert any("answer-after-deletion: weave " in c and "DELETE /weaves/" in c for c in spoken)


@pytest.mark.slow
def test_no_fault(loom: Path) -> None:
    """Without a fault, no check reports one."""
    assert list(first_words(load(loom), None)) == []


def test_rules__all_needed() -> None:
    """Each rule of the oracle is the first to catch some fault."""
    assert set(RULES) - set().union(*CAUGHT.values()) == set()


def test_no_fault__forgotten() -> None:
    """Every fault of the module is in the table."""
    named = {value for value in vars(planted).values() if callable(value)}
    own = {f for f in named if getattr(f, "__module__", "") == planted.__name__}
    plants = {f for f in own if f.__name__ not in ("altering", "_weave")}

    assert plants == set(CAUGHT)
