"""A twin and the client of the same spec, in process; requests are recorded, to be checked."""

import importlib
import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

import httpx
from openapi_python_client.strings import ClassName, PythonIdentifier

from jobtwin.http import base_path, create_app
from jobtwin.openapi import Spec
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandbox_names import DEFAULT
from jobtwin.sandboxes import ManualClock, Sandbox, Sandboxes, Setup
from tests.asgi import respond
from tests.both.promises import Promised, Promises
from tests.loaded import loaded
from tests.waiters.stage import FIFTH

SPECS = [*loaded(), *loaded(FIFTH)]


@cache
def served(spec: Spec) -> tuple[Sandboxes, Any]:
    """Serves a spec with its samples; one without jobs is served with all specs that it controls.

    The server has room for one sandbox besides the default one.
    """
    specs: Sequence[Spec] = [spec] if spec.jobs else SPECS
    machines = machines_by_name(specs)
    sandboxes = Sandboxes(lambda: Sandbox(machines, Setup(ManualClock())), most=2)
    return sandboxes, create_app(specs, sandboxes)


@cache
def python_name(name: str) -> str:
    """Returns the name that the generator gives to an operation or a parameter."""
    return str(PythonIdentifier(name, "field_"))


class Pair(httpx.BaseTransport):
    """A twin, and its client; `sent` is the last request."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.promises = Promises(spec.document.written)
        self.base = base_path(spec)
        self.sandboxes, app = served(spec)
        self.sandbox = self.sandboxes[DEFAULT]
        self._app = app
        self._endpoints: dict[str, ModuleType] = {}
        self.sent = httpx.Request("GET", "http://twin")
        self.client = self._client()
        self.anew()

    def anew(self) -> None:
        """Resets to the initial moment, with only the default sandbox."""
        for name in self.sandboxes.names():
            if name != DEFAULT:
                self.sandboxes.remove(name)
        self.sandbox.clock = ManualClock()
        self.sandbox.reset()

    def _client(self) -> Any:
        package = importlib.import_module(f"jobclients.{self.spec.name}")
        offered = next((o.security[0] for o in self.spec.operations if o.security), {})
        chosen = [self.spec.credentials[name] for name in offered]
        sent = {c.field: c.const or c.example for c in chosen if c.place == "header"}
        in_query = {c.field: c.example for c in chosen if c.place == "query"}
        settings: dict[str, Any] = {
            "base_url": f"http://twin{self.base}",
            "httpx_args": {"transport": self, "params": in_query},
        }
        if not sent:
            return package.Client(**settings)
        name, token = next(iter(sent.items()))
        prefix = {"bearer": "Bearer", "basic": "Basic"}.get(chosen[0].kind, "")
        return package.AuthenticatedClient(
            token=token, prefix=prefix, auth_header_name=name, headers=sent, **settings
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Handles one request."""
        request.read()
        self.sent = request
        return respond(self._app, request)

    def endpoint(self, operation: Promised) -> ModuleType:
        """Returns the generated module of an operation."""
        if operation.id not in self._endpoints:
            tag, name = PythonIdentifier(operation.tag, "tag"), python_name(operation.id)
            module = importlib.import_module(f"jobclients.{self.spec.name}.api.{tag}.{name}")
            self._endpoints[operation.id] = module
        return self._endpoints[operation.id]

    def classes(self, schema: Any) -> set[type]:
        """Returns the possible generated classes of a body."""
        if self.promises.resolved(schema).get("type") == "array":
            return {list}
        names = [
            each["$ref"].rpartition("/")[2]
            for each in (schema, *schema.get("oneOf", ()), *schema.get("anyOf", ()))
            if "$ref" in each
        ]
        models = importlib.import_module(f"jobclients.{self.spec.name}.models")
        return {getattr(models, ClassName(name, "field_")) for name in names}

    def faults(self, operation: Promised) -> set[str]:
        """Returns the violations of the spec in the last request."""
        return self.faults_of(operation, self.sent)

    def faults_of(self, operation: Promised, request: httpx.Request) -> set[str]:
        """Returns the violations of the spec in a request."""
        return self.promises.faults(operation, request, self.base)

    def read(self, operation: Promised, response: httpx.Response) -> Any:
        """Returns the client's reading of a response, as `sync_detailed` returns it."""
        response.request = httpx.Request(operation.method.upper(), "http://twin/")
        return self.endpoint(operation)._build_response(client=self.client, response=response)  # noqa: SLF001 - all four functions of the module call it


def plain(read: Any) -> Any:
    """Returns the JSON of a value that the client has read."""
    if isinstance(read, list):
        return [plain(item) for item in read]
    return read.to_dict() if hasattr(read, "to_dict") else read


def content_of(answer: httpx.Response) -> Any:
    """Returns the body of a response: JSON, a text, or None for no body."""
    if not answer.content:
        return None
    is_text = answer.headers["content-type"].startswith("text/")
    return answer.text if is_text else json.loads(answer.content)


UUIDS = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


def text(value: Any) -> str:
    """Returns JSON to compare: `1`, `1.0` and `true` differ, and so do null and absence.

    By RFC 3339 and RFC 9562, a moment in UTC with `Z` equals one with `+00:00`, a fraction of a
    second equals one with more trailing zeros, and a UUID equals one in capitals. A client that
    returns datetimes and UUIDs cannot distinguish these.
    """
    # One line per item, to show a difference; `indent` would use the encoder in Python.
    return json.dumps(_canonical(value), sort_keys=True, separators=(",\n", ": "))


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    return _canonical_text(value) if isinstance(value, str) else value


@lru_cache(2**12)
def _canonical_text(value: str) -> str:
    if found := MOMENT.fullmatch(value):
        fraction = (found[2] or "").rstrip("0").rstrip(".")
        return f"{found[1]}{fraction}{found[3].replace('+00:00', 'Z')}"
    return value.lower() if UUIDS.fullmatch(value) else value
