"""HTTP: requests read and refused, handled, and answered as a spec says."""

from jobtwin.http.api import Settings
from jobtwin.http.app import CONTROL, base_path, create_app

__all__ = ["CONTROL", "Settings", "base_path", "create_app"]
