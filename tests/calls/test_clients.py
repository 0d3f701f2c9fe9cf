"""The arguments of a generated client, and its representation."""

import asyncio
import copy
import pickle
import threading
import warnings
from contextlib import suppress
from typing import Any

import httpx
import pytest

import jobcall
from jobcall import InsecureURLWarning
from jobclients.lucidity.models import AccessToken, AccessTokenRequest
from jobclients.osapi import AuthenticatedClient as Osapi
from jobclients.polaris import AuthenticatedClient
from jobclients.polaris.types import UNSET, Response
from jobclients.vectorcharts.models import Login

TOKEN = "pok_Zm9vYmFy"  # noqa: S105 - made up


def made(url: str = "https://x/polaris", **settings: Any) -> AuthenticatedClient:
    """Returns a client that would reach the network."""
    return AuthenticatedClient(url, TOKEN, prefix="Basic", **settings)


def sent(client: jobcall.Client) -> httpx.Headers:
    """Returns the headers of a client's requests."""
    return client.get_httpx_client().build_request("GET", "/").headers


def test_repr() -> None:
    """The repr of a client has its URL and no credential, wherever it was passed."""
    secret = {"a": TOKEN}
    client = made(
        headers=secret, cookies=secret, httpx_args={"params": secret, "auth": ("u", TOKEN)}
    )
    client.get_httpx_client()

    assert "https://x/polaris" in repr(client)
    assert TOKEN not in repr(client)
    assert TOKEN not in repr(client.with_headers({"b": TOKEN}))


SECRETS = [Login("admin", TOKEN), AccessTokenRequest(TOKEN), AccessToken(TOKEN)]


@pytest.mark.parametrize("model", SECRETS, ids=lambda model: type(model).__name__)
def test_repr__model(model: Any) -> None:
    """The repr of a model does not show a secret, but its data has it."""
    assert TOKEN not in repr(model)
    assert TOKEN in model.to_dict().values()


def test_repr__response() -> None:
    """The repr of a response has its status and its parsed value, not its bytes and headers."""
    response = Response(200, TOKEN.encode(), httpx.Headers({"set-cookie": TOKEN}), parsed=None)

    assert repr(response) == "Response(status_code=200, parsed=None)"


WITH = {
    "headers": lambda client: client.with_headers({"X-More": "1"}),
    "cookies": lambda client: client.with_cookies({"more": "1"}),
    "timeout": lambda client: client.with_timeout(httpx.Timeout(1)),
}


@pytest.mark.parametrize("build", WITH.values(), ids=WITH)
def test_with(build: Any) -> None:
    """A client made from another leaves it unchanged, used or not."""
    client = made()
    inner, before = client.get_httpx_client(), sent(client)
    timeout = inner.timeout

    other = build(client)

    assert other.get_httpx_client() is not inner
    assert (sent(client), inner.timeout, len(inner.cookies)) == (before, timeout, 0)
    assert type(other) is AuthenticatedClient
    assert sent(other)["authorization"] == before["authorization"]


def test_headers__callers() -> None:
    """Two clients with the same dictionary of headers do not share a token."""
    shared = {"X-Team": "ours"}

    made(headers=shared).get_httpx_client()
    other = Osapi("https://x/osapi", "other-token", headers=shared)

    assert shared == {"X-Team": "ours"}
    assert sent(other)["authorization"] == "Bearer other-token"


LEADS = {
    "https://x/there": True,
    "https://x:443/there": True,
    "https://elsewhere/": False,
    "https://x.elsewhere/": False,
    "https://x:8443/": False,
    "http://x/there": False,
}


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize(("url", "home"), LEADS.items())
def test_redirect(url: str, home: bool, way: str) -> None:  # noqa: FBT001 - a parametrized value
    """A client's headers and cookies are sent only to its own server."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        there = len(asked) > 1
        return httpx.Response(200 if there else 307, headers={} if there else {"location": url})

    client = AuthenticatedClient(
        "https://x/polaris",
        TOKEN,
        prefix="",
        auth_header_name="X-Key",
        headers={"X-Tenant": TOKEN},
        cookies={"session": TOKEN},
        follow_redirects=True,
        httpx_args={"transport": httpx.MockTransport(answer)},
    )

    if way == "sync":
        client.get_httpx_client().get("/jobs")
    else:
        asyncio.run(client.get_async_httpx_client().get("/jobs"))

    shown = [TOKEN in str(request.headers.multi_items()) for request in asked]
    assert shown == [True, home]


def test_hooks__callers() -> None:
    """The caller's hooks are called, too."""
    heard: list[str] = []
    answered = httpx.MockTransport(lambda _: httpx.Response(200))
    hooks = {"request": [lambda request: heard.append(str(request.url))]}
    client = made(httpx_args={"event_hooks": hooks, "transport": answered})

    client.get_httpx_client().get("/jobs")

    assert heard == ["https://x/polaris/jobs"]


@pytest.mark.parametrize("name", ["apiKey", "access_token", "signature"])
def test_log__query(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """A credential in the query is sent but not logged; other parameters are sent and logged."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200)

    transport = httpx.MockTransport(answer)
    client = made(httpx_args={"params": {name: TOKEN, "page": "7"}, "transport": transport})

    with caplog.at_level("DEBUG"):
        client.get_httpx_client().get("/jobs")

    assert TOKEN in asked[0]
    assert TOKEN not in caplog.text
    assert f"{name}=***&page=7" in caplog.text


ANSWERED = {"transport": httpx.MockTransport(lambda _: httpx.Response(200))}


def test_loops() -> None:
    """Each event loop has its own connections, even if several loops run at once."""
    client, met = made(httpx_args=ANSWERED), threading.Barrier(2, timeout=60)
    made_for: list[httpx.AsyncClient] = []

    async def live() -> None:
        async with client:
            await asyncio.to_thread(met.wait)
            made_for.append(client.get_async_httpx_client())
            await client.get_async_httpx_client().get("/")
            await asyncio.to_thread(met.wait)

    threads = [threading.Thread(target=asyncio.run, args=(live(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(id, made_for))) == 2


def test_loops__one_after_the_other() -> None:
    """A client works in a second event loop after the end of the first."""
    client = made(httpx_args=ANSWERED)

    async def live() -> int:
        async with client:
            return (await client.get_async_httpx_client().get("/")).status_code

    assert [asyncio.run(live()) for _ in range(2)] == [200, 200]


def test_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that request the connections at once get the same ones."""
    client, make = made(httpx_args=ANSWERED), httpx.Client
    met, makers = threading.Barrier(4, timeout=60), threading.Barrier(2, timeout=0.2)
    got: list[httpx.Client] = []

    def slowly(**settings: Any) -> httpx.Client:
        with suppress(threading.BrokenBarrierError):
            makers.wait()  # for a second thread, which must not come
        return make(**settings)

    def ask() -> None:
        met.wait()
        got.append(client.get_httpx_client())

    monkeypatch.setattr(httpx, "Client", slowly)
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 4
    assert len(set(map(id, got))) == 1


def test_loops__none() -> None:
    """Connections created before an event loop are used by the first one."""
    client = made(httpx_args=ANSWERED)
    before = client.get_async_httpx_client()

    async def live() -> bool:
        return client.get_async_httpx_client() is client.get_async_httpx_client() is before

    assert asyncio.run(live())


@pytest.mark.parametrize("url", ["http://api.example.com", "http://10.0.0.7:8080/x", "http://jobs"])
def test_url__insecure(url: str) -> None:
    """Plain http to another machine warns, without the token in the message."""
    with pytest.warns(InsecureURLWarning, match="is neither https nor this machine") as told:
        made(url)

    assert TOKEN not in str(told[0].message)
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:80", "http://a.localhost", "http://127.8.8.8"],
)  # fmt: skip
def test_url__fine(url: str) -> None:
    """A URL with https is accepted everywhere, and one with http on this machine."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        made(url)


def test_url__transport() -> None:
    """A caller's own transport, such as a twin in process, is not a network."""
    made(
        "http://twin", httpx_args={"transport": httpx.MockTransport(lambda _: httpx.Response(200))}
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://user:hunter22@x", "base_url: holds a password"),
        ("polaris", "base_url: 'polaris' is not a URL such as"),
        ("ftp://x", "base_url: 'ftp://x' is not a URL"),
        ("https://x:port", "base_url: Invalid port"),
        ("user:hunter22@x", r"base_url: '\*\*\*@x' is not a URL such as"),
        ("https://user:hunter22/x@y", "base_url: is not a URL such as"),
        ("https://user:hunter22@x:port", "base_url: is not a URL such as"),
    ],
)
def test_url__wrong(url: str, said: str) -> None:
    """An invalid base URL is refused at creation, without its password in the message."""
    with pytest.raises(ValueError, match=said) as raised:
        made(url)

    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize("token", ["", " ", "tok\nen", "töken", "token ", "to\x00ken"])
def test_token__unsendable(token: str) -> None:
    """A token that no header can contain is refused unquoted; httpx would quote it later."""
    with pytest.raises(ValueError, match="token: must be ASCII") as raised:
        AuthenticatedClient("https://x", token)

    assert len(token) < 2 or token not in str(raised.value)


def test_timeout() -> None:
    """Requests have a time limit, unless the caller disables it."""
    assert made().get_httpx_client().timeout == httpx.Timeout(30)
    assert made(timeout=None).get_httpx_client().timeout == httpx.Timeout(None)


def pickled(it: Any) -> Any:
    return pickle.loads(pickle.dumps(it))  # noqa: S301 - our own data


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_unset(copied: Any) -> None:
    """A copy of UNSET is UNSET."""
    assert copied(UNSET) is UNSET
    assert not UNSET
    assert repr(UNSET) == "UNSET"


def test_copy__model() -> None:
    """A copy of a model has the same JSON."""
    login = Login("admin", TOKEN)

    assert copy.deepcopy(login).to_dict() == login.to_dict()
