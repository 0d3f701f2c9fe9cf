"""Writes `callbacks.py` of a client package, with which a receiver verifies and reads callbacks.

`jobwait` does the reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.strings import PythonIdentifier

from jobtwin.codegen.response_map import PREFIX, ClientModel, Modules, Sent
from jobtwin.codegen.source import Code, Words, literal, words
from jobtwin.codegen.waiters import TEMPLATES, waited
from jobtwin.openapi import Spec
from jobtwin.openapi.operations import DeclaredCallback, Told
from jobwait import Signature

_TOLD: dict[Told, str] = {
    "state": "each state that a job enters",
    "event": "each event that happens to a job",
    "log": "each line of a job's log",
}


@dataclass(frozen=True)
class CallbackReader:
    """One callback in the module: its constant, and the function that reads it."""

    name: Code
    constant: Code
    declared: Code
    says: Words
    signed: bool
    reads: Code
    returns: Code
    returned: Words
    imports: set[Code]


def module(spec: Spec, data: GeneratorData, modules: Modules) -> str | None:
    """Returns the text of a spec's module; None if no callback has a body with a class."""
    client = ClientModel(spec, data, modules)
    constants = {machine.name: constant for machine, constant in waited(client)}
    readers = list(_readers(client, constants))
    if not readers:
        return None
    environment = Environment(  # noqa: S701 - it makes Python, not HTML
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True
    )
    lines = sorted({line for reader in readers for line in reader.imports})
    template = environment.get_template("callbacks.py.jinja")
    return template.render(title=words(spec.title), callbacks=readers, imports=lines)


def _readers(client: ClientModel, constants: dict[str, Code]) -> Iterator[CallbackReader]:
    for callback in client.spec.callbacks.values():
        sent = Sent(client, callback)
        if sent.body is not None:
            yield _reader(callback, sent, sent.body, constants.get(callback.machine.name))


def _reader(
    callback: DeclaredCallback, sent: Sent, body: ModelProperty, lifecycle: Code | None
) -> CallbackReader:
    """Returns the template's data for a callback; one without a state is read as its body."""
    tells = bool(lifecycle is not None and sent.view.tells_state and sent.view.id)
    model = (sent.model or body).class_info if tells else body.class_info
    name = str(PythonIdentifier(callback.name.replace(".", "_"), PREFIX))
    constant, signature = f"{name.upper()}_CALLBACK", literal(_signature(callback))
    imports = {Code(f"from .models.{model.module_name} import {model.name}")}
    if tells:
        declared = f" = jobwait.Callback({lifecycle}, {_call(sent)}, {signature})"
        reads = f"jobwait.read_callback({constant}"
        returns, what = f"jobwait.Snapshot[{model.name}]", "the snapshot of its job"
        imports.add(Code(f"from .waiters import {lifecycle}"))
    else:
        declared = f"[jobwait.Signature | None] = {signature}"
        reads = f"jobwait.read_body({model.name}.from_dict, {constant}"
        returns, what = str(model.name), "its body"
    return CallbackReader(
        name=Code(name),
        constant=Code(constant),
        declared=Code(declared),
        says=words(f"`{callback.name}`: {_TOLD[callback.each]}, {_signs(callback)}."),
        signed=callback.signature is not None,
        reads=Code(reads),
        returns=Code(returns),
        returned=words(f"Verify a request, and return {what}."),
        imports=imports,
    )


def _call(sent: Sent) -> str:
    told = [f"view={literal(sent.view)}"]
    told += [f"job={sent.job!r}"] if sent.job else []
    told += [f"model={sent.model.class_info.name}.from_dict"] if sent.model else []
    return f"jobwait.Call({', '.join(told)})"


def _signs(callback: DeclaredCallback) -> str:
    return f"signed by {callback.signature.scheme}" if callback.signature else "not signed"


def _signature(callback: DeclaredCallback) -> Signature | None:
    said = callback.signature
    if said is None:
        return None
    return Signature(said.scheme, said.signs, dict(said.headers), said.hash)
