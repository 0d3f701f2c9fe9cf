"""The twins compared with their specs, exchange by exchange: no request causes drift."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from jobtwin.judge import Contradiction, Exchange
from jobtwin.judge.drift.drift import Drift
from jobtwin.judge.drift.findings import Finding
from jobtwin.openapi import Spec, load
from tests import twins
from tests.sampling import fast_every
from tests.twins import VENDORS
from tests.walks import Walk

SPECS = [*VENDORS, *(load(Path(__file__).with_name(f"{name}.yaml")) for name in ("loom", "press"))]


class TwinListener:
    """Replaces an oracle, and checks shapes."""

    def __init__(self, spec: Spec, *, alone: bool) -> None:
        del alone  # shapes do not depend on it
        self._drift = Drift(spec)
        self.found: list[tuple[Exchange, Finding]] = []
        self.heard = 0

    def check(self, exchange: Exchange) -> list[Contradiction]:
        """Checks an exchange against its operation."""
        self.heard += 1
        self.found += [(exchange, finding) for finding in self._drift.check(exchange)]
        return []


@pytest.mark.parametrize("spec", fast_every(4, SPECS), ids=lambda spec: spec.name)
def test_walk(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    """No exchange of a random walk differs from the spec."""
    listeners: list[TwinListener] = []

    def listener(spec: Spec, *, alone: bool) -> TwinListener:
        listeners.append(TwinListener(spec, alone=alone))
        return listeners[-1]

    monkeypatch.setattr(twins, "Oracle", listener)

    for seed in range(4):
        asyncio.run(Walk(spec, Random(seed)).go(60))  # noqa: S311  # a walk, not a secret

    assert sum(listener.heard for listener in listeners) == 4 * 60
    assert [f"{e}: {f.where} {f.why}" for each in listeners for e, f in each.found] == []
