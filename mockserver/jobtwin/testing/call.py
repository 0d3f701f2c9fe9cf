"""One request of the journal with its response, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from jobclients.control import models as m
from jobclients.control.types import Unset

LONGEST_LINE = 200
"""Characters of a body that a failed test's report shows."""


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """A response in the journal, with secrets masked."""

    status: int
    body: m.JournalBody | None

    @property
    def json(self) -> Any:
        """Its parsed JSON. Raises ValueError if it is not JSON, or was too long to be stored."""
        return _json(self.body, "response")

    @property
    def text(self) -> str:
        """Its text, empty if it has no body."""
        return _text(self.body)


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A request in the journal, with secrets masked. It also has the entry's attributes."""

    entry: m.JournalEntry

    def __getattr__(self, name: str) -> Any:
        return getattr(self.entry, name)

    @property
    def json(self) -> Any:
        """The parsed JSON of its body. Raises ValueError if it is not JSON, or was too long to be stored."""
        return _json(_body(self.entry.request), "request")

    @property
    def text(self) -> str:
        """The text of its body, empty without a body."""
        return _text(_body(self.entry.request))

    @property
    def response(self) -> RecordedResponse:
        """The response."""
        return RecordedResponse(self.entry.status, _body(self.entry.response))

    def lines(self) -> list[str]:
        """Returns the bodies for a failed test's report, a line each."""
        shown = [(" sent", self.text), ("  got", self.response.text)]
        return [f"  {word}  {_short(text)}" for word, text in shown if text]


def _body(body: m.JournalBody | Unset) -> m.JournalBody | None:
    return None if isinstance(body, Unset) else body


def _json(body: m.JournalBody | None, what: str) -> Any:
    if body is None:
        raise ValueError(f"the {what} had no body, or one that journals omit")
    if isinstance(body.json, Unset):
        why = "was too long to be stored" if body.truncated else "is not JSON"
        raise ValueError(  # noqa: TRY004 - the value of the body is invalid
            f"the body of the {what} {why}; its text begins {_short(_text(body))!r}"
        )
    return body.json


def _text(body: m.JournalBody | None) -> str:
    if body is None:
        return ""
    if not isinstance(body.json, Unset):
        return json.dumps(body.json, ensure_ascii=False)
    return "" if isinstance(body.text, Unset) else body.text


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"
