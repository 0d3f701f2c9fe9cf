"""The test kit: shared servers, and a sandbox for each test.

Names are imported on first use, since pytest loads the plugin in every run.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from jobtwin.testing.api import Api, Job
    from jobtwin.testing.clock import Clock
    from jobtwin.testing.deliveries import Delivery
    from jobtwin.testing.errors import ControlRefused, NoClient, NotStarted, WrongOption
    from jobtwin.testing.fate import Fate
    from jobtwin.testing.host import Host, in_process, serving
    from jobtwin.testing.jobtwin import Jobtwin
    from jobtwin.testing.journal import Calls, Journal, Verdict
    from jobtwin.testing.options import TwinOptions
else:

    def __getattr__(name: str) -> object:
        """Imports a name of the test kit."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "Api",
    "Calls",
    "Clock",
    "ControlRefused",
    "Delivery",
    "Fate",
    "Host",
    "Job",
    "Jobtwin",
    "Journal",
    "NoClient",
    "NotStarted",
    "TwinOptions",
    "Verdict",
    "WrongOption",
    "in_process",
    "serving",
]

_HOMES = {
    "Api": "api",
    "Calls": "journal",
    "Clock": "clock",
    "ControlRefused": "errors",
    "Delivery": "deliveries",
    "Fate": "fate",
    "Host": "host",
    "Job": "api",
    "Jobtwin": "jobtwin",
    "Journal": "journal",
    "NoClient": "errors",
    "NotStarted": "errors",
    "TwinOptions": "options",
    "Verdict": "journal",
    "WrongOption": "errors",
    "in_process": "host",
    "serving": "host",
}
