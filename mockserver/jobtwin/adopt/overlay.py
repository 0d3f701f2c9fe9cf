"""Writes a draft as an overlay for people to correct: YAML with marked guesses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobtwin.adopt.draft import Draft, DraftedJob
from jobtwin.adopt.history import Addition
from jobtwin.openapi.document import GRAMMAR_FILE
from jobtwin.openapi.extensions import JOBS
from jobtwin.openapi.pointer import tokens
from jobtwin.openapi.untyped import as_map

MARK = "#?"
_MARKED = re.compile(r"^[^#]*\S[^#]*  #\? ")
"""A line of the draft that ends with a mark and a reason."""
_GUESSED = {"callbacks", "x-evidence"}
"""Keys of an operation that is a guess."""
_PLAIN = re.compile(r"[A-Za-z_/][\w./ -]*[\w]|[A-Za-z_]|\d+[smhd]")
_NO_TEXT = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"}


def overlay_text(draft: Draft, extends: str, title: str, tree: Mapping[str, Any]) -> str:
    """Returns the overlay for the file `extends`, whose content is `tree`."""
    body = [*_body(draft), *_additions(draft, tree)]
    marks = marks_in("\n".join(body))
    guesses = (
        "no guess is left"
        if not marks
        else f"a guess bears `{MARK}` and its reason: {marks} of them"
    )
    head = [
        f"# yaml-language-server: $schema={GRAMMAR_FILE}",
        f"# Drafted from {extends}. What that file says bears no mark; {guesses}.",
        "# Correct a line, then delete its mark. `jobtwin check` says how many are left.",
        "overlay: 1.0.0",
        f"info: {{title: {flow(f'{title} as a twin')}, version: 1.0.0}}",
        f"extends: {flow(extends)}",
        "actions:",
        "  - target: $",
        "    update:",
        f"      {JOBS}:",
        "        version: 1",
    ]
    return "\n".join([*head, *body, *_doubts(draft)]) + "\n"


def action_text(added: Mapping[str, Any]) -> str:
    """Returns an action that adds jobs to an overlay; each of its lines is a guess."""
    yielded = ["  # Added for the vendor's next release:", "  - target: $", "    update:"]
    yielded.append(f"      {JOBS}:")
    for section, entries in added.items():
        if section == "version" or not entries:
            continue
        yielded.append(f"        {section}:")
        yielded += [f"          {flow(k)}: {flow(v)}  {MARK} new" for k, v in entries.items()]
    return "\n".join(yielded) + "\n"


def marks_in(text: str) -> int:
    """Returns the number of unconfirmed guesses in an overlay."""
    return sum(bool(_MARKED.search(line)) for line in text.splitlines())


def _body(draft: Draft) -> Iterator[str]:
    declared = draft.declaration
    yield "        machines:"
    for job in draft.jobs:
        yield from _machine(job, declared["machines"][job.name])
    yield from _pairs("operations", declared["operations"], _operation_reasons(draft, declared))
    webhooks = {hook.name: hook.reason for job in draft.jobs for hook in job.webhooks}
    yield from _pairs("webhooks", declared.get("webhooks", {}), webhooks)
    yield from _pairs("values", declared["values"])
    yield from _pairs("errors", declared.get("errors", {}))


def _operation_reasons(draft: Draft, declared: Mapping[str, Any]) -> dict[str, str]:
    """Returns the reasons for the guesses that are part of the draft, by operation."""
    operations = declared["operations"]
    reasons = {key: why for job in draft.jobs for key, why in job.reasons.items()}
    return {key: why for key, why in reasons.items() if _GUESSED & {*as_map(operations.get(key))}}


def _machine(job: DraftedJob, machine: Mapping[str, Any]) -> Iterator[str]:
    state = ".".join(job.resource.state.path) or "the status"
    yield f"          {flow(job.name)}:{' ' * 4}# {job.resource.read.key}: {state}"
    for key, value in machine.items():
        if key in ("states", "scenarios"):
            yield f"            {key}:"
            yield from _marked(job, key, value)
        else:
            yield f"            {key}: {flow(value)}"


def _marked(job: DraftedJob, kind: str, lines: Mapping[str, Any]) -> Iterator[str]:
    for name, value in lines.items():
        reason = job.machine.guesses.get((kind, name))
        text = f"              {flow(name)}: {flow(value)}"
        yield f"{text}  {MARK} {reason}" if reason else text


def _pairs(
    title: str, pairs: Mapping[str, Any], reasons: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yields the lines of a section, one for each entry; those with a reason are guesses."""
    if pairs:
        yield f"        {title}:"
    for key, value in pairs.items():
        why = as_map(reasons).get(key)
        yield f"          {flow(key)}: {flow(value)}" + (f"  {MARK} {why}" if why else "")


def _additions(draft: Draft, tree: Mapping[str, Any]) -> Iterator[str]:
    """Yields the actions that add recorded contents to the vendor's file."""
    if draft.additions:
        yield "  # Recorded, and not in the vendor's file:"
    for target, update in (overlay_update(tree, each) for each in draft.additions):
        yield f"  - target: {flow(target)}"
        yield f"    update: {flow(update)}"


def _doubts(draft: Draft) -> Iterator[str]:
    doubts = list(_undrafted(draft))
    if doubts:
        yield "# Not drafted:"
    yield from doubts


def _undrafted(draft: Draft) -> Iterator[str]:
    for resource in draft.doubtful:
        words = ", ".join(resource.state.values[:4])
        yield f"# - {resource.read.key} may read a job ({words}, …)"
    for job in draft.jobs:
        yield from (f"# - {operation}: what it does to a {job.name}" for operation in job.left)


def overlay_update(tree: Mapping[str, Any], addition: Addition) -> tuple[str, Any]:
    """Returns the target and the update of the overlay's action for an addition."""
    path = tokens(addition.place)
    value: Any = addition.value
    if path[-1] == "-":
        path, value = path[:-1], [value]
    known = _known(tree, path[:-1])
    for key in reversed(path[known:]):
        value = {key: value}
    return "$" + "".join(map(_selector, path[:known])), value


def _known(node: Any, path: Sequence[str]) -> int:
    """Returns the number of tokens that lead to an existing node."""
    for depth, key in enumerate(path):
        if isinstance(node, Mapping) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return depth
    return len(path)


def _selector(token: str) -> str:
    if token.isdigit():
        return f"[{token}]"
    plain = token.isidentifier() and token.isascii()
    quoted = token.replace("\\", "\\\\").replace("'", "\\'")
    return f".{token}" if plain else f"['{quoted}']"


def flow(value: Any) -> str:
    """Returns a value in YAML's flow style, with the same meaning in YAML 1.1 and 1.2."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str):
        return _flow_text(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


def _flow_text(value: str) -> str:
    plain = _PLAIN.fullmatch(value) and value.lower() not in _NO_TEXT
    return value if plain else json.dumps(value, ensure_ascii=False)
