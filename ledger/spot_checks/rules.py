"""Which vouchers a month's spot check draws, and who may say what about them (RULES §8).

On the 1st, k vouchers of the month before are drawn in the order of SHA-256(seed ‖ number). The seed is the head of the book's
chain at the month's end, so nobody chooses, and everybody can draw again: ``docs/spot-checks.md`` prints how.

>>> drawn(["记-0001", "记-0002", "记-0003", "收-0001"], seed="ab" * 32, k=2)
('记-0003', '收-0001')
>>> ends(202501).isoformat()
'2025-01-31T16:00:00+00:00'
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from hashlib import sha256

from ledger import texts
from ledger.assets.rules import month_later, month_of
from ledger.periods.rules import month_text
from ledger.seal.rules import digest_of
from schemas.problems import Fault, Problem
from schemas.spot_checks import (
    FindingState,
    FindingWord,
    NewVerdict,
    SpotCheck,
    Verdict,
    VerdictKind,
    WordKind,
)
from schemas.units import Fen, Period, PersonId
from schemas.vouchers import VoucherLine

DRAWN_A_BOOK = 5
"""k, where a township's policy says nothing else."""

DREW, JUDGED = "spot_check.draw", "spot_check.judge"
SAID = {
    WordKind.ANSWER: "spot_check.answer",
    WordKind.RETURN: "spot_check.return",
    WordKind.CLOSE: "spot_check.close",
}
"""The acts under which the log seals a draw, a verdict, and what is said about a finding."""

_CHINA = timezone(timedelta(hours=8))

month_must_be_drawn = Fault(
    code="month_must_be_drawn",
    says="Nothing was drawn of {month}.",
    remedy="A month is drawn on the 1st of the next one, if the book was kept here at its end.",
)
voucher_must_be_drawn = Fault(
    code="voucher_must_be_drawn",
    says="Voucher {voucher} was not drawn.",
    remedy="Choose one of the vouchers on the sheet.",
)
checker_must_be_another = Fault(
    code="checker_must_be_another",
    says="Who prepared, reviewed or posted {voucher} does not check it.",
    remedy="Have another officer or an auditor check it.",
)
finding_must_be_worded = Fault(
    code="finding_must_be_worded",
    says="The finding says nothing.",
    remedy="Say in a sentence what is wrong and what the paper shows.",
)
verdict_must_be_new = Fault(
    code="verdict_must_be_new",
    says="{voucher} has this verdict already.",
    remedy="Nothing is left to do.",
)
finding_must_stand = Fault(
    code="finding_must_stand",
    says="{voucher} has a finding; it is not in order.",
    remedy="Close the finding when it is mended; it stays counted.",
)
finding_must_be_there = Fault(
    code="finding_must_be_there",
    says="There is no finding {finding} in this book.",
    remedy="Look at the sheet of the month again.",
)
word_must_be_said = Fault(
    code="word_must_be_said",
    says="Nothing is said.",
    remedy="Say in a sentence what was done, or what is still wrong.",
)
finding_must_be_open = Fault(
    code="finding_must_be_open",
    says="The finding is {state}; it waits for no answer.",
    remedy="Look at the sheet again; somebody may have been faster.",
)
finding_must_be_answered = Fault(
    code="finding_must_be_answered",
    says="The finding is {state}; it can be closed or returned when it is answered.",
    remedy="Wait for the accountant's answer.",
)
finding_takes_two = Fault(
    code="finding_takes_two",
    says="Who checks does not answer, and who answers does not close.",
    remedy="Have the other person do it.",
)
draw_must_follow_from_the_chain = Fault(
    code="draw_must_follow_from_the_chain",
    says="Book {book}: the spot check of {month} names another head than the chain had at the month's end.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
pool_must_be_the_months_vouchers = Fault(
    code="pool_must_be_the_months_vouchers",
    says="Book {book}: the pool of the spot check of {month} is not the vouchers that were posted by then: {numbers}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
draw_must_come_out_again = Fault(
    code="draw_must_come_out_again",
    says="Book {book}: drawn again, the spot check of {month} gives {found}, not {kept}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)


# The draw


def drawn_on(month: Period) -> date:
    """The day a month is drawn on: the 1st of the next."""
    year, no = divmod(month_later(month, 1), 100)
    return date(year, no, 1)


def ends(month: Period) -> datetime:
    """The instant a month is over: midnight in China after its last day."""
    return datetime.combine(drawn_on(month), time(), tzinfo=_CHINA).astimezone(UTC)


def drawn(pool: Iterable[str], *, seed: str, k: int) -> tuple[str, ...]:
    """The first k numbers of a pool in the order of SHA-256(seed ‖ number), number in UTF-8; all of a smaller pool."""
    return tuple(sorted(set(pool), key=lambda number: sha256(f"{seed}{number}".encode()).hexdigest())[:k])


def digest_of_pool(pool: Iterable[str]) -> str:
    """The SHA-256 of a pool's numbers, one a line, in the order of their bytes."""
    return sha256("".join(f"{number}\n" for number in sorted(pool)).encode()).hexdigest()


def months_due(*, began: datetime, last: Period | None, on: date, at: datetime) -> tuple[Period, ...]:
    """The months of a book to be drawn by ``on``: those over whose end its chain saw, oldest first. ``began`` is the chain's
    first entry, ``last`` the last month drawn.

    >>> began = datetime(2025, 3, 31, 17, 0, tzinfo=UTC)  # the first of April in China
    >>> months_due(began=began, last=None, on=date(2025, 6, 1), at=datetime(2025, 6, 1, tzinfo=UTC))
    (202504, 202505)
    >>> months_due(began=began, last=202505, on=date(2025, 6, 30), at=datetime(2025, 6, 30, tzinfo=UTC))
    ()
    """
    month = month_of(began.astimezone(_CHINA).date()) if last is None else month_later(last, 1)
    found = []
    while month < month_of(on) and ends(month) <= at:
        found.append(month)
        month = month_later(month, 1)
    return tuple(found)


def drew_text(check: SpotCheck) -> str:
    """What the log says of a draw."""
    return f"{', '.join(check.drawn) or '—'} / {check.pool}"


def subject_of_draw(month: Period) -> str:
    """What the log calls a draw."""
    return f"spot_check:{month_text(month)}"


def sealed_draw(check: SpotCheck) -> str:
    """The digest the log seals of a draw."""
    return digest_of(check)


def sealed_verdict(verdict: Verdict) -> str:
    """The digest the log seals of a verdict: all it said when it was written down."""
    return digest_of(
        (
            verdict.id,
            verdict.month,
            verdict.voucher,
            verdict.kind,
            verdict.text,
            verdict.scan,
            verdict.scan_name,
            verdict.checked_by,
            verdict.at,
        )
    )


def sealed_word(finding: int, place: int, word: FindingWord) -> str:
    """The digest the log seals of something said about a finding."""
    return digest_of((finding, place, word))


def faults_of_draw(
    check: SpotCheck,
    pool: Collection[str],
    *,
    head: tuple[int, str] | None,
    there: Collection[str],
    perhaps: Collection[str],
) -> Iterator[Problem]:
    """Why a draw is not what it must be: ``head`` is what the chain had at the month's end, ``there`` the numbers of the month that
    were posted before the draw, ``perhaps`` those posted in its very instant."""
    where, month = f"/spot-checks/{month_text(check.month)}", month_text(check.month)
    if head != (check.head_seq, check.head):
        yield draw_must_follow_from_the_chain.at(where, book=check.book, month=month)
    wrong = {*pool} ^ {*there, *({*perhaps} & {*pool})}
    if wrong or digest_of_pool(pool) != check.pool_digest or len(pool) != check.pool:
        yield pool_must_be_the_months_vouchers.at(
            where, book=check.book, month=month, numbers=", ".join(sorted(wrong)) or "—"
        )
    again = drawn(pool, seed=check.head, k=check.k)
    if again != check.drawn:
        yield draw_must_come_out_again.at(
            where,
            book=check.book,
            month=month,
            found=", ".join(again) or "—",
            kept=", ".join(check.drawn) or "—",
        )


# The sheet and its findings


def amount_of(lines: Sequence[VoucherLine]) -> Fen:
    """What a voucher comes to: its debits; where a red line on the same side brings them to nought, as with bank interest, the debits
    that are not red.

    >>> interest = [("102", 4911), ("524", -4911)]
    >>> amount_of([VoucherLine(summary="利息", account=code, debit=debit) for code, debit in interest])
    4911
    """
    debit = sum(line.debit for line in lines)
    return debit or sum(max(line.debit, 0) for line in lines)


def state_of(kind: VerdictKind, words: Sequence[FindingWord]) -> FindingState | None:
    """Whose turn it is with a verdict; None for a voucher in order."""
    if kind is VerdictKind.IN_ORDER:
        return None
    if not words:
        return FindingState.OPEN
    return {
        WordKind.ANSWER: FindingState.ANSWERED,
        WordKind.RETURN: FindingState.OPEN,
        WordKind.CLOSE: FindingState.CLOSED,
    }[words[-1].word]


def faults_of_verdict(
    new: NewVerdict, *, before: Sequence[Verdict], involved: Collection[PersonId], by: PersonId, number: str
) -> tuple[Problem, ...]:
    """Why a verdict is not taken: of somebody's own voucher, without words, said already, against a finding that stands."""
    problems: list[Problem] = []
    if by in involved:
        problems.append(checker_must_be_another.at("/voucher", voucher=number))
    in_order = new.kind is VerdictKind.IN_ORDER
    if in_order and any(one.kind is not VerdictKind.IN_ORDER for one in before):
        problems.append(finding_must_stand.at("/kind", voucher=number))
    if any(one.kind is new.kind and (in_order or one.text == new.text.strip()) for one in before):
        problems.append(verdict_must_be_new.at("/kind", voucher=number))
    if not in_order and not new.text.strip():
        problems.append(finding_must_be_worded.at("/text"))
    problems += texts.faults_of_line(new.text, "/text")
    return tuple(problems)


def faults_of_word(
    word: WordKind, text: str, *, finding: Verdict, involved: Collection[PersonId], by: PersonId, number: str
) -> tuple[Problem, ...]:
    """Why something is not said about a finding: not its turn, by the wrong one of the two, or no words."""
    problems: list[Problem] = []
    assert finding.state is not None, "a finding has a state"
    if word is WordKind.ANSWER:
        if finding.state is not FindingState.OPEN:
            problems.append(finding_must_be_open.at("/finding", state=f"finding.{finding.state}"))
        if by == finding.checked_by or by in _who(finding, WordKind.RETURN):
            problems.append(finding_takes_two.at("/finding"))
    else:
        if finding.state is not FindingState.ANSWERED:
            problems.append(finding_must_be_answered.at("/finding", state=f"finding.{finding.state}"))
        if by in _who(finding, WordKind.ANSWER):
            problems.append(finding_takes_two.at("/finding"))
        if by in involved:
            problems.append(checker_must_be_another.at("/finding", voucher=number))
    if word is not WordKind.CLOSE and not text.strip():
        problems.append(word_must_be_said.at("/text"))
    problems += texts.faults_of_line(text, "/text")
    return tuple(problems)


def _who(finding: Verdict, word: WordKind) -> frozenset[PersonId]:
    return frozenset(said.by for said in finding.words if said.word is word)
