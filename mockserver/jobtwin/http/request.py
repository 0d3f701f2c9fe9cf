"""Requests as their operation declares them: parameters and bodies, read, judged, or refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.types import Receive, Scope

from jobtwin.bounds import excesses
from jobtwin.errors import Refusal
from jobtwin.http.base_urls import base_url
from jobtwin.http.codings import codings, unpacked
from jobtwin.http.forms import urlencoded
from jobtwin.http.json_bodies import PIECE, parsed, parsing, refuse_excesses
from jobtwin.http.paths import PATH_TEXTS, PATH_VALUES, REPEATED
from jobtwin.http.preferences import preferences, without_ours
from jobtwin.http.sandbox_selection import SANDBOX
from jobtwin.lifecycle import JobView
from jobtwin.lifecycle.machine import NOTHING, lookup
from jobtwin.openapi.forms import MULTIPART, URLENCODED
from jobtwin.openapi.operations import Operation, Parameter, RequestBody, RequestSource
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.schema import blamed, reason
from jobtwin.sandboxes import DEFAULT, StoredJob
from jobtwin.sandboxes.tasks import in_steps

_STATUS = re.compile(r"[2-5][0-9]{2}", re.ASCII)

LARGEST_BODY = 1024 * 1024
"""Bytes that a request's body may have."""

LARGEST_WORLD = 256 * LARGEST_BODY
"""Bytes of a sandbox that is imported: some hundred thousand jobs."""

IMPORT = "importSandbox"
"""The operation whose body is a sandbox."""

_JOBS = "jobs"
"""The long list in the body of a sandbox, which alone may be larger than other bodies."""


class ClientLeft(Exception):
    """The client has disconnected before all of its request arrived."""


class Received(NamedTuple):
    """A request's body as it arrived, and why it is refused.

    Of a multipart body, or a large one, also its value, twice: as sent, and as its schema describes it.
    """

    raw: bytes = b""
    parsed: tuple[Any, Any] | None = None
    refusal: Refusal | None = None


NOTHING_RECEIVED = Received()


Arrival = tuple[Scope, Mapping[bytes, bytes], Received]
"""A request as it arrived: its ASGI scope, its headers by name, and its body."""


def uncounted_id() -> str:
    """The id of a request that no sandbox counts."""
    return str(UUID(int=0))


class RequestData:
    """A request to an operation, for the `sandbox` of a name; its parts are read one after another.

    `started` is its start, by `perf_counter_ns`. A `resumed` request has waited before; one that
    `is_repeated` was sent before. `public_url` is the server's own, if it has one.
    `item` is the item of a list in the body of which a job is made; `made` are the new jobs.
    """

    sandbox = DEFAULT
    raw = b""
    media_type = ""
    path: Mapping[str, Any] = NOTHING
    query: Mapping[str, Any] = NOTHING
    header: Mapping[str, Any] = NOTHING
    body: Any = None
    item: Any = None
    credential: str | None = None
    preferences: Mapping[str, str] = NOTHING
    head = False
    is_repeated = False
    job: StoredJob | None = None
    made: tuple[StoredJob, ...] = ()
    before: JobView | None = None
    limit_headers: Mapping[str, str] = NOTHING
    resumed = False

    def __init__(
        self,
        new_id: Callable[[], str],
        arrival: Arrival | None = None,
        started: int = 0,
        public_url: str | None = None,
    ) -> None:
        self.started = started
        self.reply_headers: dict[str, str] = {}
        self._arrival = arrival
        self._public_url = public_url
        self._new_id = new_id
        self._id: str | None = None
        if arrival is not None:
            scope, headers, received = arrival
            self.sandbox = scope[SANDBOX]
            self.is_repeated = scope.get(REPEATED, False)
            if received.raw:
                self.raw, self.media_type = received.raw, media_type(headers)
            if b"prefer" in headers:
                self.preferences = preferences(headers[b"prefer"].decode("latin-1"))

    @property
    def id(self) -> str:
        """A UUID for this request."""
        if self._id is None:
            self._id = self._new_id()
        return self._id

    def go_uncounted(self) -> None:
        """Do without an id of the sandbox's."""
        self._id = self._id or uncounted_id()

    @property
    def base(self) -> str:
        """The URL at which the client finds this twin; empty for a request that was not sent."""
        if self._arrival is None:
            return ""
        scope, headers, _ = self._arrival
        return base_url(scope, headers, self._public_url)

    @property
    def preferred_scenario(self) -> str | None:
        """The scenario in the header `Prefer` (RFC 7240), if any."""
        return self.preferences.get("scenario") or None

    @property
    def preferred_code(self) -> int | None:
        """The status in the header `Prefer`, if any."""
        code = self.preferences.get("code", "")
        return int(code) if _STATUS.fullmatch(code) else None

    def at(self, source: RequestSource) -> Any:
        """Returns the value at a source, or None."""
        if source.place == "body":
            sent = _in_body(self.body, source.name) if source.name else self.body
            return source.default if sent is None else sent
        if source.place == "item":
            return lookup(self.item or {}, source.name) if source.name else self.item
        if source.place == "credential":
            return self.credential
        found: Mapping[str, Any] = getattr(self, source.place)
        return found.get(source.name)


_INDEX = re.compile("0|[1-9][0-9]{0,8}")


def _in_body(body: Any, name: str) -> Any:
    """Returns the value at a dotted name in a body, or None; a number is the index of an item."""
    value = body
    for key in name.split("."):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def extractor(source: RequestSource) -> Callable[[RequestData], Any]:
    """Returns a function that extracts the value at a source; a compiled `RequestData.at`."""
    name = source.name
    if source.place == "path":
        return lambda request: request.path.get(name)
    if source.place in ("query", "header"):
        mapping = attrgetter(source.place)
        return lambda request: mapping(request).get(name)
    return lambda request: request.at(source)


class RequestReader:
    """Reads the requests of one operation; prepared once."""

    def __init__(
        self, operation: Operation, *, security: Sequence[str] = (), lenient: bool = False
    ) -> None:
        places: dict[str, list[Parameter]] = {"path": [], "query": [], "header": []}
        for parameter in operation.parameters:
            places.setdefault(parameter.place, []).append(parameter)
        self._path = places["path"]
        # Any page can make a browser send a body without a type: at the control API it is no JSON.
        self._strict = operation.does == "control"
        self._query = places["query"]
        self._header = places["header"]
        self._known = [*(p.name for p in self._query), *security]
        self._lenient = lenient
        self._body = operation.body
        self.expects_body = operation.body is not None
        self._largest = LARGEST_WORLD if operation.id == IMPORT else LARGEST_BODY

    def read_parameters(self, request: RequestData, arrival: Arrival) -> None:
        """Read the parameters of a request, or refuse it."""
        scope, headers, _ = arrival
        if self._path:
            request.path = scope[PATH_VALUES] or self.path(scope)
        if self._query or scope["query_string"]:
            request.query = self.query(scope)
        if self._header:
            request.header = self.header(headers)

    def read_body(self, request: RequestData, arrival: Arrival) -> None:
        """Read the body of a request, or refuse it."""
        _, headers, received = arrival
        request.body = self.body(headers, received)

    def path(self, scope: Scope) -> Mapping[str, Any]:
        """Returns the path's parameters."""
        return self.path_values(scope[PATH_TEXTS])

    def path_values(self, texts: Mapping[str, str]) -> Mapping[str, Any]:
        """Returns the values of the path's parameters; refuses those that are not valid."""
        found = {}
        for parameter in self._path:
            text = texts[parameter.name]
            if "\ufffd" in text:  # ASGI servers' replacement for bytes that are not UTF-8
                raise _not_utf8("path", parameter.name, text)
            if parameter.many:
                found[parameter.name] = _judged(parameter, [text])
            else:
                found[parameter.name] = _judged_one(parameter, text)
        return found

    def header(self, headers: Mapping[bytes, bytes]) -> Mapping[str, Any]:
        """The declared headers."""
        found: dict[str, Any] = {}
        for parameter in self._header:
            found[parameter.name] = _judged(parameter, _sent(headers, parameter.name.lower()))
        return found

    def query(self, scope: Scope) -> Mapping[str, Any]:
        """Returns the query's parameters; refuses unknown ones unless the server is lenient."""
        raw = scope["query_string"]
        if not raw and not self._query:
            return NOTHING
        given: dict[str, list[str]] = {}
        if raw:
            for name, value in _pairs(raw):
                given.setdefault(name, []).append(value)
            if not self._lenient:
                self._refuse_unknown(given)
        return {p.name: _judged(p, given.get(p.name, ())) for p in self._query}

    def _refuse_unknown(self, given: Mapping[str, Any]) -> None:
        for name in given:
            if name not in self._known:
                names = ", ".join(self._known) or "none"
                raise Refusal("unknown_parameter", parameter=name, names=names)

    async def received(self, headers: Mapping[bytes, bytes], receive: Receive) -> Received:
        """All of the request's body, before its turn; nothing is awaited after that."""
        if self._body is None:
            return NOTHING_RECEIVED
        try:
            raw = await received_bytes(headers, receive, self._largest)
            if raw and media_type(headers) == MULTIPART and MULTIPART in self._body.types:
                # The parser takes long to import, and few requests need it.
                from jobtwin.http.multipart import multipart  # noqa: PLC0415

                form = self._body.forms[MULTIPART]
                value, plain = await multipart(headers, raw, form, self._body.files)
                refuse_excesses(excesses(value))
                return Received(raw, (value, plain))
            kind = self._body.kind(media_type(headers)) if len(raw) > PIECE else None
            if kind is not None and "json" in kind:
                value = await in_steps(parsing(raw, _JOBS))
                await asyncio.sleep(0)  # the turn may take as long
                return Received(raw, (value, value))
        except Refusal as refusal:
            return Received(refusal=refusal)
        return Received(raw)

    def body(self, headers: Mapping[bytes, bytes], received: Received) -> Any:
        """The body as JSON, a form as an object; None if none is declared, or none is sent and none is required."""
        if received.refusal is not None:
            raise received.refusal
        if self._body is None:
            return None
        return _body(self._body, headers, received, strict=self._strict)


def _sent(headers: Mapping[bytes, bytes], name: str) -> Sequence[str]:
    """Returns the value of a header, if sent, without jobtwin's preferences."""
    value = headers.get(name.encode())
    if value is None:
        return ()
    text = value.decode("latin-1")
    text = without_ours(text) if name == "prefer" else text
    return [text] if text or name != "prefer" else ()


def _pairs(raw: bytes) -> Iterator[tuple[str, str]]:
    text = raw.decode("ascii", errors="surrogateescape")
    for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
        if not (name + value).isascii():
            try:
                (name + value).encode()
            except UnicodeEncodeError as error:
                raise _not_utf8("query", name, value) from error
        yield name, value


def _not_utf8(place: str, name: str, value: str) -> Refusal:
    name, value = (text.encode(errors="replace").decode() for text in (name, value))
    quotes = {"in": place, "parameter": name, "target": name, "value": value}
    return Refusal("malformed_parameter", reason=f"{value!r} is not UTF-8", **quotes)


def _judged(parameter: Parameter, texts: Sequence[str]) -> Any:
    """The value of a parameter, from all that was sent by its name."""
    if not texts:
        if parameter.required:
            raise Refusal("missing_parameter", **_quotes(parameter))
        return parameter.default
    if not parameter.many:
        if len(texts) > 1:
            raise Refusal("repeated_parameter", **_quotes(parameter))
        return _judged_one(parameter, texts[0])
    texts = texts if parameter.exploded else texts[0].split(",")
    try:
        value = list(map(parameter.read, texts))
    except ValueError as error:
        raise _malformed(parameter, texts[0], error) from error
    if not parameter.validator.is_valid(value):
        raise _invalid(parameter, ", ".join(texts), value)
    return value


def _judged_one(parameter: Parameter, text: str) -> Any:
    """The value of a parameter that is no list."""
    try:
        value = parameter.read(text)
    except ValueError as error:
        raise _malformed(parameter, text, error) from error
    if not parameter.validator.is_valid(value):
        raise _invalid(parameter, text, value)
    return value


def _malformed(parameter: Parameter, text: str, error: ValueError) -> Refusal:
    quotes = _quotes(parameter)
    return Refusal("malformed_parameter", value=text, reason=str(error), **quotes)


def _invalid(parameter: Parameter, text: str, value: Any) -> Refusal:
    why = reason(next(parameter.validator.iter_errors(value)))
    return Refusal("invalid_parameter", value=text, reason=why, **_quotes(parameter))


def _quotes(parameter: Parameter) -> dict[str, str]:
    return {"in": parameter.place, "parameter": parameter.name, "target": parameter.name}


def _body(
    body: RequestBody, headers: Mapping[bytes, bytes], received: Received, *, strict: bool
) -> Any:
    raw = received.raw
    if not raw:
        return _refuse_missing(body)
    sent_type = media_type(headers) or ("" if strict else next(iter(body.types)))
    kind = body.kind(sent_type)
    if kind is None:
        raise _unsupported(headers, body)
    if "json" not in sent_type and sent_type not in body.forms:
        return raw.decode(errors="replace")  # no schema describes its contents
    value, plain = received.parsed or _value(body, raw, sent_type)
    if not body.types[kind].is_valid(plain):
        wrong = next(body.types[kind].iter_errors(plain))
        where = pointer(blamed(wrong)) or "/"
        raise Refusal("invalid_body", pointer=where, reason=reason(wrong), target=where)
    return value


def _refuse_missing(body: RequestBody) -> None:
    if body.required:
        raise Refusal("missing_body")


def _value(body: RequestBody, raw: bytes, sent_type: str) -> tuple[Any, Any]:
    """Returns the value of a body, twice: only files of multipart bodies differ from their schema."""
    if sent_type == URLENCODED:
        value: Any = urlencoded(raw, body.forms[sent_type])
        refuse_excesses(excesses(value))
    else:
        value = parsed(raw)
    return value, value


def _unsupported(headers: Mapping[bytes, bytes], body: RequestBody) -> Refusal:
    sent = headers.get(b"content-type", b"").decode("latin-1") or "none"
    return Refusal("unsupported_media_type", type=sent, names=", ".join(body.types))


def media_type(headers: Mapping[bytes, bytes]) -> str:
    """The media type that a request's headers name, without parameters; empty if they name none."""
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


async def received_bytes(
    headers: Mapping[bytes, bytes], receive: Receive, largest: int = LARGEST_BODY
) -> bytes:
    """The whole body, unpacked; one that says, or turns out, to be too large is refused."""
    length = headers.get(b"content-length", b"0").lstrip(b"0")
    digits = len(str(largest))
    if length.isdigit() and (len(length) > digits or int(length) > largest):
        raise Refusal("body_too_large", limit=largest)
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > largest:
            raise Refusal("body_too_large", limit=largest)
        chunks.append(chunk)
        more = message.get("more_body", False)
    raw, coding = b"".join(chunks), headers.get(b"content-encoding")
    return raw if coding is None else unpacked(raw, codings(coding), largest)


def job_id(operation: Operation, reader: RequestReader, arrival: Arrival) -> str | int | None:
    """The id of the job that a request is about; None if it is about none that can be read."""
    source = operation.job_id
    if source is None:
        return None
    scope, headers, received = arrival
    request = RequestData(str)
    with suppress(Refusal):
        if source.place == "body":
            request.body = reader.body(headers, received)
        elif source.place == "header":
            request.header = reader.header(headers)
        elif source.place in ("path", "query"):
            setattr(request, source.place, getattr(reader, source.place)(scope))
    found: str | int | None = request.at(source)
    return found
