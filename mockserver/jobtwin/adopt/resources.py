"""Finds the jobs of a document: objects with an ID and states, with all their operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from jobtwin.adopt.annotations import PollingNote, links_to, polling_note, starts_long
from jobtwin.adopt.operations import Candidate, candidates
from jobtwin.adopt.several import list_of_orders, shows_jobs
from jobtwin.adopt.shapes import DocumentSchemas
from jobtwin.adopt.states import WRAPPERS, StateField, find_state
from jobtwin.adopt.statuses import result_of, started, state_by_status
from jobtwin.adopt.words import Word, known_share, meaning, snake
from jobtwin.openapi.document import Document

_T = TypeVar("_T")

DRAFTED, DOUBTFUL = 5.0, 2.5
"""Minimum scores of a resource to be drafted, and to be reported as doubtful."""

_CHANCE = 4
"""Properties that different objects may have in common."""

_FEW = 2
"""Maximum number of alternative types in a job's response; more are typical of log entries."""

_JOB_NAMES = re.compile(
    r"(job|run|task|batch|execution|prediction|training|transcript|export|import|operation|deploy"
    r"ment|workflow|pipeline|crawl|build|render|generation|conversion)s?$"
)
_NO_JOBS = re.compile(
    r"(invitation|invite|webhook|membership|member|subscription|invoice|user|key|worker|queue|"
    r"service|certificate|domain|account|organization|project|pool|secret|schedule|server|cluster)s?$"
)
CANCELLING = ("cancel", "stop", "abort", "terminate", "kill", "release")
PAUSING, RESUMING = ("pause", "suspend", "hold"), ("resume", "unpause", "continue", "unsuspend")
AGAIN = ("retry", "restart", "rerun", "resurrect", "replay", "resubmit", "reset", "reboot")
VERBS = (*CANCELLING, *PAUSING, *RESUMING, *AGAIN)
_SEARCHES = re.compile(r"/(filter|search|list|query)$")
_TIMES = re.compile(
    r"^(started|start|ended|end|finished|completed|finish|completion)(_?(at|time|on|date|timestamp))?$"
)


@dataclass(frozen=True)
class EventOperation:
    """An operation that sends an event to a job, with its verb, such as `cancel`."""

    verb: str
    operation: Candidate


@dataclass(frozen=True)
class Resource:
    """One kind of job in a document."""

    name: str
    reads: tuple[Candidate, ...]
    state: StateField
    type: str | None
    wrapper: tuple[str, ...] = ()
    creates: tuple[Candidate, ...] = ()
    lists: tuple[Candidate, ...] = ()
    events: tuple[EventOperation, ...] = ()
    deletes: tuple[Candidate, ...] = ()
    properties: frozenset[str] = frozenset()
    """The properties of the object that contains the state."""
    result: Candidate | None = None
    """The operation to which a read redirects at the end, if the status shows the state."""
    note: PollingNote | None = None
    """The file's declaration about polling it."""
    score: float = 0

    @property
    def read(self) -> Candidate:
        """The first operation that reads a job."""
        return self.reads[0]


@dataclass(frozen=True)
class FoundResources:
    """The resources that are jobs, and doubtful ones."""

    jobs: tuple[Resource, ...]
    doubtful: tuple[Resource, ...]


def find_resources(document: Document) -> FoundResources:
    """Returns all kinds of jobs in a document, the most certain first."""
    shapes = DocumentSchemas(document)
    operations = list(candidates(document))
    found = filter(None, (_resource(shapes, read, operations) for read in operations))
    scored = sorted(_merged(list(found)), key=lambda resource: -resource.score)
    return FoundResources(
        tuple(resource for resource in scored if resource.score >= DRAFTED),
        tuple(resource for resource in scored if DOUBTFUL <= resource.score < DRAFTED),
    )


def _resource(
    shapes: DocumentSchemas, read: Candidate, operations: Sequence[Candidate]
) -> Resource | None:
    if not _is_by_id(read):
        return None
    lists = [other for other in operations if _lists(shapes, other, read)]
    state, note = _any_state(shapes, read, lists, operations), polling_note(read)
    if state is None:
        return None
    state = replace(state, kinds=note.kinds) if note else state
    wrapper = tuple(name for name in state.path[:1] if snake(name) in WRAPPERS)
    kind = _type(shapes, read.answer, wrapper)
    result = result_of(read, operations) if state.statuses else None
    resource = Resource(_name(read, kind), (read,), state, kind, wrapper, result=result, note=note)
    return _with_operations(shapes, resource, lists, operations)


def _any_state(
    shapes: DocumentSchemas,
    read: Candidate,
    lists: Sequence[Candidate],
    operations: Sequence[Candidate],
) -> StateField | None:
    """Returns the state in the body of a read, or else in its status."""
    shown = _state(shapes, read, lists, operations) if _reads_one(shapes, read) else None
    return shown or state_by_status(read, operations)


def _with_operations(
    shapes: DocumentSchemas,
    resource: Resource,
    lists: Sequence[Candidate],
    operations: Sequence[Candidate],
) -> Resource:
    """Returns a job with its operations, and a score."""
    others = [o for o in operations if o not in lists and _lists_type(shapes, o, resource.type)]
    resource = replace(
        resource,
        creates=tuple(_creates(shapes, resource, operations)),
        lists=(*lists, *others),
        events=tuple(_events(resource, operations)),
        deletes=tuple(other for other in operations if _deletes(other, resource.read)),
    )
    inside = frozenset(shapes.properties(_inner(shapes, resource)))
    return replace(resource, properties=inside, score=_score(shapes, resource))


def _state(
    shapes: DocumentSchemas,
    read: Candidate,
    lists: Sequence[Candidate],
    operations: Sequence[Candidate],
) -> StateField | None:
    """Returns the state in the response to a read, with the words from other descriptions."""
    told = "\n".join(_told_of(read, operations))
    shown = [_wrapped(shapes, read.answer), *(list_items(shapes, o.answer) for o in lists)]
    return find_state(shapes, read.answer, _filter_words(shapes, lists), told, shown)


def _deletes(operation: Candidate, read: Candidate) -> bool:
    same = operation.method == "delete" and operation.shape == read.shape
    return same and not _cancels(operation)


def _wrapped(shapes: DocumentSchemas, answer: Any) -> Any:
    """Returns the object in a response's wrapper, or the response itself."""
    inner = shapes.properties(answer)
    return next((node for name, node in inner.items() if snake(name) in WRAPPERS), answer)


def _told_of(read: Candidate, operations: Sequence[Candidate]) -> Iterator[str]:
    """Yields the descriptions of a job's operations, and of related ones."""
    for other in operations:
        if other.shape.startswith(collection(read)):
            yield str(other.node.get("description", ""))


def _reads_one(shapes: DocumentSchemas, read: Candidate) -> bool:
    """Returns True if an operation reads a single object, and not a list."""
    return read.answer is not None and shapes.items(read.answer) is None


def _is_by_id(read: Candidate) -> bool:
    """Returns True if an operation reads something by its ID."""
    if read.method != "get":
        return False
    in_query = any(re.search(r"id$", name, re.IGNORECASE) for name in _required_query(read))
    return in_query or "{}" in read.shape.rsplit("/", 1)[-1]


def _required_query(read: Candidate) -> list[str]:
    """Returns the names of the required query parameters."""
    sent = [each for each in read.parameters if each.get("in") == "query" and each.get("required")]
    return [str(each.get("name")) for each in sent]


def _type(shapes: DocumentSchemas, answer: Any, wrapper: Iterable[str]) -> str | None:
    for name in wrapper:
        answer = shapes.properties(answer).get(name)
    return shapes.name(answer)


def _name(read: Candidate, kind: str | None) -> str:
    nouns = [
        part
        for part in reversed(read.shape.split("/"))
        if part and "{}" not in part and not _NO_NOUN.match(part)
    ]
    return singular(snake(next(iter(nouns), kind or "job")))


_NO_NOUN = re.compile(r"(get|describe|v?[\d.]+)\b")
"""Matches parts of paths that are verbs or versions."""


def singular(noun: str) -> str:
    """Returns the singular of a noun."""
    for plural, ending in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("xes", "x")):
        if noun.endswith(plural):
            return noun.removesuffix(plural) + ending
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


# -- operations of a resource ----------------------------------------------------------------------


def collection(read: Candidate) -> str:
    """Returns the path of the collection: the path's shape without its last part."""
    return read.shape.rsplit("/", 1)[0]


def _filter_words(shapes: DocumentSchemas, lists: Iterable[Candidate]) -> tuple[str, ...]:
    for operation in lists:
        for parameter in operation.parameters:
            if re.search(r"(status|state)(es)?$", snake(str(parameter.get("name")))):
                schema = parameter.get("schema")
                words = shapes.words(schema) or shapes.words(shapes.items(schema))
                if words:
                    return words
    return ()


def _lists(shapes: DocumentSchemas, other: Candidate, read: Candidate) -> bool:
    searching = other.method == "post" and _SEARCHES.search(other.shape)
    shape = _SEARCHES.sub("", other.shape)
    return (other.method == "get" or bool(searching)) and shape in (collection(read), read.shape + "s") and list_items(shapes, other.answer) is not None  # fmt: skip


def _lists_type(shapes: DocumentSchemas, other: Candidate, kind: str | None) -> bool:
    reading = other.method == "get" or (other.method == "post" and _SEARCHES.search(other.shape))
    items = list_items(shapes, other.answer) if reading and kind else None
    return items is not None and shapes.name(items) == kind


def list_items(shapes: DocumentSchemas, answer: Any) -> Any:
    """Returns the schema of a list's items: of the response itself, or of a list in its wrapper."""
    if id(answer) not in shapes.listed:
        shapes.listed[id(answer)] = answer, _items_in(shapes, answer)
    return shapes.listed[id(answer)][1]


def _items_in(shapes: DocumentSchemas, answer: Any) -> Any:
    if (items := shapes.items(answer)) is not None:
        return items
    lists = map(shapes.items, _maybe_lists(shapes, answer))
    return next((each for each in lists if each is not None and shapes.properties(each)), None)


def _maybe_lists(shapes: DocumentSchemas, answer: Any) -> Iterator[Any]:
    """Yields the properties of an answer, and those of its wrappers."""
    for name, schema in shapes.properties(answer).items():
        yield schema
        if snake(name) in WRAPPERS:
            yield from shapes.properties(schema).values()


def _creates(
    shapes: DocumentSchemas, resource: Resource, operations: Sequence[Candidate]
) -> list[Candidate]:
    posts = [each for each in operations if _may_create(each, resource)]
    found = ([post for post in posts if way(shapes, resource, post)] for way in _WAYS_TO_CREATE)
    single = next(filter(None, found), [])
    others = (post for post in posts if post not in single)
    return [*single, *(post for post in others if _creates_several(shapes, resource, post))]


def _may_create(operation: Candidate, resource: Resource) -> bool:
    return operation.method in ("post", "put") and operation not in resource.reads


def _creates_several(shapes: DocumentSchemas, resource: Resource, post: Candidate) -> bool:
    """Accepts `POST /runs/batch`: below the collection or beside it, with a list of jobs."""
    here = collection(resource.read)
    tail = re.fullmatch(rf"{re.escape(here)}[/:]?([A-Za-z_-]*)", post.shape)
    verb = snake(tail[1]).split("_")[0] if tail else ""
    if tail is None or verb in VERBS or _SEARCHES.search(post.shape):
        return False
    return orders_of(shapes, resource, post) is not None


def orders_of(shapes: DocumentSchemas, resource: Resource, create: Candidate) -> str | None:
    """Returns the source of the objects of which a request makes a job each, or None."""
    orders = list_of_orders(shapes, create)
    answer, state = resource.read.answer, resource.state.path
    made = list_items(shapes, create.answer) if orders else None
    return orders if shows_jobs(shapes, made, resource.type, answer, state) else None


def _linked(_shapes: DocumentSchemas, resource: Resource, post: Candidate) -> bool:
    verb = snake(post.shape.rsplit("/", 1)[-1].rsplit(":", 1)[-1])
    return links_to(post, resource.read) and verb.split("_")[0] not in VERBS


def _posts_collection(_shapes: DocumentSchemas, resource: Resource, post: Candidate) -> bool:
    here = collection(resource.read)
    return post.method == "post" and post.shape == here and not _SEARCHES.search(post.shape)


def _answers_type(shapes: DocumentSchemas, resource: Resource, post: Candidate) -> bool:
    verb = snake(post.shape.rsplit("/", 1)[-1].rsplit(":", 1)[-1])
    own = post.shape.startswith(resource.read.shape)
    kind = _type(shapes, post.answer, resource.wrapper)
    if own or verb.split("_")[0] in VERBS or post.method != "post" or kind is None:
        return False
    return kind == resource.type


def _starts_by_id(_shapes: DocumentSchemas, resource: Resource, post: Candidate) -> bool:
    words = re.search(r"\b(start|create|schedule|submit|launch)", post.words) or re.match(
        r"(start|create)", post.words
    )
    return post.shape == resource.read.shape and (bool(words) or starts_long(post))


def _starts_below(shapes: DocumentSchemas, resource: Resource, post: Candidate) -> bool:
    """Accepts `POST /runs/{flow}`: below the collection, and named after the started object."""
    names = snake(f"{post.node.get('operationId', '')} {post.node.get('summary', '')}")
    here, one = f"{collection(resource.read)}/", f"{resource.read.shape}/"
    below = post.method == "post" and post.shape.startswith(here) and not post.shape.startswith(one)
    starting = re.search(
        rf"(^|_)(create|start|trigger|launch|submit|new)(_[a-z]+)?_{resource.name}(_|$)", names
    )
    return below and bool(starting) and shapes.items(post.answer) is None


def _answers_id(shapes: DocumentSchemas, resource: Resource, post: Candidate) -> bool:
    names = set(id_names(resource.read))
    first = post.shape.strip("/").split("/")[:2] == resource.read.shape.strip("/").split("/")[:2]
    answered = set(map(snake, shapes.properties(post.answer)))
    verb = snake(post.shape.rsplit("/", 1)[-1])
    return post.method == "post" and first and bool(names & answered) and verb.split("_")[0] not in VERBS  # fmt: skip


_WAYS_TO_CREATE = (
    _linked,
    _posts_collection,
    _answers_type,
    _starts_by_id,
    _starts_below,
    _answers_id,
)
"""The ways to recognise the operations that create jobs, the most certain first."""


def id_names(read: Candidate) -> list[str]:
    """Returns the names of the ID in the read operation, other than `id`."""
    inside = re.findall(r"\{([^}]*)\}", read.path)
    named = map(snake, [*inside[-1:], *_required_query(read)])
    return [name for name in named if name != "id" and re.search(r"(id|name)$", name)]


def _events(resource: Resource, operations: Sequence[Candidate]) -> Iterator[EventOperation]:
    for other in operations:
        if other.method != "get" and other not in resource.creates:
            verb = _event_verb(resource.read, other)
            if verb is not None:
                yield EventOperation(verb, other)


def _event_verb(read: Candidate, other: Candidate) -> str | None:
    """Returns the verb of an event, from a path below, on or beside the job's path, or None."""
    tail = other.shape.removeprefix(read.shape)
    if tail != other.shape and (verb := _verb(tail)):
        return verb
    if not tail:
        return "cancel" if _cancels(other) else None
    return _verb_beside(collection(read), other.shape)


def _verb_beside(jobs: str, shape: str) -> str | None:
    """Returns the verb of an event on the path of the collection; those for all jobs do not count."""
    beside = shape.removeprefix(jobs)
    verb = _verb(beside) if beside != shape else None
    return None if verb is None or verb.endswith("_all") else verb


def _verb(tail: str) -> str | None:
    """Returns the verb of `/cancel` or `:cancel`, or None."""
    match = re.fullmatch(r"[/:]([A-Za-z_-]+)", tail)
    word = snake(match[1]) if match else ""
    return word if word.split("_")[0] in VERBS else None


def _cancels(operation: Candidate) -> bool:
    if operation.method not in ("delete", "post", "patch"):
        return False
    summary = " ".join(str(operation.node.get(key, "")) for key in ("operationId", "summary"))
    return bool(re.search(r"cancel|\bstop|abort|terminat", summary.lower()))


# -- how sure --------------------------------------------------------------------------------------


def _score(shapes: DocumentSchemas, resource: Resource) -> float:
    names = list(map(snake, shapes.properties(_inner(shapes, resource))))
    branches = shapes.branch_count(resource.read.answer)
    score = _words_score(resource.state) + _operations_score(resource)
    score += any(map(_TIMES.match, names))
    score += 0.5 * any("progress" in name or "percent" in name for name in names)
    score += bool(_JOB_NAMES.search(resource.name)) - 3 * _names_no_job(resource)
    score -= 3 * _is_unknown_to_client(shapes, resource)
    score += 3 * bool(resource.note) - 2 * (branches > _FEW) - resource.state.depth
    return round(score, 2)


def _is_unknown_to_client(shapes: DocumentSchemas, resource: Resource) -> bool:
    """Returns True if the status shows the state, and no response to a creation leads to the job."""
    told = [_tells_id(shapes, resource, create) for create in resource.creates]
    return bool(resource.state.statuses and told) and not any(told)


def _tells_id(shapes: DocumentSchemas, resource: Resource, create: Candidate) -> bool:
    """Returns True if a creation returns the job's ID or its URL, or takes the ID."""
    names = {"id", "sid", "uuid", f"{resource.name}_id", *id_names(resource.read)}
    shown = names & set(map(snake, shapes.properties(create.answer)))
    return bool(shown or started(create, resource.read)) or create.shape == resource.read.shape


def _words_score(state: StateField) -> float:
    """Returns the score of a state's words as those of a process."""
    words = state.meanings
    process = sum(map(_is_of_process, words.values()))
    outcomes = [meaning(snake(value)) for value in state.outcome_values]
    ends = any(word.known and word.ends for word in [*words.values(), *outcomes])
    score = 2 * known_share(words) + 2 * bool(process and ends) + bool(state.outcome)
    return score + (min(3, process) if process else -2)


def _is_of_process(word: Word) -> bool:
    return word.known and not word.ambiguous and word.kind in ("waiting", "active", "leaving")


def _operations_score(resource: Resource) -> float:
    """Returns the score of the operations as those of a job."""
    cancels = any(event.verb.split("_")[0] in CANCELLING for event in resource.events)
    long = any(starts_long(o) or links_to(o, resource.read) for o in resource.creates)
    lonely = not resource.creates and not resource.events
    return 1.5 * bool(resource.creates) + 1.5 * cancels + 2 * long - 1.5 * lonely


def _names_no_job(resource: Resource) -> bool:
    return any(map(_NO_JOBS.fullmatch, resource.name.split("_")))


def _inner(shapes: DocumentSchemas, resource: Resource) -> Any:
    node = resource.read.answer
    for name in resource.state.path[:-1]:
        node = shapes.properties(node).get(name)
    return node if shapes.properties(node) else resource.read.answer


def _merged(found: Sequence[Resource]) -> list[Resource]:
    """Merges resources of the same type with several paths and the state at the same place."""
    kept: list[Resource] = []
    for resource in found:
        twin = next((i for i, other in enumerate(kept) if _same(resource, other)), None)
        if twin is None:
            kept.append(resource)
        else:
            kept[twin] = _joined(kept[twin], resource)
    return kept


def _same(one: Resource, other: Resource) -> bool:
    tail = _tail(one.read) == _tail(other.read)
    ids = id_names(one.read) == id_names(other.read)
    if one.state.values != other.state.values or not (ids or tail):
        return False
    if one.state.path != other.state.path:
        return ids and _is_wrapped(one, other)
    if one.type == other.type and (one.type is not None or tail):
        return True
    return ids and _shows_same(one, other)


def _tail(read: Candidate) -> list[str]:
    """Returns the last two parts of a path."""
    return read.shape.rsplit("/", 2)[-2:]


def _shows_same(one: Resource, other: Resource) -> bool:
    """Returns True if two resources with equal IDs have equal properties, or one wraps the other."""
    return _is_wrapped(one, other) or bool(id_names(one.read) and _alike(one, other))


def _is_wrapped(one: Resource, other: Resource) -> bool:
    """Returns True if two sibling reads show the same state, one of them in a wrapper."""
    beside = one.read.shape.rsplit("/", 1)[0] == other.read.shape.rsplit("/", 1)[0]
    return beside and _ends_with(one.state.path, other.state.path)


def _alike(one: Resource, other: Resource) -> bool:
    """Returns True if two objects have the same properties, and enough of them."""
    return one.properties == other.properties and len(one.properties) > _CHANCE


def _ends_with(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Returns True if one path is the other below a wrapper."""
    short, long = sorted((one, other), key=len)
    return long[-len(short) :] == short


def _joined(one: Resource, other: Resource) -> Resource:
    return replace(
        one,
        reads=_both(one.reads, other.reads),
        creates=_both(one.creates, other.creates),
        lists=_both(one.lists, other.lists),
        events=_both(one.events, other.events),
        deletes=_both(one.deletes, other.deletes),
        score=max(one.score, other.score),
    )


def _both(one: Sequence[_T], other: Sequence[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys([*one, *other]))
