"""`jobtwin env`: prints the URLs and credentials of a running server's twins, for a shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator

import click
import httpx

from jobclients.control.api.machines import list_apis
from jobclients.control.models import Api, ApiList
from jobtwin.cli.remote import Remote, connected
from jobtwin.running.addresses import Address
from jobtwin.running.environment import command_environment
from jobtwin.sandbox_names import DEFAULT


@click.command(epilog='Example: eval "$(jobtwin env)"')
@connected
def env(remote: Remote) -> None:
    """Print the environment variables of the twins, as `jobtwin run` sets them."""
    answer = remote.ask(ApiList, list_apis.sync_detailed, client=remote.client)
    root = remote.url + (f"/sandboxes/{remote.sandbox}" if remote.sandbox else "")
    twins = list(map(address, answer.value.apis))
    variables = command_environment(root, twins, origins=dict(_origins(remote, twins)), kept={})
    if remote.as_json:
        click.echo(json.dumps(variables))
        return
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _origins(remote: Remote, twins: Iterable[Address]) -> Iterator[tuple[str, str]]:
    """The URLs of twins' own ports, which lead to the default sandbox alone."""
    if remote.sandbox in (None, DEFAULT):
        server = httpx.URL(remote.url)
        for twin in twins:
            if twin.port is not None:
                yield twin.name, str(server.copy_with(port=twin.port, path="/")).rstrip("/")


def address(api: Api) -> Address:
    """Returns the address of a running server's twin."""
    sent = next((credential.value for credential in api.credentials), None)
    # The key or token itself, without a prefix such as `Bearer`.
    credential = sent and sent.removeprefix("Bearer ").removeprefix("Basic ")
    variables = api.environment.additional_properties if api.environment else {}
    return Address(api.name, api.path, credential, api.servers or (), variables, api.port or None)
