"""Build the sdist, build the wheel from it, and run its tests. Called by `make check-sdist`."""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUIET = ("--quiet", "--disable-pip-version-check")
SAMPLE = ("tests/engine/test_timeline.py", "tests/contract/test_life.py", "tests/specs")
"""Tests of the engine, the twins and the checks; `--all` runs all tests instead."""


def main() -> None:
    """Build, unpack, build again, test; exit with a message if a step fails."""
    with tempfile.TemporaryDirectory() as aside:
        run(ROOT, "-m", "hatchling", "build", "--target", "sdist", "--directory", aside)
        archive = next(Path(aside).glob("*.tar.gz"))
        with tarfile.open(archive) as packed:
            packed.extractall(aside, filter="data")
        folder = Path(aside, archive.name.removesuffix(".tar.gz"))
        words = ("--no-deps", "--no-build-isolation", "--wheel-dir", aside, str(folder))
        run(folder, "-m", "pip", "wheel", *QUIET, *words)
        tests = () if "--all" in sys.argv else SAMPLE
        run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    print(f"{archive.name}: builds a wheel, and its tests pass")


def run(folder: Path, *words: str) -> None:
    """Run Python on the unpacked sources, not on the checkout."""
    roots = os.pathsep.join(str(folder / root) for root in ("mockserver", "generated", "."))
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": roots},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
