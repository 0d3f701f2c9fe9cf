"""Runs a command on twins: where they are by its environment, and time that skips what it sleeps."""

from jobtwin.running.clock_file import ClockFile
from jobtwin.running.command import Ended, run_command
from jobtwin.running.environment import command_environment

__all__ = ["ClockFile", "Ended", "command_environment", "run_command"]
