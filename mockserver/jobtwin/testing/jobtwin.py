"""A sandbox, for a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from jobclients.control import Client
from jobclients.control import models as m
from jobclients.control.api.deliveries import set_deliveries
from jobclients.control.api.sandboxes import export_sandbox, reset_sandbox
from jobtwin.errors import unknown
from jobtwin.openapi import Spec
from jobtwin.openapi.names import CONTROL
from jobtwin.sandboxes import Sandbox
from jobtwin.stores.files import write_world
from jobtwin.testing.api import Api
from jobtwin.testing.clock import Clock
from jobtwin.testing.control import WITHOUT_END, control, done
from jobtwin.testing.fate import USUAL, Fate
from jobtwin.testing.journal import Journal
from jobtwin.testing.receivers import App, AppReceiver
from jobtwin.testing.transport import Reach


class Jobtwin:
    """A sandbox: its `clock`, its `journal`, and its APIs by name, as attributes or as items.

    `url` is its root URL; `transport` is for your own httpx clients, which need it if the twin is
    in process.
    """

    fate: Fate = USUAL
    """The fate of the test's jobs; with `--jobtwin-fates`, the test runs once for each."""

    def __init__(
        self,
        name: str,
        specs: Sequence[Spec],
        reach: Reach,
        found: Callable[[], Sandbox],
    ) -> None:
        """`found` returns the sandbox object of this process."""
        self._found = found
        self._direct = reach.direct
        self._receivers: dict[str, AppReceiver] = {}
        self.name = name
        self.url = f"{reach.root}/sandboxes/{name}"
        self.transport = reach.transport
        self._specs = {spec.name: spec for spec in specs if spec.name != CONTROL}
        self._apis: dict[str, Api] = {}

    @cached_property
    def _client(self) -> Client:
        """The client of the sandbox's control API; many tests need none."""
        return control(self.url, self._direct)

    @cached_property
    def clock(self) -> Clock:
        """The clock of the sandbox."""
        skips = self._found().setup.skips
        patient = control(self.url, self._direct, WITHOUT_END) if skips else None
        return Clock(self._client, patient=patient)

    @cached_property
    def journal(self) -> Journal:
        """The requests to the sandbox, and the responses."""
        return Journal(self._client)

    def __repr__(self) -> str:
        return f"<jobtwin sandbox {self.name}>"

    def __getattr__(self, name: str) -> Api:
        if name.startswith("_") or name not in self._specs:
            raise AttributeError(unknown("twin", name, self.__dict__.get("_specs", {})))
        return self[name]

    def __getitem__(self, name: str) -> Api:
        if name not in self._specs:
            raise KeyError(unknown("twin", name, self._specs))
        if name not in self._apis:
            spec, receive = self._specs[name], self._receive
            self._apis[name] = Api(
                spec, self.url, self._client, self.journal, self.transport, receive
            )
        return self._apis[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._specs]

    def hold_deliveries(self, *, held: bool = True) -> None:
        """Holds callbacks and webhooks until they are sent by hand, or releases them."""
        body = m.DeliverySettingsChange(held=held)
        done(set_deliveries.sync, client=self._client, body=body)

    def date_deliveries(self, timestamps: str) -> None:
        """Dates signatures by the "sandbox" clock, or by the machine's "real" clock.

        Use "real" for receivers that compare with a clock that the test does not replace.
        """
        body = m.DeliverySettingsChange(timestamps=m.Timestamps(timestamps))
        done(set_deliveries.sync, client=self._client, body=body)

    def _receive(self, api: str, app: App) -> None:
        """Sends the deliveries of an API to an application."""
        self.close(api)
        receiver = self._receivers[api] = AppReceiver(app)
        self._found().receivers[api] = receiver

    def close(self, *apis: str) -> None:
        """Stops the applications that receive deliveries, as the end of the sandbox does."""
        for api in apis or [*self._receivers]:
            if (receiver := self._receivers.pop(api, None)) is not None:
                self._found().receivers.pop(api, None)
                receiver.close()

    def reset(self) -> None:
        """Deletes the journal and all jobs but the samples; the clock continues."""
        reset_sandbox.sync_detailed(client=self._client)

    def export(self, file: str | Path) -> None:
        """Writes the sandbox to a file for `jobtwin serve --from FILE`.

        The file contains the facts of the jobs, which may be secret; only its owner can read it.
        """
        world = done(export_sandbox.sync, self.name, client=self._client)
        write_world(Path(file), world.to_dict())
