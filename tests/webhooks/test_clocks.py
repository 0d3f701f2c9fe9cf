"""Deliveries on clocks that run or skip, by a real server, and from a store."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin as command
from jobtwin.deliveries import Courier
from jobtwin.http import create_app
from jobtwin.openapi import spec_folder
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import (
    ManualClock,
    OutgoingRequest,
    ReceiverResponse,
    SandboxClock,
    Sandboxes,
    Setup,
)
from jobtwin.stores.opening import kept_sandboxes
from jobtwin.testing import serving
from tests.loaded import loaded
from tests.stored import valkey, valkey_url
from tests.webhooks.vendors import SECRET, SPECS, ScriptedReceiver, melt, sandbox

LOADED = loaded([*SPECS, spec_folder() / "control.yaml"])
MACHINES = machines_by_name(LOADED)


class Mailbox:
    """Takes requests in place of the network."""

    def __init__(self) -> None:
        self.types: list[str] = []
        self.enough = asyncio.Event()
        self.status = 200

    async def __call__(self, request: OutgoingRequest) -> ReceiverResponse:
        """Records the type of a delivery, and sets `enough` after the second."""
        self.types.append(json.loads(request.body)["type"])
        if len(self.types) > 1:
            self.enough.set()
        return ReceiverResponse(self.status)


Client = httpx.AsyncClient


@asynccontextmanager
async def served(sandboxes: Sandboxes, mailbox: Mailbox) -> AsyncIterator[tuple[Client, Courier]]:
    """Yields a client and the courier of an application that delivers to a mailbox."""
    courier = Courier(LOADED, sandboxes, mailbox)
    transport = httpx.ASGITransport(create_app(LOADED, sandboxes, courier=courier))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client, courier


async def created(client: Client) -> str:
    """Returns the id of a new melt with a callback."""
    body = {"colour": "red", "callback": {"url": "http://localhost/hook", "secret": SECRET}}
    return str((await client.post("/glassworks/v1/melts", json=body)).json()["id"])


def kept(file: Path, clock: Callable[[], SandboxClock] = ManualClock) -> Sandboxes:
    """Returns the sandboxes of a store."""
    return kept_sandboxes(f"sqlite:///{file}", lambda: Setup(clock(), empty=True), MACHINES)


def test_running_clock(tmp_path: Path) -> None:
    """On a running clock, due deliveries are sent without any request."""

    async def play() -> list[str]:
        sandboxes = kept(tmp_path / "s.db", lambda: SandboxClock(0, speed=100_000))
        mailbox = Mailbox()
        async with served(sandboxes, mailbox) as (client, _):
            await created(client)
            async with asyncio.timeout(60):
                await mailbox.enough.wait()
        sandboxes.close()
        return mailbox.types

    assert asyncio.run(play()) == ["melt.blowing", "melt.cooled"]


def test_skipping_clock() -> None:
    """A skipping clock jumps to the next due delivery once there are no more requests."""

    async def play() -> list[str]:
        mailbox = Mailbox()
        with sandbox() as (host, _):
            found = host.found("hooks")
        sandboxes = Sandboxes.only(found.sibling())
        async with served(sandboxes, mailbox) as (client, _):
            made = await client.put("/_control/sandboxes/s", json={"clock": "skip", "empty": True})
            made.raise_for_status()
            client.headers["X-Sandbox"] = "s"
            await created(client)
            async with asyncio.timeout(60):
                await mailbox.enough.wait()
        return mailbox.types

    assert asyncio.run(play()) == ["melt.blowing", "melt.cooled"]


def test_store(tmp_path: Path) -> None:
    """After a restart, past deliveries are not repeated, and the rest are sent on their own."""

    async def play() -> list[list[str]]:
        told = list[list[str]]()
        for minutes in (15, 30, 30):
            mailbox = Mailbox()
            sandboxes = kept(tmp_path / "s.db")
            async with served(sandboxes, mailbox) as (client, _):
                if not told:
                    await created(client)
                by = {"by": f"PT{minutes}M"}
                (await client.post("/_control/clock/advance", json=by)).raise_for_status()
                assert len((await client.get("/_control/deliveries")).json()["deliveries"]) == 2
            sandboxes.close()
            told.append(mailbox.types)
        return told

    assert asyncio.run(play()) == [["melt.blowing"], ["melt.cooled"], []]


def test_store__by_itself(tmp_path: Path) -> None:
    """A server that starts from a store sends deliveries on a running clock before any request."""

    async def play() -> list[str]:
        first = kept(tmp_path / "s.db")
        async with served(first, Mailbox()) as (client, _):
            await created(client)
            change = {"frozen": False, "speed": 100_000}
        first.close()
        again, mailbox = kept(tmp_path / "s.db"), Mailbox()
        async with served(again, mailbox) as (client, courier):
            (await client.patch("/_control/clock", json=change)).raise_for_status()
            courier.wake_all()
            async with asyncio.timeout(60):
                await mailbox.enough.wait()
        again.close()
        return mailbox.types

    assert asyncio.run(play()) == ["melt.blowing", "melt.cooled"]


def test_store__several_servers() -> None:
    """With several servers on one store, each delivery is sent by one of them."""

    async def play(url: str) -> list[str]:
        mailbox, servers = Mailbox(), []
        for _ in range(3):
            setup = Setup(SandboxClock(0, speed=20_000), empty=True)
            sandboxes = kept_sandboxes(url, lambda: setup, MACHINES)  # noqa: B023 - a new one per loop
            servers.append((sandboxes, Courier(LOADED, sandboxes, mailbox)))
        for sandboxes, courier in servers:
            transport = httpx.ASGITransport(create_app(LOADED, sandboxes, courier=courier))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as one:
                if sandboxes is servers[0][0]:
                    await created(one)
                (await one.get("/_control/deliveries")).raise_for_status()
        async with asyncio.timeout(60):
            await mailbox.enough.wait()
        await asyncio.sleep(0.3)  # another server would send its own by then
        for sandboxes, _ in servers:
            await sandboxes.disconnect()
            sandboxes.close()
        return mailbox.types

    with valkey() as server:
        types = asyncio.run(play(valkey_url(server)))

    assert types == ["melt.blowing", "melt.cooled"]


def test_export(tmp_path: Path) -> None:
    """An exported sandbox contains past deliveries and the receiver of the next ones."""
    receiver = ScriptedReceiver(statuses=[204])
    with sandbox() as (host, jobtwin):
        jobtwin.glassworks.deliver_to(receiver)
        melt(jobtwin)
        jobtwin.clock.advance(minutes=15)
        jobtwin.export(tmp_path / "world.json")
        world = json.loads((tmp_path / "world.json").read_text())
        with httpx.Client(transport=host.transport, base_url=host.url) as client:
            client.put("/_control/sandboxes/again/import", json=world).raise_for_status()
            found = client.get("/sandboxes/again/_control/deliveries").json()

    told = [
        (each["state"], [a["status"] for a in each["attempts"]]) for each in found["deliveries"]
    ]
    assert told == [("delivered", [204]), ("planned", [])]
    assert found["endpoints"] == [{"api": "glassworks", "url": "http://localhost/"}]


def test_commands() -> None:
    """The command line lists, holds, sends and releases deliveries, and sets webhook endpoints."""

    def said(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(command, ["deliveries", *words], env=env)
        assert result.exit_code == code, result.output
        return result.output

    def listed() -> list[Any]:
        found: list[Any] = json.loads(said("list", "--json"))["deliveries"]
        return found

    with serving(SPECS) as host, host.sandbox("cli") as jobtwin:
        env = {"JOBTWIN_URL": host.url, "JOBTWIN_SANDBOX": "cli"}
        assert said("list") == "No deliveries found.\n"
        jobtwin.glassworks.deliver_to(ScriptedReceiver())
        melt(jobtwin)
        assert said("hold") == "Deliveries held.\n"
        jobtwin.clock.advance(hours=1)
        assert "Deliveries are held" in said("list", "--state", "pending")
        assert "delivered" in said("send", listed()[1]["id"], "--signature", "wrong")
        assert said("release") == "Deliveries released.\n"
        jobtwin.clock.advance(seconds=0)
        assert [each["state"] for each in listed()] == ["delivered", "delivered"]
        assert "Webhooks of tannery go to" in said("endpoint", "tannery", "http://localhost/x")
        assert said("endpoint", "tannery", "--remove") == "Endpoint removed.\n"
        assert "name a URL, or use --remove" in said("endpoint", "tannery", code=2)
        journal = CliRunner().invoke(command, ["journal"], env=env).output
        assert "meltChanged" in journal


@pytest.mark.parametrize("host", ["twin.invalid", "TWIN.invalid"])
def test_deliver_to(host: str) -> None:
    """`--deliver-to` is in the help of `serve`, and allows a host by name, ignoring case."""
    from jobtwin.deliveries.network import Network, NotAllowed  # noqa: PLC0415 - only used here

    async def sent(network: Network) -> None:
        request = OutgoingRequest("POST", "http://twin.invalid/x", {}, b"")
        await network(request)

    assert "--deliver-to HOST" in CliRunner().invoke(command, ["serve", "--help"]).output
    with pytest.raises(NotAllowed, match="is not this machine"):
        asyncio.run(sent(Network()))
    with pytest.raises((OSError, TimeoutError)):
        asyncio.run(sent(Network([host])))
