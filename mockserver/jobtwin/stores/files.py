"""Files of exported sandboxes, readable only by their owner."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobtwin.errors import WorldRefused

STDIN = Path("-")


def read_world(file: Path) -> Any:
    """Reads JSON from a file, or stdin for `-`. Raises WorldRefused if it is not JSON, OSError if it is not readable."""
    try:
        text = sys.stdin.read() if file == STDIN else file.read_text(encoding="utf-8-sig")
        return json.loads(text)
    except ValueError as error:
        raise WorldRefused(f"It is not JSON: {error}") from error


def written(world: Mapping[str, Any]) -> str:
    """Returns a world as text."""
    return json.dumps(world, indent=1, ensure_ascii=False) + "\n"


def write_world(file: Path, world: Mapping[str, Any]) -> None:
    """Writes a world, replacing an existing file."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as opened:  # noqa: PTH123 - it is open already
        opened.write(written(world))
