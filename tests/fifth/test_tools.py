"""Every tool knows every word of the grammar: adopt, the clients, the judge, the pages, the coverage.

Each table has the words that a tool leaves out, with the reason. All other words are tried.
"""

import asyncio
import copy
import json
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from jobtwin.adopt import try_draft
from jobtwin.cli import jobtwin
from jobtwin.docs import ledger, machines
from jobtwin.openapi import Spec, load
from jobtwin.openapi.document import read
from jobtwin.openapi.spec import unchecked
from tests.adopt.test_callbacks import VENDOR
from tests.adopt.test_recordings import RECORDED
from tests.both.tour import Item, Tour
from tests.fifth.grammar import FIFTH, WORDS, Word, used_in, uses, without
from tests.sampling import fast_every
from tests.waiters import stage
from tests.walks import Walk

ADOPT = Path(__file__).parents[1] / "adopt"
BASE, *THEMES = FIFTH
Table = Mapping[str, Mapping[str, str]]
"""Reasons, with the words of each definition that they are true of; `*` is all of them."""


def _listed(table: Table) -> list[Word]:
    """Returns the words of a table."""
    return [
        (of, word)
        for told in table.values()
        for of, said in told.items()
        for word in ([w for d, w in WORDS if d == of] if said == "*" else said.split())
    ]


def _rest(table: Table) -> set[Word]:
    """Returns the words that are not in a table. Each word of the table exists, and is there once."""
    listed = _listed(table)
    assert sorted(set(listed) - {*WORDS}) == []
    assert sorted({each for each in listed if listed.count(each) > 1}) == []
    return {*WORDS} - {*listed}


# -- adopt -----------------------------------------------------------------------------------------

NOT_DRAFTED: Table = {
    "the description is the vendor's": {"machine": "description"},
    "no file says what else happens to a job, or by what its states differ": {
        "change": "*",
        "counter": "*",
        "event": "*",
        "facts_condition": "*",
        "lasting": "*",
        "machine": "counters defaults for inherits keep since when",
        "machine_event": "*",
        "polling": "factor",
        "scenario": "facts when",
        "state": "changes log progress reopens ways",
        "step": "again hold log times",
        "way": "*",
    },
    "no file says that a job consists of others, or makes them": {
        "given_parts": "*",
        "machine": "else fleet part parts rules state_from",
        "operation_form": "parts",
        "part": "*",
        "rule": "*",
        "scenario": "parts spawns",
        "spawn": "*",
        "target": "*",
        "value_form": "by each key of pick",
    },
    "a schema says nothing of how a value comes about": {
        "value_form": "as from text until where",
    },
    "the schemas stay those of the vendor's file": {
        "schema": "additionalProperties allOf items properties x-job",
    },
    "only a recording shows an error, and that by its status and message": {
        "answer": "code headers schema",
        "answer_by_state": "code message",
        "errors": (
            "all bad_request body_too_large conflict forbidden internal invalid_body "
            "invalid_parameter malformed_body malformed_parameter missing_body missing_credential "
            "missing_parameter order repeated_parameter too_many_requests unauthorized "
            "unknown_parameter unknown_path unknown_scenario unknown_target "
            "unsupported_media_type wrong_credential wrong_method"
        ),
        "situations": "*",
    },
    "the body of an answer is made from its schema": {"answer_by_state": "body example"},
    "credentials follow from the file's security schemes": {
        "credential": "*",
        "jobs": "credentials",
        "operation_form": "accept credential",
    },
    "a user chooses the jobs that exist, and the faults": {
        "fault": "*",
        "machine": "samples",
        "sample": "*",
        "scenario": "faults",
    },
    "limits and variables of an SDK are described in prose": {
        "jobs": "env limits",
        "request_limit": "*",
    },
    "the callbacks are guessed by states; the rest is described in prose": {
        "callback": "after each events on retries signature",
        "signature": "*",
        "webhook": "after each events machine on retries signature",
    },
    "what else a request does is described in prose": {
        "operation_form": (
            "at_most const contains descending errors exclusive facts for from idempotency is key "
            "order same unless until wait when where within"
        ),
    },
    "a draft knows a pattern of IDs, or `integer`": {"id": "first spelling type"},
    "the evidence of a draft is the file, or a recording": {"evidence": "anchor documented seed"},
}


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The drafts of all made-up vendors' files, one of them with a recording."""
    folder = tmp_path_factory.mktemp("drafts")
    courier, press, har = (folder / name for name in ("courier.yaml", "press.yaml", "session.har"))
    tree = yaml.safe_load(VENDOR)
    del tree["paths"]["/deliveries"]["post"]["callbacks"]["elsewhere"]
    courier.write_text(yaml.safe_dump(tree), encoding="utf-8")
    press.write_text((ADOPT / "press.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    har.write_text(json.dumps({"log": {"entries": RECORDED}}), encoding="utf-8")
    result = CliRunner().invoke(jobtwin, ["adopt", str(press), "--har", str(har)])
    assert result.exit_code == 0, result.output
    overlay = yaml.safe_load((folder / "press.overlay.yaml").read_text(encoding="utf-8"))
    files = (*sorted(ADOPT.glob("*.yaml")), courier)
    plain = [{"x-jobs": try_draft(read(file)).draft.declaration} for file in files]
    return [*plain, *(action["update"] for action in overlay["actions"])]


def test_adopt(drafts: list[Any]) -> None:
    """A draft uses exactly the words that the table does not list."""
    drafted = {word for draft in drafts for word, _ in uses(draft)}

    assert sorted(_named(_rest(NOT_DRAFTED)) - drafted) == []
    assert sorted(_named(drafted) & {*_listed(NOT_DRAFTED)}) == []


# -- clients, and the coverage ---------------------------------------------------------------------

NOT_TOURED: Table = {
    "a response with a fault is wrong on purpose; tests/control tours faults": {
        "fault": "*",
        "scenario": "faults",
    },
}
UNTOUCHED = {
    "plans": {("status", "getPlan 429")},
    "guests": {
        *(("status", f"getVisit {status}") for status in (200, 400, 403, 404)),
        *(("status", f"leave {status}") for status in (200, 403, 404, 409)),
    },
}
"""Items beyond a tour: a limit by operation, and a credential that is a job."""


class ThemeTour(Tour):
    """The tour of what a theme adds to the fifth vendor."""

    def added(self, base: Tour) -> set[Item]:
        """Tours the theme's machines and operations. Returns what has not been covered."""
        known = {operation.id for operation in base.spec.operations}
        for name, machine in self.spec.jobs.items():
            if name not in base.spec.jobs:
                self._live(machine)
        for operation in self.spec.operations:
            if operation.id not in known:
                self._ask(operation)
                self._provoke(operation)
                self._read(self._promised(operation))
        return self.record.untouched - base.record.documented


TOURED = [path for path in THEMES if path.parent.name != "faults"]


def _name(path: Path) -> str:
    return path.parent.name


@pytest.mark.parametrize("path", fast_every(4, TOURED), ids=_name)
def test_clients(path: Path) -> None:
    """The client of each theme is generated; with the twin, it covers everything that is added."""
    with stage.fifth([path]):
        left = ThemeTour(load(path)).added(Tour(load(BASE)))

    assert sorted(left - UNTOUCHED.get(path.parent.name, set())) == []


def test_clients__words() -> None:
    """The tours of the fifth vendor and its themes use every word that the table does not list."""
    toured = {word for path in (BASE, *TOURED) for word in used_in(path)}

    assert sorted(_named(_rest(NOT_TOURED)) - toured) == []


def _named(words: Collection[Word]) -> set[Word]:
    """Returns the words without `x-evidence` and `summary`, whose meaning is the same everywhere."""
    return {each for each in words if each[1] not in ("x-evidence", "summary")}


# -- judge -----------------------------------------------------------------------------------------

WALKED = [path for path in FIFTH if path.parent.name != "faults"]


@pytest.mark.parametrize("path", fast_every(5, WALKED), ids=_name)
def test_judge(path: Path) -> None:
    """No random walk through a theme's twin contradicts the spec."""
    spec = load(path)

    for seed in range(3):
        walk = Walk(spec, Random(seed))  # noqa: S311  # a walk, not a secret
        assert [str(found) for found in asyncio.run(walk.go(80))] == []


def test_judge__words() -> None:
    """The walks are through twins that use every word, but for faults."""
    walked = {word for path in WALKED for word in used_in(path)}

    assert sorted(_named(_rest(NOT_TOURED)) - walked) == []


# -- the pages -------------------------------------------------------------------------------------

NOT_IN_LEDGER: Table = {
    "the whole has no evidence but that of its parts": {"": "x-jobs"},
    "it is evidence itself": {"evidence": "*"},
    "it has the evidence of what contains it": {
        "facts_condition": "*",
        "fault": "*",
        "given_parts": "*",
        "id": "*",
        "lasting": "*",
        "part": "*",
        "target": "*",
    },
    "the evidence of a value is that of its property": {"value_form": "*"},
}
PRINTED = {
    "event": "to unless when",
    "lasting": "else until",
    "machine": "defaults events keep polling reason rules samples",
    "machine_event": "from to unless when",
    "polling": "at_most factor first",
    "request_limit": "operations per",
    "rule": "all any",
    "scenario": "default parts spawns steps when",
    "spawn": "after",
    "state": "changes events lasts progress then ways",
    "step": "after again event",
    "way": "lasts unless when",
}
"""The words of which the pages print the value; of the others, they print the evidence."""


def _rebuilt(spec: Spec, tree: Any) -> Spec:
    """Returns the spec of a changed tree, from the same files."""
    made = unchecked(spec.name, tree)
    return replace(made, document=replace(made.document, assembled=spec.document.assembled))


def _claimable(tree: Any) -> dict[tuple[Any, ...], set[Word]]:
    """Returns the objects that may have evidence of their own, with the words that they use."""
    found: dict[tuple[Any, ...], set[Word]] = {}
    for (of, word), place in uses(tree):
        if (of, "x-evidence") in WORDS and len(place) > 1 and word != "x-evidence":
            found.setdefault(place[:-1], set()).add((of, word))
    for used, place in uses(tree):
        if place in found:
            found[place].add(used)
    return found


def _claimed(tree: Any) -> tuple[Any, dict[str, set[Word]]]:
    """Returns a copy of a tree in which each object has evidence, and its words by the evidence."""
    marked, words = copy.deepcopy(tree), dict[str, set[Word]]()
    for number, (place, used) in enumerate(_claimable(tree).items()):
        node = marked
        for key in place:
            node = node[key]
        why = f"Reason {number:04}"
        node["x-evidence"], words[why] = {"assumed": why}, used
    return marked, words


def test_ledger() -> None:
    """The ledger has the evidence of every object with a word that the table does not list."""
    lost, shown = dict[str, set[Word]](), set[Word]()
    for path in FIFTH:
        spec = load(path)
        tree, words = _claimed(spec.document.written)
        page = ledger([_rebuilt(spec, tree)])
        lost |= {
            f"{path.parent.name} {why}": used for why, used in words.items() if why not in page
        }
        shown |= {word for why, used in words.items() if why in page for word in used}

    assert lost == {}
    assert sorted(_named(_rest(NOT_IN_LEDGER)) - shown) == []


def _printed_in(path: Path, wanted: AbstractSet[Word]) -> Iterator[Word]:
    """Yields the words without which the pages of a file differ."""
    spec = load(path)
    tree, places = spec.document.written, dict[Word, list[Any]]()
    for word, place in uses(tree):
        places.setdefault(word, []).append(place)
    before = _pages(spec)
    for word in wanted & places.keys():
        if _pages(_rebuilt(spec, without(tree, dict.fromkeys(places[word])))) != before:
            yield word


def _pages(spec: Spec) -> str:
    return machines([spec]) + ledger([spec])


@pytest.mark.slow
def test_pages() -> None:
    """Without a word of behaviour, the pages print something else."""
    left = {(of, word) for of, words in PRINTED.items() for word in words.split()}

    for path in sorted(FIFTH, key=lambda each: each.parent.name != "fates"):
        left -= {*_printed_in(path, left)}

    assert left == set()
