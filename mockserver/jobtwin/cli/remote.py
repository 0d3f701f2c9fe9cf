"""A running server, called through the generated client; a refusal ends a command with one line."""

from __future__ import annotations

import functools
import json
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import click
import httpx
from rich.console import RenderableType

from jobcall import InsecureURLWarning
from jobclients.control import Client
from jobclients.control.api.clock import get_clock
from jobclients.control.api.machines import list_apis
from jobclients.control.errors import ApiError
from jobclients.control.models import ApiList, Clock, Problem
from jobclients.control.types import UNSET, Response, Unset
from jobtwin.cli.environment import from_environment, trusts_environment
from jobtwin.cli.tables import TextTable, say
from jobtwin.cli.token import TOKEN, sendable
from jobtwin.openapi.untyped import as_map
from jobtwin.sandbox_names import DEFAULT, is_name, refusal

P = ParamSpec("P")
T = TypeVar("T")

_PATIENCE = 30


class Refused(click.ClickException):
    """The server answered with an error, `status`."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ControlAnswer(Generic[T]):
    """A response of the server: its parsed value, and its raw body."""

    value: T
    body: bytes


class Remote:
    """The server at `url`, and one of its sandboxes.

    The sandbox must exist: a misspelt name is an error, and creates none.
    """

    def __init__(self, url: str, sandbox: str | None, token: str | None, *, as_json: bool) -> None:
        headers = {"X-Sandbox": sandbox} if sandbox else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.url = url
        with warnings.catch_warnings(record=True) as insecure:
            warnings.simplefilter("always", InsecureURLWarning)
            self.client = Client(
                f"{url}/_control",
                headers=headers,
                timeout=httpx.Timeout(_PATIENCE),
                # A proxy cannot reach this machine's loopback address.
                httpx_args={"trust_env": trusts_environment(url)},
            )
        if insecure and token:
            click.echo(f"Warning: the control token is sent unencrypted to {url}", err=True)
        from_environment(self.client.get_httpx_client)
        self._token = token
        self.as_json = as_json
        self._unchecked = sandbox
        self.sandbox = sandbox

    def enter(self, sandbox: str | None) -> None:
        """Selects this sandbox, or the default one."""
        self._unchecked = sandbox
        headers = self.client.get_httpx_client().headers
        headers.pop("X-Sandbox", None)
        if sandbox:
            headers["X-Sandbox"] = sandbox

    def ask(
        self,
        kind: type[T],
        call: Callable[P, Response[Any]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> ControlAnswer[T]:
        """Calls the server and returns its response, which must be of this kind."""
        response = self._called(call, *args, **kwargs)
        if not isinstance(response.parsed, kind):
            raise self._stranger()
        return ControlAnswer(response.parsed, response.content)

    def tell(
        self, call: Callable[P, Response[Any]], *args: P.args, **kwargs: P.kwargs
    ) -> ControlAnswer[None]:
        """Calls the server if the response has no body."""
        return ControlAnswer(None, self._called(call, *args, **kwargs).content)

    def show(self, answer: ControlAnswer[Any], *parts: RenderableType | TextTable) -> None:
        """Prints a response: formatted for people, or its raw JSON."""
        if not self.as_json:
            if parts:
                say(*parts)
        elif answer.body:
            click.echo(answer.body.decode())

    def now(self) -> datetime:
        """Returns the time of the sandbox's clock."""
        return self.ask(Clock, get_clock.sync_detailed, client=self.client).value.now

    def operations(self, api: str) -> list[str]:
        """Returns the operationIds of an API, from its document."""
        served = self.ask(ApiList, list_apis.sync_detailed, client=self.client).value.apis
        path = next(each.path for each in served if each.name == api)
        document = self.client.get_httpx_client().get(f"{self.url}{path}/openapi.json").json()
        methods = chain.from_iterable(path.values() for path in document["paths"].values())
        return [each["operationId"] for each in methods if "operationId" in as_map(each)]

    def refusal(self, why: str) -> click.ClickException:
        """Returns an error that names this server."""
        return click.ClickException(f"{self.url}: {why}")

    def _called(
        self, call: Callable[P, Response[Any]], *args: P.args, **kwargs: P.kwargs
    ) -> Response[Any]:
        self._check_sandbox()
        try:
            response = call(*args, **kwargs)
        except httpx.RequestError as error:
            why = f" ({error})" if str(error) else ""
            raise click.ClickException(
                f"no twin answers at {self.url}{why}; start one with: jobtwin serve"
            ) from error
        except ApiError as error:
            raise self._refused(error) from error
        if response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        raise self._refused(response)

    def _refused(self, response: ApiError | Response[Any]) -> click.ClickException:
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            wrong = f"{TOKEN} holds another" if self._token else f"set {TOKEN}"
            why = f"the server requires the control token that it was started with, or that it printed; {wrong}"
            return Refused(f"{self.url}: {why}", response.status_code)
        try:
            problem = Problem.from_dict(json.loads(response.content))
        except (AttributeError, KeyError, TypeError, ValueError):
            return self._stranger()
        return Refused(f"{self.url}: {problem.detail}", response.status_code)

    def _check_sandbox(self) -> None:
        name, self._unchecked = self._unchecked, None
        if name in (None, DEFAULT):
            return
        try:  # Requests to a vendor's API would create it; this one does not.
            self.ask(Clock, get_clock.sync_detailed, client=self.client)
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            hint = f"or with: jobtwin sandboxes create {name}"
            raise click.ClickException(f"{error.message}, {hint}") from error

    def _stranger(self) -> click.ClickException:
        return click.ClickException(
            f"the server at {self.url} is not jobtwin; set --url or JOBTWIN_URL"
        )


def given(value: T | None) -> T | Unset:
    """Returns a flag's value for the client, which uses UNSET instead of None."""
    return UNSET if value is None else value


def connected(command: Callable[Concatenate[Remote, P], None]) -> Callable[P, None]:
    """Adds the flags that select a server; the command gets the server as its first argument."""

    @click.option(
        "--url",
        metavar="URL",
        default="http://127.0.0.1:8080",
        show_default=True,
        envvar="JOBTWIN_URL",
        show_envvar=True,
        callback=server_url,
        help="URL of the server.",
    )
    @click.option(
        "--sandbox",
        metavar="NAME",
        envvar="JOBTWIN_SANDBOX",
        show_envvar=True,
        callback=_sandbox,
        help="Sandbox to use (default: default).",
    )
    @click.option(
        "--json", "as_json", is_flag=True, help="Print the server's JSON, including errors."
    )
    @functools.wraps(command)
    def run(*args: P.args, **flags: P.kwargs) -> None:
        url, sandbox, as_json = map(flags.pop, ("url", "sandbox", "as_json"))
        token = sendable(os.environ.get(TOKEN, "").strip())
        remote = Remote(str(url), sandbox, token, as_json=bool(as_json))  # type: ignore[arg-type]  # click's flags are untyped
        with remote.client:
            command(remote, *args, **flags)

    return run


def server_url(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> str | None:
    """Returns a server's URL without its final slash. Raises BadParameter if it is invalid."""
    if value is None:
        return None
    try:
        url = httpx.URL(value)
    except httpx.InvalidURL as error:
        raise click.BadParameter(f"{value!r}: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise click.BadParameter(f"{value!r} is not a URL such as http://127.0.0.1:8080")
    return value.rstrip("/")


def _sandbox(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return value if value is None else sandbox_name(value)


def sandbox_name(value: str) -> str:
    """Returns a sandbox's name. Raises BadParameter if it is invalid."""
    if not is_name(value):
        raise click.BadParameter(refusal(value))
    return value
