"""The errors of the test kit.

JobtwinError
├── ControlRefused  a test asked the control API for what cannot be
├── NoClient        a test asked for a client that nobody has generated
├── NotStarted      the server that tests share does not start
└── WrongOption     `[tool.jobtwin]`, or a test's mark, holds what is no option
"""

from __future__ import annotations

from jobtwin.errors import JobtwinError


class ControlRefused(JobtwinError):
    """A test asked the control API for what cannot be; `detail` says why."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(detail)


class NoClient(JobtwinError):
    """A test asked for the client of an API for which none has been generated."""

    def __init__(self, api: str) -> None:
        self.api = api
        super().__init__(
            f"there is no package jobclients.{api}; generate one from its spec, "
            f"or give your own client the `url`, `headers` and `params` of this API"
        )


class NotStarted(JobtwinError):
    """The server that tests share does not start; `why` is the reason."""

    def __init__(self, root: str, why: str) -> None:
        self.root = root
        self.why = why
        super().__init__(f"the server on {root} has not started: {why}")


class WrongOption(JobtwinError):
    """An option that there is not, or a value that it cannot have; `where` it stands."""

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}")
