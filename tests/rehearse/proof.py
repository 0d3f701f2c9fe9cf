"""Every poller in every fate: which bugs are found, and what their own happy path finds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "pollers"
ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "rehearse-pollers.md"
BUGGY = sorted((HERE / "buggy").glob("*.py"))
SOUND = sorted((HERE / "sound").glob("*.py"))
_REPORT = re.compile(r"^Report: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """What a rehearsal found in one poller."""

    poller: Path
    broken: dict[str, list[str]]
    happy: bool

    @property
    def says(self) -> str:
        """What the poller does, in its own words."""
        return self.poller.read_text(encoding="utf-8").split('"""')[1].strip().splitlines()[0]

    @property
    def report(self) -> str:
        """The public report that the bug is out of."""
        match = _REPORT.search(self.poller.read_text(encoding="utf-8"))
        return match[1] if match else ""


def rehearse(poller: Path, *flags: str) -> Found:
    """Rehearse a poller; `happy` says whether it passes where all goes well."""
    command = [sys.executable, "-m", "jobtwin", "rehearse", "osapi", "--json", *flags, "--"]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    done = subprocess.run(
        [*command, sys.executable, str(poller)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(f"{poller.name}: {done.stderr}")
    fates: list[dict[str, Any]] = json.loads(done.stdout)["fates"]
    broken = {
        fate["name"]: [each["rule"] for each in fate["broken"]] for fate in fates if fate["broken"]
    }
    return Found(poller, broken, broken.keys().isdisjoint(fate["name"] for fate in fates[:1]))


def table(found: list[Found]) -> Iterator[str]:
    """The page of docs."""
    buggy = [each for each in found if each.poller in BUGGY]
    sound = [each for each in found if each.poller in SOUND]
    caught, happy = sum(bool(each.broken) for each in buggy), sum(not each.happy for each in buggy)
    alarms = sum(bool(each.broken) for each in sound)
    yield "# What a rehearsal finds\n"
    yield "Written by `make rehearse-pollers` from a run; the pollers are in `tests/rehearse/pollers`.\n"
    yield f"{caught} of {len(buggy)} bugs are found; a test of the happy path finds {happy}."
    yield f"{alarms} of {len(sound)} sound pollers are blamed.\n"
    yield "| poller | its bug | public report | found in | happy path |\n|---|---|---|---|---|"
    for each in buggy:
        rules = sorted({rule for rules in each.broken.values() for rule in rules})
        where = f"{len(each.broken)} fates: {', '.join(rules)}" if each.broken else "**not found**"
        yield f"| {each.poller.stem} | {each.says} | {each.report} | {where} | {'' if each.happy else 'found'} |"
    yield "\n| sound poller | what it is | blamed for |\n|---|---|---|"
    for each in sound:
        yield f"| {each.poller.stem} | {each.says} | {', '.join(each.broken) or 'nothing'} |"


def _told(poller: Path) -> Found:
    found = rehearse(poller)
    print(f"{poller.stem}: {found.broken or 'survives'}", flush=True)  # noqa: T201 - a program
    return found


def main() -> None:
    """Rehearse all of them, two at a time, and write the page."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(_told, [*BUGGY, *SOUND]))
    DOCS.write_text("\n".join(table(found)) + "\n", encoding="utf-8")
    missed = [each.poller.stem for each in found if each.poller in BUGGY and not each.broken]
    blamed = [each.poller.stem for each in found if each.poller in SOUND and each.broken]
    print(f"not found: {missed}; blamed: {blamed}")  # noqa: T201 - a program
    sys.exit(bool(blamed) or len(missed) > len(BUGGY) - 22)


if __name__ == "__main__":
    main()
