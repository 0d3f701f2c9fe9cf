"""Options of the test kit: `[tool.jobtwin]` of a pyproject.toml. Imports nothing heavy."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobtwin.errors import unknown
from jobtwin.testing.errors import WrongOption

LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """The specs to serve, and the settings of each test's sandbox.

    `specs` are files or names of bundled twins; by default, all bundled twins.
    `port` 0 chooses a free one.
    """

    specs: tuple[str, ...] = ()
    port: int = 0
    clock: str = "manual"
    progression: str = "time"
    samples: bool = False

    @classmethod
    def read(cls, folder: Path) -> TwinOptions:
        """Returns the options of the project in a folder. Raises WrongOption with the first mistake.

        Paths of specs are relative to that folder.
        """
        file = folder / "pyproject.toml"
        if not file.is_file() or "jobtwin" not in (text := file.read_text(encoding="utf-8")):
            return cls()
        given = tomllib.loads(text).get("tool", {}).get("jobtwin", {})
        options = cls().changed(f"{file}: [tool.jobtwin]", given)
        return replace(options, specs=tuple(_spec(file, name) for name in options.specs))

    def changed(self, where: str, given: Mapping[str, Any]) -> TwinOptions:
        """Returns changed options. Raises WrongOption with `where`, the place of the first wrong one."""
        for name, value in given.items():
            if name not in _RIGHT:
                raise WrongOption(where, unknown("option", name, _RIGHT))
            is_right, right = _RIGHT[name]
            if not is_right(value):
                raise WrongOption(where, f"{name} = {value!r}: must be {right}")
        return replace(self, **given)

    @property
    def sandbox(self) -> dict[str, Any]:
        """The options of a sandbox."""
        return {"clock": self.clock, "progression": self.progression, "samples": self.samples}


def _spec(file: Path, spec: str) -> str:
    """Returns a SPEC with an absolute path; names of bundled twins have no suffix."""
    name, separator, rest = spec.rpartition("=")
    path = file.parent / rest
    if path.is_file():
        return f"{name}{separator}{path}"
    if not path.suffix:
        return spec
    raise WrongOption(f"{file}: [tool.jobtwin]", f"specs: {path} does not exist")


def _is_port(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LAST_PORT


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_RIGHT: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "clock": (lambda value: value in ("manual", "skip", "real"), "'manual', 'skip' or 'real'"),
    "port": (_is_port, f"a number from 0 (a free port) to {LAST_PORT}"),
    "progression": (lambda value: value in ("time", "polls"), "'time' or 'polls'"),
    "samples": (lambda value: isinstance(value, bool), "true or false"),
    "specs": (_are_names, "a list of files or names of bundled twins"),
}
