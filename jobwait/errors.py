"""The errors of a wait.

JobwaitError
├── ResumeRefused           a document is not one that this waiter can go on from
├── CallbackRefused         a request is no callback of the vendor's
│   ├── SignatureMissing    … it is not signed
│   ├── SignatureWrong      … it is signed by somebody else, or was changed
│   ├── SignatureExpired    … it is too old, or from the future
│   └── CallbackUnreadable  … its body is not as it is described
└── WaitError               a wait ended, and not as hoped for
    ├── JobEnded            the job has come to an end
    │   ├── JobFailed       … by a failure
    │   │   └── JobPartlyFailed   … of some of its parts
    │   └── JobCancelled    … because somebody called it off
    ├── JobNotFound         there is no such job, and was none all the while
    ├── JobExpired          the job was seen, and is gone
    ├── WaitTimeout         the deadline has passed
    ├── TransportFailed     the server cannot be reached, fails, or refuses to answer
    └── ProtocolViolated    the server's answers are not those that were described
"""

from __future__ import annotations

from typing import Any

from jobwait.snapshot import Part, Record, Seen, Snapshot


class JobwaitError(Exception):
    """The root of them all."""


class ResumeRefused(JobwaitError):
    """A document is not one that this waiter can go on from: `where` in it, and `why`."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.where = where
        self.why = why

    def __str__(self) -> str:
        return f"{self.where or 'the document'}: {self.why}"


class CallbackRefused(JobwaitError):
    """A request is no callback of the vendor's; answer it with a 400. `why` holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class SignatureMissing(CallbackRefused):
    """A request is not signed."""


class SignatureWrong(CallbackRefused):
    """A request is signed by somebody else, or was changed."""


class SignatureExpired(CallbackRefused):
    """A request was signed too long ago, or by a clock that is ahead."""


class CallbackUnreadable(CallbackRefused):
    """A request is signed well, and its body is not as it is described."""


class WaitError(JobwaitError):
    """A wait ended, and not as hoped for.

    `last` is the last snapshot, None if there was none; `why` is the end in words; `status` is the
    HTTP status that led to it, if one did.
    """

    def __init__(
        self, record: Record, last: Snapshot[Any] | None, why: str, status: int | None = None
    ) -> None:
        super().__init__(record, last, why, status)
        self.record = record
        self.last = last
        self.why = why
        self.status = status

    @property
    def history(self) -> tuple[Seen, ...]:
        """The states that were seen, with when each was first seen."""
        return self.record.history

    @property
    def attempts(self) -> int:
        """Requests sent."""
        return self.record.attempts

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        return self.record.elapsed

    @property
    def state(self) -> str | None:
        """The last state that was seen."""
        return self.last.state if self.last else None

    def to_json(self) -> str:
        """The document from which the wait can go on, if that makes sense."""
        return self.record.to_json()

    def __str__(self) -> str:
        ids = ", ".join(f"{name}={value}" for name, value in self.record.ids.items())
        spent = f"after {self.elapsed:.1f} s and {self.attempts} attempts"
        return f"{self.record.of} ({ids}): {self.why}, {spent}"


class JobEnded(WaitError):
    """The job has come to an end that is no success; `reason` is the vendor's, if it gives one."""

    @property
    def reason(self) -> str | None:
        """Why, in the vendor's words."""
        return self.last.reason if self.last else None

    @property
    def failures(self) -> tuple[Part, ...]:
        """The parts that failed, each with its path, state and reason."""
        return self.last.failures if self.last else ()

    def __str__(self) -> str:
        told = [f"  reason: {self.reason}"] if self.reason else []
        return "\n".join([super().__str__(), *told, *(f"  {part}" for part in self.failures)])


class JobFailed(JobEnded):
    """The job failed."""


class JobPartlyFailed(JobFailed):
    """Some parts of the job did well, and some failed."""


class JobCancelled(JobEnded):
    """Somebody called the job off."""


class JobNotFound(WaitError):
    """There is no such job, and was none for as long as a new one may take to appear."""


class JobExpired(WaitError):
    """The job was seen, and is gone: deleted, or no longer kept."""


class WaitTimeout(WaitError):
    """The deadline has passed; the job may still be on its way."""


class TransportFailed(WaitError):
    """The server cannot be reached, fails, or refuses to answer; the job may be fine."""


class ProtocolViolated(WaitError):
    """The server's answers are not those that were described, so that the state cannot be told."""
