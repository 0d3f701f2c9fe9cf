"""Lists of jobs in blocks, compared with plain lists."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobtwin.sandboxes import job_list
from jobtwin.sandboxes.job_list import JobList
from tests.sampling import examples

DEEDS = ("insert", "insert", "insert", "discard", "take", "copy")


class Marked(tuple[int, int, int]):
    """An entry of a list, ordered by its first two numbers; equal only to itself."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@settings(max_examples=examples(100, 300), derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 30)), max_size=120))
def test_model(deeds: list[tuple[str, int]]) -> None:
    """After any insertions and removals the list equals a sorted one, and copies stay the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job_list, "BLOCK", 3)
        found: Any = JobList(cast("Any", itemgetter(0, 1)))
        model: list[Any] = []
        copies: list[tuple[Any, Any]] = []
        for count, (deed, number) in enumerate(deeds):
            if deed == "insert":
                entry = cast("Any", Marked((number, number % 2, count)))
                found.insert(entry)
                model.append(entry)
            elif deed == "discard":
                gone = model[number % 7 :: 3]
                found.discard(gone)
                model = [entry for entry in model if entry not in gone]
            elif deed == "copy":
                copies.append((found.copy(), [*found]))
            else:
                taken = found.take(number)
                assert all(entry[0] <= number for entry in taken)
                model = [entry for entry in model if entry not in taken]
            model.sort(key=itemgetter(0, 1))

            keys = [entry[:2] for entry in found]
            assert keys == [entry[:2] for entry in model]
            assert {*found} == {*model}
            assert len(found) == len(model)
            assert [*reversed(found)] == [*found][::-1]
            assert found[number:] == [*found][number:]
            assert found[1:number] == [*found][1:number]
        assert all(copied == before for copied, before in copies)


def test_index() -> None:
    """An index counts from either end; an index outside the list raises IndexError."""
    found = JobList(cast("Any", itemgetter(0, 1)))
    for number in range(3):
        found.insert(cast("Any", Marked((number, 0, 0))))

    assert found[0] is found[-3]
    assert found[::-1] == [*found][::-1]
    for place in (3, -4):
        with pytest.raises(IndexError):
            found[place]
