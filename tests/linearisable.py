"""A small linearisability check: does one order of these calls explain every response?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class JobCall:
    """One call about one job: `create`, `delete` or `get`; `found` is True if the job existed before.

    `found` is None, and `ended` infinite, if the response was lost: the call may have been done at
    any time since, or never.
    """

    kind: str
    began: float
    ended: float
    found: bool | None


def is_linearisable(calls: Sequence[JobCall]) -> bool:
    """True if the calls can have been done one at a time, each between its beginning and its end.

    The job does not exist at first. The search is exponential; pass few concurrent calls.
    """
    dead: set[tuple[frozenset[int], bool]] = set()

    def explained(left: frozenset[int], *, there: bool) -> bool:
        if all(calls[n].found is None for n in left):
            return True  # they were never done
        if (left, there) in dead:
            return False
        first_end = min(calls[n].ended for n in left)
        for n in left:
            if calls[n].began > first_end or calls[n].found not in (None, there):
                continue
            after = {"create": True, "delete": False, "get": there}[calls[n].kind]
            if explained(left - {n}, there=after):
                return True
        dead.add((left, there))
        return False

    return explained(frozenset(range(len(calls))), there=False)


@dataclass(frozen=True)
class Sight:
    """One look at a job: the changes of its state so far, which are never undone."""

    began: float
    ended: float
    story: Sequence[object]


def are_consistent(sights: Sequence[Sight]) -> bool:
    """True if all looks agree on one story, and none shows less than an earlier one."""
    longest = max((sight.story for sight in sights), key=len, default=())
    if any([*longest[: len(sight.story)]] != [*sight.story] for sight in sights):
        return False
    return all(
        len(later.story) >= len(earlier.story)
        for earlier in sights
        for later in sights
        if later.began > earlier.ended
    )
