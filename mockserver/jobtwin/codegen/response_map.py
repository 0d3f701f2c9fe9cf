"""Maps the responses of operations to the values of jobs, and to the generator's classes.

It writes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any

from openapi_python_client.parser.openapi import Endpoint, GeneratorData
from openapi_python_client.parser.properties import Class, ModelProperty, Property
from openapi_python_client.strings import ClassName, PythonIdentifier

from jobtwin.codegen.signs import signs
from jobtwin.codegen.statuses import ByStatus, by_status
from jobtwin.lifecycle import Machine, Outcome
from jobtwin.openapi import Spec
from jobtwin.openapi.nodes import component_name
from jobtwin.openapi.operations import DeclaredCallback, DeclaredResponse, Operation, RequestSource
from jobtwin.openapi.values import (
    Each,
    FirstOf,
    Path,
    Pick,
    Shown,
    Value,
    When,
    leaves,
    sources,
    unconditional,
)
from jobwait import Parts, State, View
from jobwait.lifecycle import Path as Keys

PREFIX = "field_"
"""The generator's prefix for a name that is not a Python identifier."""

_NOBODY = Class(name=ClassName("", ""), module_name=PythonIdentifier("", ""))
_BAD = (Outcome.FAILURE, Outcome.PARTIAL)
_PLACES = ("path", "query", "header")
_JOBS_OWN = {
    *("id", "state", "progress", "facts", "counters"),
    *("created_at", "updated_at", "asked_at", "ended_at"),
}

Modules = Mapping[tuple[str, str], tuple[str, str]]
"""The folder and the module of each operation, by its path and its method."""

Leaf = tuple[Keys, Shown]
"""A value, and its path from the response, or from an item of its list."""


class ClientModel:
    """A spec, and the generator's data for it."""

    def __init__(self, spec: Spec, data: GeneratorData, modules: Modules) -> None:
        self.spec = spec
        self._modules = modules
        self._models = {model.class_info.name: model for model in data.models}
        self._endpoints = {
            (str(tag), str(PythonIdentifier(endpoint.name, PREFIX))): (str(tag), endpoint)
            for tag, collection in data.endpoint_collections_by_tag.items()
            for endpoint in collection.endpoints
        }

    def machines(self) -> list[Machine]:
        """Returns the machines of jobs that can be waited for: not of parts, nor of sessions."""
        sessions = {credential.session for credential in self.spec.credentials.values()}
        return [machine for machine in self.spec.jobs.values() if machine not in sessions]

    def asked(self, machine: Machine, does: str) -> Iterator["Read"]:
        """Yields the operations that read a machine's jobs and show state or progress."""
        for operation in self.spec.operations:
            wanted = (operation.does, operation.machine, operation.method) == (does, machine, "GET")
            if wanted and (tagged := self._endpoint(operation)):
                read = Read(self, operation, machine, *tagged)
                if read.is_usable:
                    yield read

    def result(self, found: ByStatus) -> Any:
        """Returns the generator's property of the result, or None."""
        if not (tagged := self._endpoint(found.result.operation)):
            return None
        responses = tagged[1].responses
        wanted = found.result.status
        response = next((r for r in responses if str(r.status_code.pattern) == wanted), None)
        return self.within(response.prop, ()) if response else None

    def _endpoint(self, operation: Operation) -> tuple[str, Endpoint] | None:
        """Returns the generator's tag and endpoint of an operation."""
        module = self._modules.get((operation.path, operation.method.lower()))
        return self._endpoints.get(module) if module else None

    def named(self, component: str) -> ModelProperty | None:
        """Returns the generated class of a named schema, or None."""
        return self._models.get(ClassName(component, ""))

    def within(self, prop: Any, path: Keys) -> Any:
        """Returns the generator's property at a path, or None."""
        for key in path:
            # A referenced schema may be a copy without properties.
            model = self._models.get(getattr(_solid(prop), "class_info", _NOBODY).name)
            prop = _property(model, key) if model else None
        return _solid(prop)


class Read:
    """An operation that reads a job or a list of jobs, and the paths in its response."""

    def __init__(
        self,
        client: ClientModel,
        operation: Operation,
        machine: Machine,
        tag: str,
        endpoint: Endpoint,
    ) -> None:
        self._client = client
        self.operation = operation
        self.machine = machine
        self.tag = tag
        self.endpoint = endpoint

    @property
    def listed(self) -> bool:
        """True if the answer is a list of jobs."""
        return self.operation.does == "list"

    @property
    def addressed(self) -> bool:
        """True if a request can name the job, if it has to."""
        job_id = self.operation.job_id
        return self.listed or (job_id is not None and job_id.place in _PLACES)

    @property
    def is_usable(self) -> bool:
        """True if the operation shows how far a job is that the request can name."""
        return self.addressed and (self.tells_state or bool(self.view.fraction))

    @cached_property
    def by_status(self) -> ByStatus | None:
        """Returns what the statuses of the responses mean, or None if the body is enough."""
        return by_status(self.operation, self._client.spec.operations)

    @property
    def tells_state(self) -> bool:
        """True if responses show the state."""
        return bool(self.by_status) or self.view.tells_state

    @cached_property
    def _root(self) -> list[Leaf]:
        """The values of the whole response; if the status tells the state, of one that has no result."""
        response = next((each for each in self._job_responses() if each.json), None)
        return list(leaves(response.shown)) if response and response.shown else []

    def _job_responses(self) -> Iterator[DeclaredResponse]:
        """Yields the successful responses that are not results."""
        declared = self.operation.responses
        results = set(map(str, self.by_status.successes)) if self.by_status else set()
        prefix = "default" if [*declared] == ["default"] and not results else "2"
        for status, response in declared.items():
            if status.startswith(prefix) and status not in results:
                yield response

    @cached_property
    def _list(self) -> tuple[Keys, Each] | None:
        """The list of jobs, with its path."""
        found = ((path, unconditional(shown.value)) for path, shown in self._root)
        return next(((p, v) for p, v in found if isinstance(v, Each) and v.over == "jobs"), None)

    @property
    def items(self) -> Keys | None:
        """The path of the list, for an operation that lists jobs."""
        return self._list and self._list[0]

    @cached_property
    def _leaves(self) -> list[Leaf]:
        """The values of one job."""
        if not self.listed:
            return list(_entered(self._root))
        return list(_entered(leaves(self._list[1].item))) if self._list else []

    @cached_property
    def job(self) -> Keys:
        """The path of the job's own object: the one around all its values."""
        return () if self.by_status else _around(self._leaves)

    @cached_property
    def view(self) -> View:
        """The paths of the job's values in its object."""
        view = _own_view(self._leaves, self.job, self.machine)
        return replace(view, signs=()) if self.by_status else view

    @property
    def size(self) -> int:
        """The number of values in the response."""
        return len(self._leaves)

    @cached_property
    def model(self) -> ModelProperty | None:
        """The generated class of the job's own object, or of its result."""
        if self.by_status:
            found = self._client.result(self.by_status)
            return found if isinstance(found, ModelProperty) else None
        prop = self._answer_property()
        if self.items is not None:
            prop = getattr(self._client.within(prop, self.items), "inner_property", None)
        found = self._client.within(prop, self.job)
        return found if isinstance(found, ModelProperty) else None

    def _answer_property(self) -> Any:
        """Returns the generator's property for the body of a successful response, or None."""
        declared = [*self.endpoint.responses]
        sole = declared[0] if len(declared) == 1 else None  # it may be `default`
        response = next(filter(_goes_well, declared), sole)
        return response.prop if response else None

    def required(self) -> Iterator[Property]:
        """Yields the required parameters."""
        for _, parameter in self.endpoint.iter_all_parameters():
            if parameter.required and parameter.default is None:
                yield parameter

    def told(self, wanted: str) -> Keys | None:
        """Returns the path of a value about the page, or None."""
        return first(self._root, wanted)

    def parameter(self, source: RequestSource) -> str:
        """Returns the Python name of a parameter."""
        named = {
            (location.value, each.name.get_untrusted_value()): str(each.python_name)
            for location, each in self.endpoint.iter_all_parameters()
        }
        return named[source.place, source.name]

    def messages(self) -> Iterator[Keys]:
        """Yields the paths of the message in its errors."""
        for status, response in self.operation.responses.items():
            if not status.startswith("2") and (path := message(response.shown)):
                yield path


def _entered(found: Iterable[Leaf]) -> Iterator[Leaf]:
    """Yields the values; a list that shows the job itself is replaced by the values of its item."""
    for path, shown in found:
        each = unconditional(shown.value)
        if isinstance(each, Each) and each.over == "self":
            yield from (((*path, 0, *inner), value) for inner, value in leaves(each.item))
        else:
            yield path, shown


class Sent:
    """A callback, and the paths of the values in its body."""

    def __init__(self, client: ClientModel, callback: DeclaredCallback) -> None:
        self._client = client
        self.callback = callback

    @cached_property
    def _leaves(self) -> list[Leaf]:
        shown = self.callback.response.shown
        return list(leaves(shown)) if shown else []

    @cached_property
    def job(self) -> Keys:
        """The path of the job's own object in the body."""
        return _around(self._leaves)

    @cached_property
    def view(self) -> View:
        """The paths of the job's values in its object."""
        return _own_view(self._leaves, self.job, self.callback.machine)

    @cached_property
    def body(self) -> ModelProperty | None:
        """The generated class of the body; None if its schema has no name."""
        response, document = self.callback.response, self._client.spec.document
        place = response.schemas.get(response.json or "")
        name = component_name(document.at(f"#{place}")) if place else None
        return self._client.named(name) if name else None

    @cached_property
    def model(self) -> ModelProperty | None:
        """The generated class of the job's own object."""
        found = self._client.within(self.body, self.job)
        return found if isinstance(found, ModelProperty) else None


def _around(found: list[Leaf]) -> Keys:
    """Returns the path of the job's own object: the one around all its values."""
    around = [path[:-1] for path, shown in found if _is_jobs_own(shown) and path]
    shared: list[str] = []
    for keys in zip(*around, strict=False):
        if len(set(keys)) > 1:
            break
        shared.append(keys[0])
    return tuple(shared)


def _own_view(found: list[Leaf], job: Keys, machine: Machine) -> View:
    """Returns the paths of the job's values in its object, which is at `job`."""
    depth = len(job)
    own = [(path[depth:], shown) for path, shown in found if _is_jobs_own(shown)]
    return _view(own, machine)


def message(shown: Shown | None) -> Keys | None:
    """Returns the path of the message in the body of an error, or None."""
    return first(_entered(leaves(shown)), "error.message") if shown else None


def _goes_well(response: Any) -> bool:
    return bool(response.status_code.range) and response.status_code.range[0] // 100 == 2  # noqa: PLR2004 - 2xx


def _solid(prop: Any) -> Any:
    """Returns the property without null."""
    inner = [
        each for each in getattr(prop, "inner_properties", ()) if isinstance(each, ModelProperty)
    ]
    return inner[0] if len(inner) == 1 else prop


def _is_jobs_own(shown: Shown) -> bool:
    value = unconditional(shown.value)
    if isinstance(value, Each):
        return value.over in ("log", "parts")
    own = any(path.text.partition(".")[0] in _JOBS_OWN for path in sources(value))
    return own or _follows_state(shown.value)


def _follows_state(value: Value | None) -> bool:
    """Returns True if the state decides what is shown."""
    if isinstance(value, When):
        return any(path.text in ("state", "kind", "outcome") for path, _ in value.condition.tests)
    return isinstance(value, FirstOf) and any(map(_follows_state, value.choices))


# -- where an answer says what ---------------------------------------------------------------------


def _view(values: Sequence[Leaf], machine: Machine) -> View:
    fraction, whole = _progress(values)
    logs = (_log(keys, shown) for keys, shown in values)
    state = next((keys for keys, shown in values if _is_state(shown.value)), None)
    return View(
        state=state,
        signs=() if state else signs(values, machine),
        id=first(values, "id"),
        fraction=fraction,
        all=whole,
        reasons=_reasons(values, machine),
        log=next(filter(None, logs), None),
        parts=tuple(_parts(values, machine)),
    )


def _reasons(values: Sequence[Leaf], machine: Machine) -> tuple[Keys, ...]:
    return tuple(path for path, shown in values if _tells_why(shown.value, machine))


def _progress(values: Sequence[Leaf]) -> tuple[Keys | None, float]:
    """Returns the keys of the first value that shows the progress, and its value at the end."""
    shown = ((keys, path) for keys, each in values for path in sources(each.value))
    for keys, path in shown:
        if path.text == "progress":
            return keys, 1.0 if path.written == "fraction" else 100.0
    return None, 1.0


def _is_state(value: Value | None) -> bool:
    """Returns True if a value is the text of the state, in every state."""
    return isinstance(value, Path) and value.text == "state"


def first(values: Iterable[Leaf], wanted: str) -> Keys | None:
    """Returns the keys of the first value that comes from this path, or None."""
    found = ((keys, unconditional(shown.value)) for keys, shown in values)
    return next((k for k, v in found if isinstance(v, Path) and v.text == wanted), None)


def _tells_why(value: Value | None, machine: Machine) -> bool:
    """Returns True if a value shows a fact with the reason of a failure."""
    value = unconditional(value)
    if isinstance(value, FirstOf):
        return any(_tells_why(choice, machine) for choice in value.choices)
    if isinstance(value, Pick):
        return _tells_why(value.value, machine.parts[value.part])
    known = isinstance(value, Path) and value.fact
    return bool(known) and str(known).partition(".")[0] in _facts_of_failure(machine)


def _log(path: Keys, shown: Shown) -> tuple[Keys, Keys] | None:
    each = unconditional(shown.value)
    if not isinstance(each, Each) or each.over != "log" or each.key:
        return None
    text = first(leaves(each.item), "entry.message")
    return (path, text) if text else None


def _facts_of_failure(machine: Machine) -> set[str]:
    """Returns the facts that are set when a job fails; they hold the reason."""
    return {
        fact
        for facts in _set_by_failure(machine)
        for fact, value in facts.items()
        if value is not None
    }


def _set_by_failure(machine: Machine) -> Iterator[Mapping[str, Any]]:
    """Yields the facts that transitions to failures set, and the steps of their events."""
    bad = {state.name for state in machine.states.values() if state.outcome in _BAD}
    leading = [transition for transition in machine.transitions if transition.to in bad]
    yield from map(attrgetter("set"), leading)
    events = {transition.event for transition in leading} - {None}
    yield from (step.set for step in machine.steps if step.event in events)


def _parts(values: Sequence[Leaf], machine: Machine) -> Iterator[Parts]:
    """Yields for each kind of part the list or map that shows it in the most states."""
    for kind, part in machine.parts.items():
        able = [
            (len(each.where.possible(part)), made)
            for path, each in _lists_of(kind, values)
            if (made := _part(kind, part, path, each))
        ]
        states, best = max(able, key=itemgetter(0), default=(0, None))
        if states and best:
            yield best


def _lists_of(kind: str, values: Sequence[Leaf]) -> Iterator[tuple[Keys, Each]]:
    """Yields the values that list parts of a kind, with their paths."""
    for path, shown in values:
        each = unconditional(shown.value)
        if isinstance(each, Each) and each.part == kind:
            yield path, each


def _part(kind: str, part: Machine, path: Keys, each: Each) -> Parts | None:
    values = list(leaves(each.item))
    view = _view(values, part)
    if not view.tells_state:
        return None
    return Parts(kind, path, states_of(part), view, None if each.key else _name(values, view))


def _name(values: Sequence[Leaf], view: View) -> Keys | None:
    """Returns the path of a part's name: a text that it always has, else its id."""
    texts = (
        keys
        for keys, shown in values
        for value in [unconditional(shown.value)]
        if isinstance(value, Path) and value.fact
        if shown.type == "string" and not shown.nullable and keys not in view.reasons
    )
    return next(texts, view.id)


def states_of(machine: Machine) -> dict[str, State]:
    """Returns the states of a machine in the form of waiters."""
    return {
        name: State(s.kind.value, s.outcome.value if s.outcome else None)
        for name, s in machine.states.items()
    }


def _property(model: ModelProperty, name: str | int) -> Any:
    """Returns the generator's property with a wire name, or None."""
    known = (*(model.required_properties or ()), *(model.optional_properties or ()))
    return next((each for each in known if each.name.get_untrusted_value() == name), None)
