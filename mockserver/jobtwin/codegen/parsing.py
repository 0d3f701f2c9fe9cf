"""Parses a document with openapi-python-client, and leaves out what it cannot parse."""

import gc
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError, ParseError
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.strings import ClassName

from jobtwin.codegen import shortcuts, unions
from jobtwin.codegen.names import ClassNames
from jobtwin.codegen.operations import OperationReader
from jobtwin.codegen.schemas import PREFIX, SchemaReader

CONFIG = Path(__file__).with_name("generator.yaml")
TEMPLATES = Path(__file__).with_name("templates")
Report = Callable[[str], object]
"""A function that takes a line about the progress."""

ROUNDS = 10
"""Rounds of leaving out schemas after which to give up."""

_FOLLOWS = re.compile("Could not find reference|Invalid property in union|was not processed")
_TWICE = re.compile('duplicate models with name "([^"]+)"|conflicting enums named (\\w+)')
_REMOVED = re.compile(r"^/components/schemas/(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class ParsedProject:
    """A project that can be built, and its document."""

    project: Project
    document: dict[str, Any]
    variants: dict[str, tuple[str, list[str]]]
    """The variants that `unions.opened` added."""
    wire_names: dict[str, str]
    """Stand-in → wire name, for properties and parameters."""
    modules: dict[tuple[str, str], tuple[str, str]]
    """The folder and the module of each operation, by its path and its method."""
    left_out: tuple[str, ...]
    """A line for each part that could not be parsed, with the reason."""


def parse(
    document: dict[str, Any], package: Path, *, every: bool, report: Report = lambda _: None
) -> ParsedProject:
    """Parses a document for a client in `package`; with `every`, also unused schemas.

    `report` gets a line before each round.

    Raises ValueError if the generator refuses the converted document.
    """
    if not isinstance(document.get("paths"), dict):
        raise ValueError("has no `paths`, so there is nothing to generate")  # noqa: TRY004 - of it
    dropped: dict[str, str] = {}
    titles: dict[str, str] = {}
    for attempt in range(ROUNDS):
        report(
            f"parsing again, {_plural(len(dropped), 'schema')} simplified" if attempt else "parsing"
        )
        schemas = SchemaReader(document, dropped, titles)
        operations = OperationReader(schemas)
        made = _made(operations, every=every)
        added = unions.opened(made)
        project = _project(made, package, operations.media_types)
        unmade = dict(_unmade(project.openapi, made))
        if not unmade:
            break
        renamed = _renamed(project.openapi, made, titles)
        titles |= renamed
        if unmade := _still_unmade(unmade, renamed):
            # Parsing is slow, so consequences are separated from causes only once.
            dropped |= unmade if attempt else _causes(unmade)
        del project
        gc.collect()  # the models of a round refer to each other
    else:
        raise ValueError(f"no end of schemas that cannot be generated: {', '.join(dropped)}")
    left_out = (*_left_out(operations, dropped), *map(_line, _complaints(project.openapi)))  # noqa: F821 - the last round keeps it
    return ParsedProject(project, made, added, schemas.wire_names, operations.modules, left_out)  # noqa: F821 - as above


def _still_unmade(unmade: dict[str, str], renamed: dict[str, str]) -> dict[str, str]:
    """Returns the schemas that a new title for others does not help."""
    if not renamed:
        return unmade
    return {
        name: why for name, why in unmade.items() if name not in renamed and not _TWICE.search(why)
    }


def _left_out(operations: OperationReader, dropped: dict[str, str]) -> Iterator[str]:
    """Yields a line for each part of the document that the client lacks."""
    yield from (f"{name}: {why}" for name, why in operations.left_out.items())
    yield from operations.twice
    yield from (f"{name}: leads to nothing in the file" for name in operations.schemas.lost)
    for name, why in dropped.items():
        yield f"schema {name}, which is any value now: {why}"


def _made(operations: OperationReader, *, every: bool) -> dict[str, Any]:
    """Returns the document in the form that the generator reads."""
    document = operations.schemas.document
    told = document.get("info")
    info = told if isinstance(told, dict) else {}
    version = document.get("openapi")
    paths = operations.paths()
    known = operations.schemas.names if every else []
    return {
        "openapi": version if isinstance(version, str) and version[:2] == "3." else "3.1.0",
        "info": {"title": str(info.get("title")), "version": str(info.get("version"))},
        "paths": paths,
        "components": {"schemas": operations.schemas.components(known)},
    }


def _project(made: dict[str, Any], package: Path, media_types: dict[str, str]) -> Project:
    config = Config.from_sources(
        ConfigFile.load_from_path(CONFIG),
        MetaType.NONE,
        package,
        "utf-8",
        overwrite=False,
        output_path=package,
    )
    config.class_overrides = ClassNames()
    config.content_type_overrides = media_types
    try:
        with shortcuts.taken():
            data = GeneratorData.from_dict(made, config=config)
    except (ArithmeticError, AttributeError, LookupError, NameError, RecursionError, TypeError) as error:  # fmt: skip
        why = f"openapi-python-client fails on it: {type(error).__name__} {error}"
        raise ValueError(_line(why)) from error
    if isinstance(data, GeneratorError):
        raise ValueError(_line(_told(data)))  # noqa: TRY004 - the document is invalid
    project = Project(openapi=data, config=config, custom_template_path=TEMPLATES)
    shortcuts.set_up(project.env)
    return project


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _unmade(data: GeneratorData, made: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields the components for which the generator made no class, with the reason."""
    for error in data.errors:
        head = error.header.strip().removesuffix(":")
        named = head.rpartition(" ")[2].removeprefix("/components/schemas/")
        removed = _REMOVED.findall(error.detail or "")
        known = [name for name in (named, *removed) if name in made["components"]["schemas"]]
        if known:
            why = (error.detail or head).partition("\n")[0]
            yield known[0], _line(why)


def _causes(unmade: dict[str, str]) -> dict[str, str]:
    """Returns the components that were not refused because of another; all if there are none."""
    causes = {name: why for name, why in unmade.items() if not _FOLLOWS.search(why)}
    return causes or unmade


def _renamed(data: GeneratorData, made: dict[str, Any], titles: dict[str, str]) -> dict[str, str]:
    """Returns new titles for components whose class name a nested schema has, too."""
    complaints = " ".join(_complaints(data))
    twice = {name for names in _TWICE.findall(complaints) for name in names}
    named = {name: str(ClassName(name, PREFIX)) for name in made["components"]["schemas"]}
    return {
        name: f"{cls} component"
        for name, cls in named.items()
        if cls in twice and name not in titles
    }


def _complaints(data: GeneratorData) -> Iterator[str]:
    """Yields the generator's messages about operations, or parts of them, that it left out."""
    errors = [*data.errors]
    for collection in data.endpoint_collections_by_tag.values():
        errors += collection.parse_errors
    yield from map(_told, errors)


def _told(error: GeneratorError) -> str:
    part = error.data if isinstance(error, ParseError) else None
    culprit = part.model_dump_json(exclude_unset=True, by_alias=True) if part else ""
    return f"{error.header} {error.detail or ''} {culprit}"


def _line(message: str) -> str:
    # Some strings of the generator print as <...UntrustedString object at 0x...>.
    return textwrap.shorten(re.sub(r"<[\w.]+ object at \w+>", "", message), 400, placeholder=" …")
