"""``report``: the monthly reports of a township or county."""

from pathlib import Path

import click

from coop.monthly_reports import queries, rules
from ledger.periods.rules import month_text
from schemas.monthly_reports import KeptReport
from schemas.problems import Refusal, RefusalKind
from schemas.units import Value
from web.cli.books import month as month_from
from web.cli.command import Place, as_json, command
from web.cli.exports import write_whole
from web.cli.house import House
from web.exports.monthly_reports import excel, title_of
from web.exports.routes import export_must_exist
from web.i18n.words import N_
from web.kept_files import kept_file


class ReportsFound(Value):
    """The reports of a place, the newest first."""

    items: tuple[KeptReport, ...]


@command(
    says=N_(
        "Show the monthly reports 月报 of a township or county, or write one to FILE: as printed where it ends in .pdf, its tables "
        "where it ends in .xlsx. CODE is the place's first 6 or 9 digits."
    )
)
@click.argument("code")
@click.argument("month", required=False)
@click.argument("file", type=Place(), required=False)
@as_json
def report(house: House, code: str, month: str | None, file: str | None, as_json: bool) -> None:
    """Show, or write."""
    if month is None or file is None:
        _show(house, code, month, as_json)
        return
    period, place = month_from(month, "/month"), Path(file)
    assert period is not None, "a month is given"
    with house.read() as db:
        found = queries.report(db, place=code, month=period)
    if place.suffix not in {".pdf", ".xlsx"}:
        raise Refusal(
            export_must_exist.at("/file", what=place.stem[:40], ending=place.suffix[1:10]),
            kind=RefusalKind.MISSING,
        )
    if place.suffix == ".pdf":
        with house.read() as db:
            chain, name = rules.chain_of(found.kept.content.place), f"{title_of(found, house.language)}.pdf"
            pages = kept_file(db, found.kept.pages, chain=chain, name=name)
        whole = house.evidence.read(pages)
    else:
        whole = excel(found, house.language)
    size = write_whole(place, (whole,))
    house.tell(
        N_("{name}, {month}: {size} bytes written to {file}"),
        name=found.kept.content.name,
        month=month_text(period),
        size=size,
        file=place,
    )


def _show(house: House, code: str, month: str | None, as_json: bool) -> None:
    with house.read() as db:
        if month is None:
            found = queries.reports(db, place=code)
        else:
            period = month_from(month, "/month")
            assert period is not None, "a month is given"
            found = (queries.report(db, place=code, month=period).kept,)
    if as_json:
        house.json(ReportsFound(items=found))
        return
    house.table(
        (N_("Month"), N_("Made on"), N_("SHA-256 of the report"), N_("SHA-256 of the printed pages")),
        [
            (month_text(one.content.month), one.content.made_on.isoformat(), one.digest, one.pages)
            for one in found
        ],
    )
