"""The names of twins."""

from pathlib import PurePath

import pytest

from jobtwin.openapi.names import TAKEN, name_of, refusal
from jobtwin.testing.jobtwin import Jobtwin


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("printer.yaml", "printer"),
        ("my-vendor.yml", "my_vendor"),
        ("Their-API.v2.json", "their_api_v2"),
        ("3d_printer.yaml", "api_3d_printer"),
        ("printer (1).json", "printer__1_"),
        ("druckerei-ü.yaml", "druckerei__"),
        ("kiln.overlay.yaml", "kiln"),
        ("_control.yaml", "api__control"),
    ],
)
def test_name(file: str, name: str) -> None:
    """A twin's name is derived from its file's name, and is valid in a URL, Python and a shell."""
    assert name_of(PurePath("somewhere", file)) == name
    assert name.isidentifier()
    assert refusal(name) is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("class", "'class' is a keyword of Python; choose another name: class_api=FILE"),
        ("console", "'console' is taken by jobtwin itself; choose another name: console_api=FILE"),
        ("My-Vendor", "'My-Vendor' is not a name for a twin; write my_vendor=FILE"),
    ],
    ids=["keyword", "taken", "no-name"],
)
def test_refusal(name: str, why: str) -> None:
    """An invalid name is refused with a valid suggestion."""
    assert refusal(name) == why


def test_taken__fixture(jobtwin: Jobtwin) -> None:
    """A twin cannot have the name of an attribute of the fixture."""
    assert {name for name in vars(jobtwin) | vars(Jobtwin) if not name.startswith("_")} <= TAKEN
