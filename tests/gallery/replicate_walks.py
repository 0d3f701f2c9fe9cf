"""The walks of the client `replicate`: predictions."""

from __future__ import annotations

import json
import time
from typing import Any

import replicate

from jobtwin.lifecycle import Outcome
from tests.gallery.receiver import HeaderReceiver
from tests.gallery.stage import TwinStage, VendorClient

_PREDICTION = ("prediction",)
_VERSION = "0" * 64
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the example of the specs
_STATES = ["starting", "processing", "succeeded"]


def _client(stage: TwinStage) -> Any:
    return replicate.Client(api_token=stage.key, base_url=stage.root)


def _prediction(client: Any, **options: Any) -> Any:
    return client.predictions.create(version=_VERSION, input={"prompt": "a cat"}, **options)


def wait(stage: TwinStage) -> None:
    """A prediction is polled to its end."""
    prediction = _prediction(_client(stage))
    prediction.wait()

    assert prediction.status == "succeeded"
    assert prediction.output


def wait_for_answer(stage: TwinStage) -> None:
    """The response to a create request waits for the requested time."""
    client = _client(stage)
    early, late = _prediction(client, wait=5), _prediction(client, wait=60)

    assert early.status == "processing"
    assert late.status == "succeeded"


def fails(stage: TwinStage) -> None:
    """A failed prediction has an error and a log."""
    stage.end(_PREDICTION, Outcome.FAILURE)
    prediction = _prediction(_client(stage))
    prediction.wait()

    assert prediction.status == "failed"
    assert prediction.error
    assert prediction.logs


def cancelled(stage: TwinStage) -> None:
    """A cancelled prediction ends as `canceled`."""
    prediction = _prediction(_client(stage))
    prediction.cancel()
    prediction.reload()

    assert prediction.status == "canceled"


def listed(stage: TwinStage) -> None:
    """All predictions are listed, each page by the URL in the previous one."""
    client = _client(stage)
    made = [_prediction(client).id for _ in range(5)]
    found = [each.id for page in replicate.paginate(client.predictions.list) for each in page]

    assert found == made[::-1]


def expires(stage: TwinStage) -> None:
    """The output is removed an hour after the end."""
    prediction = _prediction(_client(stage))
    prediction.wait()
    time.sleep(3600)
    prediction.reload()

    assert prediction.status == "succeeded"
    assert prediction.output is None


def called_back(stage: TwinStage) -> None:
    """Each state is sent to the request's URL, with a signature that the client accepts."""
    with HeaderReceiver() as receiver:
        stage.twin.date_deliveries("real")
        prediction = _prediction(_client(stage), webhook=receiver.url)
        prediction.wait()
        got = [receiver.next() for _ in _STATES]

    secret = replicate.webhook.WebhookSigningSecret(key=_SECRET)
    for headers, body in got:
        replicate.webhook.Webhooks.validate(headers=headers, body=body, secret=secret)
    assert [json.loads(body)["status"] for _, body in got] == _STATES


CLIENT = VendorClient(
    distribution="replicate",
    small="replicate.yaml",
    vendors="replicate.json",
    overlay="replicate.overlay.yaml",
    walks={
        "create, `wait()`": wait,
        "`Prefer: wait=5`": wait_for_answer,
        "a prediction that fails, with its reason and log": fails,
        "cancel, `reload()`": cancelled,
        "list by cursor": listed,
        "an output that expires": expires,
        "webhooks, validated by the client": called_back,
    },
)
