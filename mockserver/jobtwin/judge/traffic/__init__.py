"""Reads recordings into exchanges, and writes them with secrets masked."""

from jobtwin.judge.traffic.recording import Recorder

__all__ = ["Recorder"]
