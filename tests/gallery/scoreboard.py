"""Runs vendors' own clients on twins, and writes the results. Called by `make gallery`.

Each walk has a separate sandbox, whose clock skips the client's sleeps. With a folder of
vendors' own files the clients also run on twins of these, made by the overlays in gallery/.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from jobtwin.errors import SpecRefused
from jobtwin.openapi import Spec, find_source, load
from jobtwin.testing import Host, serving
from tests.gallery.stage import Front, TwinStage, VendorClient, Walk

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "gallery.md"
MODULES = ("openai", "replicate", "databricks", "apify", "azure", "assemblyai")
WIDEST = 100
LONGEST = 40
"""The longest real time of a walk, in seconds."""

HEAD = """\
<!-- Made by `make gallery CORPUS=DIR` from a run of tests/gallery/. Do not edit. -->

# Vendors' own clients

The vendors' published clients, unmodified, run against twins. They are given a base URL and a \
key only. They sleep on the sandbox's clock, so no time is lost.

*Small file* is our own spec with the operations that the client uses. *Vendor's file* is the \
vendor's published file with the overlay in `gallery/`; a dash means that there is none, or that \
it was not available. The clients of Apify and \
Databricks are the newest that use the paths of these files."""


class TooLong(BaseException):
    """A walk takes too long. Not an Exception, so that no client catches and retries it."""


@dataclass(frozen=True)
class WalkScore:
    """The result of one walk on one twin; `said` is empty if it was fine."""

    said: str = ""

    def __str__(self) -> str:
        return self.said or "fine"


Scores = Mapping[str, WalkScore]
"""Results by walk."""


def main(corpus: Path | None) -> int:
    """Runs all walks, and writes the page; returns 1 unless every walk on a small file was fine."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    chapters, wrong = [HEAD], 0
    for name in MODULES:
        client: VendorClient = import_module(f"tests.gallery.{name}_walks").CLIENT
        small = _walked(client, load(HERE / client.small))
        vendors = _of_vendor(client, corpus)
        chapters.append(_chapter(client, small, vendors))
        wrong += sum(bool(score.said) for score in small.values())
        sys.stdout.write(f"{name}: {_sum(small)}; vendor's file: {_sum(vendors)}\n")
        for walk, score in small.items():
            sys.stdout.write(f"  {walk}: {score}\n" if score.said else "")
    if corpus:
        PAGE.write_text("\n\n".join(chapters) + "\n", encoding="utf-8")
    return 1 if wrong else 0


def _sum(scores: Scores) -> str:
    return f"{sum(not s.said for s in scores.values())} of {len(scores)} fine" if scores else "-"


def _of_vendor(client: VendorClient, corpus: Path | None) -> Scores:
    file = corpus / client.vendors if corpus and client.vendors else None
    overlay = ROOT / "gallery" / client.overlay
    if file is None or not file.exists() or not overlay.is_file():
        return {}
    try:
        spec = load(find_source(file).with_overlays([overlay]))
    except SpecRefused as refused:
        return dict.fromkeys(client.walks, WalkScore(f"the file is refused: {refused.mistakes[0]}"))
    return _walked(client, spec)


def _walked(client: VendorClient, spec: Spec) -> Scores:
    front = Front()
    with serving([spec], around=front.around) as host:
        return {name: _score(walk, spec, host, front) for name, walk in client.walks.items()}


def _score(walk: Walk, spec: Spec, host: Host, front: Front) -> WalkScore:
    try:
        with _stage(spec, host, front, walk.__name__) as stage, _within(LONGEST):
            walk(stage)
    except TooLong:
        return WalkScore(f"has not ended after {LONGEST} s")
    except Exception as error:  # noqa: BLE001 - any error of the client is a result
        return WalkScore(_told(error))
    return WalkScore()


@contextlib.contextmanager
def _within(seconds: int) -> Iterator[None]:
    """Raises TooLong in the main thread after this time."""

    def over(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _stage(spec: Spec, host: Host, front: Front, name: str) -> Iterator[TwinStage]:
    with host.sandbox(name, clock="skip") as twin, twin.clock.patch():
        yield TwinStage(twin, spec, host.url, front)


def _told(error: Exception) -> str:
    """Returns an error's message or the failed assertion, in one line."""
    if isinstance(error, AssertionError) and not str(error):
        return f"not so: `{traceback.extract_tb(error.__traceback__)[-1].line}`"
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:WIDEST]}"


def _chapter(client: VendorClient, small: Scores, vendors: Scores) -> str:
    rows = [
        f"| {walk} | {_cell(small[walk])} | {_cell(vendors.get(walk))} |" for walk in client.walks
    ]
    head = ["| walk | small file | vendor's file |", "|---|---|---|"]
    sums = f"| **sum** | {_sum(small)} | {_sum(vendors)} |"
    title = f"## {client.distribution} {version(client.distribution)}"
    return "\n".join([title, "", *head, *rows, sums])


def _cell(score: WalkScore | None) -> str:
    return "-" if score is None else str(score).replace("|", "\\|")


def _folder(arguments: Sequence[str]) -> Path | None:
    return Path(arguments[0]) if arguments and arguments[0] else None


if __name__ == "__main__":
    sys.exit(main(_folder(sys.argv[1:])))
