"""A book as beancount text, so that a program we did not write adds it up again.

Every account keeps its code and Chinese name behind an English root; a party is one part further down. Debit is
positive, credit negative, and a red line carries the sign it has on its own side, so bank interest of 49.11 reads

    2025-03-21 * "银行存款利息" ^voucher-3
      number: "记-0003"
      Assets:102-银行存款  49.11 CNY
        summary: "银行存款利息"
      Expenses:524-财务费用  -49.11 CNY
        summary: "银行存款利息"
        red: TRUE

beancount wants each part to begin with a capital letter or a digit and to hold letters, digits and hyphens only;
this file owns that rule. What had to be changed is kept in the metadata of the account's ``open``, and two details
never become one account.

>>> part_of("M0012"), part_of("电费"), part_of("惠民饲料厂（兴宾）")
('M0012', 'D-电费', 'D-惠民饲料厂-兴宾-')
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from unicodedata import category

from ledger.money import text_from_hundredths, yuan
from ledger.seal.rules import OpeningLine
from ledger.vouchers.rules import SETTLEMENT, number_text
from schemas.books import Book, BookAccount, Detail
from schemas.charts import Category
from schemas.units import Fen
from schemas.vouchers import Voucher, VoucherLine

Kept = tuple[str, str]
"""An account and one of its details ('' for none)."""

_ROOTS = {
    Category.ASSET: "Assets",
    Category.ASSET_CONTRA: "Assets",
    Category.COST: "Assets",
    Category.LIABILITY: "Liabilities",
    Category.EQUITY: "Equity",
    Category.INCOME: "Income",
    Category.EXPENSE: "Expenses",
}
"""Costs in progress (401) stand on the balance sheet."""

_FIRST = frozenset({"Lu", "Nd"})
_LATER = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})
_SHORTEST_MARK = 6


def part_of(text: str) -> str:
    """A text as a part of an account name: other signs than letters, digits and hyphens become hyphens, and what
    does not begin with a capital letter or a digit gets ``D-`` before it."""
    part = "".join(sign if sign == "-" or category(sign) in _LATER else "-" for sign in text)
    return part if part and category(part[0]) in _FIRST else f"D-{part}"


def names_of(accounts: Mapping[str, BookAccount], used: Iterable[Kept]) -> Mapping[Kept, str]:
    """The beancount account of every account and of every detail ``used`` on one; no two are the same.

    A name that is possible as it stands is kept. Where changing two others would make one of them, each gets a
    mark made from its own text, so that neither depends on the order of the book.
    """
    below: defaultdict[str, list[Kept]] = defaultdict(list)
    for code in accounts:
        below[accounts[code].parent].append((code, ""))
    for code, detail in sorted(set(used)):
        if detail:
            below[code].append((code, detail))
    names: dict[Kept, str] = {}
    for code in ("", *accounts):
        prefix = f"{names[code, '']}:" if code else ""
        for kept, part in _distinct(below[code], accounts=accounts).items():
            root = f"{_ROOTS[accounts[kept[0]].statutory.category]}:" if not code else ""
            names[kept] = f"{prefix}{root}{part}"
    return names


def _distinct(kept: Sequence[Kept], *, accounts: Mapping[str, BookAccount]) -> Mapping[Kept, str]:
    """A part for each sub-account and detail standing below one account."""
    texts = {key: key[1] or f"{key[0]}-{accounts[key[0]].name}" for key in kept}
    parts = {key: part_of(text) for key, text in texts.items()}
    alike: defaultdict[str, list[Kept]] = defaultdict(list)
    for key, part in parts.items():
        alike[part].append(key)
    first = {
        part: min(keys, key=lambda key: (key[1] != "", texts[key] != part)) for part, keys in alike.items()
    }
    taken = set(alike)
    for key, part in parts.items():
        stays = len(alike[part]) == 1 or (key == first[part] and (not key[1] or texts[key] == part))
        if not stays:
            parts[key] = _marked(part, texts[key], taken)
            taken.add(parts[key])
    return parts


def _marked(part: str, text: str, taken: set[str]) -> str:
    mark = sha256(text.encode()).hexdigest().upper()
    lengths = range(_SHORTEST_MARK, len(mark) + 1)
    return next(f"{part}-{mark[:n]}" for n in lengths if f"{part}-{mark[:n]}" not in taken)


def text_of(
    book: Book,
    *,
    accounts: Mapping[str, BookAccount],
    details: Mapping[str, Detail],
    openings: Sequence[OpeningLine],
    vouchers: Iterable[Voucher],
    closing: Mapping[Kept, Fen],
) -> Iterator[str]:
    """The whole book, piece by piece: ``vouchers`` are the posted ones by date, ``closing`` what each account and
    detail has at the end (debit positive); it names every one that ever moved and is asserted the day after."""
    names = names_of(accounts, closing)
    before = date(book.first_year - 1, 12, 31)
    yield _options(book)
    for kept, name in names.items():
        yield _open(name, kept, on=before, account=accounts[kept[0]], detail=details.get(kept[1]))
    if openings:
        yield _opening(openings, names=names, on=before)
    last = before
    for voucher in vouchers:
        last = max(last, voucher.date)
        yield transaction(voucher, names=names)
    yield "\n"
    for name, amount in _with_those_below(closing, names=names).items():
        yield f"{last + timedelta(days=1)} balance {name}  {yuan(amount)} ~ 0.00 CNY\n"


def transaction(voucher: Voucher, *, names: Mapping[Kept, str]) -> str:
    """A posted voucher as a transaction."""
    narration = voucher.lines[0].summary if voucher.lines else ""
    links = f"^voucher-{voucher.id}"
    if voucher.corrects is not None:
        links += f" ^voucher-{voucher.corrects.voucher}"
    lines = [
        f"\n{voucher.date} * {_quoted(narration)} {links}",
        f"  number: {_quoted(number_text(voucher.word, voucher.number or 0))}",
    ]
    if voucher.period % 100 == SETTLEMENT:
        lines.append(f"  settlement: {_quoted(str(voucher.period // 100))}")
    for line in voucher.lines:
        lines += _posting(line, name=names[line.account, line.detail])
    return "\n".join(lines) + "\n"


def _posting(line: VoucherLine, *, name: str) -> Iterator[str]:
    yield f"  {name}  {yuan(line.debit - line.credit)} CNY"
    yield f"    summary: {_quoted(line.summary)}"
    if line.quantity is not None:
        yield f"    quantity: {text_from_hundredths(line.quantity)}"
    if line.movement:
        yield f"    movement: {_quoted(line.movement)}"
    if line.debit < 0 or line.credit < 0:
        yield "    red: TRUE"


def _options(book: Book) -> str:
    return (
        f'option "title" {_quoted(book.name)}\n'
        'option "operating_currency" "CNY"\n'
        'option "inferred_tolerance_default" "CNY:0"\n'
        'option "tolerance_multiplier" "0"\n\n'
    )


def _open(name: str, kept: Kept, *, on: date, account: BookAccount, detail: Detail | None) -> str:
    lines = [f"{on} open {name}  CNY", f"  code: {_quoted(kept[0])}", f"  name: {_quoted(account.name)}"]
    if kept[1]:
        lines.append(f"  detail: {_quoted(kept[1])}")
        if detail is not None and detail.name != kept[1]:
            lines.append(f"  detail-name: {_quoted(detail.name)}")
    return "\n".join(lines) + "\n"


def _opening(openings: Sequence[OpeningLine], *, names: Mapping[Kept, str], on: date) -> str:
    lines = [f'\n{on} * "年初余额"']
    for opening in openings:
        lines.append(
            f"  {names[opening.account, opening.detail]}  {yuan(opening.debit - opening.credit)} CNY"
        )
        if opening.quantity:
            lines.append(f"    quantity: {text_from_hundredths(opening.quantity)}")
    return "\n".join(lines) + "\n"


def _with_those_below(closing: Mapping[Kept, Fen], *, names: Mapping[Kept, str]) -> Mapping[str, Fen]:
    """The balance of every account as beancount asserts it: with all that stands below it."""
    sums: defaultdict[str, Fen] = defaultdict(int)
    for kept, amount in closing.items():
        name = names[kept]
        while ":" in name:
            sums[name] += amount
            name = name.rpartition(":")[0]
    return dict(sorted(sums.items()))


def _quoted(text: str) -> str:
    """A text as a string of beancount; line breaks and other control signs become blanks."""
    plain = "".join(" " if category(sign) == "Cc" else sign for sign in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
