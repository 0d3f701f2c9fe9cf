"""Environment variables for a vendor's SDK, whose texts quote the addresses of a twin."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jobtwin.errors import among
from jobtwin.openapi.document import Document
from jobtwin.openapi.extensions import environment_settings
from jobtwin.openapi.nodes import Report
from jobtwin.openapi.pointer import pointer

QUOTED = ("base", "credential", "origin")
"""The twin's base URL, its key or token, and the URL of a separate port for the twin's host alone."""

_QUOTE = re.compile(r"\{([^{}]*)\}")


def environment_variables(document: Document, report: Report) -> Mapping[str, str]:
    """Returns the texts of the variables by name; reports unknown quotes."""
    found = environment_settings(document)
    for name, text in found.items():
        for quoted in _QUOTE.findall(text):
            if quoted not in QUOTED:
                where = f"/x-jobs/env{pointer([name])}"
                report(where, among(quoted, "the values that a variable can quote", QUOTED))
    return found


def filled(texts: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables with their quotes filled in, without those that quote a missing value."""
    return {
        name: _QUOTE.sub(lambda found: values[found[1]], text)
        for name, text in texts.items()
        if values.keys() >= set(_QUOTE.findall(text))
    }
