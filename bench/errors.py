"""The errors of a measurement. A wrong response ends the run."""


class BenchError(Exception):
    """Any of these."""


class Wrong(BenchError):
    """A server that does not answer as it should; the text says how."""


class PatienceEnded(BenchError):
    """A process that did not do its part in time; the text says which."""


class Missing(BenchError):
    """A missing tool; the message has the command that installs it."""
