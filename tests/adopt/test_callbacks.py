"""Callbacks and webhooks of a made-up vendor: drafted moments of sending, with their reasons."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from jobtwin.adopt import Trial, overlay_text, try_draft
from jobtwin.cli import jobtwin
from jobtwin.openapi import load
from jobtwin.openapi.document import read

VENDOR = """\
openapi: 3.1.0
info: {title: Courier, version: "1"}
paths:
  /deliveries:
    post:
      operationId: createDelivery
      requestBody: {content: {application/json: {schema: {type: object, properties: {hook: {type: string, format: uri}}}}}}
      responses: {'201': {description: Made, content: {application/json: {schema: {$ref: '#/components/schemas/Delivery'}}}}}
      callbacks:
        finishedHook: {'{$request.body#/hook}': {post: &whole {requestBody: &delivery {content: {application/json: {schema: {$ref: '#/components/schemas/Delivery'}}}}, responses: {'204': {description: Taken}}}}}
        endedHook: {'{$request.body#/hook}': {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Ended'}}}}, responses: {'204': {description: Taken}}}}}
        movedHook: {'{$request.body#/hook}': {post: *whole}}
        bodiless: {'{$request.body#/hook}': {post: {responses: {'204': {description: Taken}}}}}
        elsewhere: {'{$response.body#/hook}': {post: *whole}}
  /deliveries/{delivery_id}:
    get:
      operationId: getDelivery
      parameters: [{name: delivery_id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: It, content: {application/json: {schema: {$ref: '#/components/schemas/Delivery'}}}}}
webhooks:
  delivery.delivered: {post: {description: 'Sent when a parcel has been delivered.', requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: Taken}}}}
  delivery.lost: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: Taken}}}}
  changed: {post: {requestBody: *delivery, responses: {'200': {description: Taken}}}}
  invoice.paid: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: Taken}}}}
components:
  schemas:
    Delivery:
      type: object
      required: [id, status]
      properties:
        id: {type: string}
        status: {type: string, enum: [queued, running, delivered, failed]}
    Ended: {type: object, properties: {delivery_id: {type: string}, status: {enum: [delivered, failed]}}}
"""


@pytest.fixture
def vendor(tmp_path: Path) -> Path:
    """The vendor's file, without the callback whose URL cannot be known."""
    path = tmp_path / "courier.yaml"
    tree = yaml.safe_load(VENDOR)
    del tree["paths"]["/deliveries"]["post"]["callbacks"]["elsewhere"]
    path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def trial(vendor: Path) -> Trial:
    """The draft of the vendor's file."""
    return try_draft(read(vendor))


def test_callbacks(trial: Trial) -> None:
    """A callback is sent in its body's states, in the states of its name, or in every state."""
    said = trial.draft.declaration["operations"]["createDelivery"]

    assert said["callbacks"] == {
        "finishedHook": {"when": {"kind": "final"}},
        "endedHook": {"when": {"state": ["delivered", "failed"]}},
        "movedHook": {},
    }


def test_callbacks__id(trial: Trial) -> None:
    """A property with the name of the read's parameter shows the job's id."""
    assert trial.draft.declaration["values"]["Ended.delivery_id"] == "id"


def test_webhooks(trial: Trial) -> None:
    """A webhook belongs to a job by the type in its body, or by its name with a state."""
    assert trial.draft.declaration["webhooks"] == {
        "delivery.delivered": {"when": {"state": "delivered"}},
        "delivery.lost": {"when": {"outcome": "failure"}},
        "changed": {},
    }


def test_overlay(vendor: Path) -> None:
    """The overlay marks callbacks and webhooks as guesses, with reasons, and passes the checks."""
    document = read(vendor)
    text = overlay_text(try_draft(document).draft, vendor.name, "Courier", document.written)
    overlay = vendor.with_name("courier.overlay.yaml")
    overlay.write_text(text, encoding="utf-8")

    assert (
        "#? when it sends finishedHook, by its name, endedHook, by the states in its body" in text
    )
    assert "delivery.lost: {when: {outcome: failure}}  #? by its name" in text
    assert "delivery.delivered: {when: {state: delivered}}\n" in text  # its description says so
    assert sorted(load(overlay).callbacks) == [
        "changed",
        "delivery.delivered",
        "delivery.lost",
        "endedHook",
        "finishedHook",
        "movedHook",
    ]


def test_callbacks__refused(tmp_path: Path) -> None:
    """If one callback cannot be sent, the job is drafted without any, and the reason is shown."""
    (tmp_path / "courier.yaml").write_text(VENDOR, encoding="utf-8")

    told = CliRunner().invoke(jobtwin, ["adopt", str(tmp_path / "courier.yaml")]).output

    assert "createDelivery, getDelivery" in told
    assert "'$response.body#/hook' cannot be known" in told
    assert "sends delivery.delivered, delivery.lost, changed" in told


def test_update(vendor: Path) -> None:
    """A new release's callbacks and webhooks are added to a known job, once; no line changes."""
    release = vendor.read_text(encoding="utf-8")
    tree = yaml.safe_load(release)
    callbacks, hooks = tree["paths"]["/deliveries"]["post"]["callbacks"], tree["webhooks"]
    del callbacks["endedHook"], callbacks["movedHook"], hooks["changed"]
    vendor.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    CliRunner().invoke(jobtwin, ["adopt", str(vendor)])
    overlay = vendor.with_name("courier.overlay.yaml")
    before = overlay.read_text(encoding="utf-8")
    vendor.write_text(release, encoding="utf-8")

    first, second = (
        CliRunner().invoke(jobtwin, ["adopt", str(vendor), "--update"]) for _ in range(2)
    )

    assert "new callback of createDelivery: endedHook" in first.output
    assert "new callback of createDelivery: movedHook" in first.output
    assert "new webhook: changed" in first.output
    assert second.output == "nothing changed\n"
    assert overlay.read_text(encoding="utf-8").startswith(before.rstrip())
    assert {"changed", "endedHook", "finishedHook", "movedHook"} <= {*load(overlay).callbacks}


def test_update__first(vendor: Path) -> None:
    """The first callback of an operation is added, too, although its line has only `does`."""
    release = vendor.read_text(encoding="utf-8")
    tree = yaml.safe_load(release)
    del tree["paths"]["/deliveries"]["post"]["callbacks"], tree["webhooks"]
    vendor.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    CliRunner().invoke(jobtwin, ["adopt", str(vendor)])
    vendor.write_text(release, encoding="utf-8")

    CliRunner().invoke(jobtwin, ["adopt", str(vendor), "--update"])

    assert "endedHook" in load(vendor.with_name("courier.overlay.yaml")).callbacks
