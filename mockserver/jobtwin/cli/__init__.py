"""The command line: parses flags, calls the other rooms, and reports an error in one line."""

from jobtwin.cli.root import jobtwin

__all__ = ["jobtwin"]
