"""Appeals 异议: a household says that it does not agree, or a paper that says so comes to the counter; an officer answers,
and once another looks again (RULES §9)."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, insert

from coop.households import queries as households
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from payouts.notices import queries, rules
from payouts.notices.tables import AppealAnswerRow, AppealPaperRow, AppealRow
from payouts.runs import actions as run_actions
from payouts.runs import queries as runs
from payouts.runs.rules import OF_A_TOWNSHIP, RunName, name_of, published_on, run_must_exist
from schemas.appeals import Appeal, AppealPaper, AppealStep
from schemas.evidence import EvidenceFile
from schemas.log import Act, ChainHead
from schemas.problems import Refusal, RefusalKind
from schemas.runs import Run, RunState
from schemas.units import BookId, PersonId


def file(
    db: Connection,
    name: RunName,
    *,
    payee: str,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> Appeal:
    """Say that one does not agree 提出异议 with what a run gives a member of one's household, or that he is not in it.

    Refused: the member is none of the household of ``by`` (as missing), no list is out, the days are over, nothing is
    said, or an appeal about the same member waits for its answer.
    """
    head = log.lock(db, book=name.book)
    household = _household_of(db, name.book, payee=payee, by=by)
    run = _run(db, name)
    return _file(db, name, run, head=head, payee=payee, household=household, text=text, by=by, on=on, at=at)


def record(
    db: Connection,
    name: RunName,
    *,
    payee: str,
    text: str,
    came: date,
    scan: EvidenceFile,
    by: PersonId,
    on: date,
    at: datetime,
) -> Appeal:
    """Record an appeal that came on paper 代录异议, with its scan, whose bytes are in the store before: of somebody in a
    township's list, who has no login, or of a household that came in person. It counts on the day it came in.

    Refused: nobody is called so in the list, nor in a book's register; no list is out, the days were over when it came,
    nothing is said, an appeal about the same payee waits for its answer, or the paper is recorded already.
    """
    _run(db, name)  # a township's desk has a chain to lock once there is one
    head = log.lock(db, book=name.book)
    run = _run(db, name)
    household = households.household_of_member(db, book=name.book, member=payee)
    if not household and (
        name.kind not in OF_A_TOWNSHIP or not runs.lines(db, name, content=run.content, payee=payee)
    ):
        raise Refusal(rules.appeal_payee_must_be_there.at("/payee", run=run.id, payee=payee))
    return _file(
        db,
        name,
        run,
        head=head,
        payee=payee,
        household=household or "",
        text=text,
        by=by,
        on=on,
        at=at,
        came=came,
        scan=scan,
    )


def _file(
    db: Connection,
    name: RunName,
    run: Run,
    *,
    head: ChainHead,
    payee: str,
    household: str,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
    came: date | None = None,
    scan: EvidenceFile | None = None,
) -> Appeal:
    paper = _paper(came, scan)
    acts = runs.acts(db, name)
    published = None if run.state is RunState.REVERTED else published_on(acts)
    problems = rules.faults_of_appeal(
        text,
        payee=payee,
        published=published,
        days=runs.procedure_of(db, name, acts).appeal_days,
        others=queries.appeals(db, book=name.book, run=name),
        on=on,
        paper=paper,
    )
    if problems:
        raise Refusal(*problems)
    number = queries.last_appeal(db, book=name.book) + 1
    row = {
        "book_id": name.book,
        "number": number,
        "kind": name.kind.value,
        "year": name.year,
        "round": name.round,
        "content": run.content,
        "payee": payee,
        "member_no": payee if household else None,
        "household_no": household,
        "by": by,
        "on": on,
        "at": log.instant(at),
        "text": text.strip(),
    }
    db.execute(insert(table_of(AppealRow)), [row])
    _keep(db, paper, scan, book=name.book, number=number, seq=0)
    filed = _there(db, name.book, number)
    act = Act(
        by=by,
        act="appeal.file" if paper is None else "appeal.record",
        subject=f"appeal:{number}",
        after=f"run:{name} {payee}",
        content=rules.sealed(filed)[-1],
    )
    log.append(db, [act], book=name.book, head=head, at=at)
    return filed


def answer(
    db: Connection,
    *,
    book: BookId,
    number: int,
    upheld: bool,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> Appeal:
    """Answer an appeal 答复: it is right (``upheld``), or it is not and why. Where the appeal is right about a list that
    is not booked yet, the run is returned in the same act with the household's words as the reason; the line of one that
    is booked stays held until the run is taken back. Refused when it was answered, or when the second answer comes from
    whoever gave the first."""
    log.lock(db, book=book)
    found = _there(db, book, number)
    approver = _run(db, _name(found)).approved_by
    problems = rules.faults_of_answer(found, text=text, by=by, approver=approver)
    if problems:
        raise Refusal(*problems, kind=RefusalKind.RULE if found.is_open else RefusalKind.STATE)
    step = AppealStep.UPHOLD if upheld else AppealStep.REJECT
    answered = _follow(db, found, step, book=book, text=text, by=by, on=on, at=at)
    if upheld:
        _return_the_list(db, answered, by=by, on=on, at=at)
    return answered


def escalate(
    db: Connection, *, book: BookId, number: int, text: str, by: PersonId, on: date, at: datetime
) -> Appeal:
    """Ask once for another person to look 申请复核. Refused for another household's appeal (as missing), without an answer
    that disagreed, and when the days since it are over."""
    log.lock(db, book=book)
    found = queries.appeal(db, book=book, number=number)
    whose = households.household_of(db, by)
    if found is None or whose is None or (whose.book, whose.household) != (book, found.household):
        raise Refusal(rules.appeal_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    return _escalate(db, found, book=book, text=text, by=by, on=on, at=at)


def record_escalation(
    db: Connection,
    *,
    book: BookId,
    number: int,
    text: str,
    came: date,
    scan: EvidenceFile,
    by: PersonId,
    on: date,
    at: datetime,
) -> Appeal:
    """Record a paper that asks for another person to look 代录复核申请, with its scan; it counts on the day it came in.
    Refused as ``escalate`` refuses, and where the paper is recorded already."""
    log.lock(db, book=book)
    found = _there(db, book, number)
    return _escalate(db, found, book=book, text=text, by=by, on=on, at=at, came=came, scan=scan)


def _escalate(
    db: Connection,
    found: Appeal,
    *,
    book: BookId,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
    came: date | None = None,
    scan: EvidenceFile | None = None,
) -> Appeal:
    name, paper = _name(found), _paper(came, scan)
    procedure = runs.procedure_of(db, name, runs.acts(db, name))
    problems = rules.faults_of_escalation(found, text=text, days=procedure.appeal_days, on=on, paper=paper)
    if problems:
        raise Refusal(*problems)
    _keep(db, paper, scan, book=book, number=found.number, seq=len(found.answers) + 1)
    return _follow(db, found, AppealStep.ESCALATE, book=book, text=text, by=by, on=on, at=at)


def _paper(came: date | None, scan: EvidenceFile | None) -> AppealPaper | None:
    if came is None or scan is None:
        return None
    return AppealPaper(came=came, sha256=scan.sha256, name=scan.name)


def _keep(
    db: Connection,
    paper: AppealPaper | None,
    scan: EvidenceFile | None,
    *,
    book: BookId,
    number: int,
    seq: int,
) -> None:
    if paper is None or scan is None:
        return
    evidence.know_files(db, [scan], book=book)
    row = {
        "book_id": book,
        "number": number,
        "seq": seq,
        "sha256": paper.sha256,
        "name": paper.name,
        "came": paper.came,
    }
    db.execute(insert(table_of(AppealPaperRow)), [row])


def _name(appeal: Appeal) -> RunName:
    name = name_of(appeal.run)
    assert name is not None, "an appeal is about a run under its name"
    return name


def _run(db: Connection, name: RunName) -> Run:
    run = runs.run(db, name)
    if run is None:
        raise Refusal(run_must_exist.at("/run", run=name), kind=RefusalKind.MISSING)
    return run


def _return_the_list(db: Connection, appeal: Appeal, *, by: PersonId, on: date, at: datetime) -> None:
    name = _name(appeal)
    run = _run(db, name)
    if rules.must_be_made_anew(appeal, run):
        run_actions.give_back(db, name, by=by, on=on, at=at, reason=rules.reason_to_return(appeal))


def _household_of(db: Connection, book: BookId, *, payee: str, by: PersonId) -> str:
    whose = households.household_of(db, by)
    of_payee = households.household_of_member(db, book=book, member=payee)
    if whose is None or not of_payee or (whose.book, whose.household) != (book, of_payee):
        raise Refusal(
            rules.payee_must_be_of_the_household.at("/member", member=payee), kind=RefusalKind.MISSING
        )
    return of_payee


def _there(db: Connection, book: BookId, number: int) -> Appeal:
    found = queries.appeal(db, book=book, number=number)
    if found is None:
        raise Refusal(rules.appeal_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    return found


def _follow(
    db: Connection,
    before: Appeal,
    step: AppealStep,
    *,
    book: BookId,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> Appeal:
    row = {
        "book_id": book,
        "number": before.number,
        "seq": len(before.answers) + 1,
        "step": step.value,
        "by": by,
        "on": on,
        "at": log.instant(at),
        "text": text.strip(),
    }
    db.execute(insert(table_of(AppealAnswerRow)), [row])
    followed = _there(db, book, before.number)
    act = Act(
        by=by,
        act=_LOGGED[step],
        subject=f"appeal:{before.number}",
        after=f"run:{before.run} {before.payee}",
        content=rules.sealed(followed)[-1],
    )
    log.record(db, act, book=book, at=at)
    return followed


_LOGGED: Mapping[AppealStep, str] = {
    AppealStep.UPHOLD: "appeal.uphold",
    AppealStep.REJECT: "appeal.reject",
    AppealStep.ESCALATE: "appeal.escalate",
}
"""What the log calls each answer."""
