"""Sleeping on a sandbox's clock, for the program that `jobtwin run` starts. Standard library alone.

A thread that waits asks the twin to answer when the clock has come so far; the twin moves the clock
when every thread of every such program waits. The time is in a file that all of them map, so that
all see one clock. Replaced are `time.sleep`, `time.time`, `time.monotonic` and their `_ns` forms,
`datetime.now`, waits with a limit for conditions, events, queues and threads, the selectors of
asyncio's loops, and the time-outs of sockets.
"""

from __future__ import annotations

import datetime  # noqa: ICN001 - its members are replaced by name
import json
import mmap
import os
import select
import selectors
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

NOW = struct.Struct("<qd")
"""The file: microseconds since 1970, and the seconds of `time.monotonic` when it was made."""
PATIENCE = 0.05
"""Real seconds for a reply to come before the thread that waits for it counts as asleep."""

_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - it is printed, with its own `Z`
_poll = select.select
_connect = socket.create_connection
_receive, _send = socket.socket.recv, socket.socket.sendall


class FileClock:
    """The sandbox's time, as the twin writes it into a file."""

    def __init__(self, path: str) -> None:
        self._map = mmap.mmap(os.open(path, os.O_RDWR), NOW.size)
        self._start, self._origin = NOW.unpack_from(self._map)

    def reach(self, moment: int) -> None:
        """Writes the moment reported by the twin if it is later; a remote twin cannot write it."""
        if self.microseconds() < moment:
            struct.pack_into("<q", self._map, 0, moment)

    def microseconds(self) -> int:
        """Returns microseconds since 1970."""
        return int(NOW.unpack_from(self._map)[0])

    def time(self) -> float:
        """Replaces `time.time`."""
        return self.microseconds() / 1e6

    def monotonic(self) -> float:
        """Replaces `time.monotonic`."""
        return float(self._origin + (self.microseconds() - self._start) / 1e6)


class Channel:
    """A thread's connection to the twin, on which it asks to be woken."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname, parts.port
        self._head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        if token := os.environ.get("JOBTWIN_CONTROL_TOKEN"):
            self._head += f"Authorization: Bearer {token}\r\n"
        self._socket: socket.socket | None = None
        self._until, self._reads = 0, False

    def ask(self, until: int, *, reads: bool = False) -> socket.socket:
        """Requests an answer at a moment. The returned socket is readable from then on.

        A thread that `reads` waits for a response, which may arrive earlier.
        """
        self._until, self._reads = until, reads
        me = {"process": os.getpid(), "thread": threading.get_native_id(), "reads": reads}
        body = json.dumps({"until": _moment(until), **me})
        head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        request = (self._head + head + body).encode()
        try:
            _send(bell := self._open(), request)
        except OSError:  # the twin has closed an idle connection
            self.close()
            _send(bell := self._open(), request)
        return bell

    def read_answer(self) -> None:
        """Reads the answer. Raises ConnectionError if the twin is gone or refuses."""
        try:
            data = self._more()
        except ConnectionError:  # the twin closed an idle connection while it was asked
            self.close()
            self.ask(self._until, reads=self._reads)
            data = self._more()
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        status, *fields = head.lower().split(b"\r\n")
        length = next(int(f[15:]) for f in fields if f.startswith(b"content-length:"))
        while len(body) < length:
            body += self._more()
        if b" 200" not in status:
            raise ConnectionError(f"jobtwin run: {status.decode()}: {body.decode()}")

    def close(self) -> None:
        """Withdraws a question."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _more(self) -> bytes:
        piece = _receive(self._open(), 4096)
        if not piece:
            raise ConnectionError("jobtwin run: the twin is gone")
        return piece

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = _connect(self._address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket


def _moment(microseconds: int) -> str:
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{_EPOCH + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{rest:06}Z"


class Signal:
    """A signal to one waiting thread, in place of the lock on which `threading.Condition` waits."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def release(self) -> None:
        """Sends the signal. A `Condition` calls this for each thread that it notifies."""
        os.write(self._writer, b".")

    def close(self) -> None:
        """Closes the pipe once no thread can send the signal."""
        os.close(self.reader)
        os.close(self._writer)


class ProcessWaits:
    """The waits of this process."""

    def __init__(self, url: str, clock: FileClock) -> None:
        self.clock = clock
        self.awaiting: set[int] = set()
        """File descriptors on which something was sent, and nothing received since."""
        self._url = url
        self._local = threading.local()

    def channel(self) -> Channel:
        """Returns this thread's channel; a forked process has its own channels."""
        if getattr(self._local, "process", None) != os.getpid():
            self._local.process, self._local.channel = os.getpid(), Channel(self._url)
        channel: Channel = self._local.channel
        return channel

    def after(self, seconds: float) -> int:
        """Returns the moment after some seconds."""
        return self.clock.microseconds() + max(0, round(seconds * 1e6))

    def sleep(self, seconds: float) -> None:
        """Replaces `time.sleep`."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        channel, until = self.channel(), self.after(seconds)
        channel.ask(until)
        channel.read_answer()
        self.clock.reach(until)

    @contextmanager
    def waiting(self, until: int, *, reads: bool = False) -> Iterator[socket.socket]:
        """Counts this thread as asleep within the context; yields the socket that wakes it."""
        channel = self.channel()
        bell = channel.ask(until, reads=reads)
        try:
            yield bell
        finally:
            if _rings(bell):
                channel.read_answer()
                self.clock.reach(until)
            else:
                channel.close()

    def wait_for_signal(self, signal: Signal, seconds: float) -> bool:
        """Waits for a signal. Returns False after some seconds of the clock."""
        return _rings(signal.reader) or self._becomes_readable(signal.reader, seconds)

    def wait_readable(self, sock: Any, seconds: float) -> None:
        """Waits until a socket is readable. Raises TimeoutError after some seconds of the clock."""
        if _poll([sock], [], [], min(PATIENCE, seconds))[0]:
            return
        if not self._becomes_readable(sock, seconds, reads=True):
            raise TimeoutError("timed out")

    def _becomes_readable(self, source: Any, seconds: float, *, reads: bool = False) -> bool:
        # The bell is always among what the thread waits for: the kernel then knows that the thread
        # runs as soon as its wait is over, and so does the twin, which must not move the clock on.
        until = self.after(seconds)
        with self.waiting(until, reads=reads) as bell:
            while not _rings(source):
                if self.clock.microseconds() >= until or _rings(bell):
                    return _rings(source)
                _poll([source, bell], [], [], None)
        return True


def _rings(sock: Any) -> bool:
    """Returns True if there is something to read."""
    return bool(_poll([sock], [], [], 0)[0])


def install(url: str, path: str) -> None:
    """Replaces the functions and classes of this process that read the time or wait for it."""
    sleeper = ProcessWaits(url, FileClock(path))
    sleeper.sleep(0)  # from now on the twin knows this process, and waits for it
    _install_time(sleeper)
    _install_datetime(sleeper.clock)
    _install_threading(sleeper)
    _install_sockets(sleeper)
    _install_selectors(sleeper)


def _install_time(sleeper: ProcessWaits) -> None:
    clock = sleeper.clock
    replaced: dict[str, Callable[..., Any]] = {
        "sleep": sleeper.sleep,
        "time": clock.time,
        "monotonic": clock.monotonic,
        "time_ns": lambda: clock.microseconds() * 1000,
        "monotonic_ns": lambda: round(clock.monotonic() * 1e9),
    }
    for name, function in replaced.items():
        setattr(time, name, function)
    threading._time = clock.monotonic  # type: ignore[attr-defined]  # noqa: SLF001 - its waits measure by that name


def _install_datetime(clock: FileClock) -> None:
    real = datetime.datetime

    class Meta(type):
        """Lets values made by C code count as instances of the class that replaces theirs."""

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

        def __subclasscheck__(cls, other: type) -> bool:
            return issubclass(other, real)

    def now(_: type, tz: datetime.tzinfo | None = None) -> datetime.datetime:
        return real.fromtimestamp(clock.time(), tz)

    def utcnow(_: type) -> datetime.datetime:
        return real.fromtimestamp(clock.time(), datetime.UTC).replace(tzinfo=None)

    methods = {"now": classmethod(now), "today": classmethod(now), "utcnow": classmethod(utcnow)}
    names = {"__module__": "datetime", "__qualname__": "datetime"}
    datetime.datetime = Meta("datetime", (real,), {**methods, **names})  # type: ignore[misc, assignment]  # that is what it is for


def _install_threading(sleeper: ProcessWaits) -> None:
    condition_wait = threading.Condition.wait

    def wait(self: Any, timeout: float | None = None) -> bool:
        if timeout is None or timeout <= 0 or not self._is_owned():
            return condition_wait(self, timeout)
        signal = Signal()
        self._waiters.append(signal)
        saved = self._release_save()
        notified = False
        try:
            notified = sleeper.wait_for_signal(signal, timeout)
        finally:
            self._acquire_restore(saved)
            if not notified:
                with suppress(ValueError):
                    self._waiters.remove(signal)
            signal.close()
        return notified

    threading.Condition.wait = wait  # type: ignore[method-assign]  # that is what it is for
    _install_join(sleeper)


def _install_join(sleeper: ProcessWaits) -> None:
    """Lets a thread that ends signal those that wait for it with a limit."""
    join_thread = threading.Thread.join
    run_thread = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]  # noqa: SLF001 - it calls `run`, which programs override
    joining: dict[int, list[Signal]] = {}
    lock = threading.Lock()
    os.register_at_fork(
        before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
    )

    def bootstrap(self: threading.Thread) -> None:
        with lock:
            joining[id(self)] = []
        try:
            run_thread(self)
        finally:
            with lock:
                for signal in joining.pop(id(self)):
                    signal.release()

    def join(self: threading.Thread, timeout: float | None = None) -> None:
        if timeout is None or timeout <= 0:
            join_thread(self, timeout)
            return
        join_thread(self, 0)  # raises the errors of a thread that cannot be joined
        if self.is_alive() and _signalled(self, timeout):
            join_thread(self)  # it is about to end

    def _signalled(self: threading.Thread, timeout: float) -> bool:
        signal = Signal()
        try:
            with lock:
                if id(self) in joining:
                    joining[id(self)].append(signal)
                elif self is not threading.main_thread():  # it has just ended
                    return True
            return sleeper.wait_for_signal(signal, timeout)
        finally:
            with lock:
                if signal in joining.get(id(self), ()):
                    joining[id(self)].remove(signal)
                signal.close()

    threading.Thread._bootstrap_inner = bootstrap  # type: ignore[attr-defined]  # noqa: SLF001 - same
    threading.Thread.join = join  # type: ignore[method-assign]  # that is what it is for


def _install_sockets(sleeper: ProcessWaits) -> None:
    """Measures time-outs by the clock, and notes which requests are not answered yet."""

    def receiving(method: Any) -> Any:
        def receive(self: Any, *args: Any, **options: Any) -> Any:
            limit = self.gettimeout()
            if limit and not _has_decrypted(self):
                sleeper.wait_readable(self, limit)
            data = method(self, *args, **options)
            sleeper.awaiting.discard(self.fileno())
            return data

        return receive

    def sending(method: Any) -> Any:
        def send(self: Any, *args: Any, **options: Any) -> Any:
            sleeper.awaiting.add(self.fileno())
            return method(self, *args, **options)

        return send

    for kind, names in ((socket.socket, ("recv", "recv_into")), (ssl.SSLSocket, ("read",))):
        for name in names:
            setattr(kind, name, receiving(getattr(kind, name)))
    for name in ("send", "sendall", "sendmsg"):
        setattr(socket.socket, name, sending(getattr(socket.socket, name)))


def _has_decrypted(sock: Any) -> bool:
    """Returns True if a TLS socket has buffered data, or is still in its handshake."""
    return isinstance(sock, ssl.SSLSocket) and (sock._sslobj is None or sock.pending() > 0)  # type: ignore[attr-defined]  # noqa: SLF001


def _install_selectors(sleeper: ProcessWaits) -> None:
    def reads(selector: Any) -> bool:
        """Returns True if a response is awaited."""
        return any(key.fd in sleeper.awaiting for key in selector.get_map().values())

    class Selector(selectors.DefaultSelector):
        """A selector whose time-outs are the clock's."""

        def select(self, timeout: float | None = None) -> list[Any]:
            if timeout is None or timeout <= 0:
                return list(super().select(timeout))
            awaits = reads(self)
            if ready := super().select(min(PATIENCE, timeout) if awaits else 0):
                return list(ready)
            with sleeper.waiting(sleeper.after(timeout), reads=awaits) as bell:
                self.register(bell, selectors.EVENT_READ)
                try:
                    ready = super().select(None)
                finally:
                    self.unregister(bell)
            return [(key, events) for key, events in ready if key.fileobj is not bell]

    selectors.DefaultSelector = Selector  # type: ignore[misc]  # that is what it is for
