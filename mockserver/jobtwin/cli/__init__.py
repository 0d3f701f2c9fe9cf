"""The command line: reads flags, calls the rest, and says in one line what is wrong."""

from jobtwin.cli.root import jobtwin

__all__ = ["jobtwin"]
