"""Runs a command on twins: their addresses in its environment, and a clock that skips its sleep."""

from jobtwin.running.clock_file import ClockFile
from jobtwin.running.command import Ended, run_command
from jobtwin.running.environment import command_environment

__all__ = ["ClockFile", "Ended", "command_environment", "run_command"]
