"""月报: the monthly reports of a township or county, as printed pages and as workbooks."""

import re

from litestar import Response

from coop.access import rules as access_rules
from coop.monthly_reports import queries, rules
from coop.places import queries as places
from schemas.access import Deed
from schemas.evidence import EvidenceFile
from schemas.monthly_reports import MonthlyReport
from schemas.problems import Refusal, RefusalKind
from web.exports.monthly_reports import excel, title_of
from web.exports.routes import MEDIA, export_must_exist
from web.kept_files import kept_file
from web.pages.evidence import served_file
from web.pages.rendering import address
from web.pages.route import Shown, Visit, month_from, shows

_AT = "/places/{place}/reports"
_FILE = re.compile(r"([0-9]{4}-[0-9]{2})\.(pdf|xlsx)")


@shows(_AT, deed=Deed.SEE_TOWNSHIP)
def show_reports(visit: Visit) -> Shown:
    """The reports of a place, the newest first, and the places around it that have some."""
    code = visit.text_at("place")
    place = places.place_there(visit.db, code=code)
    kept = queries.reports(visit.db, place=code)
    around = {code[:6], *(one.township for each in kept for one in each.content.frozen)} - {code}
    named = places.places(visit.db, codes=around)
    return visit.page(
        "monthly_reports.html",
        place=place,
        reports=kept,
        around=[
            named[one]
            for one in sorted(named)
            if Deed.SEE_TOWNSHIP in access_rules.deeds_at(visit.who.rights, code=one)
        ],
    )


@shows(f"{_AT}/{{file}}", deed=Deed.SEE_TOWNSHIP)
def show_report_file(visit: Visit) -> Shown:
    """A report as it was printed, or its tables as a workbook."""
    file = visit.text_at("file")
    asked = _FILE.fullmatch(file)
    if asked is None:
        what, _, ending = file.rpartition(".")
        raise Refusal(
            export_must_exist.at("/file", what=what[:40] or "?", ending=ending[:10]), kind=RefusalKind.MISSING
        )
    month = month_from(asked[1], otherwise=0)
    report = queries.report(visit.db, place=visit.text_at("place"), month=month)
    name = f"{title_of(report, visit.locale)}.{asked[2]}"
    if asked[2] == "pdf":
        return served_file(visit, _pages(visit, report, name=name))
    return Response(
        excel(report, visit.locale),
        media_type=MEDIA["xlsx"],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{address(name)}",
            "Cache-Control": "private, no-store",
        },
    )


def _pages(visit: Visit, report: MonthlyReport, *, name: str) -> EvidenceFile:
    chain, digest = rules.chain_of(report.kept.content.place), report.kept.pages
    return kept_file(visit.db, digest, chain=chain, name=name)


handlers = [show_reports, show_report_file]
