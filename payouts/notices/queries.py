"""Which runs are on notice, who appealed, and what a check code leads to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, select

from coop.members.tables import MemberRow
from coop.places import queries as places
from coop.places.tables import PlaceRow
from ledger.books.tables import BookRow
from ledger.columns import Prepared, table_of
from ledger.log import queries as log
from payouts.notices import rules
from payouts.notices.tables import AppealAnswerRow, AppealPaperRow, AppealRow
from payouts.runs import queries as runs
from payouts.runs.rules import OF_A_TOWNSHIP, RunName, is_deducted, name_of, person_of, published_on
from payouts.runs.tables import RunLineRow, RunRow
from schemas.appeals import Appeal, AppealAnswer, AppealPaper, AppealStep
from schemas.members import MemberKind
from schemas.notices import MaskedLine, Notice, Verified
from schemas.places import PlaceLevel
from schemas.runs import BOOKED, Run, RunKind, RunState
from schemas.units import BookId, Fen

_appeal = table_of(AppealRow)
_answer = table_of(AppealAnswerRow)
_paper = table_of(AppealPaperRow)
_run = table_of(RunRow)
_line = table_of(RunLineRow)
_member = table_of(MemberRow)
_book = table_of(BookRow)
_place = table_of(PlaceRow)
_NAME = func.coalesce(_book.c.name, _place.c.name)

_OF_HOUSEHOLD = Prepared(
    select(_appeal)
    .where(
        _appeal.c.book_id == bindparam("book"),
        _appeal.c.household_no == bindparam("household"),
        _appeal.c.year == bindparam("year"),
    )
    .order_by(_appeal.c.number)
)
_OUT = (RunState.ON_NOTICE, RunState.APPROVED, *sorted(BOOKED))
"""States in which the public has seen a run's list."""

# Appeals


def appeals(db: Connection, *, book: BookId, run: RunName | None = None) -> tuple[Appeal, ...]:
    """The appeals of a book by number, or those about a run."""
    wanted = [_appeal.c.book_id == book]
    if run is not None:
        wanted += [
            _appeal.c.kind == run.kind.value,
            _appeal.c.year == run.year,
            _appeal.c.round == run.round,
        ]
    return _with_answers(db, book, _rows(db, *wanted))


def appeals_of_household(db: Connection, *, book: BookId, household: str, year: int) -> tuple[Appeal, ...]:
    """What a household said about the runs of a year, by number."""
    return _with_answers(db, book, _OF_HOUSEHOLD.rows(db, book=book, household=household, year=year))


def appeal(db: Connection, *, book: BookId, number: int) -> Appeal | None:
    """One appeal."""
    found = _with_answers(db, book, _rows(db, _appeal.c.book_id == book, _appeal.c.number == number))
    return found[0] if found else None


def last_appeal(db: Connection, *, book: BookId) -> int:
    """The number of the book's last appeal, 0 when there is none."""
    newest = select(func.coalesce(func.max(_appeal.c.number), 0)).where(_appeal.c.book_id == book)
    return int(db.execute(newest).scalar_one())


def held_lines(db: Connection, run: Run) -> frozenset[str]:
    """The payees of a run whose lines an appeal holds (RULES §9); the rest may go on."""
    name = name_of(run.id)
    assert name is not None, "a run is kept under its name"
    return rules.held_by(appeals(db, book=run.book, run=name), content=run.content)


def _rows(db: Connection, *wanted: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return db.execute(select(_appeal).where(*wanted).order_by(_appeal.c.number)).all()


def _with_answers(db: Connection, book: BookId, rows: Sequence[Any]) -> tuple[Appeal, ...]:
    if not rows:
        return ()
    answers: defaultdict[int, list[AppealAnswer]] = defaultdict(list)
    numbers = [row.number for row in rows]
    papers = {
        (row.number, row.seq): AppealPaper(came=row.came, sha256=row.sha256, name=row.name)
        for row in db.execute(
            select(_paper).where(
                _paper.c.book_id == book, _paper.c.number.between(min(numbers), max(numbers))
            )
        )
    }
    for row in db.execute(
        select(_answer)
        .where(_answer.c.book_id == book, _answer.c.number.between(min(numbers), max(numbers)))
        .order_by(_answer.c.number, _answer.c.seq)
    ):
        answers[row.number].append(
            AppealAnswer(
                step=AppealStep(row.step),
                by=row.by,
                on=row.on,
                at=row.at,
                text=row.text,
                paper=papers.get((row.number, row.seq)),
            )
        )
    return tuple(
        Appeal(
            number=row.number,
            run=str(RunName(book=row.book_id, kind=RunKind(row.kind), year=row.year, round=row.round)),
            content=row.content,
            payee=row.payee,
            household=row.household_no,
            by=row.by,
            on=row.on,
            at=row.at,
            text=row.text,
            paper=papers.get((row.number, 0)),
            answers=tuple(answers[row.number]),
        )
        for row in rows
    )


class Unanswered(NamedTuple):
    """An appeal that waits for an answer: of which book or township, about whom, and since when."""

    home: BookId
    number: int
    payee: str
    since: date


def unanswered(db: Connection, *, homes: Collection[BookId]) -> tuple[Unanswered, ...]:
    """What waits for an answer in these books and townships: nothing followed, or another person was asked for."""
    if not homes:
        return ()
    said = (_appeal.c.book_id, _appeal.c.number, _appeal.c.payee, _appeal.c.on)
    followed = func.count(_answer.c.seq)
    rows = db.execute(
        select(*said, func.max(_answer.c.on).label("last"))
        .select_from(
            _appeal.outerjoin(
                _answer,
                and_(_answer.c.book_id == _appeal.c.book_id, _answer.c.number == _appeal.c.number),
            )
        )
        .where(_appeal.c.book_id.in_(homes))
        .group_by(*said)
        .having(followed.in_((0, 2)))
        .order_by(_appeal.c.book_id, _appeal.c.number)
    )
    return tuple(
        Unanswered(home=row.book_id, number=row.number, payee=row.payee, since=row.last or row.on)
        for row in rows
    )


# The public list


def on_notice(db: Connection, *, book: BookId | None = None) -> tuple[Notice, ...]:
    """The runs whose lists are public now, the last published first."""
    wanted = [_run.c.state == RunState.ON_NOTICE.value]
    if book is not None:
        wanted.append(_run.c.book_id == book)
    rows = db.execute(
        select(_run.c.book_id, _run.c.kind, _run.c.year, _run.c.round, _NAME.label("name"))
        .select_from(
            _run.outerjoin(_book, _book.c.book_id == _run.c.book_id).outerjoin(
                _place, _place.c.code == _run.c.book_id
            )
        )
        .where(*wanted)
    ).all()
    found = (
        notice(
            db,
            RunName(book=row.book_id, kind=RunKind(row.kind), year=row.year, round=row.round),
            unit=row.name,
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: (one.published, one.run), reverse=True))


def notice(db: Connection, name: RunName, *, unit: str) -> Notice:
    """A run on notice without its list."""
    run = runs.run(db, name)
    assert run is not None, "it was found just now"
    acts = runs.acts(db, name)
    published = published_on(acts)
    assert published is not None, "a run on notice was published"
    procedure = runs.procedure_of(db, name, acts)
    counted = db.execute(
        select(func.count(_line.c.payee.distinct())).where(*_content(run, name))
    ).scalar_one()
    return Notice(
        run=run.id,
        book=run.book,
        unit=unit,
        kind=run.kind,
        year=run.year,
        total=run.total,
        payees=int(counted),
        resolution=run.resolution,
        title=runs.titles(db, [run]).get(run.id, ""),
        published=published,
        ends=rules.notice_ends(published, days=procedure.notice_days),
        appeals_end=rules.appeals_end(published, days=procedure.appeal_days),
    )


def unit_of(db: Connection, book: BookId) -> str:
    """What the unit of a book is called, or a township; empty where there is neither."""
    of_book = select(_book.c.name).where(_book.c.book_id == book)
    of_place = select(_place.c.name).where(_place.c.code == book)
    return db.execute(of_book).scalar_one_or_none() or db.execute(of_place).scalar_one_or_none() or ""


def masked_list(db: Connection, run: Run, name: RunName) -> tuple[MaskedLine, ...]:
    """Everybody of a run as the public may see it, the largest amount first: no numbers, only the first character of a
    person's name; of a township by village, of its rewards what is paid
    and then what is deducted, in the order of the ranks."""
    if name.kind is RunKind.REWARD:
        return _masked_candidates(db, run, name)
    if name.kind in OF_A_TOWNSHIP:
        return _masked_people(db, run, name)
    held = held_lines(db, run)
    rows = db.execute(
        select(_member.c.member_no, _member.c.name, _member.c.kind, func.sum(_line.c.amount).label("amount"))
        .select_from(
            _line.join(
                _member,
                and_(_member.c.book_id == _line.c.book_id, _member.c.member_no == _line.c.payee),
            )
        )
        .where(*_content(run, name))
        .group_by(_member.c.member_no, _member.c.name, _member.c.kind)
    )
    lines = (
        MaskedLine(
            name=rules.masked_name(row.name, MemberKind(row.kind)),
            amount=int(row.amount),
            held=row.member_no in held,
        )
        for row in rows
    )
    return tuple(sorted(lines, key=lambda line: (-line.amount, line.name)))


def _masked_people(db: Connection, run: Run, name: RunName) -> tuple[MaskedLine, ...]:
    held = held_lines(db, run)
    villages = {part.no: part.name for part in runs.parts(db, name, content=run.content)}
    lines = sorted(
        runs.lines(db, name, content=run.content), key=lambda line: (line.part, -line.amount, line.payee)
    )
    return tuple(
        MaskedLine(
            name=rules.masked_name(person_of(line.payee), MemberKind.HOUSEHOLD),
            held=line.payee in held,
            amount=line.amount,
            village=villages[line.part],
        )
        for line in lines
    )


def _masked_candidates(db: Connection, run: Run, name: RunName) -> tuple[MaskedLine, ...]:
    villages, held = _villages(db, run), held_lines(db, run)
    lines = sorted(runs.lines(db, name, content=run.content), key=lambda line: (line.part, line.weight))
    return tuple(
        MaskedLine(
            name=_masked_candidate(line.payee, villages),
            amount=line.amount,
            deducted=is_deducted(run.kind, line),
            held=line.payee in held,
        )
        for line in lines
    )


def _villages(db: Connection, run: Run) -> frozenset[str]:
    return frozenset(one.name for one in places.places_below(db, code=run.book, level=PlaceLevel.VILLAGE))


def _masked_candidate(who: str, villages: Collection[str]) -> str:
    """A village of the township is no person and keeps its name."""
    return who if who in villages else rules.masked_name(who, MemberKind.HOUSEHOLD)


# What a check code leads to


def verified(db: Connection, text: str) -> Verified | None:
    """What a check code proves: the masked name, year and amount of one payee of a run the public has seen; None when it
    leads nowhere, or what is kept now does not give this code."""
    code = rules.code_from(text)
    if code is None:
        return None
    rows = db.execute(
        select(_run.c.book_id, _run.c.kind, _run.c.year, _run.c.round).where(
            _run.c.state.in_([state.value for state in _OUT])
        )
    ).all()
    names = [
        RunName(book=row.book_id, kind=RunKind(row.kind), year=row.year, round=row.round) for row in rows
    ]
    for name in names:
        if rules.mark_of(str(name)) != code.run:
            continue
        run = runs.run(db, name)
        assert run is not None, "it was found just now"
        for payee in _payees_marked(db, run, name, mark=code.payee):
            amount = _amount_of(db, run, name, payee=payee)
            written = rules.check_code(run.id, digest=run.digest, payee=payee, amount=amount)
            if rules.code_from(written) == code and _is_sealed(db, run):
                return _shown(db, run, payee=payee, amount=amount, code=written)
    return None


def _payees_marked(db: Connection, run: Run, name: RunName, *, mark: int) -> Iterable[str]:
    payees = db.execute(select(_line.c.payee).where(*_content(run, name)).distinct()).scalars()
    return [payee for payee in payees if rules.mark_of(payee) == mark]


def _amount_of(db: Connection, run: Run, name: RunName, *, payee: str) -> Fen:
    return sum(
        line.amount
        for line in runs.lines(db, name, content=run.content, payee=payee)
        if not is_deducted(name.kind, line)
    )


def _is_sealed(db: Connection, run: Run) -> bool:
    """Whether the book's chain of acts has this digest for this run."""
    step = "run.post" if run.is_booked else "run.publish"
    return (f"run:{run.id}", run.digest) in set(log.contents_of(db, book=run.book, act=step))


def _masked_payee(db: Connection, run: Run, payee: str) -> str:
    if run.kind is RunKind.REWARD:
        return _masked_candidate(payee, _villages(db, run))
    if run.kind in OF_A_TOWNSHIP:
        return rules.masked_name(person_of(payee), MemberKind.HOUSEHOLD)
    row = db.execute(
        select(_member.c.name, _member.c.kind).where(
            _member.c.book_id == run.book, _member.c.member_no == payee
        )
    ).one()
    return rules.masked_name(row.name, MemberKind(row.kind))


def _shown(db: Connection, run: Run, *, payee: str, amount: Fen, code: str) -> Verified:
    return Verified(
        unit=unit_of(db, run.book),
        kind=run.kind,
        year=run.year,
        name=_masked_payee(db, run, payee),
        amount=amount,
        state=run.state,
        code=code,
    )


def _content(run: Run, name: RunName) -> list[ColumnElement[bool]]:
    return [
        _line.c.book_id == name.book,
        _line.c.kind == name.kind.value,
        _line.c.year == name.year,
        _line.c.round == name.round,
        _line.c.content == run.content,
    ]
