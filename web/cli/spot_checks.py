"""``spot-check``: what was drawn of a month, and from what; ``data-quality``: the books of a place by what was found."""

import click

from coop.data_quality import queries as quality
from coop.places import queries as places
from ledger.books import queries as books
from ledger.money import yuan
from ledger.periods.rules import month_text
from ledger.spot_checks import queries
from schemas.spot_checks import Published, SpotCheckSheet
from schemas.units import Value
from web.boards import last_whole_month
from web.cli.books import month as month_from
from web.cli.command import as_json, command
from web.cli.house import House
from web.i18n import say_word
from web.i18n.words import N_
from web.spot_check_files import table_of


class SpotCheckFound(Value):
    """A month's sheet with the numbers it was drawn from."""

    sheet: SpotCheckSheet
    pool: Published


@command(
    says=N_(
        "Show the spot check 凭证抽查 of a month: what was drawn, and what was found of it.\n\n"
        "With --csv the seed and every number of the pool, as they are published: docs/spot-checks.md has the ten lines of "
        "shell that draw again from them."
    )
)
@click.argument("book")
@click.argument("month")
@click.option("--csv", "as_csv", is_flag=True, help=N_("Seed and pool as a table of commas."))
@as_json
def spot_check(house: House, book: str, month: str, as_csv: bool, as_json: bool) -> None:
    """A month's draw."""
    of, period = house.book(book), month_from(month, "/month")
    assert period is not None, "a month is given"
    with house.read() as db:
        pool = queries.published(db, book=of.id, month=period)
        sheet = queries.sheet(db, book=of.id, month=period)
    if as_json:
        house.json(SpotCheckFound(sheet=sheet, pool=pool))
        return
    if as_csv:
        house.write(table_of(pool).removesuffix("\n"))
        return
    check = sheet.check
    house.tell(
        N_("{book}, {month}: {count} of {pool} vouchers drawn; seed {seed}"),
        book=of.short_name,
        month=month_text(check.month),
        count=len(check.drawn),
        pool=check.pool,
        seed=check.head,
    )
    house.table(
        (N_("No."), N_("Voucher"), N_("Date"), N_("Summary"), N_("Amount"), N_("Found")),
        [
            (
                str(one.place),
                one.voucher.text,
                one.voucher.date.isoformat(),
                one.summary,
                yuan(one.amount),
                "; ".join(
                    f"{say_word(house.language, f'verdict.{verdict.kind}')} {verdict.text}".strip()
                    for verdict in one.verdicts
                ),
            )
            for one in sheet.vouchers
        ],
        right=(0, 4),
    )
    if sheet.later:
        house.tell(N_("{count} vouchers of the month were posted after the draw."), count=sheet.later)


@command(
    name="data-quality",
    says=N_(
        "Show the books of a place by what spot checks found from January to MONTH 记账质量, the best first.\n\nCODE is the first digits "
        "of its villages' codes; without MONTH it is the last one drawn."
    ),
)
@click.argument("code")
@click.argument("month", required=False)
@as_json
def data_quality(house: House, code: str, month: str | None, as_json: bool) -> None:
    """The books by data quality."""
    with house.read() as db:
        place = places.place_there(db, code=code)
        within = frozenset(quality.books_within(db, place=code))
        drawn = queries.months_drawn(db, books=within)
        asked = month_from(month, "/month") or (drawn[0] if drawn else last_whole_month(house.now()[0]))
        found = quality.board(db, place=code, month=asked)
        names = {book.id: book.short_name for book in books.books(db) if book.id in within}
    if as_json:
        house.json(found)
        return
    house.tell(N_("{place}, January to {month}"), place=place.name, month=month_text(asked))
    house.table(
        (
            N_("Rank"),
            N_("Book"),
            N_("Vouchers drawn"),
            N_("Checked"),
            N_("Without a finding"),
            N_("Findings not closed"),
        ),
        [
            (
                "—" if one.rank is None else str(one.rank),
                names[one.quality.book],
                str(one.quality.drawn),
                str(one.quality.checked),
                str(one.quality.sound),
                str(one.quality.unsettled),
            )
            for one in found.books
        ],
        right=(0, 2, 3, 4, 5),
    )
