"""What a voucher must fulfil before it is saved, reviewed and posted.

A voucher says in two or more lines what happened, and its debits equal its credits counted with their signs
(会计基础工作规范 art. 51; RULES §1). Bank interest of 49.11 is debit 102 49.11 and debit 524 -49.11: both
sides sum to 0.00, so it balances with two debit lines and no credit line.

>>> from datetime import date
>>> from schemas.vouchers import VoucherDraft, VoucherLine
>>> interest = VoucherDraft(date=date(2025, 3, 21), lines=(
...     VoucherLine(summary="银行存款利息", account="102", debit=4911),
...     VoucherLine(summary="银行存款利息", account="524", debit=-4911)))
>>> totals(interest.lines)
(0, 0)
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from ledger import texts
from schemas.books import BookAccount, Detail
from schemas.charts import DetailUse, QuantityUse
from schemas.problems import Fault, Problem
from schemas.units import BIGGEST_FEN, Fen, Period, PersonId, Value
from schemas.vouchers import (
    CorrectionKind,
    Origin,
    State,
    Voucher,
    VoucherDraft,
    VoucherLine,
    Word,
)

SETTLEMENT = 13
"""The month number of a year's settlement stage (RULES §4)."""

SERVICE_ORIGINS = frozenset({Origin.CLOSING, Origin.RUN})
"""Origins whose vouchers belong to the settlement stage when they are dated 31 December."""
_UNDONE_BY_ITS_ACT = SERVICE_ORIGINS | {Origin.REGISTER, Origin.PAYOUT}

must_have_two_lines = Fault(
    code="must_have_two_lines",
    says="A voucher has at least two lines; this one has {lines}.",
    remedy="Add the line of the other account.",
)
must_balance = Fault(
    code="must_balance",
    says="Debits {debit} and credits {credit} differ by {difference}.",
    remedy="Correct the amounts until both sides are equal.",
)
total_must_not_be_too_big = Fault(
    code="total_must_not_be_too_big",
    says="The voucher comes to {total}, more than the books can hold.",
    remedy="The largest amount is 9999999999999.99.",
)
line_must_have_one_side = Fault(
    code="line_must_have_one_side",
    says="A line has a debit or a credit, not both and not neither: debit {debit}, credit {credit}.",
    remedy="Put the amount on one side and leave the other empty.",
)
summary_must_be_given = Fault(
    code="summary_must_be_given",
    says="The line has no summary.",
    remedy="Say in a few words what happened.",
)
account_must_exist = Fault(
    code="account_must_exist",
    says="There is no account {account} in this book.",
    remedy="Choose an account of the chart, or have a sub-account added.",
)
account_must_be_open = Fault(
    code="account_must_be_open",
    says="Account {account} is closed.",
    remedy="Choose an open account.",
)
account_must_be_lowest = Fault(
    code="account_must_be_lowest",
    says="Account {account} has sub-accounts and takes no postings itself.",
    remedy="Choose one of its sub-accounts.",
)
account_is_kept_by_its_register = Fault(
    code="account_is_kept_by_its_register",
    says="Account {account} is kept by its register and takes only the register's own vouchers.",
    remedy="Use the act of the register (contribution, transfer, grant, withdrawal …).",
)
account_takes_closing_vouchers_only = Fault(
    code="account_takes_closing_vouchers_only",
    says="Account {account} takes only the vouchers of the year's settlement.",
    remedy="Close the year; the service makes these vouchers.",
)
detail_must_be_given = Fault(
    code="detail_must_be_given",
    says="Account {account} is kept by detail; the line names none.",
    remedy="Name the member, counterparty or item it concerns.",
)
detail_must_not_be_given = Fault(
    code="detail_must_not_be_given",
    says="Account {account} is not kept by detail, but the line names {detail}.",
    remedy="Remove the detail.",
)
detail_must_be_known = Fault(
    code="detail_must_be_known",
    says="This book knows no detail {detail}.",
    remedy="Choose a known one, or add it first.",
)
detail_must_be_open = Fault(
    code="detail_must_be_open",
    says="Detail {detail} is closed.",
    remedy="Choose an open one.",
)
detail_must_fit_account = Fault(
    code="detail_must_fit_account",
    says="Account {account} is not kept by the kind of detail that {detail} is.",
    remedy="Choose a detail of a kind the account is kept by.",
)
quantity_must_not_be_given = Fault(
    code="quantity_must_not_be_given",
    says="Account {account} is kept in money only, but the line gives a quantity.",
    remedy="Remove the quantity.",
)
movement_must_be_given = Fault(
    code="movement_must_be_given",
    says="Lines on account {account} must say which equity movement they are.",
    remedy="Choose one of: {movements}.",
)
movement_must_fit_account = Fault(
    code="movement_must_fit_account",
    says="{movement} is not an equity movement of account {account}.",
    remedy="Choose one of: {movements}.",
)
period_must_be_open = Fault(
    code="period_must_be_open",
    says="The month {period} is closed.",
    remedy="Date the voucher in an open month, or have the month reopened by a second person.",
)
year_must_be_begun = Fault(
    code="year_must_be_begun",
    says="{date} is outside the years this book keeps open ({first} to {last}).",
    remedy="Correct the date.",
)
settlement_must_be_open = Fault(
    code="settlement_must_be_open",
    says="The settlement stage of {year} is not open.",
    remedy="Close the twelve months of the year first.",
)
settlement_is_dated_at_year_end = Fault(
    code="settlement_is_dated_at_year_end",
    says="Vouchers of the settlement stage are dated 31 December, not {date}.",
    remedy="Date it 31 December.",
)
reviewer_must_differ_from_preparer = Fault(
    code="reviewer_must_differ_from_preparer",
    says="Who prepared a voucher does not review it.",
    remedy="Have another person review it.",
)
voucher_must_exist = Fault(
    code="voucher_must_exist",
    says="There is no voucher {voucher} in this book.",
    remedy="Look it up in the list of vouchers.",
)
voucher_must_be_in_state = Fault(
    code="voucher_must_be_in_state",
    says="The voucher is {state}; this act needs it {wanted}.",
    remedy="Look at the voucher's state; somebody may have been faster.",
)
version_must_be_current = Fault(
    code="version_must_be_current",
    says="The voucher was changed meanwhile: you saw version {seen}, it is now {version}.",
    remedy="Look at it again and repeat the act.",
)
number_must_be_free = Fault(
    code="number_must_be_free",
    says="Number {word}-{number} of {year} is already used.",
    remedy="Give every voucher a number of its own.",
)
corrected_voucher_must_be_posted = Fault(
    code="corrected_voucher_must_be_posted",
    says="Voucher {voucher} is not posted; only posted vouchers are corrected.",
    remedy="Change the draft instead.",
)
must_not_be_cancelled_twice = Fault(
    code="must_not_be_cancelled_twice",
    says="Voucher {voucher} is already cancelled by a red voucher.",
    remedy="Book what is right with a blue voucher.",
)
prior_year_is_corrected_in_blue = Fault(
    code="prior_year_is_corrected_in_blue",
    says="Voucher {voucher} is of {year}; an error of a prior year is not cancelled in red.",
    remedy="Book the correction with a blue voucher of this year (art. 51-5).",
)
red_must_negate_the_voucher = Fault(
    code="red_must_negate_the_voucher",
    says="A red voucher repeats every line of voucher {voucher} with the opposite sign; line {line} differs.",
    remedy="Let the service make the red voucher.",
)
red_is_not_cancelled = Fault(
    code="red_is_not_cancelled",
    says="Voucher {voucher} is itself a red voucher and is not cancelled again.",
    remedy="Book what is right with a blue voucher.",
)
service_voucher_is_undone_by_its_act = Fault(
    code="service_voucher_is_undone_by_its_act",
    says="Voucher {voucher} was made by an act of the service and is undone only together with that act.",
    remedy="Undo the act itself (register, run, settlement).",
)
blue_follows_red = Fault(
    code="blue_follows_red",
    says="Voucher {voucher} is of this year and is not cancelled yet.",
    remedy="Cancel it in red first; then book what is right in blue.",
)
difference_keeps_the_accounts = Fault(
    code="difference_keeps_the_accounts",
    says="Voucher {voucher} has no line on account {account}; a difference corrects an amount only.",
    remedy="Where the account was wrong, cancel in red and book what is right in blue (art. 51-5).",
)
correction_must_be_worded = Fault(
    code="correction_must_be_worded",
    says="The summary of a correction begins with {wording}.",
    remedy="Let the service write the summary.",
)
correction_must_not_precede = Fault(
    code="correction_must_not_precede",
    says="The correction is dated before the voucher it corrects ({date}).",
    remedy="Date it on or after that day.",
)


class BookFacts(Value):
    """What the rules must know of a book: the accounts and details the drafts name, and which periods take postings."""

    accounts: Mapping[str, BookAccount]
    result_account: str
    details: Mapping[str, Detail]
    closed: frozenset[Period]
    settling: frozenset[int]
    first_year: int
    last_year: int
    corrected: Mapping[int, Voucher]
    cancelled: frozenset[int]


def totals(lines: Sequence[VoucherLine]) -> tuple[Fen, Fen]:
    """Debits and credits in fen, counted with their signs."""
    return sum(line.debit for line in lines), sum(line.credit for line in lines)


def period_of(draft: VoucherDraft, origin: Origin) -> Period:
    """The period a voucher belongs to: its month, or month 13 for the settlement stage's own vouchers."""
    return draft.date.year * 100 + (SETTLEMENT if origin in SERVICE_ORIGINS else draft.date.month)


def number_text(word: Word | str, number: int) -> str:
    """A voucher number as it is written: ``记-0012``.

    >>> number_text(Word.GENERAL, 12)
    '记-0012'
    """
    return f"{word}-{number:04d}"


def correction_wording(kind: CorrectionKind, *, of: Voucher) -> str:
    """The statutory summary (会计基础工作规范 art. 51-5): ``注销6月6日记-0060号凭证``, ``订正…``.

    The year is written when the voucher is of another year than its correction; see ``wordings_of``.
    """
    verb = "注销" if kind is CorrectionKind.RED else "订正"
    assert of.number is not None
    return f"{verb}{of.date.month}月{of.date.day}日{number_text(of.word, of.number)}号凭证"


def wordings_of(kind: CorrectionKind, *, of: Voucher) -> tuple[str, str]:
    """Both admissible beginnings: without and with the year of the corrected voucher."""
    plain = correction_wording(kind, of=of)
    return plain, f"{plain[:2]}{of.date.year}年{plain[2:]}"


def red_lines(of: Voucher) -> tuple[VoucherLine, ...]:
    """The lines that cancel a voucher: the same accounts and sides, with the opposite sign."""
    wording = correction_wording(CorrectionKind.RED, of=of)
    return tuple(
        VoucherLine(
            summary=wording,
            account=line.account,
            detail=line.detail,
            debit=-line.debit,
            credit=-line.credit,
            quantity=None if line.quantity is None else -line.quantity,
            movement=line.movement,
        )
        for line in of.lines
    )


def faults_in(
    draft: VoucherDraft, *, origin: Origin, facts: BookFacts, yuan: Callable[[Fen], str]
) -> tuple[Problem, ...]:
    """Everything that keeps this draft from being posted to this book, in reporting order; empty when all is well.

    ``yuan`` writes an amount for the reader. Nothing is looked up here: ``facts`` holds it all.
    """
    return (
        *_faults_of_date(draft, origin=origin, facts=facts),
        *_faults_of_lines(draft.lines, origin=origin, facts=facts, yuan=yuan),
        *_faults_of_sums(draft, yuan=yuan),
        *_faults_of_correction(draft, origin=origin, facts=facts),
    )


def faults_of_sketch(draft: VoucherDraft, *, facts: BookFacts) -> tuple[Problem, ...]:
    """An unfinished draft may say anything, but what it corrects is there."""
    if draft.corrects is None or draft.corrects.voucher in facts.corrected:
        return ()
    named = draft.corrects.voucher
    return (corrected_voucher_must_be_posted.at("/corrects/voucher", voucher=named),)


def _faults_of_date(draft: VoucherDraft, *, origin: Origin, facts: BookFacts) -> Iterator[Problem]:
    year, period = draft.date.year, period_of(draft, origin)
    if not facts.first_year <= year <= facts.last_year:
        yield year_must_be_begun.at("/date", date=draft.date, first=facts.first_year, last=facts.last_year)
    elif period % 100 == SETTLEMENT:
        if (draft.date.month, draft.date.day) != (12, 31):
            yield settlement_is_dated_at_year_end.at("/date", date=draft.date)
        if year not in facts.settling:
            yield settlement_must_be_open.at("/date", year=year)
    elif period in facts.closed:
        yield period_must_be_open.at("/date", period=f"{year}-{draft.date.month:02d}")


def _faults_of_lines(
    lines: Sequence[VoucherLine], *, origin: Origin, facts: BookFacts, yuan: Callable[[Fen], str]
) -> Iterator[Problem]:
    for index, line in enumerate(lines):
        where = f"/lines/{index}"
        if not line.summary.strip():
            yield summary_must_be_given.at(f"{where}/summary")
        yield from texts.faults_of_line(line.summary, f"{where}/summary")
        account = facts.accounts.get(line.account)
        if account is None:
            yield account_must_exist.at(f"{where}/account", account=line.account)
        else:
            yield from _faults_of_account(line, where, account=account, origin=origin, facts=facts)
            yield from faults_of_detail(
                line.detail, f"{where}/detail", account=account, details=facts.details
            )
            yield from _faults_of_movement(line, where, account=account)
        if (line.debit == 0) == (line.credit == 0):
            yield line_must_have_one_side.at(
                f"{where}/debit", debit=yuan(line.debit), credit=yuan(line.credit)
            )


def _faults_of_account(
    line: VoucherLine, where: str, *, account: BookAccount, origin: Origin, facts: BookFacts
) -> Iterator[Problem]:
    at = f"{where}/account"
    if not account.open:
        yield account_must_be_open.at(at, account=account.code)
    if not account.lowest:
        yield account_must_be_lowest.at(at, account=account.code)
    if account.statutory.code == facts.result_account and origin not in SERVICE_ORIGINS:
        yield account_takes_closing_vouchers_only.at(at, account=account.code)
    elif account.statutory.register and origin in {Origin.HAND, Origin.CORRECTION, Origin.PLAN}:
        yield account_is_kept_by_its_register.at(at, account=account.code)
    if line.quantity is not None and account.statutory.quantity is QuantityUse.NONE:
        yield quantity_must_not_be_given.at(f"{where}/quantity", account=account.code)


def faults_of_detail(
    named: str, at: str, *, account: BookAccount, details: Mapping[str, Detail], only_open: bool = True
) -> Iterator[Problem]:
    """What is wrong with naming this detail ('' for none) on an account, at the pointer ``at``."""
    if not named:
        if account.statutory.detail is DetailUse.REQUIRED:
            yield detail_must_be_given.at(at, account=account.code)
        return
    if account.statutory.detail is DetailUse.NONE:
        yield detail_must_not_be_given.at(at, account=account.code, detail=named)
        return
    detail = details.get(named)
    if detail is None:
        yield detail_must_be_known.at(at, detail=named)
        return
    names = account.statutory.names
    if detail.kind not in account.statutory.kept_by or (names and detail.code not in names):
        yield detail_must_fit_account.at(at, account=account.code, detail=named)
    if only_open and not detail.open:
        yield detail_must_be_open.at(at, detail=named)


def _faults_of_movement(line: VoucherLine, where: str, *, account: BookAccount) -> Iterator[Problem]:
    at, movements = f"{where}/movement", account.movements
    if movements and not line.movement:
        yield movement_must_be_given.at(at, account=account.code, movements=", ".join(movements))
    elif line.movement and line.movement not in movements:
        yield movement_must_fit_account.at(
            at, account=account.code, movement=line.movement, movements=", ".join(movements) or "—"
        )


def _faults_of_sums(draft: VoucherDraft, *, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    if len(draft.lines) < 2:
        yield must_have_two_lines.at("/lines", lines=len(draft.lines))
    debit, credit = totals(draft.lines)
    total = max(debit, credit, key=abs)
    if abs(total) > BIGGEST_FEN:
        yield total_must_not_be_too_big.at("/lines", total=yuan(total))
    if debit != credit:
        yield must_balance.at(
            "/lines", debit=yuan(debit), credit=yuan(credit), difference=yuan(abs(debit - credit))
        )


def _faults_of_correction(draft: VoucherDraft, *, origin: Origin, facts: BookFacts) -> Iterator[Problem]:
    if draft.corrects is None:
        return
    kind, named = draft.corrects.kind, draft.corrects.voucher
    of = facts.corrected.get(named)
    if of is None or of.state is not State.POSTED:
        yield corrected_voucher_must_be_posted.at("/corrects/voucher", voucher=named)
        return
    shown = number_text(of.word, of.number or 0)
    if draft.date < of.date:
        yield correction_must_not_precede.at("/date", date=of.date)
    summary = draft.lines[0].summary if draft.lines else ""
    # An import was written by other hands: the reader has told what it corrects, and the paper keeps its words.
    if draft.lines and origin is not Origin.IMPORT and not summary.startswith(wordings_of(kind, of=of)):
        yield correction_must_be_worded.at("/lines/0/summary", wording=correction_wording(kind, of=of))
    if kind is CorrectionKind.RED:
        yield from _faults_of_red(draft, of=of, shown=shown, origin=origin, facts=facts)
    elif kind is CorrectionKind.DIFFERENCE:
        yield from _faults_of_difference(draft, of=of, shown=shown, facts=facts)
    elif draft.date.year == of.date.year and named not in facts.cancelled:
        yield blue_follows_red.at("/corrects/voucher", voucher=shown)


def _faults_of_red(
    draft: VoucherDraft, *, of: Voucher, shown: str, origin: Origin, facts: BookFacts
) -> Iterator[Problem]:
    if of.id in facts.cancelled:
        yield must_not_be_cancelled_twice.at("/corrects/voucher", voucher=shown)
    if of.corrects is not None and of.corrects.kind is CorrectionKind.RED:
        yield red_is_not_cancelled.at("/corrects/voucher", voucher=shown)
    if of.origin in _UNDONE_BY_ITS_ACT and origin not in _UNDONE_BY_ITS_ACT:
        yield service_voucher_is_undone_by_its_act.at("/corrects/voucher", voucher=shown)
    if of.date.year != draft.date.year:
        yield prior_year_is_corrected_in_blue.at("/corrects/voucher", voucher=shown, year=of.date.year)
    left = Counter(_movement_key(line, sign=-1) for line in of.lines)
    for index, line in enumerate(draft.lines):
        key = _movement_key(line, sign=1)
        if not left[key]:
            yield red_must_negate_the_voucher.at(f"/lines/{index}", voucher=shown, line=index + 1)
            return
        left[key] -= 1
    if left.total():
        yield red_must_negate_the_voucher.at("/lines", voucher=shown, line=len(draft.lines) + 1)


def _movement_key(line: VoucherLine, *, sign: int) -> tuple[str, str, int, int, int, str]:
    quantity = sign * (line.quantity or 0)
    return (line.account, line.detail, sign * line.debit, sign * line.credit, quantity, line.movement)


def _faults_of_difference(
    draft: VoucherDraft, *, of: Voucher, shown: str, facts: BookFacts
) -> Iterator[Problem]:
    """Only an amount was wrong: same year, same accounts, and the voucher still stands (art. 51-5)."""
    if of.id in facts.cancelled:
        yield must_not_be_cancelled_twice.at("/corrects/voucher", voucher=shown)
    if of.date.year != draft.date.year:
        yield prior_year_is_corrected_in_blue.at("/corrects/voucher", voucher=shown, year=of.date.year)
    kept = {(line.account, line.detail) for line in of.lines}
    for index, line in enumerate(draft.lines):
        if (line.account, line.detail) not in kept:
            yield difference_keeps_the_accounts.at(
                f"/lines/{index}/account",
                voucher=shown,
                account=f"{line.account} {line.detail}".strip(),
            )
            return


def fault_of_review(*, prepared_by: PersonId, reviewed_by: PersonId) -> tuple[Problem, ...]:
    """The reviewer is another person than the preparer (DOMAIN §5.3)."""
    return () if prepared_by != reviewed_by else (reviewer_must_differ_from_preparer.at("/reviewed_by"),)


def missing_numbers(given: Sequence[int]) -> tuple[int, ...]:
    """The numbers skipped between 1 and the largest given, in order.

    >>> missing_numbers([1, 2, 5])
    (3, 4)
    """
    return tuple(number for first, last in missing_runs(given) for number in range(first, last + 1))


def missing_runs(given: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """The same as runs, each by its first and last number: one wild number makes one run, not a million numbers.

    >>> missing_runs([1, 2, 5, 7])
    ((3, 4), (6, 6))
    """
    have = sorted({0, *given})
    return tuple((before + 1, number - 1) for before, number in pairwise(have) if number > before + 1)


def year_end(year: int) -> date:
    """The day the settlement stage's vouchers are dated."""
    return date(year, 12, 31)
