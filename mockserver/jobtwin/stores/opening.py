"""Stores by their URLs. What a store needs is imported when one is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from jobtwin.errors import SandboxesFull, StoreRefused
from jobtwin.lifecycle import Machine
from jobtwin.sandboxes import Sandboxes, Setup

SQLITE = "sqlite:///"


def kept_sandboxes(
    url: str,
    make: Callable[[], Setup],
    machines: Mapping[str, Machine],
    *,
    idle: float | None = None,
    most: int | None = None,
) -> Sandboxes:
    """The sandboxes of a store; StoreRefused says why it cannot be used."""
    from jobtwin.stores.kept import KeptSandboxes  # noqa: PLC0415 - most servers keep nothing
    from jobtwin.stores.sqlite import SqliteStore  # noqa: PLC0415 - same

    file = url.removeprefix(SQLITE)
    if file == url or not file:
        raise StoreRefused(f"{url} is no store; use memory: or sqlite:///FILE")
    store = SqliteStore(Path(file))
    try:
        return KeptSandboxes(make, store, machines, idle=idle, most=most)
    except BaseException as error:
        store.close()
        if isinstance(error, SandboxesFull):
            why = f"holds more sandboxes than --max-sandboxes {most} allows"
            raise StoreRefused(f"{store.name}: {why}") from error
        raise
