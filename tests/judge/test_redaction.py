"""Recordings without secrets: they are judged as far as possible, and no secret is made up."""

import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.judge import Exchange, Recorder
from jobtwin.judge.redaction import redacted, without_redacted
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation
from jobtwin.testing import in_process
from tests.loaded import loaded


def _operation(spec: Spec, does: str) -> Operation | None:
    """Returns the operation that creates or ends an API's sessions."""
    machines = [c.session for c in spec.credentials.values() if c.session]
    return next((o for o in spec.operations if o.does == does and o.machine in machines), None)


SESSIONS = [
    (spec, sign_in, sign_out)
    for spec in loaded()
    for sign_in, sign_out in [(_operation(spec, "create"), _operation(spec, "event"))]
    if sign_in and sign_out
]


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        ("***", True),
        ("*****", True),
        ("Bearer ***", True),
        ("[REDACTED]", True),
        ("<redacted>", True),
        ("redacted", True),
        ("*", False),
        ("a *** b", False),
        ("", False),
        (None, False),
    ],
)
def test_redacted(value: str | None, *, hidden: bool) -> None:
    """A mask is distinguished from a value."""
    assert redacted(value) is hidden


def test_without_redacted() -> None:
    """Redacted parts are removed; all others stay."""
    exchange = Exchange(
        at=datetime(2026, 3, 1, tzinfo=UTC),
        method="GET",
        url="/prints?token=***&key=%2A%2A%2A&page=2",
        status=200,
        request_headers={"Authorization": "Bearer ***", "Accept": "*/*"},
        request_body=b'{"password": "***", "user": "me"}',
        response_body=b'{"items": [{"id": "***", "state": "done"}, "***"]}',
    )

    bare = without_redacted(exchange)

    assert bare.url == "/prints?page=2"
    assert bare.request_headers == {"Accept": "*/*"}
    assert bare.sent == {"user": "me"}
    assert bare.answered == {"items": [{"state": "done"}]}


@pytest.mark.parametrize(("spec", "sign_in", "sign_out"), SESSIONS)
def test_sessions(spec: Spec, sign_in: Operation, sign_out: Operation, tmp_path: Path) -> None:
    """Sessions with redacted tokens are not mistaken for one session."""
    node = spec.document.written["paths"][sign_in.path][sign_in.method.lower()]
    media = node["requestBody"]["content"]["application/json"]
    example = spec.document.resolve(next(iter(media["examples"].values())))["value"]
    recorder, path, tokens = Recorder(), tmp_path / "sessions.har", list[str]()
    with in_process([spec.name]) as host, host.sandbox("sessions") as world:
        url = getattr(world, spec.name).url
        with httpx.Client(transport=host.transport, event_hooks=recorder.hooks) as client:
            for _ in range(3):
                answer = client.request(sign_in.method, url + sign_in.path, json=example)
                [token] = re.findall("[0-9a-f]{32}", answer.text)
                tokens.append(token)
                headers = {"Authorization": f"Bearer {token}"}
                answer = client.request(sign_out.method, url + sign_out.path, headers=headers)
                assert answer.is_success
    recorder.save(path)

    result = CliRunner().invoke(jobtwin, ["judge", str(path)])

    assert not [token for token in tokens if token in path.read_text()]
    assert "6 exchanges judged: all is as the spec says" in result.output
