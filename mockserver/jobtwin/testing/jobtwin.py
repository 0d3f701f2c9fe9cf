"""A sandbox, as a test gets it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jobclients.control.api.sandboxes import export_sandbox, reset_sandbox
from jobtwin.errors import unknown
from jobtwin.openapi import Spec
from jobtwin.openapi.names import CONTROL
from jobtwin.stores.files import write_world
from jobtwin.testing.api import Api
from jobtwin.testing.clock import Clock
from jobtwin.testing.control import WITHOUT_END, control, done
from jobtwin.testing.fate import USUAL, Fate
from jobtwin.testing.journal import Journal
from jobtwin.testing.transport import Transport


class Jobtwin:
    """A sandbox: its `clock`, its `journal`, and its APIs by name, as attributes or as items.

    `url` is its root URL; `transport` is for httpx clients of your own, and required by them if
    the twin is in process.
    """

    fate: Fate = USUAL
    """What becomes of the jobs that the test makes: under `--jobtwin-fates` one after the other."""

    def __init__(
        self,
        name: str,
        specs: Sequence[Spec],
        root: str,
        transport: Transport,
        *,
        skips: bool = False,
    ) -> None:
        self.name = name
        self.url = f"{root}/sandboxes/{name}"
        self.transport = transport
        self._client = control(self.url, transport)
        patient = control(self.url, transport, WITHOUT_END) if skips else None
        self.clock = Clock(self._client, patient=patient)
        self.journal = Journal(self._client)
        self._apis = {
            spec.name: Api(spec, self.url, self._client, self.journal, transport)
            for spec in specs
            if spec.name != CONTROL
        }

    def __repr__(self) -> str:
        return f"<jobtwin sandbox {self.name}>"

    def __getattr__(self, name: str) -> Api:
        if name.startswith("_") or name not in self._apis:
            raise AttributeError(unknown("twin", name, self.__dict__.get("_apis", {})))
        return self._apis[name]

    def __getitem__(self, name: str) -> Api:
        if name not in self._apis:
            raise KeyError(unknown("twin", name, self._apis))
        return self._apis[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._apis]

    def reset(self) -> None:
        """Delete the journal and all jobs but the samples; the clock goes on."""
        reset_sandbox.sync_detailed(client=self._client)

    def export(self, file: str | Path) -> None:
        """Write the sandbox to a file that `jobtwin serve --from FILE` opens.

        The file holds the facts of the jobs, which may be secret; its owner alone can read it.
        """
        world = done(export_sandbox.sync, self.name, client=self._client)
        write_world(Path(file), world.to_dict())
