"""Set up and serve from a clean copy, as `make serve` does. Called by `make check-serving`; uses the index."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
FILES = (
    "LICENSE",
    "Makefile",
    "generated",
    "jobcall",
    "jobwait",
    "mockserver",
    "packaging",
    "pyproject.toml",
    "requirements.lock",
    "specs",
)
LARGEST = 100_000_000
"""The most bytes on disk that serving may need."""
LONGEST = 300
"""Seconds after which `make serve` is ended, however slow the index is."""


def main() -> None:
    """Set up, serve, measure; exit with a message if a check fails."""
    with tempfile.TemporaryDirectory() as folder:
        for name in FILES:
            copy(ROOT / name, Path(folder, name))
        began = time.monotonic()
        urls = served(folder)
        taken = time.monotonic() - began
        size = on_disk(Path(folder, ".venv"))
    if size > LARGEST:
        sys.exit(f"make serve: .venv takes {size / 1e6:.0f} MB; at most {LARGEST / 1e6:.0f}")
    print(f"make serve: {len(urls)} twins after {taken:.0f} s; .venv takes {size / 1e6:.0f} MB")


def copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder without what Python has compiled in it."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def served(folder: str) -> list[str]:
    """Serve until the first answer; return the URLs of the twins."""
    words = ["make", f"PYTHON={sys.executable}", "serve", "PORT=0", "ARGS=--json"]
    environment = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MFLAGS", "VENV"}}
    words = ["timeout", str(LONGEST), *words]
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            line = next((line for line in server.stdout if line.startswith("{")), None)
            if line is None:
                sys.exit(f"make serve ended with {server.wait()}")
            addresses = json.loads(line)
            httpx.get(f"{addresses['control']}/health", timeout=30).raise_for_status()
            return list(addresses["apis"])
        finally:
            server.terminate()


def on_disk(folder: Path) -> int:
    """Return the bytes that a folder's files take on disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


if __name__ == "__main__":
    main()
