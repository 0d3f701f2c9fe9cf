"""Handlers of the control API's machines: the twins, their machines, the scenario by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobtwin.errors import Refusal
from jobtwin.http.control.lookup import ServedTwins
from jobtwin.http.finding import Handler
from jobtwin.http.inspection import described_api, graph
from jobtwin.http.request import RequestData
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec
from jobtwin.sandboxes import Sandbox


class MachineControl:
    """The machines of a server; `paths` and `own_ports` are those of the APIs by name."""

    def __init__(
        self,
        served: ServedTwins,
        specs: Sequence[Spec],
        paths: Mapping[str, str],
        *,
        guarded: bool,
        own_ports: Mapping[str, int],
    ) -> None:
        self._served = served
        self._described_apis = {
            empty: [
                described_api(
                    spec, paths[spec.name], own_ports.get(spec.name), guarded=guarded, empty=empty
                )
                for spec in specs
                if spec.jobs
            ]
            for empty in (False, True)
        }

    def handlers(self) -> Mapping[str, Handler]:
        """Returns the handlers by operationId."""
        return {
            "getMachine": self._get_machine,
            "listApis": self._list_apis,
            "listMachines": self._list_machines,
            "setDefaultScenario": self._set_default,
        }

    def _list_apis(self, _request: RequestData, sandbox: Sandbox) -> Any:
        return {"apis": self._described_apis[sandbox.setup.empty]}

    def _list_machines(self, request: RequestData, sandbox: Sandbox) -> Any:
        wanted = request.query["api"]
        found = (m for m, api in self._served.apis.items() if wanted in (None, api))
        return {"machines": [self._described(machine, sandbox) for machine in found]}

    def _get_machine(self, request: RequestData, _sandbox: Sandbox) -> Any:
        api, name = request.path["api"], request.path["machine"]
        return graph(api, self._served.machine(api, name))

    def _set_default(self, request: RequestData, sandbox: Sandbox) -> Any:
        machine = self._served.machine(request.path["api"], request.path["machine"])
        name = request.body["scenario"]
        if name not in machine.scenarios:
            able = ", ".join(machine.scenarios)
            raise Refusal("not_understood", why=f"{name} is not one of its scenarios ({able})")
        sandbox.choose_default_scenario(machine, name)
        return self._described(machine, sandbox)

    def _described(self, machine: Machine, sandbox: Sandbox) -> Any:
        usual = sandbox.defaults.get(machine, machine.default_scenario.name)
        return {
            "api": self._served.apis[machine],
            "machine": machine.name,
            "summary": machine.summary,
            "states": list(machine.states),
            "events": list(machine.event_names),
            "scenarios": [
                {"name": s.name, "summary": s.summary, "default": s.name == usual}
                for s in machine.scenarios.values()
            ],
        }
