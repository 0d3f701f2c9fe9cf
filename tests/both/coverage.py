"""`make coverage`: tours every spec, and writes what was met of all that is documented into docs/."""

import logging
import sys
import warnings
from pathlib import Path

from jobcall import UnknownValueWarning
from jobtwin.openapi import Spec
from tests.both.pair import SPECS
from tests.both.tour import CoverageRecord, Tour
from tests.waiters import stage

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
KINDS = {
    "operation": "operations",
    "status": "statuses of operations",
    "parameter": "parameters",
    "state": "states",
    "transition": "transitions",
    "scenario": "scenarios",
    "value": "schemas that show something of a job, a page or an error",
    "property": "properties",
    "enum value": "values of enumerations",
    "nullable": "schemas that may be null",
    "limit": "limits (`minimum`, `pattern`, `format`, …)",
}
LIVED = ("state", "transition", "scenario")
HEAD = """\
<!-- Made by `make coverage` from tests/both/. Do not edit. -->

# Coverage

What of each spec its twin and its client have met. A tour of each is part of the tests; it lives every \
job to its end, gives every command in every state, provokes every documented status, and sends and \
answers the cases of every schema. Nothing is at random, all is drawn from the spec, and the tests fail \
when anything documented is left untouched, or when this page is not what the tour found.

*The twin* has met what it answered, let in or refused by itself. *The client* has met what it sent, or \
read and wrote back without loss; answers that the twin never gives are made from their schemas. A value \
counts as met where it was seen, null where a null was, a limit where a value stood at it or was refused \
beyond it, a transition where a job, or a part of one, went that way. What a schema shows of a job, only \
the twin can tell. Operations that answer when something happens (events, waits), and those of webhooks, are left out: \
`tests/control` and `tests/webhooks` have them. kilnworks is no vendor, but a spec among the tests.
"""


def main() -> None:
    """Write the page; exit 1 where something documented was not met."""
    logging.disable(logging.CRITICAL)  # trouble is provoked, too
    warnings.simplefilter("ignore", UnknownValueWarning)
    with stage.fifth():
        records = {spec: Tour(spec).whole() for spec in SPECS}
    PAGE.write_text(
        "\n".join([HEAD, *(section(*each) for each in records.items())]), encoding="utf-8"
    )
    for spec, record in records.items():
        for kind, name in sorted(record.untouched):
            sys.stderr.write(f"{spec.name}: untouched: {kind} {name}\n")
    sys.exit(any(record.untouched for record in records.values()))


def section(spec: Spec, record: CoverageRecord) -> str:
    """One spec's table, and what of it only the client has met."""
    rows = [["", "documented", "met by the twin", "met by the client", "untouched"]]
    rows += [["---", "--:", "--:", "--:", "--:"]]
    for kind, words in KINDS.items():
        if documented := _of(kind, record.documented):
            twin, client = documented & record.twin, documented & record.client
            by_client = "" if kind in LIVED else str(len(client))
            untouched = len(documented & record.untouched)
            rows.append([words, str(len(documented)), str(len(twin)), by_client, str(untouched)])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    alone = sorted((record.documented & record.client) - record.twin)
    return f"## {spec.name}\n\n{table}\n{_alone(alone)}"


def _of(kind: str, items: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {item for item in items if item[0] == kind}


def _alone(items: list[tuple[str, str]]) -> str:
    """What the twin has no occasion to show: read by the client, from bodies that schemas allow."""
    if not items:
        return ""
    told = ", ".join(f"`{name}`" for _, name in items)
    return f"\nMet by the client alone: {told}.\n"


if __name__ == "__main__":
    main()
