"""A spec file as a document: read from YAML, held to OpenAPI 3.0 and to the grammar's schema."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from mockserver.errors import Mistake, SpecRefused

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")

PACKAGED = Path(__file__).parents[1] / "specs"
CHECKOUT = Path(__file__).parents[2] / "specs"


def spec_folder() -> Path:
    """Where the specs are: in the wheel, or beside the package in a checkout."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document, its extensions well-formed; `name` is the file's stem."""

    file: str
    name: str
    data: Mapping[str, Any]

    def resolve(self, node: Any) -> Any:
        """The node itself, or what its `$ref`s lead to."""
        while isinstance(node, dict) and "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def at(self, pointer: str) -> Any:
        """The node at a JSON pointer such as `#/components/schemas/Job`; KeyError if none is."""
        node: Any = self.data
        for token in pointer.removeprefix("#/").split("/"):
            node = node[token.replace("~1", "/").replace("~0", "~")]
        return node


class _Loader(yaml.CSafeLoader):
    """YAML as JSON knows it: dates stay text, every key is a text, no key comes twice."""

    file = ""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the library's signature
        own = [(key, value) for key, value in node.value if key.tag != "tag:yaml.org,2002:merge"]
        seen: dict[str, int] = {}
        for key, _ in own:
            line = key.start_mark.line + 1
            if key.tag == "tag:yaml.org,2002:bool":
                self._refuse(line, f"the key `{key.value}` is a boolean in YAML 1.1; quote it or choose another word")  # fmt: skip
            elif key.tag != "tag:yaml.org,2002:str":
                self._refuse(line, f"the key `{key.value}` is no text; write it in quotes")
            elif key.value in seen:
                self._refuse(line, f"the key `{key.value}` stands here already in line {seen[key.value]}")  # fmt: skip
            seen[key.value] = line
        return super().construct_mapping(node, deep=deep)

    def _refuse(self, line: int, why: str) -> None:
        self.mistakes.append(Mistake(f"{self.file}:{line}", "", why))

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.mistakes: list[Mistake] = []


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Document:
    """Read one spec file; every mistake of form is told at once in `SpecRefused`."""
    data = _parse(path)
    mistakes = [Mistake(path.name, where, why) for where, why in _form(data)]
    if mistakes:
        raise SpecRefused(mistakes)
    return Document(path.name, path.stem, data)


def _parse(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecRefused([Mistake(path.name, "", f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise SpecRefused([Mistake(path.name, "", why)]) from error
    loader = _Loader(text)
    loader.file = path.name
    try:
        data = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        why = f"is no YAML: {': '.join(filter(None, (error.context, error.problem)))}"
        raise SpecRefused([Mistake(f"{path.name}:{line}", "", why)]) from error
    finally:
        loader.dispose()
    if loader.mistakes:
        raise SpecRefused(loader.mistakes)
    return data


def _form(data: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(data, dict):
        yield "", "is no OpenAPI document; it starts with `openapi: 3.0.3`"
        return
    version = data.get("openapi")
    if not isinstance(version, str) or not version.startswith("3.0."):
        yield "/openapi", f"is {version!r}; write `openapi: 3.0.3`"
        return
    yield from _errors(_openapi(), data)
    yield from _errors(_grammar(), data)
    yield from _extensions(data, "")
    yield from _dangling(data, data, "")


def _errors(
    validator: jsonschema_rs.Draft202012Validator | jsonschema_rs.Draft4Validator, data: Any
) -> Iterator[tuple[str, str]]:
    for error in validator.iter_errors(data):
        deepest = _deepest(error)
        yield pointer(deepest.instance_path), deepest.message


def _deepest(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Of the branches of a failed choice, the error of the one that came nearest."""
    branches = [branch for branch in getattr(error.kind, "context", None) or [] if branch]
    if not branches:
        return error
    leaves = [max(map(_deepest, branch), key=_depth) for branch in branches]
    best = max(leaves, key=_depth)
    return best if _depth(best) > _depth(error) or len(leaves) == 1 else error


def _depth(error: jsonschema_rs.ValidationError) -> int:
    return len(error.instance_path)


def pointer(path: list[str | int]) -> str:
    """A JSON pointer, from its tokens."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in path)


def _extensions(node: Any, where: str) -> Iterator[tuple[str, str]]:
    """Hold evidence and values to the grammar wherever they stand, also in inline schemas."""
    if isinstance(node, dict):
        for key, child in node.items():
            place = where + pointer([key])
            if key in _ANYWHERE:
                yield from ((place + at, why) for at, why in _errors(_grammar_of(_ANYWHERE[key]), child))  # fmt: skip
            else:
                yield from _extensions(child, place)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _extensions(child, f"{where}/{index}")


_ANYWHERE = {"x-evidence": "evidence", "x-job-value": "value"}


def _dangling(data: Mapping[str, Any], node: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str) and not _leads(data, target):
            yield f"{where}/$ref", f"{target!r} leads nowhere in this file"
        for key, child in node.items():
            yield from _dangling(data, child, where + pointer([key]))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _dangling(data, child, f"{where}/{index}")


def _leads(data: Mapping[str, Any], target: str) -> bool:
    try:
        Document("", "", data).at(target)
    except (KeyError, TypeError):
        return False
    return target.startswith("#/")


@cache
def _grammar_source() -> dict[str, Any]:
    text = (spec_folder() / "job-lifecycle.schema.json").read_text(encoding="utf-8")
    source: dict[str, Any] = json.loads(text)
    return source


@cache
def _grammar() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_grammar_source())


@cache
def _grammar_of(definition: str) -> jsonschema_rs.Draft202012Validator:
    definitions = _grammar_source()["$defs"]
    return jsonschema_rs.Draft202012Validator({**definitions[definition], "$defs": definitions})


@cache
def _openapi() -> jsonschema_rs.Draft4Validator:
    """Load the OpenAPI 3.0 meta-schema, which connexion carries."""
    package = find_spec("connexion")
    folder = Path((package.submodule_search_locations or [""])[0] if package else "")
    text = (folder / "resources/schemas/v3.0/schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft4Validator(json.loads(text))
