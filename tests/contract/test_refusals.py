"""Every kind of refusal, for every operation of every spec, byte by byte as a server sends it.

Valid requests and expected refusals are read from the spec; no vendor is named here, and a
vendor beyond the four is included. `make test` runs every fifth case of each kind;
`CASES=all`, which `make fuzz` sets, runs all of them.
"""

import asyncio
import base64
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import orjson
import pytest
from starlette.types import ASGIApp, Message

from jobtwin.http import Settings, base_path, create_app
from jobtwin.http.request import IMPORT, LARGEST_BODY
from jobtwin.openapi import Credential, Spec
from jobtwin.openapi.bindings import situation_settings
from jobtwin.openapi.operations import Operation, Parameter
from jobtwin.sandboxes import ManualClock, Sandbox, Setup
from tests.loaded import loaded
from tests.sampling import ALL

FIFTH = sorted(Path(__file__).parents[1].glob("fifth/*.yaml"))
SPECS = [*loaded(), *loaded(FIFTH)]
JSON = "application/json"
UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000"
MINUTE = 60_000_000
STRIDE = 1 if ALL else 5


def sample(cases: Iterable[tuple[str, Any]]) -> list[Any]:
    """Returns every `STRIDE`-th case of each kind, the first of each kind included."""
    met = Counter[str]()
    kept = []
    for kind, case in cases:
        if met[kind] % STRIDE == 0:
            kept.append(case)
        met[kind] += 1
    return kept


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    """A request to an operation, valid unless changed."""

    spec: Spec
    operation: Operation
    path: Mapping[str, str]
    query: Sequence[str]
    headers: Sequence[tuple[str, str]]
    way: Sequence[Credential]
    credential: Sequence[tuple[str, str, str]]
    chunks: Sequence[bytes] = (b"",)

    def __repr__(self) -> str:
        return f"{self.operation.method} {self.target[:200]} {b''.join(self.chunks)[:200]!r}"

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", value)
        keys = [
            f"{name}={quote(value)}" for place, name, value in self.credential if place == "query"
        ]
        query = "&".join([*keys, *self.query])
        return base_path(self.spec) + path + (f"?{query}" if query else "")

    def send(self, app: ASGIApp) -> httpx.Response:
        """Send the request to an application."""
        keys = [(name, value) for place, name, value in self.credential if place == "header"]
        headers = [*keys, *self.headers]
        return ask(app, self.operation.method, self.target, headers, self.chunks)

    def send_anew(self, settings: Settings | None = None) -> httpx.Response:
        """Send the request to a fresh application, at a moment that suits a command."""
        for wait in (0, 3 * MINUTE, 60 * MINUTE) if self.operation.command else (0,):
            lasting = self.operation.machine is None and self.operation.method != "GET"
            app, sandbox = (_serve if lasting else serve)(settings or Settings())
            clock = sandbox.clock = ManualClock()
            sandbox.reset()
            clock.advance(wait)
            response = self.send(app)
            if not response.is_error:
                break
        return response

    def with_query(self, name: str, *values: str) -> "Asking":
        """Returns the request with only these values of a query parameter."""
        others = [pair for pair in self.query if not pair.startswith(f"{name}=")]
        return replace(self, query=[*others, *(f"{name}={value}" for value in values)])

    def with_value(self, parameter: Parameter, value: str) -> "Asking":
        """Returns the request with this value of a parameter."""
        if parameter.place == "path":
            return replace(self, path={**self.path, parameter.name: value})
        if parameter.place == "header":
            headers = [*self.without(parameter).headers, (parameter.name.lower(), value)]
            return replace(self, headers=headers)
        return self.with_query(parameter.name, value)

    def without(self, parameter: Parameter) -> "Asking":
        """Returns the request without a parameter of the query or the headers."""
        headers = [pair for pair in self.headers if pair[0] != parameter.name.lower()]
        return replace(self.with_query(parameter.name), headers=headers)

    def with_credential(self, token: str | None) -> "Asking":
        """Returns the request with another credential, or with the spec's example."""
        return replace(self, credential=[_key(scheme, token) for scheme in self.way])

    def with_body(self, *chunks: bytes, content_type: str | None = JSON) -> "Asking":
        """Returns the request with another body."""
        headers = [(name, value) for name, value in self.headers if name != "content-type"]
        headers += [("content-type", content_type)] if content_type is not None else []
        return replace(self, headers=headers, chunks=chunks)

    def of(self, place: str) -> list[Parameter]:
        """Returns the declared parameters in a place."""
        return [parameter for parameter in self.operation.parameters if parameter.place == place]


def ask(
    app: ASGIApp,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
    chunks: Sequence[bytes] = (b"",),
) -> httpx.Response:
    """Send one request in process; expects a start, then a body of the declared length."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    bodies = iter(enumerate(chunks, start=1))
    sent: list[Message] = []

    async def receive() -> Message:
        for number, body in bodies:
            return {"type": "http.request", "body": body, "more_body": number < len(chunks)}
        await asyncio.Event().wait()  # like a server whose client stays connected
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async def asked() -> None:
        await app(scope, receive, send)

    asyncio.run(asked())
    start, body = sent
    response = httpx.Response(start["status"], headers=start["headers"], content=body["body"])
    assert response.headers.get("content-length", "0") == str(len(body["body"]))
    return response


# -- valid requests, as the spec describes them ----------------------------------------------------


def right(spec: Spec, operation: Operation, choice: int = 0) -> Asking:
    """Returns a request with one of the accepted credentials, which the operation accepts."""
    names = operation.security[choice] if operation.security else ()
    way = [spec.credentials[name] for name in names]
    asking = Asking(spec, operation, {}, [], [], way, ()).with_credential(None)
    for parameter in operation.parameters:
        if parameter.required:
            asking = asking.with_value(parameter, quote(_value(operation, parameter), safe=""))
    if operation.body is None:
        return asking
    body = _example_body(spec, operation)
    return asking.with_body(body[0], content_type=body[1]) if body else asking


def _value(operation: Operation, parameter: Parameter) -> str:
    source, machine = operation.job_id, operation.machine
    if source and machine and (source.place, source.name) == (parameter.place, parameter.name):
        return str(machine.samples[0].id)
    if parameter.example is None and parameter.default is None:
        guesses = ("1", "100", "true", UNKNOWN_UUID)
        return next((text for text in guesses if _reads(parameter, text)), "x")
    given = parameter.default if parameter.example is None else parameter.example
    return str(given).lower() if isinstance(given, bool) else str(given)


def _reads(parameter: Parameter, text: str) -> bool:
    try:
        value = parameter.read(text)
    except ValueError:
        return False
    return parameter.validator.is_valid([value] if parameter.many else value)


def _key(scheme: Credential, token: str | None) -> tuple[str, str, str]:
    """Returns place, name and value of a security scheme's credential."""
    value = scheme.const or token or scheme.example or "token"
    words = {"bearer": "Bearer {}", "basic": "Basic {}"}
    if scheme.kind == "basic" and not scheme.raw:
        value = _user(value)
    name = scheme.field.lower() if scheme.place == "header" else scheme.field
    return scheme.place, name, words.get(scheme.kind, "{}").format(value)


def _user(name: str) -> str:
    return base64.b64encode(f"{name}:".encode()).decode()


def _node(spec: Spec, operation: Operation) -> Any:
    return spec.document.written["paths"][operation.path][operation.method.lower()]


def _example_body(spec: Spec, operation: Operation) -> tuple[bytes, str] | None:
    """Returns the first example of an operation's body, as JSON if that is one of its types."""
    resolve = spec.document.resolve
    content = resolve(_node(spec, operation)["requestBody"])["content"]
    kind, media = min(content.items(), key=lambda item: item[0] != JSON)
    schema = resolve(media["schema"])
    examples = [resolve(example)["value"] for example in media.get("examples", {}).values()]
    examples += [node["example"] for node in (media, schema) if "example" in node]
    if kind == JSON:
        return (orjson.dumps(examples[0]), kind) if examples else None
    data = examples[0] if examples else {}
    lacking = [name for name in schema["properties"] if name not in data]
    files = {name: ("a.bin", b"x") for name in lacking if kind.startswith("multipart/")}
    form = httpx.Request("POST", "http://twin", data=data, files=files)
    return form.read(), form.headers["content-type"]


def _exemplary(asking: Asking) -> bool:
    """True if the spec has examples of all that the operation requires."""
    operation, source = asking.operation, asking.operation.job_id
    known = source and (source.place, source.name)
    lacking = [
        parameter
        for parameter in operation.parameters
        if parameter.required
        and (parameter.place, parameter.name) != known
        and parameter.example is None
    ]
    bodiless = operation.body and operation.body.required and asking.chunks == (b"",)
    return not lacking and not bodiless


RIGHT: list[Any] = [
    pytest.param(right(spec, operation), id=f"{spec.name}-{operation.id}")
    for spec in SPECS
    for operation in spec.operations
    if _exemplary(right(spec, operation))
]

SOME = sample((case.values[0].spec.name, case) for case in RIGHT)

# -- the form of a refusal -------------------------------------------------------------------------


def check(
    response: httpx.Response, spec: Spec, situation: str, operation: Operation | None
) -> None:
    """Check a response against the status, the media type and the schema of the spec."""
    error = (operation.errors if operation else spec.errors)[situation]
    kind, schema = _declared(spec, situation, operation, error.answer.status)

    assert response.status_code == error.answer.status, response.text
    assert response.headers["content-type"] == kind
    assert set(response.headers) <= {"content-type", "content-length", "allow", *error.headers}
    body = response.json()
    if schema is None:
        assert {"title", "status", "detail"} <= body.keys()
    else:
        assert [e.message for e in spec.schemas.validator(schema).iter_errors(body)] == []


def _declared(
    spec: Spec, situation: str, operation: Operation | None, status: int
) -> tuple[str, Any]:
    responses = _node(spec, operation)["responses"] if operation else {}
    content = spec.document.resolve(responses.get(str(status), {})).get("content", {})
    for kind, media in content.items():
        return kind, media["schema"]
    said = spec.document.data["x-jobs"].get("errors", {})
    own = situation_settings(said, situation)
    name = own.get("schema", said.get("schema"))
    if name is None:
        return "application/problem+json", None
    return JSON, spec.document.at(f"#/components/schemas/{name}")


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    """An application with all specs, which accepts any well-formed credential."""
    return serve(Settings())[0]


def _serve(settings: Settings) -> tuple[ASGIApp, Sandbox]:
    jobs = [machine for spec in SPECS for machine in spec.jobs.values()]
    sandbox = Sandbox(jobs, Setup(ManualClock()))
    return create_app(SPECS, sandbox, settings), sandbox


serve = cache(_serve)
"""Returns an application and its sandbox; cached, since it takes a while."""


# -- parameters ------------------------------------------------------------------------------------

Traits = Mapping[str, Callable[[Parameter], bool]]

TRAITS: Traits = {
    "path": lambda parameter: parameter.place == "path",
    "query": lambda parameter: parameter.place == "query",
    "header": lambda parameter: parameter.place == "header",
    "required": lambda parameter: parameter.required,
    "scalar": lambda parameter: not parameter.many,
    "typed": lambda parameter: parameter.read is not str,
    "integer": lambda parameter: parameter.read is not str and _reads_integer(parameter),
    "limited": lambda parameter: parameter.read is str and not _reads(parameter, "\N{BELL}"),
}


def _reads_integer(parameter: Parameter) -> bool:
    try:
        return type(parameter.read("7")) is int
    except ValueError:
        return False


def _twice(asking: Asking, parameter: Parameter) -> Asking:
    value = quote(_value(asking.operation, parameter))
    return asking.with_query(parameter.name, value, value)


def _misspelt(asking: Asking, parameter: Parameter) -> Asking:
    return asking.with_query(parameter.name.swapcase(), "1")


LONG_NUMBER = "9" * 5000

PARAMETERS: list[tuple[str, str, str, str | Callable[[Asking, Parameter], Asking]]] = [
    ("missing", "missing_parameter", "query required", lambda a, p: a.without(p)),
    ("twice", "repeated_parameter", "query scalar", _twice),
    ("misspelt", "unknown_parameter", "query", _misspelt),
    ("in brackets", "unknown_parameter", "query", lambda a, p: a.with_query(f"{p.name}[]", "1")),
    ("not of the type", "malformed_parameter", "query typed", "12x"),
    ("empty", "malformed_parameter", "query typed", ""),
    ("null", "malformed_parameter", "query typed", "null"),
    ("with a fraction", "malformed_parameter", "query integer", "1.0"),
    ("with a plus", "malformed_parameter", "query integer", "%2B1"),
    ("with a space", "malformed_parameter", "query integer", "+1"),
    ("with a line break", "malformed_parameter", "query integer", "1%0A"),
    ("in other digits", "malformed_parameter", "query integer", "%D9%A1"),
    ("over 64 bits", "malformed_parameter", "query integer", str(2**63)),
    ("under 64 bits", "malformed_parameter", "query integer", str(-(2**63) - 1)),
    ("of 5000 digits", "malformed_parameter", "query integer", LONG_NUMBER),
    ("not in the list", "invalid_parameter", "query limited", "%07"),
    ("not UTF-8", "malformed_parameter", "query", "%FF"),
    ("missing", "missing_parameter", "header required", lambda a, p: a.without(p)),
    ("not of the type", "malformed_parameter", "header typed", "12x"),
    ("not of the type", "malformed_parameter", "path typed", "12x"),
    ("very long", "malformed_parameter", "path typed", "1" * 60_000),
    ("with a null", "malformed_parameter", "path typed", "%00"),
    ("with a header", "malformed_parameter", "path typed", "1%0D%0AX-Evil:%201"),
    ("not UTF-8", "malformed_parameter", "path", "%FF"),
]


def _wrong_parameters() -> Iterator[tuple[str, Any]]:
    for spec in SPECS:
        for operation in spec.operations:
            for parameter in operation.parameters:
                for name, situation, traits, wrong in PARAMETERS:
                    if all(TRAITS[trait](parameter) for trait in traits.split()):
                        asking = right(spec, operation)
                        asking = asking.with_value(parameter, wrong) if isinstance(wrong, str) else wrong(asking, parameter)  # fmt: skip
                        where = f"{spec.name}-{operation.id}-{parameter.name} {name}"
                        kind = f"{parameter.place} {name}"
                        yield kind, pytest.param(asking, situation, id=where)


@pytest.mark.parametrize(("asking", "situation"), sample(_wrong_parameters()))
def test_parameter(asking: Asking, situation: str, app: ASGIApp) -> None:
    """An invalid parameter gets the spec's response to that kind of error."""
    operation = None if situation == "unknown_path" else asking.operation

    check(asking.send(app), asking.spec, situation, operation)


# -- requests --------------------------------------------------------------------------------------

Change = Callable[[Asking], Asking | None]
"""Makes another request from a valid one; None if the operation does not allow the change."""


def _and_query(pair: str) -> Change:
    return lambda asking: replace(asking, query=[*asking.query, pair])


def _unknown_id(asking: Asking) -> Asking | None:
    source, machine = asking.operation.job_id, asking.operation.machine
    for parameter in asking.operation.parameters:
        if source and machine and (parameter.place, parameter.name) == (source.place, source.name):
            unknown = "987654321" if machine.integer_ids else UNKNOWN_UUID
            return asking.with_value(parameter, unknown)
    return None


def _body(*chunks: bytes, content_type: str | None = JSON, **extra: str) -> Change:
    def changed(asking: Asking) -> Asking | None:
        if not asking.operation.body or JSON not in asking.operation.body.types:
            return None
        asking = asking.with_body(*chunks, content_type=content_type)
        return replace(asking, headers=[*asking.headers, *extra.items()])

    return changed


def _unknown_scenario(asking: Asking) -> Asking | None:
    creates = asking.operation.does in ("create", "clone") and _exemplary(asking)
    headers = [*asking.headers, ("prefer", "scenario=a_fate_unheard_of")]
    return replace(asking, headers=headers) if creates else None


def _no_body(asking: Asking) -> Asking | None:
    body = asking.operation.body
    return replace(asking, chunks=[b""]) if body and body.required else None


def _unfit(text: bytes) -> Change:
    """Send JSON that does not fit the schema of the body, if the operation has one."""

    def changed(asking: Asking) -> Asking | None:
        body = asking.operation.body
        fits = body and JSON in body.types and body.types[JSON].is_valid(orjson.loads(text))
        return None if fits else _body(text)(asking)

    return changed


def _limited(change: Change) -> Change:
    """Change only requests to operations with the usual limit on bodies."""
    return lambda asking: None if asking.operation.id == IMPORT else change(asking)


DEEP = b"[" * 100_000
HALF = b" " * (LARGEST_BODY // 2)
TOO_LONG = str(LARGEST_BODY + 1)

REQUESTS: list[tuple[str, str, Change]] = [
    ("unknown id", "unknown_job", _unknown_id),
    ("unknown scenario", "unknown_scenario", _unknown_scenario),
    ("unknown parameter", "unknown_parameter", _and_query("x=1")),
    ("parameter without a name", "unknown_parameter", _and_query("=1")),
    ("parameter's name not UTF-8", "malformed_parameter", _and_query("%FF=1")),
    ("no body", "missing_body", _no_body),
    ("body no JSON", "malformed_body", _body(b"nope")),
    ("body not UTF-8", "malformed_body", _body(b'{"\xff": 1}')),
    ("body in UTF-16", "malformed_body", _body('{"a": 1}'.encode("utf-16"))),
    ("body cut off", "malformed_body", _body(b'{"a": ')),
    ("body and more", "malformed_body", _body(b"{}{}")),
    ("body with NaN", "malformed_body", _body(b'{"a": NaN}')),
    ("body with half a character", "malformed_body", _body(b'{"a": "\\ud800"}')),
    ("body deeply nested", "malformed_body", _body(DEEP)),
    ("body a list", "invalid_body", _unfit(b"[]")),
    ("body null", "invalid_body", _unfit(b"null")),
    ("body a text", "invalid_body", _unfit(b'"text"')),
    ("body empty", "invalid_body", _unfit(b"{}")),
    ("body too large", "body_too_large", _limited(_body(HALF, HALF, b" "))),
    (
        "body told to be too large",
        "body_too_large",
        _limited(_body(b"{}", **{"content-length": TOO_LONG})),
    ),
    ("body told to be huge", "body_too_large", _body(b"{}", **{"content-length": LONG_NUMBER})),
    ("body of another type", "unsupported_media_type", _body(b"{}", content_type="text/plain")),
    ("body of nearly the type", "unsupported_media_type", _body(b"{}", content_type=f"{JSON}x")),
    ("body of two types", "unsupported_media_type", _body(b"{}", **{"content-type": JSON})),
]


def _wrong_requests() -> Iterator[tuple[str, Any]]:
    for spec in SPECS:
        for operation in spec.operations:
            for name, situation, change in REQUESTS:
                if (asking := change(right(spec, operation))) is not None:
                    where = f"{spec.name}-{operation.id}-{name}"
                    yield name, pytest.param(asking, situation, id=where)


@pytest.mark.parametrize(("asking", "situation"), sample(_wrong_requests()))
def test_request(asking: Asking, situation: str, app: ASGIApp) -> None:
    """An invalid request gets the spec's response to that kind of error."""
    check(asking.send(app), asking.spec, situation, asking.operation)


LET_IN: list[tuple[str, Change]] = [
    ("as it is", lambda asking: asking),
    ("charset", lambda a: _body(*a.chunks, content_type=f"{JSON}; charset=utf-8")(a)),
    ("capitals", lambda a: _body(*a.chunks, content_type="Application/JSON")(a)),
    (
        "no content type",
        lambda a: None if a.operation.does == "control" else _body(*a.chunks, content_type=None)(a),
    ),
    ("byte for byte", lambda a: _body(*(bytes([byte]) for byte in a.chunks[0]))(a)),
    ("white space", lambda a: _body(b" " * (LARGEST_BODY - len(a.chunks[0])), *a.chunks)(a)),
    ("all keys twice", lambda a: _body(re.sub(rb"^{(.+)}$", rb"{\1,\1}", a.chunks[0]))(a)),
    ("body where none is read", lambda a: None if a.operation.body else a.with_body(b"\xff")),
    ("empty pairs", lambda a: replace(a, query=["", *a.query, "", ""])),
]


@pytest.mark.parametrize(
    ("asking", "change"),
    sample(
        (name, pytest.param(*right.values, change, id=f"{right.id}-{name}"))
        for name, change in LET_IN
        for right in RIGHT
    ),
)
def test_let_in(asking: Asking, change: Change) -> None:
    """A valid request is accepted, and so are the variants that HTTP and JSON allow."""
    liberal = change(asking) if any(asking.chunks) or not asking.operation.body else None

    response = (liberal or asking).send_anew()

    assert response.status_code == asking.operation.answer.status


@pytest.mark.parametrize("asking", SOME)
def test_unknown_parameter__names(asking: Asking, app: ASGIApp) -> None:
    """The refusal of a misspelt parameter lists the existing ones."""
    text = replace(asking, query=["x=1"]).send(app).text

    assert all(parameter.name in text for parameter in asking.of("query"))


@pytest.mark.parametrize("asking", SOME)
def test_unknown_parameter__lenient(asking: Asking) -> None:
    """A lenient server ignores undeclared parameters, and still validates the declared ones."""
    lenient = Settings(lenient=True)
    more = replace(asking, query=[*asking.query, "x=1", "x=2"])

    assert more.send_anew(lenient).status_code == asking.operation.answer.status
    for parameter in asking.of("query"):
        if TRAITS["typed"](parameter):
            response = more.with_value(parameter, "12x").send_anew(lenient)
            check(response, asking.spec, "malformed_parameter", asking.operation)


# -- credentials -----------------------------------------------------------------------------------

GUARDED: list[Any] = [
    pytest.param(right(spec, operation, choice), id=f"{spec.name}-{operation.id}-{names}")
    for spec in SPECS
    for operation in spec.operations
    if _exemplary(right(spec, operation))
    for choice, way in enumerate(operation.security)
    for names in ["+".join(way)]
]
A_FIFTH = sample((case.values[0].spec.name, case) for case in GUARDED)


EXAMPLES = {scheme.example for spec in SPECS for scheme in spec.credentials.values()}
STRICT = Settings(credentials=tuple(example for example in EXAMPLES if example))
"""Settings that accept only the examples' credentials."""


@pytest.mark.parametrize("asking", GUARDED)
def test_credential__each_way_in(asking: Asking) -> None:
    """Each security alternative of the spec accepts its example, and nothing else."""
    other = asking.with_credential("another")

    let_in = asking.send_anew(STRICT).status_code

    assert let_in in {answer.status for _, answer in asking.operation.answers}
    check(other.send_anew(STRICT), asking.spec, "wrong_credential", asking.operation)


@pytest.mark.parametrize("asking", A_FIFTH)
def test_credential__missing(asking: Asking, app: ASGIApp) -> None:
    """A credential of two headers needs both of them."""
    for place, name, value in asking.credential:
        others = [key for key in asking.credential if key != (place, name, value)]
        for keys in (others, [*others, (place, name, "")]):
            response = replace(asking, credential=keys).send(app)

            check(response, asking.spec, "missing_credential", asking.operation)


@pytest.mark.parametrize("asking", A_FIFTH)
@pytest.mark.parametrize("word", ["expired", "revoked"])
def test_credential__refused_word(asking: Asking, word: str, app: ASGIApp) -> None:
    """These words are refused even if any credential is accepted, in each of their forms."""
    for token in _forms(asking, word):
        response = asking.with_credential(token).send(app)

        check(response, asking.spec, "wrong_credential", asking.operation)


@pytest.mark.parametrize("asking", A_FIFTH)
def test_credential__forbidden(asking: Asking) -> None:
    """`forbidden` gets 403 from operations that declare it; to others it is an ordinary key."""
    for token in _forms(asking, "forbidden"):
        response = asking.with_credential(token).send_anew()

        if 403 in asking.operation.declared:
            check(response, asking.spec, "forbidden", asking.operation)
        else:
            assert response.status_code != 403


def _forms(asking: Asking, token: str) -> list[str]:
    """Returns a credential as it is and, if Basic accepts a raw key, also as RFC 7617's name."""
    return [token, _user(token)] if any(scheme.raw for scheme in asking.way) else [token]


@pytest.mark.parametrize("asking", A_FIFTH)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda value: f"Other {value.split()[-1]}", id="another scheme"),
        pytest.param(lambda value: f"{value} {value}", id="white space"),
        pytest.param(lambda value: f"{value}, {value}", id="list"),
    ],
)
def test_credential__ill_formed(asking: Asking, change: Callable[[str], str]) -> None:
    """A malformed credential is refused."""
    (place, name, value), *others = asking.credential

    response = replace(asking, credential=[(place, name, change(value)), *others]).send_anew(STRICT)

    assert response.status_code == 401


@pytest.mark.parametrize("asking", A_FIFTH)
@pytest.mark.parametrize("order", [1, -1], ids=["right first", "right last"])
def test_credential__twice(asking: Asking, order: int) -> None:
    """Two credentials are refused, in either order."""
    first, *others = asking.credential
    second = asking.with_credential("another").credential[0]
    both = [first, second][::order]

    response = replace(asking, credential=[*both, *others]).send_anew(STRICT)

    assert response.status_code == 401


# -- paths and methods -----------------------------------------------------------------------------

METHODS = sample(
    (
        other,
        pytest.param(
            right(spec, operation), methods, other, id=f"{spec.name}-{other}-{operation.path}"
        ),
    )
    for spec in SPECS
    for operation in {o.path: o for o in spec.operations}.values()
    for methods in [{o.method for o in spec.operations if o.path == operation.path}]
    for other in [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "BREW",
        "get",
    ]
    if other not in methods and (other != "HEAD" or "GET" not in methods)
)


@pytest.mark.parametrize(("asking", "methods", "method"), METHODS)
def test_method(asking: Asking, methods: set[str], method: str, app: ASGIApp) -> None:
    """An unsupported method gets 405, and `Allow` lists the supported ones."""
    response = ask(app, method, asking.target)

    check(response, asking.spec, "wrong_method", None)
    assert set(response.headers["allow"].split(", ")) == methods | (
        {"HEAD"} if "GET" in methods else set()
    )


ELSEWHERE: dict[str, Callable[[str, str], str]] = {
    "base": lambda base, _: base,
    "root": lambda base, _: f"{base}/",
    "nowhere": lambda base, _: f"{base}/nowhere",
    "slash after": lambda base, path: f"{base}{path}/",
    "encoded slash after": lambda base, path: f"{base}{path}%2F",
    "slash twice": lambda base, path: f"{base}/{path}",
    "slashes inside": lambda base, path: base + path.replace("/", "//"),
    "more": lambda base, path: f"{base}{path}/more/of/it/and/more",
    "less": lambda base, path: base + path[: path.index("/", 1)] if path.count("/") > 1 else base,
    "capitals": lambda base, path: base + path.swapcase(),
    "dot": lambda base, path: f"{base}/.{path}",
    "two dots": lambda base, path: f"{base}/x/..{path}",
    "semicolon": lambda base, path: f"{base}/x;{path}",
    "long": lambda base, _: f"{base}/{'x' * 60_000}",
    "deep": lambda base, _: base + "/x" * 30_000,
    "null": lambda base, _: f"{base}/%00",
    "line break": lambda base, _: f"{base}/%0A",
    "line break inside": lambda base, path: f"{base}/%0A{path[1:]}",
    "header": lambda base, _: f"{base}/%0D%0AX-Evil:%20yes%0D%0A",
    "not UTF-8": lambda base, _: f"{base}/%FF",
    "braces": lambda base, _: f"{base}/{{path}}",
}


@pytest.mark.parametrize(
    ("spec", "where", "method"),
    sample(
        (name, pytest.param(spec, where, method, id=f"{spec.name}-{name}-{method}"))
        for name, where in ELSEWHERE.items()
        for spec in SPECS
        for method in ("GET", "POST")
    ),
)
def test_path(spec: Spec, where: Callable[[str, str], str], method: str, app: ASGIApp) -> None:
    """Below a vendor's base URL, an unknown path gets the vendor's own error."""
    asking = right(spec, spec.operations[0])
    base = base_path(spec)
    path = replace(asking, query=[], credential=[]).target.removeprefix(base)

    response = ask(app, method, where(base, path), asking.headers)

    check(response, spec, "unknown_path", None)


@pytest.mark.parametrize("path", ["", "//", "/nowhere", "*", "/%0A", f"/{'x' * 60_000}"])
def test_path__no_base(path: str, app: ASGIApp) -> None:
    """An unknown path outside every base URL is a 404 that lists the base URLs."""
    response = ask(app, "GET", path)

    assert response.status_code == 404
    assert all(base_path(spec) in response.text for spec in SPECS)
