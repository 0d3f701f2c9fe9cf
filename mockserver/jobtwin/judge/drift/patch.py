"""Suggests changes to a spec as JSON Patch (RFC 6902), tested before they are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jobtwin.errors import Mistake, SpecRefused
from jobtwin.judge.drift.findings import CountedFinding, PatchStep
from jobtwin.judge.drift.inference import merged
from jobtwin.openapi import Spec, SpecSource, load
from jobtwin.openapi.pointer import node_at, tokens


@dataclass(frozen=True, slots=True)
class Patch:
    """Steps that keep the spec valid, and the findings that they do not cover, with the reason."""

    steps: tuple[PatchStep, ...]
    left: tuple[tuple[CountedFinding, str], ...]


def suggested(spec: Spec, findings: Iterable[CountedFinding]) -> Patch:
    """Suggests the steps after which the spec allows what was found.

    Steps that would leave a mistake in the spec are left out. Raises OSError if no temporary file
    can be written.
    """
    able, left = list[_Proposal](), list[tuple[CountedFinding, str]]()
    for counted in findings:
        if counted.finding.change is None:
            left.append((counted, "no change of the spec allows it; check it yourself"))
        else:
            able.append((counted, list(counted.finding.change(counted))))
    trial = _Trial(spec)
    trial.include(able)
    return Patch(_whole(spec, trial.steps), (*left, *trial.left))


_Proposal = tuple[CountedFinding, list[PatchStep]]


class _Trial:
    """Collects the proposals that leave a good spec, by halves, since reading a spec takes long."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self.steps: list[PatchStep] = []
        self.left: list[tuple[CountedFinding, str]] = []

    def include(self, proposals: Sequence[_Proposal]) -> None:
        """Includes all of the proposals that can be included after those before them."""
        if not proposals:
            return
        steps = [*self.steps, *(step for _, each in proposals for step in each)]
        mistakes = _mistakes(self._spec, steps)
        if not mistakes:
            self.steps = steps
        elif len(proposals) == 1:
            self.left.append((proposals[0][0], f"the spec would be invalid: {mistakes[0]}"))
        else:
            middle = len(proposals) // 2
            self.include(proposals[:middle])
            self.include(proposals[middle:])


def applied(data: Mapping[str, Any], steps: Iterable[PatchStep]) -> dict[str, Any]:
    """Returns the document after these steps (`add`, `replace`, `remove`). Raises KeyError if one fails."""
    changed: dict[str, Any] = deepcopy(dict(data))
    for step in steps:
        above, _, _ = step.path.rpartition("/")
        _apply(node_at(changed, above), tokens(step.path)[-1], step)
    return changed


def _apply(parent: Any, key: str, step: PatchStep) -> None:
    if isinstance(parent, list):
        if key != "-":
            raise KeyError(step.path)
        parent.append(step.value)
    elif step.op == "add":
        parent[key] = step.value
    elif key not in parent:
        raise KeyError(step.path)
    elif step.op == "remove":
        del parent[key]
    else:
        parent[key] = step.value


def _whole(spec: Spec, steps: Iterable[PatchStep]) -> tuple[PatchStep, ...]:
    """Returns the steps without repetitions, after the steps that they depend on."""
    made: list[PatchStep] = []
    unrequired: dict[str, list[str]] = {}
    for step in steps:
        if step.op == "unrequire":
            unrequired.setdefault(step.path, []).append(step.value)
        else:
            _add_step(spec.document.written, made, step)
    return (*made, *_lists(spec.document.written, unrequired))


def _add_step(written: Any, made: list[PatchStep], step: PatchStep) -> None:
    """Adds a step after those that it depends on, or joins it with one about the same place."""
    twin = next((n for n, known in enumerate(made) if _same(known, step)), None)
    if twin is not None:
        made[twin] = _joined(made[twin], step)
    elif step not in made:
        made += _preceding(written, made, step.path)
        made.append(step)


def _same(one: PatchStep, other: PatchStep) -> bool:
    """Returns True if two steps describe one place in different ways."""
    return one.path == other.path and not one.path.endswith("/-") and one != other


def _joined(one: PatchStep, other: PatchStep) -> PatchStep:
    """Joins two steps into one that allows the values of both, with both pieces of evidence."""
    if not isinstance(one.value, dict) or "published" not in one.value.get("x-evidence", {}):
        return one
    first, second = map(_bare, (one.value, other.value))
    schema = first if "schema" in first or "content" in first else merged(first, second)
    seen = {"published": "; ".join(step.value["x-evidence"]["published"] for step in (one, other))}
    value = {**schema, "description": one.value["description"], "x-evidence": seen}
    return PatchStep(one.op, one.path, value)


def _bare(value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a step adds, without the description and the evidence."""
    return {k: v for k, v in value.items() if k not in ("description", "x-evidence")}


def _preceding(data: Any, made: Sequence[PatchStep], path: str) -> Iterator[PatchStep]:
    """Yields steps for the missing objects or lists that a step adds to."""
    above, _, token = path.rpartition("/")
    known = {step.path for step in made}
    if above not in known and not _stands(data, above):
        yield from _preceding(data, made, above)
        yield PatchStep("add", above, [] if token == "-" else {})  # noqa: S105  # RFC 6901's word


def _stands(data: Any, where: str) -> bool:
    try:
        node_at(data, where)
    except (IndexError, KeyError, TypeError, ValueError):
        return False
    return True


def _lists(data: Any, unrequired: Mapping[str, Sequence[str]]) -> Iterator[PatchStep]:
    for place, names in unrequired.items():
        rest = [name for name in node_at(data, place) if name not in names]
        # OpenAPI 3.0 forbids an empty list of required properties.
        yield PatchStep("replace", place, rest) if rest else PatchStep("remove", place, None)


def _mistakes(spec: Spec, steps: Sequence[PatchStep]) -> tuple[Mistake, ...]:
    """Returns the mistakes of the spec after these steps."""
    data = applied(spec.document.written, _whole(spec, steps))
    with TemporaryDirectory() as folder:
        path = Path(folder) / spec.document.file
        path.write_text(json.dumps(data), encoding="utf-8")
        try:
            load(SpecSource(spec.name, path))
        except SpecRefused as refused:
            return refused.mistakes
    return ()
