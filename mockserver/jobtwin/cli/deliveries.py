"""`jobtwin deliveries`: lists and sends callbacks and webhooks of a running server."""

from __future__ import annotations

import click

from jobclients.control.api.deliveries import (
    choose_endpoint,
    deliver,
    list_deliveries,
    remove_endpoint,
    set_deliveries,
)
from jobclients.control.models import (
    Delivery,
    DeliveryByHand,
    DeliveryByHandSignature,
    DeliveryList,
    DeliverySettings,
    DeliverySettingsChange,
    DeliveryState,
    Endpoint,
    NewEndpoint,
)
from jobtwin.cli import completion
from jobtwin.cli.remote import Remote, connected, given
from jobtwin.cli.tables import TextTable, listing, shorts


@click.group()
def deliveries() -> None:
    """Show callbacks and webhooks, and send them by hand."""


@deliveries.command("list", epilog="Example: jobtwin deliveries list --state failed")
@click.option(
    "--api", metavar="NAME", help="Only deliveries of this API.", shell_complete=completion.apis
)
@click.option("--job", metavar="ID", help="Only deliveries about this job.")
@click.option(
    "--state",
    type=click.Choice([state.value for state in DeliveryState]),
    help="Only deliveries in this state.",
)
@click.option(
    "--limit", type=click.IntRange(1, 1000), help="Maximum number of deliveries (default: 100)."
)
@connected
def list_(
    remote: Remote, /, *, api: str | None, job: str | None, state: str | None, limit: int | None
) -> None:
    """List sent and pending deliveries in chronological order."""
    found = remote.ask(
        DeliveryList,
        list_deliveries.sync_detailed,
        client=remote.client,
        api=given(api),
        job=given(job),
        state=given(None if state is None else DeliveryState(state)),
        limit=given(limit),
    )
    shown = found.value.deliveries
    held = ["Deliveries are held; send them by hand."] if found.value.held else []
    remote.show(found, _table(shown) if shown else "No deliveries found.", *held)


@deliveries.command(epilog="Example: jobtwin deliveries send ID --signature wrong")
@click.argument("delivery", metavar="ID")
@click.option(
    "--signature",
    type=click.Choice([each.value for each in DeliveryByHandSignature]),
    default="right",
    show_default=True,
    help="Signature of the delivery; `old` is dated an hour ago.",
)
@connected
def send(remote: Remote, /, *, delivery: str, signature: str) -> None:
    """Send the delivery ID once, even if it was sent before."""
    body = DeliveryByHand(signature=DeliveryByHandSignature(signature))
    made = remote.ask(Delivery, deliver.sync_detailed, delivery, client=remote.client, body=body)
    remote.show(made, _table([made.value]))


@deliveries.command(epilog="Example: jobtwin deliveries hold")
@connected
def hold(remote: Remote, /) -> None:
    """Hold deliveries until they are sent by hand."""
    _set(remote, held=True)


@deliveries.command(epilog="Example: jobtwin deliveries release")
@connected
def release(remote: Remote, /) -> None:
    """Send deliveries automatically again."""
    _set(remote, held=False)


@deliveries.command(
    epilog="Example: jobtwin deliveries endpoint vendor http://127.0.0.1:8000/webhooks"
)
@click.argument("api", shell_complete=completion.apis)
@click.argument("receiver", metavar="[URL]", required=False)
@click.option("--remove", is_flag=True, help="Send them nowhere.")
@connected
def endpoint(remote: Remote, /, *, api: str, receiver: str | None, remove: bool) -> None:
    """Send the webhooks of API to URL."""
    if (receiver is None) is not remove:
        raise click.UsageError("name a URL, or use --remove")
    if receiver is None:
        gone = remote.tell(remove_endpoint.sync_detailed, api, client=remote.client)
        remote.show(gone, "Endpoint removed.")
        return
    made = remote.ask(
        Endpoint,
        choose_endpoint.sync_detailed,
        api,
        client=remote.client,
        body=NewEndpoint(receiver),
    )
    remote.show(made, f"Webhooks of {api} go to {made.value.url}")


def _set(remote: Remote, *, held: bool) -> None:
    body = DeliverySettingsChange(held=held)
    made = remote.ask(
        DeliverySettings, set_deliveries.sync_detailed, client=remote.client, body=body
    )
    remote.show(made, "Deliveries held." if held else "Deliveries released.")


def _table(found: list[Delivery]) -> TextTable:
    ats = shorts([each.at for each in found])
    rows = [
        (each.id, at, each.api, each.callback, each.job, each.state.value, _answers(each), each.url)
        for each, at in zip(found, ats, strict=True)
    ]
    heads = ("id", "at", "api", "callback", "job", "state", "answers", "url")
    return listing(heads, rows, ("url", "job", "api", "at"))


def _answers(delivery: Delivery) -> str:
    """Returns the status or error of each attempt."""
    words = [str(each.status or "no answer") for each in delivery.attempts]
    return ", ".join(words)
