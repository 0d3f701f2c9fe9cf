"""A rehearsal as text for people and as JUnit XML for CI. No server, no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from jobtwin.rehearse.rehearsal import Asked, Coverage, FateVerdict, Rehearsal


def lines(rehearsal: Rehearsal, asked: Asked) -> Iterator[str]:
    """Yields the lines of the table: fates, reasons of failures, and the coverage of the machines."""
    yield from _verdicts(rehearsal, asked)
    yield ""
    survived = sum(verdict.survived for verdict in rehearsal.verdicts)
    yield f"survived {survived} of {len(rehearsal.verdicts)} fates"
    yield from map(_shown, rehearsal.coverage)
    yield from _untried(rehearsal)
    if worst := next((v for v in rehearsal.verdicts if not v.survived), None):
        yield f"to repeat one: {worst.again(asked)['command']}"


def _untried(rehearsal: Rehearsal) -> Iterator[str]:
    if rehearsal.unmet:
        names = ", ".join(fate.name for fate in rehearsal.unmet)
        yield f"not tried, since the command's jobs cannot have them: {names}"


def _verdicts(rehearsal: Rehearsal, asked: Asked) -> Iterator[str]:
    width = max((len(v.played.fate.name) for v in rehearsal.verdicts), default=0)
    for verdict in rehearsal.verdicts:
        fate = verdict.played.fate
        word = "survived" if verdict.survived else "BROKEN  "
        yield f"{word}  {fate.name:<{width}}  {fate.summary}".rstrip()
        yield from _broken(verdict, asked)


def _broken(verdict: FateVerdict, asked: Asked) -> Iterator[str]:
    for broken in verdict.broken:
        where = f" (request {broken.exchange})" if broken.exchange else ""
        yield f"            {broken.rule}: {broken.why}{where}"
        yield f"              {broken.source}"
    again = verdict.again(asked)
    if verdict.broken and "serve" in again:
        yield f"            open the sandbox: {again['serve']}"
        yield f"              {again['console']}"


def _shown(coverage: Coverage) -> str:
    """Returns a line on a machine's coverage."""
    parts = []
    for what, each in (("states", coverage.states), ("ends", coverage.ends)):
        missing = [name for name, met in each.items() if not met]
        lacking = f" (not {', '.join(missing)})" if missing else ""
        parts.append(f"{sum(each.values())} of {len(each)} {what}{lacking}")
    return f"{coverage.api} {coverage.machine}: covered {', '.join(parts)}"


def junit(rehearsal: Rehearsal) -> str:
    """Returns the rehearsal as JUnit XML: a test case for each fate."""
    failed = sum(not verdict.survived for verdict in rehearsal.verdicts)
    counts = {"tests": str(len(rehearsal.verdicts)), "failures": str(failed)}
    suite = ET.Element("testsuite", {"name": "jobtwin rehearse", **counts})
    for verdict in rehearsal.verdicts:
        fate = verdict.played.fate
        case = ET.SubElement(
            suite, "testcase", classname=f"{fate.api}.{fate.machine}", name=fate.name
        )
        for broken in verdict.broken:
            ET.SubElement(case, "failure", type=broken.rule, message=broken.why)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)
