"""Writes `waiters.py` of a client package: the jobs to wait for, what to poll, and how often.

`jobwait` does the waiting.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, ModelProperty, Property
from openapi_python_client.strings import PythonIdentifier

from jobtwin.codegen.response_map import PREFIX, ClientModel, Modules, Read, message, states_of
from jobtwin.codegen.source import Code, Words, literal, words
from jobtwin.lifecycle import Machine, Polling
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import Operation, Paging
from jobwait import Lifecycle, Policy, WaitOptions
from jobwait.lifecycle import Path
from jobwait.location import HEADERS as LOCATIONS

TEMPLATES = File(__file__).with_name("templates")
MOST = 100
"""Jobs on a page if the spec does not give the size."""
SECOND = 1_000_000
LONGEST_TRANSIENT = 5.0
"""Upper limit in seconds of "poll again soon"; vendors say "in some seconds"."""

# Numbers from the spec, which are written even if they equal the defaults.
TOLD = frozenset({"first", "at_most", "factor", "transient"})
# Other parameters of a waiter. A vendor's parameter of such a name gets an underscore.
TAKEN = {"client", "document", "options", "record", *WaitOptions.__annotations__}


def unwaited(spec: Spec, data: GeneratorData, modules: Modules) -> list[str]:
    """Returns the machines that have no waiter though an operation is about their jobs."""
    client = ClientModel(spec, data, modules)
    bound = {operation.machine for operation in spec.operations}
    return [m.name for m in client.machines() if m in bound and not _reads(client, m)]


def module(spec: Spec, data: GeneratorData, modules: Modules) -> str | None:
    """Returns the text of a spec's module; None if it has no job to wait for."""
    client = ClientModel(spec, data, modules)
    chosen = (reads for machine in client.machines() if (reads := _reads(client, machine)))
    waiters = [_waiter(client, reads) for reads in chosen]
    if not waiters:
        return None
    environment = Environment(  # noqa: S701 - it makes Python, not HTML
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    template = environment.get_template("waiters.py.jinja")
    lines = sorted({line for waiter in waiters for line in waiter.imports})
    title = words(spec.title)
    return template.render(title=title, waiters=waiters, imports=lines)


# -- what the template is given --------------------------------------------------------------------


@dataclass(frozen=True)
class Id:
    """A parameter that names the job: its name, its type, and the expression to restore it from JSON."""

    name: Code
    type: Code
    again: Code


@dataclass(frozen=True)
class Waiter:
    """One machine in the module; its calls are expressions."""

    name: Code
    constant: Code
    summary: Words
    lifecycle: Code
    advice: Words
    ends: Words
    asks: Words
    client: Code
    model: Code
    ids: list[Id]
    whole: Code
    quick: Code
    meter: Code
    paths: Code
    """The paths at which a response can lead to a job; empty if no response does."""
    queries: Code
    imports: set[Code]


# -- waiters ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reads:
    """The operations that a waiter of one machine calls."""

    machine: Machine
    whole: Read
    """The fullest response, which is the result."""
    quick: Read
    """The smallest response with the state, to poll; may be `whole`."""
    meter: Read | None
    """One with the progress or the parts, if `quick` has neither."""
    model: ModelProperty | None
    """The class of the result; None if it is a text, bytes, or JSON without a class."""

    @property
    def used(self) -> list[Read]:
        """The operations, possibly repeated."""
        return [read for read in (self.whole, self.quick, self.meter) if read]

    @property
    def type(self) -> Code:
        """The type of the result."""
        if self.model:
            return Code(self.model.class_info.name)
        form = self.whole.by_status.result.form if self.whole.by_status else "json"
        return Code({"text": "str", "bytes": "bytes"}.get(form, "Any"))

    @property
    def clients(self) -> str:
        """The types of clients that are accepted."""
        secured = any(read.endpoint.requires_security for read in self.used)
        return "AuthenticatedClient" if secured else "AuthenticatedClient | Client"


def _reads(client: ClientModel, machine: Machine) -> Reads | None:
    """Chooses the operations; None if no response has both the state and a class.

    Operations whose body always has the state come first, then those whose status shows it.
    """
    reads = list(client.asked(machine, "read"))
    steady = [read for read in reads if read.view.tells_state and not read.by_status]
    if by_status := [read for read in reads if read.by_status and not steady]:
        whole = max(by_status, key=lambda read: read.size)
        return Reads(machine, whole, whole, _meter(reads, whole), whole.model)
    return _typed_reads(machine, reads, steady or list(_lists(client, machine)))


def _typed_reads(machine: Machine, reads: list[Read], telling: list[Read]) -> Reads | None:
    """Chooses among the operations whose body tells the state; None if no body has a class."""
    typed = [(read, model) for read in telling if (model := read.model)]
    if not typed:
        return None
    whole, model = max(typed, key=lambda pair: pair[0].size)
    quick = min([whole, *telling], key=_size)
    return Reads(machine, whole, quick, _meter(reads, quick), model)


def _size(read: Read) -> int:
    return read.size


def _lifecycle(spec: Spec, reads: Reads) -> Lifecycle:
    policy, source = _policy(reads.machine.polling)
    missing = (read.operation.errors["unknown_job"].answer.status for read in reads.used)
    return Lifecycle(
        name=f"{spec.name}.{reads.machine.name}",
        key=_key(reads.whole),
        states=states_of(reads.machine),
        policy=policy,
        advice=source,
        absent=frozenset(missing),
        messages=tuple(dict.fromkeys(_messages(spec, reads.used))),
    )


def waited(client: ClientModel) -> Iterator[tuple[Machine, Code]]:
    """Yields the machines whose jobs can be waited for, with the names of their lifecycles."""
    for machine in client.machines():
        if _reads(client, machine) is not None:
            yield machine, Code(str(PythonIdentifier(machine.name, PREFIX)).upper())


def _waiter(client: ClientModel, reads: Reads) -> Waiter:
    """Returns the template's data for a machine."""
    whole, quick, meter = reads.whole, reads.quick, reads.meter
    name, model = str(PythonIdentifier(reads.machine.name, PREFIX)), reads.model
    life = _lifecycle(client.spec, reads)
    ids = _ids(client, reads.used)
    ends = (f"{state} ({s.outcome})" for state, s in life.states.items() if s.outcome)
    return Waiter(
        name=Code(name),
        constant=Code(name.upper()),
        summary=words(reads.machine.summary.rstrip(". ")),
        lifecycle=literal(life, TOLD),
        advice=_advice(life.policy, words(life.advice)),
        ends=words(", ".join(ends)),
        asks=_asks(quick, whole, meter),
        client=Code(reads.clients),
        model=reads.type,
        ids=[made for made, _ in ids.values()],
        whole=_call(whole, reads.type if model else ""),
        quick=_call(quick) if quick is not whole else Code(),
        meter=_call(meter) if meter else Code(),
        paths=_paths(client, reads, {str(made.name) for made, _ in ids.values()}),
        queries=Code(repr(_queries(reads))),
        imports={
            *_imports(reads),
            Code(f"from .client import {reads.clients.replace(' |', ',')}"),
            *(Code(f"from .api.{read.tag} import {_module(read)}") for read in reads.used),
            *(Code(line) for _, lines in ids.values() for line in lines),
        },
    )


def _imports(reads: Reads) -> Iterator[Code]:
    """Yields the imports for the type of the result."""
    if reads.model:
        info = reads.model.class_info
        yield Code(f"from .models.{info.module_name} import {info.name}")
    elif reads.type == "Any":
        yield Code("from typing import Any")


def _paths(client: ClientModel, reads: Reads, ids: set[str]) -> Code:
    """Returns the paths of the reads that take the waiter's ids, if a response leads to a job."""
    if not any(map(_leads_to_job, client.spec.operations_of(reads.machine, "create", "clone"))):
        return Code()
    found = map(_template, client.asked(reads.machine, "read"))
    named = [path for path in found if {*re.findall(r"\{(.*?)\}", path)} <= ids]
    return Code(repr(list(dict.fromkeys(named))) if named else "")


def _leads_to_job(operation: Operation) -> bool:
    """Returns True if a good response has a header that leads to the job."""
    good = [each for status, each in operation.responses.items() if status.startswith("2")]
    return any(each.header_names & {*LOCATIONS} for each in good)


def _template(read: Read) -> str:
    """Returns the path of an operation, with the Python names of its parameters."""
    path = read.operation.path
    for parameter in read.endpoint.path_parameters:
        path = path.replace(
            f"{{{parameter.name.get_untrusted_value()}}}",
            f"{{{_free(str(parameter.python_name))}}}",
        )
    return path


def _queries(reads: Reads) -> dict[str, str]:
    """Returns the names in the query of the waiter's ids, by their Python names."""
    required = [p for read in reads.used for p in read.required()]
    return {_free(str(p.python_name)): str(p.name.get_untrusted_value()) for p in required}


def _lists(client: ClientModel, machine: Machine) -> Iterator[Read]:
    """Yields the lists that hold any job of the machine."""
    for read in client.asked(machine, "list"):
        if (
            read.items is not None
            and read.view.tells_state
            and read.view.id
            and not read.operation.where
        ):
            yield read


def _meter(reads: list[Read], quick: Read) -> Read | None:
    """Returns the smallest response with the progress, or else the parts, that `quick` lacks."""
    meters = [read for read in reads if read.view.fraction and quick.view.fraction is None]
    lists = [read for read in reads if read.view.parts and not quick.view.parts]
    return min(meters or lists, key=_size, default=None)


def _module(read: Read) -> str:
    return str(read.endpoint.name)


def _key(read: Read) -> str:
    """Returns the name of the job's own id."""
    if read.operation.job_id is None:
        return _free(str(PythonIdentifier(f"{read.machine.name}_id", PREFIX)))
    return _free(read.parameter(read.operation.job_id))


def _free(name: str) -> str:
    return f"{name}_" if name in TAKEN else name


def _ids(client: ClientModel, reads: list[Read]) -> dict[str, tuple[Id, set[str]]]:
    """Returns the parameters that name a job, with the imports for their types."""
    found: dict[str, tuple[Id, set[str]]] = {}
    for read in reads:
        for parameter in read.required():
            found.setdefault(str(parameter.python_name), _id(str(parameter.python_name), parameter))
    if reads[0].listed:
        key = _key(reads[0])
        found[key] = _id(key, client.within(reads[0].model, reads[0].view.id or ()))
    return found


def _id(name: str, prop: Property) -> tuple[Id, set[str]]:
    kind = prop.get_type_string(no_optional=True).as_unembedded_code()
    free = _free(name)
    plain = f'record.ids["{free}"]'
    again = {"UUID": f"UUID(str({plain}))"}.get(kind, f"{kind}({plain})")
    if isinstance(prop, EnumProperty):
        again = f"{kind}({prop.value_type.__name__}({plain}))"
    if kind.startswith("datetime."):
        again = f"{kind}.fromisoformat(str({plain}))"
    lines = {line for line in prop.get_imports(prefix=".") if "Unset" not in line}
    return Id(Code(free), Code(kind), Code(again)), lines


def _call(read: Read, model: str = "") -> Code:
    given = [f"{p.python_name}={_free(str(p.python_name))}" for p in read.required()]
    ask = f"{_module(read)}._get_kwargs"
    told = [f"view={literal(read.view, TOLD)}"]
    if read.items is None:
        told.append(f"request={ask}({', '.join(given)})")
    else:
        told.append(f"pages={_pages(read, ask, given)}")
    told += [f"statuses={literal(read.by_status.statuses)}"] if read.by_status else []
    told += [f"job={read.job!r}"] if read.job else []
    told += [f"model={model}.from_dict"] if model else []
    return Code(f"jobwait.Call({', '.join(told)})")


def _pages(read: Read, ask: str, given: list[str]) -> str:
    paging = _by_offset(read.operation.paging)
    told = [f"items={read.items!r}"]
    if paging and paging.limit:
        limit = _limit(read.operation, paging)
        given = [f"{read.parameter(paging.limit)}={limit}", f"{read.parameter(paging.at)}=skipped", *given]  # fmt: skip
        told.append(f"limit={limit}")
        told += [f"{name}={path!r}" for name in ("total", "more") if (path := read.told(f"page.{name}"))]  # fmt: skip
    argument = "skipped" if paging else "_"
    return f"jobwait.Pages(request=lambda {argument}: {ask}({', '.join(given)}), {', '.join(told)})"


def _by_offset(paging: Paging | None) -> Paging | None:
    """Returns the paging if waiters can follow it: by offset, with a limit."""
    return paging if paging and paging.by == "offset" and paging.limit else None


def _limit(operation: Operation, paging: Paging) -> int:
    """Returns the vendor's largest page size."""
    at = paging.limit and (paging.limit.place, paging.limit.name)
    declared = (p for p in operation.parameters if (p.place, p.name) == at)
    known = [paging.at_most, *(n for p in declared for n in (p.maximum, p.default))]
    return int(next((most for most in known if most is not None), MOST))


def _messages(spec: Spec, reads: list[Read]) -> Iterator[Path]:
    """Yields the paths of the message in the errors of some operations, and of the whole API."""
    for read in reads:
        yield from read.messages()
    yield from filter(None, (message(error.shown) for error in spec.errors.values()))


# -- the vendor's advice ---------------------------------------------------------------------------


def _policy(polling: Polling) -> tuple[Policy, Words]:
    """Returns the policy by a spec's advice, and the source of the advice."""
    usual = Policy()
    if not polling.given:
        return usual, words("assumed: the spec gives no advice, these are the defaults of jobwait")
    first = usual.first if polling.first is None else polling.first / SECOND
    at_most = max(usual.at_most, first) if polling.at_most is None else polling.at_most / SECOND
    first = min(first, at_most)
    policy = Policy(
        first=first,
        at_most=at_most,
        factor=float(usual.factor if polling.factor is None else polling.factor),
        transient=min(first, LONGEST_TRANSIENT),
    )
    return policy, words(polling.source)


def _advice(policy: Policy, source: Words) -> Words:
    return words(
        f"Pauses are {policy.first:g} s or longer, and grow {policy.factor:g}-fold up to "
        f"{policy.at_most:g} s ({source})."
    )


def _asks(quick: Read, whole: Read, meter: Read | None) -> Words:
    said = f"Polls `{quick.operation.id}`"
    if whole.by_status:
        said += ", whose status shows the state"
    if whole.by_status and whole.by_status.result.operation is not whole.operation:
        said += f", and follows its redirect to `{whole.by_status.result.operation.id}`"
    if whole is not quick:
        said += f", and reads the result by `{whole.operation.id}`"
    if meter:
        said += f"; watchers and `on_progress` also poll `{meter.operation.id}`"
    return words(said + ".")
