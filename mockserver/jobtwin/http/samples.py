"""Answers of operations that are about no job: an example that fits its schema, or a made-up value."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from http import HTTPStatus
from time import perf_counter_ns
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope, Send

from jobtwin.errors import Refusal, SandboxesFull, StoreLost
from jobtwin.http.base_urls import base_url, rewritten
from jobtwin.http.credentials import Authenticator
from jobtwin.http.headers import HEADERS
from jobtwin.http.journal_writer import JournalWriter
from jobtwin.http.paths import PATH_TEXTS
from jobtwin.http.reply import Reply, problem, send_reply, without_sandbox
from jobtwin.http.request import ClientLeft, RequestData, media_type, received_bytes
from jobtwin.http.sandbox_selection import SANDBOX
from jobtwin.http.settings import Settings
from jobtwin.openapi import Spec
from jobtwin.openapi.made import Maker, NoValue
from jobtwin.openapi.operations import SITUATIONS, Situation
from jobtwin.openapi.phrases import phrase
from jobtwin.openapi.pointer import pointer
from jobtwin.openapi.schema import reason
from jobtwin.openapi.servers import vendor_url
from jobtwin.openapi.unbound import (
    Content,
    Declared,
    Given,
    Sampled,
    Unbound,
    compile_unbound,
)
from jobtwin.sandboxes import Sandbox, Sandboxes

log = logging.getLogger("jobtwin")

_PREFERRED = re.compile(
    r'(?:^|[,;])\s*(code|example)\s*=\s*(?:"([^"]*)"|([^\s,;"]+))', re.IGNORECASE
)
_NO_BODY = (204, 205, 304)
_STATUSES = frozenset(map(str, range(200, 600)))


class SampleEndpoint:
    """An operation without a job; compiled on first use."""

    def __init__(
        self,
        spec: Spec,
        operation: Unbound,
        settings: Settings,
        sandboxes: Sandboxes,
        journal: JournalWriter,
    ) -> None:
        self._spec = spec
        self._operation = operation
        self._settings = settings
        self._vendor_url = vendor_url(spec.document.data)
        self._sandboxes = sandboxes
        self._journal = journal
        self._made: dict[tuple[int, int, str, str], Reply] = {}

    @cached_property
    def _sampled(self) -> Sampled:
        return compile_unbound(self._spec.document, self._spec.schemas, self._operation)

    @cached_property
    def _authenticator(self) -> Authenticator:
        return Authenticator(
            self._sampled.security,
            self._spec.credentials,
            forbids=self._sampled.declared(HTTPStatus.FORBIDDEN) is not None,
            allowed=self._settings.credentials,
        )

    def path_values(self, texts: Mapping[str, str]) -> None:
        """Returns None: values are read with all other parameters, when the operation is compiled."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; the journal records the reply before it is sent."""
        started, headers = perf_counter_ns(), scope[HEADERS]
        raw: bytes | Refusal
        try:
            raw = await received_bytes(headers, receive)
        except Refusal as refusal:
            raw = refusal
        except ClientLeft:
            return
        try:
            act = partial(self._turn, scope, headers, raw, started)
            reply = await self._sandboxes.turn(scope[SANDBOX], act)
        except (SandboxesFull, StoreLost) as error:
            reply = without_sandbox(error)
        await send_reply(send, reply, head=scope["method"] == "HEAD")

    def _turn(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        raw: bytes | Refusal,
        started: int,
        sandbox: Sandbox,
    ) -> Reply:
        base = partial(base_url, scope, headers, self._settings.base_url)
        reply = rewritten(self._replied(scope, headers, raw, sandbox), self._vendor_url, base)
        request = RequestData(sandbox.request_id, started=started)
        self._journal.write(sandbox, scope, request, None, reply)
        return reply

    def _replied(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        raw: bytes | Refusal,
        sandbox: Sandbox,
    ) -> Reply:
        try:
            self._authenticator.check(headers, scope, sandbox)
            self._check_parameters(headers, scope)
            self._check_body(headers, raw)
            return self._preferred(headers, sandbox.setup.seed)
        except Refusal as refusal:
            return self._refused(refusal, sandbox.setup.seed)

    # -- requests --------------------------------------------------------------------------------

    def _check_parameters(self, headers: Mapping[bytes, bytes], scope: Scope) -> None:
        raw = scope["query_string"].decode("latin-1")
        query = parse_qsl(raw, keep_blank_values=True) if raw else []
        for parameter in self._sampled.parameters:
            texts = _texts(parameter, headers, query, scope[PATH_TEXTS])
            if texts:
                _check_parameter(parameter, texts)
            elif parameter.required and parameter.place != "path":
                raise Refusal("missing_parameter", **_quotes(parameter))

    def _check_body(self, headers: Mapping[bytes, bytes], raw: bytes | Refusal) -> None:
        if isinstance(raw, Refusal):
            raise raw
        bodies = self._sampled.bodies
        if bodies is None:
            return
        if not raw and self._sampled.body_required:
            raise Refusal("missing_body")
        if raw:
            _check_content(media_type(headers), raw, bodies)

    # -- answers ---------------------------------------------------------------------------------

    def _preferred(self, headers: Mapping[bytes, bytes], seed: int) -> Reply:
        """Returns the response requested by `Prefer` and `Accept`, or the first success."""
        said = headers.get(b"prefer", b"").decode("latin-1")
        wishes = {k.lower(): one or other for k, one, other in _PREFERRED.findall(said)}
        status = self._status(wishes.get("code"))
        accept = headers.get(b"accept", b"*/*").decode("latin-1")
        declared = self._sampled.declared(status)
        content = _acceptable(declared.contents if declared else (), accept)
        name = wishes.get("example", "")
        if name:
            _refuse_example(name, content)
        key = seed, status, content.media_type if content else "", name
        if key not in self._made:
            self._made[key] = self._sample(status, declared, content, name, seed)
        return self._made[key]

    def _status(self, wanted: str | None) -> int:
        known = self._sampled.responses
        if wanted is None:
            return _number(min(known, key=_success_first, default="200"))
        if wanted not in _STATUSES or not self._sampled.declared(int(wanted)):
            names = ", ".join(known) or "none"
            raise Refusal("not_preferred", what=f"response {wanted}", names=names)
        return int(wanted)

    def _sample(
        self, status: int, declared: Declared | None, content: Content | None, name: str, seed: int
    ) -> Reply:
        maker = Maker(self._spec.document, self._spec.schemas, f"{seed}/{self._operation.id}")
        headers = dict(_headers(maker, declared)) if declared else {}
        if content is None or status in _NO_BODY:
            return Reply(status, headers=headers, sampled=True)
        try:
            value = self._value(maker, content, name)
        except NoValue:
            where = f"{self._spec.name} {self._operation.id}"
            log.warning("%s: found no value that fits the schema of its response", where)
            return problem(501, "Not Implemented", "No example fits the schema, and no value does")
        kind = content.media_type if "*" not in content.media_type else "application/json"
        return Reply(status, _encoded(kind, value), kind, headers, sampled=True)

    def _value(self, maker: Maker, content: Content, name: str) -> Any:
        chosen = [content.examples[name]] if name else content.examples.values()
        if content.schema is None:
            return next(iter(chosen), "")
        if not _is_json(content.media_type):
            return next((each for each in chosen), None) or maker.make(content.schema)
        fitting = [example for example in chosen if maker.fits(content.schema, example)]
        if fitting:
            return fitting[0]
        if name:
            what = f"example {name!r}, which does not fit its schema"
            raise Refusal("not_preferred", what=what, names="the others")
        return maker.make(content.schema)

    def _refused(self, refusal: Refusal, seed: int) -> Reply:
        """Returns the response that the file documents for a refusal, or a problem of RFC 9457."""
        situation = SITUATIONS.get(refusal.situation, _NOT_PREFERRED)
        quotes = {**dict.fromkeys(situation.quotes, ""), **refusal.quotes}
        title = phrase(situation.status)
        made = problem(situation.status, title, situation.message.format_map(quotes))
        declared = self._sampled.declared(situation.status)
        content = _acceptable(declared.contents if declared else (), "application/json")
        if content and content.schema is not None and _is_json(content.media_type):
            documented = self._sample(situation.status, declared, content, "", seed)
            made = documented if documented.status == situation.status else made
        return made._replace(situation=refusal.situation, sampled=False)


_NOT_PREFERRED = Situation(400, "There is no {what} to prefer; there are: {names}")


def _success_first(status: str) -> tuple[bool, bool]:
    return status[:1] != "2", status == "default"


def _number(status: str) -> int:
    """Returns the status to send: 200 for `2XX` and for `default`."""
    if status.isdigit():
        return int(status)
    return 200 if status == "default" else int(status[0]) * 100


def _texts(
    parameter: Given,
    headers: Mapping[bytes, bytes],
    query: Sequence[tuple[str, str]],
    path: Mapping[str, str],
) -> list[str]:
    """Returns the value sent for a parameter."""
    if parameter.place == "query":
        return [value for name, value in query if name == parameter.name]
    if parameter.place == "path":
        return [path[parameter.name]] if parameter.name in path else []
    value = headers.get(parameter.name.lower().encode())
    return [] if value is None else [value.decode("latin-1")]


def _check_parameter(parameter: Given, texts: Sequence[str]) -> None:
    fits = parameter.validator.is_valid
    if any(map(fits, _readings(parameter, texts))):
        return
    wrong = next(parameter.validator.iter_errors(list(_readings(parameter, texts))[-1]))
    raise Refusal("invalid_parameter", reason=reason(wrong), value=texts[0], **_quotes(parameter))


def _quotes(parameter: Given) -> dict[str, str]:
    return {"parameter": parameter.name, "in": parameter.place}


def _readings(parameter: Given, texts: Sequence[str]) -> Iterator[Any]:
    """Yields the possible values of a parameter's text: string, number, boolean, or a list of these."""
    if not parameter.many:
        yield from _meanings(texts[-1])
        return
    items = list(texts) if parameter.exploded or len(texts) > 1 else texts[0].split(",")
    yield items
    yield [list(_meanings(item))[-1] for item in items]


def _meanings(text: str) -> Iterator[Any]:
    yield text
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    if not isinstance(value, str):
        yield value


def _check_content(sent: str, raw: bytes, bodies: Mapping[str, Any]) -> None:
    """Refuses a body whose media type is not accepted, and JSON that does not match its schema."""
    kind = next((kind for kind in bodies if _matches(sent, kind)), None)
    if kind is None and sent:
        raise Refusal("unsupported_media_type", type=sent, names=", ".join(bodies))
    if "json" in (sent or next(iter(bodies), "")):
        _check_json(raw, bodies[kind or next(iter(bodies))])


def _check_json(raw: bytes, validator: Any) -> None:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Refusal("malformed_body", reason=str(error)) from error
    if not validator.is_valid(value):
        wrong = next(validator.iter_errors(value))
        where = pointer(wrong.instance_path) or "/"
        raise Refusal("invalid_body", pointer=where, reason=reason(wrong))


def _matches(sent: str, declared: str) -> bool:
    """Returns True if a media type is declared, such as by `image/*`."""
    declared = declared.partition(";")[0].strip()
    return declared in (sent, "*/*", f"{sent.partition('/')[0]}/*")


def _acceptable(contents: Sequence[Content], accept: str) -> Content | None:
    """Returns a media type that the request accepts, or else JSON, or else the first."""
    wanted = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    named = [each for each in contents if each.media_type.partition(";")[0].lower() in wanted]
    json = [each for each in contents if _is_json(each.media_type)]
    return next(iter([*named, *json, *contents]), None)


def _is_json(media_type: str) -> bool:
    essence = media_type.partition(";")[0].strip().lower()
    return essence.endswith(("/json", "+json", "/*")) and "json-seq" not in essence


def _headers(maker: Maker, declared: Declared) -> Iterator[tuple[str, str]]:
    for name, schema in declared.headers.items():
        try:
            value = maker.make(schema)
        except NoValue:
            continue
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        if text.isascii() and text.isprintable():
            yield name, text


def _encoded(media_type: str, value: Any) -> bytes:
    if _is_json(media_type):
        return orjson.dumps(value)
    if media_type.startswith("text/event-stream"):
        return (
            b"data: "
            + (value.encode() if isinstance(value, str) else orjson.dumps(value))
            + b"\n\n"
        )
    return value.encode() if isinstance(value, str) else orjson.dumps(value)


def _refuse_example(name: str, content: Content | None) -> None:
    """Refuses an example that is not declared."""
    examples = content.examples if content else {}
    if name not in examples:
        known = ", ".join(filter(None, examples)) or "there are none"
        raise Refusal("not_preferred", what=f"example {name!r}", names=known)
