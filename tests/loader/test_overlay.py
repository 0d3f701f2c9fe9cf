"""OpenAPI Overlays: their changes to a document, and reports of their mistakes."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jobtwin.cli import jobtwin
from jobtwin.errors import SpecRefused
from jobtwin.openapi import SpecSource, load
from jobtwin.openapi.loader import Assembled, assemble

HERE = Path(__file__).parent
GOOD = HERE.parent / "specs" / "good.yaml"
KILN = """\
openapi: 3.0.3
info: {title: Kiln}
tags: [{name: heat}, {name: cold}, {name: both}]
paths:
  /firings:
    get: {operationId: listFirings, tags: [heat]}
    post: {operationId: fire, tags: [heat]}
"""


def _kiln(folder: Path, actions: str, version: str = "1.0.0") -> Assembled:
    (folder / "kiln.yaml").write_text(KILN, encoding="utf-8")
    overlay = folder / "kiln.overlay.yaml"
    head = f"overlay: {version}\nextends: kiln.yaml\nactions:\n"
    overlay.write_text(head + actions, encoding="utf-8")
    return assemble(overlay)


def _refusals(folder: Path, actions: str, version: str = "1.0.0") -> list[str]:
    with pytest.raises(SpecRefused) as refused:
        _kiln(folder, actions, version)
    return [str(mistake) for mistake in refused.value.mistakes]


@pytest.mark.parametrize(
    ("actions", "path", "value"),
    [
        ("- {target: $.info, update: {title: Oven, version: '1'}}", ("info",), {"title": "Oven", "version": "1"}),
        ("- {target: $, update: {x-kiln: 1}}", ("x-kiln",), 1),
        ("- {target: $.tags, update: {name: warm}}", ("tags", 3), {"name": "warm"}),
        ("- {target: '$.paths.*.*', update: {tags: [new]}}", ("paths", "/firings", "post", "tags"), ["heat", "new"]),
        ("- {target: \"$.paths.*[?@.operationId=='fire']\", update: {x-hot: true}}", ("paths", "/firings", "post", "x-hot"), True),
        ("- {target: '$.tags[0,1]', remove: true}", ("tags",), [{"name": "both"}]),
        ("- {target: \"$.paths['/firings'].get\", remove: true}", ("paths", "/firings"), {"post": {"operationId": "fire", "tags": ["heat"]}}),
        ("- {target: $.info, update: {a: {b: 1}}}\n- {target: $.info.a, update: {c: 2}}", ("info", "a"), {"b": 1, "c": 2}),
    ],
    ids=["map", "root", "list", "nested-list", "filter", "remove-items", "remove-key", "in-order"],
)  # fmt: skip
def test_action(actions: str, path: tuple[Any, ...], value: Any, tmp_path: Path) -> None:
    """An action changes each node that its target selects; actions are applied in order."""
    node = _kiln(tmp_path, actions).tree

    for token in path:
        node = node[token]

    assert node == value


def test_action__1_1(tmp_path: Path) -> None:
    """Overlay 1.1 also copies a node, and replaces a value that is neither map nor list."""
    tree = _kiln(
        tmp_path,
        "- {target: $.info.title, update: Oven}\n"
        '- {target: "$.paths[\'/firings\'].get", copy: "$.tags[0]"}',
        "1.1.0",
    ).tree

    assert tree["info"]["title"] == "Oven"
    assert tree["paths"]["/firings"]["get"]["name"] == "heat"


@pytest.mark.parametrize(
    ("actions", "why"),
    [
        (
            "- {target: \"$.paths['/firing'].post\", remove: true}",
            ("kiln.overlay.yaml:4#/actions/0/target: \"$.paths['/firing'].post\" selects nothing; "
            "the nearest that does is $.paths['/firings'].post"),
        ),
        (
            "- {target: $.infos, update: {}}",
            ("kiln.overlay.yaml:4#/actions/0/target: '$.infos' selects nothing; "
            "the nearest that does is $.info"),
        ),
        (
            "- {target: '$.tags[', remove: true}",
            "kiln.overlay.yaml:4#/actions/0/target: '$.tags[' is not a JSONPath: ",
        ),
        (
            "- {target: $.info, updates: {}}",
            ("kiln.overlay.yaml:4#/actions/0/updates: is not one of the keys here "
            "(target, description, update, copy, remove)"),
        ),
        ("- {target: $.info}", "kiln.overlay.yaml:4#/actions/0: needs `update`, or `remove`, or `copy`"),
        (
            "- {target: $, remove: true}",
            "kiln.overlay.yaml:4#/actions/0/target: is the whole document, which can be updated only",
        ),
    ],
    ids=["nothing", "nothing-at-the-top", "no-path", "key", "no-deed", "root"],
)  # fmt: skip
def test_action__refused(actions: str, why: str, tmp_path: Path) -> None:
    """A mistake of an overlay is reported with its place and a correction."""
    assert [told[: len(why)] for told in _refusals(tmp_path, actions)][:1] == [why]


def test_check__after_a_failed_action(tmp_path: Path) -> None:
    """`check` continues after a failed action, and omits mistakes that may follow from it."""
    (tmp_path / "kiln.yaml").write_text(KILN, encoding="utf-8")
    overlay = tmp_path / "kiln.overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\nextends: kiln.yaml\nactions:\n"
        "- {target: $.component, update: {schemas: {Firing: {type: object}}}}\n"
        "- {target: $, update: {x-jobs: {version: 1, values: {Firing: id, Oven: id},\n"
        "    operations: {fire: create, hire: read, listFirings: {dos: list}}}}}\n",
        encoding="utf-8",
    )

    told = CliRunner().invoke(jobtwin, ["check", str(overlay)]).output.splitlines()

    assert [line.partition(": ")[0] for line in told] == [
        "kiln.overlay.yaml:4#/actions/0/target",
        "kiln.overlay.yaml:6#/actions/1/update/x-jobs/operations/listFirings/dos",
        "kiln.overlay.yaml:6#/actions/1/update/x-jobs/operations/hire",
        "kiln.overlay.yaml:5#/actions/1/update/x-jobs/values/Oven",
    ]


def test_version__refused(tmp_path: Path) -> None:
    """A later version of overlays is refused in one line."""
    assert _refusals(tmp_path, "- {target: $, update: {}}", "2.0.0") == [
        "kiln.overlay.yaml:1#/overlay: is '2.0.0'; jobtwin reads Overlay 1.0 and 1.1"
    ]


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/info/title", "kiln.yaml:2#/info/title"),
        ("/info/version", "kiln.overlay.yaml:5#/actions/1/update/version"),
        ("/paths/~1firings/get/tags/0", "kiln.yaml:6#/paths/~1firings/get/tags/0"),
        ("/paths/~1firings/get/tags/1", "kiln.overlay.yaml:6#/actions/2/update/tags/0"),
        ("/tags/0/name", "kiln.yaml:3#/tags/1/name"),
    ],
)
def test_place(pointer: str, place: str, tmp_path: Path) -> None:
    """A mistake is reported where its author can fix it: in the overlay or in the file."""
    kiln = _kiln(
        tmp_path,
        "- {target: '$.tags[0]', remove: true}\n"
        "- {target: $.info, update: {version: 1}}\n"
        "- {target: '$.paths.*.*', update: {tags: [new]}}",
    )

    assert [str(mistake) for mistake in kiln.mistakes([(pointer, "…")])] == [f"{place}: …"]


def test_extends__missing(tmp_path: Path) -> None:
    """A missing file is reported at the overlay's `extends`."""
    overlay = tmp_path / "kiln.overlay.yaml"
    overlay.write_text("overlay: 1.0.0\nextends: oven.yaml\nactions: [{target: $, update: {}}]")

    with pytest.raises(SpecRefused) as refused:
        assemble(overlay)

    assert str(refused.value) == (
        f"kiln.overlay.yaml:2#/extends: there is no file 'oven.yaml' in {tmp_path}"
    )


def test_extends__missing_key(tmp_path: Path) -> None:
    """An overlay without `extends` can only be given with a SPEC."""
    overlay = tmp_path / "kiln.overlay.yaml"
    overlay.write_text("overlay: 1.0.0\nactions: [{target: $.info, update: {title: Oven}}]")

    told = CliRunner().invoke(jobtwin, ["check", str(overlay)])
    beside = CliRunner().invoke(jobtwin, ["check", str(GOOD), "--overlay", str(overlay)])

    assert "needs `extends`, the file that it changes" in told.output
    assert beside.exit_code == 0


def test_overlay__several_specs() -> None:
    """`--overlay` requires exactly one SPEC."""
    told = CliRunner().invoke(jobtwin, ["check", str(GOOD), str(GOOD), "--overlay", "any.yaml"])

    assert told.exit_code == 2
    assert "--overlay requires one SPEC, but 2 are given" in told.output


def test_name(tmp_path: Path) -> None:
    """A twin is named by NAME=, else by the overlay's file, else by the file."""
    overlay = tmp_path / "ink-jet.overlay.yaml"
    overlay.write_text(f"overlay: 1.0.0\nextends: {GOOD}\nactions: [{{target: $, update: {{}}}}]")

    assert load(overlay).name == "ink_jet"
    assert load(f"laser={overlay}").name == "laser"
    assert load(SpecSource("laser", GOOD)).name == "laser"
    assert load(GOOD).name == "good"


def test_name__refused() -> None:
    """A duplicate, reserved or unknown name is refused with a hint."""
    alike = CliRunner().invoke(jobtwin, ["check", str(GOOD), str(GOOD)])
    taken = CliRunner().invoke(jobtwin, ["check", f"console={GOOD}"])
    unknown = CliRunner().invoke(jobtwin, ["check", "printer"])

    assert alike.output.endswith(
        "would both be called good; give one another name: other_good=FILE\n"
    )
    assert "'console' is taken by jobtwin itself" in taken.output
    assert "there is no such file. Unknown twin " in unknown.output
