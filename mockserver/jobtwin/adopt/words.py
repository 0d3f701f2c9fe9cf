"""The meanings of state names: their kind, and their rank in a job's life. No files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

ENDS = ("success", "partial", "failure", "cancelled")

# `*` marks a detour from the path of a successful job; `?` an ambiguous word.
_GROUPS = {
    ("waiting", 0): """
        initial draft created new not_started registered accepted received? submitted requested
        scheduled planned delayed* late* deferred* awaiting_retry* pending queued enqueued waiting
        blocked* throttled* waiting_for_retry* pending_approval waiting_for_resources on_hold* ready?""",
    ("active", 1): """
        validating verifying provisioning allocating creating preparing initializing initialising
        assigned dispatched claimed booting starting started launching pulling building""",
    ("active", 2): """
        compiling downloading loading open? in_progress ongoing running executing processing working
        active? live training generating rendering transcribing crawling importing exporting
        indexing copying analyzing analysing converting deploying syncing migrating uploading
        retrying* restarting* restarted*""",
    ("active", 3): "finalizing finalising finishing completing saving",
    ("leaving", 4): """
        cancelling canceling cancel_requested stopping aborting terminating killing timing_out
        deleting closing pausing resuming""",
    ("paused", 5): """
        paused suspended held idle? requires_action action_required input_required interrupted
        breakpoint""",
    ("transient", 6): "unknown indeterminate unavailable unreachable",
    ("success", 7): """
        succeeded success successful completed complete done finished? ok processed passed ended?
        resolved sent? uploaded exported published approved continued_as_new delivered available?""",
    ("partial", 8): """
        partial partially_completed partially_succeeded completed_with_errors partial_success
        completed_with_warnings incomplete? warning degraded""",
    ("failure", 9): """
        failed failure error errored crashed rejected invalid timed_out timedout timeout expired?
        lost dead internal_error upstream_failed startup_failure exceeded dead_lettered""",
    ("cancelled", 10): """
        cancelled canceled aborted? stopped? terminated? killed revoked skipped? excluded deleted
        superseded closed?""",
}
RANKS = dict(reversed(_GROUPS))
"""The rank of each kind's words, or the first one."""
_NEVER_SENT = {"unspecified", "undefined"}
_STRONG = ("failure", "cancelled", "partial")
"""Kinds that a part of a word determines: `upstream_failed` is a failure."""


@dataclass(frozen=True, slots=True)
class Word:
    """A state's meaning: its kind and its rank in a life.

    The kind `leaving` is active work before a final state. A word that is not `known` was guessed
    from its form; an `ambiguous` one has other meanings with other vendors. `text` is the word in
    lower case, without the common prefix of its enum.
    """

    kind: str
    rank: int
    detour: bool = False
    ambiguous: bool = False
    known: bool = True
    text: str = ""

    @property
    def ends(self) -> bool:
        """True if the state is final."""
        return self.kind in ENDS


_WORDS = {
    text.rstrip("*?"): Word(kind, rank, "*" in text, "?" in text)
    for (kind, rank), texts in _GROUPS.items()
    for text in texts.split()
}


def snake(text: str) -> str:
    """Returns a word in lower case, its parts joined by `_`: `TIMING-OUT` and `TimingOut` are `timing_out`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")


def meanings(values: Sequence[str]) -> dict[str, Word]:
    """Returns the meaning of each value of a state's enum, in order.

    A common prefix is removed: `JOB_STATE_RUNNING` is `running`.
    """
    words = _without_prefix({value: snake(value) for value in values})
    sent = {value: word for value, word in words.items() if word not in _NEVER_SENT}
    return {value: replace(meaning(word), text=word) for value, word in sent.items()}


def _without_prefix(words: Mapping[str, str]) -> dict[str, str]:
    split = [word.split("_") for word in words.values()]
    shared = len(list(takewhile(lambda parts: len(set(parts)) == 1, zip(*split, strict=False))))
    if len(split) < 2:  # noqa: PLR2004 - one word shares all its parts with itself
        return dict(words)
    return {value: "_".join(word.split("_")[shared:]) or word for value, word in words.items()}


def meaning(word: str) -> Word:
    """Returns the meaning of a word: the known one, or by its parts, or guessed."""
    if word in _WORDS:
        return _WORDS[word]
    parts = [_WORDS[part] for part in word.split("_") if part in _WORDS]
    if not parts:
        return Word("active", 2, ambiguous=True, known=False)
    return _sure_part(word, parts) or replace(parts[-1], ambiguous=True)


def _sure_part(word: str, parts: Sequence[Word]) -> Word | None:
    """Returns the part of a word that decides its meaning, or None."""
    first = _WORDS.get(word.split("_", maxsplit=1)[0])
    waiting = first if first and first.kind == "waiting" else None
    return next((part for part in parts if part.kind in _STRONG), waiting)


def known_share(words: Mapping[str, Word]) -> float:
    """Returns the share of known words, from 0 to 1."""
    return sum(word.known for word in words.values()) / len(words) if words else 0
