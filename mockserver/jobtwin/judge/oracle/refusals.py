"""Finds the situation of an error response."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from jobtwin.judge.exchange import Exchange
from jobtwin.openapi.operations import Creation, Operation, PartTarget

_BY_STATE = "answers/"


def _able(operation: Operation) -> set[str]:
    """Returns the situations that an operation can refuse."""
    able: Mapping[str, bool] = {
        "unknown_path": False,  # belongs to no operation
        "wrong_method": False,
        "internal": False,
        "unknown_job": operation.job_id is not None,
        "illegal_event": operation.command is not None,
        "too_many_requests": bool(operation.limits),
        **_able_by_creation(operation.creation),
    }
    return {name for name in operation.errors if able.get(name, True)}


def _able_by_creation(creation: Creation | None) -> Mapping[str, bool]:
    if creation is None:
        return dict.fromkeys(
            ("conflict", "reused_key", "unknown_scenario", "unknown_target"), False
        )
    targets = any(isinstance(part, PartTarget) for part in creation.parts.values())
    return {
        "conflict": creation.exclusive is not None,
        "reused_key": creation.idempotency is not None,
        "unknown_scenario": True,
        "unknown_target": targets,
    }


class Refusals:
    """The refusals of one operation."""

    def __init__(self, operation: Operation) -> None:
        errors = {name: operation.errors[name] for name in _able(operation)}
        self._errors = {name: (e.answer.status, _pattern(e.message)) for name, e in errors.items()}
        for _, answer in operation.answers:
            if answer.message is not None:
                self._errors[f"{_BY_STATE}{answer.name}"] = answer.status, _pattern(answer.message)

    def told(self, exchange: Exchange) -> frozenset[str]:
        """Returns the situations that fit a response by its status and, if possible, its message.

        An error by state is one, too: `answers/NAME`.
        """
        able = {name for name, (status, _) in self._errors.items() if status == exchange.status}
        text = exchange.response_body.decode("utf-8", "replace")
        fitting = frozenset(name for name in able if self._errors[name][1].search(text))
        return fitting or frozenset(able)

    def is_(self, situation: str, exchange: Exchange) -> bool:
        """Returns True if a response fits this situation and no other."""
        return self.told(exchange) == {situation}

    def are_by_state(self, exchange: Exchange) -> bool:
        """Returns True if a response fits errors by state only."""
        return all(name.startswith(_BY_STATE) for name in self.told(exchange) or ("",))


def _pattern(message: str) -> re.Pattern[str]:
    text = json.dumps(message, ensure_ascii=False)[1:-1]
    return re.compile(re.sub(r"\\\{[\w\\.]+\\\}", ".*", re.escape(text)), re.DOTALL)
