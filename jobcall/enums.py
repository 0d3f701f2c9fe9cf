"""Open enumerations: an undocumented value keeps its text."""

from __future__ import annotations

import warnings
from enum import Enum, IntEnum, StrEnum
from typing import Any, Self

_MOST_WARNED = 1000
_warned: set[tuple[type[Enum], object]] = set()


class UnknownValueWarning(UserWarning):
    """An API sent a value that its description does not list."""


class _Open(Enum):
    """Creates a member for each unknown value; iterating over the class does not show it."""

    @property
    def is_known(self) -> bool:
        """True if the API's description lists this value."""
        return type(self)._value2member_map_.get(self._value_) is self

    @classmethod
    def _made(cls, member: Any, value: object) -> Any:
        member._name_, member._value_ = str(value), value
        if (cls, value) not in _warned and len(_warned) < _MOST_WARNED:
            _warned.add((cls, value))
            known = ", ".join(str(each.value) for each in cls)
            warnings.warn(
                f"{cls.__name__}: {str(value)[:80]!r} is not one of {known}",
                UnknownValueWarning,
                stacklevel=5,
            )
        return member


class OpenStrEnum(_Open, StrEnum):
    """A string with documented values; each member equals the string that was sent."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls._made(str.__new__(cls, value), value) if isinstance(value, str) else None


class OpenIntEnum(_Open, IntEnum):
    """An integer with documented values."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return cls._made(int.__new__(cls, value), value) if whole else None  # type: ignore[call-overload] # it is a whole number
