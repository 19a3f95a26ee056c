"""Which lines go into a batch, what of them the bank's answers settle, and which voucher follows (RULES §9).

A line is paid once: whatever a bank says twice changes nothing, and what it says against itself is shown to a person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from ledger.money import yuan
from schemas.batches import (
    Answer,
    BatchLine,
    Due,
    DuePart,
    DueState,
    LineOutcome,
    Outcome,
    Payee,
    Reason,
)
from schemas.problems import Fault, Problem, Refusal
from schemas.units import Value
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
batch_must_have_lines = Fault(
    code="batch_must_have_lines",
    says="Nothing is left to be sent.",
    remedy="Every line is paid, on its way or held.",
)
batch_must_tie_out = Fault(
    code="batch_must_tie_out",
    says="The run comes to {run_total} for {run_count} payees; the batch, what is held and what went before come to {total} for "
    "{count}.",
    remedy="Look at the run again: a line is missing or too many.",
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
line_must_not_be_sent_twice = Fault(
    code="line_must_not_be_sent_twice",
    says="Row {row}: line {reference} came back on {failed} and was sent again; now the bank says it was paid after all.",
    remedy="Have the bank stop one of the two transfers before you go on.",
)


class Matched(Value):
    """What answers came to: the outcomes that are new, and how many answers said what was known."""

    outcomes: tuple[LineOutcome, ...]
    repeated: int


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


def to_account(line: BatchLine, account: str) -> BatchLine:
    """The line with its account in full."""
    return replace(line, to=replace(line.to, account=account))


def reference_of(name: str, no: int) -> str:
    """What a bank's answer names a line by.

    >>> reference_of("B2026-0003", 7)
    'B2026-0003-0007'
    """
    return f"{name}-{no:04}"


def matched(
    lines: Sequence[BatchLine],
    known: Mapping[int, LineOutcome],
    answers: Sequence[Answer],
    *,
    sent_again: frozenset[int],
    reasons: Mapping[str, Reason],
    by: int,
    at: str,
) -> Matched:
    """What answers settle, line by line; said again changes nothing, nor does what the bank said of an earlier day.
    Refused with every row at fault, and then nothing is taken: of no line of the batch, of another amount, against
    itself, paid after all though it was sent again."""
    by_reference = {line.reference: line for line in lines}
    problems: list[Problem] = []
    fresh: dict[int, LineOutcome] = {}
    repeated = 0
    for answer in answers:
        line = by_reference.get(answer.reference)
        at_row = f"/rows/{answer.row}"
        if line is None:
            problems.append(
                answer_must_be_of_the_batch.at(at_row, row=answer.row, reference=answer.reference)
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
        if line.no in fresh and fresh[line.no].outcome is not answer.outcome:
            problems.append(answers_must_agree.at(at_row, row=answer.row, reference=answer.reference))
            continue
        before = fresh.get(line.no) or known.get(line.no)
        if before is not None and (before.outcome is answer.outcome or answer.on < before.on):
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
            said=answer.said,
            recorded_by=by,
            at=at,
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
        for part in _net_parts(due):
            yield VoucherLine(
                summary=summary,
                account=part.account,
                detail=part.detail,
                debit=part.amount if sign > 0 else 0,
                credit=part.amount if sign < 0 else 0,
            )


def _net_parts(due: Due) -> Iterable[DuePart]:
    """The parts of a due without what is withheld, which stays on 214; it comes off the last parts first."""
    left = due.net
    for part in due.parts:
        amount = min(part.amount, left)
        left -= amount
        if amount:
            yield DuePart(account=part.account, detail=part.detail, amount=amount)
