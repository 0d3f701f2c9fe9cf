"""The other tools: their versions, commands and polls.

Each runs in one process, without a request log; a tool that is not installed is `Missing`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bench.apps import BODY, PATH, SPEC
from bench.errors import Missing, Wrong
from bench.load import LoadTarget
from bench.processes import ServerCommand, all_said, said
from bench.works import SPECS, Poll, Work
from jobtwin.http.response_cache import CACHE_SIZE

HOME = Path(__file__).parent / ".peers"
NODE = HOME / "node_modules"
INSTALL = "install with: make bench-peers"


@dataclass(frozen=True)
class Peer:
    """A server to measure. `prepare` returns the poll's path and headers, once the server listens.

    `same` is True if it returns the twin's bytes, False if it serves its own job.
    """

    name: str
    does: str
    version: Callable[[], str]
    command: Callable[[Poll, int, Path], ServerCommand]
    prepare: Callable[[Poll, int], LoadTarget]
    same: bool = True
    works: tuple[str, ...] = ("tiny", "large")


# -- the twin ------------------------------------------------------------------------------------

_SERVE = (sys.executable, "-m", "jobtwin", "serve")


def _twin(_poll: Poll, port: int, _folder: Path) -> ServerCommand:
    return ServerCommand([*_SERVE, "--port", str(port)], {})


def _alone(poll: Poll, port: int, _folder: Path) -> ServerCommand:
    return ServerCommand([*_SERVE, str(SPECS / f"{poll.work.spec}.yaml"), "--port", str(port)], {})


MANY = 20_000
"""The number of jobs polled in turn, beyond the size of the cache."""


def _twin_job(poll: Poll, port: int) -> LoadTarget:
    """Creates the job, and moves the clock to its age."""
    said(port, "POST", "/_control/jobs", {}, {"api": poll.work.spec, **poll.work.job})
    said(port, "POST", "/_control/clock/advance", {}, {"by": poll.work.age})
    if poll.work.is_flowing:  # it continues, but does not end while it is polled
        said(port, "PATCH", "/_control/clock", {}, {"speed": 0.001})
    return _polled(port, poll.work)


def _polled(port: int, *works: Work) -> LoadTarget:
    return LoadTarget(port, [f"/{work.spec}{work.path}" for work in works], works[0].headers)


def made_anew(work: Work, port: int) -> LoadTarget:
    """Creates many jobs like the work's, moves the clock to their age, and polls them in turn."""
    ids = [str(uuid5(NAMESPACE_URL, str(number))) for number in range(MANY)]
    if MANY < 2 * CACHE_SIZE:
        raise Wrong(f"{MANY} jobs are too few for a cache of {CACHE_SIZE} responses")
    jobs = ({"api": work.spec, **work.job, "id": id_} for id_ in ids)
    all_said(port, "POST", "/_control/jobs", jobs)
    said(port, "POST", "/_control/clock/advance", {}, {"by": work.age})
    return _polled(port, *(work.of_job(id_) for id_ in ids))


TWIN = Peer(
    "jobtwin",
    "everything: credential, request, state, answer, journal",
    lambda: version("jobtwin"),
    _twin,
    _twin_job,
)

ANEW = replace(
    TWIN, name=f"jobtwin, {MANY:,} jobs in turn", does="the same, and makes each answer anew"
)
"""The twin with more jobs than its cache holds."""

ALONE = replace(TWIN, name="jobtwin, of one spec", command=_alone)
"""The twin of the poll's spec only, like the other tools."""

# -- Python --------------------------------------------------------------------------------------


def _app(name: str) -> Callable[[Poll, int, Path], ServerCommand]:
    def command(poll: Poll, port: int, folder: Path) -> ServerCommand:
        (folder / PATH).write_text(poll.work.path, encoding="utf-8")
        (folder / BODY).write_bytes(poll.body)
        (folder / SPEC).write_text(json.dumps(_with_functions(poll)), encoding="utf-8")
        words = [sys.executable, "-m", "uvicorn", "--factory", f"bench.apps:{name}"]
        words += ["--port", str(port), "--no-access-log", "--log-level", "error"]
        words += ["--loop", "uvloop", "--http", "httptools", "--lifespan", "off"]
        return ServerCommand(words, {"BENCH_FOLDER": str(folder)})

    return command


def _with_functions(poll: Poll) -> dict[str, Any]:
    """Returns the document with connexion's own extensions: the check of each credential."""
    document = poll.example()
    for scheme in document["components"]["securitySchemes"].values():
        kind = scheme["scheme"]
        scheme[f"x-{kind}InfoFunc"] = f"bench.apps.{kind}"
    return document


def _as_it_is(poll: Poll, port: int) -> LoadTarget:
    return LoadTarget(port, [poll.work.path], poll.work.headers)


def _python(package: str) -> Callable[[], str]:
    return lambda: version(package)


# -- Node ----------------------------------------------------------------------------------------


def _npm(package: str) -> Callable[[], str]:
    def found() -> str:
        if shutil.which("node") is None:
            raise Missing("there is no node; install it with: apt-get install nodejs npm")
        manifest = NODE / package / "package.json"
        if not manifest.is_file():
            raise Missing(f"npm's {package} is not in bench/.peers; {INSTALL}")
        number: str = json.loads(manifest.read_text(encoding="utf-8"))["version"]
        return f"{number} on node {_said('node', '--version')}"

    return found


@cache
def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0].strip().removeprefix("v")


def _prism(poll: Poll, port: int, folder: Path) -> ServerCommand:
    document = folder / SPEC
    document.write_text(json.dumps(poll.example()), encoding="utf-8")
    script = NODE / "@stoplight/prism-cli/dist/index.js"
    words = [
        "node",
        str(script),
        "mock",
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "-v",
        "silent",
        "-m",
        "false",
    ]
    return ServerCommand([*words, str(document)], {"NODE_ENV": "production"})


def _mockoon(poll: Poll, port: int, folder: Path) -> ServerCommand:
    answer = {
        "uuid": "0a6d8e52-1111-4c1e-9f3f-6f8e2b7d1c01",
        "body": poll.body.decode(),
        "statusCode": 200,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "bodyType": "INLINE",
        "disableTemplating": True,
        "default": True,
        "rules": [],
    }
    route = {
        "uuid": "0a6d8e52-2222-4c1e-9f3f-6f8e2b7d1c01",
        "type": "http",
        "method": "get",
        "endpoint": poll.work.path.removeprefix("/"),
        "responses": [answer],
    }
    whole = {
        "uuid": "0a6d8e52-3333-4c1e-9f3f-6f8e2b7d1c01",
        "name": "bench",
        "port": port,
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
    }
    data = folder / "mockoon.json"
    data.write_text(json.dumps(whole), encoding="utf-8")
    words = ["node", str(NODE / "@mockoon/cli/bin/run.js"), "start", "--data", str(data)]
    words += ["--port", str(port), "--hostname", "127.0.0.1", "--repair", "--disable-log-to-file"]
    words += ["--disable-admin-api", "--max-transaction-logs", "0"]
    return ServerCommand(words, {"NODE_ENV": "production"})


def _aimock(_poll: Poll, port: int, folder: Path) -> ServerCommand:
    (folder / "none.json").write_text('{"fixtures": []}', encoding="utf-8")
    words = ["node", str(NODE / "@copilotkit/aimock/dist/cli.js"), "-p", str(port)]
    return ServerCommand(
        [*words, "-f", str(folder), "--log-level", "silent"], {"NODE_ENV": "production"}
    )


_TUNING = "/v1/fine_tuning/jobs"
_TUNED = {"model": "gpt-4o-mini-2024-07-18", "training_file": "file-abc"}


def _aimock_creation(_poll: Poll, port: int) -> LoadTarget:
    return LoadTarget(port, [_TUNING], {"Authorization": "Bearer x"}, "POST", json.dumps(_TUNED))


def _aimock_job(_poll: Poll, port: int) -> LoadTarget:
    """Creates one of its fine-tuning jobs, and polls it to its end: each poll advances it."""
    made = json.loads(said(port, "POST", _TUNING, {}, _TUNED))
    target = LoadTarget(port, [f"{_TUNING}/{made['id']}"], {"Authorization": "Bearer x"})
    for _ in range(5):
        said(port, "GET", target.paths[0], target.headers)
    return target


# -- Java ----------------------------------------------------------------------------------------


def _wiremock_version() -> str:
    if shutil.which("java") is None:
        raise Missing("there is no java; install it with: apt-get install default-jre-headless")
    manifest = NODE / "wiremock/package.json"
    if not manifest.is_file():
        raise Missing(f"npm's wiremock, which carries the jar, is not in bench/.peers; {INSTALL}")
    number = json.loads(manifest.read_text(encoding="utf-8"))["version"]
    java = _said("java", "-version").split('"')[1]
    return f"{number} on java {java}"


def _wiremock(*flags: str) -> Callable[[Poll, int, Path], ServerCommand]:
    def command(poll: Poll, port: int, folder: Path) -> ServerCommand:
        credential = {name: {"equalTo": value} for name, value in poll.work.headers.items()}
        stub = {
            "request": {"method": "GET", "urlPath": poll.work.path, "headers": credential},
            "response": {
                "status": 200,
                "body": poll.body.decode(),
                "headers": {"Content-Type": "application/json"},
            },
        }
        (folder / "mappings").mkdir()
        (folder / "mappings/poll.json").write_text(json.dumps(stub), encoding="utf-8")
        jar = next((NODE / "wiremock/build").glob("*.jar"))
        words = ["java", "-jar", str(jar), "--port", str(port), "--bind-address", "127.0.0.1"]
        words += ["--root-dir", str(folder), "--disable-banner", "--disable-request-logging"]
        return ServerCommand([*words, *flags], {})

    return command


# -- moto ----------------------------------------------------------------------------------------

_MOTO = HOME / "moto/bin/python"
_QUIET = (
    "import logging, sys\n"
    "logging.getLogger('werkzeug').setLevel(logging.ERROR)\n"
    "from moto.server import main\n"
    "main(['-p', sys.argv[1]])\n"
)
_SIGNED: Mapping[str, str] = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/emr-serverless/"
    "aws4_request, SignedHeaders=host, Signature=0"
}


def _moto_version() -> str:
    if not _MOTO.is_file():
        raise Missing(f"PyPI's moto is not in bench/.peers; {INSTALL}")
    asks = "from importlib.metadata import version; print(version('moto'))"
    return _said(str(_MOTO), "-c", asks)


def _moto(_poll: Poll, port: int, _folder: Path) -> ServerCommand:
    return ServerCommand([str(_MOTO), "-c", _QUIET, str(port)], {})


def _moto_job(_poll: Poll, port: int) -> LoadTarget:
    """Creates a job run, in a new application."""
    where = _moto_runs(port)
    run = json.loads(said(port, "POST", where, _SIGNED, _RUN))
    return LoadTarget(port, [f"{where}/{run['jobRunId']}"], _SIGNED)


def _moto_creation(_poll: Poll, port: int) -> LoadTarget:
    return LoadTarget(port, [_moto_runs(port)], _SIGNED, "POST", json.dumps(_RUN))


_RUN = {"clientToken": "bench", "executionRoleArn": "arn:aws:iam::123456789012:role/bench"}


def _moto_runs(port: int) -> str:
    """Creates an application, and returns the path of its job runs."""
    body = {"releaseLabel": "emr-6.6.0", "type": "SPARK", "clientToken": "bench"}
    made = json.loads(said(port, "POST", "/applications", _SIGNED, body))
    return f"/applications/{made['applicationId']}/jobruns"


# -- all of them ---------------------------------------------------------------------------------

_WIREMOCK = Peer(
    "WireMock, journal off", "a stub by URL and header", _wiremock_version,
    _wiremock("--no-request-journal"), _as_it_is,
)  # fmt: skip

PEERS: Mapping[str, Peer] = {
    "starlette": Peer(
        "bare Starlette", "nothing: one route, the bytes ready", _python("starlette"),
        _app("starlette"), _as_it_is, works=("tiny", "large", "flowing"),
    ),
    "asgi": Peer(
        "raw ASGI", "nothing: not even a route", _python("uvicorn"), _app("raw"), _as_it_is,
        works=("tiny", "large", "flowing"),
    ),
    "connexion": Peer(
        "connexion, as documented", "credential, request and answer validated, a stub handler",
        _python("connexion"), _app("connexion"), _as_it_is,
    ),
    "prism": Peer(
        "Prism", "credential and request validated, an example from the spec",
        _npm("@stoplight/prism-cli"), _prism, _as_it_is,
    ),
    "wiremock": replace(_WIREMOCK, name="WireMock", command=_wiremock()),
    "wiremock-bare": _WIREMOCK,
    "mockoon": Peer(
        "Mockoon", "a stub by URL", _npm("@mockoon/cli"), _mockoon, _as_it_is,
    ),
    "moto": Peer(
        "moto's server", "a job run of its own, unsigned", _moto_version, _moto, _moto_job,
        same=False, works=("tiny",),
    ),
    "aimock": Peer(
        "aimock", "a fine-tuning job of its own, journal on", _npm("@copilotkit/aimock"),
        _aimock, _aimock_job, same=False,
    ),
}  # fmt: skip
"""The other tools, by the names that `--only` accepts."""

CREATORS: Mapping[str, Peer] = {
    "moto": replace(PEERS["moto"], prepare=_moto_creation),
    "aimock": replace(PEERS["aimock"], prepare=_aimock_creation),
}
"""The tools with jobs of their own, each with a request that creates one."""
