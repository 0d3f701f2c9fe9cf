"""Path templates such as `/jobs/{id}:stop`: parameters, patterns, order."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"\{([^{}]*)\}")


def path_parameters(template: str) -> list[str]:
    """Returns the names of the parameters, in order."""
    return _PARAMETER.findall(template)


def path_pattern(template: str) -> re.Pattern[str]:
    """Returns the pattern of matching paths, with a group for each parameter."""
    literals = map(re.escape, _PARAMETER.sub("{}", template).split("{}"))
    return re.compile("([^/]+)".join(literals))


def literal_first(template: str) -> list[tuple[bool, int]]:
    """Returns a sort key for templates: `/jobs/latest`, then `/jobs/{id}:stop`, then `/jobs/a{id}`, then `/jobs/{id}`."""
    return [
        ("{" in part, -len(_PARAMETER.sub("", part)) if "{" in part else 0)
        for part in template.split("/")
    ]
