"""Twins respond as recorded; after an intended change, record again and review the difference."""

import json
from typing import Any

import pytest

from jobtwin.openapi import Spec
from tests.recorded.plays import SPECS, fixed_ids, kept, replay
from tests.sampling import fast_every

MEND = "if this is meant: python -m tests.recorded.record, then look at what changes"


@pytest.mark.parametrize(
    "spec", fast_every(3, [s for s in SPECS if s.jobs]), ids=lambda spec: spec.name
)
def test_recorded_answers(spec: Spec) -> None:
    """Each response of each play has the recorded status, headers and bytes."""
    fixed, changed = fixed_ids(spec), []
    for name, play in kept(spec.name).items():
        recorded = [step for step in play["steps"] if "ask" in step]
        for step, (_, answered) in zip(recorded, replay(play, fixed), strict=True):
            if json.loads(json.dumps(answered)) != step["answer"]:
                changed.append(_told(name, step, answered))

    assert changed[:5] == [], f"{len(changed)} of the recorded answers of {spec.name}; {MEND}"


def _told(name: str, step: Any, answered: Any) -> str:
    method, path, _, content = step["ask"]
    return (
        f"{name}: {method} {path} {content or ''}\n  was {step['answer']}\n  is  {list(answered)}"
    )
