"""Handlers of the control API's journal: read, cleared, judged for politeness, followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any

import orjson

from jobtwin.http.control.lookup import ServedTwins
from jobtwin.http.control.views import shown_entry, shown_report, shown_skip
from jobtwin.http.events import stream
from jobtwin.http.finding import Handler
from jobtwin.http.pieces import streamed
from jobtwin.http.reply import Stream
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import Machine
from jobtwin.openapi.times import rfc3339
from jobtwin.sandboxes import Item, JobChanged, JournalEntry, Sandbox
from jobtwin.sandboxes.changes import ClockAdvanced
from jobtwin.sandboxes.json_lists import written
from jobtwin.sandboxes.polling import PIECE, reporting
from jobtwin.sandboxes.tasks import in_pieces

SHOWN_AT_ONCE = 10
"""The number of entries that are shown at once: some milliseconds of work."""

MOST_AT_ONCE = 16 * 1024
"""The maximum number of bytes of their bodies."""

_SHOWN_OF_CHANGES = ("event", "scenario", "speed", "frozen", "callback")


class JournalControl:
    """The journals of a server's sandboxes, and their events."""

    def __init__(self, served: ServedTwins) -> None:
        self._served = served

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
        return {
            "clearJournal": lambda _, sandbox: sandbox.clear_journal(),
            "followEvents": self._follow_events,
            "getJournal": self._get_journal,
            "getPollingReport": self._get_report,
        }

    @staticmethod
    def _get_journal(request: RequestData, sandbox: Sandbox) -> Any:
        journal, limit = sandbox.journal, request.query["limit"]
        wanted = (entry for entry in reversed(journal) if _wanted(entry, request.query))
        entries = [*islice(wanted, limit)]
        skips = list(map(shown_skip, islice(reversed(journal.skips), limit)))
        counts = {"total": journal.total, "forgotten": journal.forgotten}
        rest = {**counts, **({"skips": skips} if skips else {})}
        shown, size = map(shown_entry, entries), sum(entry.size for entry in entries)
        if len(entries) <= SHOWN_AT_ONCE and size <= MOST_AT_ONCE:
            return {"entries": [*shown], **rest}
        end = b"," + orjson.dumps(rest)[1:]
        return streamed(chain([b'{"entries":'], written(in_pieces(shown)), [end]))

    def _get_report(self, request: RequestData, sandbox: Sandbox) -> Any:
        entries, query = [*sandbox.journal], request.query
        found = reporting(entries, self._polled, api=query["api"], job=query["job"])
        if len(entries) <= PIECE:
            return {"jobs": list(map(shown_report, chain.from_iterable(found)))}
        pieces = (list(map(shown_report, piece)) for piece in found)
        return streamed(chain([b'{"jobs":'], written(pieces), [b"}"]))

    def _polled(self, api: str, machine: str) -> Machine | None:
        return self._served.specs[api].jobs.get(machine) if api in self._served.specs else None

    def _follow_events(self, request: RequestData, sandbox: Sandbox) -> Stream:
        return stream(sandbox, request.header["Last-Event-ID"], partial(self._event, sandbox))

    def _event(self, sandbox: Sandbox, item: Item) -> tuple[str, Mapping[str, Any]]:
        """Returns an item of the feed, without facts, which may be secrets."""
        what = item.what
        if isinstance(what, JournalEntry):
            return "request", shown_entry(what)
        api, _, machine = str(getattr(what, "machine", "")).rpartition("/")
        shown = {"at": rfc3339(what.at), "api": api, "machine": machine}
        if (known := self._served.machines.get(f"{api}/{machine}")) is not None:
            shown["id"] = known.shown_id(getattr(what, "id", ""))
        if isinstance(what, JobChanged):
            return "job", {**shown, "state": what.state}
        shown |= {name: getattr(what, name, "") for name in _SHOWN_OF_CHANGES}
        shown |= {"kind": what.kind, "state": sandbox.state_after(what) or ""}
        if isinstance(what, ClockAdvanced):
            shown["now"] = rfc3339(what.at + what.by)
        return "change", {name: value for name, value in shown.items() if value != ""}


_MATCHES: Mapping[str, Callable[[JournalEntry], Any]] = {
    "api": lambda entry: entry.api,
    "operation": lambda entry: entry.operation,
    "status": lambda entry: entry.status,
}


def _wanted(entry: JournalEntry, query: Mapping[str, Any]) -> bool:
    if query["job"] is not None and query["job"] not in {entry.job, *(s.job for s in entry.seen)}:
        return False
    return all(query[name] in (None, get(entry)) for name, get in _MATCHES.items())
