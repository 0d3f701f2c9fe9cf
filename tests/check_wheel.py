"""Build the wheel and use it elsewhere: plain, then with the server. Called by `make check`."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
TWINS = sorted(spec.stem for spec in (ROOT / "specs").glob("*.yaml") if spec.stem != "control")
CLIENTS = (
    f"import {', '.join(f'jobclients.{twin}.waiters' for twin in TWINS)}; import jobclients.control"
)
NO_SERVER = "import importlib.util as u; assert u.find_spec('connexion') is None"
ASK = "import httpx, sys; print(httpx.get(sys.argv[1]).raise_for_status().text)"


def main() -> None:
    """Build, install, serve; end with a message that says what does not hold."""
    with tempfile.TemporaryDirectory() as aside:
        wheel = build(Path(aside))
        plain = install(Path(aside, "plain"), f"{wheel}")
        run(plain, "-c", f"{CLIENTS}; {NO_SERVER}")
        print("plain: the clients import, connexion is not there")
        server = install(Path(aside, "mock"), f"{wheel}[mock]")
        with serving(server, aside) as urls:
            for twin in TWINS:
                assert f"/{twin}" in " ".join(urls), f"{twin} is not served: {urls}"
            print("mock:", run(server, "-c", ASK, urls[-1]).strip(), "from", *TWINS)


def build(aside: Path) -> Path:
    """Build the wheel with the pinned build backend."""
    run(
        Path(sys.executable),
        "-m",
        "pip",
        "wheel",
        *QUIET,
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(aside),
        str(ROOT),
    )
    return next(aside.glob("jobtwin-*.whl"))


def install(place: Path, what: str) -> Path:
    """Make an empty environment, install there, and return its Python."""
    run(Path(sys.executable), "-m", "venv", str(place))
    python = place / "bin" / "python"
    run(
        python,
        "-m",
        "pip",
        "install",
        *QUIET,
        "--constraint",
        str(ROOT / "requirements.lock"),
        what,
    )
    return python


QUIET = ("--quiet", "--disable-pip-version-check")


def run(python: Path, *words: str) -> str:
    """Run Python away from the checkout; what it printed."""
    done = subprocess.run([python, *words], cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def serving(python: Path, cwd: str) -> Iterator[list[str]]:
    """The URLs that a server from this environment says it serves; the last is its health."""
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
