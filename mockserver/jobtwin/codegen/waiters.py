"""`waiters.py` of a client package: which jobs can be waited for, what to ask, and how often.

`jobwait` does the waiting.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, Property
from openapi_python_client.strings import PythonIdentifier

from jobtwin.codegen.source import Code, Words, literal, words
from jobtwin.codegen.views import PREFIX, Read, Spec, first, states_of
from jobwait import Lifecycle, Policy
from jobwait.lifecycle import Path

TEMPLATES = File(__file__).with_name("templates")
NOT_FOUND = 404
LONGEST_TRANSIENT = 5.0
"""Seconds that "ask again soon" means at most; vendors say "in some seconds"."""

# Numbers that come from the spec, so that they are written even where they are as usual.
TOLD = frozenset({"first", "at_most", "factor", "transient"})
# What else a waiter takes; a parameter of the vendor's with such a name gets an underscore.
TAKEN = {"clock", "client", "document", "on_progress", "policy", "rng", "sleep", "timeout", "until"}
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def module(document: dict[str, Any], data: GeneratorData, name: str) -> str | None:
    """The text of the module for the spec called `name`; None when it has no job to wait for.

    Raises ValueError when the document's `x-job-…` are not those of specs/README.md.
    """
    spec = Spec(document, data)
    try:
        waiters = [made for machine in spec.machines() if (made := _waiter(spec, machine, name))]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        why = f"{type(error).__name__} {error}"
        raise ValueError(f"no waiters: {why}; `jobtwin check` says what is wrong") from error
    if not waiters:
        return None
    environment = Environment(  # noqa: S701 - it makes Python, not HTML
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    template = environment.get_template("waiters.py.jinja")
    lines = sorted({line for waiter in waiters for line in waiter.imports})
    title = words(document["info"]["title"])
    return template.render(title=title, waiters=waiters, imports=lines)


# -- what the template is given --------------------------------------------------------------------


@dataclass(frozen=True)
class Id:
    """A parameter that says which job: its name, its type, and itself made of JSON again."""

    name: Code
    type: Code
    again: Code


@dataclass(frozen=True)
class Waiter:
    """One machine, as the module writes it; its calls are expressions."""

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
    imports: set[Code]


# -- waiters ---------------------------------------------------------------------------------------


def _waiter(spec: Spec, machine: str, package: str) -> Waiter | None:
    reads = list(spec.asked(machine, "read"))
    telling = [read for read in reads if read.view.state] or list(_lists(spec, machine))
    typed = [read for read in telling if read.model]
    if not typed:
        return None
    whole = max(typed, key=lambda read: read.size)
    quick = min(telling, key=lambda read: read.size)
    quick = whole if quick.size == whole.size else quick
    meter = _meter(reads, quick)
    used = [read for read in (whole, quick, meter) if read]
    ids = _ids(spec, machine, used)
    life, name, model = spec.life[machine], str(PythonIdentifier(machine, PREFIX)), whole.model
    assert model  # noqa: S101 - it is one of the typed
    policy, source = _policy(life, spec.document["info"]["title"])
    states = states_of(life)
    lifecycle = Lifecycle(
        name=f"{package}.{machine}",
        key=_key(machine, whole),
        states=states,
        policy=policy,
        advice=source,
        absent=frozenset(_missing(spec, read) for read in used),
        messages=tuple(dict.fromkeys(path for read in used for path in _messages(spec, read))),
    )
    open_to_all = not any(read.endpoint and read.endpoint.requires_security for read in used)
    client = "AuthenticatedClient | Client" if open_to_all else "AuthenticatedClient"
    return Waiter(
        name=Code(name),
        constant=Code(name.upper()),
        summary=words(str(life.get("summary", machine)).rstrip(". ")),
        lifecycle=literal(lifecycle, TOLD),
        advice=_advice(policy, source),
        ends=words(", ".join(f"{n} ({s.outcome})" for n, s in states.items() if s.outcome)),
        asks=_asks(quick, whole, meter),
        client=Code(client),
        model=Code(model.class_info.name),
        ids=[made for made, _ in ids.values()],
        whole=_call(whole, str(model.class_info.name)),
        quick=_call(quick) if quick is not whole else Code(),
        meter=_call(meter) if meter else Code(),
        imports={
            Code(f"from .models.{model.class_info.module_name} import {model.class_info.name}"),
            Code(f"from .client import {client.replace(' |', ',')}"),
            *(Code(f"from .api.{read.tag} import {_module(read)}") for read in used),
            *(Code(line) for _, lines in ids.values() for line in lines),
        },
    )


def _lists(spec: Spec, machine: str) -> Iterator[Read]:
    """The lists in which any job of the machine can be found."""
    for read in spec.asked(machine, "list"):
        if read.items is not None and read.view.state and read.view.id and "where" not in read.deed:
            yield read


def _meter(reads: list[Read], quick: Read) -> Read | None:
    """The smallest answer that tells the progress, or else the parts, which `quick` does not."""
    able: list[Read] = []
    if quick.view.fraction is None:
        able = [read for read in reads if read.view.fraction]
    if not able and not quick.view.parts:
        able = [read for read in reads if read.view.parts]
    return min(able, key=lambda read: read.size, default=None)


def _module(read: Read) -> str:
    assert read.endpoint  # noqa: S101 - `asked` yields no other
    return str(read.endpoint.name)


def _key(machine: str, read: Read) -> str:
    """The name of the id that is the job's own."""
    if read.deed["does"] == "list":
        return _free(str(PythonIdentifier(f"{machine}_id", PREFIX)))
    return _free(read.parameter(read.deed["id"]))


def _free(name: str) -> str:
    return f"{name}_" if name in TAKEN else name


def _ids(spec: Spec, machine: str, reads: list[Read]) -> dict[str, tuple[Id, set[str]]]:
    """What must be given to name a job, with the imports for its types."""
    found: dict[str, tuple[Id, set[str]]] = {}
    for read in reads:
        for _, parameter in read.required():
            found.setdefault(str(parameter.python_name), _id(str(parameter.python_name), parameter))
    if reads[0].deed["does"] == "list":
        key = _key(machine, reads[0])
        found[key] = _id(key, spec.within(reads[0].model, reads[0].view.id or ()))
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
    given = [f"{p.python_name}={_free(str(p.python_name))}" for _, p in read.required()]
    ask = f"{_module(read)}._get_kwargs"
    told = [f"view={literal(read.view, TOLD)}"]
    if read.items is None:
        told.append(f"request={ask}({', '.join(given)})")
    else:
        told.append(f"pages={_pages(read, ask, given)}")
    told += [f"job={read.job!r}"] if read.job else []
    told += [f"model={model}.from_dict"] if model else []
    return Code(f"jobwait.Call({', '.join(told)})")


def _pages(read: Read, ask: str, given: list[str]) -> str:
    page = read.deed.get("page")
    told = [f"items={read.items!r}"]
    if page:
        limit = _limit(read, page)
        given = [f"{read.parameter(page['limit'])}={limit}", f"{read.parameter(page['offset'])}=skipped", *given]  # fmt: skip
        told.append(f"limit={limit}")
        told += [f"{name}={path!r}" for name in ("total", "more") if (path := read.told(f"page.{name}"))]  # fmt: skip
    argument = "skipped" if page else "_"
    return f"jobwait.Pages(request=lambda {argument}: {ask}({', '.join(given)}), {', '.join(told)})"


def _limit(read: Read, page: Mapping[str, Any]) -> int:
    """As many jobs at once as the vendor gives."""
    schema = read.schema(page["limit"])
    most = page.get("at_most", schema.get("maximum", schema.get("default", 100)))
    return int(most)


def _missing(spec: Spec, read: Read) -> int:
    """The status that says that there is no such job."""
    general = spec.document.get("x-job-errors", {}).get("unknown_job", {})
    own = read.deed.get("errors", {}).get("unknown_job", {})
    return int({"status": NOT_FOUND, **general, **own}["status"])


def _messages(spec: Spec, read: Read) -> Iterator[Path]:
    """Where its errors, and those of the whole API, tell people what is wrong."""
    settings = spec.document.get("x-job-errors", {})
    answers = [each for each in (settings, *settings.values()) if isinstance(each, Mapping)]
    schemas = [{"$ref": each["schema"]} for each in answers if "schema" in each]
    for schema in (*spec.answer(read.node["responses"], good=False), *schemas):
        if path := first(list(spec.values(schema)), "error.message"):
            yield path


# -- the vendor's advice ---------------------------------------------------------------------------


def _policy(machine: Mapping[str, Any], title: str) -> tuple[Policy, Words]:
    """The policy that a spec's `polling` makes, and how that is known."""
    polling = machine.get("polling")
    if not polling:
        source = "assumed: the spec gives no advice, so these are jobwait's own numbers"
        return Policy(), Words(source)
    usual = Policy()
    first = _seconds(polling["first"]) if "first" in polling else usual.first
    at_most = _seconds(polling["at_most"]) if "at_most" in polling else max(usual.at_most, first)
    first = min(first, at_most)
    policy = Policy(
        first=first,
        at_most=at_most,
        factor=float(polling.get("factor", usual.factor)),
        transient=min(first, LONGEST_TRANSIENT),
    )
    evidence = polling.get("x-evidence", machine.get("x-evidence", "documented"))
    if isinstance(evidence, Mapping):
        return policy, words("; ".join(f"{how}: {why}" for how, why in evidence.items()))
    return policy, words(f"{evidence}: {title}")


def _seconds(duration: str) -> float:
    found = _DURATION.fullmatch(duration)
    days, hours, minutes, seconds = (float(n or 0) for n in found.groups()) if found else (0.0,) * 4
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _advice(policy: Policy, source: Words) -> Words:
    return words(
        f"Pauses are {policy.first:g} s or longer, and grow {policy.factor:g}-fold up to "
        f"{policy.at_most:g} s ({source})."
    )


def _asks(quick: Read, whole: Read, meter: Read | None) -> Words:
    said = f"Asks `{quick.node.get('operationId')}`"
    if whole is not quick:
        said += f", and in the end `{whole.node.get('operationId')}`"
    if meter:
        said += f"; with somebody to tell how far it is, also `{meter.node.get('operationId')}`"
    return words(said + ".")
