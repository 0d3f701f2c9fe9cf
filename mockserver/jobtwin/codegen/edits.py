"""Changes to what the generator wrote, each of which must find its place exactly once."""

from pathlib import Path


class EditError(ValueError):
    """What is to be changed is not there, or more than once: the generator has changed."""


def edit(module: Path, old: str, new: str) -> None:
    """Put `new` in place of the one `old` in a module; EditError where there is not one."""
    text = module.read_text(encoding="utf-8")
    if (times := text.count(old)) != 1:
        raise EditError(f"{module.name}: holds {old.strip()!r} {times} times; it must once")
    module.write_text(text.replace(old, new), encoding="utf-8")
