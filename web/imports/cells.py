"""The habits of spreadsheets, and the value each kind of cell holds.

A cell is read by the kind of its column. What is certain is taken in and the habit is named: ``３，５３６．００元``
is 3536.00 (full-width digits, thousands separators, a unit behind). What is not certain is a defect: 66.045 yuan
is never rounded, ``3/5/2025`` is March or May, and an identity number stored as 4.5000019530914176e+17 has lost
its last digits. A number cell is the shortest decimal that reads back as the same binary fraction, so 66.045 has
three decimals and 1147.40 two; what stands behind fifteen digits is noise of a formula, the program that made
it does not show it either.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Final, Generic, NamedTuple, TypeVar

from ledger.texts import has_letter_or_digit
from web.imports import defects, habits
from web.imports.defects import Defect
from web.imports.habits import Habit
from web.imports.workbooks import Raw

T = TypeVar("T")

NOT_PLAIN: Final = object()
"""What ``plain`` answers for a cell that is not simply a value of its kind."""


class Read(NamedTuple):
    """What a cell says, and the habits that were taken in on the way. ``nothing``: it says that it is empty."""

    value: object
    habits: tuple[Habit, ...] = ()
    nothing: bool = False


class Unreadable(Exception):
    """A cell whose meaning is not certain. Its figures beside ``raw``."""

    def __init__(self, defect: Defect, **figures: object) -> None:
        super().__init__(defect.code)
        self.defect = defect
        self.figures = figures


# --- text ------------------------------------------------------------------------------------------------------

_SIGNS = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_INVISIBLE = re.compile(f"[{_SIGNS}]")
_UNEASY = re.compile(f"[\\s{_SIGNS}]|_x000D_")
_BREAK = re.compile("\\s*(?:_x000D_|[\r\n\v\f\x85\u2028\u2029])+\\s*")
_FULL_WIDTH_DIGIT = re.compile("[０-９．]")
_NOTHING = frozenset({"-", "--", "—", "——", "－", "–", "/", "／", "\\", "无", "空", "N/A", "n/a", "NA"})
DITTO = frozenset({"同上", "〃", "″", "”", '"', "〞", "''"})


def tidy(text: str) -> tuple[str, list[Habit]]:
    """The text without the spaces around it and without what cannot be seen."""
    taken = []
    seen = _INVISIBLE.sub("", text)
    if seen != text:
        taken.append(habits.invisible_character)
    if seen != seen.lstrip():
        taken.append(habits.leading_space)
    if seen != seen.rstrip():
        taken.append(habits.trailing_space)
    return seen.strip(), taken


def narrow(text: str) -> tuple[str, list[Habit]]:
    """The text in half-width characters: ``Ｑ０００２`` is Q0002."""
    narrowed = unicodedata.normalize("NFKC", text)
    if narrowed == text:
        return text, []
    if _FULL_WIDTH_DIGIT.search(text):
        return narrowed, [habits.full_width_digits]
    return narrowed, [habits.full_width_letters]


def is_blank(raw: Raw) -> bool:
    """Whether a cell has nothing in it that can be seen."""
    if type(raw) is not str:
        return False
    return not raw or (not raw[0].isalnum() and not _INVISIBLE.sub("", raw).strip())


# --- numbers ---------------------------------------------------------------------------------------------------

_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_EVEN)
_CURRENCY = re.compile(r"^(?:人民币|RMB|CNY|¥)\s*", re.IGNORECASE)
_YUAN = re.compile(
    r"\s*(?:元整|圆整|元正|圆|RMB|CNY|¥|元(?:/(?:公斤|千克|kg|头|工日|天|日|亩年))?)$", re.IGNORECASE
)
_WAN = re.compile(r"\s*万$")
_GROUPED = re.compile(r"^\d{1,3}(?:[, ']\d{3})+(?:\.\d*)?$")
_PLAIN = re.compile(r"^(?:\d+(?:\.\d*)?|\.\d+)$")
_MINUS = "-−–—‐‑﹣"
_MINUS_MARKS = ("△", "▲", "负")


def decimal_of(number: float) -> tuple[Decimal, list[Habit]]:
    """The decimal a number cell was given as: 66.045 exactly, and 1147.3999999999999 as 1147.4."""
    exact = Decimal(repr(float(number)))
    shown = _FIFTEEN.plus(exact)
    return (exact, []) if shown == exact else (shown, [habits.float_noise])


def decimal_in(
    text: str, *, units: frozenset[str] = frozenset(), money: bool = False
) -> tuple[Decimal, list[Habit]]:
    """The number a text says, by the habits that are certain. Raises ValueError for any other."""
    body, taken = tidy(text)
    if body.startswith(("'", "‘", "’")):
        body = body[1:].lstrip()
        taken.append(habits.leading_apostrophe)
    if _FULL_WIDTH_DIGIT.search(body):
        taken.append(habits.full_width_digits)
    body = narrow(body)[0]
    if money and _CAPITAL.match(body):
        return _capital_yuan(body), [*taken, habits.chinese_numerals]
    negative = False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1].strip(), True
        taken.append(habits.bracketed_negative)
    body, signed = _unsigned(body)
    if money:
        rest = _CURRENCY.sub("", body)
        if rest != body:
            body = rest
            taken.append(habits.currency_sign)
            if not signed:
                body, signed = _unsigned(body)
        rest = _YUAN.sub("", body)
        if rest != body:
            body = rest
            taken.append(habits.unit_behind)
    else:
        for unit in units:
            if body.casefold().endswith(unit) and body.casefold() != unit:
                body = body[: -len(unit)].rstrip()
                taken.append(habits.unit_behind)
                break
    factor = 1
    if money and _WAN.search(body):
        body, factor = _WAN.sub("", body), 10_000
        taken.append(habits.ten_thousands)
    if not signed and body.endswith("-"):
        body, signed = body[:-1].rstrip(), habits.marked_negative
    if signed:
        if negative:
            raise ValueError(text)
        negative = True
        if isinstance(signed, Habit):
            taken.append(signed)
    if _GROUPED.match(body):
        taken.append(habits.thousands_separator)
        body = re.sub("[, ']", "", body)
    if not _PLAIN.match(body):
        raise ValueError(text)
    try:
        number = Decimal(body) * factor
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not taken:
        taken.append(habits.text_number)
    return (-number if negative else number), taken


def _unsigned(body: str) -> tuple[str, bool | Habit]:
    if body.startswith("-"):
        return body[1:].lstrip(), True
    if body.startswith(tuple(_MINUS)) or body.startswith(_MINUS_MARKS):
        return body[1:].lstrip(), habits.marked_negative
    if body.startswith("+"):
        return body[1:].lstrip(), False
    return body, False


_CAPITALS = {character: digit for digit, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}
_CAPITAL = re.compile(
    r"^(?:人民币)?(?P<yuan>[零壹贰叁肆伍陆柒捌玖拾佰仟万亿]+)[元圆]"
    r"(?:整|正|(?:(?P<jiao>[壹贰叁肆伍陆柒捌玖])角)?(?:零?(?P<fen>[壹贰叁肆伍陆柒捌玖])分)?(?:整|正)?)?$"
)


def _capital_yuan(text: str) -> Decimal:
    """大写金额: 叁仟伍佰叁拾陆元整 is 3536.00."""
    match = _CAPITAL.match(text)
    if match is None:
        raise ValueError(text)
    total = section = digit = 0
    for character in match["yuan"]:
        if character in _CAPITALS:
            digit = _CAPITALS[character]
        elif character in _PLACES:
            section += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            section += digit
            total = (total + section) * 10**8 if character == "亿" else total + section * 10**4
            section = digit = 0
    yuan = total + section + digit
    fen = 10 * _CAPITALS.get(match["jiao"] or "零", 0) + _CAPITALS.get(match["fen"] or "零", 0)
    return Decimal(yuan) + Decimal(fen) / 100


# --- dates -----------------------------------------------------------------------------------------------------

_CLOCK = re.compile(r"[T\s]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?Z?$")
_WEEKDAY = re.compile(r"\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?$")
_CHINESE_DATE = re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})[日号]?$")
_PARTED_DATE = re.compile(r"^(\d{4})([-./\\。·、,—–−_])(\d{1,2})\2(\d{1,2})[日号.。]?$")
_NUMERAL_DATE = re.compile(
    r"^([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]$"
)
_NUMERALS = {"〇": 0, "零": 0, "○": 0} | {
    numeral: digit for digit, numeral in enumerate("一二三四五六七八九", 1)
}
_EPOCH = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)
EARLIEST = date(1949, 10, 1)
LATEST = date(2100, 12, 31)
_EARLIEST_SERIAL = date(1980, 1, 1)


def _below_100(numerals: str) -> int:
    tens, ten, ones = numerals.rpartition("十")
    if not ten:
        return _NUMERALS[numerals] if len(numerals) == 1 else 100
    return 10 * (_NUMERALS[tens] if tens else 1) + (_NUMERALS[ones] if ones else 0)


def day_of_serial(serial: float, *, from_1904: bool = False) -> date:
    """The day a spreadsheet counts as ``serial``: 45791 is 2025-05-14. Raises ValueError if it is no near day."""
    epoch = _EPOCH_1904 if from_1904 else _EPOCH
    if not 0 < serial < 100_000:
        raise ValueError(serial)
    day = epoch + timedelta(days=int(serial))
    if not _EARLIEST_SERIAL <= day <= LATEST:
        raise ValueError(serial)
    return day


def day_in(text: str, *, from_1904: bool = False) -> tuple[date, list[Habit]]:
    """The day a text says, year first. Raises ValueError for any other: ``3/5/2025`` is March or May."""
    body, _ = tidy(text)
    body = body.lstrip("'‘’")
    widths = [habits.full_width_digits] if re.search("[０-９]", body) else []
    body = narrow(body)[0]
    taken: list[Habit] = []
    clock = _CLOCK.search(body)
    if clock:
        body = body[: clock.start()]
        if any(int(part or 0) for part in clock.groups()):
            taken.append(habits.date_with_time)
    body = re.sub(r"\s+", "", _WEEKDAY.sub("", body))
    if match := _CHINESE_DATE.match(body):
        taken.insert(0, habits.chinese_date)
        day = date(*map(int, match.groups()))
    elif match := _PARTED_DATE.match(body):
        year, parted, month, day_of_month = match.groups()
        form = {".": habits.dotted_date, "。": habits.dotted_date, "/": habits.slashed_date}
        taken.insert(0, form.get(parted, habits.text_date))
        day = date(int(year), int(month), int(day_of_month))
    elif match := _NUMERAL_DATE.match(body):
        taken.insert(0, habits.chinese_numerals)
        year = "".join(str(_NUMERALS[numeral]) for numeral in match[1])
        day = date(int(year), _below_100(match[2]), _below_100(match[3]))
    elif re.fullmatch(r"\d{8}", body):
        taken.insert(0, habits.compact_date)
        day = date(int(body[:4]), int(body[4:6]), int(body[6:]))
    elif re.fullmatch(r"\d{5}(?:\.\d+)?", body):
        taken.insert(0, habits.serial_date)
        day = day_of_serial(float(body), from_1904=from_1904)
    else:
        raise ValueError(text)
    return day, widths + taken


# --- kinds of columns ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """What the cells of a column hold. ``empty`` is the value of an empty one.

    ``plain`` answers for the ordinary cell at once; ``read`` takes in the habits, or raises ``Unreadable``.
    """

    empty: object = ""
    dash_is_nothing: bool = True

    def plain(self, raw: Raw) -> object:
        raise NotImplementedError

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:
        raise NotImplementedError

    def show(self, value: object) -> str:
        """The value as a list shows it."""
        return str(value)

    def written(self, raw: Raw) -> str:
        """The cell as it stands, for a list."""
        return written(raw)


def written(raw: Raw) -> str:
    """A cell as it stands: texts unchanged, dates ISO, numbers with all their digits."""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, (int, float)):
        number = float(raw)
        if number.is_integer() and abs(number) < 10**15:
            return str(int(number))
        return repr(number)
    if isinstance(raw, datetime):
        return raw.isoformat(" ") if raw.time() != time() else raw.date().isoformat()
    if isinstance(raw, (date, time)):
        return raw.isoformat()
    return str(raw)


def _nothing(text: str) -> bool:
    return text in _NOTHING


@dataclass(frozen=True)
class Text(Kind):
    """A free text. ``name``: of a person or thing, where a space inside is only there for the looks (李　强).
    ``code``: it is also what the book calls a thing by."""

    name: bool = False
    code: bool = False

    def plain(self, raw: Raw) -> object:
        if (
            type(raw) is not str
            or _UNEASY.search(raw)
            or raw in DITTO
            or (self.code and not has_letter_or_digit(raw))
        ):
            return NOT_PLAIN
        return NOT_PLAIN if self.dash_is_nothing and raw in _NOTHING else raw

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if isinstance(raw, (bool, time, timedelta)):
            raise Unreadable(defects.text_must_be_a_text)
        if not isinstance(raw, str):
            return Read(written(raw), (habits.text_stored_otherwise,))
        text, taken = tidy(raw)
        if self.dash_is_nothing and _nothing(text):
            return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
        if _BREAK.search(text):
            text = _BREAK.sub(" ", text)
            taken.append(habits.line_break)
        if "\t" in text:
            text = re.sub("\\s*\t\\s*", " ", text)
            taken.append(habits.tab)
        if self.name:
            joined = re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", text)
            if joined != text:
                text = joined
                taken.append(habits.inner_space)
        if self.code and not has_letter_or_digit(text):
            raise Unreadable(defects.code_must_have_a_letter_or_digit)
        return Read(text, tuple(taken))


@dataclass(frozen=True)
class Code(Kind):
    """A number that is a name: no sum is ever made of it. ``grouped``: written in groups on paper, so spaces and
    hyphens inside say nothing; ``lost``: the defect of one stored as a number too long for a spreadsheet."""

    pattern: str = ""
    example: str = ""
    grouped: bool = False
    check_letter: bool = False
    lost: Defect = defects.code_must_not_lose_digits

    def plain(self, raw: Raw) -> object:
        if (
            type(raw) is str
            and raw.isascii()
            and raw.isalnum()
            and not self.pattern
            and not self.check_letter
        ):
            return raw
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            if abs(raw) >= 10**15:
                raise Unreadable(self.lost)
            if not float(raw).is_integer() or raw < 0:
                raise Unreadable(defects.code_must_keep_its_form, example=self.example)
            return self._fitting(str(int(raw)), [habits.number_code])
        if not isinstance(raw, str):
            raise Unreadable(defects.code_must_keep_its_form, example=self.example)
        text, taken = tidy(raw)
        text, widths = narrow(text)
        taken += widths
        if text.startswith(("'", "‘", "’")):
            text = text[1:].lstrip()
            taken.append(habits.leading_apostrophe)
        if self.dash_is_nothing and _nothing(text):
            return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
        if re.fullmatch(r"\d(?:\.\d+)?[eE]\+?\d+", text):
            raise Unreadable(self.lost)
        if re.fullmatch(r"\d+\.0+", text):
            text = text.partition(".")[0]
            taken.append(habits.number_code)
        joined = re.sub(r"[\s\-–—]+" if self.grouped else r"\s+", "", text)
        if joined != text:
            taken.append(habits.inner_space)
        if self.check_letter and joined.endswith("x"):
            joined = joined[:-1] + "X"
            taken.append(habits.lower_case_x)
        return self._fitting(joined, taken)

    def _fitting(self, text: str, taken: list[Habit]) -> Read:
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise Unreadable(defects.code_must_keep_its_form, example=self.example)
        if not has_letter_or_digit(text):
            raise Unreadable(defects.code_must_have_a_letter_or_digit)
        return Read(text, tuple(taken))


_WORDS = "记收付转"
_NUMBER = re.compile(rf"^([{_WORDS}])-(?!0+$)(\d{{4,}})$")
_LOOSE_NUMBER = re.compile(
    rf"^(?:(\d{{4}})年?[-_/]?)?([{_WORDS}])(?:账|帐)?字?[-–—_#.:/]*第?[-–—_#.:/]*(\d{{1,6}})号?(?:凭证)?$"
)


@dataclass(frozen=True)
class VoucherNumber(Kind):
    """凭证号: ``记-0012``; with ``earlier_years`` also ``2024-记-0003``, the number in the book of that year."""

    earlier_years: bool = False

    def plain(self, raw: Raw) -> object:
        if type(raw) is str and _NUMBER.match(raw) and not raw.endswith("\n"):
            return raw
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if not isinstance(raw, str):
            raise Unreadable(defects.code_must_keep_its_form, example="记-0012")
        text, taken = tidy(raw)
        text, widths = narrow(text)
        if self.dash_is_nothing and _nothing(text):
            return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
        match = _LOOSE_NUMBER.match(re.sub(r"\s+", "", text))
        if match is None or not int(match[3]) or (match[1] and not self.earlier_years):
            raise Unreadable(defects.code_must_keep_its_form, example="记-0012")
        number = f"{match[2]}-{int(match[3]):04d}"
        number = f"{match[1]}-{number}" if match[1] else number
        taken += widths
        if number != text:
            taken.append(habits.voucher_number_form)
        return Read(number, tuple(taken))


@dataclass(frozen=True)
class Amount(Kind):
    """Money in whole fen. A third decimal is refused, not rounded (RULES §1)."""

    empty: object = 0

    def plain(self, raw: Raw) -> object:
        if type(raw) is float:
            fen = round(raw * 100)
            # The division gives the binary fraction nearest to the decimal: equal means two decimals at most.
            if fen / 100 == raw and -(10**15) < fen < 10**15:
                return fen
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            number, taken = decimal_of(raw)
        elif isinstance(raw, str):
            if self.dash_is_nothing and _nothing(tidy(raw)[0]):
                return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
            try:
                number, taken = decimal_in(raw, money=True)
            except ValueError as error:
                raise Unreadable(defects.amount_must_be_a_number) from error
        else:
            raise Unreadable(defects.amount_must_be_a_number)
        return Read(
            _hundredths(number, defects.amount_must_be_whole_fen, defects.amount_must_be_a_number),
            tuple(taken),
        )

    def show(self, value: object) -> str:
        return yuan(value) if isinstance(value, int) else ""

    def written(self, raw: Raw) -> str:
        if isinstance(raw, float) and not isinstance(raw, bool) and (fen := self.plain(raw)) is not NOT_PLAIN:
            return self.show(fen)
        return written(raw)


def _hundredths(number: Decimal, third_decimal: Defect, too_large: Defect) -> int:
    whole = number * 100
    if whole != whole.to_integral_value():
        raise Unreadable(third_decimal)
    if abs(whole) >= 10**15:
        raise Unreadable(too_large)
    return int(whole)


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals: 550000 is ``5500.00``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def shortest(hundredths: int) -> str:
    """Hundredths as a decimal without needless zeros: 2700 is ``27``, 1350 ``13.5``."""
    return yuan(hundredths).rstrip("0").rstrip(".")


QUANTITY_UNITS = frozenset(
    {"公斤", "千克", "kg", "头", "只", "亩年", "工日", "个工日", "天", "日", "分", "元"}
)


@dataclass(frozen=True)
class Quantity(Kind):
    """Days, kilograms, heads or points in whole hundredths."""

    empty: object = None

    def plain(self, raw: Raw) -> object:
        if type(raw) is float:
            hundredths = round(raw * 100)
            if hundredths / 100 == raw and -(10**15) < hundredths < 10**15:
                return hundredths
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            number, taken = decimal_of(raw)
        elif isinstance(raw, str):
            if self.dash_is_nothing and _nothing(tidy(raw)[0]):
                return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
            try:
                number, taken = decimal_in(raw, units=QUANTITY_UNITS)
            except ValueError as error:
                raise Unreadable(defects.quantity_must_be_a_number) from error
        else:
            raise Unreadable(defects.quantity_must_be_a_number)
        exact = _hundredths(number, defects.quantity_must_be_in_hundredths, defects.quantity_must_be_a_number)
        return Read(exact, tuple(taken))

    def show(self, value: object) -> str:
        return shortest(value) if isinstance(value, int) else ""


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number: a line, a year, a count of originals. ``units`` may stand behind it (``2张``)."""

    empty: object = None
    least: int = 0
    most: int = 10**9
    units: frozenset[str] = frozenset()
    percent: bool = False

    def plain(self, raw: Raw) -> object:
        if type(raw) is float and raw.is_integer() and self.least <= raw <= self.most:
            return int(raw)
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            number, taken = decimal_of(raw)
        elif isinstance(raw, str):
            text, _ = tidy(raw)
            if self.dash_is_nothing and _nothing(text):
                return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
            share = self.percent and text.endswith(("%", "％"))
            try:
                number, taken = decimal_in(text[:-1] if share else raw, units=self.units)
            except ValueError as error:
                raise Unreadable(defects.number_must_be_whole) from error
            if share:
                number, taken = number * 100, [habits.percent]
        else:
            raise Unreadable(defects.number_must_be_whole)
        if number != number.to_integral_value():
            raise Unreadable(defects.number_must_be_whole)
        if not self.least <= number <= self.most:
            raise Unreadable(defects.number_must_be_in_range, least=self.least, most=self.most)
        return Read(int(number), tuple(taken))


YEAR = Whole(least=1949, most=2100, units=frozenset({"年", "年度"}))
RATE = Whole(most=10_000, units=frozenset({"bp"}), percent=True)


@dataclass(frozen=True)
class Day(Kind):
    """A day of the calendar."""

    empty: object = None

    def plain(self, raw: Raw) -> object:
        return raw if type(raw) is date and EARLIEST <= raw <= LATEST else NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:
        taken: list[Habit] = []
        try:
            if isinstance(raw, datetime):
                day = raw.date()
                taken = [habits.date_with_time]
            elif isinstance(raw, date):
                day = raw
            elif isinstance(raw, (int, float)) and not isinstance(raw, bool):
                if float(raw).is_integer() and 19_000_000 < raw < 30_000_000:
                    day, taken = day_in(str(int(raw)))
                else:
                    day = day_of_serial(raw, from_1904=from_1904)
                    taken = [habits.serial_date]
                    if not float(raw).is_integer():
                        taken.append(habits.date_with_time)
            elif isinstance(raw, str):
                if self.dash_is_nothing and _nothing(tidy(raw)[0]):
                    return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
                day, taken = day_in(raw, from_1904=from_1904)
            else:
                raise Unreadable(defects.date_must_be_certain)
        except ValueError as error:
            raise Unreadable(defects.date_must_be_certain) from error
        if not EARLIEST <= day <= LATEST:
            raise Unreadable(defects.date_must_be_certain)
        return Read(day, tuple(taken))

    def show(self, value: object) -> str:
        return value.isoformat() if isinstance(value, date) else ""


@dataclass(frozen=True)
class Choice(Kind, Generic[T]):
    """One of a list of words."""

    choices: Mapping[str, T] = field(default_factory=dict)
    empty: object = None

    def plain(self, raw: Raw) -> object:
        return self.choices.get(raw, NOT_PLAIN) if type(raw) is str else NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if not isinstance(raw, str):
            raise Unreadable(defects.choice_must_be_known, choices="、".join(self.choices))
        text, taken = tidy(raw)
        text, widths = narrow(text)
        joined = re.sub(r"\s+", "", text)
        if joined != text:
            taken.append(habits.inner_space)
        if joined in self.choices:
            return Read(self.choices[joined], (*taken, *widths))
        if self.dash_is_nothing and _nothing(joined):
            return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
        raise Unreadable(defects.choice_must_be_known, choices="、".join(self.choices))

    def show(self, value: object) -> str:
        return next((word for word, meant in self.choices.items() if meant == value), "")


_YES = frozenset({"y", "yes", "√", "✓", "✔", "☑", "1", "true", "对", "是的"})
_NO = frozenset({"n", "no", "×", "✗", "✘", "x", "✕", "0", "false", "不是", "非"})


@dataclass(frozen=True)
class YesNo(Kind):
    """是 or 否."""

    empty: object = None

    def plain(self, raw: Raw) -> object:
        return raw == "是" if raw in ("是", "否") else NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if isinstance(raw, bool) or raw in (0.0, 1.0):
            return Read(bool(raw), (habits.yes_or_no,))
        if isinstance(raw, str):
            text, taken = tidy(raw)
            if text in ("是", "否"):
                return Read(text == "是", tuple(taken))
            word = narrow(text)[0].casefold()
            if word in _YES or word in _NO:
                return Read(word in _YES, (*taken, habits.yes_or_no))
            if self.dash_is_nothing and text != "无" and _nothing(text):
                return Read(self.empty, (habits.dash_for_nothing,), nothing=True)
        raise Unreadable(defects.choice_must_be_known, choices="是、否")

    def show(self, value: object) -> str:
        return {True: "是", False: "否"}.get(value, "") if isinstance(value, bool) else ""


_PARTS = re.compile(r"[/／、,，;；:：|]")


@dataclass(frozen=True)
class Parts(Kind):
    """Numbers in one cell with ``/`` between, in whole hundredths: ``1.2/1.0/0.8``."""

    empty: object = ()
    count: int = 3

    def plain(self, raw: Raw) -> object:  # noqa: ARG002
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if not isinstance(raw, str):
            raise Unreadable(defects.list_must_have_its_parts, expected=self.count)
        text, taken = tidy(raw)
        parts = _PARTS.split(text)
        if len(parts) != self.count:
            raise Unreadable(defects.list_must_have_its_parts, expected=self.count)
        if text.count("/") != self.count - 1:
            taken.append(habits.separator_form)
        numbers = []
        for part in parts:
            try:
                number, within = decimal_in(part)
            except ValueError as error:
                raise Unreadable(defects.list_must_have_its_parts, expected=self.count) from error
            taken += [habit for habit in within if habit not in (habits.text_number, *taken)]
            numbers.append(
                _hundredths(number, defects.quantity_must_be_in_hundredths, defects.quantity_must_be_a_number)
            )
        return Read(tuple(numbers), tuple(taken))

    def show(self, value: object) -> str:
        return "/".join(shortest(part) for part in value) if isinstance(value, tuple) else ""


@dataclass(frozen=True)
class Names(Kind):
    """Names in one cell with ``、`` between."""

    empty: object = ()

    def plain(self, raw: Raw) -> object:  # noqa: ARG002
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if not isinstance(raw, str):
            raise Unreadable(defects.text_must_be_a_text)
        text, taken = tidy(raw)
        names = tuple(name for name in (part.strip() for part in re.split(r"[、,，;；/／\n]", text)) if name)
        if "、".join(names) != text:
            taken.append(habits.separator_form)
        return Read(names, tuple(taken))

    def show(self, value: object) -> str:
        return "、".join(value) if isinstance(value, tuple) else ""
