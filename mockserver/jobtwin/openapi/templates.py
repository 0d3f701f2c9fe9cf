"""Path templates such as `/jobs/{id}:stop`: their parameters, their pattern, their order."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"\{([^{}]*)\}")


def path_parameters(template: str) -> list[str]:
    """The names of the parameters, in their order."""
    return _PARAMETER.findall(template)


def path_pattern(template: str) -> re.Pattern[str]:
    """The pattern of the paths that fit, each parameter a group."""
    literals = map(re.escape, _PARAMETER.sub("{}", template).split("{}"))
    return re.compile("([^/]+)".join(literals))


def literal_first(template: str) -> list[tuple[bool, int]]:
    """Sorts templates: `/jobs/latest`, then `/jobs/{id}:stop`, then `/jobs/a{id}`, then `/jobs/{id}`."""
    return [
        ("{" in part, -len(_PARAMETER.sub("", part)) if "{" in part else 0)
        for part in template.split("/")
    ]
