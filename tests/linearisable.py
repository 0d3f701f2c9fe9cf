"""A small linearisability check: is there one order of these calls that explains every answer?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class JobCall:
    """One call about one job: `create`, `delete` or `get`, and whether the job was there before.

    `found` is None, and `ended` infinite, if the answer was lost: the call may have been done, at
    any time since, or never.
    """

    kind: str
    began: float
    ended: float
    found: bool | None


def is_linearisable(calls: Sequence[JobCall]) -> bool:
    """Whether the calls can have been done one at a time, each between its beginning and its end.

    The job is not there at first. The search is exponential; give it few calls at once.
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
    """Whether all looks saw one story, and none saw less than one that had ended before it began."""
    longest = max((sight.story for sight in sights), key=len, default=())
    if any([*longest[: len(sight.story)]] != [*sight.story] for sight in sights):
        return False
    return all(
        len(later.story) >= len(earlier.story)
        for earlier in sights
        for later in sights
        if later.began > earlier.ended
    )
