"""The errors of a measurement. A wrong response ends the run."""


class BenchError(Exception):
    """The base of these errors."""


class Wrong(BenchError):
    """An invalid response of a server; the message describes it."""


class PatienceEnded(BenchError):
    """A process that did not finish in time; the message names it."""


class Missing(BenchError):
    """A missing tool; the message has the command that installs it."""
