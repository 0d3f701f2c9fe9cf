"""Several processes that serve one address: a parent starts them, replaces those that end, and stops them all."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import FrameType

from jobtwin.errors import WorkerFailed

log = logging.getLogger("jobtwin")

PATIENCE = 10.0
"""Seconds before a worker that was asked to end is killed."""

_FORK = multiprocessing.get_context("fork")
_ENDING = (signal.SIGINT, signal.SIGTERM)

Announce = Callable[[], None]
Serve = Callable[[Announce], None]
"""Serves in a separate process, and calls the given function when it is ready."""


@dataclass(slots=True)
class _Worker:
    """A process, with the connection on which it reports that it is ready."""

    process: ForkProcess
    told: Connection
    is_ready: bool = False

    def hear(self) -> None:
        """Waits for its report. Raises WorkerFailed if it ends without one."""
        if self.is_ready:
            return
        try:
            self.told.recv_bytes()
        except EOFError:  # the connection ends with the process, a moment earlier
            raise WorkerFailed from None
        self.is_ready = True


class Workers:
    """A group of server processes."""

    def __init__(self, count: int, serve: Serve) -> None:
        self._count = count
        self._serve = serve
        self._workers: list[_Worker] = []

    def run(self, announce: Announce) -> None:
        """Serves until SIGINT or SIGTERM, which each worker receives as SIGTERM.

        Calls `announce` once, when all are ready. A worker that ends later is replaced. Raises
        WorkerFailed if one ends before it was ready.
        """
        with _signals() as (signals, caught):
            try:
                self._workers = [self._started() for _ in range(self._count)]
                self._until_ready(signals)
                if not caught:
                    announce()
                self._watch(signals)
            finally:
                self._end()
        if caught and caught[0] == signal.SIGTERM:
            signal.raise_signal(signal.SIGTERM)  # as a server without workers ends by it

    def _started(self) -> _Worker:
        told, tell = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_work, args=(self._serve, tell), name="jobtwin-worker")
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        process.start()  # until it has handlers of its own, it would lose signals to its parent's
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        tell.close()
        return _Worker(process, told)

    def _until_ready(self, signals: int) -> None:
        """Waits until each worker is ready, or for a signal."""
        while waiting := {each.told: each for each in self._workers if not each.is_ready}:
            ready = wait([signals, *waiting])
            if signals in ready:
                return
            for told in waiting.keys() & {*ready}:
                waiting[told].hear()

    def _watch(self, signals: int) -> None:
        """Replaces workers that end, until there is a signal."""
        while True:
            if signals in wait([signals, *(each.process.sentinel for each in self._workers)]):
                return
            for place, worker in enumerate(self._workers):
                if worker.process.exitcode is not None:
                    self._replace(place)

    def _replace(self, place: int) -> None:
        worker = self._workers[place]
        worker.hear()
        log.warning(
            "worker %d ended with %s; another is started",
            worker.process.pid,
            worker.process.exitcode,
        )
        worker.told.close()
        self._workers[place] = self._started()

    def _end(self) -> None:
        """Ends all workers; kills those that do not end in time."""
        for worker in self._workers:
            if worker.process.is_alive():
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


@contextmanager
def _signals() -> Iterator[tuple[int, list[int]]]:
    """Yields a socket to wait on, and the caught signals."""
    caught: list[int] = []
    reading, writing = os.pipe()

    def catch(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        os.write(writing, b".")

    before = {number: signal.signal(number, catch) for number in _ENDING}
    try:
        yield reading, caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _work(serve: Serve, tell: Connection) -> None:
    """Serves in this process until it is asked to end, or its parent has ended."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve(lambda: tell.send_bytes(b"ready"))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
