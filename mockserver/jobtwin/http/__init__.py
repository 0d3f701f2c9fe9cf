"""HTTP: requests read and refused, handled, and answered as a spec says."""

from jobtwin.http.app import CONTROL, base_path, create_app
from jobtwin.http.settings import Settings

__all__ = ["CONTROL", "Settings", "base_path", "create_app"]
