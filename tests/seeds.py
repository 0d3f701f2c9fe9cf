"""Finds the quotes of the specs in the vendors' pages: `python -m tests.seeds FOLDER`.

Each documented place of a spec names a seed, the stored copy of a page, and a few words in it.
A seed is a file of the folder whose name begins with the seed's: `004` is `004_….txt`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from jobtwin.openapi import Spec, load_all
from jobtwin.openapi.evidence import Evidence, Tree
from jobtwin.openapi.pointer import pointer


class Claim(NamedTuple):
    """A place in a spec that is marked as documented."""

    place: str
    evidence: Evidence


def claims(spec: Spec) -> Iterator[Claim]:
    """Yields every place of a spec that is itself marked as documented."""
    tree = Tree(spec.document.data, extended=spec.document.is_vendors)
    for path in tree.claims():
        evidence = tree.evidence(path)
        if evidence.kind == "documented":
            yield Claim(f"{spec.document.file}#{pointer(path)}", evidence)


def missing(found: Iterable[Claim], folder: Path) -> Iterator[str]:
    """Yields a line for each claim whose words are not in its seed."""
    pages = {path.name: _plain(path.read_text("utf-8")) for path in sorted(folder.glob("*.txt"))}
    for place, evidence in found:
        seeds = [text for name, text in pages.items() if name.startswith(f"{evidence.seed}_")]
        if not evidence.seed:
            yield f"{place}: names no seed; write {{documented: {{seed: …, anchor: …}}}}"
        elif not seeds:
            yield f"{place}: {folder} has no seed {evidence.seed}"
        elif not any(evidence.anchor in text for text in seeds):
            yield f"{place}: seed {evidence.seed} does not say {evidence.anchor!r}"


def _plain(text: str) -> str:
    return " ".join(text.split())


def main(arguments: Sequence[str]) -> int:
    """Prints the claims not found; returns 1 if there are any, 2 if there is no folder of seeds."""
    folder = Path(arguments[0]) if arguments else Path()
    if not arguments or not folder.is_dir():
        print(f"no folder of seeds: {arguments[0] if arguments else 'name one'}")
        return 2
    found = [claim for spec in load_all() for claim in claims(spec)]
    wrong = list(missing(found, folder))
    print(*wrong, f"{len(found)} documented places, {len(wrong)} not found", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
