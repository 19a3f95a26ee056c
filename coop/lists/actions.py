"""Saying something against a list, and answering it. Nothing frozen is changed by it."""

from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.lists import queries, rules
from coop.lists.tables import ListAppealAnswerRow, ListAppealRow
from coop.places import actions as places
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.seal import rules as seal
from schemas.appeals import AppealPaper
from schemas.evidence import EvidenceFile
from schemas.lists import ListAnswer, ListAppeal
from schemas.log import Act
from schemas.problems import Refusal
from schemas.units import Period, PersonId


def appeal(
    db: Connection,
    *,
    township: str,
    village: str,
    month: Period,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
    came: date | None = None,
    scan: EvidenceFile | None = None,
) -> ListAppeal:
    """Say something against a village's being listed for a frozen month 申诉: its collective's accountant, or an officer at
    the counter with the scan of a paper, whose bytes are in the store before.

    Refused: the month is not frozen, the village is on no list of it or has appealed already, the days were over, nothing
    is said.
    """
    head = places.desk(db, township=township)
    paper = None
    if scan is not None:
        paper = AppealPaper(came=came or on, sha256=scan.sha256, name=scan.name)
    problems = rules.faults_of_appeal(
        text,
        village=village,
        kept=queries.kept(db, township=township, month=month),
        others=queries.appeals(db, within=township, month=month).get(township, ()),
        on=on,
        paper=paper,
    )
    if problems:
        raise Refusal(*problems)
    if scan is not None:
        evidence.know_files(db, [scan], book=township)
    new = ListAppeal(
        number=queries.last_appeal(db, township=township) + 1,
        month=month,
        village=village,
        by=by,
        on=on,
        at=log.instant(at),
        text=text.strip(),
        paper=paper,
    )
    db.execute(
        insert(table_of(ListAppealRow)),
        [
            {
                "book_id": township,
                "number": new.number,
                "month": month,
                "village": village,
                "by": by,
                "on": on,
                "at": new.at,
                "text": new.text,
                "sha256": None if paper is None else paper.sha256,
                "name": "" if paper is None else paper.name,
                "came": None if paper is None else paper.came,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.SAID,
        subject=rules.subject_of(new.number),
        after=village,
        content=rules.sealed(new),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return new


def answer(
    db: Connection,
    *,
    township: str,
    number: int,
    upheld: bool,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> ListAppeal:
    """Answer an appeal against a list: another officer than who recorded it. Upheld, the village is left off the published
    list, with the answer as the reason; its frozen rank stays."""
    head = places.desk(db, township=township)
    found = queries.appeal(db, township=township, number=number)
    problems = rules.faults_of_answer(found, text=text, by=by)
    if problems:
        raise Refusal(*problems)
    said = ListAnswer(upheld=upheld, by=by, on=on, at=log.instant(at), text=text.strip())
    db.execute(
        insert(table_of(ListAppealAnswerRow)),
        [
            {
                "book_id": township,
                "number": number,
                "upheld": int(upheld),
                "by": by,
                "on": on,
                "at": said.at,
                "text": said.text,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.UPHELD if upheld else rules.REJECTED,
        subject=rules.subject_of(number),
        after=found.village,
        content=seal.digest_of(said),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return msgspec.structs.replace(found, answer=said)
