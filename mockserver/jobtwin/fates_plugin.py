"""The pytest plugin of rehearsals: `--jobtwin-fates` runs a marked test once for each fate.

pytest loads it in every run, so that it imports nothing heavy before a test is marked.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from jobtwin.rehearse import RehearsalFate
    from jobtwin.testing import Host, Jobtwin

FIXTURE = "jobtwin_fate"
STAGED = pytest.StashKey[Any]()
"""The test's sandbox in its fate, a `jobtwin.rehearse.staged.Staged`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the command-line option."""
    help_ = "Run tests marked jobtwin(fates=TWIN) once for each fate of its jobs: `jobtwin.fate`."
    parser.getgroup("jobtwin").addoption("--jobtwin-fates", action="store_true", help=help_)


def pytest_configure(config: pytest.Config) -> None:
    """Runs fates if requested; does not affect other runs."""
    config.addinivalue_line(
        "markers", "jobtwin(fates): the twin of whose jobs --jobtwin-fates plays every fate"
    )
    if config.getoption("jobtwin_fates"):
        config.pluginmanager.register(Fates(config))


class Fates:
    """Runs each marked test once for each fate, and checks it against the rules of a rehearsal."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._known: dict[str, Sequence[RehearsalFate]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Gives a marked test a parameter for each fate."""
        mark = metafunc.definition.get_closest_marker("jobtwin")
        if mark is None or "fates" not in mark.kwargs or "jobtwin" not in metafunc.fixturenames:
            return
        fates = self._fates(str(mark.kwargs["fates"]))
        metafunc.parametrize(FIXTURE, fates, ids=[fate.name for fate in fates], indirect=True)

    def _fates(self, wanted: str) -> Sequence[RehearsalFate]:
        if wanted not in self._known:
            from jobtwin.rehearse.staged import WrongFates, fates_named  # noqa: PLC0415 - heavy
            from jobtwin.testing.plugin import OPTIONS  # noqa: PLC0415 - loaded after this module

            try:
                self._known[wanted] = fates_named(self._config.stash[OPTIONS].specs, wanted)
            except WrongFates as error:
                raise pytest.UsageError(
                    f"@pytest.mark.jobtwin(fates={wanted!r}): {error}"
                ) from None
        return self._known[wanted]

    @pytest.fixture(autouse=True)
    def jobtwin_fate(self, request: pytest.FixtureRequest) -> RehearsalFate | None:
        """The fate in which this test runs; None if it is not marked."""
        fate: RehearsalFate | None = getattr(request, "param", None)
        if fate is not None:
            from jobtwin.rehearse import staged  # noqa: PLC0415 - heavy

            jobtwin: Jobtwin = request.getfixturevalue("jobtwin")
            host: Host = request.getfixturevalue("jobtwin_server")
            request.node.stash[STAGED] = staged.Staged.of(host, jobtwin, fate)
        return fate

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
        """Skips fates that the test's job cannot have; fails a test whose requests break a rule."""
        staged = pyfuncitem.stash.get(STAGED, None)
        try:
            result = yield
        finally:
            if staged is not None and not staged.met():
                pytest.skip(f"the test's job cannot meet the fate {staged.fate.name}")
        for broken in staged.broken() if staged is not None else ():
            pytest.fail(f"{broken.rule}: {broken.why} ({broken.source})", pytrace=False)
        return result
