"""Changes of a sandbox as plain data: to JSON and back, machines by name. They do nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from jobtwin.lifecycle import Event, JobRecord, Machine, Moment, PartBirth, Span, shared
from jobtwin.lifecycle.machine import NOTHING
from jobtwin.sandboxes.outbox import Timestamps

MachineName = str
"""The name of a machine among those of a sandbox, such as `printer/print`."""

JobId = str | int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Change:
    """One change of a sandbox, made `at` a moment of its clock."""

    kind: ClassVar[str]
    at: Moment

    # Written once: a dataclass compiles each of its methods, which takes time at every start.

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._values() == other._values()

    __hash__ = None  # type: ignore[assignment]  # most have maps

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._values().items())
        return f"{type(self).__name__}({shown})"

    def _values(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def to_json(self) -> dict[str, Any]:
        """Returns the change as JSON, which `change_from_json` reads."""
        shown = {name: value for name, value in self._values().items() if value is not None}
        return {"kind": self.kind, **shown}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JobCreated(Change):
    """A job was created, with the creation time `born`; its children follow from its scenario.

    `key` is the idempotency key of its request, and `digest` the digest of that request.
    """

    kind: ClassVar[str] = "job_created"
    machine: MachineName
    id: JobId
    born: Moment
    scenario: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Sequence[PartBirth]] | None = None
    lasting: bool = False
    by_polls: bool = False
    key: str | None = None
    digest: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Returns the change as JSON, including its parts."""
        shown = Change.to_json(self)
        return shown if self.parts is None else {**shown, "parts": parts_to_json(self.parts)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EventSent(Change):
    """An event was sent to a job; it was legal."""

    kind: ClassVar[str] = "event_sent"
    machine: MachineName
    id: JobId
    event: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JobFinished(Change):
    """A job was moved to its planned end."""

    kind: ClassVar[str] = "job_finished"
    machine: MachineName
    id: JobId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JobStepped(Change):
    """A job that progresses by polls came to its next milestone."""

    kind: ClassVar[str] = "job_stepped"
    machine: MachineName
    id: JobId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class JobRemoved(Change):
    """A job was removed, with those of its children that were not born yet."""

    kind: ClassVar[str] = "job_removed"
    machine: MachineName
    id: JobId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DefaultScenarioChosen(Change):
    """A scenario was chosen for jobs that are created without one."""

    kind: ClassVar[str] = "default_scenario_chosen"
    machine: MachineName
    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ProgressionChosen(Change):
    """The progression of new jobs was set."""

    kind: ClassVar[str] = "progression_chosen"
    by_polls: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClockSet(Change):
    """The clock's speed was set, or it was frozen or unfrozen."""

    kind: ClassVar[str] = "clock_set"
    speed: float
    frozen: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ClockAdvanced(Change):
    """The clock was moved forward, `by` microseconds from `at`."""

    kind: ClassVar[str] = "clock_advanced"
    by: Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FaultAdded(Change):
    """A fault was added; `rule` is the result of `FaultRule.to_json`."""

    kind: ClassVar[str] = "fault_added"
    rule: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FaultRemoved(Change):
    """A fault was removed, or all of a group."""

    kind: ClassVar[str] = "fault_removed"
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FaultsMatched(Change):
    """A request matched faults, one of which may have `hit` it."""

    kind: ClassVar[str] = "faults_matched"
    matched: Sequence[str]
    hit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CallbackRegistered(Change):
    """A job's request registered a callback; `base` is the twin's URL for its body."""

    kind: ClassVar[str] = "callback_registered"
    machine: MachineName
    id: JobId
    callback: str
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EndpointChosen(Change):
    """The URL of an API's webhooks was set, or removed."""

    kind: ClassVar[str] = "endpoint_chosen"
    api: str
    url: str = field(default="", repr=False)
    secret: str | None = field(default=None, repr=False)
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeliveriesSet(Change):
    """Deliveries were held or released, or the clock of their dates was set."""

    kind: ClassVar[str] = "deliveries_set"
    held: bool
    timestamps: Timestamps


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeliveryClaimed(Change):
    """One of several servers is about to attempt a delivery, `until` a date in microseconds."""

    kind: ClassVar[str] = "delivery_claimed"
    machine: MachineName
    id: JobId
    callback: str
    key: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeliveryAttempted(Change):
    """A delivery was attempted; `key` identifies it among those of the job's callback."""

    kind: ClassVar[str] = "delivery_attempted"
    machine: MachineName
    id: JobId
    callback: str
    key: str
    status: int | None = None
    error: str | None = None
    final: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LimitSet(Change):
    """A limit was set; `limit` is the result of `limit_to_json`."""

    kind: ClassVar[str] = "limit_set"
    limit: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LimitRemoved(Change):
    """A limit was removed."""

    kind: ClassVar[str] = "limit_removed"
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RequestCounted(Change):
    """A request was counted by limits, or refused; `keys` are by their ids."""

    kind: ClassVar[str] = "request_counted"
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RequestIdDrawn(Change):
    """The next request id was used."""

    kind: ClassVar[str] = "request_id_drawn"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SandboxReset(Change):
    """The sandbox was reset to its samples, with IDs from the start; its clock continued."""

    kind: ClassVar[str] = "sandbox_reset"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SandboxSnapshot(Change):
    """The whole state of a sandbox, which replaces the current one."""

    kind: ClassVar[str] = "snapshot"
    state: Mapping[str, Any]


_KINDS: Mapping[str, type[Change]] = {
    kind.kind: kind
    for kind in (
        CallbackRegistered,
        ClockAdvanced,
        ClockSet,
        DefaultScenarioChosen,
        DeliveriesSet,
        DeliveryAttempted,
        DeliveryClaimed,
        EndpointChosen,
        EventSent,
        FaultAdded,
        FaultRemoved,
        FaultsMatched,
        JobCreated,
        JobFinished,
        JobRemoved,
        JobStepped,
        LimitRemoved,
        LimitSet,
        ProgressionChosen,
        RequestCounted,
        RequestIdDrawn,
        SandboxReset,
        SandboxSnapshot,
    )
}


def change_from_json(shown: Mapping[str, Any]) -> Change:
    """Returns a change from its JSON. Raises ValueError if its kind is unknown."""
    given = dict(shown)
    kind = given.pop("kind", None)
    if kind not in _KINDS:
        raise ValueError(f"{kind!r} is no kind of change; there are {', '.join(sorted(_KINDS))}")
    if kind == JobCreated.kind and "parts" in given:
        given["parts"] = parts_from_json(given["parts"])
    return _KINDS[kind](**given)


# -- parts, records, events ------------------------------------------------------------------------


def parts_to_json(parts: Mapping[str, Sequence[PartBirth]]) -> dict[str, Any]:
    """Returns the parts of a new job as JSON."""
    return {name: list(map(_part_to_json, each)) for name, each in parts.items()}


def _part_to_json(part: PartBirth) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": part.id, "scenario": part.scenario}
    shown |= {"facts": dict(part.facts), "parts": parts_to_json(part.parts)}
    return {name: value for name, value in shown.items() if value not in (None, {})}


def parts_from_json(shown: Mapping[str, Any]) -> dict[str, tuple[PartBirth, ...]]:
    """Parses the result of `parts_to_json`."""
    return {
        name: tuple(
            PartBirth(
                part.get("id"),
                part.get("scenario"),
                part.get("facts", {}),
                parts_from_json(part.get("parts", {})),
            )
            for part in each
        )
        for name, each in shown.items()
    }


def record_to_json(record: JobRecord) -> dict[str, Any]:
    """Returns a job's record as JSON, without its machine's name."""
    shown: dict[str, Any] = {
        "id": record.id,
        "at": record.at,
        "scenario": record.scenario.name,
        "facts": dict(record.facts),
        "parts": {name: list(map(record_to_json, each)) for name, each in record.parts.items()},
        "spawned_by": record.spawned_by,
        "number": record.number,
    }
    return {
        name: value for name, value in shown.items() if value not in (None, {}, 0) or name == "id"
    }


def record_from_json(shown: Mapping[str, Any], machine: Machine) -> JobRecord:
    """Parses the result of `record_to_json`, for a job of this machine."""
    parts, facts = shown.get("parts", NOTHING), shown.get("facts", NOTHING)
    if not isinstance(facts, Mapping):
        raise TypeError("`facts` is no object")
    return JobRecord(
        machine,
        shown["id"],
        shown.get("at", 0),
        machine.scenarios[shown["scenario"]],
        shared(facts),
        {
            name: tuple(record_from_json(part, machine.parts[name]) for part in each)
            for name, each in parts.items()
        }
        if parts
        else NOTHING,
        shown.get("spawned_by"),
        shown.get("number", 0),
    )


def event_to_json(event: Event) -> dict[str, Any]:
    """Returns an event as JSON."""
    return {"at": event.at, "name": event.name, "data": dict(event.data)}


def event_from_json(shown: Mapping[str, Any]) -> Event:
    """Parses the result of `event_to_json`."""
    return Event(shown["at"], shown["name"], shown["data"])
