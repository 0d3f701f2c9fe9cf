"""Reads and compiles specs. All mistakes in a spec are reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jobtwin.errors import Mistake, SpecRefused, among
from jobtwin.lifecycle import Machine
from jobtwin.lifecycle.limits import Limit
from jobtwin.openapi.assumptions import (
    Assumption,
    of_callbacks,
    of_errors,
    of_facts,
    of_operations,
    of_values,
)
from jobtwin.openapi.bindings import bind, machine_uses
from jobtwin.openapi.checks import check_machines
from jobtwin.openapi.checks.faults import wrong_faults
from jobtwin.openapi.checks.limits import wrong_limits
from jobtwin.openapi.compiler import OperationsCompiler
from jobtwin.openapi.document import Document, FormCheck, check_form
from jobtwin.openapi.examples import examples
from jobtwin.openapi.extensions import JOBS, credential_settings, error_settings, machine_sources
from jobtwin.openapi.limits import limits_in_force, read_limits
from jobtwin.openapi.loader import (
    Assembled,
    SpecSource,
    assemble_what_applies,
    find_source,
    spec_folder,
)
from jobtwin.openapi.loader.normal import normalise
from jobtwin.openapi.loader.origins import Origins
from jobtwin.openapi.machines import MachineParser
from jobtwin.openapi.names import duplicates
from jobtwin.openapi.nodes import Report
from jobtwin.openapi.operations import DeclaredCallback, ErrorAnswer, Operation
from jobtwin.openapi.pointer import pointer, tokens
from jobtwin.openapi.schema import LazyValidators, SchemaValidators, reason
from jobtwin.openapi.unbound import Unbound, unbound_operations
from jobtwin.openapi.variables import environment_variables

_USER_AND_PASSWORD = "dXNlcjpwYXNzd29yZA=="  # noqa: S105 - any value is accepted
"""`user:password` in base64."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A security scheme: the place of its credential, and the accepted values."""

    name: str
    kind: str
    place: str
    field: str
    example: str | None
    pattern: str
    const: str | None
    raw: bool
    session: Machine | None = None
    exact: bool = False
    """True if the word before the credential is compared case-sensitively."""

    @property
    def usual(self) -> str:
        """An accepted value: the file's own, or a made-up one."""
        made = _USER_AND_PASSWORD if self.kind == "basic" and not self.raw else "token"
        return self.const or self.example or made


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """One vendor's API, ready to be served; `name` is its twin's name."""

    name: str
    title: str
    document: Document
    machines: Mapping[str, Machine]
    jobs: Mapping[str, Machine]
    operations: Sequence[Operation]
    errors: Mapping[str, ErrorAnswer]
    credentials: Mapping[str, Credential]
    schemas: SchemaValidators
    limits: Mapping[str, Limit] = field(default_factory=dict)
    unbound: Mapping[str, Unbound] = field(default_factory=dict)
    assumptions: Sequence[Assumption] = ()
    """The declarations that follow only from names and defaults."""
    webhooks: Sequence[DeclaredCallback] = ()
    shown_by_name: Mapping[str, Any] = field(default_factory=dict)
    """Values of properties that follow from names alone, by the places of their schemas."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The environment variables that the vendor's SDK reads, each with its text."""

    @property
    def routes(self) -> Iterator[tuple[str, str, str]]:
        """The operationId, method and path of every operation."""
        for operation in self.operations:
            yield operation.id, operation.method, operation.path
        for unbound in self.unbound.values():
            yield unbound.id, unbound.method, unbound.path

    def operations_of(self, machine: Machine, *does: str) -> list[Operation]:
        """Returns the operations on jobs of a machine that do one of these things."""
        return [each for each in self.operations if each.machine is machine and each.does in does]

    @property
    def callbacks(self) -> Mapping[str, DeclaredCallback]:
        """Every callback and webhook, by name."""
        of_operations = (each for operation in self.operations for each in operation.callbacks)
        return {each.name: each for each in (*of_operations, *self.webhooks)}

    @property
    def query_credentials(self) -> list[str]:
        """The names of query parameters that carry credentials."""
        return [each.field for each in self.credentials.values() if each.place == "query"]

    @property
    def usual_credentials(self) -> list[Credential]:
        """The credentials that the first operation with security needs, bound to jobs or not."""
        bound = (operation.security for operation in self.operations)
        general = self.document.data.get("security", ())
        others = (each.node.get("security", general) for each in self.unbound.values())
        chosen: Mapping[str, Any] = next((each[0] for each in (*bound, *others) if each), {})
        return [self.credentials[name] for name in chosen if name in self.credentials]

    def warnings(self) -> list[Mistake]:
        """Returns the mistakes of a vendor's own file: of its form, its examples and its defaults."""
        document = self.document
        if not document.is_vendors:
            return []
        return [*document.warnings, *document.mistakes(wrong_examples(document, self.schemas))]

    def misfits(self, machine: Machine, facts: Mapping[str, Any]) -> list[str]:
        """Returns a sentence for each mistake in the facts for a job."""
        declared = machine.schemas
        known = ", ".join(declared) or "there are none"
        wrong = [
            f"{n} is not one of the facts of {machine.name} ({known})"
            for n in facts
            if n not in declared
        ]
        for name in declared.keys() & facts.keys():
            errors = self.schemas.validator(declared[name]).iter_errors(facts[name])
            wrong += [f"the fact {name}: {reason(error)}" for error in errors]
        return wrong


def load(spec: str | Path | SpecSource) -> Spec:
    """Reads and compiles one SPEC. Raises SpecRefused with all mistakes."""
    found = check_spec(spec)
    if found.spec is None:
        raise SpecRefused(found.mistakes)
    return found.spec


@dataclass(frozen=True, slots=True)
class SpecCheck:
    """The mistakes in a SPEC, or the compiled spec if there are none."""

    mistakes: Sequence[Mistake]
    spec: Spec | None = None


def check_spec(spec: str | Path | SpecSource) -> SpecCheck:
    """Reads and compiles one SPEC. A mistake hides others only if they may follow from it.

    Raises SpecRefused if it cannot be read at all.
    """
    form = check_form(assemble_what_applies(spec))
    found: list[tuple[str, str]] = []
    made = _tried(form, found)
    if made is not None:
        found += wrong_faults(form.document, made.operations)
        found += wrong_limits(form.document, made.limits, made.operations)
    found += _wrong_examples(form.document, made)
    own = [each for each in found if not form.pruned.follows(*each)]
    mistakes = [*form.mistakes, *form.document.mistakes(own)]
    return SpecCheck(mistakes, _completed(made) if made and not mistakes else None)


def _tried(form: FormCheck, found: list[tuple[str, str]]) -> Spec | None:
    """Compiles a document, and notes its mistakes. Returns None if the rest of a malformed document cannot be compiled.

    Then it is tried without the machines in which something is missing, and without any.
    """
    document, pruned = form.document, form.pruned

    def report(where: str, why: str) -> None:
        found.append((where, why))

    for missing in dict.fromkeys((pruned.lost_machines, pruned.machines)):
        left = _without(document, missing)
        if left is None:
            continue
        try:
            return _compiled(left, report)
        except (AttributeError, LookupError, TypeError, ValueError):
            if not form.mistakes:
                raise
            found.clear()
    with suppress(AttributeError, LookupError, TypeError, ValueError):
        bind(document, report)
    return None


def _without(document: Document, machines: frozenset[str] | None) -> Document | None:
    """Returns a document without some of its machines; None if it would have none left."""
    if not machines:
        return document if machines is not None else None
    kept = {n: each for n, each in machine_sources(document).items() if n not in machines}
    return _extended(document, {**document.data[JOBS], "machines": kept}) if kept else None


def _completed(spec: Spec) -> Spec:
    """Adds the operations that are bound to no job to a vendor's spec."""
    if not spec.document.is_vendors:
        return spec
    bound = frozenset(operation.id for operation in spec.operations)
    found = unbound_operations(spec.document, bound)
    return replace(spec, unbound={operation.id: operation for operation in found})


def with_jobs(document: Document, jobs: Mapping[str, Any]) -> tuple[Spec, list[tuple[str, str]]]:
    """Returns a vendor's spec with the given `x-jobs`, and the mistakes in that, by pointer."""
    found: list[tuple[str, str]] = []

    def report(where: str, why: str) -> None:
        found.append((where, why))

    spec = _compiled(_extended(document, jobs), report)
    return _completed(spec), found


def values_by_name(document: Document, jobs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the `values` of `x-jobs` that follow from names alone, by key."""

    def ignore(_where: str, _why: str) -> None:
        """Ignores a mistake that others report."""

    named = bind(_extended(document, jobs), ignore).values
    spec = _compiled(_extended(document, {**jobs, "values": {}}), ignore)
    places = {tokens(bound.place)[-1]: place for place, bound in named.items()}
    return {key: spec.shown_by_name.get(place) for key, place in places.items()}


def _extended(document: Document, jobs: Mapping[str, Any]) -> Document:
    return replace(document, data={**document.data, JOBS: jobs})


def wrong_examples(document: Document, schemas: SchemaValidators) -> Iterator[tuple[str, str]]:
    """Yields the examples and defaults that do not fit their schemas, and why."""
    for where, schema, value in examples(document):
        for at, why in schemas.misfits(schema, value):
            yield where + pointer(at), why


def unchecked(name: str, tree: Mapping[str, Any], *, vendors: bool = False) -> Spec:
    """Returns the spec of a tree that was checked before, or does not need to be; ignores mistakes.

    `vendors` says that the tree is a vendor's, except for its job machines. A malformed tree may
    raise any error, such as KeyError.
    """
    overlays = frozenset({1}) if vendors else frozenset[int]()
    assembled = Assembled(name, tree, Origins(), overlays)
    document = Document(name, normalise(tree, complete=vendors), assembled)
    return _compiled(document, lambda _where, _why: None, LazyValidators)


def _compiled(
    document: Document, report: Report, validators: type[SchemaValidators] = SchemaValidators
) -> Spec:
    schemas = validators(document.data, lenient=document.is_vendors)
    bindings = bind(document, report)
    sources = machine_sources(document)
    uses = machine_uses(bindings, sources)
    parsed = MachineParser(document, report, uses).parsed()
    check_machines(document, schemas, parsed, report)
    machines = {name: each.machine for name, each in parsed.items()}
    limits = read_limits(document)
    compiler = OperationsCompiler(bindings, schemas, machines, limits.values(), report)
    operations, errors = compiler.compiled(), compiler.general_errors()
    webhooks = compiler.webhooks()
    assumptions = [
        *of_facts({name: use.echoed for name, use in uses.items()}),
        *of_operations(compiler.assumed),
        *of_callbacks(compiler.assumed_callbacks),
        *of_values(compiler.shown_by_name),
        *(of_errors(errors, error_settings(document)) if machines else ()),
    ]
    return Spec(
        name=document.name,
        title=document.data["info"]["title"],
        document=document,
        machines=machines,
        jobs=compiler.jobs(),
        operations=operations,
        errors=errors,
        credentials=_credentials(document, machines, report),
        schemas=schemas,
        limits=limits,
        assumptions=assumptions,
        shown_by_name=compiler.shown_by_name,
        webhooks=webhooks,
        environment=environment_variables(document, report),
    )


def load_all(
    specs: Iterable[str | Path | SpecSource] = (), overlays: Sequence[Path] = ()
) -> list[Spec]:
    """Reads the given SPECs, or all that come with jobtwin. Raises SpecRefused with all mistakes.

    `overlays` extend a SPEC, which must then be the only one.
    """
    checked = check_all(specs, overlays)
    if mistakes := [mistake for each in checked for mistake in each.mistakes]:
        raise SpecRefused(mistakes)
    return [each.spec for each in checked if each.spec is not None]


def check_all(
    specs: Iterable[str | Path | SpecSource] = (), overlays: Sequence[Path] = ()
) -> list[SpecCheck]:
    """Checks the given SPECs, or all that come with jobtwin; and that no two have the same name."""
    chosen = list(specs) or sorted(spec_folder().glob("*.yaml"))
    checked = [_check_with(spec, overlays) for spec in chosen]
    loaded = [each.spec for each in checked if each.spec is not None]
    alike = [_told_apart(loaded, name) for name in duplicates(spec.name for spec in loaded)]
    return [*checked, *([SpecCheck(alike)] if alike else [])]


def _told_apart(specs: Sequence[Spec], name: str) -> Mistake:
    """Returns the mistake of two specs with the same name."""
    files = " and ".join(spec.document.file for spec in specs if spec.name == name)
    why = f"{files} would both be called {name}; give one another name: other_{name}=FILE"
    return Mistake(next(spec.document.file for spec in specs if spec.name == name), "", why)


def _credentials(
    document: Document, machines: Mapping[str, Machine], report: Report
) -> Mapping[str, Credential]:
    schemes = document.data.get("components", {}).get("securitySchemes", {})
    settings = credential_settings(document)
    made = {}
    for name, node in schemes.items():
        said = settings.get(name, {})
        session = said.get("session", "")
        if session and session not in machines:
            where = f"/x-jobs/credentials{pointer([name])}/session"
            report(where, among(session, "the machines", machines))
        made[name] = _credential(name, document.resolve(node), said, machines.get(session))
    return made


_TOKENS = ("oauth2", "openIdConnect")
"""Security schemes whose credential is a bearer token."""


def _credential(
    name: str, node: Mapping[str, Any], said: Mapping[str, Any], session: Machine | None
) -> Credential:
    http = node["type"] == "http"
    return Credential(
        name=name,
        kind=node["scheme"].lower()
        if http
        else "bearer"
        if node["type"] in _TOKENS
        else node["type"],
        place="header" if http else node.get("in", "header"),
        field="Authorization" if http else node.get("name", "Authorization"),
        example=said.get("example"),
        pattern=said.get("pattern", r"^\S+$"),
        const=said.get("const"),
        raw=said.get("raw", False),
        session=session,
        exact=said.get("exact", False),
    )


def machines_by_name(specs: Iterable[Spec]) -> dict[str, Machine]:
    """Returns every machine of several specs, by a unique name: `printer/print`."""
    return {f"{spec.name}/{name}": machine for spec in specs for name, machine in spec.jobs.items()}


def usual_limits(specs: Iterable[Spec]) -> tuple[Limit, ...]:
    """Returns the limits of several specs that are in force at start-up."""
    return tuple(each for spec in specs for each in limits_in_force(spec.document, spec.limits))


def _wrong_examples(document: Document, made: Spec | None) -> Iterable[tuple[str, str]]:
    """Returns the mistakes in examples; those of a vendor's own file do not count."""
    if document.is_vendors:
        return ()
    return wrong_examples(document, made.schemas if made else SchemaValidators(document.data))


def _check_with(spec: str | Path | SpecSource, overlays: Sequence[Path]) -> SpecCheck:
    try:
        return check_spec(find_source(spec).with_overlays(overlays))
    except SpecRefused as refused:
        return SpecCheck(refused.mistakes)
