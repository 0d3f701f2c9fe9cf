"""Enumerations of a generated client, and undocumented values."""

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
    """Forgets the warned values."""
    monkeypatch.setattr(enums, "_warned", set())


class Size(OpenIntEnum):
    """A made-up enumeration of numbers."""

    SMALL = 1
    LARGE = 2


@pytest.fixture
def hibernating() -> ExecutionStatus:
    """Returns an undocumented state."""
    with pytest.warns(UnknownValueWarning):
        return ExecutionStatus("hibernating")


def test_text(hibernating: ExecutionStatus) -> None:
    """An unknown value keeps its text: it compares, is sent and is written unchanged."""
    assert hibernating == "hibernating"
    assert hibernating == ExecutionStatus("hibernating")
    assert hibernating.value == str(hibernating) == f"{hibernating}" == "hibernating"
    assert json.dumps(hibernating) == '"hibernating"'
    assert {hibernating: 1}["hibernating"] == 1  # type: ignore[index] # it is also a str


def test_known(hibernating: ExecutionStatus) -> None:
    """An unknown value is marked as unknown, and is not added to the known ones."""
    assert not hibernating.is_known
    assert ExecutionStatus("running").is_known
    assert ExecutionStatus("running") is ExecutionStatus.RUNNING
    assert "hibernating" not in [status.value for status in ExecutionStatus]


def pickled(it: Any) -> Any:
    return pickle.loads(pickle.dumps(it))  # noqa: S301 - our own data


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_copies(copied: Any, hibernating: ExecutionStatus) -> None:
    """A copy of an unknown value is equal, and unknown, too."""
    assert copied(hibernating) == hibernating
    assert copied(hibernating).is_known is False


def test_number() -> None:
    """Enumerations of numbers accept unknown values, too."""
    with pytest.warns(UnknownValueWarning, match="Size: '7' is not one of 1, 2"):
        size = Size(7)

    assert (size, size + 1, size.is_known, Size(1).is_known) == (7, 8, False, True)


@pytest.mark.parametrize("value", [None, 3, True, ["running"], {"a": 1}])
def test_other_kinds(value: Any) -> None:
    """A value that is not a text is refused."""
    with pytest.raises(ValueError, match="is not a valid ExecutionStatus"):
        ExecutionStatus(value)


def test_warns_once() -> None:
    """A value warns once per enumeration."""
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
    """A model reads and writes an unknown value without loss."""
    with pytest.warns(UnknownValueWarning):
        status = PolarisStatus.from_dict({"executionStatus": "hibernating"})

    assert status.to_dict() == {"executionStatus": "hibernating"}
    assert type(status.execution_status) is ExecutionStatus


SPEC = {"type": "batch", "target": {"type": "table", "tableName": "t"}}


def test_unknown_variant() -> None:
    """A variant of an undocumented kind is kept unchanged."""
    source = {"type": "carrier_pigeon", "loft": {"city": "Bern"}}

    spec = BatchSpec.from_dict({**SPEC, "source": source})

    assert isinstance(spec.source, UnknownSource)
    assert spec.to_dict()["source"] == source


def test_unknown_variant__known() -> None:
    """A documented variant with a missing field is refused, and not taken for an unknown one."""
    with pytest.raises(ValueError, match="type 's3' does not have the fields of its variant"):
        BatchSpec.from_dict({**SPEC, "source": {"type": "s3"}})
