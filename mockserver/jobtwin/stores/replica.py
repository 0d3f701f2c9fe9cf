"""One sandbox of a store as this server knows it: turns run on it, and count once they are stored."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol

from jobtwin.errors import JobtwinError, StoreLost, UnknownSandbox
from jobtwin.sandboxes import DEFAULT, JournalEntry, Sandbox
from jobtwin.sandboxes.tasks import in_steps
from jobtwin.sandboxes.uncollected import uncollected
from jobtwin.stores.clock import StoreDate
from jobtwin.stores.protocol import NOWHERE, Batch, Delta, JournalPosition, Position, Store
from jobtwin.stores.rows import job_lines, replay, replaying, row
from jobtwin.stores.sandbox import (
    Incomplete,
    KeptFeed,
    KeptSandbox,
    LatestEntries,
    Need,
    PendingRows,
)

log = logging.getLogger("jobtwin")

FEWEST_CHANGES = 1_000
"""The number of changes after which a snapshot replaces them, unless the sandbox has more jobs."""

LINGER = 2.0
"""Seconds for which a feed includes other servers' changes after the last wait."""

MOST_COMPLETED = 1_000
"""The number of times that a turn is run again since it needs more data."""

RETRY = 0.5
"""Seconds after which a listener tries again to reach a lost store."""

Act = Callable[[Sandbox], Any]
Action = Callable[[Store], Awaitable[bool]]
"""An action of a turn on another sandbox of the store; returns False if its assumption was wrong."""


@dataclass(eq=False)
class Turn:
    """A pending turn, or one that has run and is not stored.

    `names`, `others` and `entries` are the data it requires from the store, and `actions` its effects
    there. A turn that had to be `completed` runs before others.
    """

    act: Act
    makes: bool
    future: asyncio.Future[Any]
    reads: bool = False
    completed: int = 0
    date: int = 0
    result: Any = None
    names: list[str] | None = None
    others: dict[str, Sandbox | None] = field(default_factory=dict)
    entries: dict[LatestEntries, Sequence[JournalEntry]] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)

    def end(self) -> None:
        """Returns the result to the waiting task."""
        if not self.future.done():
            self.future.set_result(self.result)

    def fail(self, error: Exception) -> None:
        """Raises an error in the waiting task."""
        if not self.future.done():
            self.future.set_exception(error)


@dataclass
class _Pending:
    """Turns that have run: their outcome is to be stored."""

    turns: list[Turn] = field(default_factory=list)
    told: list[Turn] = field(default_factory=list)
    """Turns without changes, which end as soon as their entries have been sent."""

    entries: int = 0
    """The number of their entries."""

    outcome: PendingRows = field(default_factory=PendingRows)
    makes: str = ""
    date: int = 0
    until: float = 0

    def __bool__(self) -> bool:
        return bool(self.turns or self.told or self.outcome.entries or self.outcome.is_change)

    def batch(self, *, holds: bool) -> Batch:
        found = self.outcome
        return Batch(
            found.rows,
            found.entries,
            found.clears_journal,
            self.makes,
            self.date,
            self.until,
            found.is_exact,
            holds,
        )


class SandboxSource(Protocol):
    """The sandboxes of a store, as their replicas need them."""

    store: Store
    running: Turn | None

    def shell(self, owner: Replica, date: StoreDate) -> KeptSandbox:
        """Returns a sandbox without content, to be filled by changes."""

    def new(self, owner: Replica, date: StoreDate) -> KeptSandbox:
        """Returns a new sandbox."""

    async def synced(self, name: str) -> Sandbox | None:
        """Returns the stored sandbox of a name, or None."""

    async def entries(self, need: LatestEntries) -> Sequence[JournalEntry]:
        """Returns the latest entries of a sandbox."""


class Replica:
    """Runs the turns of one sandbox. Simultaneous turns share a round trip."""

    def __init__(self, name: str, kept: SandboxSource) -> None:
        self.name = name
        self.sandbox: KeptSandbox | None = None
        self.is_settled = True
        """True if the sandbox equals the stored one."""

        self._kept, self._store = kept, kept.store
        self._date = StoreDate()
        self._known = NOWHERE
        self._length = 0
        self._waiting: list[Turn] = []
        self._task: asyncio.Task[None] | None = None
        self._losses = 0
        self._wants_journal = False
        self._followers = 0
        self._followed_until = 0.0
        self._told = JournalPosition(0, 0)
        """The last entry that the feed knows."""

        self._listening: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        """True if there is no pending turn."""
        return self._task is None and not self._waiting and not self.is_followed

    @property
    def is_followed(self) -> bool:
        """True if there is a recent or pending wait for the feed."""
        return self._followers > 0 or monotonic() < self._followed_until

    async def turn(self, act: Act, *, makes: bool, reads: bool) -> Any:
        """Runs a turn. Returns its result after its changes were stored."""
        turn = Turn(act, makes, asyncio.get_running_loop().create_future(), reads)
        self._queue(turn)
        return await turn.future

    def _queue(self, turn: Turn) -> None:
        self._waiting.append(turn)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Runs the pending turns; one step of the loop is one round trip."""
        pending = _Pending()
        try:
            while self._waiting or pending:
                arrived, self._waiting = self._waiting, []
                pending = await self._step(pending, arrived)
        except Exception as error:  # every turn needs a result, even after an error
            log.exception("the sandbox %s is given up", self.name)
            self._give_up()
            for turn in [*pending.turns, *arrived, *self._waiting]:
                turn.fail(error)
            self._waiting.clear()
        finally:
            self._task = None

    async def _step(self, pending: _Pending, arrived: list[Turn]) -> _Pending:
        """Stores pending turns, reads the news, and runs the next turns."""
        try:
            delta = await self._exchange(pending)
        except JobtwinError as error:
            self._lost(pending, arrived, error)
            return _Pending()
        again = self._settle(pending, delta)
        await self._follow(delta)
        if pending.outcome.changes and delta.stored:
            await self._compact()
        return self._ran([*again, *arrived])

    # -- the store -------------------------------------------------------------------------------

    async def _exchange(self, pending: _Pending) -> Delta:
        journal = None
        if self._wants_journal and self.sandbox is not None:
            self._wants_journal = False
            journal = self.sandbox.journal.known
        batch = pending.batch(holds=self._losses > 1)
        asked = self._store.append(self.name, self._known, batch, journal)
        if not (self._store.is_remote and pending.told):
            return await asked
        asking = asyncio.create_task(asked)
        for turn in pending.told:  # they continue after the first step of that task, which sends
            turn.end()
        return await asking

    def _settle(self, pending: _Pending, delta: Delta) -> list[Turn]:
        """Ends the turns that are stored. Returns those that have to run again."""
        for turn in pending.told:
            turn.end()
        if not delta.stored:
            self._losses += 1
            self._undo(pending)
            if not delta.position.token:
                self._give_up()
            return pending.turns
        self._losses = 0
        if pending.makes:
            self._known = delta.position
        if self.sandbox is not None:
            self.sandbox.begin()
            for change in pending.outcome.changes:
                self.sandbox.feed.add(change)
        for turn in pending.turns:
            self._finish(turn)
        if pending.outcome.entries and self.is_followed and not self._store.is_remote:
            self.refresh()
        return []

    def _undo(self, pending: _Pending) -> None:
        """Reverts the sandbox to the stored state; keeps the entries of turns that have ended."""
        outcome, sandbox = pending.outcome, self.sandbox
        if pending.makes:
            self._give_up()
        elif sandbox is not None and outcome.is_change:
            sandbox.journal.is_ahead = False
            if not sandbox.take_back():
                self._known = Position(self._known.token, 0)
            sandbox.outcome.entries += outcome.entries[: pending.entries]

    def _lost(self, pending: _Pending, arrived: Sequence[Turn], error: JobtwinError) -> None:
        self._undo(pending)
        for turn in pending.told:
            turn.end()  # nothing but the entry is lost
        for turn in [*pending.turns, *arrived]:
            turn.fail(error)
        if self.sandbox is not None:
            self.sandbox.outcome.entries.clear()
        self.is_settled = True

    async def _follow(self, delta: Delta) -> None:
        """Makes the changes that others have stored."""
        self._date.tell(delta.date)
        if delta.position.token != self._known.token:
            self._give_up()
        if delta.position.token:
            sandbox = self.sandbox
            if sandbox is None:
                sandbox = self._kept.shell(self, self._date)
                sandbox.begin()
                await in_steps(replaying(delta.changes, sandbox))
                self.sandbox = sandbox
            else:
                sandbox.begin()
                with uncollected():
                    for text in delta.changes:
                        replay(text, sandbox)
            self._read_journal(sandbox, delta)
        self._known, self._length = delta.position, delta.length

    def _read_journal(self, sandbox: KeptSandbox, delta: Delta) -> None:
        journal = sandbox.journal
        journal.tell(delta.journal)
        if delta.entries is None:
            return
        after = self._told.number if self._told.cleared == delta.journal.cleared else 0
        for entry in journal.read(delta.journal, delta.entries):
            if self.is_followed and entry.number > after:
                sandbox.feed.add(entry)
        self._told = delta.journal

    def _give_up(self) -> None:
        """Drops the sandbox: the store has another one, or none."""
        if self.sandbox is not None:
            self.sandbox.feed.close()
        self.sandbox, self._known = None, NOWHERE

    async def _compact(self) -> None:
        """Replaces the changes by a snapshot if there are many."""
        sandbox = self.sandbox
        if sandbox is None or self._length <= max(FEWEST_CHANGES, sum(map(len, sandbox.stores))):
            return
        capture = sandbox.capture()
        first = row(capture.without_jobs, sandbox.clock)  # before the clock goes on
        snapshot = b"\n".join([first, *await in_steps(job_lines(capture))])
        with suppress(StoreLost):  # it is tried again after the next change
            await self._store.compact(self.name, self._known, snapshot)
            self._length = 1

    # -- turns -----------------------------------------------------------------------------------

    def _ran(self, turns: Sequence[Turn]) -> _Pending:
        """Runs turns one after another, those that read before those that may write."""
        pending = _Pending(date=self._date())
        self._date.pin(pinned=True)
        try:
            for turn in sorted(turns, key=_order):
                self._run_one(turn, pending)
            if self.sandbox is not None:
                pending.outcome, self.sandbox.outcome = self.sandbox.outcome, PendingRows()
                if pending.outcome.is_change:
                    pending.until = pending.outcome.until(self.sandbox)
        finally:
            self._date.pin(pinned=False)
        self.is_settled = not pending.outcome.is_change
        return pending

    def _run_one(self, turn: Turn, pending: _Pending) -> None:
        sandbox = self.sandbox or self._made(turn, pending)
        if sandbox is None:
            return
        outcome, turn.actions, turn.date = sandbox.outcome, [], pending.date
        if turn.reads and outcome.is_change:  # it must only see stored data
            self._waiting.append(turn)
            return
        changes = len(outcome.rows)
        sandbox.is_running = True
        self._kept.running = turn
        try:
            turn.result = turn.act(sandbox)
        except Incomplete as incomplete:
            if len(outcome.rows) > changes:
                self._start_again(pending)
            self._complete(turn, incomplete.needs)
        except Exception as error:  # noqa: BLE001 - it is raised in the waiting task
            turn.fail(error)
        else:
            self._note(turn, outcome, pending)
        finally:
            sandbox.is_running = False
            self._kept.running = None

    def _note(self, turn: Turn, outcome: PendingRows, pending: _Pending) -> None:
        """Notes a turn that has run; it may end before its outcome is stored."""
        if outcome.is_change or turn.actions or not self._store.is_remote:
            pending.turns.append(turn)
            return
        outcome.overlook()
        pending.told.append(turn)
        pending.entries = len(outcome.entries)

    def _start_again(self, pending: _Pending) -> None:
        """Reverts the changes of a turn that was interrupted."""
        sandbox = self.sandbox
        if sandbox is None:
            return
        pending.outcome, sandbox.outcome = sandbox.outcome, PendingRows()
        self._undo(pending)
        self._waiting[:0] = pending.turns
        pending.turns, pending.makes, pending.outcome = [], "", PendingRows()

    def _made(self, turn: Turn, pending: _Pending) -> KeptSandbox | None:
        """Returns the sandbox created by a turn, or None if it creates none."""
        if turn.makes or self.name == DEFAULT:
            made = self.sandbox = self._kept.new(self, self._date)
            made.outcome.rows.append(row(made.snapshot(), made.clock))
            pending.makes = secrets.token_hex(8)
            return made
        if turn.names is None:
            self._complete(turn, (None,))
        else:
            turn.fail(UnknownSandbox(self.name, turn.names))
        return None

    # -- longer than a turn ----------------------------------------------------------------------

    def _complete(self, turn: Turn, needs: Sequence[Need]) -> None:
        """Runs a turn again after its data has been read."""
        turn.completed += 1
        if turn.completed > MOST_COMPLETED:
            turn.fail(RuntimeError(f"the turn needs {needs!r} again and again"))
        elif "" in needs:
            self._wants_journal = True
            self._waiting.append(turn)
        else:
            self._errand(self._bring(turn, needs), turn)

    async def _bring(self, turn: Turn, needs: Sequence[Need]) -> None:
        for need in needs:
            if need is None:
                turn.names = sorted({DEFAULT, *await self._store.names()})
            elif isinstance(need, LatestEntries):
                turn.entries[need] = await self._kept.entries(need)
            else:
                turn.others[need] = await self._kept.synced(need)
        self._queue(turn)

    def _finish(self, turn: Turn) -> None:
        """Ends a stored turn, after its actions on other sandboxes."""
        if turn.actions:
            self._errand(self._act(turn), turn)
        else:
            turn.end()

    async def _act(self, turn: Turn) -> None:
        for action in turn.actions:
            if not await action(self._store):
                turn.names, turn.others, turn.entries, turn.actions = None, {}, {}, []
                self._queue(turn)
                return
        turn.end()

    def _errand(self, doing: Coroutine[Any, Any, None], turn: Turn) -> None:
        """Runs a task for one turn; an error is the turn's."""

        async def done() -> None:
            try:
                await doing
            except Exception as error:  # noqa: BLE001 - it is raised in the waiting task
                turn.fail(error)

        task = asyncio.create_task(done())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    # -- background tasks ------------------------------------------------------------------------

    def later(self, act: Act) -> None:
        """Takes a turn as soon as possible; ignores the loss of the store."""
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.exception())
        self._queue(Turn(act, makes=False, future=future, reads=True))

    def refresh(self) -> None:
        """Reads the news, including the journal."""
        self._wants_journal = True
        self.later(_nothing)

    async def news(self, feed: KeptFeed, number: int, timeout: float | None) -> bool:  # noqa: ASYNC109 - see `Feed.news`
        """Waits for the feed, and listens to other servers meanwhile."""
        if not self.is_followed and self.sandbox is not None:
            self._told = self.sandbox.journal.present
        self._followers += 1
        if self._store.is_remote and self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        try:
            return await feed.heard(number, timeout)
        finally:
            self._followers -= 1
            self._followed_until = monotonic() + LINGER

    async def _listen(self) -> None:
        """Reads the news whenever another server has stored something."""
        try:
            while self.is_followed:
                try:
                    async for _ in self._store.news(self.name):
                        if not self.is_followed:
                            return
                        self.refresh()
                except StoreLost:
                    await asyncio.sleep(RETRY)
        finally:
            self._listening = None

    def close(self) -> None:
        """Stops listening to other servers."""
        if self._listening is not None:
            self._listening.cancel()


def _nothing(_sandbox: Sandbox) -> None:
    """Does nothing: the read before it is enough."""


def _order(turn: Turn) -> tuple[bool, bool]:
    return not turn.completed, not turn.reads
