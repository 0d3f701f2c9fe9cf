"""Worlds: sandboxes as JSON files that people can read, bound to the machines of their specs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from jobtwin.errors import WorldRefused, unknown
from jobtwin.lifecycle import Machine
from jobtwin.openapi.times import moment, rfc3339
from jobtwin.sandboxes import JournalEntry, Sandbox
from jobtwin.sandboxes.capture import SandboxCapture
from jobtwin.sandboxes.changes import SandboxSnapshot
from jobtwin.sandboxes.json_lists import written
from jobtwin.sandboxes.tasks import Steps, at_once, in_pieces
from jobtwin.stores.entries import entry_from_json, entry_to_json
from jobtwin.stores.fingerprint import by_spec, fingerprint

VERSION = 1
"""The version of the format. A file of another version is refused."""

MOST_REQUESTS = 200
"""The number of latest journal entries in an exported sandbox."""

_USUAL: Mapping[str, Any] = {"events": [], "lasting": False, "reached": None, "children": {}}
"""The fields of a job that are omitted."""

Machines = Mapping[str, Machine]


def export_world(sandbox: Sandbox, machines: Machines) -> dict[str, Any]:
    """Returns a sandbox as JSON: its state with all facts of its jobs, and its latest requests.

    Bodies of requests are masked, and so are ids that are credentials; facts are not, and may contain
    secrets.
    """
    capture = sandbox.capture()
    jobs = [_shown_job(job, machines) for job in capture.jobs()]
    requests = list(map(_entry_to_json, sandbox.journal.latest(MOST_REQUESTS)))
    return {**_head(capture, machines), "jobs": jobs, "requests": requests}


def export_in_pieces(
    sandbox: Sandbox, machines: Machines, requests: Sequence[JournalEntry] = ()
) -> Iterator[bytes]:
    """Yields the text of `export_world` in pieces; the sandbox may change before the last one."""
    return _texts(sandbox.capture(), requests, machines)


def _texts(
    capture: SandboxCapture, entries: Sequence[JournalEntry], machines: Machines
) -> Iterator[bytes]:
    yield orjson.dumps(_head(capture, machines))[:-1] + b',"jobs":'
    jobs = (_shown_job(job, machines) for job in capture.jobs())
    yield from written(in_pieces(jobs))
    yield b',"requests":'
    yield from written(in_pieces(map(_entry_to_json, entries)))
    yield b"}"


def _head(capture: SandboxCapture, machines: Machines) -> dict[str, Any]:
    """Returns a world without jobs and requests."""
    settings = {**capture.settings}
    clock = {**settings.pop("clock")}
    names = [*capture.machines, *settings["numbers"], *settings["defaults"]]
    used = {name.partition("/")[0] for name in names}
    return {
        "world": VERSION,
        "specs": {
            name: fingerprint(theirs) for name, theirs in by_spec(machines).items() if name in used
        },
        "clock": {**clock, "now": rfc3339(clock["now"])},
        "settings": settings,
    }


def _shown_job(job: Mapping[str, Any], machines: Machines) -> dict[str, Any]:
    return _job_to_json(_without_token(job, machines))


def import_world(world: Any, sandbox: Sandbox, machines: Machines) -> None:
    """Loads an exported sandbox. Raises WorldRefused with the reason if that is impossible.

    Omitted settings keep their values. Pass an unused sandbox, since a mistake may be found after
    some changes.
    """
    at_once(importing(world, sandbox, machines))


def importing(world: Any, sandbox: Sandbox, machines: Machines) -> Steps[None]:
    """Loads an exported sandbox in pieces. It must not be used until the last piece is done."""
    _check(world, machines)
    reading = _Reading(world, machines)
    try:
        clock, settings, entries = reading.clock(), reading.settings(), reading.entries()
        state = {**sandbox.snapshot().state, **settings, "clock": clock, "jobs": reading.jobs()}
        yield from sandbox.restoring(SandboxSnapshot(at=clock["now"], state=state))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(reading.where, error) from error
    for entry in entries:
        sandbox.journal.add(entry)
    sandbox.journal.total = max(sandbox.journal.total, *(e.number for e in entries), 0)


def _check(world: Any, machines: Machines) -> None:
    """Refuses anything but an exported sandbox of this version and these specs."""
    if not isinstance(world, dict) or "world" not in world:
        raise WorldRefused(
            "It is no world; make one with: jobtwin sandboxes export NAME > world.json"
        )
    if (version := world["world"]) != VERSION:
        why = f"It is a world of version {version!r}; this jobtwin reads version {VERSION}"
        raise WorldRefused(f"{why}. Use the jobtwin that wrote it, or export it anew")
    _check_specs(world.get("specs"), by_spec(machines))


def _check_specs(specs: Any, ours: Mapping[str, Mapping[str, Machine]]) -> None:
    """Refuses specs that are not served, or that differ from those served."""
    if not isinstance(specs, dict):
        raise _unreadable("/specs", TypeError("it is no object"))
    for name, digest in specs.items():
        if name not in ours:
            why = unknown("twin", name, ours)
            raise WorldRefused(f"The world has jobs of a twin that is not served. {why}")
        if digest != (here := fingerprint(ours[name])):
            raise WorldRefused(
                f"The world was made by another version of the spec {name}: its machines have the "
                f"fingerprint {digest}, those served here {here}. Serve the spec that it was made by"
            )


class _Reading:
    """Reads the parts of a world; `where` is the place that is being read."""

    def __init__(self, world: Mapping[str, Any], machines: Machines) -> None:
        self._world = world
        self._machines = machines
        self.where = ""

    def clock(self) -> dict[str, Any]:
        self.where = "/clock"
        clock = self._world["clock"]
        return {**clock, "now": moment(clock["now"])}

    def settings(self) -> dict[str, Any]:
        self.where = "/settings"
        return {**self._world.get("settings", {})}

    def entries(self) -> list[JournalEntry]:
        entries = []
        for number, entry in enumerate(self._world.get("requests", [])):
            self.where = f"/requests/{number}"
            entries.append(entry_from_json({**entry, "at": moment(entry["at"])}))
        self.where = ""
        return entries

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Yields the jobs as a snapshot has them; each is restored before the next one is read."""
        self.where = "/jobs"
        for number, shown in enumerate(self._world["jobs"]):
            self.where = f"/jobs/{number}"
            job = _job_from_json(shown)
            _check_names(job, self._machines)
            yield job
        self.where = ""


def _check_names(job: Mapping[str, Any], machines: Machines) -> None:
    """Raises ValueError if a job's machine or scenario is unknown."""
    if job["machine"] not in machines:
        raise ValueError(unknown("machine", job["machine"], machines))
    scenarios, chosen = machines[job["machine"]].scenarios, job["record"]["scenario"]
    if chosen not in scenarios:
        raise ValueError(unknown("scenario", chosen, scenarios))


def _unreadable(where: str, error: Exception) -> WorldRefused:
    why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return WorldRefused(f"The world cannot be read at {where or '/'}: {why}")


def _without_token(job: Mapping[str, Any], machines: Machines) -> Mapping[str, Any]:
    """Returns a job of a snapshot, with handles in place of IDs that are credentials."""
    record = {**job["record"], "id": _handle(machines[job["machine"]], job["record"]["id"])}
    children = {
        number: [machine, _handle(machines[machine], id_)]
        for number, (machine, id_) in job["children"].items()
    }
    return {**job, "record": record, "children": children}


def _handle(machine: Machine, id_: str | int) -> str | int:
    return machine.shown_id(id_) if machine.secret_ids else id_


def _job_to_json(job: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a job of a snapshot in readable form: with its record's fields, and moments as text."""
    record = {name: value for name, value in job["record"].items() if name != "at"}
    own = {name: job[name] for name in _USUAL if job[name] != _USUAL[name]}
    born = rfc3339(job["record"].get("at", 0))
    return {"machine": job["machine"], "id": record.pop("id"), "created": born, **record, **own}


def _job_from_json(shown: Mapping[str, Any]) -> dict[str, Any]:
    given = {**shown}
    own = {name: given.pop(name, usual) for name, usual in _USUAL.items()}
    machine, at = given.pop("machine"), moment(given.pop("created"))
    return {"machine": machine, "record": {**given, "at": at}, **own}


def _entry_to_json(entry: JournalEntry) -> dict[str, Any]:
    return {**entry_to_json(entry), "at": rfc3339(entry.at)}
