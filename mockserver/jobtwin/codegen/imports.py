"""Models that know each other: imported once, not at each call."""

import re
from pathlib import Path

_LAZY = re.compile(r"^ +(from \.\.models\.\w+ import \w+) *(?:# noqa: PLC0415)?\n", re.MULTILINE)
_TYPES_ONLY = re.compile(r"^if TYPE_CHECKING:\n", re.MULTILINE)


def settle(package: Path) -> None:
    """Move the imports in the functions of models to the end of their modules.

    There the class is defined already, so that two models may import each other.
    """
    for module in sorted((package / "models").glob("*.py")):
        text = module.read_text(encoding="utf-8")
        if lines := sorted(set(_LAZY.findall(text))):
            text = _LAZY.sub("", _TYPES_ONLY.sub("", text))
            module.write_text("\n".join([text, *lines, ""]), encoding="utf-8")
