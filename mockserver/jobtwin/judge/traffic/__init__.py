"""Recordings read into exchanges, and written without their secrets."""

from jobtwin.judge.traffic.recording import Recorder

__all__ = ["Recorder"]
