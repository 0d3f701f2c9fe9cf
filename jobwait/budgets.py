"""The number of failures in a row that a wait tolerates, and the pauses after them. No clock."""

from __future__ import annotations

from jobwait.policy import Policy, Rng


class Budgets:
    """Counts polls and failures in a row against the limits of a policy."""

    def __init__(self, policy: Policy, rng: Rng) -> None:
        self._policy = policy
        self._rng = rng
        self._limits = {
            "troubled": policy.retries,
            "unreadable": policy.unreadable,
            "unknown": policy.unknown,
        }
        self._in_a_row: dict[str, int] = {}
        self._polls = 0

    def spend(self, kind: str) -> int:
        """Counts one more failure of a kind. Returns how many there were in a row."""
        self._in_a_row[kind] = self._in_a_row.get(kind, 0) + 1
        return self._in_a_row[kind]

    def overspent(self, kind: str) -> bool:
        """Returns True after more failures of a kind in a row than the policy allows."""
        return self._in_a_row.get(kind, 0) > self._limits[kind]

    def restore(self, *, but: str | None = None) -> None:
        """Forgets all failures, except those of one kind."""
        self._in_a_row = {kind: count for kind, count in self._in_a_row.items() if kind == but}

    def poll_pause(self) -> float:
        """Returns the pause after an answered poll; pauses grow from poll to poll."""
        self._polls += 1
        return self._policy.pause(self._polls - 1, self._rng)

    def retry_pause(self, number: int) -> float:
        """Returns the pause after the given number of failures in a row."""
        return self._policy.pause(number - 1, self._rng)
