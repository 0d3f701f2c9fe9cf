"""The pytest plugin: fixtures that give each test its own sandbox on a shared server.

pytest loads it in every run, so it imports nothing heavy before a test uses a fixture.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobtwin import testing
from jobtwin.errors import SpecRefused
from jobtwin.testing.errors import NotStarted, WrongOption
from jobtwin.testing.options import TwinOptions

if TYPE_CHECKING:
    from jobtwin.testing import Clock, Host, Jobtwin

pytest_plugins = ("jobtwin.fates_plugin",)

OPTIONS = pytest.StashKey[TwinOptions]()
SANDBOXES = pytest.StashKey[list["Jobtwin"]]()

NEEDS = (
    "the installation of jobtwin is incomplete; reinstall it with: pip install --upgrade jobtwin"
)
MARK = "jobtwin(clock, progression, samples): options of this test's sandbox, instead of those in [tool.jobtwin]"
OTHERS = {"fates"}
"""Further arguments of the mark, used by another plugin."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of the command line."""
    group = parser.getgroup("jobtwin")
    group.addoption(
        "--jobtwin-keep",
        metavar="DIR",
        type=Path,
        help="Keep the sandboxes of failed tests in this folder, each as a file that "
        "`jobtwin serve --from FILE` opens. It may contain secrets.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reads the options; an invalid one is a usage error before any test runs."""
    config.addinivalue_line("markers", MARK)
    try:
        config.stash[OPTIONS] = TwinOptions.read(config.rootpath)
    except WrongOption as error:
        raise pytest.UsageError(str(error)) from error


@pytest.fixture(scope="session")
def jobtwin_server(pytestconfig: pytest.Config) -> Iterator[Host]:
    """The server shared by the tests of this process, on a free port or that in [tool.jobtwin].

    With pytest-xdist, each worker has one; the first uses that port, the others the following ones.
    """
    options = pytestconfig.stash[OPTIONS]
    port = options.port and options.port + _worker(pytestconfig)
    with _told(lambda: testing.serving(options.specs, port=port)) as host:
        yield host


@pytest.fixture(scope="session")
def jobtwin_process(pytestconfig: pytest.Config) -> Iterator[Host]:
    """The server in this process, without a socket."""
    with _told(lambda: testing.in_process(pytestconfig.stash[OPTIONS].specs)) as host:
        yield host


@pytest.fixture
def jobtwin(jobtwin_server: Host, request: pytest.FixtureRequest) -> Iterator[Jobtwin]:
    """A new sandbox on the shared server, deleted after the test."""
    with _sandbox(jobtwin_server, request) as sandbox:
        yield sandbox


@pytest.fixture
def jobtwin_local(jobtwin_process: Host, request: pytest.FixtureRequest) -> Iterator[Jobtwin]:
    """A new sandbox in this process, only reachable through its `transport`."""
    with _sandbox(jobtwin_process, request) as sandbox:
        yield sandbox


@pytest.fixture
def jobtwin_time(jobtwin: Jobtwin) -> Iterator[Clock]:
    """The clock of the fixture `jobtwin`, in place of `time` and `asyncio` for the code under test."""
    with jobtwin.clock.patch():
        yield jobtwin.clock


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the verdict on polling and the last requests to the report of a failed test."""
    report = yield
    if report.failed and report.when == "call":
        for sandbox in item.stash.get(SANDBOXES, []):
            text = _report(sandbox)
            if folder := item.config.getoption("jobtwin_keep"):
                text += "\n" + _kept(sandbox, folder, item.config.stash[OPTIONS])
            report.sections.append((f"jobtwin sandbox {sandbox.name}", text))
    return report


@contextmanager
def _told(start: Callable[[], AbstractContextManager[Host]]) -> Iterator[Host]:
    """Starts a server; fails in one line, without a traceback, if it does not start."""
    with ExitStack() as stack:
        host, why = None, ""
        try:
            host = stack.enter_context(start())
        except ModuleNotFoundError as error:
            why = f"{NEEDS} ({error.name} is missing)"
        except (NotStarted, OSError, SpecRefused) as error:
            why = f"jobtwin does not start: {error}"
        if host is None:
            pytest.fail(why, pytrace=False)
        yield host


@contextmanager
def _sandbox(host: Host, request: pytest.FixtureRequest) -> Iterator[Jobtwin]:
    options = request.config.stash[OPTIONS]
    if mark := request.node.get_closest_marker("jobtwin"):
        able = ", ".join(options.sandbox)
        for wrong in [*mark.args, *(mark.kwargs.keys() - options.sandbox.keys() - OTHERS)]:
            pytest.fail(f"@pytest.mark.jobtwin takes {able}, not {wrong!r}", pytrace=False)
        try:
            given = {name: v for name, v in mark.kwargs.items() if name not in OTHERS}
            options = options.changed("@pytest.mark.jobtwin", given)
        except WrongOption as error:
            pytest.fail(str(error), pytrace=False)
    with host.sandbox(request.node.nodeid, **options.sandbox) as sandbox:
        request.node.stash.setdefault(SANDBOXES, []).append(sandbox)
        with sandbox.clock.patch() if sandbox.clock.skips else nullcontext():
            yield sandbox


def _kept(sandbox: Jobtwin, folder: Path, options: TwinOptions) -> str:
    """Writes a sandbox to a file; returns the command to open it, or the reason of a failure."""
    file = folder / f"{sandbox.name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sandbox.export(file)
    except Exception as error:  # noqa: BLE001 - the test's own failure must reach its reader
        return f"The sandbox could not be written: {error!r}"
    return f"Open this sandbox with: {shlex.join(['jobtwin', 'serve', *options.specs, '--from', str(file)])}"


def _worker(config: pytest.Config) -> int:
    """Returns the number of this worker of pytest-xdist, from 0; 0 without it."""
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0")
    return int(worker.removeprefix("gw"))


def _report(sandbox: Jobtwin) -> str:
    try:
        return sandbox.journal.report()
    except Exception as error:  # noqa: BLE001 - the test's own failure must reach its reader
        return f"its journal cannot be read: {error!r}"
