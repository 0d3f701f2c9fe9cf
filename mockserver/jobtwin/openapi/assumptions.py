"""Lists what a spec leaves to names and defaults, for `jobtwin check --explain`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobtwin.openapi.operations import ErrorAnswer
from jobtwin.openapi.pointer import pointer, tokens


@dataclass(frozen=True, slots=True)
class Assumption:
    """An assumption about something that a spec does not say: its place, its content, the reason."""

    where: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.why})"


def of_values(shown: Mapping[str, Any]) -> Iterator[Assumption]:
    """Yields assumptions about properties with values by name."""
    for place, value in shown.items():
        yield Assumption(place, f"shows {_written(value)}", "by its name")


def of_operations(made: Mapping[str, Any]) -> Iterator[Assumption]:
    """Yields assumptions about what operations do."""
    whys = {"id": "the last parameter of the path", "facts": "the body has them by name"}
    for place, value in made.items():
        key = tokens(place)[-1]
        why = whys.get(key, "the parameters have these names")
        yield Assumption(place, _written(value), why)


def of_facts(echoed: Mapping[str, Mapping[str, Any]]) -> Iterator[Assumption]:
    """Yields assumptions about undeclared facts."""
    for machine, facts in echoed.items():
        for fact in facts:
            place = f"/x-jobs/machines/{machine}/facts{pointer([fact])}"
            yield Assumption(place, "is a fact", "requests and answers have it by name and type")


def of_errors(errors: Mapping[str, ErrorAnswer], said: Mapping[str, Any]) -> Iterator[Assumption]:
    """Yields one assumption about the situations that `errors` does not mention."""
    usual = [f"{name} {each.answer.status}" for name, each in errors.items() if name not in said]
    if usual:
        yield Assumption("/x-jobs/errors", ", ".join(usual), "as always, in jobtwin's words")


def of_callbacks(places: Iterable[str]) -> Iterator[Assumption]:
    """Yields an assumption for each callback without a declared time of sending, by place."""
    for place in places:
        what = "is sent at each state, once, and not signed"
        yield Assumption(place, what, "nothing says otherwise")


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(each)}" for key, each in value.items()) + "}"
    return str(value)
