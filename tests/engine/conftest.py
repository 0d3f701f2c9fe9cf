"""Machines for tests, written as in a spec."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent, indent

import pytest

from jobtwin.lifecycle import Machine
from jobtwin.openapi import load

HEAD = "openapi: 3.0.3\ninfo: {title: Small, version: '1'}\npaths: {}\nx-jobs:\n  version: 1\n  machines:\n"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Mapping[str, Machine]]:
    """Returns a function that reads machines, by name."""

    def read(text: str) -> Mapping[str, Machine]:
        path = tmp_path / "small.yaml"
        path.write_text(HEAD + indent(dedent(text), "    "), encoding="utf-8")
        return load(path).machines

    return read
