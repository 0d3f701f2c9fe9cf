"""Exchanges compared with their operations: each kind of finding, and what is not reported."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest

from jobtwin.judge.drift import patch as patches
from jobtwin.judge.drift.drift import Drift
from jobtwin.judge.drift.findings import SHAPES, CountedFinding, Finding, FindingLog, PatchStep
from jobtwin.judge.drift.inference import learned
from jobtwin.judge.drift.patch import applied, suggested
from jobtwin.judge.exchange import Exchange
from jobtwin.openapi import Spec, load

SPEC = load(Path(__file__).with_name("press.yaml"))
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRINT: dict[str, Any] = {"id": 7, "state": "printing", "done": 50}
TYPE = {"Content-Type": "application/json; charset=utf-8"}


def exchange(body: Any = PRINT, **changes: Any) -> Exchange:
    """Returns a read of a print that fits the spec, except for the changes."""
    text = json.dumps(body).encode()
    usual = Exchange(AT, "GET", "/prints/7", 200, response_headers=TYPE, response_body=text)
    return replace(usual, **changes)


def found(*exchanges: Exchange, spec: Spec = SPEC) -> list[Finding]:
    """Returns the findings of some exchanges."""
    drift = Drift(spec)
    return [finding for each in exchanges for finding in drift.check(each)]


def listed(*prints: Any) -> Exchange:
    """Returns a list of prints."""
    return exchange({"items": list(prints)}, url="/prints")


def posted(body: Any, status: int = 201) -> Exchange:
    """Returns a request for a print."""
    answer = json.dumps(PRINT if status == 201 else {"message": "No"}).encode()
    sent = json.dumps(body).encode()
    return exchange(
        method="POST", url="/prints", status=status, request_body=sent, response_body=answer
    )


# -- findings --------------------------------------------------------------------------------------

MENDED = {
    "undocumented-field": (
        exchange({**PRINT, "colour": "red"}),
        "getPrint: 200 body /colour is a text; the spec has no such field",
    ),
    "undocumented-field in a list": (
        listed(PRINT, {**PRINT, "ink": {"left": 0.5, "refill": None}}),
        "listPrints: 200 body /items/*/ink is a map; the spec has no such field",
    ),
    "undocumented-field in a map": (
        exchange({**PRINT, "labels": {"spine": {"text": "A", "font": "B"}}}),
        "getPrint: 200 body /labels/*/font is a text; the spec has no such field",
    ),
    "undocumented-field of a choice": (
        exchange({**PRINT, "paper": {"kind": "fancy", "gloss": True}}),
        "getPrint: 200 body /paper/gloss is true or false; the spec has no such field",
    ),
    "undocumented-field with a strange name": (
        exchange({**PRINT, "a/b~c": []}),
        "getPrint: 200 body /a~1b~0c is a list; the spec has no such field",
    ),
    "undocumented-field whose name is data": (
        exchange({**PRINT, "paper": {"kind": "plain", "8a1f7c3e-0001-4000-8000-00000000000a": 1}}),
        "getPrint: 200 body /paper/* is an integer; the spec has no such field",
    ),
    "undocumented-field that is sent": (
        posted({"title": "It", "binding": "thread"}),
        "createPrint: request body /binding is a text; the spec has no such field",
    ),
    "missing-field": (
        exchange({"id": 7, "state": "printing"}),
        "getPrint: 200 body /done is missing; the spec requires it",
    ),
    "wrong-type null": (
        exchange({**PRINT, "title": None}),
        "getPrint: 200 body /title is null, not a text",
    ),
    "wrong-type fraction": (
        exchange({**PRINT, "done": 50.5}),
        "getPrint: 200 body /done is a number, not an integer",
    ),
    "unknown-state": (
        exchange({**PRINT, "state": "drying"}),
        (
            "getPrint: 200 body /state drying is not one of the states of print "
            "(jammed, printed, printing, queued)"
        ),
    ),
    "unknown-state of a part": (
        exchange({**PRINT, "sheets": [{"number": 1, "state": "torn"}]}),
        "getPrint: 200 body /sheets/*/state torn is not one of the states of sheet (blank, inked)",
    ),
    "unknown-value": (
        exchange({**PRINT, "paper": {"kind": "fancy", "colour": "blue"}}),
        "getPrint: 200 body /paper/colour blue is not one of red, gold",
    ),
    "undocumented-status": (
        exchange({"detail": "later"}, status=503),
        "getPrint: 503 is not one of the documented responses (200, 400, 401, 404)",
    ),
    "undocumented-status without a body": (
        exchange(status=302, response_body=b""),
        "getPrint: 302 is not one of the documented responses (200, 400, 401, 404)",
    ),
    "undocumented-header": (
        exchange(response_headers={**TYPE, "X-RateLimit-Left": "3"}),
        "getPrint: 200 header x-ratelimit-left is undocumented",
    ),
    "undocumented-parameter": (
        replace(listed(), url="/prints?limit=3&shelf=B"),
        "listPrints: query shelf was accepted, but is undocumented",
    ),
}
"""Rule (and circumstance) → an exchange and its message; a change of the spec fixes each."""

UNMENDED = {
    "wrong-type": (
        exchange({**PRINT, "id": "7"}),
        "getPrint: 200 body /id is a text, not an integer",
    ),
    "wrong-value": (
        posted({"title": "It", "copies": 0}),
        "createPrint: request body /copies does not fit the spec's `minimum` 1",
    ),
    "undocumented-type": (
        exchange(response_headers={"Content-Type": "text/html"}, response_body=b"<p>Sign in"),
        "getPrint: 200 body is text/html; the spec documents application/json",
    ),
    "malformed-body": (
        exchange(response_body=b"{'id': 7}"),
        "getPrint: 200 body is not JSON, though of type application/json",
    ),
    "missing-body": (
        exchange(response_body=b""),
        "getPrint: 200 body is empty, but the spec documents one",
    ),
    "undocumented-method": (
        exchange(method="PATCH"),
        "PATCH /prints/{id}: 200 was answered, but the spec has no such method for it",
    ),
    "undocumented-path": (
        exchange(url="/v2/presses/8a1f-77/ink.set?all=yes"),
        "GET /v2/presses/*/ink.set: 200 was answered, but the spec has no such path",
    ),
}

ALL = {**MENDED, **UNMENDED}


def test_rules() -> None:
    """The exchanges above break every rule, and no other."""
    assert {name.split(" ", maxsplit=1)[0] for name in ALL} == set(SHAPES)


@pytest.mark.parametrize("name", ALL)
def test_finding(name: str) -> None:
    """A difference from the spec is reported once, with its place, and without data."""
    given, said = ALL[name]

    [finding] = found(given)

    assert finding.rule == name.split(" ", maxsplit=1)[0]
    assert f"{finding.operation}: {finding.where} {finding.why}" == said


@pytest.mark.parametrize(
    "given",
    [
        exchange(),
        exchange({**PRINT, "reason": None, "extra": {"any": {"thing": 1}}, "paper": {"kind": "plain"}}),
        listed(PRINT, {**PRINT, "state": "printed", "sheets": [{"number": 1, "state": "inked"}]}),
        posted({"title": "It", "copies": 2}),
        posted({"name": "It", "copies": 0}, status=400),
        exchange(method="DELETE", status=204, response_body=b""),
        exchange({"message": "No"}, status=404),
        exchange({"message": "No"}, url="/presses", status=404),
        exchange({"message": "No"}, method="PATCH", status=405),
        exchange({**PRINT, "state": "***", "id": "[REDACTED]", "sheets": [{"state": "***"}]}),
        exchange(response_body=b"***"),
        exchange(response_headers={**TYPE, "Date": "now", "X-Request-Id": "1", "CF-Ray": "2"}),
        replace(listed(), response_headers={**TYPE, "x-page": "1"}),
        exchange(response_headers={}),
    ],
    ids=[
        "usual", "optional-fields", "list", "create", "refused", "deleted", "unknown-job",
        "unknown-path", "wrong-method", "redacted", "body-redacted", "ordinary-headers", "declared-header", "no-type",
    ],
)  # fmt: skip
def test_innocent(given: Exchange) -> None:
    """An exchange that the spec allows is not reported."""
    assert found(given) == []


def test_body_not_recorded() -> None:
    """A body that was not recorded is not reported."""
    assert list(Drift(SPEC).check(exchange(response_body=b""), whole=False)) == []


def test_secrets() -> None:
    """No value of a field, a header or a query is reported."""
    secret = "s3cret"  # noqa: S105  # used only in this test
    given = replace(
        exchange({**PRINT, "key": secret, "done": secret, "title": [secret]}),
        url=f"/prints/7?token={secret}",
        response_headers={**TYPE, "X-Key": secret},
    )

    said = [f"{finding.where} {finding.subject} {finding.why}" for finding in found(given)]

    assert len(said) == 5
    assert secret not in "".join(said)


# -- findings counted, and fixed -------------------------------------------------------------------


def counted_findings(*exchanges: Exchange) -> list[CountedFinding]:
    """Returns the counted findings of some exchanges."""
    log, drift = FindingLog(learned), Drift(SPEC)
    for number, each in enumerate(exchanges):
        for finding in drift.check(each):
            log.add(finding, f"a.har#/log/entries/{number}", each.at)
    return list(log)


def test_count() -> None:
    """A finding is reported once, with its count and its first place."""
    given = [exchange(), *(exchange({**PRINT, "colour": n}) for n in range(3))]

    [counted] = counted_findings(*given)

    assert (counted.count, counted.entry) == (3, "a.har#/log/entries/1")


def mended(tmp_path: Path, *exchanges: Exchange) -> Spec:
    """Returns the spec after the suggested patch for some exchanges."""
    patch = suggested(SPEC, counted_findings(*exchanges))
    path = tmp_path / "press.yaml"
    path.write_text(json.dumps(applied(SPEC.document.written, patch.steps)), encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("name", MENDED)
def test_patch(name: str, tmp_path: Path) -> None:
    """The patched spec is valid, and the exchange has no finding against it."""
    given, _ = MENDED[name]

    spec = mended(tmp_path, given)

    assert found(given, spec=spec) == []


def test_patch__all(tmp_path: Path) -> None:
    """One patch fixes all the findings."""
    given = [each for each, _ in MENDED.values()]

    spec = mended(tmp_path, *given)

    assert found(*given, spec=spec) == []


def test_patch__evidence() -> None:
    """An addition of the patch has its source in `x-evidence`."""
    given = [
        exchange({**PRINT, "ink": ink}) for ink in (None, {"left": 1}, {"left": 0.5, "of": "C"})
    ]

    [step] = suggested(SPEC, counted_findings(*given)).steps

    assert step.path == "/components/schemas/Print/properties/ink"
    assert step.value == {
        "type": "object",
        "nullable": True,
        "properties": {"left": {"type": "number"}, "of": {"type": "string"}},
        "description": "Seen in recorded traffic",
        "x-evidence": {"published": "recorded traffic, 3 times in getPrint, 2026-03-01"},
    }


def test_patch__one_field_twice() -> None:
    """A field found in several operations is described once, with all the evidence."""
    given = [exchange({**PRINT, "ink": 1}), listed({**PRINT, "ink": 0.5})]

    [step] = suggested(SPEC, counted_findings(*given)).steps

    assert step.value["type"] == "number"
    assert step.value["x-evidence"]["published"].count("recorded traffic") == 2


def test_patch__one_state_twice(tmp_path: Path) -> None:
    """A state found in several operations is added once."""
    given = [exchange({**PRINT, "state": "drying"}), listed({**PRINT, "state": "drying"})]

    assert "drying" in mended(tmp_path, *given).machines["print"].states


def test_patch__left() -> None:
    """A finding that no change of the spec fixes is left out, and listed."""
    given = [each for each, _ in UNMENDED.values()]

    patch = suggested(SPEC, counted_findings(*given))

    assert {counted.finding.rule for counted, _ in patch.left} >= set(UNMENDED) - {
        "undocumented-type"
    }


def test_patch__few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """One finding that would break the spec costs a few trials, not one for each finding."""
    findings = counted_findings(
        exchange({**PRINT, **{f"field_{letter}": 1 for letter in ascii_letters}})
    )
    bad = replace(findings[20].finding, change=lambda _: [PatchStep("add", "/paths/nowhere", {})])
    findings[20] = replace(findings[20], finding=bad)
    trials: list[Any] = []

    def trial(*given: Any) -> Spec:
        trials.append(given)
        return load(*given)

    monkeypatch.setattr(patches, "load", trial)

    patch = suggested(SPEC, findings)

    assert [counted for counted, _ in patch.left] == [findings[20]]
    assert len(patch.steps) == len(ascii_letters) - 1
    assert len(trials) <= 15
