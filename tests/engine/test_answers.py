from typing import Any

import jsonschema_rs
import pytest

from jobtwin.errors import WrongAnswer
from jobtwin.http.reply import judged
from jobtwin.openapi.operations import Answer

SECRET = 'tok"en-é'  # noqa: S105 - made up
WRONG: dict[str, tuple[dict[str, Any], Any, str]] = {
    "type": ({"type": "integer"}, SECRET, "schema's `type` does not allow the value"),
    "length": ({"maxLength": 2}, SECRET, "schema's `maxLength` does not allow the value"),
    "float": ({"type": "string"}, {"tok": 1.5e-7}, "schema's `type` does not allow the value"),
    "object": (
        {"anyOf": [{"type": "integer"}]},
        {"b": SECRET, "a": [1]},
        "schema's `anyOf` does not allow the value",
    ),
}


@pytest.mark.parametrize(("schema", "value", "said"), WRONG.values(), ids=WRONG)
def test_wrong_answer(schema: dict[str, Any], value: Any, said: str) -> None:
    """An answer that its spec forbids is reported by a JSON pointer, without the value."""
    inner = {"properties": {"token": schema}}
    answer = Answer(200, None, jsonschema_rs.Draft202012Validator(inner))

    with pytest.raises(WrongAnswer) as raised:
        judged("printer getPrint", answer, {"token": value})

    assert "/token" in str(raised.value)
    assert said in str(raised.value)
    assert "tok" not in str(raised.value).replace("/token", "")
    assert "1.5e" not in str(raised.value)
