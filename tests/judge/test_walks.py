"""The oracle over the twins: whatever is asked of them, and when, the answers can be jobs' lives."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.spec import Spec, load
from tests.twins import VENDORS
from tests.walks import Walk

SPECS = [*VENDORS, load(Path(__file__).with_name("loom.yaml"))]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(random=st.randoms(use_true_random=False))
def test_walk(spec: Spec, random: Random) -> None:
    """No walk through a twin is a contradiction."""
    found = asyncio.run(Walk(spec, random).go(40))

    assert [str(contradiction) for contradiction in found] == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_walk__reaches_everything(spec: Spec) -> None:
    """Some walks have every operation granted, so that the oracle judges all that it can."""
    granted = set()

    for seed in range(12):
        walk = Walk(spec, Random(seed))  # noqa: S311  # a walk, not a secret
        assert asyncio.run(walk.go(60)) == []
        granted |= {o.id for o in spec.operations if o.answer.status in walk.statuses[o.id]}

    assert granted == {operation.id for operation in spec.operations}
