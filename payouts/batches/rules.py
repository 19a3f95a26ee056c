"""Which lines go into a batch, what of them the bank's answers settle, and which voucher follows (RULES §9).

A line is paid once: whatever a bank says twice changes nothing, in whatever order its words come the last of them
stands, by its day and the bank's own count of its words of that day, and what it says against itself is shown to a person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from coop.identity import masked_text
from ledger import texts
from ledger.money import yuan
from ledger.seal import rules as seal
from schemas.batches import (
    Answer,
    Batch,
    BatchLine,
    BatchState,
    Due,
    DuePart,
    DueState,
    LineOutcome,
    Outcome,
    Payee,
    Reason,
    Told,
)
from schemas.problems import Fault, Problem, Refusal
from schemas.runs import ORDERS, Run, RunKind
from schemas.units import Fen, Value, VoucherId
from schemas.vouchers import VoucherDraft, VoucherLine

line_must_not_be_held = Fault(
    code="line_must_not_be_held",
    says="{payee} has said that the list is wrong, and nobody has answered yet.",
    remedy="Leave the line out; it goes out once the appeal is answered.",
)
line_must_be_payable = Fault(
    code="line_must_be_payable",
    says="{payee} is {state}; it is not sent again.",
    remedy="Send only what is still to be paid or came back.",
)
payee_must_be_of_the_run = Fault(
    code="payee_must_be_of_the_run",
    says="{payee} has no line in {run}.",
    remedy="Choose payees of the run.",
)
payee_must_have_an_account = Fault(
    code="payee_must_have_an_account",
    says="{payee} has no bank account on record.",
    remedy="Record it by an act of the register, which a second person confirms, or pay in cash.",
)
account_must_cover_the_batch = Fault(
    code="account_must_cover_the_batch",
    says="{account} holds {there} on that day; the batch pays {total}, {missing} more.",
    remedy="Post what came in by then, choose another account, or make a batch of fewer lines.",
)
batch_must_have_lines = Fault(
    code="batch_must_have_lines",
    says="Nothing is left to be sent.",
    remedy="Every line is paid, on its way or held.",
)
batch_must_tie_out = Fault(
    code="batch_must_tie_out",
    says="The run comes to {run_total} for {run_count} payees; the batch and everybody else come to {total} for {count}.",
    remedy="A line was changed behind the service's back: prove the book with `lianjian check`, compare with a backup.",
)
run_must_not_be_paid = Fault(
    code="run_must_not_be_paid",
    says="Of {run} {paid} is paid and {on_its_way} is on its way.",
    remedy="A run is taken back while nothing of it is paid and nothing on its way.",
)
answer_must_be_of_the_batch = Fault(
    code="answer_must_be_of_the_batch",
    says="Row {row}: the batch has no line {reference}.",
    remedy="Take the return file of this batch.",
)
answer_must_be_of_the_amount = Fault(
    code="answer_must_be_of_the_amount",
    says="Row {row}: line {reference} went out with {sent}, the bank answers {answered}.",
    remedy="Ask the bank; nothing of this file is taken until it is right.",
)
answers_must_agree = Fault(
    code="answers_must_agree",
    says="Row {row}: line {reference} is said to be both paid and returned.",
    remedy="Ask the bank which holds.",
)
answer_must_be_of_a_day = Fault(
    code="answer_must_be_of_a_day",
    says="Row {row}: line {reference} is said of {day}; the batch went out on {sent}, and today is {today}.",
    remedy="Take the day the money arrived or came back.",
)
reason_must_go_with_failure = Fault(
    code="reason_must_go_with_failure",
    says="Row {row}: a line that came back has a reason, and one that was paid has none.",
    remedy="Choose the reason the bank gave; “other” where it gave none.",
)
line_must_not_be_sent_twice = Fault(
    code="line_must_not_be_sent_twice",
    says="Row {row}: line {reference} came back on {failed} and was sent again; now the bank says it was paid after all.",
    remedy="Have the bank stop one of the two transfers before you go on.",
)


class Matched(Value):
    """What answers came to: the outcomes that are new, and how many answers said what was known."""

    outcomes: tuple[LineOutcome, ...]
    repeated: int


_WORDS = {
    RunKind.DIVIDEND: "盈余分配",
    RunKind.COMMISSION: "管理员提成",
    RunKind.LABOUR: "劳务费",
    RunKind.RENT: "土地租金",
    RunKind.INDEMNITY: "保险赔款",
    RunKind.BUYBACK: "回购款",
    RunKind.LEAVER: "退社结算款",
    RunKind.INSTALMENT: "绩效奖金",
}
LONGEST_WORD = 200
"""Characters of what a bank says of a line that are kept."""
PAYABLE = frozenset({DueState.TO_PAY, DueState.RETURNED})
"""A due in one of these states may go into a batch."""


def payable(dues: Iterable[Due]) -> tuple[Due, ...]:
    """The dues that may go out now, by payee."""
    return tuple(sorted((due for due in dues if due.state in PAYABLE), key=lambda due: due.payee))


def faults_of_choice(dues: Mapping[str, Due], chosen: Sequence[str], *, run: str) -> Iterable[Problem]:
    """Everything that keeps chosen payees from going out: no line, held, paid or on its way already, chosen twice."""
    for payee, times in sorted(Counter(chosen).items()):
        due = dues.get(payee)
        if due is None:
            yield payee_must_be_of_the_run.at(f"/payees/{payee}", payee=payee, run=run)
        elif due.state is DueState.HELD:
            yield line_must_not_be_held.at(f"/payees/{payee}", payee=payee)
        elif due.state not in PAYABLE or times > 1:
            yield line_must_be_payable.at(f"/payees/{payee}", payee=payee, state=f"due.{due.state}")


def lines_of(dues: Sequence[Due], accounts: Mapping[str, Payee], *, name: str) -> tuple[BatchLine, ...]:
    """The lines of a batch of these dues, numbered by payee. Refused: nothing to send, a payee without an account."""
    problems = [
        payee_must_have_an_account.at(f"/payees/{due.payee}", payee=due.payee)
        for due in dues
        if due.payee not in accounts
    ]
    if not dues:
        problems.append(batch_must_have_lines.at("/payees"))
    if problems:
        raise Refusal(*problems)
    return tuple(
        BatchLine(
            no=no,
            payee=due.payee,
            attempt=due.attempt + 1,
            amount=due.net,
            to=accounts[due.payee],
            reference=reference_of(name, no),
        )
        for no, due in enumerate(sorted(dues, key=lambda due: due.payee), 1)
    )


def faults_of_tie(
    dues: Mapping[str, Due], lines: Iterable[BatchLine], *, run_total: Fen, run_count: int
) -> tuple[Problem, ...]:
    """The batch and everybody it leaves out (held, on their way, paid, not chosen) are not the run, to the fen and the
    payee (RULES §9)."""
    parts = {line.payee: line.amount + dues[line.payee].withheld for line in lines}
    parts |= {payee: due.gross for payee, due in dues.items() if payee not in parts}
    total = sum(parts.values())
    if (total, len(parts)) == (run_total, run_count):
        return ()
    return (
        batch_must_tie_out.at(
            "/payees", run_total=yuan(run_total), run_count=run_count, total=yuan(total), count=len(parts)
        ),
    )


def faults_of_taking_back(dues: Iterable[Due], *, run: str) -> tuple[Problem, ...]:
    """A run is not taken back while something of it is paid or on its way; what stands in its way, with the figures."""
    sums = dict.fromkeys(DueState, 0)
    for due in dues:
        sums[due.state] += due.net
    paid, on_its_way = sums[DueState.PAID], sums[DueState.ON_ITS_WAY]
    if not paid and not on_its_way:
        return ()
    return (run_must_not_be_paid.at("/run", run=run, paid=yuan(paid), on_its_way=yuan(on_its_way)),)


def to_account(line: BatchLine, account: str) -> BatchLine:
    """The line with its account in full."""
    return replace(line, to=replace(line.to, account=account))


def reference_of(name: str, no: int) -> str:
    """What a bank's answer names a line by.

    >>> reference_of("B2026-0003", 7)
    'B2026-0003-0007'
    """
    return f"{name}-{no:04}"


def answers_of(
    batch: Batch, lines: Sequence[BatchLine], told: Sequence[Told], known: Mapping[int, LineOutcome]
) -> tuple[Answer, ...]:
    """What somebody was told, as the bank's answers; row by row. Told otherwise on the day of the last word ``known``, it
    comes after that: a person may put right what was entered. Refused: a reason that does not go with its outcome."""
    amounts = {line.no: line.amount for line in lines}
    problems = [
        reason_must_go_with_failure.at(f"/rows/{row}", row=row)
        for row, one in enumerate(told, 1)
        if (one.outcome is Outcome.FAILED) != (one.reason is not None)
    ]
    if problems:
        raise Refusal(*problems)
    return tuple(
        Answer(
            row=row,
            reference=reference_of(batch.name, one.line),
            amount=amounts.get(one.line, 0) if one.amount is None else one.amount,
            outcome=one.outcome,
            on=one.on,
            code="" if one.reason is None else one.reason.value,
            said=one.said,
            turn=_turn_of(one, known.get(one.line)),
        )
        for row, one in enumerate(told, 1)
    )


def _turn_of(told: Told, before: LineOutcome | None) -> int:
    if before is None or before.on != told.on:
        return 1
    return before.turn if before.outcome is told.outcome else before.turn + 1


def matched(
    lines: Sequence[BatchLine],
    known: Mapping[int, LineOutcome],
    answers: Sequence[Answer],
    *,
    sent_again: frozenset[int],
    reasons: Mapping[str, Reason],
    days: tuple[date, date],
    by: int,
    at: str,
) -> Matched:
    """What answers settle, line by line; said again changes nothing, nor does a word that comes after a later one.
    Refused with every row at fault, and then nothing is taken: of no line of the batch, of another amount, of a day
    before the batch went out or after today (``days``), against itself in one turn, paid after all though it was sent
    again."""
    sent, today = days
    by_reference = {line.reference: line for line in lines}
    problems: list[Problem] = []
    fresh: dict[int, LineOutcome] = {}
    repeated = 0
    for answer in answers:
        line = by_reference.get(answer.reference)
        at_row = f"/rows/{answer.row}"
        problems += texts.faults_of_line(answer.said, f"{at_row}/said")
        if line is None:
            problems.append(
                answer_must_be_of_the_batch.at(
                    at_row, row=answer.row, reference=masked_text(answer.reference)[:80]
                )
            )
            continue
        if answer.amount != line.amount:
            problems.append(
                answer_must_be_of_the_amount.at(
                    at_row,
                    row=answer.row,
                    reference=answer.reference,
                    sent=yuan(line.amount),
                    answered=yuan(answer.amount),
                )
            )
            continue
        if not sent <= answer.on <= today:
            problems.append(
                answer_must_be_of_a_day.at(
                    at_row,
                    row=answer.row,
                    reference=answer.reference,
                    day=answer.on,
                    sent=sent,
                    today=today,
                )
            )
            continue
        before, place = fresh.get(line.no) or known.get(line.no), (answer.on, answer.turn)
        if before is not None and place == before.place and answer.outcome is not before.outcome:
            problems.append(answers_must_agree.at(at_row, row=answer.row, reference=answer.reference))
            continue
        if before is not None and place <= before.place:
            repeated += 1
            continue
        if before is not None and answer.outcome is Outcome.PAID and line.no in sent_again:
            problems.append(
                line_must_not_be_sent_twice.at(
                    at_row, row=answer.row, reference=answer.reference, failed=before.on
                )
            )
            continue
        fresh[line.no] = LineOutcome(
            no=line.no,
            outcome=answer.outcome,
            on=answer.on,
            reason=None if answer.outcome is Outcome.PAID else reasons.get(answer.code, Reason.OTHER),
            said=masked_text(answer.said)[:LONGEST_WORD],
            recorded_by=by,
            at=at,
            turn=answer.turn,
        )
    if problems:
        raise Refusal(*problems)
    return Matched(outcomes=tuple(fresh[no] for no in sorted(fresh)), repeated=repeated)


def state_of(*, held: bool, attempt: int, last: LineOutcome | None, voided: bool = False) -> DueState:
    """Where somebody's money is: by the last batch that carried it and the bank's last word on it.

    >>> state_of(held=True, attempt=0, last=None), state_of(held=False, attempt=1, last=None)
    (<DueState.HELD: 'held'>, <DueState.ON_ITS_WAY: 'on_its_way'>)
    """
    if attempt and not voided:
        if last is None:
            return DueState.ON_ITS_WAY
        if last.outcome is Outcome.PAID:
            return DueState.PAID
        return DueState.HELD if held else DueState.RETURNED
    return DueState.HELD if held else DueState.TO_PAY


def summary_of(run: Run) -> str:
    """What a run's payments are called on papers and in files; of payment orders there are several a year."""
    which = f"{run.year}年第{run.round}次" if run.kind in ORDERS else f"{run.year}年度"
    return f"{which}{_WORDS[run.kind]}"


def voucher(
    paid: Sequence[Due], returned: Sequence[Due], *, day: date, money: tuple[str, str], summary: str
) -> VoucherDraft:
    """The voucher of one answer: what was paid, debit the payables and credit the bank or the cash account; what had
    been paid and came back, the other way round. ``money`` is account and detail of where it is paid from."""
    account, detail = money
    gone, back = sum(due.net for due in paid), sum(due.net for due in returned)
    lines = [
        *_of_parts(paid, summary=summary, sign=1),
        *_of_parts(returned, summary=f"{summary}退回", sign=-1),
    ]
    if gone:
        lines.append(VoucherLine(summary=summary, account=account, detail=detail, credit=gone))
    if back:
        lines.append(VoucherLine(summary=f"{summary}退回", account=account, detail=detail, debit=back))
    return VoucherDraft(date=day, lines=tuple(lines))


def _of_parts(dues: Iterable[Due], *, summary: str, sign: int) -> Iterable[VoucherLine]:
    for due in sorted(dues, key=lambda due: due.payee):
        for part in net_parts(due):
            yield VoucherLine(
                summary=summary,
                account=part.account,
                detail=part.detail,
                debit=part.amount if sign > 0 else 0,
                credit=part.amount if sign < 0 else 0,
            )


def net_parts(due: Due) -> Iterable[DuePart]:
    """The parts of a due without what is withheld, which posting the run has booked to 214 already."""
    for part in due.parts:
        if part.amount > part.withheld:
            yield DuePart(account=part.account, detail=part.detail, amount=part.amount - part.withheld)


# What the log says and seals


def noted_text(batch: Batch, *, reason: str = "") -> str:
    """What the log says of a batch: where it stands, its lines and total, whose run, and the words given with it."""
    return " ".join(filter(None, (batch.state.value, str(batch.lines), yuan(batch.total), batch.run, reason)))


def told_text(outcome: LineOutcome) -> str:
    """What the log says of the bank's word on a line: paid or why not, and the day."""
    reason = "" if outcome.reason is None else outcome.reason.value
    return " ".join(filter(None, (outcome.outcome.value, outcome.on.isoformat(), reason)))


def as_made(batch: Batch) -> Batch:
    """The batch as it was when it was made."""
    return replace(batch, state=BatchState.MADE, sent_by=None, sent_on=None, version=1)


def as_sent(batch: Batch) -> Batch:
    """The batch as it was when it went out."""
    return replace(batch, state=BatchState.SENT, version=2)


def content_of_making(batch: Batch, lines: Sequence[BatchLine]) -> str:
    """What the log seals when a batch is made: the batch and every line."""
    return seal.digest_of((as_made(batch), tuple(lines)))


def content_of_sending(batch: Batch) -> str:
    """What the log seals when a batch goes out: the batch with who sent it on which day."""
    return seal.digest_of(as_sent(batch))


def content_of_outcome(outcome: LineOutcome) -> str:
    """What the log seals of the bank's word on a line."""
    return seal.digest_of(outcome)


def content_of_vouchers(ids: Sequence[VoucherId]) -> str:
    """What the log seals with an answer: every voucher the batch has posted so far."""
    return seal.digest_of(tuple(ids))
