"""Garbage collection in a server: what stays is looked through once."""

import gc
from collections.abc import Iterator

import pytest

from jobtwin import garbage
from jobtwin.garbage import GarbageCollection
from jobtwin.sandboxes import DEFAULT, ManualClock, Sandbox, Sandboxes, Setup


@pytest.fixture
def collection(monkeypatch: pytest.MonkeyPatch) -> Iterator[GarbageCollection]:
    """Watch collections, of which each is long."""
    monkeypatch.setattr(garbage, "LONG", -1.0)
    made = GarbageCollection()
    made.start()
    gc.disable()  # until a test asks for a collection
    yield made
    gc.enable()
    made.stop()


def test_long_collection(collection: GarbageCollection) -> None:
    """What a long collection of the oldest generation left is not in the next one."""
    kept = [[number] for number in range(10_000)]
    frozen = gc.get_freeze_count()
    for phase in ("start", "stop"):
        collection.note(phase, {"generation": 1})
    after_a_young_one = gc.get_freeze_count()
    gc.collect()

    # Threads of other tests may free some of what is frozen meanwhile.
    assert after_a_young_one <= frozen
    assert gc.get_freeze_count() >= frozen + len(kept) // 2
    collection.all_again()
    assert gc.get_freeze_count() == 0


def test_many_removals(collection: GarbageCollection, monkeypatch: pytest.MonkeyPatch) -> None:
    """After many sandboxes were removed or replaced, all is looked through again."""
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
