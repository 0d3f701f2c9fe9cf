"""A twin with many jobs: `python -m bench.crowd`, in a separate process.

The server is that of `jobtwin serve`; the jobs are added to its sandbox without HTTP.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

from bench.works import FIRST_PAGE, SPECS, TINY, Work
from jobtwin.http import Settings
from jobtwin.lifecycle import Machine
from jobtwin.openapi import load_all
from jobtwin.sandboxes import DEFAULT, Sandbox, StoredJob
from jobtwin.server import Server

ACTIVE = 10
PAST = 24 * 3600 * 1_000_000
SHOWN = 1000


def resident() -> int:
    """Returns the resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def _filled(sandbox: Sandbox, machine: Machine, work: Work, count: int) -> list[StoredJob]:
    """Adds this number of jobs, of which all but a few ended long ago."""
    past = sandbox.clock.now() - PAST
    facts = work.job.get("facts", {})
    ended = [sandbox.create(machine, at=past, facts=dict(facts)) for _ in range(count - ACTIVE)]
    return ended + [sandbox.create(machine, facts=dict(facts)) for _ in range(ACTIVE)]


def main(asked: dict[str, Any]) -> None:
    """Serves after the jobs have been added and the file has been written."""
    specs = load_all([SPECS / f"{work.spec}.yaml" for work in (TINY, FIRST_PAGE)])
    server = Server(specs, Settings(), port=asked["port"], empty=True)
    sandbox = server.sandboxes[DEFAULT]
    machines = {spec.name: spec.jobs["job"] for spec in specs}
    gc.disable()  # all objects from here on are permanent
    before = resident()
    polled = _filled(sandbox, machines[TINY.spec], TINY, asked["jobs"])
    grown = resident() - before
    step = max(1, len(polled) // SHOWN)
    ids = [str(job.record.id) for job in polled[::step][:SHOWN]]
    del polled
    _filled(sandbox, machines[FIRST_PAGE.spec], FIRST_PAGE, asked["jobs"])
    gc.enable()
    told = {"bytes": grown / asked["jobs"], "ids": ids}
    Path(asked["file"]).write_text(json.dumps(told), encoding="utf-8")
    server.bind()
    server.serve()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
