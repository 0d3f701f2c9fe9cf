"""Garbage collection in a server: surviving objects are scanned once."""

import asyncio
import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from jobtwin import garbage
from jobtwin.garbage import GarbageCollection
from jobtwin.openapi import Spec
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup
from tests.twins import SPECS


@pytest.fixture
def collection(monkeypatch: pytest.MonkeyPatch) -> Iterator[GarbageCollection]:
    """Watches collections, and counts each one as long."""
    monkeypatch.setattr(garbage, "LONG", -1.0)
    made = GarbageCollection()
    made.start()
    gc.disable()  # until a test asks for a collection
    yield made
    gc.enable()
    made.stop()


def test_long_collection(collection: GarbageCollection) -> None:
    """Survivors of a long collection of the oldest generation are not in the next one."""
    kept = [[number] for number in range(10_000)]
    frozen = gc.get_freeze_count()
    for phase in ("start", "stop"):
        collection.note(phase, {"generation": 1})
    after_a_young_one = gc.get_freeze_count()
    gc.collect()

    # Threads of other tests may free some frozen objects in the meantime.
    assert after_a_young_one <= frozen
    assert gc.get_freeze_count() >= frozen + len(kept) // 2
    collection.all_again()
    assert gc.get_freeze_count() == 0


def test_many_removals(collection: GarbageCollection, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many sandboxes were removed or replaced, all objects are scanned again."""
    monkeypatch.setattr(garbage, "MOST_REMOVED", 3)
    sandboxes = Sandboxes(lambda: Sandbox([], Setup(ManualClock())))
    sandboxes.when_removed = collection.removed
    counts = []
    for name in ("one", "two"):
        sandboxes.put(name, sandboxes.fresh())
        sandboxes.remove(name)
        counts.append(gc.get_freeze_count() > 0)
    sandboxes.put(DEFAULT, sandboxes.fresh())
    sandboxes.put(DEFAULT, sandboxes.fresh())

    assert counts == [True, True]
    assert gc.get_freeze_count() == 0


async def _used(sandbox: Sandbox) -> None:
    """Follow a sandbox for a moment, and wait on its clock."""
    async with sandbox.sleeper.awake():
        waiting = asyncio.create_task(sandbox.waits.until(ManualClock.START + 1))
        await asyncio.sleep(0)
        sandbox.advance_clock(1)
        await waiting


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_sandbox(spec: Spec) -> None:
    """A removed sandbox with jobs is freed at once, without a collection."""
    sandbox = Sandbox(spec.jobs.values(), Setup(ManualClock()))
    for machine in spec.jobs.values():
        sandbox.create(machine)
    asyncio.run(_used(sandbox))
    gc.disable()
    try:
        kept = ref(sandbox)
        del sandbox
        assert kept() is None
    finally:
        gc.enable()
