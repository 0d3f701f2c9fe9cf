"""Stores by their URLs. Its dependencies are imported when a store is opened."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from jobtwin.errors import StoreRefused
from jobtwin.lifecycle import Machine
from jobtwin.sandboxes import Sandboxes, Setup
from jobtwin.stores.fingerprint import fingerprints
from jobtwin.stores.protocol import Store
from jobtwin.stores.urls import KNOWN, SQLITE, is_shared

Machines = Mapping[str, Machine]


class BoundStore(Store, Protocol):
    """A store that is bound to the specs that it was written with."""

    def specs(self) -> str | None:
        """Returns the fingerprints of these specs, as JSON."""

    def set_specs(self, text: str) -> None:
        """Binds the store to specs."""

    def count(self) -> int:
        """Returns the number of sandboxes."""


def kept_sandboxes(
    url: str,
    make: Callable[[], Setup],
    machines: Machines,
    *,
    idle: float | None = None,
    most: int | None = None,
) -> Sandboxes:
    """Returns the sandboxes of a store. Raises StoreRefused if it cannot be used."""
    from jobtwin.stores.kept import KeptSandboxes  # noqa: PLC0415 - most servers keep nothing

    store = _opened(url, idle, most)
    sandboxes = KeptSandboxes(make, store, machines)
    try:
        _check_specs(store, machines)
        _check_room(store, most)
    except StoreRefused:
        sandboxes.close()
        raise
    return sandboxes


def _opened(url: str, idle: float | None, most: int | None) -> BoundStore:
    if is_shared(url):
        if find_spec("valkey") is None:
            raise StoreRefused(f"{urlsplit(url).scheme}:// needs: pip install 'jobtwin[valkey]'")
        from jobtwin.stores.valkey import ValkeyStore  # noqa: PLC0415 - most servers have none

        return ValkeyStore(url, idle=idle, most=most)
    file = url.removeprefix(SQLITE)
    if file == url or not file:
        raise StoreRefused(f"{url} is no store; use {KNOWN}")
    from jobtwin.stores.sqlite import SqliteStore  # noqa: PLC0415 - as above

    return SqliteStore(Path(file), idle=idle, most=most)


def _check_specs(store: BoundStore, machines: Machines) -> None:
    ours, text = fingerprints(machines), store.specs()
    theirs: Mapping[str, str] = json.loads(text) if text else {}
    for name, digest in theirs.items():
        if ours.get(name) != digest:
            why = "is not served" if name not in ours else "has other machines today"
            raise StoreRefused(
                f"{store.name}: was written with the spec {name}, which {why}. "
                f"Serve the specs that it was written with, or begin another store"
            )
    if theirs != ours:
        store.set_specs(json.dumps(ours))


def _check_room(store: BoundStore, most: int | None) -> None:
    if most is not None and store.count() > most:
        raise StoreRefused(f"{store.name}: holds more sandboxes than --max-sandboxes {most} allows")
