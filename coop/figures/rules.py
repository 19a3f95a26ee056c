"""What is doubted of figures from outside, and who may let them in (RULES §8).

A household's housing was 100.00 m² in June and is 100.50 in July: it moved by 50 basis points, and none are let pass of it
without a word. A village that fell from 20 households to 18 moved by 1 000, which is no more than it may.

>>> moved(10_050, 10_000, most_bp=0), moved(18, 20, most_bp=1000), moved(17, 20, most_bp=1000)
(True, False, True)
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date

from coop.figures.kinds import kinds
from ledger import texts
from ledger.seal import rules as seal
from schemas.figures import (
    AnsweredDoubt,
    ComparedFigure,
    ComparedRow,
    Doubt,
    DoubtAnswer,
    DoubtKind,
    FigureRow,
    FigureSubject,
    Gate,
    GivenFigure,
    NewParcel,
    Parcel,
    ParcelState,
    SubjectKind,
)
from schemas.problems import Fault, Problem
from schemas.units import Period, PersonId

Known = Mapping[FigureSubject, Mapping[str, GivenFigure]]
"""What counts of each subject for a month, by the code of the figure."""

COLLECTED, ANSWERED = "figures.collect", "figures.answer"
PASSED: Mapping[Gate, str] = {
    Gate.REVIEW: "figures.review",
    Gate.RETURN: "figures.return",
    Gate.ENTER: "figures.enter",
}
"""What the desk's log calls collecting a parcel, answering a doubt, and each gate."""
ACTS = frozenset({COLLECTED, ANSWERED, *PASSED.values()})
MOST_TEXT = 400

parcel_of_figures_must_be_there = Fault(
    code="parcel_of_figures_must_be_there",
    says="There is no parcel {number} of figures from outside here.",
    remedy="Look it up in the list of parcels.",
)
month_of_figures_must_have_begun = Fault(
    code="month_of_figures_must_have_begun",
    says="{month} has not begun.",
    remedy="Choose the month the figures are of.",
)
parcel_must_say_something = Fault(
    code="parcel_must_say_something",
    says="The file holds no figure of any village or household.",
    remedy="Fill in the template, a row for each village or household.",
)
subject_must_stand_once = Fault(
    code="subject_must_stand_once",
    says="{subject} stands there twice.",
    remedy="Leave one row of it.",
)
figure_must_not_be_below_nothing = Fault(
    code="figure_must_not_be_below_nothing",
    says="{subject}: {figure} is below nothing.",
    remedy="Correct the cell, and hand the file in again.",
)
subject_must_lie_here = Fault(
    code="subject_must_lie_here",
    says="{village} is no village code of this township.",
    remedy="A village's code has twelve digits and begins with the township's nine.",
)
file_of_figures_must_be_new = Fault(
    code="file_of_figures_must_be_new",
    says="This very file was collected for this month as parcel {number}.",
    remedy="Go on with that one, or send it back first.",
)
parcel_must_be_open = Fault(
    code="parcel_must_be_open",
    says="Parcel {number} is {state}; nothing more is done with it.",
    remedy="What is wrong in it is corrected by a new file.",
)
parcel_must_be_reviewed = Fault(
    code="parcel_must_be_reviewed",
    says="Parcel {number} has not been reviewed.",
    remedy="A second person looks through it first.",
)
parcel_must_wait_for_review = Fault(
    code="parcel_must_wait_for_review",
    says="Parcel {number} was reviewed already.",
    remedy="It waits to be entered.",
)
reviewer_of_figures_must_differ = Fault(
    code="reviewer_of_figures_must_differ",
    says="Who collected figures does not review them.",
    remedy="Another officer of the township does.",
)
enterer_of_figures_must_differ = Fault(
    code="enterer_of_figures_must_differ",
    says="Who collected figures does not enter them.",
    remedy="Another officer of the township does.",
)
doubts_must_be_answered = Fault(
    code="doubts_must_be_answered",
    says="{count} doubts have no answer yet.",
    remedy="Say of each why the figure is kept, or send the parcel back and collect a corrected file.",
)
doubt_must_be_there = Fault(
    code="doubt_must_be_there",
    says="This doubt is not there, or something of it has moved since it was shown.",
    remedy="Look at the comparison again.",
)
words_must_be_said = Fault(
    code="words_must_be_said",
    says="Nothing is said, or more than {most} characters.",
    remedy="Say in a few words why.",
)


# Comparing


def moved(now: int, before: int, *, most_bp: int) -> bool:
    """Whether a figure moved against another by more than so many basis points of it; from nothing, any movement is more."""
    return abs(now - before) * 10_000 > most_bp * abs(before)


def compared(
    rows: Sequence[FigureRow], before: Known, ours: Known, *, month: Period
) -> tuple[ComparedRow, ...]:
    """Every row beside what counted of the month before, and beside our own figures."""
    return tuple(
        ComparedRow(
            subject=row.subject,
            name=row.name,
            note=row.note,
            figures=tuple(
                ComparedFigure(
                    code=one.code,
                    decimals=one.decimals,
                    amount=one.amount,
                    before=_amount(before, row.subject, one.code) if _has_before(one.code, month) else None,
                    ours=_amount(ours, row.subject, one.code),
                )
                for one in row.figures
            ),
        )
        for row in rows
    )


def doubts(
    rows: Iterable[ComparedRow],
    before: Known,
    entered: Known,
    known: frozenset[FigureSubject],
    gone: Container[str] = (),
    *,
    month: Period,
) -> tuple[Doubt, ...]:
    """Everything of a parcel that is not believed without a word. ``before`` counted of the month before, ``entered`` counts
    of this month already, ``known`` are the subjects of our own registers or of figures entered earlier, ``gone`` the villages
    that were no more when the month began: what is said of them is doubted, and nothing of them is missed. A subject, or a figure
    of it, is missing where the parcel speaks of such figures and neither it nor what was entered has it. A figure that neither
    says of anybody is left out, and doubted once: a department's sheet was forgotten, or comes in a file of its own."""
    found: list[Doubt] = []
    spoken: set[str] = set()
    said: dict[FigureSubject, set[str]] = {}
    for row in rows:
        said[row.subject] = {one.code for one in row.figures}
        spoken |= said[row.subject]
        if row.subject.village in gone:
            found.append(Doubt(kind=DoubtKind.GONE, subject=row.subject))
        elif row.subject not in known:
            found.append(Doubt(kind=DoubtKind.UNKNOWN, subject=row.subject))
        for one in row.figures:
            found += _doubts_of(one, row.subject)
    before = {subject: figures for subject, figures in before.items() if subject.village not in gone}
    for subject, figures in before.items():
        wanted = {code for code in figures if code in spoken and _has_before(code, month)}
        lacking = wanted - said.get(subject, set()) - set(entered.get(subject, ()))
        if lacking and lacking == wanted and subject not in said:
            found.append(Doubt(kind=DoubtKind.MISSING, subject=subject))
        else:
            found += (
                Doubt(
                    kind=DoubtKind.MISSING,
                    subject=subject,
                    code=code,
                    decimals=figures[code].decimals,
                    other=figures[code].amount,
                )
                for code in figures
                if code in lacking
            )
    spoken |= {code for figures in entered.values() for code in figures}
    had = Counter(code for figures in before.values() for code in figures if _has_before(code, month))
    found += (
        Doubt(kind=DoubtKind.LEFT_OUT, subject=None, code=code, other=had[code])
        for code in kinds()
        if had[code] and code not in spoken
    )
    return tuple(found)


def _doubts_of(one: ComparedFigure, subject: FigureSubject) -> Iterable[Doubt]:
    kind = kinds()[one.code]
    if one.before is not None and (
        moved(one.amount, one.before, most_bp=kind.moved_bp)
        or (kind.year_to_date and one.amount < one.before)
    ):
        yield _doubt(DoubtKind.MOVED, one, subject, other=one.before)
    if one.ours is not None and one.amount != one.ours:
        yield _doubt(DoubtKind.DIFFERS, one, subject, other=one.ours)


def _doubt(kind: DoubtKind, one: ComparedFigure, subject: FigureSubject, *, other: int) -> Doubt:
    return Doubt(
        kind=kind, subject=subject, code=one.code, decimals=one.decimals, amount=one.amount, other=other
    )


def _has_before(code: str, month: Period) -> bool:
    return month % 100 > 1 or not kinds()[code].year_to_date


def _amount(known: Known, subject: FigureSubject, code: str) -> int | None:
    found = known.get(subject, {}).get(code)
    return None if found is None else found.amount


def key_of(doubt: Doubt) -> str:
    """What a doubt is known by: it follows from all it says."""
    return seal.digest_of(doubt)[:16]


def answered(found: Iterable[Doubt], answers: Iterable[DoubtAnswer]) -> tuple[AnsweredDoubt, ...]:
    """Each doubt with the last answer that was given to exactly it."""
    given = {one.doubt: one for one in answers}
    return tuple(AnsweredDoubt(key=key_of(one), doubt=one, answer=given.get(one)) for one in found)


# What counts


def together(parcels: Iterable[Iterable[FigureRow]]) -> dict[FigureSubject, dict[str, GivenFigure]]:
    """What counts of a month: parcel by parcel in the order they were entered, what a later one says of a subject takes the
    place of what an earlier one said; of what it leaves empty the earlier stands."""
    found: dict[FigureSubject, dict[str, GivenFigure]] = {}
    for rows in parcels:
        for row in rows:
            found.setdefault(row.subject, {}).update({one.code: one for one in row.figures})
    return found


# Gates


def faults_of_new(
    new: NewParcel, others: Iterable[Parcel], *, township: str, on: date
) -> tuple[Problem, ...]:
    """Everything that keeps a file from being collected."""
    problems: list[Problem] = []
    if new.month > on.year * 100 + on.month or not 1 <= new.month % 100 <= 12:
        problems.append(
            month_of_figures_must_have_begun.at("/month", month=f"{new.month // 100}-{new.month % 100:02}")
        )
    if not any(row.figures for row in new.rows):
        problems.append(parcel_must_say_something.at("/file"))
    problems += (
        file_of_figures_must_be_new.at("/file", number=one.number)
        for one in others
        if (one.month, one.sha256) == (new.month, new.file.sha256) and one.state is not ParcelState.RETURNED
    )
    seen: set[FigureSubject] = set()
    for place, row in enumerate(new.rows):
        if not row.subject.village.startswith(township):
            problems.append(subject_must_lie_here.at(f"/rows/{place}", village=row.subject.village))
        if row.subject in seen:
            problems.append(subject_must_stand_once.at(f"/rows/{place}", subject=called(row.subject)))
        seen.add(row.subject)
        problems += (
            figure_must_not_be_below_nothing.at(
                f"/rows/{place}/{one.code}", subject=called(row.subject), figure=kinds()[one.code].name_zh
            )
            for one in row.figures
            if one.amount < 0 and not kinds()[one.code].below_nothing
        )
        problems += texts.faults_of_line(row.name, f"/rows/{place}/name")
        problems += texts.faults_of_line(row.note, f"/rows/{place}/note")
        assert all(kinds()[one.code].of is kind_of(row.subject) for one in row.figures), "read by its kind"
        assert all(kinds()[one.code].decimals == one.decimals for one in row.figures), "read by its kind"
    return tuple(problems)


def faults_of_gate(
    parcel: Parcel, gate: Gate, found: Sequence[AnsweredDoubt], *, text: str, by: PersonId
) -> tuple[Problem, ...]:
    """Everything that stands against a gate of a parcel."""
    at, number = "/number", parcel.number
    if not parcel.is_open:
        return (parcel_must_be_open.at(at, number=number, state=f"parcel_state.{parcel.state}"),)
    if gate is Gate.RETURN:
        return faults_of_words(text)
    problems: list[Problem] = []
    if gate is Gate.REVIEW and parcel.state is ParcelState.REVIEWED:
        problems.append(parcel_must_wait_for_review.at(at, number=number))
    if gate is Gate.ENTER and parcel.state is ParcelState.COLLECTED:
        problems.append(parcel_must_be_reviewed.at(at, number=number))
    if by == parcel.by:
        problems.append(
            (reviewer_of_figures_must_differ if gate is Gate.REVIEW else enterer_of_figures_must_differ).at(
                "/by"
            )
        )
    waiting = sum(one.answer is None for one in found)
    if waiting:
        problems.append(doubts_must_be_answered.at("/doubts", count=waiting))
    return tuple(problems)


def faults_of_words(text: str, at: str = "/text") -> tuple[Problem, ...]:
    """What is wrong with a reason."""
    if not 0 < len(text.strip()) <= MOST_TEXT:
        return (words_must_be_said.at(at, most=MOST_TEXT),)
    return tuple(texts.faults_of_line(text, at))


def kind_of(subject: FigureSubject) -> SubjectKind:
    """Whether it is a village or a household."""
    return SubjectKind.HOUSEHOLD if subject.household else SubjectKind.VILLAGE


def called(subject: FigureSubject | None) -> str:
    """A subject by its codes; nothing where all are spoken of."""
    return "" if subject is None else f"{subject.village} {subject.household}".strip()


def subject_of(number: int) -> str:
    """What the log calls a parcel."""
    return f"figures:{number}"


def subject_of_answer(number: int, no: int) -> str:
    """What the log calls an answer to a doubt."""
    return f"figures:{number}-{no}"


def sealed(parcel: Parcel, rows: Sequence[FigureRow]) -> str:
    """The SHA-256 under which the log seals a parcel as it was collected."""
    said = (parcel.number, parcel.month, parcel.sha256, parcel.name, parcel.by, parcel.on, parcel.at)
    return seal.digest_of((said, rows))
