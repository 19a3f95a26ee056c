"""Drawing a month's vouchers, saying what was found of them, answering and closing. There is no verb here that draws again."""

from datetime import datetime

from sqlalchemy import Connection, insert

from ledger.columns import adding_rows, table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.spot_checks import queries, rules
from ledger.spot_checks.tables import (
    SpotCheckPoolRow,
    SpotCheckRow,
    SpotCheckVerdictRow,
    SpotCheckVoucherRow,
    SpotCheckWordRow,
)
from ledger.vouchers import queries as vouchers
from ledger.vouchers.rules import number_text
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.spot_checks import FindingWord, NewVerdict, SpotCheck, Verdict, WordKind
from schemas.units import BookId, Period, PersonId, VoucherId
from schemas.vouchers import Voucher

_POOL = adding_rows(table_of(SpotCheckPoolRow))


def draw(
    db: Connection,
    *,
    book: BookId,
    month: Period,
    k: int = rules.DRAWN_A_BOOK,
    by: PersonId,
    at: datetime,
) -> SpotCheck | None:
    """Draw k vouchers of a month that is over, and freeze head and pool with the draw; None where it was drawn before, or
    where the book's chain had not begun by the month's end."""
    head = log.lock(db, book=book)
    assert rules.ends(month) <= at, "a month is drawn when it is over"
    if queries.check(db, book=book, month=month) is not None:
        return None
    seed = queries.head_at_end(db, book=book, month=month)
    if seed is None:
        return None
    pool = {one.number: one.voucher for one in queries.posted_in(db, book=book, month=month)}
    made = SpotCheck(
        book=book,
        month=month,
        head=seed[1],
        head_seq=seed[0],
        k=k,
        pool=len(pool),
        pool_digest=rules.digest_of_pool(pool),
        drawn=rules.drawn(pool, seed=seed[1], k=k),
        drawn_at=log.instant(at),
    )
    db.execute(
        insert(table_of(SpotCheckRow)),
        [
            {
                "book_id": book,
                "month": month,
                "head": made.head,
                "head_seq": made.head_seq,
                "k": k,
                "pool": made.pool,
                "pool_digest": made.pool_digest,
                "drawn_at": made.drawn_at,
            }
        ],
    )
    _POOL.write(db, [{"book_id": book, "month": month, "voucher_id": voucher} for voucher in pool.values()])
    if made.drawn:
        db.execute(
            insert(table_of(SpotCheckVoucherRow)),
            [
                {"book_id": book, "month": month, "voucher_id": pool[number], "place": place}
                for place, number in enumerate(made.drawn, 1)
            ],
        )
    act = Act(
        by=by,
        act=rules.DREW,
        subject=rules.subject_of_draw(month),
        after=rules.drew_text(made),
        content=rules.sealed_draw(made),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return made


def judge(
    db: Connection, new: NewVerdict, *, book: BookId, voucher: VoucherId, by: PersonId, at: datetime
) -> Verdict:
    """Say of a drawn voucher that it is in order, or what is wrong with it. Refused: a voucher that was not drawn, to whoever
    prepared, reviewed or posted it, what was said already, in order against a finding."""
    head = log.lock(db, book=book)
    month = queries.drawn_in(db, book=book, voucher=voucher)
    if month is None:
        raise Refusal(rules.voucher_must_be_drawn.at("/voucher", voucher=voucher), kind=RefusalKind.MISSING)
    of = vouchers.voucher(db, book=book, id=voucher)
    assert of is not None, "what was drawn is there"
    problems = rules.faults_of_verdict(
        new,
        before=queries.verdicts(db, book=book, voucher=voucher),
        involved=queries.involved_in(of),
        by=by,
        number=_number(of),
    )
    if problems:
        raise Refusal(*problems)
    if new.scan is not None:
        evidence.know_files(db, [new.scan], book=book)
    words = new.text.strip()
    made = Verdict(
        id=queries.last_verdict(db, book=book) + 1,
        month=month,
        voucher=voucher,
        kind=new.kind,
        text=words,
        scan=None if new.scan is None else new.scan.sha256,
        scan_name="" if new.scan is None else new.scan.name,
        checked_by=by,
        at=log.instant(at),
        state=rules.state_of(new.kind, ()),
    )
    db.execute(
        insert(table_of(SpotCheckVerdictRow)),
        [
            {
                "book_id": book,
                "verdict_id": made.id,
                "month": month,
                "voucher_id": voucher,
                "kind": made.kind.value,
                "text": words,
                "scan": made.scan,
                "scan_name": made.scan_name,
                "checked_by": by,
                "at": made.at,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.JUDGED,
        subject=f"finding:{made.id}",
        before=_number(of),
        after=f"{made.kind} {words}".strip(),
        content=rules.sealed_verdict(made),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return made


def say_of_finding(
    db: Connection,
    word: WordKind,
    text: str,
    *,
    book: BookId,
    finding: int,
    by: PersonId,
    at: datetime,
) -> Verdict:
    """Answer a finding, return an answer that does not settle it, or close it. Refused: out of turn, and to the wrong one of
    the two: who checks does not answer, who answers does not close."""
    head = log.lock(db, book=book)
    found = queries.finding(db, book=book, id=finding)
    if found is None:
        raise Refusal(rules.finding_must_be_there.at("/finding", finding=finding), kind=RefusalKind.MISSING)
    of = vouchers.voucher(db, book=book, id=found.voucher)
    assert of is not None, "what was drawn is there"
    problems = rules.faults_of_word(
        word, text, finding=found, involved=queries.involved_in(of), by=by, number=_number(of)
    )
    if problems:
        raise Refusal(
            *problems, kind=RefusalKind.STATE if _out_of_turn(problems[0].code) else RefusalKind.RULE
        )
    said = FindingWord(word=word, text=text.strip(), by=by, at=log.instant(at))
    place = len(found.words) + 1
    db.execute(
        insert(table_of(SpotCheckWordRow)),
        [
            {
                "book_id": book,
                "verdict_id": finding,
                "place": place,
                "word": word.value,
                "text": said.text,
                "said_by": by,
                "at": said.at,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.SAID[word],
        subject=f"finding:{finding}",
        before=_number(of),
        after=said.text,
        content=rules.sealed_word(finding, place, said),
    )
    log.append(db, [act], book=book, head=head, at=at)
    (again,) = queries.verdicts(db, book=book, id=finding)
    return again


def _out_of_turn(code: str) -> bool:
    return code in {rules.finding_must_be_open.code, rules.finding_must_be_answered.code}


def _number(voucher: Voucher) -> str:
    assert voucher.number is not None, "what was drawn is posted"
    return number_text(voucher.word, voucher.number)
