"""Modules of invalid Python are omitted from a package, with the modules that import them."""

import errno
import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from jobtwin.codegen import packages, secrets, soundness
from jobtwin.codegen.output import place
from jobtwin.codegen.packages import WHOLE, Choice, GenerationError
from jobtwin.openapi import SpecSource, find_source

SPEC = """\
openapi: 3.0.3
info: {title: Depot, version: "1"}
paths:
  /parcels: {get: {operationId: listParcels, tags: [depot], responses: {'200': {description: Done, content:
    {application/json: {schema: {$ref: '#/components/schemas/Parcel'}}}}}}}
  /slips: {get: {operationId: listSlips, tags: [depot], responses: {'200': {description: Done, content:
    {application/json: {schema: {$ref: '#/components/schemas/Slip'}}}}}}}
components:
  schemas:
    Parcel: {type: object, properties: {label: {$ref: '#/components/schemas/Label'}}}
    Label: {type: object, properties: {text: {type: string}}}
    Slip: {type: object, properties: {number: {type: integer}}}
"""


@pytest.fixture
def spec(tmp_path: Path) -> SpecSource:
    """Returns a spec of two operations without a common schema."""
    path = tmp_path / "depot.yaml"
    path.write_text(SPEC)
    return find_source(path)


def spoil(patch: pytest.MonkeyPatch, module: str, code: str | bytes) -> None:
    """Makes the generator add code to a module, as it may do for an unusual spec."""
    added = code if isinstance(code, bytes) else code.encode()
    write = packages.write

    def spoilt(spec: SpecSource, package: Path, *rest: Any) -> packages.Made:
        made = write(spec, package, *rest)
        with (package / module).open("ab") as file:
            file.write(added)
        return made

    patch.setattr(packages, "write", spoilt)


def make(spec: SpecSource, folder: Path, *, whole: bool = False) -> packages.Made:
    choice = WHOLE if whole else Choice(whole=False)
    [made] = place([spec], folder, lambda _: None, "test", choice)
    return made


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("\nNowhere\n", "Undefined name `Nowhere`"),
        ("\ndef broken(:\n", "invalid-syntax"),
        (b"\n# \xff\n", "stream did not contain valid UTF-8"),
    ],
    ids=["undefined", "syntax", "unformatted"],
)
def test_unsound__operation(
    spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str | bytes, why: str
) -> None:
    """An invalid operation is omitted with the reason, and the others can be imported."""
    spoil(monkeypatch, "api/depot/list_slips.py", code)
    monkeypatch.syspath_prepend(tmp_path / "out")

    made = make(spec, tmp_path / "out")

    [line] = made.left_out
    assert line.startswith("api/depot/list_slips.py: ")
    assert why in line
    assert made.operations == 1
    assert not (tmp_path / "out/depot/api/depot/list_slips.py").exists()
    importlib.import_module("depot.api.depot.list_parcels")
    for name in [name for name in sys.modules if name.partition(".")[0] == "depot"]:
        del sys.modules[name]


def test_unsound__model(spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that import an invalid model are omitted, too, and removed from `__all__`."""
    spoil(monkeypatch, "models/label.py", "\nNowhere\n")
    monkeypatch.syspath_prepend(tmp_path / "out")

    made = make(spec, tmp_path / "out")

    assert sorted(line.partition(": ")[::2] for line in made.left_out)[::2] == [
        ("api/depot/list_parcels.py", "imports parcel.py, which is left out"),
        ("models/parcel.py", "imports label.py, which is left out"),
    ]
    assert importlib.import_module("depot.models").__all__ == ("Slip",)
    importlib.import_module("depot.api.depot.list_slips")
    for name in [name for name in sys.modules if name.partition(".")[0] == "depot"]:
        del sys.modules[name]


def test_unsound__client(spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with an invalid client is refused."""
    spoil(monkeypatch, "client.py", "\nNowhere\n")

    with pytest.raises(GenerationError, match=r"ruff: client\.py: .*Undefined name `Nowhere`"):
        make(spec, tmp_path / "out")

    assert not (tmp_path / "out/depot").exists()


def test_unsound__relative_folder(
    spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invalid model is omitted, too, if the folder is relative to the current directory."""
    spoil(monkeypatch, "models/slip.py", "\nNowhere\n")
    monkeypatch.chdir(tmp_path)

    made = make(spec, Path("out"))

    assert made.operations == 1
    assert (tmp_path / "out/depot/models/label.py").exists()
    assert not (tmp_path / "out/depot/models/slip.py").exists()


def test_unsound__waiters(
    spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers of callbacks are omitted with the waiters that they import."""
    spoil(monkeypatch, "waiters.py", "Nowhere\n")
    spoil(monkeypatch, "callbacks.py", "from .waiters import SLIP\n\nprint(SLIP)\n")

    made = make(spec, tmp_path / "out")

    assert made.left_out == (
        "waiters.py: 1:1: F821 Undefined name `Nowhere`",
        "callbacks.py: imports waiters.py, which is left out",
    )
    assert (tmp_path / "out/depot/api/depot/list_slips.py").exists()


def test_unsound__uncompleted(
    spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model whose secrets cannot be hidden is omitted with the reason."""
    monkeypatch.setattr(secrets, "secret_properties", lambda *_: {"slip": ["pin"]})

    made = make(spec, tmp_path / "out")

    assert made.left_out == (
        "models/slip.py: declares pin 0 times instead of once",
        "api/depot/list_slips.py: imports slip.py, which is left out",
    )
    assert made.operations == 1


def test_formatter_failed(
    spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If ruff fails without naming a module, nothing is written, and its own words are reported."""
    monkeypatch.setattr(packages, "RUFF", ("--unknown-flag",))

    with pytest.raises(GenerationError, match=r"ruff: error: unexpected argument '--unknown-flag'"):
        make(spec, tmp_path / "out")

    assert not (tmp_path / "out/depot").exists()


def test_unsound__whole(spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that must be complete is refused if a module is invalid."""
    spoil(monkeypatch, "models/label.py", "\nNowhere\n")

    with pytest.raises(GenerationError, match=r"depot/models/label\.py:.*Undefined name"):
        make(spec, tmp_path / "out", whole=True)


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError(errno.ENOENT, "No such file", "/nowhere/ruff"), ConnectionError("lost")],
    ids=["elsewhere", "no file"],
)
def test_os_error__not_about_output(
    spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """An error unrelated to the output is not reported as a failure to write it."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(packages, "write", fail)

    with pytest.raises(OSError, match=r"No such file|lost") as raised:
        make(spec, tmp_path / "out")
    assert raised.value is error


def test_os_error__full_disk(
    spec: SpecSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is reported with the folder, even if the error does not name a file."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(packages, "write", fail)

    with pytest.raises(GenerationError) as raised:
        make(spec, tmp_path / "out")
    assert str(raised.value) == f"{tmp_path / 'out'}: cannot be written: No space left on device"


def test_dangling(tmp_path: Path) -> None:
    """A module that imports a missing model is invalid; existing imports are valid."""
    models = tmp_path / "models"
    models.mkdir()
    (models / "__init__.py").write_text("from .lost import Lost\n")
    (models / "kept.py").write_text("from .. import errors\n")
    (models / "poor.py").write_text("from ..models.lost import Lost\nfrom .kept import Kept\n")

    found = soundness.dangling(tmp_path, {})

    assert found == {models / "poor.py": "imports lost, which could not be generated"}
