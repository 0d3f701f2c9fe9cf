"""Reads the schemas of bodies into values, and checks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import jsonschema_rs

from jobtwin.errors import among
from jobtwin.openapi.bindings import Bindings, Bound
from jobtwin.openapi.byname import by_name
from jobtwin.openapi.emitting import CONVERSIONS
from jobtwin.openapi.made import Maker, NoValue
from jobtwin.openapi.nodes import (
    Property,
    Report,
    enum_of,
    is_nullable,
    may_be_anything,
    properties,
    type_of,
    wrapped,
)
from jobtwin.openapi.pointer import followed
from jobtwin.openapi.scopes import BadValue, Paths, ResolvedPath, Scope
from jobtwin.openapi.texts import lines, text
from jobtwin.openapi.values import (
    ALWAYS,
    Between,
    Const,
    Each,
    FirstOf,
    Object,
    Path,
    Pick,
    Shown,
    Text,
    Value,
    When,
    under,
)

_UNTYPED = ("moment", "span", "percent")
"""Types that are not JSON until they are converted."""

_MADE: Mapping[str, Sequence[str]] = {
    "rfc3339-milliseconds": ("string",),
    "rfc3339-seconds": ("string",),
    "epoch-milliseconds": ("integer", "number", "string"),
    "epoch-seconds": ("integer", "number", "string"),
    "fraction": ("number",),
    "go-duration": ("string",),
}
"""The schema types for results of `as`."""

_FORMATS: Mapping[str, str] = {"unixtime": "epoch-seconds"}
"""The conversions of moments, by the `format` in OpenAPI's registry."""

_EPOCHS = ((10, "epoch-seconds"), (13, "epoch-milliseconds"))
"""The conversions of moments, by the number of digits; they hold from 2001 to 2286."""

_PYTHON: Mapping[str, Sequence[type]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


_MOMENTS = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123Z", "2026-01-01T00:00:00.123456Z")
"""The conversions of moments, with and without a fraction."""


class BodyReader:
    """Reads the schemas of one document's bodies; mistakes go to `report`."""

    def __init__(self, bindings: Bindings, report: Report, maker: Maker) -> None:
        self._bindings = bindings
        self._document = bindings.document
        self._report = report
        self._paths = Paths(bindings.document)
        self._open: list[tuple[str, Scope]] = []
        self._own: dict[str, bool] = {}
        self._maker = maker
        # The author of a vendor's own file cannot be asked, so missing values are made up.
        self._samples = maker if bindings.document.is_vendors else None
        self.assumed: dict[str, Any] = {}
        """Values of properties that follow from names alone, by place."""
        self.unfit: dict[str, str] = {}
        """Why properties do not get the values that their names suggest."""
        self.sound = True
        """True if all values so far are right, so that trying them can find further mistakes."""

    # -- schemas -----------------------------------------------------------------------------------

    def read(self, node: Any, scope: Scope, place: str, guess: Any = None) -> Shown | None:
        """Returns the values of the schema at a place, bound or guessed by name; None if it has none."""
        bound = self._bound(node, place)
        place, node = followed(self._document.data, place, node)
        if (place, scope) in self._open:  # a recursive schema
            return None
        self._open.append((place, scope))
        value: Value | None
        try:
            value = self._bound_value(bound, guess, node, scope, place)
        except BadValue as bad:
            self._report(bound.place if bound else place, str(bad))
            self.sound, value = False, Const(None)
        finally:
            self._open.pop()
        return None if value is None else self._place(value, node, place)

    def _place(self, value: Value | None, node: Mapping[str, Any], place: str) -> Shown:
        return Shown(value, place, type_of(self._document, node), is_nullable(self._document, node))

    def _bound(self, node: Any, place: str) -> Bound | None:
        """Returns the binding of a node, of the target of its `$ref`s, or of its wrapped schema."""
        bound = self._bindings.value(node, place)
        while bound is None and isinstance(node, Mapping):
            if "$ref" in node:
                place = node["$ref"].removeprefix("#")
                node = self._document.at(node["$ref"])
            elif "properties" not in node and (inside := wrapped(node)):
                place, node = place + inside[0], inside[1]
            else:
                return None
            bound = self._bindings.value(node, place)
        return bound

    def _bound_value(
        self, bound: Bound | None, guess: Any, node: Mapping[str, Any], scope: Scope, place: str
    ) -> Value | None:
        if bound is None:
            return self._guessed(guess, node, scope, place)
        if _is_bare(bound.said):
            return self._conditional(bound.said["when"], guess, node, scope, place)
        return self._value(bound.said, node, scope, place)

    def _guessed(
        self, guess: Any, node: Mapping[str, Any], scope: Scope, place: str
    ) -> Value | None:
        """Returns the value guessed from the name, if it fits; else the values of the properties."""
        if guess is None and scope.what == "page" and type_of(self._document, node) == "array":
            guess = {"each": "jobs"}
        whole = self._object(node, scope, place) if not self._is_whole(guess, place) else None
        if whole is not None or guess is None:
            return whole
        return self._fitting(guess, node, scope, place)

    def _fitting(
        self, guess: Any, node: Mapping[str, Any], scope: Scope, place: str
    ) -> Value | None:
        """Returns a guessed value, or the values of the properties if it does not fit."""
        try:
            value = self._value(guess, node, scope, place)
        except BadValue as bad:
            # A property called `state` is meant to show it, so a misfit is the author's mistake.
            if guess == "state" and self._samples is None:
                raise
            if (fact := _fact_of_parts(guess, scope)) is not None:
                return self._fitting(fact, node, scope, place)
            self.unfit[place] = str(bad)
            return self._object(node, scope, place)
        self.assumed[place] = guess
        return value

    def _conditional(
        self, said: Any, guess: Any, node: Mapping[str, Any], scope: Scope, place: str
    ) -> Value:
        """Returns the value by name, or those of the properties, under a condition."""
        when = self._paths.condition(said, scope)
        value = self._guessed(guess, node, scope.narrowed(when), place)
        if value is None:
            value = self._exemplary(node)
        if value is None:
            raise BadValue(
                "`when` alone needs a value by name, here or in a property, or an `example` in the "
                "schema; add one, or write `path` or `const` beside `when`"
            )
        return under(when, value)

    def _exemplary(self, node: Mapping[str, Any]) -> Value | None:
        """Returns a schema's example as a value; None if no example fits."""
        with suppress(NoValue):
            return self._located(self._maker.example(node))
        return None

    def _is_whole(self, guess: Any, place: str) -> bool:
        """Returns True if a guess covers a whole schema, with no bindings inside."""
        return guess is not None and not self._bindings.has_value_below(place)

    def _object(self, node: Mapping[str, Any], scope: Scope, place: str) -> Object | None:
        declared = properties(self._document, node, place)
        found = self._properties(declared, scope, own=self._own.get(place, True))
        if all(shown.value is None for shown in found.values()):
            return None
        told = self._deciding(found, self._fixed(declared))
        found |= self._sampled({n: each for n, each in declared.items() if n not in found})
        lacking = {n: p for n, p in declared.items() if p.required and n not in found}
        self._report_missing(lacking, scope, own=self._own.get(place, True))
        return Object(found, told)

    def _report_missing(self, lacking: Mapping[str, Property], scope: Scope, *, own: bool) -> None:
        """Reports the required properties without a value, and those that only an object of the job has."""
        for name, each in lacking.items():
            why = self._missing(each.place, scope)
            if not own and isinstance(guess := self._guess(name, each, scope, own=True), str):
                why += f"; its name is that of {guess}, but the object around shows the job already"
            self._report(each.place, why)
            self.sound = self.sound and scope.what != "error"

    def _fixed(self, declared: Mapping[str, Property]) -> frozenset[str]:
        """Returns the properties of which the schema allows only one value."""
        enums = {name: enum_of(self._document, each.schema) for name, each in declared.items()}
        return frozenset(name for name, enum in enums.items() if enum and len(enum) == 1)

    def _deciding(self, found: Mapping[str, Shown], fixed: frozenset[str]) -> tuple[Value, ...]:
        """Returns the values without which an object is missing; () if any value is enough.

        The only value that a schema allows does not decide it, and nor do samples.
        """
        told = [each for name, shown in found.items() if name not in fixed for each in _told(shown)]
        if self._samples:
            return tuple(told) if all(map(_is_passing, told)) else ()
        return tuple(told) if fixed & found.keys() else ()

    def _properties(
        self, declared: Mapping[str, Property], scope: Scope, *, own: bool
    ) -> dict[str, Shown]:
        """Returns the properties of an object that have values; `own` if they are the job's own."""
        guesses = {n: self._guess(n, each, scope, own=own) for n, each in declared.items()}
        inner = own and not any(map(self._is_jobs_own, declared.values(), guesses.values()))
        found = {}
        for name, each in declared.items():
            self._own[followed(self._document.data, each.place, each.schema)[0]] = inner
            shown = self._property(each, scope, guesses[name])
            if shown is not None:
                found[name] = replace(shown, required=each.required)
        return found

    def _property(self, declared: Property, scope: Scope, guess: Any) -> Shown | None:
        """Returns a property's values; those of a required one are never missing."""
        schema, where, required = declared
        shown = self.read(schema, scope, where, guess)
        if not required:
            return shown
        self._check_left_out(schema, where)
        if shown is not None:
            return self._present(shown, schema)
        return self._place(None, schema, where) if is_nullable(self._document, schema) else None

    def _check_left_out(self, schema: Any, where: str) -> None:
        """Reports `when` alone at a required property that cannot be null."""
        bound = self._bound(schema, where)
        if bound and _is_bare(bound.said) and not is_nullable(self._document, schema):
            why = "is required, so it is never left out; take `when` away, or let it be null"
            self._report(bound.place, why)

    def _sampled(self, declared: Mapping[str, Property]) -> dict[str, Shown]:
        """Returns the properties that a vendor's file has samples of."""
        samples = {
            name: self.sample(each.schema, each.place, required=each.required)
            for name, each in declared.items()
        }
        return {
            name: replace(sample, required=declared[name].required)
            for name, sample in samples.items()
            if sample is not None
        }

    def _present(self, shown: Shown, node: Any) -> Shown:
        """Returns a required property as it is without a value: null if it may be, else a sample."""
        if may_be_anything(self._document, node):
            return replace(shown, nullable=True)
        sample = self.sample(node, shown.place, required=True) if _is_passing(shown.value) else None
        if sample is None or sample.value is None or shown.value is None or shown.nullable:
            return shown
        return replace(shown, value=FirstOf((shown.value, sample.value)), told=shown.value)

    def sample(self, node: Any, place: str, *, required: bool) -> Shown | None:
        """Returns a fitting example from a vendor's file, or a made-up value if required; else None."""
        if self._samples is None:
            return None
        try:
            made = self._samples.make(node) if required else self._samples.example(node)
        except NoValue:
            return None
        return self._place(self._located(made), node, place)

    def _located(self, made: Any) -> Value:
        """Returns a value from the file, with the vendor's URLs replaced by this server's."""
        rest = self._paths.below_vendor_url(made) if isinstance(made, str) else None
        return Const(made) if rest is None else Text((Path("base", "text"), rest))

    def _is_jobs_own(self, each: Property, guess: Any) -> bool:
        """Returns True if a property is the job's id or state; then objects beside it are not the job's."""
        bound = self._bound(each.schema, each.place)
        shown = guess if bound is None else bound.said
        return isinstance(shown, str) and shown in ("id", "state")

    def _guess(self, name: str, each: Property, scope: Scope, *, own: bool) -> Any:
        kind = type_of(self._document, each.schema)
        return by_name(name, scope, kind, enum_of(self._document, each.schema), own=own)

    def _missing(self, where: str, scope: Scope) -> str:
        """Returns the mistake of a required property without a value."""
        name = self._bindings.name_of(where)
        how = f"`values: {{{name}: …}}`" if name else "an `x-job` here"
        if scope.what == "error":
            how += ", such as error.message, error.code, error.status or error.title"
        target, _ = followed(self._document.data, where, self._document.at(f"#{where}"))
        why = self.unfit.get(target)
        seen = f" (by its name it would be something that does not fit: {why})" if why else ""
        return f"is required, but nothing says where its value comes from; say so by {how}{seen}"

    # -- values ------------------------------------------------------------------------------------

    def _value(self, said: Any, node: Mapping[str, Any], scope: Scope, place: str) -> Value:
        form: Mapping[str, Any] = {"path": said} if isinstance(said, str) else said
        when = self._paths.condition(form.get("when"), scope)
        value = self._unconditional(form, node, scope.narrowed(when) if when else scope, place)
        return When(when, value) if when else value

    def text_value(self, said: Mapping[str, Any], scope: Scope) -> Value:
        """Parses a value that becomes text, in a header or a body that is not JSON."""
        if "path" in said and not {"as", "pick"} & {*said}:
            rest = {key: value for key, value in said.items() if key != "path"}
            said = {**rest, "text": f"{{{said['path']}}}"}
        return self._value(said, {}, scope, "")

    def _unconditional(
        self, form: Mapping[str, Any], node: Mapping[str, Any], scope: Scope, place: str
    ) -> Value:
        _check_keys(form)
        for key, read in (("text", self._text), ("from", self._between), ("of", self._pick)):
            if key in form:
                return read(form, node, scope)
        if "each" in form:
            return self._each(form, node, scope, place)
        if "const" in form:
            return self._const(form["const"], node)
        if "first_of" in form:
            choices = (self._value(choice, node, scope, place) for choice in form["first_of"])
            return FirstOf(tuple(choices))
        return self._path(form, node, scope)

    def _path(self, form: Mapping[str, Any], node: Mapping[str, Any], scope: Scope) -> Path:
        found = self._paths.find(form["path"], scope)
        return replace(found.path, written=self._written(found, form, node))

    def _const(self, const: Any, node: Mapping[str, Any]) -> Const:
        self._check_const(const, node)
        if isinstance(const, str):
            self._paths.refuse_vendor_url(const)
        return Const(const)

    def _check_const(self, const: Any, node: Mapping[str, Any]) -> None:
        """Raises BadValue if a property cannot have the value."""
        declared, enum = type_of(self._document, node), enum_of(self._document, node)
        if declared and const is not None and type(const) not in _PYTHON[declared]:
            raise BadValue(f"the value {const!r} is not of the property's type, {declared}")
        if enum is not None and const not in (*enum, None):
            raise BadValue(among(const, "the values of the enum", map(str, enum)))

    def _text(self, form: Mapping[str, Any], node: Mapping[str, Any], scope: Scope) -> Value:
        declared = type_of(self._document, node)
        if declared not in (None, "string"):
            raise BadValue(f"a text does not fit the type {declared}; it fits string")
        if "each" not in form:
            return text(form["text"], scope, self._paths)
        if form["each"] != "log":
            raise BadValue("`text` makes one text of the lines of a log: write `each: log`")
        return lines(form["text"], scope, self._paths)

    def _between(self, form: Mapping[str, Any], node: Mapping[str, Any], scope: Scope) -> Between:
        mistake = "`from` and `until` take two moments, such as created_at"
        start, end = (self._paths.moment(form[key], scope, mistake) for key in ("from", "until"))
        return Between(start, end, self._written(ResolvedPath(Path("", "span")), form, node))

    def _pick(self, form: Mapping[str, Any], node: Mapping[str, Any], scope: Scope) -> Pick:
        part = self._paths.part(form["of"], scope)
        where = self._paths.condition(form.get("where"), part)
        if form["pick"] == "count":
            self._written(ResolvedPath(Path("", "integer")), form, node)
            return Pick(form["of"], where, "count")
        inner = part.narrowed(where)
        found, by = self._paths.find(form["path"], inner), None
        if "by" in form:
            by = self._paths.moment(form["by"], inner, "`by` takes a moment, such as ended_at")
        value = replace(found.path, written=self._written(found, form, node))
        return Pick(form["of"], where, form["pick"], value, by)

    def _each(
        self, form: Mapping[str, Any], node: Mapping[str, Any], scope: Scope, place: str
    ) -> Each:
        inner, over = self._things(form["each"], scope)
        part, where = "", ALWAYS
        if over == "parts":
            part, where = form["each"], self._paths.condition(form.get("where"), inner)
            inner = inner.narrowed(where)
        if type_of(self._document, node) == "array":
            item = self._item(node.get("items", {}), inner, f"{place}/items")
            item = item or self.sample(node.get("items", {}), f"{place}/items", required=True)
            if item is None:
                raise BadValue("nothing says where the values of its items come from")
            return Each(over, item, part, where)
        item, key = self._entry(form, node, inner, place)
        return Each(over, item, part, where, key)

    def _entry(
        self, form: Mapping[str, Any], node: Mapping[str, Any], scope: Scope, place: str
    ) -> tuple[Shown, Path]:
        """Returns the value of a map's entries, and the path of their keys."""
        entry = node.get("additionalProperties")
        if "key" not in form or not isinstance(entry, Mapping):
            raise BadValue("on a map, `each` needs `key`, and a schema in `additionalProperties`")
        item = self.read(entry, scope, f"{place}/additionalProperties")
        key = self._paths.path(form["key"], scope)
        if item is None:
            raise BadValue("nothing says where the values of its entries come from")
        return item, key

    def _item(self, node: Any, scope: Scope, place: str) -> Shown | None:
        """Returns the values of a list's items; an error among texts is its message."""
        is_text = scope.what == "error" and type_of(self._document, node) == "string"
        return self.read(node, scope, place, "error.message" if is_text else None)

    def _things(self, each: str, scope: Scope) -> tuple[Scope, Any]:
        """Returns the scope of a list's items, and their kind."""
        match scope.what, each:
            case "page", "jobs":
                return Scope("job", scope.machine), "jobs"
            case "job", "log":
                return Scope("entry", scope.machine, scope), "log"
            case "job" | "error", "self":
                return scope, "self"
        return self._paths.part(each, scope), "parts"

    # -- what fits what ----------------------------------------------------------------------------

    def _written(
        self, found: ResolvedPath, form: Mapping[str, Any], node: Mapping[str, Any]
    ) -> str | None:
        """Returns the format of a value in JSON, by its schema; None to leave it as it is."""
        enum = enum_of(self._document, node)
        if found.path.type == "any":
            self._check_fact(found, form, type_of(self._document, node), enum)
            written = None
        else:
            written = self._conversion(found.path.type, form, node)
        _check_enum(found.states, enum, "which the job can be in")
        return written

    def _conversion(
        self, kind: str, form: Mapping[str, Any], node: Mapping[str, Any]
    ) -> str | None:
        """Returns the format of a value of a kind that is not a fact's."""
        declared = type_of(self._document, node)
        if "as" in form:
            _check_as(kind, form["as"], declared)
            return _spelled(form["as"], declared)
        _check_type(kind, declared)
        if by_schema := self._by_schema(kind, node):
            return _spelled(by_schema, declared)
        if kind == "moment" and declared == "string":
            self._check_moment(node)
        return declared

    def _by_schema(self, kind: str, node: Mapping[str, Any]) -> str | None:
        """Returns how a value is written by its `format`, example or `maximum`, or None."""
        schema = self._document.resolve(node)
        if kind == "percent":
            return "fraction" if schema.get("maximum") == 1 else None
        if kind != "moment":
            return None
        return _FORMATS.get(str(schema.get("format"))) or _epoch(schema.get("example"))

    def _check_moment(self, node: Mapping[str, Any]) -> None:
        """Refuses a string whose pattern does not allow a moment."""
        pattern = self._document.resolve(node).get("pattern")
        validator = None if pattern is None else jsonschema_rs.Draft202012Validator({"pattern": pattern})  # fmt: skip
        if validator is not None and not any(map(validator.is_valid, _MOMENTS)):
            raise BadValue(f"a moment, such as {_MOMENTS[0]}, does not fit the pattern {pattern}")

    def _check_fact(
        self, found: ResolvedPath, form: Mapping[str, Any], declared: str | None, enum: Any
    ) -> None:
        given = type_of(self._document, found.schema)
        if "as" in form:
            raise BadValue("a fact is written as it is; leave `as` out")
        if given and declared and (given, declared) not in _ALIKE and given != declared:
            raise BadValue(f"the fact is of type {given}, the property of type {declared}")
        able = enum_of(self._document, found.schema) or ()
        _check_enum([v for v in able if v is not None], enum, "which the fact can be")


_FORMS: Mapping[str, Sequence[str]] = {
    "text": ("each",),
    "from": ("until", "as"),
    "of": ("where", "pick", "path", "by", "as"),
    "each": ("where", "key"),
    "const": (),
    "first_of": (),
    "path": ("as",),
}
"""The forms of a value by their first key, and the keys that go with each, besides `when`."""


def _check_keys(form: Mapping[str, Any]) -> None:
    """Refuses keys that would have no effect in a value of this form."""
    if _is_bare(form):
        raise BadValue("`when` alone is for a property; add `path`, or another value")
    first = next((key for key in _FORMS if key in form), None)
    if first is None:
        raise BadValue(f"needs one of {', '.join(f'`{key}`' for key in _FORMS)}")
    for key in form:
        if key not in (first, "when", *_FORMS[first]):
            raise BadValue(f"`{key}` has no effect beside `{first}`; leave it out")


_ALIKE = frozenset([("integer", "number")])
"""Types of facts that properties of another type can show."""


def _check_type(kind: str, declared: str | None) -> None:
    """Refuses a property of a type that no value of a kind has."""
    if declared is None and kind in _UNTYPED:
        raise BadValue(f"a {kind} needs a property with a `type`: {_able(kind)}")
    if declared is not None and (kind, declared) not in CONVERSIONS:
        raise BadValue(f"a {kind} does not fit the type {declared}; it fits {_able(kind)}")


def _check_enum(values: Iterable[Any], enum: Any, which: str) -> None:
    """Refuses an enum that lacks some of the values that are shown."""
    lacking = [] if enum is None else [value for value in values if value not in enum]
    if lacking:
        raise BadValue(f"the enum lacks {', '.join(map(repr, lacking))}, {which}")


def _check_as(kind: str, conversion: str, declared: str | None) -> None:
    if (kind, conversion) not in CONVERSIONS:
        raise BadValue(
            f"a {kind} cannot be written as {conversion}; it can as {_conversions(kind)}"
        )
    if declared is not None and declared not in _MADE[conversion]:
        raise BadValue(
            f"{conversion} makes a value of type {_MADE[conversion][0]}, and the property is of type {declared}"
        )


def _able(kind: str) -> str:
    """Returns the schema types that suit a kind of value."""
    return ", ".join(made for known, made in CONVERSIONS if known == kind and made in _PYTHON)


def _fact_of_parts(guess: Any, scope: Scope) -> str | None:
    """Returns the fact that has the name of the parts of a guess, or None."""
    name = guess.get("each") if isinstance(guess, Mapping) else None
    is_fact = scope.what == "job" and scope.machine is not None and name in scope.machine.facts
    return f"facts.{name}" if is_fact else None


def _is_bare(said: Any) -> bool:
    """Returns True if a value is only a condition."""
    return isinstance(said, Mapping) and [*said] == ["when"]


def _epoch(example: Any) -> str | None:
    """Returns how a moment is written if its example is a number since 1970, or None."""
    text = str(example)
    if isinstance(example, bool) or not (text.isascii() and text.isdecimal()):
        return None
    return next((written for digits, written in _EPOCHS if len(text) == digits), None)


def _spelled(written: str, declared: str | None) -> str:
    """Returns how a value is written in a property of a type: a number may be digits in a text."""
    return f"{written}-text" if declared == "string" and written in _NUMBERS else written


_NUMBERS = ("epoch-seconds", "epoch-milliseconds")


def _told(shown: Shown) -> Iterator[Value]:
    """Yields the values without which a place has no value."""
    value = shown.told or shown.value
    if isinstance(value, Object):
        inner = (each for one in value.properties.values() for each in _told(one))
        yield from value.told or inner
    elif value is not None:
        yield value


_OF_FULL_PAGES = ("page.first", "page.last", "page.next", "page.previous")
"""The paths without a value on an empty page, or on the last one."""


def _is_passing(value: Value | None) -> bool:
    """Returns True if a value of a job, or of a page, can be missing at some moment."""
    if isinstance(value, Path):
        head = value.text.partition(".")[0]
        return (
            head in ("facts", "entered_at", "ended_at", "counters") or value.text in _OF_FULL_PAGES
        )
    return isinstance(value, When)


def _conversions(kind: str) -> str:
    able = [made for known, made in CONVERSIONS if known == kind and made in _MADE]
    return ", ".join(able) or "nothing: leave `as` out"
