"""Every way to be refused, for every operation of every spec, byte by byte as a server hands it on.

What is right, and what a wrong request is answered, is read from the spec; no vendor is named here.
"""

import asyncio
import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from starlette.types import ASGIApp, Message

from mockserver.http import Settings, base_path, create_app
from mockserver.http.request import LARGEST_BODY
from mockserver.spec import Credential, Spec, load_all
from mockserver.spec.operations import Operation, Parameter
from mockserver.world import ManualClock, Sandbox

SPECS = load_all()
JSON = "application/json"
UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    """A request to an operation: as it stands, one that is right."""

    spec: Spec
    operation: Operation
    path: Mapping[str, str]
    query: Sequence[str]
    headers: Sequence[tuple[str, str]]
    chunks: Sequence[bytes] = (b"",)

    def __repr__(self) -> str:
        return f"{self.operation.method} {self.target[:200]} {b''.join(self.chunks)[:200]!r}"

    @property
    def target(self) -> str:
        """Path and query, percent-encoded."""
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", value)
        query = "?" + "&".join(self.query) if self.query else ""
        return base_path(self.spec) + path + query

    def send(self, app: ASGIApp) -> httpx.Response:
        """Ask an application."""
        return ask(app, self.operation.method, self.target, self.headers, self.chunks)

    def send_anew(self, settings: Settings | None = None) -> httpx.Response:
        """Ask an application that nobody has asked before."""
        return self.send(serve([self.spec], settings or Settings()))

    def with_query(self, name: str, *values: str) -> "Asking":
        """The same with these values of a query parameter, and no others."""
        others = [pair for pair in self.query if not pair.startswith(f"{name}=")]
        return replace(self, query=[*others, *(f"{name}={value}" for value in values)])

    def with_value(self, parameter: Parameter, value: str) -> "Asking":
        """The same with this value of a parameter."""
        if parameter.place == "path":
            return replace(self, path={**self.path, parameter.name: value})
        return self.with_query(parameter.name, value)

    def with_body(self, *chunks: bytes, content_type: str | None = JSON) -> "Asking":
        """The same with another body."""
        headers = [(name, value) for name, value in self.headers if name != "content-type"]
        headers += [("content-type", content_type)] if content_type is not None else []
        return replace(self, headers=headers, chunks=chunks)

    def of(self, place: str) -> list[Parameter]:
        """The declared parameters of a place."""
        return [parameter for parameter in self.operation.parameters if parameter.place == place]


def ask(
    app: ASGIApp,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]] = (),
    chunks: Sequence[bytes] = (b"",),
) -> httpx.Response:
    """Send one request in process; a start, then a body of the length that was told, comes back."""
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
    parts = iter(chunks[:-1])
    sent: list[Message] = []

    async def receive() -> Message:
        if (part := next(parts, None)) is not None:
            return {"type": "http.request", "body": part, "more_body": True}
        return {"type": "http.request", "body": chunks[-1], "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def asked() -> None:
        await app(scope, receive, send)

    asyncio.run(asked())
    start, body = sent
    response = httpx.Response(start["status"], headers=start["headers"], content=body["body"])
    assert response.headers["content-length"] == str(len(body["body"]))
    return response


# -- right requests, as the spec describes them ----------------------------------------------------


def right(spec: Spec, operation: Operation, choice: int = 0) -> Asking:
    """A request that is let in, by one of the ways in."""
    path, query = {}, []
    for parameter in operation.parameters:
        if parameter.place == "path":
            path[parameter.name] = quote(_value(operation, parameter), safe="")
        elif parameter.place == "query" and parameter.required:
            query.append(f"{parameter.name}={quote(_value(operation, parameter))}")
    asking = Asking(spec, operation, path, query, _headers(spec, operation, choice))
    if operation.body is None:
        return asking
    return asking.with_body(_example_body(spec, operation))


def _value(operation: Operation, parameter: Parameter) -> str:
    source, machine = operation.job_id, operation.machine
    if source and machine and (source.place, source.name) == (parameter.place, parameter.name):
        return str(machine.samples[0].id)
    if parameter.example is None and parameter.default is None:
        return next(text for text in ("1", "true", UNKNOWN_UUID) if _reads(parameter, text))
    given = parameter.default if parameter.example is None else parameter.example
    return str(given).lower() if isinstance(given, bool) else str(given)


def _reads(parameter: Parameter, text: str) -> bool:
    try:
        value = parameter.read(text)
    except ValueError:
        return False
    return parameter.validator.is_valid([value] if parameter.many else value)


def _headers(
    spec: Spec, operation: Operation, choice: int, token: str | None = None
) -> list[tuple[str, str]]:
    names = operation.security[choice] if operation.security else ()
    return [_header(spec.credentials[name], token) for name in names]


def _header(scheme: Credential, token: str | None = None) -> tuple[str, str]:
    value = scheme.const or token or scheme.example or "token"
    words = {"bearer": "Bearer {}", "basic": "Basic {}"}
    if scheme.kind == "basic" and not scheme.raw:
        value = _user(value)
    return scheme.field.lower(), words.get(scheme.kind, "{}").format(value)


def _user(name: str) -> str:
    return base64.b64encode(f"{name}:".encode()).decode()


def _node(spec: Spec, operation: Operation) -> Any:
    return spec.document.data["paths"][operation.path][operation.method.lower()]


def _example_body(spec: Spec, operation: Operation) -> bytes:
    resolve = spec.document.resolve
    media = resolve(_node(spec, operation)["requestBody"])["content"][JSON]
    examples = [resolve(example)["value"] for example in media.get("examples", {}).values()]
    examples += [node["example"] for node in (media, resolve(media["schema"])) if "example" in node]
    return httpx.Request("POST", "http://twin", json=examples[0]).content


RIGHT = [
    pytest.param(right(spec, operation), id=f"{spec.name}-{operation.id}")
    for spec in SPECS
    for operation in spec.operations
]

# -- how a refusal must look -----------------------------------------------------------------------


def check(
    response: httpx.Response, spec: Spec, situation: str, operation: Operation | None
) -> None:
    """Hold an answer to the status, the media type and the schema that the spec gives."""
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
    said = spec.document.data.get("x-job-errors", {})
    pointer = said.get(situation, {}).get("schema", said.get("schema"))
    if pointer is None:
        return "application/problem+json", None
    return JSON, spec.document.at(pointer)


@pytest.fixture(scope="module")
def app() -> ASGIApp:
    """All specs; any well-formed credential is let in."""
    return serve(SPECS, Settings())


def serve(specs: Sequence[Spec], settings: Settings) -> ASGIApp:
    """An application, its world as new."""
    jobs = [machine for spec in specs for machine in spec.jobs.values()]
    return create_app(specs, Sandbox(jobs, ManualClock()), settings)


# -- parameters and bodies -------------------------------------------------------------------------

Change = Callable[[Asking], Asking | None]
"""Makes a right request wrong; None where the operation gives no occasion."""


def _first(place: str, change: Callable[[Asking, Parameter], Asking], **wanted: bool) -> Change:
    """Change the first parameter of a place that is as wanted."""

    def changed(asking: Asking) -> Asking | None:
        for parameter in asking.of(place):
            typed = parameter.read is not str
            limited = not typed and not _reads(parameter, "\N{BELL}")
            seen = {"typed": typed, "limited": limited, "many": parameter.many}
            integer = typed and _reads_integers(parameter)
            seen |= {"required": parameter.required, "integer": integer}
            if all(seen[key] == value for key, value in wanted.items()):
                return change(asking, parameter)
        return None

    return changed


def _reads_integers(parameter: Parameter) -> bool:
    try:
        return type(parameter.read("7")) is int
    except ValueError:
        return False


def _set(value: str) -> Callable[[Asking, Parameter], Asking]:
    return lambda asking, parameter: asking.with_value(parameter, value)


def _twice(asking: Asking, parameter: Parameter) -> Asking:
    value = quote(_value(asking.operation, parameter))
    return asking.with_query(parameter.name, value, value)


def _misspelt(asking: Asking, parameter: Parameter) -> Asking:
    slip = parameter.name.swapcase()
    return replace(asking, query=[*asking.query, f"{slip}=1"])


def _unknown_id(asking: Asking) -> Asking | None:
    source, machine = asking.operation.job_id, asking.operation.machine
    for parameter in asking.operation.parameters:
        if source and machine and (parameter.place, parameter.name) == (source.place, source.name):
            return asking.with_value(
                parameter, "987654321" if machine.integer_ids else UNKNOWN_UUID
            )
    return None


def _body(*chunks: bytes, content_type: str = JSON, **extra: str) -> Change:
    def changed(asking: Asking) -> Asking | None:
        if not asking.operation.body or JSON not in asking.operation.body.types:
            return None
        asking = asking.with_body(*chunks, content_type=content_type)
        return replace(asking, headers=[*asking.headers, *extra.items()])

    return changed


def _of_wrong_type(text: bytes) -> Change:
    def changed(asking: Asking) -> Asking | None:
        body = asking.operation.body
        wrong = body and JSON in body.types and not body.types[JSON].is_valid(httpx.Response(200, content=text).json())  # fmt: skip
        return asking.with_body(text) if wrong else None

    return changed


LONG_NUMBER = "9" * 5000
DEEP = b"[" * 100_000
HALF_A_MEGABYTE = b" " * (LARGEST_BODY // 2)

WRONG: list[tuple[str, str, Change]] = [
    ("unknown parameter", "unknown_parameter", lambda a: replace(a, query=[*a.query, "x=1"])),
    ("parameter without name", "unknown_parameter", lambda a: replace(a, query=[*a.query, "=1"])),
    ("misspelt parameter", "unknown_parameter", _first("query", _misspelt)),
    ("bracketed parameter", "unknown_parameter", _first("query", lambda a, p: replace(a, query=[*a.query, f"{p.name}[]=1"]))),
    ("parameter missing", "missing_parameter", _first("query", lambda a, p: a.with_query(p.name), required=True)),
    ("parameter twice", "repeated_parameter", _first("query", _twice, many=False)),
    ("query not of the type", "malformed_parameter", _first("query", _set("12x"), typed=True)),
    ("query empty", "malformed_parameter", _first("query", _set(""), typed=True)),
    ("query not in the list", "invalid_parameter", _first("query", _set("%07"), limited=True)),
    ("query with a fraction", "malformed_parameter", _first("query", _set("1.0"), integer=True)),
    ("query with a plus", "malformed_parameter", _first("query", _set("%2B1"), integer=True)),
    ("query with a space", "malformed_parameter", _first("query", _set("+1"), integer=True)),
    ("query with a line break", "malformed_parameter", _first("query", _set("1%0A"), integer=True)),
    ("query with other digits", "malformed_parameter", _first("query", _set("%D9%A1"), integer=True)),
    ("query over 64 bits", "malformed_parameter", _first("query", _set(str(2**63)), integer=True)),
    ("query under 64 bits", "malformed_parameter", _first("query", _set(str(-(2**63) - 1)), integer=True)),
    ("query of 5000 digits", "malformed_parameter", _first("query", _set(LONG_NUMBER), integer=True)),
    ("query not UTF-8", "malformed_parameter", _first("query", _set("%FF"))),
    ("query name not UTF-8", "malformed_parameter", lambda a: replace(a, query=[*a.query, "%FF=1"])),
    ("path not of the type", "malformed_parameter", _first("path", _set("12x"), typed=True)),
    ("path very long", "malformed_parameter", _first("path", _set("1" * 60_000), typed=True)),
    ("path not UTF-8", "malformed_parameter", _first("path", _set("%FF"))),
    ("path with a line break", "malformed_parameter", _first("path", _set("1%0D%0AX-Evil:%201"), typed=True)),
    ("path with a null", "malformed_parameter", _first("path", _set("%00"), typed=True)),
    ("path with a slash", "unknown_path", _first("path", _set("a%2Fb"))),
    ("unknown id", "unknown_job", _unknown_id),
    ("no body", "missing_body", _body(b"")),
    ("body no JSON", "malformed_body", _body(b"nope")),
    ("body not UTF-8", "malformed_body", _body(b'{"\xff": 1}')),
    ("body in UTF-16", "malformed_body", _body('{"a": 1}'.encode("utf-16"))),
    ("body cut off", "malformed_body", _body(b'{"a": ')),
    ("body and more", "malformed_body", _body(b"{}{}")),
    ("body with NaN", "malformed_body", _body(b'{"a": NaN}')),
    ("body with half a character", "malformed_body", _body(b'{"a": "\\ud800"}')),
    ("body deeply nested", "malformed_body", _body(DEEP)),
    ("body a list", "invalid_body", _of_wrong_type(b"[]")),
    ("body null", "invalid_body", _of_wrong_type(b"null")),
    ("body a text", "invalid_body", _of_wrong_type(b'"text"')),
    ("body empty", "invalid_body", _of_wrong_type(b"{}")),
    ("body too large", "body_too_large", _body(HALF_A_MEGABYTE, HALF_A_MEGABYTE, b" ")),
    ("body said to be too large", "body_too_large", _body(b"{}", **{"content-length": str(LARGEST_BODY + 1)})),
    ("body said to be huge", "body_too_large", _body(b"{}", **{"content-length": LONG_NUMBER})),
    ("body of another type", "unsupported_media_type", _body(b"{}", content_type="text/plain")),
    ("body of nearly the type", "unsupported_media_type", _body(b"{}", content_type="application/jsonx")),
    ("body of two types", "unsupported_media_type", _body(b"{}", content_type=f"{JSON}, {JSON}")),
]  # fmt: skip


AWAITED = {"query with other digits": "mockserver.spec reads them: its patterns have `\\d`"}
"""Rows that hold once something outside of this folder is mended."""


def _params(rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """One parameter set for each operation and row, where the operation gives occasion."""
    for spec in SPECS:
        for operation in spec.operations:
            for name, *rest, change in rows:
                if (asking := change(right(spec, operation))) is not None:
                    where = f"{spec.name}-{operation.id}-{name.replace(' ', '_')}"
                    marks = [pytest.mark.xfail(reason=AWAITED[name], strict=True)] if name in AWAITED else []  # fmt: skip
                    yield pytest.param(asking, *rest, id=where, marks=marks)


@pytest.mark.parametrize("asking", RIGHT)
def test_right(asking: Asking) -> None:
    """A right request is answered, so that what makes it wrong below is one thing alone."""
    response = asking.send_anew()

    assert response.status_code == asking.operation.answer.status


@pytest.mark.parametrize(("asking", "situation"), list(_params(WRONG)))
def test_wrong(asking: Asking, situation: str, app: ASGIApp) -> None:
    """A wrong request is answered as the spec has it for what is wrong."""
    operation = None if situation == "unknown_path" else asking.operation

    check(asking.send(app), asking.spec, situation, operation)


LET_IN: list[tuple[str, Change]] = [
    ("charset", lambda a: _body(*a.chunks, content_type=f"{JSON}; charset=utf-8")(a)),
    ("capitals", lambda a: _body(*a.chunks, content_type="Application/JSON")(a)),
    ("no content type", lambda a: a.with_body(*a.chunks, content_type=None) if a.operation.body else None),
    ("byte for byte", lambda a: replace(a, chunks=[bytes([byte]) for byte in a.chunks[0]] or a.chunks)),
    ("white space", lambda a: _body(b" " * (LARGEST_BODY - len(a.chunks[0])), *a.chunks)(a)),
    ("key twice", lambda a: _body(a.chunks[0][:-1] + b"," + a.chunks[0][1:])(a)),
    ("body where none is read", lambda a: None if a.operation.body else a.with_body(b"\xff")),
    ("empty pairs", lambda a: replace(a, query=["", *a.query, "", ""])),
    ("zeros before", _first("query", lambda a, p: a.with_value(p, "0" + _value(a.operation, p)), integer=True, required=True)),
]  # fmt: skip


@pytest.mark.parametrize("asking", list(_params(LET_IN)))
def test_let_in(asking: Asking) -> None:
    """Liberties that HTTP and JSON allow are let in."""
    response = asking.send_anew()

    assert response.status_code == asking.operation.answer.status


@pytest.mark.parametrize("asking", RIGHT)
def test_unknown_parameter__names(asking: Asking, app: ASGIApp) -> None:
    """Who misspells a parameter is told which there are."""
    text = replace(asking, query=["x=1"]).send(app).text

    assert all(parameter.name in text for parameter in asking.of("query"))


@pytest.mark.parametrize("asking", RIGHT)
def test_unknown_parameter__lenient(asking: Asking) -> None:
    """A lenient server lets undeclared parameters pass, and still judges the declared ones."""
    lenient = Settings(lenient=True)
    wrong = _first("query", _set("12x"), typed=True)(asking)

    response = replace(asking, query=[*asking.query, "x=1", "x=2"]).send_anew(lenient)

    assert response.status_code == asking.operation.answer.status
    if wrong is not None:
        check(wrong.send_anew(lenient), asking.spec, "malformed_parameter", asking.operation)


# -- credentials -----------------------------------------------------------------------------------

GUARDED = [
    pytest.param(right(spec, operation, choice), choice, id=f"{spec.name}-{operation.id}-{names}")
    for spec in SPECS
    for operation in spec.operations
    for choice, way in enumerate(operation.security)
    for names in ["+".join(way)]
]


STRICT = Settings(
    credentials=[
        scheme.example for spec in SPECS for scheme in spec.credentials.values() if scheme.example
    ]
)
"""No credential but the examples."""


def _sending(asking: Asking, choice: int, token: str) -> Asking:
    """The same with another credential."""
    fresh = _headers(asking.spec, asking.operation, choice, token)
    kept = [pair for pair in asking.headers if pair[0] not in dict(fresh)]
    return replace(asking, headers=[*fresh, *kept])


@pytest.mark.parametrize(("asking", "choice"), GUARDED)
def test_credential__each_way_in(asking: Asking, choice: int) -> None:
    """Each way in that the spec offers lets its example in, and nothing else."""
    other = _sending(asking, choice, "another")

    assert not asking.send_anew(STRICT).is_error
    check(other.send_anew(STRICT), asking.spec, "wrong_credential", asking.operation)


@pytest.mark.parametrize(("asking", "choice"), GUARDED)
def test_credential__missing(asking: Asking, choice: int, app: ASGIApp) -> None:
    """Where two headers make a credential, each of them must be there."""
    for name, _ in _headers(asking.spec, asking.operation, choice):
        without = replace(asking, headers=[pair for pair in asking.headers if pair[0] != name])
        empty = replace(without, headers=[*without.headers, (name, "")])

        check(without.send(app), asking.spec, "missing_credential", asking.operation)
        check(empty.send(app), asking.spec, "missing_credential", asking.operation)


@pytest.mark.parametrize(("asking", "choice"), GUARDED)
@pytest.mark.parametrize("word", ["expired", "revoked"])
def test_credential__refused_word(asking: Asking, choice: int, word: str, app: ASGIApp) -> None:
    """These words are refused wherever any credential is let in, in each form they can have."""
    for token in _forms(asking, choice, word):
        response = _sending(asking, choice, token).send(app)

        check(response, asking.spec, "wrong_credential", asking.operation)


@pytest.mark.parametrize(("asking", "choice"), GUARDED)
def test_credential__forbidden(asking: Asking, choice: int) -> None:
    """`forbidden` is answered 403 by operations that declare it; to others it is a key like any."""
    for token in _forms(asking, choice, "forbidden"):
        response = _sending(asking, choice, token).send_anew()

        if 403 in asking.operation.declared:
            check(response, asking.spec, "forbidden", asking.operation)
        else:
            assert not response.is_error


def _forms(asking: Asking, choice: int, token: str) -> list[str]:
    """A credential as it is and, where Basic takes a raw key too, as the name of RFC 7617."""
    schemes = [asking.spec.credentials[name] for name in asking.operation.security[choice]]
    return [token, _user(token)] if any(scheme.raw for scheme in schemes) else [token]


@pytest.mark.parametrize(("asking", "choice"), GUARDED)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda value: f"Other {value.split()[-1]}", id="another scheme"),
        pytest.param(lambda value: f"{value} {value}", id="white space"),
        pytest.param(lambda value: f"{value}, {value}", id="list"),
    ],
)
def test_credential__ill_formed(asking: Asking, choice: int, change: Callable[[str], str]) -> None:
    """What is no credential of the scheme is not let in."""
    name, value = _headers(asking.spec, asking.operation, choice)[0]
    others = [pair for pair in asking.headers if pair[0] != name]

    response = replace(asking, headers=[*others, (name, change(value))]).send_anew(STRICT)

    assert response.status_code == 401


@pytest.mark.parametrize(("asking", "choice"), GUARDED)
@pytest.mark.parametrize("order", [1, -1], ids=["right first", "right last"])
def test_credential__twice(asking: Asking, choice: int, order: int) -> None:
    """Two credentials are none, whichever of them comes first."""
    both = _headers(asking.spec, asking.operation, choice)[:1]
    both += _headers(asking.spec, asking.operation, choice, "another")[:1]

    response = replace(asking, headers=[*both[::order], *asking.headers[1:]]).send_anew(STRICT)

    assert response.status_code == 401


# -- paths and methods -----------------------------------------------------------------------------

METHODS = [
    pytest.param(right(spec, operation), methods, other, id=f"{spec.name}-{other}-{operation.path}")
    for spec in SPECS
    for operation in {o.path: o for o in spec.operations}.values()
    for methods in [{o.method for o in spec.operations if o.path == operation.path}]
    for other in [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "BREW",
        "get",
    ]
    if other not in methods
]


@pytest.mark.parametrize(("asking", "methods", "method"), METHODS)
def test_method(asking: Asking, methods: set[str], method: str, app: ASGIApp) -> None:
    """A method that a path has not is answered 405, and `Allow` has all that it has."""
    response = ask(app, method, asking.target)

    check(response, asking.spec, "wrong_method", None)
    assert set(response.headers["allow"].split(", ")) == methods


ELSEWHERE: dict[str, Callable[[str, str], str]] = {
    "base": lambda base, _: base,
    "root": lambda base, _: f"{base}/",
    "nowhere": lambda base, _: f"{base}/nowhere",
    "slash after": lambda base, path: f"{base}{path}/",
    "encoded slash after": lambda base, path: f"{base}{path}%2F",
    "slash twice": lambda base, path: f"{base}/{path}",
    "slashes inside": lambda base, path: base + path.replace("/", "//"),
    "more": lambda base, path: f"{base}{path}/more/of/it",
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


@pytest.mark.parametrize("spec", [pytest.param(spec, id=spec.name) for spec in SPECS])
@pytest.mark.parametrize("where", ELSEWHERE.values(), ids=ELSEWHERE)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_path(spec: Spec, where: Callable[[str, str], str], method: str, app: ASGIApp) -> None:
    """Below a vendor's base URL all is answered as the vendor would, also what is not there."""
    asking = right(spec, spec.operations[0])
    base = base_path(spec)
    path = replace(asking, query=[]).target.removeprefix(base)

    response = ask(app, method, where(base, path), asking.headers)

    check(response, spec, "unknown_path", None)


@pytest.mark.parametrize("path", ["", "/", "//", "/nowhere", "*", "/%0A", f"/{'x' * 60_000}"])
def test_path__no_base(path: str, app: ASGIApp) -> None:
    """Who asks nobody in particular is told whom there are to ask."""
    response = ask(app, "GET", path)

    assert response.status_code == 404
    assert all(base_path(spec) in response.text for spec in SPECS)
