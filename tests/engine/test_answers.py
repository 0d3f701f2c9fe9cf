from typing import Any

import jsonschema_rs
import pytest

from jobtwin.errors import WrongAnswer
from jobtwin.http.answers import judged
from jobtwin.openapi.operations import Answer

SECRET = 'tok"en-é'  # noqa: S105 - made up
WRONG: dict[str, tuple[dict[str, Any], Any, str]] = {
    "type": ({"type": "integer"}, SECRET, 'the value is not of type "integer"'),
    "length": ({"maxLength": 2}, SECRET, "the value is longer than 2 characters"),
    "object": ({"anyOf": [{"type": "integer"}]}, {"b": SECRET, "a": [1]}, "the value is not valid"),
}


@pytest.mark.parametrize(("schema", "value", "said"), WRONG.values(), ids=WRONG)
def test_wrong_answer(schema: dict[str, Any], value: Any, said: str) -> None:
    """An answer that its spec forbids is told by a JSON pointer, without what stands there."""
    inner = {"properties": {"token": schema}}
    answer = Answer(200, None, jsonschema_rs.Draft202012Validator(inner))

    with pytest.raises(WrongAnswer) as raised:
        judged("printer getPrint", answer, {"token": value})

    assert "/token" in str(raised.value)
    assert said in str(raised.value)
    assert "tok" not in str(raised.value).replace("/token", "")
