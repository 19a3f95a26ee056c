"""Monthly reports of townships and counties over HTTP: what they say, the printed pages, the workbook."""

import datetime

from coop.monthly_reports import queries, rules
from ledger.seal.rules import digest_of_bytes
from schemas.access import Deed
from schemas.evidence import Sha256
from schemas.monthly_reports import KeptReport, MonthlyReport
from schemas.units import Instant, Period, Value
from web.api.kept_files import sent
from web.api.route import Call, File, Nothing, Routes
from web.database import Connection
from web.exports.monthly_reports import excel, title_of
from web.exports.routes import MEDIA
from web.kept_files import kept_file

routes = Routes("Monthly reports 月报")
_REPORTS = "/places/{place}/reports"


class ReportHead(Value):
    """A monthly report by its month."""

    month: Period
    made_on: datetime.date
    made_at: Instant
    digest: Sha256
    pages: Sha256


class ReportPage(Value):
    """The monthly reports of a place, the newest first."""

    items: tuple[ReportHead, ...]


@routes.reads(_REPORTS, deed=Deed.SEE_TOWNSHIP, answers=ReportPage)
def list_reports(db: Connection, call: Call[Nothing, Nothing]) -> ReportPage:
    """The monthly reports 月报 of a township or county, made on the 1st of the frozen months without anybody asking."""
    return ReportPage(
        items=tuple(
            ReportHead(
                month=one.content.month,
                made_on=one.content.made_on,
                made_at=one.made_at,
                digest=one.digest,
                pages=one.pages,
            )
            for one in queries.reports(db, place=call.path["place"])
        )
    )


@routes.reads(f"{_REPORTS}/{{period}}", deed=Deed.SEE_TOWNSHIP, answers=KeptReport)
def read_report(db: Connection, call: Call[Nothing, Nothing]) -> KeptReport:
    """What a report says beside the frozen figures, and the digests of the frozen months it is made of."""
    return _report(db, call).kept


@routes.reads(f"{_REPORTS}/{{period}}/pages", deed=Deed.SEE_TOWNSHIP, answers=File)
def read_report_pages(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The report as it was printed when it was made, a PDF in Chinese."""
    report = _report(db, call)
    chain, digest = rules.chain_of(report.kept.content.place), report.kept.pages
    name = f"{title_of(report, call.locale)}.pdf"
    return sent(call, kept_file(db, digest, chain=chain, name=name))


@routes.reads(f"{_REPORTS}/{{period}}/workbook", deed=Deed.SEE_TOWNSHIP, answers=File)
def read_report_workbook(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The tables of a report as an Excel workbook in the caller's language."""
    report = _report(db, call)
    content = excel(report, call.locale)
    return File(
        content=content,
        media_type=MEDIA["xlsx"],
        name=f"{title_of(report, call.locale)}.xlsx",
        digest=digest_of_bytes(content),
    )


def _report(db: Connection, call: Call[Nothing, Nothing]) -> MonthlyReport:
    return queries.report(db, place=call.path["place"], month=call.path["period"])
