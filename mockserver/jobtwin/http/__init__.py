"""HTTP: requests read and refused, handled, and answered as a spec says. It knows connexion."""

from jobtwin.http.app import CONTROL, base_path, create_app
from jobtwin.http.twin import Settings

__all__ = ["CONTROL", "Settings", "base_path", "create_app"]
