"""Build both wheels and use them elsewhere. Called by `make check-wheel`; installs from the index."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]
TWINS = sorted(spec.stem for spec in (ROOT / "specs").glob("*.yaml") if spec.stem != "control")
CLIENTS = (
    f"import {', '.join(f'jobclients.{twin}.waiters' for twin in TWINS)}; import jobclients.control"
)
NO_SERVER = "import importlib.util as u; assert not any(map(u.find_spec, ('connexion', 'jobtwin')))"
ASK = "import httpx, sys; print(httpx.get(sys.argv[1]).raise_for_status().text)"
OTHER = "mockserver-client"
"""MockServer's own client, whose import package has the name of our source root."""
USE_OTHER = "import mockserver.client; mockserver.client.MockServerClient('127.0.0.1', 1)"
QUIET = ("--quiet", "--disable-pip-version-check")


def main() -> None:
    """Build, install, serve; exit with a message if a check fails."""
    with tempfile.TemporaryDirectory() as aside:
        whole, clients = (
            build(Path(aside), ROOT),
            build(Path(aside), ROOT / "packaging" / "clients"),
        )
        check_names(whole, {"jobtwin", "jobclients", "jobcall", "jobwait"})
        check_names(clients, {"jobclients", "jobcall", "jobwait"})
        plain = install(Path(aside, "clients"), clients)
        run(plain, "-c", f"{CLIENTS}; {NO_SERVER}")
        print("jobtwin-clients: the clients import; there is no server")
        for order in ([OTHER, whole], [whole, OTHER]):
            python = install(Path(aside, f"beside-{order.index(OTHER)}"), *order)
            run(python, "-c", USE_OTHER)
            check_serves(python, aside)
        print(f"jobtwin: serves {', '.join(TWINS)}, with {OTHER} installed before it or after")


def build(aside: Path, project: Path) -> str:
    """Build a project's wheel with the pinned build backend; return its path."""
    folder = aside / f"wheel-of-{project.name}"
    options = (*QUIET, "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    run(Path(sys.executable), "-m", "pip", "wheel", *options, str(project))
    return str(next(folder.glob("*.whl")))


def check_names(wheel: str, names: set[str]) -> None:
    """Check that a wheel installs only its packages and its metadata into site-packages."""
    with ZipFile(wheel) as archive:
        found = {name.split("/")[0] for name in archive.namelist()}
    strange = {name for name in found if not name.endswith(".dist-info")} ^ names
    if strange:
        sys.exit(f"{wheel} should install {sorted(names)}; it differs in {sorted(strange)}")


def install(place: Path, *what: str) -> Path:
    """Make an empty environment, install packages in this order, and return its Python."""
    run(Path(sys.executable), "-m", "venv", str(place))
    python = place / "bin" / "python"
    pins = ("--constraint", str(ROOT / "requirements.lock"))
    for package in what:
        run(python, "-m", "pip", "install", *QUIET, *pins, package)
    return python


def run(python: Path, *words: str) -> str:
    """Run Python outside the checkout; return its output."""
    done = subprocess.run([python, *words], cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


def check_serves(python: Path, cwd: str) -> None:
    """Check that the environment's server serves every twin and is healthy."""
    with serving(python, cwd) as urls:
        missing = [twin for twin in TWINS if f"/{twin}" not in " ".join(urls)]
        if missing:
            sys.exit(f"not served: {missing}; served: {urls}")
        run(python, "-c", ASK, urls[-1])


@contextmanager
def serving(python: Path, cwd: str) -> Iterator[list[str]]:
    """Yields the URLs that a server from this environment prints; the last is its health."""
    words = [str(python), "-m", "jobtwin", "serve", "--port", "0"]
    with subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            urls = list[str]()
            while not urls or not urls[-1].endswith("/health"):
                line = server.stdout.readline()
                assert line, f"the server ended with {server.wait()}"
                urls += re.findall(r"http://[\w.:]+[^\s']*", line)
            yield urls
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
