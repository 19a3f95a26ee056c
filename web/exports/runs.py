"""A run as a table: every member's line for the file 分配表, and the list that hangs out with names masked 分配方案公示表."""

from collections.abc import Mapping, Sequence

from coop.identity import masked_name
from coop.members import queries as members
from ledger.details import queries as details
from ledger.periods.rules import month_text
from payouts.notices.rules import notice_ends
from payouts.orders import rules as orders
from payouts.runs import queries, rules
from payouts.runs.rules import RunName
from schemas.books import Book
from schemas.members import MemberKind
from schemas.policies import BasisKind
from schemas.problems import Refusal, RefusalKind
from schemas.runs import ORDERS, Commissions, OrderInputs, Run, RunKind, RunLine, RunPart
from web.database import Connection
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.i18n import say, say_word
from web.i18n.standards import terms_of
from web.i18n.words import N_

_UPRIGHT_LEGS = 3
_ROWS_UPRIGHT, _ROWS_LANDSCAPE = 40, 24
"""Rows that fit a page of A4 below its title, whichever way it is held."""


def run_sheet(db: Connection, *, book: Book, run: str, locale: str) -> Sheet:
    """Every payee with the weight and amount of each leg, and the sums; of a commission every manager with score, due
    and paid."""
    found, name = _there(db, book, run)
    if found.kind is RunKind.COMMISSION:
        return _commissions(db, found, name, book=book, locale=locale, masked=False)
    if found.kind in ORDERS:
        return _order(db, found, name, book=book, locale=locale, masked=False)
    parts = queries.parts(db, name, content=found.content)
    by_payee = _by_payee(queries.lines(db, name, content=found.content))
    names = _names(db, book, by_payee)
    rows: list[tuple[Cell, ...]] = [
        (
            payee,
            names[payee],
            *(cell for part in parts for cell in (lines[part.no].weight, lines[part.no].amount)),
            sum(line.amount for line in lines.values()),
        )
        for payee, lines in by_payee.items()
    ]
    rows.append(
        (
            None,
            say(locale, "Total"),
            *(cell for part in parts for cell in (part.total_weight, part.amount)),
            found.total,
        )
    )
    return Sheet(
        name=say(locale, "Lines"),
        title=_title(found, book, locale),
        under=_under(db, found, name, book=book, locale=locale),
        columns=(
            Column(title=say(locale, "Member no."), width=10),
            Column(title=say(locale, "Name"), width=14),
            *(
                column
                for part in parts
                for column in (
                    _weight_column(part, locale),
                    Column(title=f"{part.name} {_percent(part)}", kind=Kind.MONEY, width=13),
                )
            ),
            Column(title=say(locale, "Total"), kind=Kind.MONEY, width=14),
        ),
        rows=tuple(rows),
        strong=(len(rows) - 1,),
        breaks=_breaks(len(rows), landscape=True),
    )


def notice_sheet(db: Connection, *, book: Book, run: str, locale: str) -> Sheet:
    """The list that hangs out: masked names and amounts, no identity, card or telephone number (RULES §9)."""
    found, name = _there(db, book, run)
    if found.kind is RunKind.COMMISSION:
        return _commissions(db, found, name, book=book, locale=locale, masked=True)
    if found.kind in ORDERS:
        return _order(db, found, name, book=book, locale=locale, masked=True)
    parts = queries.parts(db, name, content=found.content)
    by_payee = _by_payee(queries.lines(db, name, content=found.content))
    names = _names(db, book, by_payee)
    open_names = _not_of_people(db, book)
    rows: list[tuple[Cell, ...]] = [
        (
            number,
            names[payee] if payee in open_names else masked_name(names[payee]),
            *(lines[part.no].amount for part in parts),
            sum(line.amount for line in lines.values()),
        )
        for number, (payee, lines) in enumerate(by_payee.items(), 1)
    ]
    rows.append((None, say(locale, "Total"), *(part.amount for part in parts), found.total))
    return Sheet(
        name=say(locale, "Notice"),
        title=say(
            locale,
            "Distribution plan on notice, {year}",
            {"year": str(found.year)},
            terms=terms_of(book.kind, locale),
        ),
        under=_under(db, found, name, book=book, locale=locale),
        columns=(
            Column(title=say(locale, "No."), kind=Kind.COUNT, width=6),
            Column(title=say(locale, "Name"), width=14),
            *(Column(title=f"{part.name} {_percent(part)}", kind=Kind.MONEY, width=14) for part in parts),
            Column(title=say(locale, "Total"), kind=Kind.MONEY, width=14),
        ),
        rows=tuple(rows),
        strong=(len(rows) - 1,),
        breaks=_breaks(len(rows), landscape=len(parts) > _UPRIGHT_LEGS),
        landscape=len(parts) > _UPRIGHT_LEGS,
    )


def _commissions(db: Connection, run: Run, name: RunName, *, book: Book, locale: str, masked: bool) -> Sheet:
    inputs, _ = queries.frozen_inputs(db, name, content=run.content)
    result = rules.figures(inputs).result
    assert isinstance(result, Commissions)
    names = _names(db, book, [one.member for one in result.managers])
    rows: list[tuple[Cell, ...]] = [
        (
            None if masked else one.member,
            masked_name(names[one.member]) if masked else names[one.member],
            one.village,
            one.ballots,
            one.score.published,
            one.due,
            one.paid,
        )
        for one in result.managers
    ]
    rows.append((None, say(locale, "Total"), None, None, None, result.due, result.paid))
    return Sheet(
        name=say(locale, "Lines"),
        title=_title(run, book, locale),
        under=_under(db, run, name, book=book, locale=locale),
        columns=(
            Column(title=say(locale, "Member no."), width=10),
            Column(title=say(locale, "Name"), width=14),
            Column(title=say(locale, "Village"), width=16),
            Column(title=say(locale, "Ballots"), kind=Kind.COUNT, width=8),
            Column(title=say(locale, "Score"), kind=Kind.QUANTITY, width=10),
            Column(title=say(locale, "Due"), kind=Kind.MONEY, width=14),
            Column(title=say(locale, "Paid"), kind=Kind.MONEY, width=14),
        ),
        rows=tuple(rows),
        strong=(len(rows) - 1,),
        landscape=False,
    )


def _order(db: Connection, run: Run, name: RunName, *, book: Book, locale: str, masked: bool) -> Sheet:
    """A payment order: what is owed to each, paid, withheld and arrives; hung out, names masked and amounts alone."""
    inputs, _ = queries.frozen_inputs(db, name, content=run.content)
    assert isinstance(inputs, OrderInputs)
    names = _names(db, book, [line.member for line in inputs.lines])
    open_names = _not_of_people(db, book)
    rows: list[tuple[Cell, ...]] = []
    for number, line in enumerate(inputs.lines, 1):
        amounts = (line.paying, line.withheld, line.paying - line.withheld)
        if masked:
            known = names[line.member]
            shown = known if line.member in open_names else masked_name(known)
            rows.append((number, shown, *amounts))
        else:
            account = f"{line.account} {inputs.accounts[line.account]}"
            called = names[line.member]
            if line.person not in {"", called}:
                called = f"{called} ({say(locale, N_('bonus of {person}'), {'person': line.person})})"
            rows.append((line.member, called, account, line.owed, *amounts))
    made = orders.worked_out(inputs.lines)
    total = (None, say(locale, "Total"))
    sums = (made.gross, made.withheld, made.net)
    rows.append((*total, *sums) if masked else (*total, None, made.owed, *sums))
    money = [
        Column(title=say(locale, title), kind=Kind.MONEY, width=14)
        for title in (N_("Paid out"), N_("Withheld"), N_("Arrives"))
    ]
    first = (
        [
            Column(title=say(locale, "No."), kind=Kind.COUNT, width=6),
            Column(title=say(locale, "Name"), width=14),
        ]
        if masked
        else [
            Column(title=say(locale, "Member no."), width=10),
            Column(title=say(locale, "Name"), width=14),
            Column(title=say(locale, "Account"), width=18),
            Column(title=say(locale, "Owed"), kind=Kind.MONEY, width=14),
        ]
    )
    until = say(locale, N_("Owed at the end of {month}"), {"month": month_text(inputs.through)})
    return Sheet(
        name=say(locale, "Notice") if masked else say(locale, "Lines"),
        title=_title(run, book, locale),
        under=(*_under(db, run, name, book=book, locale=locale), until),
        columns=(*first, *money),
        rows=tuple(rows),
        strong=(len(rows) - 1,),
        breaks=_breaks(len(rows), landscape=False),
        landscape=False,
    )


def _there(db: Connection, book: Book, text: str) -> tuple[Run, RunName]:
    name = rules.name_of(text)
    found = queries.run(db, name) if name is not None and name.book == book.id else None
    if found is None or name is None:
        raise Refusal(rules.run_must_exist.at("/run", run=text[:80]), kind=RefusalKind.MISSING)
    return found, name


def _by_payee(lines: Sequence[RunLine]) -> Mapping[str, Mapping[int, RunLine]]:
    found: dict[str, dict[int, RunLine]] = {}
    for line in lines:
        found.setdefault(line.payee, {})[line.part] = line
    return found


def _names(db: Connection, book: Book, payees: Mapping[str, object] | Sequence[str]) -> Mapping[str, str]:
    known = details.details(db, book=book.id)
    return {payee: known[payee].name if payee in known else payee for payee in payees}


def _not_of_people(db: Connection, book: Book) -> frozenset[str]:
    """Members whose name is nobody's own: collectives and enterprises."""
    found = members.members(db, book=book.id)
    return frozenset(number for number, one in found.items() if one.kind is not MemberKind.HOUSEHOLD)


def _title(run: Run, book: Book, locale: str) -> str:
    return say(
        locale,
        N_("{kind} of {year}"),
        {
            "kind": say_word(locale, f"payout.{run.kind}", terms=terms_of(book.kind, locale)),
            "year": str(run.year),
        },
    )


def _under(db: Connection, run: Run, name: RunName, *, book: Book, locale: str) -> tuple[str, ...]:
    acts = queries.acts(db, name)
    published = rules.published_on(acts)
    hung = ""
    if published is not None:
        ends = notice_ends(published, days=queries.procedure_of(db, name, acts).notice_days)
        hung = say(
            locale,
            "On notice {published} to {ends}",
            {"published": published.isoformat(), "ends": ends.isoformat()},
        )
    resolution = say(locale, "resolution {number}", {"number": run.resolution}) if run.resolution else ""
    return (book.name, " · ".join(filter(None, (resolution, hung))), say(locale, "Unit: yuan"))


def _percent(part: RunPart) -> str:
    return f"{part.bp / 100:g}%"


def _breaks(rows: int, *, landscape: bool) -> tuple[int, ...]:
    """Where printed pages end, so that a page is a table of its own: setting one of twenty thousand rows takes ever
    longer the longer it is. A short list that fits is left whole."""
    a_page = _ROWS_LANDSCAPE if landscape else _ROWS_UPRIGHT
    return tuple(range(a_page, rows, a_page))


def _weight_column(part: RunPart, locale: str) -> Column:
    """Weights as numbers in their unit; heads and equal parts are counted, the others have two decimals."""
    counted = part.basis in {BasisKind.HEADS, BasisKind.EQUAL}
    return Column(
        title=f"{part.name} {say(locale, 'weight')}",
        kind=Kind.COUNT if counted else Kind.QUANTITY,
        width=13,
    )
