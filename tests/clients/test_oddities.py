"""A client is generated from any vendor's own file; anything impossible is omitted and reported."""

import datetime as dt
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from jobtwin.cli import jobtwin

ODDITIES = Path(__file__).with_name("oddities.yaml")
LEFT_OUT = [
    "GET /parcels/{a}{broken: the path has an unbalanced brace",
    "#/components/schemas/Nowhere: leads to nothing in the file",
    "#/components/schemas/Loop: leads to nothing in the file",
    "#/components/schemas/Pool: leads to nothing in the file",
    "schema Own, which is any value now: ",
    "schema Lists, which is any value now: ",
]
PARCEL = {"id": "p1", "status": "open", "state": "In Transit", "Size<": 1, "Size>": 2}


def generate(*arguments: object) -> Result:
    return CliRunner().invoke(jobtwin, ["generate", *map(str, arguments)])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Generate oddities.yaml as depot."""
    folder = tmp_path_factory.mktemp("odd")
    return folder, generate(ODDITIES, "-o", folder, "--name", "depot")


@pytest.fixture(scope="module")
def depot(made: tuple[Path, Result]) -> Iterator[Path]:
    """Makes the package importable and yields its folder."""
    folder, _ = made
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "depot"]:
        del sys.modules[name]


def modules(folder: Path) -> list[str]:
    """Returns the names of all modules in a folder."""
    paths = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.py"))
    return [".".join(path.parts).removesuffix(".__init__") for path in sorted(paths)]


def call(operation: str, answer: httpx.Response, **arguments: Any) -> tuple[httpx.Request, Any]:
    """Calls an operation; returns its request and the parsed response."""
    sent: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer

    transport = {"transport": httpx.MockTransport(answered)}
    package: ModuleType = importlib.import_module("depot")
    client = package.AuthenticatedClient("http://x", token="t", httpx_args=transport)  # noqa: S106 - not a real token
    endpoint = importlib.import_module(f"depot.api.parcels.{operation}")
    got = endpoint.sync(client=client, **arguments)
    return sent[0], got


def test_left_out(made: tuple[Path, Result]) -> None:
    """Anything that cannot be generated is reported with its reason, and the exit code is 0."""
    _, result = made
    told = [line.removeprefix("omitted: ") for line in result.stderr.splitlines()]

    assert result.exit_code == 0
    assert len(told) == len(LEFT_OUT)
    assert all(line.startswith(start) for line, start in zip(told, LEFT_OUT, strict=True))
    assert result.stdout.endswith("depot (6 operations)\n")


@pytest.mark.slow
def test_strict(tmp_path: Path) -> None:
    """With --strict the exit code is 1, but the rest is written."""
    result = generate(ODDITIES, "-o", tmp_path, "--strict")

    assert result.exit_code == 1
    assert (tmp_path / "oddities" / "client.py").exists()


@pytest.mark.filterwarnings("error")
def test_imports(depot: Path) -> None:
    """Every generated module can be imported."""
    names = modules(depot)

    assert len(names) > 20
    assert all(importlib.import_module(name) for name in names)


@pytest.mark.usefixtures("depot")
def test_model() -> None:
    """Properties with the same name in Python are sent by their own names."""
    parcel = importlib.import_module("depot.models").Parcel.from_dict(PARCEL)

    assert parcel.to_dict() == PARCEL
    assert (parcel.size, parcel.size_2) == (1, 2)
    assert parcel.state.name == "IN_TRANSIT_VALUE_1"


@pytest.mark.usefixtures("depot")
def test_parameters() -> None:
    """Parameters with the same name in Python keep their own when sent; a header may be an enum."""
    version = importlib.import_module("depot.models").ListParcelsXDepotVersion
    days = {
        "posted": dt.date(2031, 1, 1),
        "posted_2": dt.date(2031, 1, 2),
        "posted_3": dt.date(2031, 1, 3),
    }
    answer = httpx.Response(200, json=[PARCEL])

    sent, got = call("list_parcels", answer, x_depot_version=version("2031-01-01"), **days)

    assert dict(sent.url.params) == {
        "Posted": "2031-01-01", "Posted<": "2031-01-02", "Posted>": "2031-01-03",
    }  # fmt: skip
    assert sent.headers["X-Depot-Version"] == "2031-01-01"
    assert got[0].to_dict() == PARCEL


@pytest.mark.usefixtures("depot")
def test_form() -> None:
    """A form is sent as a form, even beside a parameter called body."""
    form = importlib.import_module("depot.models").CreateParcelBody(weight=7, to="here")

    sent, got = call("create_parcel", httpx.Response(201, json=PARCEL), body=form, body_="b")

    assert (sent.content, sent.url.query) == (b"Weight=7&To=here", b"body=b")
    assert got.id == "p1"


@pytest.mark.usefixtures("depot")
def test_archive() -> None:
    """A response of another media type is returned as bytes, and a path may contain a dot."""
    sent, got = call("get_parcel", httpx.Response(200, content=b"PK"), parcel_id="a/b")

    assert sent.url.raw_path == b"/parcels/a%2Fb/label"
    assert got.payload.read() == b"PK"


def test_reference_into_a_path(depot: Path) -> None:
    """A reference may point into an operation, and an operationId may be long."""
    [name] = (each.rpartition(".")[2] for each in modules(depot) if "whose_operation" in each)

    _, got = call(name, httpx.Response(200, json=[PARCEL]), undeclared="n")

    assert got[0].id == "p1"


ONLY = {
    "id": ("createParcel", ["create_parcel"]),
    "path": ("/parcels", ["create_parcel", "list_parcels"]),
    "tag": ("parcels", ["create_parcel", "delete_parcels_parcel_id_label", "get_parcel"]),
}


@pytest.mark.parametrize(("selector", "wanted"), ONLY.values(), ids=ONLY)
def test_only(selector: str, wanted: list[str], tmp_path: Path) -> None:
    """Operations are selected by id, path or tag, with their schemas."""
    result = generate(ODDITIES, "-o", tmp_path, "--only", selector, "--json")
    names = [path.stem for path in sorted((tmp_path / "oddities/api/parcels").glob("[!_]*.py"))]

    assert json.loads(result.stdout)[0]["operations"] == len(names)
    assert names[: len(wanted)] == wanted
    assert not (tmp_path / "oddities/models/crate_2.py").exists()
    assert not (tmp_path / "oddities/models/own.py").exists()


def test_only__unknown(tmp_path: Path) -> None:
    """An unknown selector is reported with the closest matches."""
    result = generate(ODDITIES, "-o", tmp_path, "--only", "createParcels")

    assert result.exit_code == 1
    assert result.stderr.endswith(
        "'createParcels' is not an operationId, tag or path of the file; "
        "did you mean createParcel or getParcel or listParcels?\n"
    )


def test_unwritable(tmp_path: Path) -> None:
    """An output folder that cannot be written is reported in one line."""
    (tmp_path / "file").touch()

    result = generate(ODDITIES, "-o", tmp_path / "file" / "below")

    assert result.exit_code == 1
    assert (
        result.stderr
        == f"Error: {tmp_path / 'file' / 'below'}: cannot be written: Not a directory\n"
    )
