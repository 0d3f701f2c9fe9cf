"""The errors of the test kit.

JobtwinError
├── ControlRefused  the control API refused a test's request
├── NoClient        no client has been generated for an API
├── NotStarted      the tests' server does not start
└── WrongOption     `[tool.jobtwin]`, or a test's mark, has a wrong option
"""

from __future__ import annotations

from jobtwin.errors import JobtwinError


class ControlRefused(JobtwinError):
    """The control API refused a test's request; `detail` is the reason."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(detail)


class NoClient(JobtwinError):
    """No client has been generated for an API."""

    def __init__(self, api: str) -> None:
        self.api = api
        super().__init__(
            f"there is no package jobclients.{api}; generate one from its spec, "
            f"or give your own client the `url`, `headers` and `params` of this API"
        )


class NotStarted(JobtwinError):
    """The tests' server does not start; `why` is the reason."""

    def __init__(self, root: str, why: str) -> None:
        self.root = root
        self.why = why
        super().__init__(f"the server on {root} has not started: {why}")


class WrongOption(JobtwinError):
    """An unknown option, or an invalid value; `where` is its place."""

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}")
