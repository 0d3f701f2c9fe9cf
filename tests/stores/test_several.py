"""Several sandboxes of a store: created, replaced, deleted, listed and exported beside each other."""

import asyncio
from typing import Any

import pytest

from jobtwin.http.control import sandboxes as control
from jobtwin.stores import kept
from tests.stored import Request, Stored, ask, client

CREATE = ("POST", "/_control/jobs", {"api": "polaris"})
POLL = "/polaris/v1/projects/p/jobs"


@pytest.mark.parametrize(
    "first",
    [
        [("DELETE", "/_control/sandboxes", None)],
        [("DELETE", "/_control/sandboxes/nope", None)],
        [
            ("PUT", "/sandboxes/one/_control/sandboxes/two", {}),
            ("DELETE", "/_control/sandboxes/two", None),
        ],
        [("GET", "/_control/sandboxes/nope/export", None)],
    ],
    ids=["all", "unknown", "another", "export"],
)
def test_first(first: list[Request], store: Stored) -> None:
    """The first request of the default sandbox may be about others; later changes are stored."""
    [*_, created, health] = ask(store.server(), *first, CREATE, ("GET", "/_control/health", None))
    [found] = ask(
        store.server(), ("GET", f"/_control/jobs/polaris/job/{created.json()['id']}", None)
    )

    assert (created.status_code, health.status_code) == (201, 200)
    assert found.status_code == 200


def test_listed(store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """More sandboxes are listed than are kept in memory."""
    monkeypatch.setattr(kept, "MOST_REPLICAS", 2)
    names = [f"s{number}" for number in range(7)]
    made: list[Request] = [("PUT", f"/_control/sandboxes/{name}", {}) for name in names]
    jobs: list[Request] = [
        ("POST", f"/sandboxes/{name}/_control/jobs", {"api": "polaris"}) for name in names
    ]

    *_, listed = ask(store.server(), *made, *jobs, ("GET", "/_control/sandboxes?limit=1000", None))

    shown = {each["name"]: each["jobs"] for each in listed.json()["sandboxes"]}
    assert shown == {"default": 0, **dict.fromkeys(names, 1)}


def _journal(shown: Any) -> tuple[list[int], int, int]:
    numbers = [entry["number"] for entry in shown["entries"] if entry["api"] == "polaris"]
    return numbers, shown["total"], shown["forgotten"]


def test_replaced__journal(store: Stored) -> None:
    """A sandbox that replaces another has its own journal, even if the other's was read before."""
    poll = ("GET", f"/sandboxes/one{POLL}", None)
    export = ("GET", "/_control/sandboxes/one/export", None)
    read = ("GET", "/sandboxes/two/_control/journal", None)
    server = store.server()
    [_, _, _, short, _, _, long] = ask(
        server, ("PUT", "/_control/sandboxes/one", {}), poll, poll, export, poll, poll, export
    )
    put = "/_control/sandboxes/two/import"

    [_, before, _, after] = ask(
        server, ("PUT", put, short.json()), read, ("PUT", put, long.json()), read
    )

    assert _journal(before.json()) == ([2, 1], 2, 0)
    assert _journal(after.json()) == ([4, 3, 2, 1], 4, 0)


def test_import__numbers(store: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal of an imported sandbox counts the entries that were not exported, also after a restart."""
    monkeypatch.setattr(control, "MOST_REQUESTS", 3)
    poll, read = ("GET", POLL, None), ("GET", "/sandboxes/two/_control/journal", None)
    [*_, exported] = ask(
        store.server(), *[poll] * 5, ("GET", "/_control/sandboxes/default/export", None)
    )

    [put, shown, _, more] = ask(
        store.server(),
        ("PUT", "/_control/sandboxes/two/import", exported.json()),
        read,
        ("GET", f"/sandboxes/two{POLL}", None),
        read,
    )
    [again] = ask(store.server(), read)

    assert put.json()["requests"] == 5
    assert _journal(shown.json()) == ([5, 4, 3], 5, 2)
    assert _journal(more.json())[0][0] > 5
    assert _journal(again.json())[0][-3:] == [5, 4, 3]


def test_export__deleted(store: Stored) -> None:
    """An export of a sandbox that is deleted meanwhile is a 404, and no failure."""
    path, statuses = "/_control/sandboxes/one", list[int]()

    async def exported(asker: Any) -> None:
        for _ in range(40):
            statuses.append((await asker.get(f"{path}/export")).status_code)

    async def flickering(asker: Any) -> None:
        for _ in range(40):
            await asker.put(path, json={})
            await asker.delete(path)

    async def story() -> None:
        server = store.server()
        async with client(server) as asker:
            await asyncio.gather(
                flickering(asker), exported(asker), flickering(asker), exported(asker)
            )
        await server.turn("default", lambda _: None)
        await server.disconnect()

    asyncio.run(story())

    assert set(statuses) <= {200, 404}


@pytest.mark.parametrize("reads_before", [True, False])
def test_skips(reads_before: bool, store: Stored) -> None:  # noqa: FBT001 - a row of a table
    """Each skip of a clock is in the journal once, whether or not that was read before."""
    read = ("GET", "/sandboxes/one/_control/journal", None)
    sleeps: list[Request] = [
        ("POST", "/sandboxes/one/_control/clock/sleep", {"until": f"2026-01-01T00:{minute:02}:00Z"})
        for minute in (5, 10)
    ]
    [*_, shown] = ask(
        store.server(),
        ("PUT", "/_control/sandboxes/one", {"clock": "skip"}),
        *([read] if reads_before else []),
        *sleeps,
        read,
    )

    assert len(shown.json()["skips"]) == 2
