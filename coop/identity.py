"""How identity data are written, compared and masked (DOMAIN §10.3, §10.4).

A mask shows just enough to tell two people apart and never the whole: of 王小明 it shows 王*, of an identity number
the place and the last four digits, of an account its ends.

>>> masked("450000197001010012", IdentityKind.CITIZEN)
'450000********0012'
>>> masked("6222000000000000012", IdentityKind.CARD)
'6222 **** **** 0012'
>>> masked("13912341234", IdentityKind.PHONE)
'139****1234'
>>> masked_name("欧阳丽成")
'欧阳*'
>>> masked_text("付款至6222000000000000012，电话13912341234")
'付款至6222 **** **** 0012，电话139****1234'
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from schemas.identity import IdentityKind

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""GB 11643-1999: weight of each of the first 17 digits."""
CHECK_MARKS = "10X98765432"
"""GB 11643-1999: the check mark for the weighted sum modulo 11."""

COMPOUND_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 "
    "慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 "
    "轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五".split()
)
"""复姓: two characters that are one surname."""

_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)


def written(text: str, kind: IdentityKind) -> str:
    """The number as it is kept and compared: half-width, without spaces and dashes, a final x as X. A note stays as it
    is written."""
    if kind is IdentityKind.NOTE:
        return text.strip()
    plain = unicodedata.normalize("NFKC", text).strip()
    if kind is IdentityKind.FACTOR:
        return plain
    plain = re.sub(r"[\s\-‐-―−]", "", plain).upper()
    return re.sub(r"^(\+|00)?86(?=1[3-9]\d{9}$)", "", plain) if kind is IdentityKind.PHONE else plain


def is_citizen_number(text: str) -> bool:
    """Whether this is an identity number of 18 marks with a real day of birth and the right check mark.

    >>> is_citizen_number("11010519491231002X")
    True
    >>> is_citizen_number("110105194912310021")
    False
    """
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text) or not _is_day(text[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, WEIGHTS, strict=False))
    return CHECK_MARKS[total % 11] == text[17]


def is_card_number(text: str) -> bool:
    """Whether this is the number of a card: 16 to 19 digits whose Luhn sum is a multiple of ten. A passbook 存折 and a
    corporate account 对公 follow no such rule.

    >>> is_card_number("6222000000000000012"), is_card_number("6222000000000000013")
    (True, False)
    """
    if not (text.isascii() and text.isdigit() and len(text) in _CARD_DIGITS):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text)))
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def masked(text: str, kind: IdentityKind) -> str:
    """What may be shown of a number. A number too short for its mask is hidden altogether."""
    plain = written(text, kind)
    match kind:
        case IdentityKind.CITIZEN | IdentityKind.UNIT if len(plain) >= 15:
            return f"{plain[:6]}{'*' * (len(plain) - 10)}{plain[-4:]}"
        case IdentityKind.PHONE if len(plain) >= 11:
            return f"{plain[:3]}{'*' * (len(plain) - 7)}{plain[-4:]}"
        case IdentityKind.PHONE if len(plain) >= 7:
            return f"****{plain[-4:]}"
        case IdentityKind.CARD | IdentityKind.PASSBOOK | IdentityKind.CORPORATE if len(plain) >= 12:
            return f"{plain[:4]} **** **** {plain[-4:]}"
        case IdentityKind.CARD | IdentityKind.PASSBOOK | IdentityKind.CORPORATE if len(plain) >= 8:
            return f"**** **** {plain[-4:]}"
        case IdentityKind.NOTE:
            return masked_text(plain)
        case _:
            return "****" if plain else ""


def masked_name(name: str) -> str:
    """A person's name with the surname alone: 王*, 欧阳*; of a name with a middle dot its first character.

    A name that is a single character, or a stretch without one, shows nothing.
    """
    plain = name.strip()
    if not plain:
        return ""
    if len(plain) == 1:
        return "*"
    if len(plain) > 2 and plain[:2] in COMPOUND_SURNAMES:
        return f"{plain[:2]}*"
    return f"{plain[0]}*"


def masked_text(text: str) -> str:
    """The text with every identity, account and telephone number in it masked, as log, chain and 备注 show it.

    Full-width digits and groups with spaces or dashes are found too, and shorter numbers where the text says what they
    are (账号12345678901). Ear tags (15 digits), village codes (12), the numbers of electronic invoices (20 digits after
    发票), dates, amounts, digests and UUIDs stay as they are.
    """
    shown = text
    for number in reversed(numbers_in(text)):
        shown = shown[: number.begin] + masked(number.text, number.kind) + shown[number.end :]
    return shown


class NumberInText(NamedTuple):
    """A number that is identity data, and where in its text it stands."""

    begin: int
    end: int
    kind: IdentityKind
    text: str
    """As numbers are kept: half-width, without gaps."""


def numbers_in(text: str) -> tuple[NumberInText, ...]:
    """The identity, account and telephone numbers of a text, in the order they stand there.

    >>> [(one.kind.value, one.text) for one in numbers_in("身份证450000-19700101-0012，电话139 1234 1234")]
    [('citizen', '450000197001010012'), ('phone', '13912341234')]
    """
    if not _MAY_HOLD_NUMBERS.search(text):
        return ()
    drawn = [one.span() for one in _DRAWN.finditer(text)]
    found: list[NumberInText] = []
    for look in (_proved, _said, _shaped):
        found += [
            one
            for one in look(text)
            if not any(one.begin < known.end and known.begin < one.end for known in found)
            and not any(one.begin < end and begin < one.end for begin, end in drawn)
        ]
    return tuple(sorted(found))


_MAY_HOLD_NUMBERS = re.compile(r"\d(?:\D{0,3}\d){6}")
"""Most texts hold no such thing, and are not looked at closely."""
_DRAWN = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{40,}|(?=[0-9-]*[A-Fa-f])(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{32}))"
    r"(?![0-9A-Za-z])"
)
"""What a machine drew or worked out: a digest, a UUID. Digits among its letters are nobody's."""
_GAP = "[ \\-－‐-―−\t\u3000\u00a0]"
_NUMBER = re.compile(
    "|".join(
        (
            r"(?P<unit>(?<![0-9A-Za-z])[0-9N][0-9]\d{6}[0-9A-HJ-NP-RTUWXY]{10}(?![0-9A-Za-z]))",
            rf"(?<!\d)\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXxＸｘ](?!\d)",
            rf"(?<!\d)\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}?\d{{1,4}})?(?!\d)",
            rf"(?<!\d)(?:\+?86{_GAP}?)?1[3-9]\d{_GAP}?\d{{4}}{_GAP}?\d{{4}}(?!\d)",
            rf"(?<!\d)0\d{{2,3}}{_GAP}?\d{{7,8}}(?!\d)",
            r"(?<!\d)\d{14,}[\dXxＸｘ](?!\d)",
        )
    )
)
"""Numbers as people write them: in one piece, or in the groups of a card, an identity number or a telephone number.
A unit's credit code, which is public, comes first, so that no digits inside are taken for others."""
_RUN = re.compile(rf"(?<!\d)\d(?:{_GAP}{{0,2}}\d){{14,18}}(?:{_GAP}{{0,2}}[XxＸｘ])?(?!\d)")
"""Digits in groups of any size."""
_NAMED = re.compile(
    "|".join(
        (
            rf"身份证(?:号码|号)?[\s:：为是]{{0,3}}(?P<citizen>\d(?:{_GAP}?\d){{13,16}}(?:{_GAP}?[\dXxＸｘ])?)(?!\d)",
            rf"(?:[账帐][号户]|卡号|银行卡|社保卡|一卡通|存折)[\s:：为是]{{0,3}}(?P<account>\d(?:{_GAP}?\d){{8,}})",
            rf"(?:电话|手机)(?:号码|号)?[\s:：为是]{{0,3}}(?P<phone>\d(?:{_GAP}?\d){{6,11}})(?!\d)",
        )
    )
)
"""Numbers after the word for what they are; of an account nine digits are enough."""
_NAMES = {
    "citizen": IdentityKind.CITIZEN,
    "account": IdentityKind.PASSBOOK,
    "phone": IdentityKind.PHONE,
}
_TELEPHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|0\d{9,11}")
_INVOICE_DIGITS = 20
"""数电发票: the number of an electronic invoice, no identity datum; as long as some accounts, so the word stands before."""
_CARD_DIGITS = range(16, 20)


def _proved(text: str) -> Iterator[NumberInText]:
    """Numbers that prove themselves, however they are grouped: an identity number by its day and check mark, a card of
    China UnionPay by its Luhn sum."""
    for found in _RUN.finditer(text):
        plain = written(found[0], IdentityKind.CARD)
        if is_citizen_number(plain) and plain[:2] in _PROVINCES:
            yield NumberInText(*found.span(), IdentityKind.CITIZEN, plain)
        elif plain.startswith("62") and len(plain) in _CARD_DIGITS and is_card_number(plain):
            yield NumberInText(*found.span(), IdentityKind.CARD, plain)


def _said(text: str) -> Iterator[NumberInText]:
    for found in _NAMED.finditer(text):
        name = found.lastgroup
        assert name is not None, "every branch names its number"
        plain = written(found[name], IdentityKind.CARD)
        kind = _NAMES[name]
        if kind is IdentityKind.PASSBOOK and _kind_of(plain) is IdentityKind.CITIZEN:
            kind = IdentityKind.CITIZEN
        elif kind is IdentityKind.PASSBOOK and len(plain) in _CARD_DIGITS and is_card_number(plain):
            kind = IdentityKind.CARD
        yield NumberInText(*found.span(name), kind, plain)


def _shaped(text: str) -> Iterator[NumberInText]:
    for found in _NUMBER.finditer(text):
        plain = written(found[0], IdentityKind.CARD)
        is_unit = found["unit"] and (plain.startswith("9") or not plain[:-1].isdigit())
        is_invoice = len(plain) == _INVOICE_DIGITS and "票" in text[max(0, found.start() - 8) : found.start()]
        kind = _kind_of(plain)
        if not is_unit and not is_invoice and kind is not None:
            yield NumberInText(
                *found.span(), kind, written(plain, kind) if kind is IdentityKind.PHONE else plain
            )


def _kind_of(plain: str) -> IdentityKind | None:
    if _TELEPHONE.fullmatch(plain):
        return IdentityKind.PHONE
    if len(plain) == 18 and plain[:2] in _PROVINCES and _is_day(plain[6:14]):
        return IdentityKind.CITIZEN
    if len(plain) == 18 and plain.endswith("X"):
        return IdentityKind.CITIZEN
    if len(plain) == 15:
        is_ear_tag = plain[0] in "23" and plain[1:3] in _PROVINCES
        old_number = plain[:2] in _PROVINCES and _is_day(f"19{plain[6:12]}")
        return IdentityKind.CITIZEN if old_number and not is_ear_tag else None
    return IdentityKind.CARD if len(plain) >= 16 else None


def _is_day(text: str) -> bool:
    try:
        return 1880 <= date(int(text[:4]), int(text[4:6]), int(text[6:8])).year <= 2199
    except ValueError:
        return False
