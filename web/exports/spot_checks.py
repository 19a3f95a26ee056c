"""A month's spot check on paper and as a table 凭证抽查表: what was drawn, with room to tick what is found, or what was found."""

from ledger.spot_checks import queries
from schemas.books import Book
from schemas.spot_checks import DrawnVoucher, VerdictKind
from schemas.units import Period
from web.database import Connection
from web.exports.sheets import Column, Kind, Sheet
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.rendering import month_name


def spot_check_sheet(db: Connection, *, book: Book, month: Period, locale: str) -> Sheet:
    """The sheet of a month; refused as missing where nothing was drawn."""
    found = queries.sheet(db, book=book.id, month=month)
    return Sheet(
        name=say(locale, N_("Spot check")),
        title=say(locale, N_("Spot check of {month}"), {"month": month_name(locale, month)}),
        under=(
            book.name,
            say(
                locale,
                N_("{count} of {pool} vouchers drawn"),
                {"count": str(len(found.vouchers)), "pool": str(found.check.pool)},
            ),
            say(locale, N_("Seed {seed}"), {"seed": found.check.head}),
        ),
        columns=(
            Column(title=say(locale, "No."), kind=Kind.COUNT, width=5),
            Column(title=say(locale, "Voucher"), width=9),
            Column(title=say(locale, "Date"), kind=Kind.DAY, width=10),
            Column(title=say(locale, "Summary"), width=30),
            Column(title=say(locale, "Amount"), kind=Kind.MONEY, width=13),
            Column(title=say(locale, N_("Originals")), kind=Kind.COUNT, width=7),
            Column(title=say(locale, "Scans"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, N_("What is found")), width=42),
            Column(title=say(locale, N_("Corrected by")), width=14),
        ),
        rows=tuple(
            (
                one.place,
                one.voucher.text,
                one.voucher.date,
                one.summary,
                one.amount,
                one.originals,
                one.scans,
                _found(one, locale=locale),
                "、".join(other.text for other in one.corrections),
            )
            for one in found.vouchers
        ),
    )


def _found(one: DrawnVoucher, *, locale: str) -> str:
    """What was found of a voucher; boxes to tick where nobody looked yet."""
    if not one.verdicts:
        return "  ".join(f"☐{say_word(locale, f'verdict.{kind}')}" for kind in VerdictKind)
    return "；".join(
        " ".join(
            part
            for part in (
                say_word(locale, f"verdict.{verdict.kind}"),
                verdict.text,
                "" if verdict.state is None else f"（{say_word(locale, f'finding.{verdict.state}')}）",
            )
            if part
        )
        for verdict in one.verdicts
    )
