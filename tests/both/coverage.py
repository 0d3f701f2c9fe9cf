"""`make coverage`: tours every spec, and writes the coverage of its contents into docs/."""

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
    "value": "schemas with values of a job, a page or an error",
    "property": "properties",
    "enum value": "values of enumerations",
    "nullable": "schemas that may be null",
    "limit": "limits (`minimum`, `pattern`, `format`, …)",
}
LIVED = ("state", "transition", "scenario")
HEAD = """\
<!-- Made by `make coverage` from tests/both/. Do not edit. -->

# Coverage

How much of each spec the tests of its twin and client cover. The tests include a tour of each \
spec: it runs every job to its end, sends every command in every state, provokes every documented \
status, and sends and receives examples of every schema. The tour is deterministic. The tests \
fail if anything documented is not covered, or if this page is outdated.

*The twin* covers the requests that it answered, accepted or refused. *The client* covers the \
requests that it sent, and the responses that it parsed and serialised without loss; responses \
that the twin never sends are generated from their schemas. A value is covered if it occurred, \
null if a null occurred, a limit if a value at the limit was accepted or a value beyond it was \
refused, and a transition if a job or a part made it. Only the twin covers the values that a \
schema takes from a job. Operations that wait for an event, and those of webhooks, are tested in \
`tests/control` and `tests/webhooks` instead. kilnworks is not a vendor but a spec of the tests.
"""


def main() -> None:
    """Writes the page; exits with 1 if anything documented is not covered."""
    logging.disable(logging.CRITICAL)  # errors are provoked on purpose
    warnings.simplefilter("ignore", UnknownValueWarning)
    with stage.fifth():
        records = {spec: Tour(spec).whole() for spec in SPECS}
    PAGE.write_text(
        "\n".join([HEAD, *(section(*each) for each in records.items())]), encoding="utf-8"
    )
    for spec, record in records.items():
        for kind, name in sorted(record.untouched):
            sys.stderr.write(f"{spec.name}: not covered: {kind} {name}\n")
    sys.exit(any(record.untouched for record in records.values()))


def section(spec: Spec, record: CoverageRecord) -> str:
    """Returns a spec's table, and the items that only the client covers."""
    rows = [["", "documented", "covered by the twin", "covered by the client", "not covered"]]
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
    """Returns a line of the items that only the client covers, by bodies generated from schemas."""
    if not items:
        return ""
    told = ", ".join(f"`{name}`" for _, name in items)
    return f"\nCovered by the client only: {told}.\n"


if __name__ == "__main__":
    main()
