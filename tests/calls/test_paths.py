from uuid import UUID

import pytest

from jobcall import segment


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("a b/c?d#e", "a%20b%2Fc%3Fd%23e"),
        ("..a", "..a"),
        ("%2e", "%252e"),
        (0, "0"),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
    ],
)
def test_segment(value: object, sent: str) -> None:
    """A value is one segment of the path, whatever its characters."""
    assert segment("job_id", value) == sent


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_segment__elsewhere(value: str) -> None:
    """A value that a URL does not keep is refused: it would lead to another path."""
    with pytest.raises(ValueError, match=r"job_id: '.*' is not allowed in a path"):
        segment("job_id", value)
