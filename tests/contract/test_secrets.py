"""Credentials never appear in a log, the journal, a response or a repr."""

import asyncio
import base64
import logging
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from jobtwin.http import Settings, base_path, create_app
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded

FIFTH = sorted(Path(__file__).parents[1].glob("fifth/*.yaml"))
SPECS = [*loaded(), *loaded(FIFTH)]
SECRET = "s3cr3t-0f-s0meb0dy"  # noqa: S105 - made up
BASE64 = base64.b64encode(f"{SECRET}:".encode()).decode()
GUARDED = [pytest.param(spec, id=spec.name) for spec in SPECS if spec.credentials]
WAYS = [
    SECRET,
    f"Bearer {SECRET}",
    f"Basic {SECRET}",
    f"Basic {BASE64}",
    f"Bearer {SECRET} {SECRET}",
]


class BrokenClock(ManualClock):
    """A clock that can be made to fail."""

    broken = False

    def now(self) -> int:
        """Returns the moment, or fails."""
        if self.broken:
            raise RuntimeError("the spring has snapped")
        return super().now()


def ask_everything(
    spec: Spec, sandbox: Sandbox, settings: Settings | None = None
) -> list[httpx.Response]:
    """Send the secret, in every form, to every operation and to unknown paths."""
    app = create_app([spec], sandbox, settings or Settings(credentials=(SECRET,)))
    clock = sandbox.clock
    if isinstance(clock, BrokenClock):
        clock.broken = True
    targets = [(operation.method, _target(operation)) for operation in spec.operations]
    targets += [("GET", "/nowhere"), ("BREW", targets[0][1])]

    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        base = f"http://twin{base_path(spec)}"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return [
                await client.request(
                    method, target + _keys(spec, target, way), headers=_headers(spec, way)
                )
                for method, target in targets
                for way in WAYS
            ]

    return asyncio.run(asked())


def _headers(spec: Spec, way: str) -> dict[str, str]:
    schemes = [scheme for scheme in spec.credentials.values() if scheme.place == "header"]
    keys = {scheme.field: scheme.const or way for scheme in schemes}
    wanted = (p for operation in spec.operations for p in operation.parameters)
    return (
        {p.name: p.example for p in wanted if p.place == "header" and p.example}
        | keys
        | {"Cookie": way}
    )


def _keys(spec: Spec, target: str, way: str) -> str:
    schemes = [scheme for scheme in spec.credentials.values() if scheme.place == "query"]
    keys = "&".join(f"{_escaped(scheme.field)}={quote(way)}" for scheme in schemes)
    return keys and ("&" if "?" in target else "?") + keys


def _escaped(name: str) -> str:
    """Percent-encode each byte of a name, which stays the same name."""
    return "".join(f"%{byte:02x}" for byte in name.encode())


def _target(operation: Operation) -> str:
    """Returns path and query of a request that finds a sample."""
    path, query = operation.path, []
    source, machine = operation.job_id, operation.machine
    for parameter in operation.parameters:
        named = source and (source.place, source.name) == (parameter.place, parameter.name)
        value = machine.samples[0].id if machine and named else parameter.example
        path = path.replace(f"{{{parameter.name}}}", str(value))
        if parameter.required and parameter.place == "query":
            query.append(f"{parameter.name}={value}")
    return f"{path}?{'&'.join(query)}" if query else path


@pytest.mark.parametrize("spec", GUARDED)
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(Settings(), id="any"),
        pytest.param(Settings(credentials=(SECRET,)), id="this one"),
        pytest.param(Settings(credentials=("another",), lenient=True), id="another"),
    ],
)
@pytest.mark.parametrize("clock", [ManualClock, BrokenClock])
def test_secrets(
    spec: Spec, settings: Settings, clock: type[ManualClock], caplog: pytest.LogCaptureFixture
) -> None:
    """Accepted, refused or in a failed request, a secret is in no log, journal or response."""
    caplog.set_level(logging.DEBUG)

    sandbox = Sandbox(spec.jobs.values(), Setup(clock()))

    responses = ask_everything(spec, sandbox, settings)

    logged = [record for record in caplog.records if record.name != "httpx"]  # the client's own
    told = [f"{record.getMessage()} {record.exc_text}" for record in logged]
    told += [f"{response.headers} {response.text}" for response in responses]
    told += [repr(entry) for entry in sandbox.journal]
    assert not any(secret in text for text in told for secret in (SECRET, BASE64))


def test_repr() -> None:
    """The repr of settings does not contain the credentials."""
    settings = Settings(credentials=(SECRET,))

    assert SECRET not in f"{settings!r} {settings}"


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.name) for spec in SPECS])
def test_internal(spec: Spec, caplog: pytest.LogCaptureFixture) -> None:
    """An internal failure gets the vendor's 500, and is logged."""
    answer = spec.errors["internal"].answer

    responses = ask_everything(spec, Sandbox(spec.jobs.values(), Setup(BrokenClock())))

    failed = [response for response in responses if response.status_code == 500]
    assert failed or not spec.jobs
    assert caplog.text.count("RuntimeError: the spring has snapped") >= len(failed)
    assert all(response.headers["content-type"] == answer.media_type for response in failed)
    assert all(answer.validator is None or answer.validator.is_valid(r.json()) for r in failed)
