"""Rehearses every poller in every fate, and counts the bugs that are found."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobtwin import rehearse as room
from jobtwin.rehearse import Bounds, Stage
from jobtwin.testing import Host, serving

HERE = Path(__file__).parent / "pollers"
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "rehearse.md"
RESULTS = ROOT / "build" / "rehearse.json"
"""The results of the latest run, so that single pollers can be rehearsed again."""
NODE = shutil.which("node")
KINDS = (".py", ".mjs") if NODE else (".py",)
BUGGY = sorted(file for file in (HERE / "buggy").iterdir() if file.suffix in KINDS)
SOUND = sorted(file for file in (HERE / "sound").iterdir() if file.suffix in KINDS)
BOUNDS = Bounds(real=15, virtual=1800)
"""Three times the deadline of the correct pollers; an endless poller takes this time in each fate."""
FEWEST = 22
"""The number of bugs that a rehearsal must find."""
_REPORT = re.compile(r"Report: (\S+)$", re.MULTILINE)
_SAYS = re.compile(r'(?:"""|/\*\*)\s*(?:\* )?(.*?)\s*(?:\*/|"""|$)', re.MULTILINE)
"""Matches the first line of a poller's docstring, in Python or JavaScript."""


@dataclass(frozen=True, slots=True)
class PollerResult:
    """The results of one poller's rehearsal."""

    poller: Path
    broken: dict[str, list[str]]
    happy: bool

    @property
    def says(self) -> str:
        """The first line of the poller's docstring."""
        match = _SAYS.match(self.poller.read_text(encoding="utf-8"))
        return match[1] if match else ""

    @property
    def report(self) -> str:
        """The public report of the bug."""
        match = _REPORT.search(self.poller.read_text(encoding="utf-8"))
        return match[1] if match else ""


def rehearse(
    host: Host, poller: Path, *names: str, bounds: Bounds = BOUNDS, workers: int = 1
) -> PollerResult:
    """Rehearses a poller in these fates, or in all; `happy` is True if it passes the first one."""
    kept = {**os.environ, "PYTHONPATH": str(HERE)}
    program = sys.executable if poller.suffix == ".py" else str(NODE)
    stage = Stage(host, [program, str(poller)], bounds, kept)
    verdicts = room.rehearse(stage, names=names, workers=workers).verdicts
    broken = {v.played.fate.name: [each.rule for each in v.broken] for v in verdicts if v.broken}
    return PollerResult(poller, broken, broken.keys().isdisjoint([verdicts[0].played.fate.name]))


def table(found: list[PollerResult]) -> Iterator[str]:
    """Yields the lines of docs/rehearse.md."""
    buggy = [each for each in found if each.poller in BUGGY]
    sound = [each for each in found if each.poller in SOUND]
    caught, happy = sum(bool(each.broken) for each in buggy), sum(not each.happy for each in buggy)
    alarms = sum(bool(each.broken) for each in sound)
    yield "# What a rehearsal finds\n"
    yield "`make rehearse-pollers` writes this page from each poller's latest run. The pollers are small programs in"
    yield "`tests/rehearse/pollers`: some have one bug from a public report, the others are correct. A fate is limited to"
    yield f"{BOUNDS}. [Rehearse your code](how-to-rehearse.md) explains fates and rules.\n"
    yield f"- {caught} of {len(buggy)} bugs are found."
    yield f"- A test of the happy path, with one successful job, finds {happy} of them."
    yield f"- {alarms} of {len(sound)} correct pollers are blamed.\n"
    yield "| poller | bug | public report | rehearsal | happy path |\n|---|---|---|---|---|"
    for each in buggy:
        rules = sorted({rule for rules in each.broken.values() for rule in rules})
        where = f"{', '.join(rules)} ({_fates(each)})" if each.broken else "**not found**"
        yield f"| {each.poller.stem} | {each.says} | [{each.report}](https://github.com/{each.report.replace('#', '/issues/')}) | {where} | {'not found' if each.happy else 'found'} |"
    yield "\n| correct poller | description | blamed for |\n|---|---|---|"
    for each in sound:
        yield f"| {each.poller.stem} | {each.says} | {', '.join(each.broken) or 'nothing'} |"


def _fates(found: PollerResult) -> str:
    count = len(found.broken)
    return f"{count} fates" if count > 1 else next(iter(found.broken))


def _keep(known: dict[str, dict[str, Any]]) -> None:
    """Writes the results so far, so that an interrupted run can be continued by names."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(known, indent=1), encoding="utf-8")


def main(names: Sequence[str]) -> None:
    """Rehearses all pollers, or those of these names, two fates at a time, and writes the page."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if names and RESULTS.exists() else {}
    with serving(["osapi"]) as host:
        for poller in [*BUGGY, *SOUND]:
            if not names or poller.stem in names:
                begun = time.monotonic()
                one = rehearse(host, poller, workers=2)
                known[poller.name] = {"broken": one.broken, "happy": one.happy}
                took = f"{time.monotonic() - begun:.0f} s"
                print(f"{poller.stem} ({took}): {one.broken or 'survives'}", flush=True)  # noqa: T201 - a program
                _keep(known)
    found = [
        PollerResult(each, **known[each.name]) for each in [*BUGGY, *SOUND] if each.name in known
    ]
    DOCS.write_text("\n".join(table(found)) + "\n", encoding="utf-8")
    missed = [each.poller.stem for each in found if each.poller in BUGGY and not each.broken]
    blamed = [each.poller.stem for each in found if each.poller in SOUND and each.broken]
    print(f"not found: {missed}; blamed: {blamed}")  # noqa: T201 - a program
    sys.exit(bool(blamed) or len(BUGGY) - len(missed) < FEWEST)


if __name__ == "__main__":
    main(sys.argv[1:])
