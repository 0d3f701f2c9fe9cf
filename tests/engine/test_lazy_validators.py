"""Validators that are compiled when they are used, for specs that answer no requests."""

from typing import Any

import pytest

from jobtwin.openapi.schema import LazyValidators, SchemaValidators

DATA: dict[str, Any] = {
    "components": {"schemas": {f"S{n}": {"type": "integer", "maximum": n} for n in range(40)}}
}


@pytest.mark.parametrize("value", [0, 7, 39, 40, "text"])
def test_same_answers(value: Any) -> None:
    """They find the same mistakes as validators that are compiled at once, in any order of use."""
    schemas = [{"$ref": f"#/components/schemas/S{n}"} for n in range(40)]
    lazy, eager = LazyValidators(DATA), SchemaValidators(DATA)

    made = [lazy.validator(schema) for schema in schemas]

    for schema, validator in zip(
        [*schemas, *reversed(schemas)], [*made, *reversed(made)], strict=True
    ):
        expected = eager.validator(schema)
        assert validator.is_valid(value) == expected.is_valid(value)
        assert [e.message for e in validator.iter_errors(value)] == [
            e.message for e in expected.iter_errors(value)
        ]


def test_invalid_pattern() -> None:
    """A schema that cannot be compiled raises ValueError when it is used, not before."""
    validator = LazyValidators(DATA).validator({"type": "string", "pattern": "("})

    with pytest.raises(ValueError, match="regex"):
        validator.is_valid("text")
