"""Values as they travel: what is JSON or a query string outside is a frozen value inside.

The field's declared type decides how it is written, never the value in it. A field of ``Fen`` or ``Hundredths``
is a string with two decimals outside, a ``Period`` is ``2025-03``, a date ISO; everything else is what msgspec
makes of it. 4 911 fen on a voucher line travel as ``"debit": "49.11"``, and a third decimal is refused.

For every value type with such a field a twin type is made once, whose fields are the strings that travel: it
decodes and checks at the speed of C, and its JSON schema is the exact description of what is accepted. A text
that cannot be read is looked through once more, slowly, so that everything wrong with it is said at once.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, reduce
from operator import attrgetter, or_
from threading import RLock
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, inspect
from msgspec.structs import FieldInfo

from ledger import money
from schemas.problems import Fault, Problem, Refusal
from schemas.units import BIGGEST_FEN, Period

T = TypeVar("T")
Hook = Callable[[Any], Any]

DIGITS = f"{{1,{len(str(BIGGEST_FEN)) - 2}}}"
"""How many digits an amount has before the point: as many as the biggest."""
_WRITTEN = rf"[0-9]{DIGITS}(\.[0-9]{{1,2}})?$"
_AMOUNT = Meta(pattern=f"^-?{_WRITTEN}", examples=["1234.50"], extra_json_schema={"x-unit": "CNY"})
_QUANTITY = Meta(pattern=f"^-?{_WRITTEN}", examples=["8.50"])
_ABOVE_ZERO = {
    "fen": Meta(pattern=f"^{_WRITTEN}", examples=["1234.50"], extra_json_schema={"x-unit": "CNY"}),
    "hundredths": Meta(pattern=f"^{_WRITTEN}", examples=["8.50"]),
}
_MONTH = Meta(pattern=r"^(19|2[0-9])[0-9]{2}-(0[0-9]|1[0-3])$", examples=["2025-03"])
_MONTH_OF_A_YEAR = Meta(pattern=r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2025-03"])
TRAVELS_AS = {"fen": _AMOUNT, "hundredths": _QUANTITY, "period": _MONTH, "month": _MONTH_OF_A_YEAR}
"""How the units of schemas/units.py are written; a unit that is not named here travels as the number it is."""

Month = Annotated[int, Meta(ge=190001, le=299912, extra={"unit": "month"})]
"""A period that is one of the twelve months of a year."""

content_must_be_json = Fault(
    code="content_must_be_json",
    says="What was sent is not JSON from byte {byte} on.",
    remedy="Send JSON text in UTF-8.",
)
content_must_not_nest_so_deep = Fault(
    code="content_must_not_nest_so_deep",
    says="What was sent is nested deeper than anything that is read here.",
    remedy="Compare it with the description of this address.",
)
content_must_be_readable = Fault(
    code="content_must_be_readable",
    says="What was sent cannot be read: {reason}.",
    remedy="Compare it with the description of this address.",
)
field_must_be_given = Fault(
    code="field_must_be_given", says="The field {field} is missing.", remedy="Give it."
)
field_must_be_known = Fault(
    code="field_must_be_known",
    says="There is no field {field} here.",
    remedy="The fields are: {known}.",
)
must_be_text = Fault(code="must_be_text", says="A text is expected.", remedy="Write it in quotes.")
must_be_whole_number = Fault(
    code="must_be_whole_number", says="A whole number is expected.", remedy="Write digits only."
)
must_be_yes_or_no = Fault(
    code="must_be_yes_or_no", says="true or false is expected.", remedy="Write one of the two."
)
must_be_date = Fault(
    code="must_be_date", says="A day of the calendar is expected.", remedy="Write it like 2025-03-31."
)
must_be_instant = Fault(
    code="must_be_instant",
    says="An instant with its time zone is expected.",
    remedy="Write it like 2025-03-31T08:00:00Z.",
)
must_be_month = Fault(code="must_be_month", says="A month is expected.", remedy="Write it like 2025-03.")
must_be_amount = Fault(
    code="must_be_amount",
    says="An amount or quantity is expected, written as a text.",
    remedy='Write digits with at most two decimals, in quotes, like "1234.50".',
)
must_be_list = Fault(code="must_be_list", says="A list is expected.", remedy="Write it in brackets.")
must_be_object = Fault(
    code="must_be_object", says="An object with named fields is expected.", remedy="Write it in braces."
)
must_be_one_of = Fault(
    code="must_be_one_of", says="{given} is not known here.", remedy="It is one of: {known}."
)
must_not_be_less = Fault(
    code="must_not_be_less", says="{given} is too small.", remedy="The smallest is {least}."
)
must_not_be_more = Fault(code="must_not_be_more", says="{given} is too big.", remedy="The biggest is {most}.")
must_not_be_shorter = Fault(
    code="must_not_be_shorter",
    says="A length of {length} is too short.",
    remedy="It is {least} at least.",
)
must_not_be_longer = Fault(
    code="must_not_be_longer",
    says="A length of {length} is too long.",
    remedy="It is {most} at most.",
)
must_be_written_so = Fault(
    code="must_be_written_so",
    says="{given} is not written as it must be.",
    remedy="The pattern is {pattern}.",
)
text_must_not_hold_nul = Fault(
    code="text_must_not_hold_nul",
    says="A text holds the character number zero.",
    remedy="Take it out; nothing that prints needs it.",
)
_RULES = frozenset({money.amount_must_have_two_decimals_at_most.code, money.amount_must_not_be_too_big.code})


class Unreadable(Exception):
    """What was sent is no value of the type that is expected here; with everything that is wrong with it."""

    def __init__(self, *problems: Problem) -> None:
        assert problems, "whoever cannot read says why"
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems

    @property
    def breaks_a_rule_only(self) -> bool:
        """Whether all of it could be read, and only an amount breaks a rule of money (RULES §1)."""
        return all(problem.code in _RULES for problem in self.problems)


# Months and amounts


def month_text(period: Period) -> str:
    """A period as it travels: 202503 is ``2025-03``; 202513, the settlement stage, is ``2025-13``."""
    return f"{period // 100:04d}-{period % 100:02d}"


def _period_from(text: str) -> Period:
    return int(text[:4]) * 100 + int(text[5:7])


def _hundredfold(text: str) -> int:
    """Hundredths of a text its pattern let through; a usual one with two decimals needs no closer look."""
    if text[-3:-2] == "." and len(text) <= _USUAL_LENGTH:
        return int(text[:-3] + text[-2:])
    return money.hundredths_from_text(text)


_USUAL_LENGTH = 15
"""Marks of ``-99999999999.99``, which is far below what is too big."""


_READS: Mapping[str, Hook] = {
    "fen": _hundredfold,
    "hundredths": _hundredfold,
    "period": _period_from,
    "month": _period_from,
}
_WRITES: Mapping[str, Hook] = {
    "fen": money.yuan,
    "hundredths": money.yuan,
    "period": month_text,
    "month": month_text,
}


_ABSENT = (NoneType, UnsetType)
"""What stands where there is no value: ``null``, or no field at all."""


# Twins


def _parts(of: Any) -> tuple[Any, str | None]:
    """A type without its annotations, and the unit they name."""
    if get_origin(of) is not Annotated:
        return of, None
    plain, *notes = get_args(of)
    units = [
        note.extra["unit"] for note in notes if isinstance(note, Meta) and note.extra and "unit" in note.extra
    ]
    return plain, units[-1] if units and units[-1] in TRAVELS_AS else None


def _is_struct(of: Any) -> bool:
    return isinstance(of, type) and issubclass(of, Struct)


def _bounds(of: Any) -> tuple[int | None, int | None]:
    """The least and the most its annotations let a unit be."""
    notes = [note for note in get_args(of)[1:] if isinstance(note, Meta)]
    least = [note.ge for note in notes if note.ge is not None] + [
        note.gt + 1 for note in notes if note.gt is not None
    ]
    most = [note.le for note in notes if note.le is not None] + [
        note.lt - 1 for note in notes if note.lt is not None
    ]
    return max(map(int, least), default=None), min(map(int, most), default=None)


def twin_of(of: Any) -> Any:
    """The type as it travels: ``of`` itself where nothing in it changes its writing."""
    plain, unit = _parts(of)
    if unit is not None:
        least, _ = _bounds(of)
        positive = unit in _ABOVE_ZERO and least is not None and least >= 0
        return Annotated[str, _ABOVE_ZERO[unit] if positive else TRAVELS_AS[unit]]
    if _is_struct(plain):
        return _twin_struct(plain)
    origin, inner = get_origin(plain), get_args(plain)
    if not inner or origin is Literal:
        return of
    twins = tuple(part if part in {Ellipsis, *_ABSENT} else twin_of(part) for part in inner)
    if twins == inner:
        return of
    made = reduce(or_, twins) if origin in {Union, UnionType} else cast("Any", origin)[twins]
    notes = get_args(of)[1:] if get_origin(of) is Annotated else ()
    return cast(Any, Annotated)[(made, *notes)] if notes else made


def _twin_struct(of: type[Struct]) -> type[Struct]:
    # Two made of one type at once would be two types of one name, each known to whoever asked meanwhile.
    with _MAKING:
        return _twin_made_once(of)


_MAKING = RLock()


@cache
def _twin_made_once(of: type[Struct]) -> type[Struct]:
    fields = msgspec.structs.fields(of)
    twins = [twin_of(field.type) for field in fields]
    if all(twin is field.type for field, twin in zip(fields, twins, strict=True)):
        return of
    config = of.__struct_config__
    return msgspec.defstruct(
        of.__name__,
        [_twin_field(field, twin) for field, twin in zip(fields, twins, strict=True)],
        module=of.__module__,
        namespace={"__doc__": of.__doc__},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        tag=config.tag,
        tag_field=config.tag_field,
        gc=False,
    )


def _twin_field(field: FieldInfo, twin: Any) -> tuple[str, type, Any]:
    """A field of a twin; its default is written as it travels. (A twin's own fields hold no unit any more.)"""
    named: dict[str, Any] = {"name": field.encode_name}
    if field.default is not msgspec.NODEFAULT:
        written = _writer(field.type)
        default = field.default
        named["default"] = default if written is None or default is None else written(default)
    elif field.default_factory is not msgspec.NODEFAULT:
        named["default_factory"] = field.default_factory
    return field.name, twin, msgspec.field(**named)


# From twin to value and back


def _through(
    of: Any, units: Mapping[str, Hook], struct: Callable[[type[Struct]], Hook | None]
) -> Hook | None:
    """What takes a value of this type through the door, or None where nothing is to be done."""
    plain, unit = _parts(of)
    if unit is not None:
        return units[unit] if units is _WRITES else _bounded(units[unit], of)
    if _is_struct(plain):
        return struct(plain)
    origin, inner = get_origin(plain), get_args(plain)
    if not inner or origin is Literal:
        return None
    if origin in {Union, UnionType}:
        return _through_union(inner, units, struct)
    if origin is tuple and inner[-1:] != (Ellipsis,):
        return _through_tuple(tuple(_through(part, units, struct) for part in inner))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _through_mapping(_through(inner[0], units, struct), _through(inner[1], units, struct))
    item = _through(inner[0], units, struct)
    made: Callable[[Iterator[Any]], Any] = (
        list if origin is list else frozenset if origin is frozenset else tuple
    )
    return None if item is None else lambda many: made(map(item, many))


def _bounded(read: Hook, of: Any) -> Hook:
    """A reader that also minds the bounds of its type, where they are narrower than the unit's own."""
    least, most = _bounds(of)
    if least is None or most is None or (least, most) == (-BIGGEST_FEN, BIGGEST_FEN):
        return read

    def within(text: str) -> int:
        value: int = read(text)
        if not least <= value <= most:
            raise Refusal(*_faults_of_bounds(value, of, "", given=text))
        return value

    return within


def _through_tuple(parts: tuple[Hook | None, ...]) -> Hook | None:
    if not any(parts):
        return None
    return lambda many: tuple(
        one if part is None else part(one) for part, one in zip(parts, many, strict=True)
    )


def _through_mapping(key: Hook | None, item: Hook | None) -> Hook | None:
    if key is None and item is None:
        return None
    return lambda mapping: {
        k if key is None else key(k): v if item is None else item(v) for k, v in mapping.items()
    }


def _through_union(
    inner: tuple[Any, ...], units: Mapping[str, Hook], struct: Callable[[type[Struct]], Hook | None]
) -> Hook | None:
    members = [part for part in inner if part not in _ABSENT]
    if len(members) == 1:
        item = _through(members[0], units, struct)
        return None if item is None else lambda one: one if one is None or one is UNSET else item(one)
    hooks = {
        kind: hook
        for part in members
        if (hook := _through(part, units, struct)) is not None
        for kind in {_parts(part)[0], twin_of(part)}
    }
    assert all(_is_struct(kind) for kind in hooks), "of several kinds, only structs can be told apart"
    return (lambda one: hooks[type(one)](one) if type(one) in hooks else one) if hooks else None


def _through_struct(of: type[Struct], to: type[Struct], hooks: Mapping[str, Hook]) -> Hook:
    names = tuple(field.name for field in msgspec.structs.fields(of))
    changed = [(names.index(name), hook) for name, hook in hooks.items()]
    values_of = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)

    def through(value: Any) -> Any:
        values = list(values_of(value))
        for place, hook in changed:
            values[place] = hook(values[place])
        return to(**dict(zip(names, values, strict=True)))

    return through


@cache
def _struct_reader(of: type[Struct]) -> Hook | None:
    hooks = {f.name: hook for f in msgspec.structs.fields(of) if (hook := _reader(f.type)) is not None}
    return _through_struct(of, of, hooks) if hooks else None


@cache
def _struct_writer(of: type[Struct]) -> Hook | None:
    hooks = {f.name: hook for f in msgspec.structs.fields(of) if (hook := _writer(f.type)) is not None}
    return _out_of_struct(of, hooks) if hooks else None


def _out_of_struct(of: type[Struct], hooks: Mapping[str, Hook]) -> Hook:
    """The way out: into a struct that has every field and no default, so that it is filled in order."""
    fields = msgspec.structs.fields(of)
    config = of.__struct_config__
    made: Callable[..., Any] = msgspec.defstruct(
        of.__name__,
        [(field.name, Any, msgspec.field(name=field.encode_name)) for field in fields],
        frozen=True,
        tag=config.tag,
        tag_field=config.tag_field,
        gc=False,
    )
    names = tuple(field.name for field in fields)
    changed = [(names.index(name), hook) for name, hook in hooks.items()]
    values_of = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)

    def out(value: Any) -> Any:
        values = list(values_of(value))
        for place, hook in changed:
            values[place] = hook(values[place])
        return made(*values)

    return out


def _reader(of: Any) -> Hook | None:
    return _through(of, _READS, _struct_reader)


def _writer(of: Any) -> Hook | None:
    return _through(of, _WRITES, _struct_writer)


def _without_null(twin: type[Struct]) -> type[Struct]:
    """The same for named texts, where ``null`` is four letters: what is not said is left out."""
    return msgspec.defstruct(
        twin.__name__,
        [_twin_field(field, _members(field.type)) for field in msgspec.structs.fields(twin)],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        gc=False,
    )


def _members(of: Any) -> Any:
    if get_origin(of) not in {Union, UnionType}:
        return of
    return reduce(or_, [part for part in get_args(of) if part is not NoneType])


class _Kind(Generic[T]):
    """All that is compiled once for a type: its twin, its decoder, and the ways through the door."""

    def __init__(self, of: type[T]) -> None:
        self.of = of
        self.twin = twin_of(of)
        self.text_twin = _without_null(self.twin) if _is_struct(self.twin) else self.twin
        self.decode = msgspec.json.Decoder(self.twin).decode
        self.reads, self.writes = _reader(of), _writer(of)

    def value(self, twin: Any) -> T:
        """The value of a twin whose shape is right."""
        return cast(T, twin if self.reads is None else self.reads(twin))


_kinds: dict[Any, _Kind[Any]] = {}


def _kind(of: Any) -> _Kind[Any]:
    found = _kinds.get(of)
    if found is None:
        found = _kinds[of] = _Kind(of)
    return found


_encode = msgspec.json.Encoder().encode


def read(content: bytes, of: type[T]) -> T:
    """The value a JSON text stands for. Refused as ``Unreadable``: what is no JSON, no such value, or holds an
    amount with a third decimal; all at once."""
    kind: _Kind[T] = _kind(of)
    try:
        # Six bytes that may stand for the character zero, or for a backslash and what follows it: the slow look tells.
        if b"\\u0000" in content and (problems := _faults_of_json(content, of)):
            raise Unreadable(*problems)
        return kind.value(kind.decode(content))
    except RecursionError as error:
        raise Unreadable(content_must_not_nest_so_deep.at()) from error
    except (msgspec.DecodeError, UnicodeDecodeError, Refusal) as error:
        raise Unreadable(*(_faults_of_json(content, of) or (_beyond_words(error),))) from error


def read_texts(given: Mapping[str, str | Sequence[str]], of: type[T]) -> T:
    """The value named texts stand for: a query, a path, a header. Pointers name the text, ``/from``."""
    kind: _Kind[T] = _kind(of)
    try:
        if "\0" in "".join(map("".join, given.values())):
            raise Unreadable(*_faults_of(given, of, "", strict=False))
        return kind.value(msgspec.convert(given, kind.text_twin, strict=False, str_keys=True))
    except (msgspec.ValidationError, Refusal) as error:
        problems = tuple(_faults_of(given, of, "", strict=False))
        raise Unreadable(*(problems or (_beyond_words(error),))) from error


def written(value: object, of: Any = None) -> bytes:
    """A value as JSON; ``of`` is its declared type where the value alone does not say it (a tuple, a mapping)."""
    hook = _kind(type(value) if of is None else of).writes
    return _encode(value if hook is None else hook(value))


def travelling(value: object, of: Any = None) -> Any:
    """A value as the plain objects its JSON is made of."""
    hook = _kind(type(value) if of is None else of).writes
    return msgspec.to_builtins(value if hook is None else hook(value))


def schemas_of(types: Collection[Any]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """The JSON schema of each of these types as they travel, and the components they refer to."""
    return msgspec.json.schema_components(
        [twin_of(of) for of in types], ref_template="#/components/schemas/{name}"
    )


# What is wrong with what cannot be read


def _beyond_words(error: Exception) -> Problem:
    return content_must_be_readable.at(reason=error)


def _faults_of_json(content: bytes, of: Any) -> tuple[Problem, ...]:
    try:
        content.decode()
        raw = msgspec.json.decode(content)
    except UnicodeDecodeError as error:
        return (content_must_be_json.at(byte=error.start),)
    except msgspec.DecodeError as error:
        place = re.search(r"\(byte (\d+)\)", str(error))
        return (content_must_be_json.at(byte=place[1] if place else len(content)),)
    except RecursionError:
        return (content_must_not_nest_so_deep.at(),)
    return tuple(_faults_of(raw, of, "", strict=True))


def _faults_of(raw: Any, of: Any, at: str, *, strict: bool) -> Iterator[Problem]:
    """Everything that keeps ``raw`` from being a value of this type, each with its JSON pointer."""
    plain, unit = _parts(of)
    if isinstance(raw, str) and "\0" in raw:
        yield text_must_not_hold_nul.at(at)
    elif unit is not None:
        yield from _faults_of_unit(raw, of, unit, at)
    elif _is_struct(plain):
        yield from _faults_of_object(raw, plain, at, strict=strict)
    elif get_origin(plain) in {Union, UnionType}:
        yield from _faults_of_union(raw, get_args(plain), at, strict=strict)
    elif isinstance(origin := get_origin(plain), type) and issubclass(origin, Mapping):
        if not isinstance(raw, Mapping):
            yield must_be_object.at(at)
            return
        for key, item in raw.items():
            if "\0" in str(key):
                yield text_must_not_hold_nul.at(at)
            yield from _faults_of(item, get_args(plain)[1], f"{at}/{_escaped(key)}", strict=strict)
    elif get_args(plain) and get_origin(plain) is not Literal:
        yield from _faults_of_list(raw, of, at, strict=strict)
    else:
        yield from _faults_of_leaf(raw, of, at, strict=strict)


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _faults_of_unit(raw: Any, of: Any, unit: str, at: str) -> Iterator[Problem]:
    if unit in {"period", "month"}:
        if not isinstance(raw, str) or not re.search(cast("str", TRAVELS_AS[unit].pattern), raw):
            yield must_be_month.at(at)
        else:
            yield from _faults_of_bounds(_period_from(raw), of, at, given=raw)
        return
    if not isinstance(raw, str):
        yield must_be_amount.at(at)
        return
    try:
        amount = money.hundredths_from_text(raw, pointer=at)
    except Refusal as refusal:
        yield from refusal.problems
        return
    beyond = tuple(_faults_of_bounds(amount, of, at, given=raw))
    yield from beyond
    (written,) = get_args(twin_of(of))[1:]
    if not beyond and not re.search(written.pattern, raw):
        yield must_be_amount.at(at)


def _faults_of_bounds(value: int, of: Any, at: str, *, given: str) -> Iterator[Problem]:
    _, unit = _parts(of)
    least, most = _bounds(of)
    shown = _WRITES[unit] if unit is not None else str
    if least is not None and value < least:
        yield must_not_be_less.at(at, given=given, least=shown(least))
    if most is not None and value > most:
        yield must_not_be_more.at(at, given=given, most=shown(most))


def _faults_of_object(raw: Any, of: type[Struct], at: str, *, strict: bool) -> Iterator[Problem]:
    if not isinstance(raw, Mapping):
        yield must_be_object.at(at)
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(of)}
    tag = of.__struct_config__.tag_field
    for name, field in fields.items():
        if name in raw:
            yield from _faults_of(raw[name], field.type, f"{at}/{_escaped(name)}", strict=strict)
        elif field.required:
            yield field_must_be_given.at(f"{at}/{_escaped(name)}", field=name)
    for name in raw:
        if name not in fields and name != tag:
            yield field_must_be_known.at(
                f"{at}/{_escaped(name)}", field=str(name)[:80], known=", ".join(fields) or "—"
            )


def _faults_of_union(raw: Any, inner: tuple[Any, ...], at: str, *, strict: bool) -> Iterator[Problem]:
    members = [part for part in inner if part not in _ABSENT]
    if strict and raw is None and NoneType in inner:
        return
    tried = [tuple(_faults_of(raw, member, at, strict=strict)) for member in members]
    yield from min(tried, key=len)


def _faults_of_list(raw: Any, of: Any, at: str, *, strict: bool) -> Iterator[Problem]:
    plain, *notes = get_args(of) if get_origin(of) is Annotated else (of,)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        yield must_be_list.at(at)
        return
    for note in notes:
        yield from _faults_of_length(len(raw), note, at)
    inner = get_args(plain)
    kinds = inner if get_origin(plain) is tuple and inner[-1] is not Ellipsis else (inner[0],) * len(raw)
    for index, (item, kind) in enumerate(zip(raw, kinds, strict=False)):
        yield from _faults_of(item, kind, f"{at}/{index}", strict=strict)


def _faults_of_length(length: int, meta: Any, at: str) -> Iterator[Problem]:
    if meta.min_length is not None and length < meta.min_length:
        yield must_not_be_shorter.at(at, length=length, least=meta.min_length)
    if meta.max_length is not None and length > meta.max_length:
        yield must_not_be_longer.at(at, length=length, most=meta.max_length)


_KINDS: Mapping[type, Fault] = {
    inspect.StrType: must_be_text,
    inspect.IntType: must_be_whole_number,
    inspect.BoolType: must_be_yes_or_no,
    inspect.DateType: must_be_date,
    inspect.DateTimeType: must_be_instant,
}


def _faults_of_leaf(raw: Any, of: Any, at: str, *, strict: bool) -> Iterator[Problem]:
    try:
        msgspec.convert(raw, of, strict=strict)
    except msgspec.ValidationError as error:
        info = inspect.type_info(of)
        plain = info.type if isinstance(info, inspect.Metadata) else info
        yield from _faults_named(raw, plain, at, error, strict=strict)


def _faults_named(
    raw: Any, info: inspect.Type, at: str, error: Exception, *, strict: bool
) -> Iterator[Problem]:
    given = str(raw)[:80]
    if isinstance(info, inspect.EnumType | inspect.LiteralType):
        values = [m.value for m in info.cls] if isinstance(info, inspect.EnumType) else info.values
        yield must_be_one_of.at(at, given=given, known=", ".join(map(str, values)))
        return
    fault = _KINDS.get(type(info), content_must_be_readable)
    if isinstance(info, inspect.StrType) and isinstance(raw, str):
        yield from _faults_of_length(len(raw), info, at)
        if info.pattern is not None and not re.search(info.pattern, raw):
            yield must_be_written_so.at(at, given=given, pattern=info.pattern)
        return
    number = _whole(raw, strict=strict) if isinstance(info, inspect.IntType) else None
    if number is None or not isinstance(info, inspect.IntType):
        yield fault.at(at, reason=error)
        return
    if info.ge is not None and number < info.ge:
        yield must_not_be_less.at(at, given=given, least=info.ge)
    if info.le is not None and number > info.le:
        yield must_not_be_more.at(at, given=given, most=info.le)


def _whole(raw: Any, *, strict: bool) -> int | None:
    if isinstance(raw, str) and not strict and re.fullmatch(r"-?[0-9]{1,30}", raw):
        return int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None
