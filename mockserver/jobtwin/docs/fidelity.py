"""`docs/fidelity.md`: the evidence for each behaviour of a twin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from jobtwin.docs import words
from jobtwin.docs.behaviour import facets, told
from jobtwin.docs.markdown import anchor, code, page, table, text
from jobtwin.openapi import Credential, Spec
from jobtwin.openapi.document import METHODS
from jobtwin.openapi.evidence import KINDS, Evidence, Path, Tree
from jobtwin.openapi.extensions import (
    error_path,
    error_settings,
    machine_path,
    machine_sources,
    operation_path,
)
from jobtwin.openapi.limits import limit_path, limits_in_force

_INTRODUCTION = """\
The evidence for each behaviour of the twins:

- documented: by the vendor's page, with the place in the stored copy of the page (a seed) and \
the words there;
- *published*: by other material of the vendor, with the place;
- **assumed**: our choice, with the reason. Ask the vendor before you rely on it.

A ″ repeats the cell above. A property with a named schema is listed under that schema; a \
property that is not listed has the evidence of its schema."""

_SHOWN = {"documented": "documented", "published": "*published*", "assumed": "**assumed**"}

_UNNAMED = """\
For these situations, if they can occur, the twin uses jobtwin's default response, which is \
**assumed**"""


class Row(NamedTuple):
    """One behaviour of a twin: its group, its name and its evidence."""

    group: str
    what: str
    evidence: Evidence


def ledger(specs: Iterable[Spec]) -> str:
    """Returns the page of evidence. Specs without a machine describe no vendor and are left out."""
    specs = list(specs)
    chapters = [_Chapter(spec) for spec in specs if spec.machines]
    blocks = chain.from_iterable(chapter.blocks() for chapter in chapters)
    index = table(["API", "vendor's documents", "checked", *KINDS], [c.summary() for c in chapters])
    return page("# Fidelity", _INTRODUCTION, index, _omitted(specs), *blocks)


def _omitted(specs: Iterable[Spec]) -> str:
    left = ", ".join(code(spec.document.file) for spec in specs if not spec.machines)
    return f"Omitted, since it describes no vendor: {left}." if left else ""


class _Chapter:
    """The evidence for one API."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._tree = Tree(spec.document.data, extended=spec.document.is_vendors)
        self._info: Mapping[str, Any] = spec.document.data["info"]
        self._shown: set[Path] = set()
        self._counts = Counter[str]()
        self._plain: list[str] = []
        self._body = list(self._sections())

    def summary(self) -> Sequence[str]:
        """Returns the API's row in the page's first table."""
        said = self._info.get("description", "")
        urls = dict.fromkeys(re.findall(r"https?://[^\s)>\]]*[\w/]", said))
        pages = "<br>".join(urls) or "-"
        day = re.search(r"checked (?:on )?(\d{4}-\d{2}-\d{2})", " ".join(said.split()))
        title = f"[{text(self._spec.title)}]({anchor(self._spec.title)})"
        counts = [str(self._counts[kind]) for kind in KINDS]
        return title, pages, day[1] if day else "-", *counts

    def blocks(self) -> Iterator[str]:
        """Yields the blocks of the chapter."""
        yield f"## {text(self._spec.title)}"
        yield self._info.get("description", "").strip()
        counts = ", ".join(f"{self._counts[kind]} {kind}" for kind in KINDS)
        file = self._spec.document.file
        yield f"{counts} ([{file}](../specs/{file}))"
        yield from self._body

    def _sections(self) -> Iterator[str]:
        yield from self._section("### Operations", "operation", self._operations())
        for name in machine_sources(self._spec.document):
            yield from self._section(f"### Machine {code(name)}", "", self._machine(name))
        yield from self._section("### Errors", "situation", self._errors(), self._unnamed_errors)
        yield from self._section("### Limits", "limit", self._limits())
        yield from self._section("### Credentials", "credential", self._credentials())
        yield from self._section("### Schemas", "schema", self._schemas(), self._plain_schemas)
        yield from self._section("### Elsewhere", "place", self._deeper(()))

    def _section(
        self, heading: str, what: str, rows: Iterable[Row], rest: Callable[[], str] = str
    ) -> Iterator[str]:
        listed = table([what, "", "evidence", "place, or reason"], _lines(rows))
        if listed or rest():
            yield from (heading, listed, rest())

    # -- rows ------------------------------------------------------------------------------------

    def _row(self, group: str, what: str, path: Path, known: Path | None = None) -> Row:
        """Returns a row, with the evidence of another place if that documents it."""
        self._shown.add(path)
        evidence = self._tree.evidence_by_use(known or path)
        self._counts[evidence.kind] += 1
        return Row(group, what, evidence)

    def _deeper(self, path: Path, of: str = "") -> Iterator[Row]:
        """Yields rows for unlisted places below a path whose evidence differs from their parent's."""
        for claim in self._tree.claims(path):
            if claim not in self._shown and self._stands_out(claim):
                what = ", ".join(filter(None, [of, _place(claim[len(path) :])]))
                yield self._row("", told(what, self._tree.at(claim)), claim)

    def _stands_out(self, path: Path) -> bool:
        return self._tree.evidence(path) != self._tree.evidence_by_use(path[:-1])

    # -- operations ------------------------------------------------------------------------------

    def _operations(self) -> Iterator[Row]:
        for url, item in self._spec.document.data["paths"].items():
            self._shown.add(("paths", url))
            for method in item:
                if method in METHODS:
                    yield from self._operation(url, method)

    def _operation(self, url: str, method: str) -> Iterator[Row]:
        item: Path = ("paths", url)
        path = (*item, method)
        node = self._tree.at(path)
        title = text(node.get("operationId", ""))
        yield self._row(f"**{title}**", code(f"{method.upper()} {url}"), path)
        for name, place in self._parameters(item, path).items():
            yield from self._message(name, place, path)
        if "requestBody" in node:
            yield from self._message("body", (*path, "requestBody"), path)
        for status in node.get("responses", ()):
            yield from self._message(f"answer {code(status)}", (*path, "responses", status), path)
        if does := operation_path(self._spec.document, url, method):
            yield from self._own_answers(does)
            yield from self._own_errors(does)
            yield from self._deeper(does, "what it does")
        yield from self._deeper(path)

    def _parameters(self, *places: Path) -> Mapping[str, Path]:
        """Returns parameters by place and name; an operation's override its path's."""
        found = {}
        for place in places:
            for n in range(len(self._tree.at(place).get("parameters", ()))):
                path = (*place, "parameters", n)
                node = self._tree.at(self._tree.followed(path))
                found[f"{node['in']} {code(node['name'])}"] = path
        return found

    def _message(self, what: str, path: Path, operation: Path) -> Iterator[Row]:
        """Yields the rows of a request or response; a shared one is detailed where it first occurs."""
        path = self._tree.followed(path)
        known = path if self._tree.is_claimed(path) else operation
        yield self._row("", told(what, self._tree.at(path)), path, known)
        yield from self._deeper(path, what)

    def _own_answers(self, path: Path) -> Iterator[Row]:
        said = self._tree.at(path)
        given = said.get("answers", {}) if isinstance(said, Mapping) else {}
        for name, answer in given.items():
            status = f", {code(str(answer['status']))}" if "status" in answer else ""
            what = told(f"answer {code(name)}{status}", answer)
            yield self._row("", what, (*path, "answers", name))

    def _own_errors(self, path: Path) -> Iterator[Row]:
        said = self._tree.at(path)
        for situation, answer in (
            said.get("errors", {}).items() if isinstance(said, Mapping) else ()
        ):
            status = f" {code(str(answer['status']))}" if "status" in answer else ""
            yield self._row("", f"if {code(situation)}{status}", (*path, "errors", situation))

    # -- behaviours ------------------------------------------------------------------------------

    def _machine(self, name: str) -> Iterator[Row]:
        path = machine_path(name)
        machine, node = self._spec.machines[name], self._tree.at(path)
        yield self._row("machine", text(machine.summary), path)
        for facet in facets(machine, node):
            place = (*path, *facet.path)
            # A documented state may have undocumented transitions.
            bare = facet.group == "transitions" and "x-evidence" not in self._tree.at(place)
            if not facet.quiet or self._stands_out(place):
                yield self._row(facet.group, facet.what, place, path if bare else place)
            if facet.path:
                yield from self._deeper(place, facet.what)

    # -- errors ----------------------------------------------------------------------------------

    def _errors(self) -> Iterator[Row]:
        for situation in self._named_errors():
            answer = self._spec.errors[situation]
            said = [str(answer.answer.status), *filter(None, [answer.code])]
            what = f"{' '.join(map(code, said))} {text(answer.message)}"
            yield self._row(code(situation), what, error_path(situation))

    def _named_errors(self) -> list[str]:
        said = error_settings(self._spec.document)
        return [situation for situation in said if situation in self._spec.errors]

    def _unnamed_errors(self) -> str:
        named = self._named_errors()
        rest = [
            f"{code(situation)} {answer.answer.status}"
            for situation, answer in self._spec.errors.items()
            if situation not in named
        ]
        return f"{_UNNAMED}: {', '.join(rest)}." if rest else ""

    def _limits(self) -> Iterator[Row]:
        in_force = {each.name for each in limits_in_force(self._spec.document, self._spec.limits)}
        for name, limit in self._spec.limits.items():
            path = limit_path(name)
            said = words.limit(limit, code) + ("" if name in in_force else "; off by default")
            what = told(said, self._tree.at(path))
            yield self._row(code(name), what, path)
            yield from self._deeper(path, "it")

    # -- components ------------------------------------------------------------------------------

    def _credentials(self) -> Iterator[Row]:
        for name, credential in self._spec.credentials.items():
            path = self._tree.followed(("components", "securitySchemes", name))
            what = told(_credential(credential), self._tree.at(path))
            yield self._row(code(name), what, path)
            yield from self._deeper(path)

    def _schemas(self) -> Iterator[Row]:
        for name in self._named_schemas():
            path: Path = ("components", "schemas", name)
            row = self._row(code(name), told("", self._tree.at(path))[2:], path)
            inner = list(self._deeper(path))
            if inner or row.evidence != self._tree.root:
                yield from [row, *inner]
            else:
                self._plain.append(name)

    def _plain_schemas(self) -> str:
        names = ", ".join(map(code, self._plain))
        known = _SHOWN[self._tree.root.kind].strip("*").capitalize()
        return f"{known}, with all their contents: {names}." if names else ""

    def _named_schemas(self) -> Iterable[str]:
        named: Mapping[str, Any] = self._spec.document.data.get("components", {}).get("schemas", {})
        return named


def _lines(rows: Iterable[Row]) -> Iterator[Sequence[str]]:
    """Yields rows as cells, with a ditto mark for a cell equal to the one above."""
    group, above = "", Evidence()
    for row in rows:
        said = "″" if row.evidence == above and above.text else text(row.evidence.text)
        named = row.group if row.group != group else ""
        yield named, row.what, _SHOWN[row.evidence.kind], said
        group, above = row.group or group, row.evidence


def _place(path: Path) -> str:
    """Returns a readable place in a document; properties are shown by name only."""
    return " / ".join(code(str(token)) for token in path if token != "properties")  # noqa: S105 - no password


def _credential(credential: Credential) -> str:
    return f"{credential.kind} in the {credential.place} {code(credential.field)}"
