"""A server in a process of its own, which keeps its sandboxes in a file."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def serve(file: Path) -> tuple[subprocess.Popen[str], Any]:
    """Start it; the process, and the addresses that it prints when it is ready."""
    command = [sys.executable, "-m", "jobtwin", "serve", "polaris", "--json", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--empty", "--store", f"sqlite:///{file}"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, json.loads(process.stdout.readline())
