"""Valid requests get the documented responses, invalid ones are refused (by schemathesis).

Every operation of every spec: documented examples, boundary values, then random values, valid and
invalid ones. Requests are seven seconds apart, so that they meet jobs in all their states.
The oracle checks every response.
"""

import itertools

import pytest
from schemathesis.checks import CHECKS

from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from tests.sampling import fast_every
from tests.schemata import ServedSpec
from tests.twins import BLOCKING, SPECS

ABSENT = ("chooseEndpoint", "deliver", "removeFault", "removeLimit")
"""Operations on absent things: the sandbox has no fault or limit, and no vendor has callbacks."""

OPERATIONS = [
    pytest.param(spec, operation, id=f"{spec.name}-{operation.id}")
    for spec in SPECS
    for operation in spec.operations
    if operation.id not in (*BLOCKING, *ABSENT)
]
LINKED = [
    pytest.param(spec, id=spec.name)
    for spec in SPECS
    if any(operation.does in ("list", "create", "clone") for operation in spec.operations)
    and any(operation.job_id for operation in spec.operations)
]
SPANS = [0, 1_000_000, 7_000_000, 40_000_000, 600_000_000]
"""Microseconds between two requests of a sequence: within a state, over one, over several."""


@pytest.mark.parametrize(("spec", "operation"), fast_every(9, OPERATIONS))
def test_operation(spec: Spec, operation: Operation) -> None:
    """Valid requests get the documented response, and invalid ones the documented refusal."""
    world = ServedSpec(spec, operation)

    assert list(world.complaints()) == []
    assert operation.answer.status in world.statuses
    if operation.job_id:
        assert operation.errors["unknown_job"].answer.status in world.statuses


@pytest.mark.parametrize("spec", fast_every(5, LINKED))
def test_sequences(spec: Spec) -> None:
    """Each response is usable in the next request, and all of them fit possible lives of jobs."""
    world = ServedSpec(spec, steps=itertools.cycle(SPANS))

    assert list(world.complaints()) == []
    assert min(world.statuses) < 300
    assert world.checks == set(CHECKS.get_all_names())
