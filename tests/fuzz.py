"""Walk and fuzz every twin for a long time, with a new seed. Called by `make fuzz`.

A third of the time goes to schemathesis, by links and by operation, a third to random walks; the
oracle checks both. In the last third, clients are generated from specs with hostile texts. `SEED`
repeats a run, `FUZZ_SECONDS` is the time for each spec.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import sys
import time
from collections.abc import Iterator

from jobtwin.codegen import packages
from jobtwin.openapi import Spec, spec_folder
from tests import hostile
from tests.schemata import ServedSpec
from tests.twins import BLOCKING, FIFTH, SPECS
from tests.walks import PACES, Walk

FILES = [*spec_folder().glob("*.yaml"), *FIFTH]


def main() -> None:
    """Fuzz each spec; exit with 1 if there are complaints."""
    seed = int(os.environ.get("SEED") or secrets.randbelow(2**32))
    seconds = float(os.environ.get("FUZZ_SECONDS") or 120)
    print(f"SEED={seed} FUZZ_SECONDS={seconds:g}", flush=True)
    found = sum(_fuzzed(spec, seed, seconds) for spec in SPECS)
    print(f"{found} complaints; repeat with: make fuzz SEED={seed}" if found else "no complaints")
    sys.exit(bool(found))


def _fuzzed(spec: Spec, seed: int, seconds: float) -> int:
    """Fuzz one spec and print each complaint; returns their number."""
    choose = random.Random(f"{seed} {spec.name}")  # noqa: S311  # no secret
    ways = [_schemathesis, _walks, _texts] if spec.jobs else [_schemathesis, _texts]
    told, rounds = set[str](), 0
    for way in ways:
        until = time.monotonic() + seconds / len(ways)
        while time.monotonic() < until:
            for complaint in way(spec, choose.getrandbits(32)):
                told.add(complaint)
                print(complaint, flush=True)
            rounds += 1
    print(f"{spec.name}: {rounds} rounds, {len(told)} complaints", flush=True)
    return len(told)


def _schemathesis(spec: Spec, seed: int) -> Iterator[str]:
    choose = random.Random(seed)  # noqa: S311  # no secret
    able = [operation for operation in spec.operations if operation.id not in BLOCKING]
    operation = choose.choice([None, *able])
    steps = iter(lambda: int(choose.random() * choose.choice((0, *PACES)) * 1_000_000), -1)
    world = ServedSpec(spec, operation, examples=50, seed=seed, steps=steps)
    yield from (f"seed {seed}: {complaint}" for complaint in world.complaints())


def _walks(spec: Spec, seed: int) -> Iterator[str]:
    walk = Walk(spec, random.Random(seed))  # noqa: S311  # no secret
    yield from (f"walk {seed}: {contradiction}" for contradiction in asyncio.run(walk.go(200)))


def _texts(spec: Spec, seed: int) -> Iterator[str]:
    path = next(path for path in FILES if path.name == spec.document.file)
    document = packages.read(path)
    fixed = [place for place in hostile.places(document) if not hostile.free(document, place)]
    others = random.Random(seed).sample(fixed, 10)  # noqa: S311  # no secret
    outcome = hostile.attack(path, document, seed % len(hostile.KINDS), others)
    if not outcome.tried:
        yield f"texts {seed}: no text was tried"
    yield from (f"texts {seed}: {complaint}" for complaint in outcome.complaints)


if __name__ == "__main__":
    main()
