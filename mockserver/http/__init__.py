"""HTTP: requests read and refused, handled, and answered as a spec says. It knows connexion."""

from mockserver.http.app import CONTROL, base_path, create_app
from mockserver.http.twin import Settings

__all__ = ["CONTROL", "Settings", "base_path", "create_app"]
