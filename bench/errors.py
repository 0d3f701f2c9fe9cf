"""What can go wrong with a measurement. A wrong answer ends the run: it measures something else."""


class BenchError(Exception):
    """Any of these."""


class Wrong(BenchError):
    """A server that does not answer as it should; the text says how."""


class PatienceEnded(BenchError):
    """A process that did not do its part in time; the text says which."""


class Missing(BenchError):
    """A rival that is not here; the text says what is, and how it can be had."""
