"""The errors of a wait.

JobwaitError
├── ResumeRefused           this waiter cannot resume from this document
├── LocationRefused         a response leads to no job on its server
├── CallbackRefused         a request is not a callback of the vendor
│   ├── SignatureMissing    it is not signed
│   ├── SignatureWrong      it is signed with another secret, or was changed
│   ├── SignatureExpired    it is too old, or from the future
│   └── CallbackUnreadable  its body is not as documented
└── WaitError               the wait did not end with success
    ├── JobEnded            the job ended without success
    │   ├── JobFailed       the job failed
    │   │   └── JobPartlyFailed   some of the job's parts failed
    │   └── JobCancelled    the job was cancelled
    ├── JobNotFound         the job does not exist, and was never seen
    ├── JobExpired          the job was seen, and no longer exists
    ├── WaitTimeout         the deadline passed
    ├── TransportFailed     the server cannot be reached, fails, or refuses the request
    └── ProtocolViolated    the server's responses are not as documented
"""

from __future__ import annotations

from typing import Any

from jobwait.snapshot import Part, Record, Seen, Snapshot


class JobwaitError(Exception):
    """The base class of jobwait's errors."""


class ResumeRefused(JobwaitError):
    """This waiter cannot resume from this document: `where` in it, and `why`."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.where = where
        self.why = why

    def __str__(self) -> str:
        return f"{self.where or 'the document'}: {self.why}"


class LocationRefused(JobwaitError):
    """A response leads to no job that this waiter can wait for: its URL without the query, and `why`."""

    def __init__(self, url: str, why: str) -> None:
        self.url = url.partition("?")[0]
        super().__init__(self.url, why)
        self.why = why

    def __str__(self) -> str:
        return f"{self.url or 'the response'}: {self.why}"


class CallbackRefused(JobwaitError):
    """A request is not a callback of the vendor; answer it with a 400. `why` contains no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class SignatureMissing(CallbackRefused):
    """The request is not signed."""


class SignatureWrong(CallbackRefused):
    """The request is signed with another secret, or was changed."""


class SignatureExpired(CallbackRefused):
    """The request was signed too long ago, or by a clock that is ahead."""


class CallbackUnreadable(CallbackRefused):
    """The signature is right, but the body is not as documented."""


class WaitError(JobwaitError):
    """The wait did not end with success.

    `last` is the last snapshot, or None; `why` says how the wait ended; `status` is the HTTP
    status that ended it, if any.
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
        """The states so far, with the time when each was first seen."""
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
        """The last state seen."""
        return self.last.state if self.last else None

    def to_json(self) -> str:
        """Returns the document from which the wait can be resumed."""
        return self.record.to_json()

    def __str__(self) -> str:
        ids = ", ".join(f"{name}={value}" for name, value in self.record.ids.items())
        spent = f"after {self.elapsed:.1f} s and {self.attempts} attempts"
        return f"{self.record.of} ({ids}): {self.why}, {spent}"


class JobEnded(WaitError):
    """The job ended without success; `reason` is the vendor's, if it gives one."""

    @property
    def reason(self) -> str | None:
        """The reason, in the vendor's words."""
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
    """Some parts of the job failed, others succeeded."""


class JobCancelled(JobEnded):
    """The job was cancelled."""


class JobNotFound(WaitError):
    """The job does not exist: it did not appear within the time that a new job may take."""


class JobExpired(WaitError):
    """The job was seen, and no longer exists: it was deleted or has expired."""


class WaitTimeout(WaitError):
    """The deadline passed; the job may still be running."""


class TransportFailed(WaitError):
    """The server cannot be reached, fails, or refuses the request; the job may be fine."""


class ProtocolViolated(WaitError):
    """The server's responses are not as documented, so the job's state is unknown."""
