"""A store in Valkey, or Redis 7: servers share it, each step of a sandbox in one round trip."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

import valkey
from valkey import exceptions
from valkey.asyncio import ConnectionPool, Valkey

from jobtwin.errors import SandboxesFull, StoreLost, StoreRefused
from jobtwin.sandboxes.journal import CAPACITY, MOST_BYTES
from jobtwin.stores.protocol import NOTHING, NOWHERE, Batch, Delta, JournalPosition, Position

VERSION = "1"
"""The version of the format, in the field `version`."""

ANSWER_WAIT = 5.0
"""Seconds to wait for an answer of the store."""

WHOLE_WAIT = 55.0
"""Additional timeout in seconds for reading a whole sandbox."""

BYTES_A_SECOND = 2_000_000
"""The minimum transfer rate in bytes per second."""

PATIENCE = 2.0
"""Seconds for which a lost connection is retried before a request fails."""

PAUSE = 0.05
"""Seconds between two tries to connect."""

HOLD = 250_000
"""Microseconds for which a server that lost a race delays others."""

HELD_PAUSE = 0.002
"""Seconds after which one of the others looks again."""

QUIET = 30.0
"""Seconds without news after which a listener polls."""

META, SANDBOXES = "jobtwin", "jobtwin-sandboxes"
"""Keys of the whole store's data, and of the sandboxes by their last use."""

_CHANGING = ("put", "remove")
"""Steps that change a sandbox as a whole."""

_SCRIPT = Path(__file__).with_name("valkey.lua").read_text(encoding="utf-8")
_DIGEST = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
_DATABASE = re.compile(r"/[0-9]{1,4}")
_LOST = (exceptions.ConnectionError, exceptions.TimeoutError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class _Step:
    """One call of the script, which the store answers as a whole."""

    step: str
    sandbox: str
    known: Position = NOWHERE
    batch: Batch = NOTHING
    id: str = ""
    journal: JournalPosition | None = None

    @property
    def writes(self) -> bool:
        """True if it changes data that requests can see."""
        return self.step in _CHANGING or bool(self.batch.changes) or self.batch.clears_journal

    @property
    def patience(self) -> float:
        """Seconds to wait for its answer: more if much is sent, or a whole sandbox is read."""
        sent = sum(map(len, (*self.batch.changes, *self.batch.entries)))
        whole = WHOLE_WAIT if self.step == "append" and not self.known.number else 0.0
        return ANSWER_WAIT + sent / BYTES_A_SECOND + whole

    @property
    def can_be_repeated(self) -> bool:
        """True if it may be sent twice; entries without changes would be duplicated."""
        return bool(self.batch.changes) or not self.batch.entries

    def arguments(self, server: str, database: int, idle: int, most: int) -> list[Any]:
        """Returns the script's keys and arguments."""
        batch, key = self.batch, f"jobtwin:{self.sandbox}"
        cleared, entry = self.journal or (0, -1)
        return [
            *(5, META, SANDBOXES, key, f"{key}:changes", f"{key}:journal"),
            *(self.step, self.sandbox, channel(database, self.sandbox)),
            *(*self.known, self.id, batch.makes, int(batch.clears_journal)),
            *(cleared, entry, idle, most, CAPACITY, MOST_BYTES),
            *(batch.at // 1000, _micros(batch.until), int(batch.is_exact)),
            *(server, HOLD if batch.holds else 0),
            *(len(batch.changes), len(batch.entries), batch.forgotten),
            *(self.id.encode() + b" " + change for change in batch.changes),
            *batch.entries,
        ]


def channel(database: int, sandbox: str) -> str:
    """Returns the channel for a sandbox's news; all databases share the channels."""
    return f"jobtwin:{database}:{sandbox}"


class ValkeyStore:
    """One database of a Valkey server. Raises StoreRefused if it cannot be used.

    Its durability depends on the server's persistence.
    """

    is_remote = True

    def __init__(self, url: str, *, idle: float | None = None, most: int | None = None) -> None:
        self._url, self._database = url, _database(url)
        self.name = _shown(url)
        self._bounds = int((idle or 0) * 1_000_000), most or 0
        self._token, self._batches = secrets.token_hex(6), count(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: ConnectionPool | None = None

    # -- the whole store, at start-up ------------------------------------------------------------

    def specs(self) -> str | None:
        """Returns the fingerprints of the specs that it was written with, as JSON."""
        version, text = self._asked("HMGET", META, "version", "specs")
        if version not in (None, VERSION.encode()):
            raise StoreRefused(
                f"{self.name}: is a store of version {version.decode()}; "
                f"this jobtwin reads version {VERSION}"
            )
        return None if text is None else str(text.decode())

    def set_specs(self, text: str) -> None:
        """Binds the store to specs."""
        self._asked("HSET", META, "version", VERSION, "specs", text)

    def count(self) -> int:
        """Returns the number of sandboxes."""
        return int(self._asked("ZCARD", SANDBOXES))

    def _asked(self, *command: str) -> Any:
        try:
            with valkey.Valkey.from_url(self._url, socket_timeout=ANSWER_WAIT) as client:
                return client.execute_command(*command)
        except (exceptions.ValkeyError, OSError, ValueError) as error:
            raise StoreRefused(f"{self.name}: cannot be used: {error}") from error

    # -- sandboxes -------------------------------------------------------------------------------

    async def append(
        self,
        sandbox: str,
        expected: Position,
        batch: Batch,
        journal: JournalPosition | None = None,
    ) -> Delta:
        """Appends a batch in one round trip, its changes only if `expected` is the position."""
        step = _Step("append", sandbox, expected, batch, self._next_id(), journal)
        answer = await self._ask(step)
        if answer[-1]:
            raise SandboxesFull(self._bounds[1])
        return _delta(answer, step)

    async def read(
        self, sandbox: str, after: Position, journal: JournalPosition | None = None
    ) -> Delta:
        """Returns the news since a position, in one round trip."""
        step = _Step("append", sandbox, after, journal=journal)
        return _delta(await self._ask(step), step)

    async def put(self, sandbox: str, batch: Batch) -> None:
        """Creates a sandbox, or replaces the one of its name."""
        answer = await self._ask(_Step("put", sandbox, NOWHERE, batch, self._next_id()))
        if len(answer) > _SHORT and answer[-1]:
            raise SandboxesFull(self._bounds[1])

    async def remove(self, sandbox: str) -> bool:
        """Deletes a sandbox. Returns False if it does not exist."""
        return bool((await self._ask(_Step("remove", sandbox)))[1])

    async def compact(self, sandbox: str, expected: Position, snapshot: bytes) -> None:
        """Replaces all changes by a snapshot if `expected` is still the position."""
        batch = Batch(changes=[snapshot])
        await self._ask(_Step("compact", sandbox, expected, batch, expected.batch))

    async def names(self) -> list[str]:
        """Returns the names of all sandboxes."""
        found = await self._answer(_Step("names", ""), ["ZRANGE", SANDBOXES, 0, -1])
        return [name.decode() for name in found]

    async def news(self, sandbox: str) -> AsyncIterator[None]:
        """Yields once when it listens, and then after each append."""
        client = Valkey.from_url(self._url, socket_timeout=None)
        try:
            async with client.pubsub() as listener:
                await listener.subscribe(channel(self._database, sandbox))
                while True:
                    await listener.get_message(timeout=QUIET)
                    yield
        except (exceptions.ValkeyError, OSError) as error:
            raise StoreLost(f"{self.name}: {error}") from error
        finally:
            await client.aclose()

    def close(self) -> None:
        """Does nothing: connections belong to an event loop."""

    async def disconnect(self) -> None:
        """Closes the connections of the running event loop."""
        pool, self._pool = self._pool, None
        if pool is not None and self._loop is asyncio.get_running_loop():
            await pool.disconnect()

    # -- round trips -----------------------------------------------------------------------------

    @property
    def _server(self) -> str:
        """The identity of this server: workers have the token of their parent."""
        return f"{self._token}-{os.getpid()}"

    def _next_id(self) -> str:
        """Returns the ID of a batch, by which it is recognised if its response was lost."""
        return f"{self._server}-{next(self._batches)}"

    def _connections(self) -> ConnectionPool:
        """Returns the connections of the running event loop."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._pool = loop, ConnectionPool.from_url(self._url)
        if self._pool is None:
            raise StoreLost(f"{self.name}: this server ends")
        return self._pool

    async def _ask(self, step: _Step) -> Any:
        arguments = step.arguments(self._server, self._database, *self._bounds)
        began = monotonic()
        while (answer := await self._run(step, arguments))[1] == _HELD:
            if monotonic() - began > ANSWER_WAIT:
                raise StoreLost(f"{self.name}: another server holds {step.sandbox}")
            await asyncio.sleep(HELD_PAUSE)
        return answer

    async def _run(self, step: _Step, arguments: list[Any]) -> Any:
        try:
            return await self._answer(step, ["EVALSHA", _DIGEST, *arguments])
        except exceptions.NoScriptError:  # it is another server now, or has just been started
            return await self._answer(step, ["EVAL", _SCRIPT, *arguments])

    async def _answer(self, step: _Step, command: Sequence[Any]) -> Any:
        """Sends a command, again if the connection was lost: a stored batch is recognised by its id.

        Entries without changes cannot be recognised, so they are not sent twice.
        """
        began = monotonic()
        while True:
            try:
                return await self._once(command, step.patience)
            except exceptions.NoScriptError:
                raise
            except exceptions.ResponseError as error:
                raise StoreLost(f"{self.name}: {error}") from error
            except _LOST as error:
                is_late = isinstance(error, _LATE) or monotonic() - began > PATIENCE
                if is_late or not step.can_be_repeated:
                    raise StoreLost(
                        f"{self.name}: {_reason(error, step)}", is_open=step.writes
                    ) from error
                await asyncio.sleep(PAUSE)

    async def _once(self, command: Sequence[Any], patience: float) -> Any:
        """Sends a command once. On an open connection all is sent before this coroutine waits."""
        pool = self._connections()
        connection = pool.get_available_connection()  # type: ignore[no-untyped-call]  # the library's
        try:
            async with asyncio.timeout(patience):
                await connection.connect()
                await connection.send_command(*command)
                return await connection.read_response()
        except RuntimeError as error:  # uvloop's, for a connection that is closed already
            raise exceptions.ConnectionError(str(error)) from error
        finally:
            await pool.release(connection)


def _micros(date: float) -> int:
    """Returns nanoseconds as microseconds, or -1 for never."""
    return -1 if date == inf else int(date) // 1000


_HELD = -1
"""The script's result while another server delays the sandbox."""

_SHORT = 2
"""The number of values in an answer without a state."""

_LATE = (exceptions.TimeoutError, TimeoutError)


def _reason(error: Exception, step: _Step) -> str:
    return str(error) or f"no answer within {step.patience:.0f} s"


def _delta(answer: Any, step: _Step) -> Delta:
    """Returns the script's result; a batch stored before its response was lost counts as stored."""
    date, stored, token, number, batch, length, rows, cleared, total, entries, _ = answer
    found = [row.partition(b" ") for row in rows]
    changes = [change for _, _, change in found]
    own = len(step.batch.changes)
    again = not stored and own > 0 and found and found[0][0] == step.id.encode()
    return Delta(
        int(date) * 1000,
        bool(stored or again),
        Position(token.decode(), number, batch.decode()),
        length,
        changes[own:] if again else changes,
        JournalPosition(cleared, total),
        None if step.journal is None else entries,
    )


def _database(url: str) -> int:
    """Returns the number of the database in a URL."""
    parts = urlsplit(url)
    if not _has_address(parts) or not (_DATABASE.fullmatch(parts.path) or parts.path in ("", "/")):
        raise StoreRefused(f"{_shown(url)} is no store; use {parts.scheme}://HOST:PORT/DB")
    return int(parts.path.strip("/") or 0)


def _has_address(parts: SplitResult) -> bool:
    """Returns True if a URL has a host, and no invalid port."""
    try:
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _shown(url: str) -> str:
    """Returns a URL without its credentials and options."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
