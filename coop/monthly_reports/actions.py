"""Keeping a report that was made."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.monthly_reports import queries, rules
from coop.monthly_reports.tables import MonthlyReportRow
from coop.places import actions as places
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.log.rules import HOUSE
from schemas.evidence import EvidenceFile
from schemas.log import Act
from schemas.monthly_reports import KeptReport, ReportContent, ReportDue
from schemas.units import PersonId

_report = table_of(MonthlyReportRow)


def keep(
    db: Connection, content: ReportContent, pages: EvidenceFile, *, by: PersonId, at: datetime
) -> KeptReport | None:
    """Keep a report and its printed pages, whose bytes are in the store; None where somebody else made it meanwhile, whose
    stays."""
    chain = rules.chain_of(content.place)
    head = log.lock(db, book=HOUSE) if chain == HOUSE else places.desk(db, township=chain)
    if queries.is_made(db, ReportDue(place=content.place, month=content.month)):
        return None
    kept = KeptReport(
        content=content, digest=rules.sealed(content), pages=pages.sha256, made_at=log.instant(at)
    )
    evidence.know_files(db, [pages], book=chain)
    row = {
        "book_id": chain,
        "place": content.place,
        "month": content.month,
        "content": msgspec.json.encode(content).decode(),
        "digest": kept.digest,
        "sha256": kept.pages,
        "made_at": kept.made_at,
    }
    db.execute(insert(_report), [row])
    act = Act(
        by=by,
        act=rules.MADE,
        subject=rules.subject_of(content.place, content.month),
        after=kept.pages,
        content=kept.digest,
    )
    log.append(db, [act], book=chain, head=head, at=at)
    return kept
