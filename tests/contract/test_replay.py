"""The changes that several clients made in one sandbox, replayed in another."""

import asyncio
import json
from random import Random

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobtwin.http import create_app
from jobtwin.openapi import Spec
from jobtwin.openapi.spec import machines_by_name
from jobtwin.sandboxes import Change, ManualClock, Sandbox, Sandboxes, Setup, change_from_json
from tests.sampling import fast_every
from tests.twins import VENDORS
from tests.walks import Walk

CLIENTS = 3
STEPS = 40


class Interleaved:
    """An application whose messages arrive piece by piece, interleaved with other requests."""

    def __init__(self, app: ASGIApp, random: Random) -> None:
        self._app = app
        self._random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def received() -> Message:
            await self._others()
            return await receive()

        async def sent(message: Message) -> None:
            await self._others()
            await send(message)

        await self._others()
        await self._app(scope, received, sent)

    async def _others(self) -> None:
        for _ in range(self._random.randrange(4)):
            await asyncio.sleep(0)


def served(spec: Spec) -> tuple[ASGIApp, Sandbox]:
    """Returns an application for a spec, with a sandbox of its own."""
    sandbox = Sandbox(machines_by_name([spec]), Setup(ManualClock()))
    return create_app([spec], Sandboxes.only(sandbox)), sandbox


def recorded(sandbox: Sandbox) -> list[str]:
    """Returns a list that gets each further change of a sandbox, as JSON."""
    changes: list[str] = []
    apply = sandbox.apply

    def note(change: Change) -> object:
        changes.append(json.dumps(change.to_json()))
        return apply(change)

    sandbox.apply = note  # type: ignore[method-assign]  # the test listens at the one entry point
    return changes


@pytest.mark.parametrize("spec", fast_every(5, VENDORS), ids=lambda spec: spec.name)
def test_interleaved(spec: Spec) -> None:
    """The replayed changes of interleaved requests lead to the same bytes from then on."""
    app, sandbox = served(spec)
    changes = recorded(sandbox)
    other_app, other = served(spec)
    random = Random(3)  # noqa: S311 - no secret

    async def crowd() -> None:
        walks = [
            Walk(spec, Random(n), lambda app: Interleaved(app, random), served=(app, sandbox))  # noqa: S311 - no secret
            for n in range(CLIENTS)
        ]
        await asyncio.gather(*(walk.go(STEPS) for walk in walks))

    asyncio.run(crowd())
    for change in changes:
        other.apply(change_from_json(json.loads(change)))
    other.clock.advance(sandbox.clock.now() - other.clock.now())

    here = Walk(spec, Random(9), served=(app, sandbox))  # noqa: S311 - no secret
    there = Walk(spec, Random(9), served=(other_app, other))  # noqa: S311 - no secret
    asyncio.run(here.go(STEPS))
    asyncio.run(there.go(STEPS))
    assert changes
    assert other.snapshot().to_json() == sandbox.snapshot().to_json()
    assert there.bodies == here.bodies
