"""The generator's table of classes: each change makes another version, without a copy."""

import pytest

from jobtwin.codegen.shortcuts import SharedSchemas, Versions


def test_versions__added() -> None:
    """A display with the earlier version first has its values, then the new ones, in order."""
    one = Versions.of({"a": 1, "b": 2})

    two = Versions.of({**one, "c": 3, "a": 4})

    assert list(two.values()) == [4, 2, 3]
    assert two["a"] == 4
    assert "c" in two
    assert two.get("d") is None


def test_versions__first_wins() -> None:
    """A display with the earlier version last keeps the values that it has."""
    one = Versions.of({"a": 1})

    two = Versions.of({"a": 2, "b": 3, **one})

    assert list(two.values()) == [1, 3]


def test_versions__discarded() -> None:
    """Reading an earlier version brings back its values; the later one is no longer valid."""
    one = Versions.of({"a": 1})
    two = Versions.of({**one, "a": 2, "b": 3})

    assert list(one.values()) == [1]
    assert "b" not in one
    with pytest.raises(LookupError, match="discarded"):
        two.get("a")


def test_versions__removed() -> None:
    """A value can be removed from the latest version, and the versions before it stay valid."""
    one = Versions.of({"a": 1})
    two = Versions.of({**one, "b": 2})

    two.pop("b")
    del two["a"]

    assert list(two.values()) == []
    assert two.pop("b", None) is None
    assert "b" not in one


def test_shared_schemas__empty() -> None:
    """Each table of the generator begins empty, and is its own."""
    one, other = SharedSchemas(), SharedSchemas()

    changed = SharedSchemas(classes_by_name={**one.classes_by_name, "Job": 1})

    assert list(changed.classes_by_name.values()) == [1]
    assert list(changed.classes_by_reference.values()) == []
    assert list(other.classes_by_name.values()) == []
