"""Texts in a spec never become code, anywhere in the spec."""

from pathlib import Path

import pytest

from jobtwin.codegen import packages
from jobtwin.codegen.source import words
from jobtwin.openapi import spec_folder
from tests import hostile

FIFTH = sorted(Path(__file__).parents[1].glob("fifth/*.yaml"))
SPECS = [spec_folder() / "control.yaml", spec_folder() / "osapi.yaml", *FIFTH]


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_hostile_texts(spec: Path) -> None:
    """A hostile text in any free place is not called and does not add a statement.

    `make fuzz` tries all specs, the other kinds of texts, the places that are not free, and each
    of those that are refused together by itself.
    """
    document = packages.read(spec)
    free = [place for place in hostile.places(document) if hostile.free(document, place)]

    outcome = hostile.attack(spec, document, shift=SPECS.index(spec), patience=1)

    assert outcome.complaints == []
    assert outcome.kinds == set(hostile.KINDS)
    assert len(outcome.tried) > 200
    assert len(outcome.tried) > 0.8 * len(set(free))


def test_hostile_texts__planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text copied unescaped into a module is found by these tests."""
    monkeypatch.setattr("jobtwin.codegen.waiters.words", str)
    spec = spec_folder() / "polaris.yaml"
    document = packages.read(spec)
    text = hostile.text("quotes", 7)
    document["info"]["title"] += text.replace("planted_7()", "planted_7(1)")

    modules = hostile.code(spec, document)

    assert list(hostile.calls(modules["waiters.py"])) == [7]


@pytest.mark.parametrize("kind", hostile.KINDS)
def test_words(kind: str) -> None:
    """`words` returns one printable line that cannot end a docstring or a comment."""
    line = words(f"a{hostile.text(kind, 1)}b")

    assert line.isprintable()
    assert not {'"', "\\"} & set(line)
