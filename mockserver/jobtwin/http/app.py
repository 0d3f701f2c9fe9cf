"""The ASGI application: it accepts requests, selects their sandbox, and finds their endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp

from jobtwin.deliveries import Courier, Network
from jobtwin.http.access import AccessMiddleware
from jobtwin.http.api import ServedApi
from jobtwin.http.control import control_handlers
from jobtwin.http.own_ports import OwnPorts
from jobtwin.http.routing import Router
from jobtwin.http.sandbox_selection import SandboxMiddleware
from jobtwin.http.settings import Settings
from jobtwin.openapi import Spec
from jobtwin.openapi.servers import mount_path
from jobtwin.sandboxes import Sandbox, Sandboxes

CONTROL = "control"
"""The stem of the spec that describes the server's own API, mounted at /_control."""


def base_path(spec: Spec) -> str:
    """Returns the mount path of a spec: its name and the path of its first server."""
    return mount_path(spec.name, spec.document.data)


def create_app(
    specs: Sequence[Spec],
    sandboxes: Sandboxes | Sandbox,
    settings: Settings | None = None,
    courier: Courier | None = None,
) -> ASGIApp:
    """Returns the application for these specs and sandboxes; makes a courier if none is given."""
    settings = settings or Settings()
    if isinstance(sandboxes, Sandbox):
        sandboxes = Sandboxes.only(sandboxes)
    paths = {spec.name: base_path(spec) for spec in specs}
    courier = courier or Courier(specs, sandboxes, Network(settings.deliver_to))
    guarded = bool(settings.credentials)
    controls = control_handlers(
        specs, sandboxes, paths, courier, guarded=guarded, own_ports=settings.own_ports
    )
    apis = {
        base_path(spec): ServedApi(spec, settings, sandboxes, controls, courier) for spec in specs
    }
    control = f"/_{CONTROL}"
    selecting = SandboxMiddleware(Router(apis), control=control, token=settings.control_token)
    open_to = AccessMiddleware(
        selecting, control=control, hosts=settings.hosts, origins=settings.origins
    )
    return OwnPorts(open_to, specs, settings.own_ports) if settings.own_ports else open_to
