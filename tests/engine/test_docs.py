"""Pages made from specs: diagrams that Mermaid can read, and a complete ledger."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from jobtwin.docs import diagram, differences, ledger, machines, write
from jobtwin.docs.markdown import MADE, anchor, code, text
from jobtwin.docs.walks import lived, walk
from jobtwin.docs.words import span
from jobtwin.lifecycle import Machine
from jobtwin.openapi import Spec, load
from jobtwin.openapi.evidence import Evidence, Tree
from jobtwin.openapi.machines import transition_places
from jobtwin.openapi.pointer import entries, tokens
from tests.loaded import loaded

ROOT = Path(__file__).parents[2]
SPECS = loaded()
FIFTH = load(ROOT / "tests/fifth/kilnworks.yaml")
VENDORS = [*(spec for spec in SPECS if spec.machines), FIFTH]
PAGE = {"kind": "documented", "seed": "004"}
MACHINES = [machine for spec in VENDORS for machine in spec.machines.values()]

HEAD = """\
openapi: 3.0.3
info: {title: Kettles, version: '1', description: 'Docs: https://kettles.example/api, checked 2026-11-22.'}
x-evidence: {documented: The manual}
"""
KETTLE = """\
x-jobs:
  version: 1
  machines:
    boil:
      summary: A kettle on its way to the boil
      x-evidence: {assumed: We have a kettle | of our own}
      initial: Cold Water
      states:
        Cold Water: {kind: waiting, lasts: 0.5s, then: heating, x-evidence: documented}
        heating:
          kind: active
          ways: {boils: {lasts: 1m30s, then: boiled, when: {facts.full: true}}}
          events:
            forget: {to: 'dry; empty', when: {facts.owner: [Ann, Bartholomew, Cecilia]}}
            whistle: note
        note: {kind: transient, lasts: 5s, then: heating, summary: It whistles | nobody listens}
        boiled: {kind: success}
        dry; empty: {kind: failure, x-evidence: {published: The leaflet}}
      events:
        leak: {to: 'dry; empty', from: [Cold Water, heating]}
        look: {from: [heating, boiled]}
      facts:
        full: {type: boolean, default: true, x-evidence: {published: The scale inside}}
        owner: {type: string, default: Ann}
      scenarios:
        boils: {default: true, summary: Tea}
        leaks: {summary: No tea, steps: {heating: {after: 10s, event: leak}}}
        stays_cold: {summary: The plug is out, steps: {Cold Water: {hold: true}}}
        watched: {summary: Looked at twice, steps: {heating: {after: 2s, event: look, times: 2}}}
        whistles: {summary: For ever, facts: {full: false}, steps: {heating: {after: 2s, event: whistle}}}
"""
KITCHEN = """\
    kitchen:
      summary: All kettles
      x-evidence: documented
      parts: {kettles: boil}
      state_from: {part: kettles, rules: {busy: {any: [heating, Cold Water, note]}}, else: done}
      states: {busy: {kind: active, then: done, events: {leak: done}}, done: {kind: partial}}
      scenarios: {two_kettles: {default: true, summary: One leaks, parts: {kettles: [{}, {scenario: leaks}]}}}
"""
PATHS = """\
  operations: {getBoil: {does: read, machine: kitchen, x-evidence: {published: A forum}}}
  values: {Error.why: error.message}
  errors:
    schema: Error
    unknown_job: {status: 410, code: GONE}
paths:
  /boils/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: getBoil
      x-evidence: {assumed: Nobody says}
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, x-evidence: {published: A letter}}}
      responses:
        '200': {description: The boil, content: {application/json: {schema: {$ref: '#/components/schemas/Boil'}}}}
        '400': {$ref: '#/components/responses/Wrong'}
        '410': {$ref: '#/components/responses/Wrong'}
components:
  responses:
    Wrong:
      description: No such boil
      content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
  schemas:
    Boil:
      type: object
      x-evidence: {published: The leaflet}
      properties:
        id: {type: string}
        heat: {type: number, x-evidence: {assumed: Measured}}
    Error: {type: object, properties: {why: {type: string}}}
"""


def _spec(folder: Path, *parts: str) -> Spec:
    path = folder / "kettles.yaml"
    path.write_text("".join([HEAD, *parts]), encoding="utf-8")
    return load(path)


@pytest.fixture
def kettles(tmp_path: Path) -> Spec:
    return _spec(tmp_path, KETTLE, KITCHEN, PATHS)


# -- diagrams --------------------------------------------------------------------------------------


def test_diagram(kettles: Spec) -> None:
    """Names that Mermaid cannot read get aliases; a long condition is in a note."""
    assert diagram(kettles.machines["boil"]).splitlines() == [
        "stateDiagram-v2",
        '    state "Cold Water" as Cold_Water_',
        '    state "heating" as heating',
        "    heating : look, no change",
        '    state "note" as note_',
        '    state "boiled" as boiled',
        "    boiled : look, no change",
        '    state "dry#59; empty" as dry__empty_',
        "    [*] --> Cold_Water_",
        "    Cold_Water_ --> heating : after 0.5 s",
        "    heating --> boiled : after 1 min 30 s [full = true]",
        "    heating --> dry__empty_ : forget [a] or leak",
        "    heating --> note_ : whistle",
        "    note_ --> heating : after 5 s",
        "    Cold_Water_ --> dry__empty_ : leak",
        "    boiled --> [*]",
        "    dry__empty_ --> [*]",
        "    note right of dry__empty_",
        "        [a] owner = Ann, Bartholomew, Cecilia",
        "    end note",
        "    classDef waiting fill:#eaeef2,stroke:#57606a,color:#1f2328",
        "    classDef active fill:#ddf4ff,stroke:#0969da,color:#1f2328",
        "    classDef transient fill:#fff8c5,stroke:#9a6700,color:#1f2328,stroke-dasharray:4 3",
        "    classDef success fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
        "    classDef failure fill:#ffebe9,stroke:#cf222e,color:#1f2328",
        "    class Cold_Water_ waiting",
        "    class heating active",
        "    class note_ transient",
        "    class boiled success",
        "    class dry__empty_ failure",
    ]


def test_diagram__derived(kettles: Spec) -> None:
    """A derived machine shows its declared transitions, and its rules in words."""
    drawn = diagram(kettles.machines["kitchen"])

    assert "    [*] --> busy\n    busy --> done : parts or leak\n    done --> [*]\n" in drawn
    assert (
        "    note right of done\n"
        "        By its kettles, the first that holds\n"
        "        1. busy if one is Cold Water, heating or note\n"
        "        2. done otherwise\n"
        "    end note\n"
    ) in drawn


_LINE = re.compile(
    r"""\ {4}(?:
      (?P<bare>\w+) | state\ "[^"]+"\ as\ (?P<named>\w+)
    | (?P<inner>\w+)\ :\ [^:;]+
    | (?P<before>\w+|\[\*])\ -->\ (?P<after>\w+|\[\*])(?:\ :\ [^:;]+)?
    | note\ right\ of\ (?P<noted>\w+) | \ {4}[^:;]+ | end\ note
    | classDef\ \w+\ fill:\S+,stroke:\S+,color:[^;:]+(?:,stroke-dasharray:4\ 3)?
    | class\ (?P<classed>[\w,]+)\ \w+
    )""",
    re.VERBOSE,
)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_diagram__can_be_read(machine: Machine) -> None:
    """Each line has a form that Mermaid accepts, and each state has a line."""
    head, *lines = re.sub(r"#\d+;", "", diagram(machine)).splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    named = [m["bare"] or m["named"] for m in matches if m and (m["bare"] or m["named"])]
    used = {
        word
        for match in matches
        if match
        for group in ("inner", "before", "after", "noted", "classed")
        for word in (match[group] or "").split(",")
    }

    assert head == "stateDiagram-v2"
    assert all(matches), lines
    assert len(named) == len(set(named)) == len(machine.states)
    assert used - {"", "[*]"} == set(named)


# -- walks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("machine", "scenario", "line"),
    [
        ("boil", "boils", "Cold Water → 0.5 s → heating → 1 min 30 s → boiled"),
        ("boil", "leaks", "Cold Water → 0.5 s → heating → 10 s, leak → dry; empty"),
        ("boil", "stays_cold", "Cold Water, for ever"),
        ("boil", "watched", "Cold Water → 0.5 s → heating (2 s, look) → 1 min 30 s → boiled"),
        ("boil", "whistles", "Cold Water → 0.5 s → heating → 2 s, whistle → note → 5 s → heating, for ever"),
        ("kitchen", "two_kettles", "busy → 1 min 30.5 s → done"),
    ],
)  # fmt: skip
def test_walk(kettles: Spec, machine: str, scenario: str, line: str) -> None:
    """A walk is written as the server runs it."""
    found = kettles.machines[machine]

    assert walk(lived(found, found.scenarios[scenario]).schedule) == line


def test_walk__round() -> None:
    """An endless walk is written until it repeats."""
    machine = FIFTH.machines["firing"]

    assert walk(lived(machine, machine.scenarios["burns_on"]).schedule) == (
        "queued → 2 min → heating → 40 min → resting → 20 min → heating → 40 min → resting → …"
    )


@pytest.mark.parametrize(
    ("length", "told"),
    [(0, "0 s"), (1, "0.000001 s"), (90_000_000, "1 min 30 s"), (90_000_000_000, "1 d 1 h")],
)
def test_span(length: int, told: str) -> None:
    """A span is written in everyday units."""
    assert span(length) == told


# -- evidence --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("info", Evidence("documented", "The manual")),
        ("x-jobs/machines/boil", Evidence("assumed", "We have a kettle | of our own")),
        ("x-jobs/machines/boil/states/heating", Evidence("assumed", "We have a kettle | of our own")),
        ("x-jobs/machines/boil/states/Cold Water", Evidence("documented", "The manual")),
        ("x-jobs/machines/boil/states/dry; empty", Evidence("published", "The leaflet")),
        ("x-jobs/machines/kitchen/states/busy", Evidence("documented", "The manual")),
        ("components/schemas/Boil/properties/id", Evidence("published", "The leaflet")),
        ("components/schemas/Boil/properties/heat", Evidence("assumed", "Measured")),
        ("components/responses/Wrong", Evidence("documented", "The manual")),
        ("x-jobs/errors", Evidence("assumed")),
    ],
)  # fmt: skip
def test_evidence(kettles: Spec, path: str, known: Evidence) -> None:
    """Evidence is inherited from the nearest parent; `x-jobs` without evidence is assumed."""
    assert Tree(kettles.document.written).evidence(tuple(path.split("/"))) == known


def test_evidence__reference(kettles: Spec) -> None:
    """A shared component has its own evidence, not that of the reference."""
    tree = Tree(kettles.document.written)
    path = tree.followed(("paths", "/boils/{id}", "get", "responses", "410"))

    assert path == ("components", "responses", "Wrong")
    assert tree.evidence(path) == tree.root


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("x-jobs/machines/print/states/queued", PAGE | {"anchor": "queued"}),
        ("x-jobs/machines/print/states/printed", PAGE | {"anchor": "printed"}),
        ("components/schemas/Print", PAGE | {"anchor": "Get a print"}),
        ("components/schemas/PrintState", PAGE | {"anchor": "Get a print"}),
        ("components/schemas/Tray", {"kind": "assumed", "text": "Seen once"}),
        ("components/schemas/Unused", {"kind": "published", "text": "The vendor's schema"}),
        ("paths/~1prints~1{id}/get", PAGE | {"anchor": "Get a print"}),
    ],
)
def test_evidence_by_use(path: str, known: dict[str, str]) -> None:
    """A component has the evidence of its users; words of a page are a place's name by default."""
    tree = Tree(load(ROOT / "tests/specs/good-evidence.yaml").document.data)

    found = tree.evidence_by_use(tuple(tokens(f"/{path}")))

    assert asdict(found).items() >= known.items()


def test_evidence_by_use__weakest() -> None:
    """Of several users, the one with the weakest evidence counts; users may refer to each other."""
    refer = {"$ref": "#/components/schemas/Shared"}
    schemas = {
        "Known": {"x-evidence": {"documented": "The manual"}, "properties": {"a": refer}},
        "Heard": {"x-evidence": {"published": "A forum"}, "properties": {"a": refer}},
        "Shared": {"properties": {"a": refer, "b": {"$ref": "#/components/schemas/Inner"}}},
        "Inner": {"items": refer},
    }
    tree = Tree({"components": {"schemas": schemas}})

    assert [
        tree.evidence_by_use(("components", "schemas", name)).text for name in ("Shared", "Inner")
    ] == ["A forum", "A forum"]


def test_evidence_by_use__shared_parameter() -> None:
    """A parameter of a path is used by each operation of the path."""
    tree = Tree(
        {
            "paths": {
                "/prints/{id}": {
                    "parameters": [{"$ref": "#/components/parameters/Id"}],
                    "get": {"x-evidence": {"documented": "The manual"}},
                    "delete": {"x-evidence": {"published": "A forum"}},
                }
            },
            "components": {"parameters": {"Id": {"name": "id", "in": "path"}}},
        }
    )

    assert tree.evidence_by_use(("components", "parameters", "Id")).text == "A forum"


# -- the ledger ------------------------------------------------------------------------------------


def test_ledger(kettles: Spec) -> None:
    """Each item is a row with its evidence; repeated evidence is written once."""
    page = ledger([kettles])

    for row in (
        "| [Kettles](#kettles) | https://kettles.example/api | 2026-11-22 | 9 | 5 | 24 |",
        "| **getBoil** | `GET /boils/{id}` | **assumed** | Nobody says |",
        "| | path `id` | **assumed** | ″ |",
        "| | path `id`, `schema` | *published* | A letter |",
        "| | answer `200`: The boil | **assumed** | Nobody says |",
        "| | answer `400`: No such boil | **assumed** | ″ |",
        "| | what it does | *published* | A forum |",
        r"| machine | A kettle on its way to the boil | **assumed** | We have a kettle \| of our own |",
        "| states | `Cold Water` | documented | The manual |",
        r"| | `note`: It whistles \| nobody listens | **assumed** | ″ |",
        "| | `dry; empty` | *published* | The leaflet |",
        "| | `heating` → `boiled`, after 1 min 30 s [full = true] | **assumed** | ″ |",
        r"| transitions | `Cold Water` → `heating`, after 0.5 s | **assumed** | We have a kettle \| of our own |",
        "| | `heating`, `boiled`, on look | **assumed** | ″ |",
        "| facts | `full` | *published* | The scale inside |",
        "| rules | `busy` if one is `Cold Water`, `heating` or `note` | documented | ″ |",
        "| `unknown_job` | `410` `GONE` There is no job {id} | **assumed** | |",
        "| `Boil` | | *published* | The leaflet |",
        "| | `heat` | **assumed** | Measured |",
        "| `Error` | | **assumed** | Nobody says |",
    ):
        assert f"\n{row}\n" in page
    assert page.count("| | path `id` |") == 1
    assert "`owner`" not in page


def test_ledger__no_vendor(tmp_path: Path) -> None:
    """A file without machines is named and omitted."""
    spec = _spec(tmp_path, "paths: {}\n")

    assert "Omitted, since it describes no vendor: `kettles.yaml`." in ledger([spec])
    assert "Kettles" not in machines([spec])


@pytest.mark.parametrize("page", [ledger, machines])
def test_tables(page: Any, kettles: Spec) -> None:
    """No cell breaks out of its table."""
    for block in page([*VENDORS, kettles]).split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]

        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) <= 1


@pytest.mark.parametrize("spec", VENDORS, ids=lambda spec: spec.name)
def test_ledger__holds_everything(spec: Spec) -> None:
    """The ledger has every operation, state, transition, scenario and text of evidence."""
    page, data = ledger([spec]), spec.document.written

    for operation in spec.operations:
        row = f"| **{operation.id}** | {code(f'{operation.method} {operation.path}')} |"
        assert row in page
    for name, source in data["x-jobs"]["machines"].items():
        section = page.split(f"### Machine {code(name)}\n")[1].split("\n###")[0]
        for thing in (*source["states"], *source["scenarios"]):
            assert re.search(rf"\| {re.escape(code(thing))}(:| \|)", section)
        assert section.count("| transitions |") == 1
        assert len(_group(section, "transitions")) == len({*transition_places(source)})
        assert len(_group(section, "samples")) == len(source.get("samples", ()))
    for said in _evidence(data):
        assert text(said) in page


def _group(section: str, name: str) -> list[str]:
    """Returns the rows of a table that belong to this group."""
    groups: dict[str, list[str]] = {}
    group = ""
    for row in section.splitlines():
        if row.startswith("| "):
            group = row.split("|")[1].strip() or group
            groups.setdefault(group, []).append(row)
    return groups.get(name, [])


def _evidence(node: Any, name: str = "") -> Iterator[str]:
    """Yields the texts of all evidence; `name` is the node's own."""
    if isinstance(node, dict):
        said = node.get("x-evidence")
        for told in said.values() if isinstance(said, dict) else ():
            words = told if isinstance(told, str) else told.get("anchor", name)
            yield words if isinstance(told, str) else f'seed {told["seed"]}: "{words}"'
    for key, child in entries(node):
        yield from _evidence(child, str(key))


# -- the page of machines --------------------------------------------------------------------------


@pytest.mark.parametrize("spec", VENDORS, ids=lambda spec: spec.name)
def test_machines__holds_everything(spec: Spec) -> None:
    """Every machine is drawn; every state and every scenario has its row."""
    page = machines([spec])

    for machine in spec.machines.values():
        section = page.split(f"### {code(machine.name)}\n")[1].split("\n### ")[0]
        assert f"```mermaid\n{diagram(machine)}```" in section
        for name in (*machine.states, *machine.scenarios):
            assert re.search(rf"^\| {re.escape(code(name))} ", section, re.MULTILINE)


def test_machines__company(kettles: Spec) -> None:
    """A scenario's row names its parts."""
    row = "| `two_kettles` (default) | One leaks | `busy` → 1 min 30.5 s → `done`<br>kettles: `boils`, `leaks` |"

    assert row in machines([kettles])


# -- Markdown --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("In Progress", "`In Progress`"),
        ("a|b", "<code>a&#124;b</code>"),
        ("`", "<code>&#96;</code>"),
        (" x", "<code>&#32;x</code>"),
    ],
)
def test_code(name: str, shown: str) -> None:
    """A name is shown as on the wire, and stays in its cell."""
    assert code(name) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("one\n  line", "one line"),
        ("a | b", r"a \| b"),
        (r"a \| b", r"a \| b"),
        ("<b>", "&lt;b>"),
        ("`code`", "`code`"),
    ],
)
def test_text(written: str, shown: str) -> None:
    """Markdown from a spec becomes one line that stays in its cell."""
    assert text(written) == shown


def test_anchor() -> None:
    """An anchor equals GitHub's anchor of the heading."""
    assert anchor("VAT & Co: the API, v2-beta") == "#vat--co-the-api-v2-beta"


# -- the folder ------------------------------------------------------------------------------------


def test_write(kettles: Spec, tmp_path: Path) -> None:
    """The written pages have no differences; their first line says that they are generated."""
    written = write([kettles], tmp_path / "docs")

    assert [path.name for path in written] == ["fidelity.md", "machines.md"]
    assert all(path.read_text(encoding="utf-8").startswith(f"{MADE}\n") for path in written)
    assert differences([kettles], tmp_path / "docs") == []


def test_differences(kettles: Spec, tmp_path: Path) -> None:
    """A changed page is reported with the line, a missing page by its name."""
    ledger_page, machine_page = write([kettles], tmp_path)
    lines = ledger_page.read_text(encoding="utf-8").replace("**assumed**", "documented", 1)
    ledger_page.write_text(lines, encoding="utf-8")
    machine_page.unlink()

    assert differences([kettles], tmp_path) == [
        f"{ledger_page}:9: is not what the specs make",
        f"{machine_page}: is missing",
    ]
