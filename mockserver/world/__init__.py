"""Worlds in which jobs live: sandboxes and clocks. No HTTP, no YAML."""

from mockserver.world.clock import Clock, ManualClock, RealClock
from mockserver.world.sandbox import Sandbox
from mockserver.world.shelf import Job, Shelf

__all__ = ["Clock", "Job", "ManualClock", "RealClock", "Sandbox", "Shelf"]
