"""Hostile texts in every place of a spec, and checks of the client generated from it.

A place is a string or a key. A batch puts texts into many places at once, each with its own call,
and generates twice: with the hostile texts, and with harmless ones in the same places. A call that
gets into the code is found by its name, any other statement by its absence from the harmless
client. A batch that the generator refuses is halved, so that one place cannot hide the others.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jobtwin.codegen import packages
from jobtwin.codegen.packages import GenerationError

CALL = "planted_{number}()"
KINDS = {
    "quotes": '"""\n{call}\n"""',
    "apostrophes": "'''\n{call}\n'''",
    "quote": '"); {call}; ("',
    "apostrophe": "'); {call}; ('",
    "end-of-quotes": ' {call} """',
    "backslash": " {call} \\",
    "backslash-and-quotes": '\\""" {call} \\"""\n{call}\n',
    "newline": "\n{call}\n",
    "indented": "\n    {call}\n",
    "carriage-return": "\r{call}\r",
    "form-feed": "\f{call}\f",
    "vertical-tab": "\v{call}\v",
    "next-line": "\x85{call}\x85",
    "line-separator": "\u2028{call}\u2029{call}\n",
    "lazy-import": "\nif TYPE_CHECKING:\n    from ..models.{name} import {name}\n",
    "first-line": "\n        d = dict(src_dict)\nT = TypeVar\n{call}\n",
    "braces": "{{{call}}}",
    "template": "{{{{ {call} }}}}{{% set x = {call} %}}",
    "folder": "/../../x{call}",
}
KEY = "<key>"
WHOLE = 99
SCHEMAS = ("components", "schemas")
REFERENCE = "#/components/schemas/"

Place = tuple[str | int, ...]
"""Keys and indexes that lead to a string; with KEY at the end, to the key itself."""


@dataclass
class HostileOutcome:
    """The results for the places of one spec."""

    tried: set[Place] = field(default_factory=set)
    refused: set[Place] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)


def places(node: Any, path: Place = ()) -> Iterator[Place]:
    """Yields every string and every key of a document."""
    if isinstance(node, dict):
        for key, child in node.items():
            if isinstance(key, str):
                yield (*path, key, KEY)
            yield from places(child, (*path, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from places(child, (*path, index))
    elif isinstance(node, str):
        yield path


WORDS = {
    *("$ref", "type", "in", "format", "required", "does", "id", "schema", "scheme", "kind"),
    *("default", "openapi", "agents", "at_most", "session", "propertyName", "style", "outcome"),
    *("after", "for", "first", "lasts", "then", "else", "over", "seed", "initial", "inherits"),
    *("path", "jobId", "timestamp", "machine", "spawn", "clone", "within"),
}
"""Strings that a document needs: with another text nothing is generated."""

NAMED = {"properties", "schemas", "states", "scenarios", "facts", "counters", "x-evidence", "set"}
"""Maps whose keys are chosen by the author."""


def free(document: dict[str, Any], place: Place) -> bool:
    """True if the generator accepts any text at a place of a document."""
    if place[-1] == KEY:
        return len(place) >= len(("map", "key", KEY)) and place[-3] in NAMED
    holder = _at(document, place[:-1])
    if isinstance(holder, list) and place[-2] == "enum":
        return bool(_at(document, place[:-2]).get("default") != holder[int(place[-1])])
    if place[-1] == "name":
        return isinstance(holder, dict) and holder.get("in") not in ("path", "header")
    words = [step for step in place if isinstance(step, str)]
    return words[-1] not in WORDS


def _at(document: Any, path: Place) -> Any:
    for step in path:
        document = document[step]
    return document


def attack(
    spec: Path,
    document: dict[str, Any],
    shift: int = 0,
    others: Collection[Place] = (),
    patience: int = WHOLE,
) -> HostileOutcome:
    """Put a hostile text into each free place of a document, and into `others` of its places.

    Each place gets one of the kinds, another one for each `shift`. Similar places that are refused
    together are halved `patience` times, to find the accepted ones.
    """
    outcome = HostileOutcome()
    kinds = list(KINDS)
    numbered = [
        (place, number, kinds[(number + shift) % len(kinds)])
        for number, place in enumerate(places(document))
    ]
    able = [attempt for attempt in numbered if free(document, attempt[0])]
    rest = [attempt for attempt in numbered if attempt[0] in others]
    for attempts in (able, rest):
        groups: dict[str, list[_Attempt]] = {}
        for attempt in attempts:
            groups.setdefault(_alike(attempt[0]), []).append(attempt)
        _halve(spec, document, list(groups.values()), outcome, patience)
    return outcome


_Attempt = tuple[Place, int, str]


def _alike(place: Place) -> str:
    """Returns the purpose of a place: `description`, or `key of properties`."""
    words = [str(step) for step in place if isinstance(step, str)]
    return f"key of {words[-3:-2]}" if words[-1] == KEY else words[-1]


def _halve(
    spec: Path,
    document: dict[str, Any],
    groups: Sequence[list[_Attempt]],
    outcome: HostileOutcome,
    patience: int,
) -> None:
    attempts = [attempt for group in groups for attempt in group]
    if not attempts:
        return
    if _try(spec, document, attempts, outcome):
        outcome.tried |= {place for place, _, _ in attempts}
        outcome.kinds |= {kind for _, _, kind in attempts}
    elif len(attempts) == 1 or (len(groups) == 1 and not patience):
        outcome.refused |= {place for place, _, _ in attempts}
    else:
        if len(groups) == 1:
            middle = len(attempts) // 2
            groups, patience = [attempts[:middle], attempts[middle:]], patience - 1
        middle = len(groups) // 2
        _halve(spec, document, groups[:middle], outcome, patience)
        _halve(spec, document, groups[middle:], outcome, patience)


def _try(
    spec: Path, document: dict[str, Any], attempts: Sequence[_Attempt], outcome: HostileOutcome
) -> bool:
    """Generate with harmless and with hostile texts; returns False if either is refused."""
    try:
        harmless = code(spec, _with(document, [(p, _plain(kind, n)) for p, n, kind in attempts]))
        hostile = code(spec, _with(document, [(p, text(kind, n)) for p, n, kind in attempts]))
    except GenerationError:
        return False
    kinds = {number: (place, kind) for place, number, kind in attempts}
    for name, tree in hostile.items():
        for number in calls(tree):
            outcome.complaints.append(
                f"{name}: calls {CALL.format(number=number)}: {kinds.get(number)}"
            )
    more = _statements(hostile) - _statements(harmless)
    outcome.complaints += [f"{times} more: {statement}" for statement, times in more.items()]
    return True


def _plain(kind: str, number: int) -> str:
    """Returns a harmless text in place of a hostile one.

    It has a slash if the hostile one has, since a schema with a slash in its name is written
    into each schema that refers to it.
    """
    return f"{'/' if '/' in KINDS[kind] else ' '}plain {number}"


def text(kind: str, number: int) -> str:
    """Returns the hostile text of a kind."""
    call = CALL.format(number=number)
    return KINDS[kind].format(call=call, name=call.removesuffix("()"))


def _with(document: dict[str, Any], added: Sequence[tuple[Place, str]]) -> dict[str, Any]:
    """Returns a copy of the document with a text added at each place; the deepest first."""
    changed = _apart(document)
    renamed: dict[str, str] = {}
    for place, suffix in sorted(added, key=lambda each: _order(each[0])):
        *path, last = place if place[-1] != KEY else place[:-1]
        node: Any = changed
        for step in path:
            node = node[step]
        if place[-1] == KEY:
            _rename(node, str(last), f"{last}{suffix}")
            if place[:-2] == SCHEMAS:
                renamed[REFERENCE + str(last)] = REFERENCE + _escaped(f"{last}{suffix}")
        else:
            node[last] = f"{node[last] or 'x'}{suffix}"
    referred: dict[str, Any] = _refer(changed, renamed)
    return referred


def _escaped(name: str) -> str:
    """Returns a name as a step of a JSON pointer, with slashes escaped."""
    return name.replace("~", "~0").replace("/", "~1")


def _refer(node: Any, renamed: dict[str, str]) -> Any:
    """Returns the node with references to renamed schemas updated."""
    if isinstance(node, dict):
        return {key: _refer(child, renamed) for key, child in node.items()}
    if isinstance(node, list):
        return [_refer(child, renamed) for child in node]
    return renamed.get(node, node) if isinstance(node, str) else node


def _apart(node: Any) -> Any:
    """Returns a copy without shared nodes, such as those of YAML aliases."""
    if isinstance(node, dict):
        return {key: _apart(child) for key, child in node.items()}
    return [_apart(child) for child in node] if isinstance(node, list) else node


def _order(place: Place) -> tuple[int, bool]:
    """Returns a sort key: deepest first, and a value before its key, so that paths stay valid."""
    key = place[-1] == KEY
    return key - len(place), key


def _rename(node: dict[str, Any], old: str, new: str) -> None:
    """Rename a key, keeping the order."""
    items = [(new if key == old else key, value) for key, value in node.items()]
    node.clear()
    node.update(items)


def code(spec: Path, document: dict[str, Any]) -> dict[str, ast.Module]:
    """Generate the client of a document, and parse its modules."""
    with TemporaryDirectory() as folder:
        root = Path(folder, "outer", "package")
        packages.write_document(document, spec, root)
        files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        assert all(path.is_relative_to(root) for path in files), files
        return {
            path.name: ast.parse(path.read_text(encoding="utf-8"), path.name)
            for path in files
            if path.suffix == ".py"
        }


def calls(tree: ast.Module) -> Iterator[int]:
    """Yields the numbers of the planted names that are code."""
    for node in ast.walk(tree):
        named = [getattr(node, word, None) for word in ("id", "attr", "module", "name", "asname")]
        for name in named:
            if isinstance(name, str) and name.split(".")[-1].casefold().startswith("planted_"):
                yield int(name.rpartition("_")[2])


def _statements(modules: dict[str, ast.Module]) -> Counter[str]:
    """Counts each form of statement, without names and texts."""
    return Counter(
        ast.dump(_Form().visit(_head(node)))
        for tree in modules.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )


def _head(node: ast.stmt) -> ast.stmt:
    """Returns a statement without its inner statements."""
    head = copy.copy(node)
    for word in ("body", "orelse", "finalbody", "handlers"):
        if isinstance(getattr(head, word, None), list):
            setattr(head, word, [])
    return copy.deepcopy(head)


class _Form(ast.NodeTransformer):
    """Removes names and texts, and the order in unions, which depends on names."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Sort the members of a union."""
        if not isinstance(node.op, ast.BitOr):
            return self.generic_visit(node)
        made_of = sorted(ast.dump(self.visit(each)) for each in _united(node))
        return ast.Name(" | ".join(made_of), ast.Load())

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Blank a node's names."""
        super().generic_visit(node)
        for word in ("id", "attr", "arg", "name", "asname", "module"):
            if isinstance(getattr(node, word, None), str):
                setattr(node, word, "_")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        return node


def _united(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _united(node.left)
        yield from _united(node.right)
    else:
        yield node
