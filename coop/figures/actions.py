"""Three gates on figures from outside: collected, reviewed by another person, entered. Nothing counts before."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.alerts import actions as alerts
from coop.figures import queries, rules
from coop.figures.tables import (
    FigureAnswerRow,
    FigureParcelRow,
    FigureRow,
    FigureStepRow,
    FigureSubjectRow,
)
from coop.places import actions as places
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.seal import rules as seal
from schemas.figures import DoubtAnswer, Gate, NewParcel, Parcel, ParcelStep
from schemas.log import Act, ChainHead
from schemas.problems import Refusal, RefusalKind
from schemas.units import PersonId

Row = dict[str, object]


def collect(db: Connection, new: NewParcel, *, township: str, by: PersonId, on: date, at: datetime) -> Parcel:
    """Collect the figures of a month 采集 as they were read of a file, whose bytes are in the store before. Refused with
    everything at once: a month to come, nothing said, a subject twice or of another township, the same file again."""
    head = places.desk(db, township=township)
    others = queries.parcels(db, township=township, month=new.month)
    problems = rules.faults_of_new(new, others, township=township, on=on)
    if problems:
        raise Refusal(*problems)
    evidence.know_files(db, [new.file], book=township)
    made = Parcel(
        number=queries.last_number(db, township=township) + 1,
        month=new.month,
        sha256=new.file.sha256,
        name=new.file.name,
        rows=len(new.rows),
        by=by,
        on=on,
        at=log.instant(at),
    )
    _write(db, made, new, township=township)
    act = Act(
        by=by,
        act=rules.COLLECTED,
        subject=rules.subject_of(made.number),
        after=f"{new.month // 100}-{new.month % 100:02} {len(new.rows)}",
        content=rules.sealed(made, new.rows),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return made


def _write(db: Connection, made: Parcel, new: NewParcel, *, township: str) -> None:
    of: Row = {"book_id": township, "number": made.number}
    db.execute(
        insert(table_of(FigureParcelRow)),
        [
            {
                **of,
                "month": made.month,
                "sha256": made.sha256,
                "name": made.name,
                "by": made.by,
                "on": made.on,
                "at": made.at,
            }
        ],
    )
    subjects: list[Row] = []
    figures: list[Row] = []
    for line, row in enumerate(new.rows, 1):
        whose: Row = {**of, "village": row.subject.village, "household": row.subject.household}
        subjects.append({**whose, "line": line, "name": row.name, "note": row.note})
        figures += (
            {**whose, "code": one.code, "place": place, "amount": one.amount, "decimals": one.decimals}
            for place, one in enumerate(row.figures, 1)
        )
    db.execute(insert(table_of(FigureSubjectRow)), subjects)
    db.execute(insert(table_of(FigureRow)), figures)


def answer(
    db: Connection,
    said: Mapping[str, str],
    *,
    township: str,
    number: int,
    by: PersonId,
    on: date,
    at: datetime,
) -> Parcel:
    """Say why doubted figures are kept 说明: a reason by the key of each doubt. Refused where a doubt is there no longer as it was
    shown, or nothing is said."""
    head = places.desk(db, township=township)
    found = queries.parcel(db, township=township, number=number)
    if not found.is_open:
        closed = rules.parcel_must_be_open.at("/number", number=number, state=f"parcel_state.{found.state}")
        raise Refusal(closed, kind=RefusalKind.STATE)
    doubts = {one.key: one.doubt for one in queries.compared(db, found, township=township, on=on).doubts}
    gone = [rules.doubt_must_be_there.at(f"/answers/{key}") for key in said if key not in doubts]
    if gone:
        raise Refusal(*gone, kind=RefusalKind.STALE)
    problems = [
        problem for key, text in said.items() for problem in rules.faults_of_words(text, f"/answers/{key}")
    ]
    if problems:
        raise Refusal(*problems)
    made = [
        DoubtAnswer(no=no, doubt=doubts[key], text=text.strip(), by=by, on=on, at=log.instant(at))
        for no, (key, text) in enumerate(said.items(), len(found.answers) + 1)
    ]
    if made:
        db.execute(
            insert(table_of(FigureAnswerRow)),
            [
                {
                    "book_id": township,
                    "number": number,
                    "no": one.no,
                    "doubt": msgspec.json.encode(one.doubt).decode(),
                    "text": one.text,
                    "by": by,
                    "on": on,
                    "at": one.at,
                }
                for one in made
            ],
        )
    acts = [
        Act(
            by=by,
            act=rules.ANSWERED,
            subject=rules.subject_of_answer(number, one.no),
            after=" ".join(filter(None, (one.doubt.kind, rules.called(one.doubt.subject), one.doubt.code))),
            content=seal.digest_of(one),
        )
        for one in made
    ]
    log.append(db, acts, book=township, head=head, at=at)
    return msgspec.structs.replace(found, answers=(*found.answers, *made))


def review(db: Connection, *, township: str, number: int, by: PersonId, on: date, at: datetime) -> Parcel:
    """Review a parcel 审核, as another person than who collected it. Refused while a doubt has no answer."""
    found, _ = _passed(db, Gate.REVIEW, township=township, number=number, by=by, on=on, at=at)
    return found


def send_back(
    db: Connection, *, township: str, number: int, text: str, by: PersonId, on: date, at: datetime
) -> Parcel:
    """Send back a parcel that was not entered 退回, with the reason; what is wrong is corrected by a new file. Who collected it
    may take it back so."""
    found, _ = _passed(db, Gate.RETURN, township=township, number=number, text=text, by=by, on=on, at=at)
    return found


def enter(db: Connection, *, township: str, number: int, by: PersonId, on: date, at: datetime) -> Parcel:
    """Enter a reviewed parcel 入库, as another person than who collected it: its figures count from now on, alerts are opened of
    red lines they break, and those of lines they keep again are cured."""
    found, head = _passed(db, Gate.ENTER, township=township, number=number, by=by, on=on, at=at)
    alerts.look_at_figures(db, found, township=township, by=by, on=on, at=at, head=head)
    return found


def _passed(
    db: Connection,
    gate: Gate,
    *,
    township: str,
    number: int,
    text: str = "",
    by: PersonId,
    on: date,
    at: datetime,
) -> tuple[Parcel, ChainHead]:
    head = places.desk(db, township=township)
    found = queries.parcel(db, township=township, number=number)
    doubts = () if gate is Gate.RETURN else queries.compared(db, found, township=township, on=on).doubts
    problems = rules.faults_of_gate(found, gate, doubts, text=text, by=by)
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STATE if not found.is_open else RefusalKind.RULE)
    step = ParcelStep(
        no=len(found.steps) + 1,
        gate=gate,
        text=text.strip(),
        doubts=tuple(one.doubt for one in doubts),
        place=queries.last_entered(db, township=township) + 1 if gate is Gate.ENTER else None,
        by=by,
        on=on,
        at=log.instant(at),
    )
    db.execute(
        insert(table_of(FigureStepRow)),
        [
            {
                "book_id": township,
                "number": number,
                "no": step.no,
                "gate": gate.value,
                "text": step.text,
                "doubts": msgspec.json.encode(step.doubts).decode(),
                "place": step.place,
                "collected_by": found.by,
                "by": by,
                "on": on,
                "at": step.at,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.PASSED[gate],
        subject=rules.subject_of(number),
        after=f"{found.month // 100}-{found.month % 100:02} {step.text}".strip(),
        content=seal.digest_of(step),
    )
    head = log.append(db, [act], book=township, head=head, at=at)
    return msgspec.structs.replace(found, steps=(*found.steps, step)), head
