"""Appeals 异议: a household says that it does not agree, an officer answers, and once another looks again (RULES §9)."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection, insert

from coop.households import queries as households
from ledger.columns import table_of
from ledger.log import actions as log
from payouts.notices import queries, rules
from payouts.notices.tables import AppealAnswerRow, AppealRow
from payouts.runs import actions as run_actions
from payouts.runs import queries as runs
from payouts.runs.rules import RunName, name_of, published_on, run_must_exist
from schemas.appeals import Appeal, AppealStep
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.runs import RunState
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
    run = runs.run(db, name)
    if run is None:
        raise Refusal(run_must_exist.at("/run", run=name), kind=RefusalKind.MISSING)
    acts = runs.acts(db, name)
    published = None if run.state is RunState.REVERTED else published_on(acts)
    problems = rules.faults_of_appeal(
        text,
        payee=payee,
        published=published,
        days=runs.procedure_of(db, name, acts).appeal_days,
        others=queries.appeals(db, book=name.book, run=name),
        on=on,
    )
    if problems:
        raise Refusal(*problems)
    number = queries.last_appeal(db, book=name.book) + 1
    said = text.strip()
    row = {
        "book_id": name.book,
        "number": number,
        "kind": name.kind.value,
        "year": name.year,
        "round": name.round,
        "content": run.content,
        "payee": payee,
        "household_no": household,
        "by": by,
        "on": on,
        "at": log.instant(at),
        "text": said,
    }
    db.execute(insert(table_of(AppealRow)), [row])
    act = Act(
        by=by,
        act="appeal.file",
        subject=f"appeal:{number}",
        after=f"run:{name} {payee}",
        content=_digest(said),
    )
    log.append(db, [act], book=name.book, head=head, at=at)
    return _there(db, name.book, number)


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
    problems = rules.faults_of_answer(found, text=text, by=by)
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
    name = name_of(found.run)
    assert name is not None, "an appeal is about a run under its name"
    procedure = runs.procedure_of(db, name, runs.acts(db, name))
    problems = rules.faults_of_escalation(found, text=text, days=procedure.appeal_days, on=on)
    if problems:
        raise Refusal(*problems)
    return _follow(db, found, AppealStep.ESCALATE, book=book, text=text, by=by, on=on, at=at)


def _return_the_list(db: Connection, appeal: Appeal, *, by: PersonId, on: date, at: datetime) -> None:
    name = name_of(appeal.run)
    assert name is not None, "an appeal is about a run under its name"
    run = runs.run(db, name)
    assert run is not None, "an appeal is about a run that was published"
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
    said = text.strip()
    row = {
        "book_id": book,
        "number": before.number,
        "seq": len(before.answers) + 1,
        "step": step.value,
        "by": by,
        "on": on,
        "at": log.instant(at),
        "text": said,
    }
    db.execute(insert(table_of(AppealAnswerRow)), [row])
    act = Act(
        by=by,
        act=_LOGGED[step],
        subject=f"appeal:{before.number}",
        after=f"run:{before.run} {before.payee}",
        content=_digest(said),
    )
    log.record(db, act, book=book, at=at)
    return _there(db, book, before.number)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


_LOGGED: Mapping[AppealStep, str] = {
    AppealStep.UPHOLD: "appeal.uphold",
    AppealStep.REJECT: "appeal.reject",
    AppealStep.ESCALATE: "appeal.escalate",
}
"""What the log calls each answer."""
