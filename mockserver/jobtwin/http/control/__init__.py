"""The server's own API, `specs/control.yaml`: its handlers by operationId."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from jobtwin.deliveries import Courier
from jobtwin.http.control.clock import ClockControl
from jobtwin.http.control.deliveries import DeliveryControl
from jobtwin.http.control.faults import FaultControl
from jobtwin.http.control.jobs import JobControl
from jobtwin.http.control.journal import JournalControl
from jobtwin.http.control.limits import LimitControl
from jobtwin.http.control.lookup import ServedTwins
from jobtwin.http.control.machines import MachineControl
from jobtwin.http.control.sandboxes import SandboxControl
from jobtwin.http.finding import Handler
from jobtwin.openapi import Spec
from jobtwin.sandboxes import Sandboxes

SERVER_WIDE = frozenset(
    {"createSandbox", "deleteSandbox", "deleteSandboxes", "getHealth", "listApis", "listSandboxes"}
)
"""Operations on the whole server; a request's sandbox does not need to exist."""


def control_handlers(  # noqa: PLR0913 - what the handlers tell of
    specs: Sequence[Spec],
    sandboxes: Sandboxes,
    paths: Mapping[str, str],
    courier: Courier,
    *,
    guarded: bool = False,
    own_ports: Mapping[str, int] | None = None,
) -> Mapping[str, Handler]:
    """Returns every handler of a server by its operationId.

    `paths` are those of the APIs by name; a `guarded` server accepts only chosen credentials;
    `own_ports` are the ports with a twin at their root.
    """
    served = ServedTwins(specs)
    deliveries = DeliveryControl(courier, served.spec, paths)
    return {
        **ClockControl(deliveries).handlers(),
        **deliveries.handlers(),
        **FaultControl(served.spec).handlers(),
        **JobControl(served).handlers(),
        **JournalControl(served).handlers(),
        **LimitControl(served.specs).handlers(),
        **MachineControl(
            served, specs, paths, guarded=guarded, own_ports=own_ports or {}
        ).handlers(),
        **SandboxControl(served, sandboxes).handlers(),
        "getHealth": lambda *_: {"status": "ok", "version": _version()},
    }


@cache
def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - it takes long to import

    return version("jobtwin")
