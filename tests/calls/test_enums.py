"""Enumerations of a generated client, and values that nobody has described."""

import copy
import json
import pickle
import warnings
from typing import Any

import pytest

from jobcall import OpenIntEnum, UnknownValueWarning, enums
from jobclients.osapi.models import JobStatus
from jobclients.polaris.models import BatchSpec, ExecutionStatus, UnknownSource
from jobclients.polaris.models import JobStatus as PolarisStatus


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has been warned yet."""
    monkeypatch.setattr(enums, "_warned", set())


class Size(OpenIntEnum):
    """A made-up enumeration of numbers."""

    SMALL = 1
    LARGE = 2


@pytest.fixture
def hibernating() -> ExecutionStatus:
    """A state that nobody has described."""
    with pytest.warns(UnknownValueWarning):
        return ExecutionStatus("hibernating")


def test_text(hibernating: ExecutionStatus) -> None:
    """It keeps its text: it compares, is sent and is written as it came."""
    assert hibernating == "hibernating"
    assert hibernating == ExecutionStatus("hibernating")
    assert hibernating.value == str(hibernating) == f"{hibernating}" == "hibernating"
    assert json.dumps(hibernating) == '"hibernating"'
    assert {hibernating: 1}["hibernating"] == 1  # type: ignore[index] # it is a str, too


def test_known(hibernating: ExecutionStatus) -> None:
    """It is known to be unknown, and does not join those that are known."""
    assert not hibernating.is_known
    assert ExecutionStatus("running").is_known
    assert ExecutionStatus("running") is ExecutionStatus.RUNNING
    assert "hibernating" not in [status.value for status in ExecutionStatus]


def pickled(it: Any) -> Any:
    return pickle.loads(pickle.dumps(it))  # noqa: S301 - our own


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_copies(copied: Any, hibernating: ExecutionStatus) -> None:
    """A copy is as it, and as unknown."""
    assert copied(hibernating) == hibernating
    assert copied(hibernating).is_known is False


def test_number() -> None:
    """Numbers are as open as texts."""
    with pytest.warns(UnknownValueWarning, match="Size: '7' is not one of 1, 2"):
        size = Size(7)

    assert (size, size + 1, size.is_known, Size(1).is_known) == (7, 8, False, True)


@pytest.mark.parametrize("value", [None, 3, True, ["running"], {"a": 1}])
def test_other_kinds(value: Any) -> None:
    """What is no text is no value."""
    with pytest.raises(ValueError, match="is not a valid ExecutionStatus"):
        ExecutionStatus(value)


def test_warns_once() -> None:
    """A value is told once, with those that are known; another enumeration tells its own."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            ExecutionStatus("hibernating")
            JobStatus("hibernating")

    assert [str(each.message).partition(" is ")[0] for each in told] == [
        "ExecutionStatus: 'hibernating'",
        "JobStatus: 'hibernating'",
    ]


def test_model() -> None:
    """In a model it is read and written without loss."""
    with pytest.warns(UnknownValueWarning):
        status = PolarisStatus.from_dict({"executionStatus": "hibernating"})

    assert status.to_dict() == {"executionStatus": "hibernating"}
    assert type(status.execution_status) is ExecutionStatus


SPEC = {"type": "batch", "target": {"type": "table", "tableName": "t"}}


def test_unknown_variant() -> None:
    """A variant of a kind that nobody has described is kept as it came."""
    source = {"type": "carrier_pigeon", "loft": {"city": "Bern"}}

    spec = BatchSpec.from_dict({**SPEC, "source": source})

    assert isinstance(spec.source, UnknownSource)
    assert spec.to_dict()["source"] == source


def test_unknown_variant__known() -> None:
    """A variant that is described does not pass as unknown when something of it is missing."""
    with pytest.raises(ValueError, match="type 's3' does not have the fields of its variant"):
        BatchSpec.from_dict({**SPEC, "source": {"type": "s3"}})
