"""Ordered jobs in blocks: a change is cheap, however many jobs there are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from math import inf
from typing import TypeVar, overload

from jobtwin.lifecycle import Moment

BLOCK = 256
"""Jobs of a block; one of twice as many is split."""

Key = tuple[Moment, int]
"""A moment, and the number of a job."""

_Job = TypeVar("_Job")


class JobList(Sequence[_Job]):
    """Jobs ordered by a key, which must not change while they are in the list.

    After it has been copied, each change replaces a block, except an append to the last one:
    a copy shares all other blocks.
    """

    __slots__ = ("_blocks", "_by", "_count", "_is_shared")
    __hash__ = None  # type: ignore[assignment]  # as that of a list

    def __init__(self, by: Callable[[_Job], Key]) -> None:
        self._by = by
        self._blocks: list[list[_Job]] = []
        self._count = 0
        self._is_shared = False

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[_Job]:
        return chain.from_iterable(self._blocks)

    def __reversed__(self) -> Iterator[_Job]:
        return chain.from_iterable(map(reversed, reversed(self._blocks)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    def __repr__(self) -> str:
        return f"<{self._count} jobs>"

    @overload
    def __getitem__(self, index: int) -> _Job: ...
    @overload
    def __getitem__(self, index: slice) -> list[_Job]: ...
    def __getitem__(self, index: int | slice) -> _Job | list[_Job]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._count)
            if step != 1:
                return [*self][index]
            return [*islice(self._after(start), max(0, stop - start))]
        place = index + self._count if index < 0 else index
        if not 0 <= place < self._count:
            raise IndexError(index)
        return next(self._after(place))

    def _after(self, count: int) -> Iterator[_Job]:
        """Returns all jobs after the first `count`."""
        for number, block in enumerate(self._blocks, start=1):
            if count < len(block):
                return chain(block[count:], chain.from_iterable(self._blocks[number:]))
            count -= len(block)
        return iter(())

    def copy(self) -> JobList[_Job]:
        """Returns a copy that shares blocks. Do not modify it."""
        made = JobList(self._by)
        made._blocks = [*self._blocks[:-1], *([*block] for block in self._blocks[-1:])]
        made._count = self._count
        self._is_shared = True
        return made

    # -- changes ---------------------------------------------------------------------------------

    def insert(self, job: _Job) -> None:
        """Inserts a job; it is usually the last one."""
        self._count += 1
        key = self._by(job)
        if not self._blocks or self._by(self._blocks[-1][-1]) <= key:
            self._append(job)
            return
        place = self._block_of(key)
        block = self._own(place)
        block.insert(bisect_right(block, key, key=self._by), job)
        if len(block) >= 2 * BLOCK:
            self._blocks[place : place + 1] = [block[:BLOCK], block[BLOCK:]]

    def _append(self, job: _Job) -> None:
        if self._blocks and len(self._blocks[-1]) < BLOCK:
            self._blocks[-1].append(job)
        else:
            self._blocks.append([job])

    def discard(self, gone: Iterable[_Job]) -> None:
        """Removes jobs that are in the list."""
        found: dict[int, set[_Job]] = defaultdict(set)
        for job in gone:
            found[self._block_of(self._by(job))].add(job)
        for place in sorted(found, reverse=True):
            self._take_out(place, found[place])

    def _take_out(self, place: int, gone: set[_Job]) -> None:
        """Removes jobs, beginning at a block: jobs with equal keys may be in the next one."""
        while gone and place < len(self._blocks):
            block = self._blocks[place]
            left = [job for job in block if job not in gone]
            self._count -= len(block) - len(left)
            gone = gone.difference(block)
            if left:
                self._blocks[place] = left
                place += 1
            else:
                self._remove_block(place)

    def _remove_block(self, place: int) -> None:
        del self._blocks[place]
        if self._blocks and place == len(self._blocks):
            self._own(-1)  # a copy may share the current last block

    def take(self, until: Moment) -> Sequence[_Job]:
        """Removes the first jobs with keys up to a moment, at most one block."""
        if not self._blocks:
            return ()
        block = self._own(0)
        place = bisect_right(block, (until, inf), key=self._by)
        taken = block[:place]
        del block[:place]
        self._count -= place
        if not block:
            self._remove_block(0)
        return taken

    def drop(self) -> bool:
        """Removes the last block of jobs. Returns False if there was none."""
        if self._blocks:
            self._count -= len(self._blocks.pop())
            return True
        return False

    def _own(self, place: int) -> list[_Job]:
        """Returns a block that can be changed in place."""
        if self._is_shared:
            self._blocks[place] = [*self._blocks[place]]
        return self._blocks[place]

    def _block_of(self, key: Key) -> int:
        """Returns the place of the block for jobs with that key."""
        return bisect_left(self._blocks, key, key=self._last)

    def _last(self, block: list[_Job]) -> Key:
        return self._by(block[-1])
