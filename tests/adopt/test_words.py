"""The words for states, and their order in a job's life."""

import pytest

from jobtwin.adopt.machines import life_path
from jobtwin.adopt.words import meanings, snake

KINDS = [
    ("queued", "waiting"),
    ("IN_PROGRESS", "active"),
    ("inProgress", "active"),
    ("TIMING-OUT", "leaving"),
    ("requires_action", "paused"),
    ("completed_with_errors", "partial"),
    ("upstream_failed", "failure"),
    ("TimedOut", "failure"),
    ("Canceled", "cancelled"),
    ("unknown", "transient"),
    ("frobnicating", "active"),
]

PATHS = [
    (
        "validating_files queued running succeeded failed",
        "validating_files queued running succeeded",
    ),
    ("completed failed in_progress cancelled queued", "queued in_progress completed"),
    ("created running success failed retrying queued", "created running success"),
    ("done failed pending running waiting", "pending waiting running done"),
    ("cancelled done failed pending running", "pending running done"),
    ("pending blocked running terminated", "pending running terminated"),
    ("sent delivered failed sending", "sending delivered"),
]


@pytest.mark.parametrize(("word", "kind"), KINDS)
def test_kind(word: str, kind: str) -> None:
    """A word is recognised whole or by its parts, in any spelling; an unknown word is active."""
    assert meanings([word])[word].kind == kind


def test_prefix() -> None:
    """A common prefix is ignored, and UNSPECIFIED is not a state."""
    words = meanings(["RUN_STATE_UNSPECIFIED", "RUN_STATE_RUNNING", "RUN_STATE_FAILED"])

    assert {value: word.text for value, word in words.items()} == {
        "RUN_STATE_RUNNING": "running",
        "RUN_STATE_FAILED": "failed",
    }


@pytest.mark.parametrize(("words", "path"), PATHS)
def test_path(words: str, path: str) -> None:
    """Words are in the order of a job's life; within a group, in the order of the enum."""
    assert " ".join(life_path(meanings(words.split()))) == path


@pytest.mark.parametrize("text", ["TimingOut", "TIMING-OUT", "timing out", "timing_out"])
def test_snake(text: str) -> None:
    """All spellings of a word give the same word."""
    assert snake(text) == "timing_out"
