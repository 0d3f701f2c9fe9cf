"""Run vendors' own files through jobtwin and write a scoreboard. Called by `make vendors`.

Each file is adopted without edits of the overlay and served in process; each operation is called, a
client is generated, and its waiter follows a job of each kind to its end. If `gallery/` has an
overlay for the file, its jobs are walked, too.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from jobtwin.adopt import overlay_text, shorten, try_draft
from jobtwin.errors import Refusal, SpecRefused
from jobtwin.openapi import Spec, SpecSource, find_source, load
from jobtwin.openapi.document import Document, read
from jobtwin.openapi.made import Maker, NoValue
from jobtwin.openapi.made_requests import MadeRequest
from jobtwin.openapi.operations import Operation
from jobtwin.openapi.pointer import pointer
from jobtwin.testing.api import Api, Job
from jobtwin.testing.host import in_process
from jobwait import Lifecycle

GALLERY = Path(__file__).parents[1] / "gallery"
_SUFFIXES = (".yaml", ".yml", ".json")
_LONGEST = 600
"""The longest time for one file, in seconds."""

_MAKING = 400
"""The longest time for generating its client, in seconds."""


@dataclass
class VendorScore:
    """The results of one file; `notes` lists the problems."""

    file: str
    version: str = ""
    operations: int = 0
    served: float | None = None
    answered: int = 0
    generated: int = 0
    seconds: float = 0
    megabytes: int = 0
    """The peak memory of `jobtwin generate`."""
    imported: bool = False
    jobs: list[str] = field(default_factory=list)
    walked: list[str] = field(default_factory=list)
    lines: int = 0
    by_hand: int | None = None
    """Lines of the gallery's overlay that `adopt` did not draft; None without such an overlay."""
    with_overlay: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def main(arguments: Sequence[str]) -> None:
    """Score the files of a folder, one process each; with `--one`, a single file; see `--page`."""
    if arguments[0] == "--one":
        print(json.dumps(asdict(scored(Path(arguments[1])))))
        return
    if arguments[0] == "--page":  # from scores printed by `--one`, a file each
        lines = [Path(each).read_text(encoding="utf-8").splitlines() for each in arguments[2:]]
        scores = [VendorScore(**json.loads(each[-1])) for each in lines]
        Path(arguments[1]).write_text(_page(sorted(scores, key=lambda s: s.file)), encoding="utf-8")
        return
    folder, page = Path(arguments[0]), Path(arguments[1])
    scores = []
    for file in _files(folder):
        scores.append(_in_process_of_its_own(file))
        print(_row(scores[-1]), flush=True)
        page.write_text(_page(scores), encoding="utf-8")


def _files(folder: Path) -> list[Path]:
    """Returns the OpenAPI files of a folder, and the main file of each folder in it."""
    found = [each for each in folder.iterdir() if each.suffix in _SUFFIXES]
    found += [each for each in folder.glob("*/openapi.*") if each.suffix in _SUFFIXES]
    return sorted(found, key=_name)


def _name(file: Path) -> str:
    return file.parent.name if file.stem == "openapi" else file.stem


def _in_process_of_its_own(file: Path) -> VendorScore:
    command = [sys.executable, "-m", "tests.vendors", "--one", str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST, check=True)
    except subprocess.CalledProcessError as error:
        return VendorScore(_name(file), notes=[error.stderr.strip().splitlines()[-1]])
    except subprocess.TimeoutExpired:
        return VendorScore(_name(file), notes=[f"took longer than {_LONGEST} s"])
    return VendorScore(**json.loads(done.stdout.splitlines()[-1]))


def scored(file: Path) -> VendorScore:
    """Run one file through all steps."""
    score = VendorScore(_name(file))
    with tempfile.TemporaryDirectory() as folder, suppress(SpecRefused):
        try:
            overlay = _adopted(file, Path(folder), score)
            spec = _served(overlay, score)
            waiters = _generated(overlay, Path(folder), score)
            score.walked = list(_walked(spec, overlay, waiters, score))
            _by_hand(file, overlay, Path(folder), score)
        except SpecRefused as refused:
            score.notes += [str(each) for each in refused.mistakes[:3]]
        except subprocess.SubprocessError as error:
            score.notes.append(f"generate: {error}"[:200])
    return score


# -- adopted and served ----------------------------------------------------------------------------


def _adopted(file: Path, folder: Path, score: VendorScore) -> SpecSource:
    """Returns the overlay drafted from a file, or the file itself if no job was found."""
    name = find_source(file).name if file.stem != "openapi" else _name(file)
    document = read(SpecSource(name, file))
    score.version = str(document.written["openapi"])
    score.operations = sum(1 for _ in _operations(document))
    trial = try_draft(document)
    score.jobs = [job.name for job in trial.draft.jobs]
    score.notes += [f"not drafted: {why}" for why in trial.refused]
    if not score.jobs:
        return SpecSource(name, file)
    text = overlay_text(shorten(document, trial.draft), str(file.resolve()), name, document.written)
    score.lines = len(text.splitlines())
    overlay = folder / f"{name}.overlay.yaml"
    overlay.write_text(text, encoding="utf-8")
    return SpecSource(name, overlay)


def _operations(document: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    methods = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
    for path, item in document.data["paths"].items():
        yield from ((path, method, item) for method in methods if method in item)


def _served(overlay: SpecSource, score: VendorScore) -> Spec:
    spec, started = load(overlay), time.monotonic()
    with in_process([_named(overlay)]) as host, host.sandbox("vendors") as twin:
        score.served = round(time.monotonic() - started, 1)
        api = twin[spec.name]
        with httpx.Client(transport=host.transport, base_url=api.url, headers=api.headers) as http:
            for path, method, item in _operations(spec.document):
                why = _unanswered(spec, api, http, (path, method, item))
                score.answered += why is None
                score.notes += [f"{method.upper()} {path}: {why}"] if why else []
    return spec


def _named(source: SpecSource) -> str:
    return f"{source.name}={source.path}"


def _unanswered(
    spec: Spec, api: Api, http: httpx.Client, at: tuple[str, str, Mapping[str, Any]]
) -> str | None:
    """Returns why the response to a sample request does not fit its schema; None if it does."""
    _, method, item = at
    node = item[method]
    bound = next((each for each in spec.operations if each.id == node["operationId"]), None)
    try:
        request = _request(spec, at, bound, _job(api, bound))
    except NoValue:
        return "no valid request could be generated"
    answer = http.request(method, request.path, **request.sent())
    if answer.status_code == httpx.codes.CONFLICT and bound and bound.does == "event":
        return None
    if answer.is_error:
        return f"{answer.status_code} {answer.text[:200]}"
    return _misfit(spec, node, answer)


def _request(
    spec: Spec,
    at: tuple[str, str, Mapping[str, Any]],
    bound: Operation | None,
    job: Job | None = None,
) -> MadeRequest:
    """Returns a valid request for an operation, with the job's id in its place."""
    source = bound.job_id if bound and job else None
    given = [] if source is None or job is None else [(source.place, source.name, job.id)]
    return MadeRequest.of(spec.document, Maker(spec.document, spec.schemas), at, given)


def _job(api: Api, bound: Operation | None) -> Job | None:
    """Create a job for an operation that needs one."""
    if bound is None or bound.machine is None or bound.job_id is None:
        return None
    return api.create(machine=bound.machine.name)


def _misfit(spec: Spec, node: Mapping[str, Any], answer: httpx.Response) -> str | None:
    """Returns why a response's body does not fit the schema of its status; None if it does."""
    responses = node["responses"]
    keys = (str(answer.status_code), f"{answer.status_code // 100}XX", "default")
    response: Any = next(
        (spec.document.resolve(responses[key]) for key in keys if key in responses), {}
    )
    kind = answer.headers.get("content-type", "").partition(";")[0]
    schema = (response.get("content") or {}).get(kind, {}).get("schema")
    if "json" not in kind or schema is None:
        return None
    wrong = next(spec.schemas.misfits(schema, answer.json()), None)
    return None if wrong is None else f"{pointer(wrong[0])} {wrong[1]}"


# -- generated -------------------------------------------------------------------------------------


def _generated(
    overlay: SpecSource, folder: Path, score: VendorScore, only: tuple[str, ...] = ()
) -> Any:
    """Generate and import a client; returns its waiters, or None if it has none."""
    root = folder / "made"
    root.mkdir()
    chosen = [word for each in only for word in ("--only", each)]
    command = ["generate", "--json", "-o", str(root), *chosen, _named(overlay)]
    [made] = json.loads(_run(command, score))
    score.generated = made["operations"]
    sys.path.insert(0, str(root))
    for known in [each for each in sys.modules if each.partition(".")[0] == overlay.name]:
        del sys.modules[known]
    importlib.invalidate_caches()
    package = importlib.import_module(overlay.name)
    for module in pkgutil.walk_packages(package.__path__, f"{overlay.name}."):
        importlib.import_module(module.name)
    score.imported = True
    with suppress(ModuleNotFoundError):
        return importlib.import_module(f"{overlay.name}.waiters")
    return None


def _run(command: Sequence[str], score: VendorScore) -> bytes:
    """Returns the output of a jobtwin command; its wall-clock time and memory go to the score."""
    started, python = time.monotonic(), [sys.executable, "-m", "jobtwin"]
    done = subprocess.run([*python, *command], capture_output=True, timeout=_MAKING, check=True)
    score.seconds = round(time.monotonic() - started, 1)
    score.megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return done.stdout


# -- walked ----------------------------------------------------------------------------------------


def _by_hand(file: Path, drafted: SpecSource, folder: Path, score: VendorScore) -> None:
    """Walk the jobs of the gallery's overlay for a file, if there is one."""
    written = GALLERY / f"{_name(file)}.overlay.yaml"
    if not written.is_file():
        return
    text = written.read_text(encoding="utf-8")
    drafts = drafted.path.read_text(encoding="utf-8").splitlines() if score.jobs else []
    score.by_hand = (
        sum(line not in drafts and line[:1] != "#" for line in text.splitlines()) - 2
    )  # its `info` and `extends`
    place = folder / "gallery"
    place.mkdir()
    overlay = SpecSource(drafted.name, place / written.name)
    extended = re.sub(r"^extends: .*$", f"extends: {file.resolve()}", text, flags=re.MULTILINE)
    overlay.path.write_text(extended, encoding="utf-8")
    spec = load(overlay)
    bound = tuple(dict.fromkeys(operation.path for operation in spec.operations))
    waiters = _generated(overlay, place, VendorScore(file.name), only=bound)
    score.with_overlay = list(_walked(spec, overlay, waiters, score))


def _walked(spec: Spec, overlay: SpecSource, waiters: Any, score: VendorScore) -> Iterator[str]:
    """Yields the machines whose jobs end in success."""
    lives = {each.name: each for each in vars(waiters or ()).values() if isinstance(each, Lifecycle)} if waiters else {}  # fmt: skip
    with in_process([_named(overlay)]) as host, host.sandbox("walks") as twin:
        for machine in spec.jobs:
            if not any(
                o.does == "create" and o.machine is spec.jobs[machine] for o in spec.operations
            ):
                score.notes.append(f"{machine}: no operation creates one")
                continue
            life = lives.get(f"{spec.name}.{machine}")
            if life is None:
                score.notes.append(f"{machine}: no waiter")
                continue
            try:
                _walk(spec, twin, machine, waiters, life)
            except Exception as error:  # noqa: BLE001 - any error goes onto the scoreboard
                score.notes.append(f"{machine}: {type(error).__name__}: {str(error)[:200]}")
            else:
                yield machine


def _walk(spec: Spec, twin: Any, machine: str, waiters: Any, life: Any) -> None:
    """Create a job with the vendor's own request, and wait for its end with the waiter."""
    api = twin[spec.name]
    create = next(
        o for o in spec.operations if o.does == "create" and o.machine and o.machine.name == machine
    )
    item = spec.document.data["paths"][create.path]
    request = _request(spec, (create.path, create.method.lower(), item), create)
    with httpx.Client(transport=api._transport, base_url=api.url, headers=api.headers) as http:  # noqa: SLF001 - the kit's
        answer = http.request(create.method, request.path, **request.sent())
        answer.raise_for_status()
    [job, *_] = api.jobs()
    package = importlib.import_module(spec.name)
    kind = package.AuthenticatedClient if api.headers else package.Client
    name = next(name for name, each in vars(waiters).items() if each is life)
    wait = getattr(waiters, f"wait_for_{name.lower()}")
    wait(
        api.client(kind),
        **_ids(wait, life, job.id),
        timeout=3600,
        clock=twin.clock.time,
        sleep=lambda seconds: twin.clock.advance(seconds=seconds),
    )
    if job.outcome != "success":
        raise Refusal("illegal_event", why=job.state)


def _ids(wait: Any, life: Any, job: str) -> dict[str, Any]:
    """Returns the arguments that identify the job, with the waiter's types."""
    asked = inspect.signature(wait).parameters.values()
    return {
        each.name: _typed(each.annotation, job if each.name == life.key else "x")
        for each in asked
        if each.default is each.empty and each.kind is each.KEYWORD_ONLY
    }


def _typed(annotation: Any, text: str) -> Any:
    return annotation(text) if callable(annotation) else text


# -- the page --------------------------------------------------------------------------------------

_HEAD = """\
# Vendors' own files

Results for files that vendors publish, with overlays drafted by `jobtwin adopt` and not edited.
`make vendors CORPUS=DIR` writes this page for any folder of files.

- *answered*: operations that answer a sample request with a valid response.
- *ready in*, and the seconds beside *generated*, are wall-clock times of a busy machine.
- *generated*: operations in the client; *imported*: every module of the client can be imported.
- *walked*: jobs that were created by the vendor's own request and completed, as seen by the \
generated waiter.
- *with overlay*: the same with the overlay of [gallery/](../gallery/README.md); *by hand*: the \
lines of this overlay that were written by hand.

| file | OpenAPI | operations | ready in | answered | generated | imported | jobs found | walked | lines drafted | with overlay | by hand |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def _page(scores: Sequence[VendorScore]) -> str:
    served = sum(each.served is not None for each in scores)
    generated = sum(each.imported for each in scores)
    walking = sum(bool(each.walked) for each in scores)
    overlaid = sum(bool(each.with_overlay) for each in scores)
    total = (
        f"\nServed: {served} of {len(scores)}. Generated and imported: {generated} of "
        f"{len(scores)}. With a job that walks: {walking} of {len(scores)}; with an overlay of the "
        f"gallery: {overlaid} of {len(scores)}.\n"
    )
    notes = "".join(_notes(each) for each in scores if each.notes)
    return (
        _HEAD.replace("{cores}", str(os.cpu_count()))
        + "".join(f"{_row(each)}\n" for each in scores)
        + total
        + notes
    )


def _row(score: VendorScore) -> str:
    cells = [
        score.file,
        score.version,
        score.operations,
        "no" if score.served is None else f"{score.served} s",
        score.answered,
        f"{score.generated} ({score.seconds:.0f} s, {score.megabytes} MB)",
        "yes" if score.imported else "no",
        ", ".join(score.jobs) or "none",
        ", ".join(score.walked) or "none",
        score.lines,
        ", ".join(score.with_overlay) or "none",
        "-" if score.by_hand is None else score.by_hand,
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _notes(score: VendorScore) -> str:
    shown = [f"- {' '.join(each.split())[:300]}" for each in score.notes[:8]]
    more = len(score.notes) - len(shown)
    shown += [f"- and {more} more"] if more > 0 else []
    return "\n".join([f"\n## {score.file}\n", *shown, ""])


if __name__ == "__main__":
    main(sys.argv[1:])
