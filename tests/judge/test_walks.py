"""The oracle on the twins: no sequence of requests, at any time, contradicts a job's life."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from jobtwin.openapi import Spec, load
from tests.sampling import examples, fast_every
from tests.twins import BLOCKING, VENDORS
from tests.walks import Walk

SPECS = [*VENDORS, load(Path(__file__).with_name("loom.yaml"))]


@pytest.mark.parametrize("spec", fast_every(4, SPECS), ids=lambda spec: spec.name)
def test_walk(spec: Spec) -> None:
    """No walk has a contradiction, and together the walks succeed with every operation."""
    granted = set()

    for seed in range(examples(8, 20)):
        walk = Walk(spec, Random(seed))  # noqa: S311  # a walk, not a secret
        assert [str(contradiction) for contradiction in asyncio.run(walk.go(80))] == []
        granted |= {o.id for o in spec.operations if o.answer.status in walk.statuses[o.id]}

    assert granted == {o.id for o in spec.operations} - {*BLOCKING}


@pytest.mark.parametrize("seed", fast_every(3, [719973919, 790283986, 2115037942]))
def test_walk__reopened(seed: int) -> None:
    """A job whose end is reopened may lose the values that only the end showed."""
    osapi = next(spec for spec in VENDORS if spec.name == "osapi")
    walk = Walk(osapi, Random(seed))  # noqa: S311  # a walk, not a secret

    assert asyncio.run(walk.go(200)) == []
