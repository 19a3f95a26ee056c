"""What lands in the second book of what the first one sent, and what must agree of both (RULES §8).

清水合作社 pays 12 000.00 of its 2025 dividend to the collective of 清水村 on 14 February 2026. In the collective's book lands a
draft of that day, 102 to 502 12 000.00, the detail the cooperative. The bank returns it on the 20th: a draft nobody posted
is withdrawn, of a posted one a red draft is made. Paid again on the 24th it lands again.

>>> wanted(State.DRAFT, cancelled=False, same_year=True), wanted(State.POSTED, cancelled=False, same_year=True)
(<Effect.WITHDRAWN: 'withdrawn'>, <Effect.REVERSED: 'reversed'>)
>>> wanted(State.POSTED, cancelled=True, same_year=True), wanted(State.POSTED, cancelled=False, same_year=False)
(<Effect.NOTHING: 'nothing'>, <Effect.OWED: 'owed'>)
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date

from ledger.money import yuan
from ledger.seal.rules import digest_of
from schemas.outbox import Crossing, Effect, Landing, Outgoing, Turn
from schemas.periods import Check
from schemas.problems import Fault, Problem, Severity
from schemas.units import BookId, Fen, Period, VoucherId
from schemas.vouchers import State, Voucher, VoucherDraft, VoucherLine

SENT, LANDED = "outbox.send", "outbox.land"
"""The acts of the log that write down what was sent, and what landed."""
RECEIVABLE = "112"
"""应收款 of a collective: what came and went back in a year that is over is owed again (财会〔2023〕14号)."""
_NAMES_THE_UNIT = frozenset({RECEIVABLE, "141", "501", "502"})
"""Accounts of a collective whose detail is the unit the money is of."""

items_must_land_in_turn = Fault(
    code="items_must_land_in_turn",
    says="Item {seq} of book {source} speaks of what item {after} said, and that has not landed yet.",
    remedy="It lands behind it; look at what keeps that one.",
)
payment_must_have_gone_out = Fault(
    code="payment_must_have_gone_out",
    says="Book {book}, {about}: paid or owed is {due}, sent on to the collective's book {sent}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
landing_must_follow_an_item = Fault(
    code="landing_must_follow_an_item",
    says="Book {book}: {source} never sent what landed as its item {seq} (voucher {voucher}, {amount}).",
    remedy="Somebody changed one of the two books behind the service's back; compare both with a backup.",
)
landing_must_say_what_was_sent = Fault(
    code="landing_must_say_what_was_sent",
    says="Book {book}: item {seq} of {source} landed as {landed}; {source} says it sent {sent}.",
    remedy="Somebody changed one of the two books behind the service's back; compare both with a backup.",
)
item_must_have_landed_once = Fault(
    code="item_must_have_landed_once",
    says="Book {book}: its item {seq} of {amount} landed in {found}; it was for {target}.",
    remedy="Somebody changed one of the two books behind the service's back; compare both with a backup.",
)
item_should_have_landed = Fault(
    code="item_should_have_landed",
    says="Book {book}: its item {seq} of {amount} has not landed in {target}, though later ones have landed.",
    remedy="`lianjian tick` delivers it, and says what keeps it.",
    severity=Severity.WARNING,
)
landing_should_be_completed = Fault(
    code="landing_should_be_completed",
    says="What landed on {date}, {amount} {summary}, is a sketch yet ({voucher}): the book does not take it as it is.",
    remedy="Open it and save it: what it lacks (a detail, a sub-account, a month that is open) is said beside its line.",
    severity=Severity.WARNING,
)
claim_should_stand = Fault(
    code="claim_should_stand",
    says="Voucher {voucher} settles {amount} of a claim that was withdrawn or cancelled ({claim}): nobody booked the income.",
    remedy="Credit {account} there in place of 112; if it is posted, cancel it by a red voucher and book it anew.",
    severity=Severity.WARNING,
)
landed_voucher_should_book_it = Fault(
    code="landed_voucher_should_book_it",
    says="Book {book}: voucher {voucher} books {booked}; item {seq} of {source} brought {amount}.",
    remedy="Compare it with the paper of the payment; its accountant changed it before it was posted.",
    severity=Severity.WARNING,
)


def sealed(one: Outgoing | Landing) -> str:
    """The digest the log seals of an item, or of a landing."""
    return digest_of(one)


def item_subject(seq: int) -> str:
    """What the log calls an item that was sent."""
    return f"outgoing:{seq}"


def landing_subject(source: BookId, seq: int) -> str:
    """What the log calls a landing."""
    return f"landing:{source}:{seq}"


def noted_text(item: Outgoing) -> str:
    """What the log says of an item, in one line."""
    crossing = item.crossing
    return f"{crossing.turn} {crossing.day.isoformat()} {yuan(crossing.amount)} {crossing.target}"


def landed_text(landing: Landing) -> str:
    """What the log says of a landing, in one line."""
    return f"{landing.effect} {landing.day.isoformat()} {yuan(landing.amount)} voucher:{landing.voucher}"


def claim_of(about: str) -> str:
    """What the claim on money is called that is owed before it is paid."""
    return f"{about}/declared"


def landing_of(item: Outgoing, *, effect: Effect, voucher: VoucherId, at: str) -> Landing:
    """What is kept of an item that landed."""
    crossing = item.crossing
    return Landing(
        book=crossing.target,
        source=item.book,
        seq=item.seq,
        effect=effect,
        voucher=voucher,
        kind=crossing.kind,
        turn=crossing.turn,
        day=crossing.day,
        amount=crossing.amount,
        item=sealed(item),
        at=at,
    )


def dated(day: date, *, closed: Collection[Period], on: date) -> date:
    """The day a landing is dated: the crossing's own, and today where its month is closed.

    >>> dated(date(2026, 2, 14), closed={202602}, on=date(2026, 3, 5)), dated(date(2026, 2, 14), closed=(), on=date(2026, 3, 5))
    (datetime.date(2026, 3, 5), datetime.date(2026, 2, 14))
    """
    return on if day.year * 100 + day.month in closed else day


Accounts = tuple[str, str]
"""The account debited and the account credited."""


def accounts_of(crossing: Crossing, *, owed: bool = False, income: str = "") -> Accounts:
    """What is booked of what comes. ``owed``: it came before, went back in a year that is over, and is owed since.
    ``income``: the account of the claim it was to settle, where that claim does not stand in the second book: who withdrew
    it booked no income then, so the payment is the income.

    >>> paid = Crossing(target="450000101200", about="a", kind="dividend", turn=Turn.COMES, day=date(2026, 2, 14),
    ...     amount=1_200_000, debit="102", credit="112", summary="", voucher=1)
    >>> accounts_of(paid), accounts_of(paid, income="502"), accounts_of(paid, income="502", owed=True)
    (('102', '112'), ('102', '502'), ('102', '112'))
    """
    if owed and crossing.debit != RECEIVABLE:
        return crossing.debit, RECEIVABLE
    return crossing.debit, income or crossing.credit


def accounts_of_debt(crossing: Crossing) -> Accounts:
    """What is booked of what goes back of a year that is over: the money leaves, and is owed again; of a claim, that it is
    none."""
    if crossing.debit == RECEIVABLE:
        return crossing.credit, RECEIVABLE
    return RECEIVABLE, crossing.debit


def draft_of(crossing: Crossing, accounts: Accounts, *, unit: str, day: date) -> VoucherDraft:
    """The draft on these accounts. ``unit`` is the detail that stands for the sender."""
    debit, credit = accounts
    summary = crossing.summary
    return VoucherDraft(
        date=day,
        lines=(
            VoucherLine(summary=summary, account=debit, detail=_detail(debit, unit), debit=crossing.amount),
            VoucherLine(
                summary=summary, account=credit, detail=_detail(credit, unit), credit=crossing.amount
            ),
        ),
    )


def _detail(account: str, unit: str) -> str:
    return unit if account in _NAMES_THE_UNIT else ""


def needs_the_unit(accounts: Accounts) -> bool:
    """Whether what is booked on these names the sender as a detail that has to be there."""
    return bool({*accounts} & {RECEIVABLE, "141"})


def wanted(state: State, *, cancelled: bool, same_year: bool) -> Effect:
    """What taking a landed voucher back comes to, by where it stands; ``cancelled``: a red voucher of it is there already."""
    if state is State.WITHDRAWN or cancelled:
        return Effect.NOTHING
    if state is not State.POSTED:
        return Effect.WITHDRAWN
    return Effect.REVERSED if same_year else Effect.OWED


Standing = Mapping[str, tuple[BookId, Fen]]
"""Target and amount of money, by what it is called."""


def standing(items: Iterable[Outgoing], *, of: Callable[[str], bool]) -> Standing:
    """What stands of everything a book sent of these kinds; what went back stands no more."""
    found: dict[str, tuple[BookId, Fen]] = {}
    for item in sorted(items, key=lambda item: item.seq):
        crossing = item.crossing
        if not of(crossing.kind):
            continue
        if crossing.turn is Turn.COMES:
            found[crossing.about] = (crossing.target, crossing.amount)
        else:
            found.pop(crossing.about, None)
    return found


def faults_of_sent(due: Standing, stands: Standing, *, book: BookId) -> Iterable[Problem]:
    """Every payment to a collective, and every claim of one, of which the outbox does not say just that: ``due`` is what was
    paid and did not come back, or may be claimed."""
    for about in sorted(due.keys() | stands.keys()):
        if due.get(about) != stands.get(about):
            yield payment_must_have_gone_out.at(
                f"/outgoing/{about}",
                book=book,
                about=about,
                due=_shown(due.get(about)),
                sent=_shown(stands.get(about)),
            )


def _shown(found: tuple[BookId, Fen] | None) -> str:
    return "—" if found is None else f"{found[0]} {yuan(found[1])}"


def faults_of_landings(
    landings: Iterable[Landing],
    items: Mapping[tuple[BookId, int], Outgoing],
    booked: Mapping[VoucherId, Fen],
) -> Iterable[Problem]:
    """Every landing in a book that its source did not send, or not so. ``booked`` is the total of each posted voucher."""
    for one in landings:
        at = f"/landings/{one.source}/{one.seq}"
        item = items.get((one.source, one.seq))
        if item is None:
            yield landing_must_follow_an_item.at(
                at,
                book=one.book,
                source=one.source,
                seq=one.seq,
                voucher=one.voucher,
                amount=yuan(one.amount),
            )
            continue
        if landing_of(item, effect=one.effect, voucher=one.voucher, at=one.at) != one:
            yield landing_must_say_what_was_sent.at(
                at,
                book=one.book,
                source=one.source,
                seq=one.seq,
                landed=f"{one.turn} {one.day} {yuan(one.amount)}",
                sent=noted_text(item),
            )
        total = booked.get(one.voucher)
        if one.effect is Effect.DRAFTED and total is not None and total != one.amount:
            yield landed_voucher_should_book_it.at(
                at,
                book=one.book,
                source=one.source,
                seq=one.seq,
                voucher=one.voucher,
                booked=yuan(total),
                amount=yuan(one.amount),
            )


def check_of_landings(waiting: Iterable[tuple[Landing, Voucher]], dropped: Iterable[Problem]) -> Check:
    """What came from other books is complete, and what was to settle a claim settles one; it warns and stops nothing."""
    return Check(
        name="landings",
        says="What landed from other books is complete, and no claim is settled that was withdrawn.",
        link="crossings?waits=yes",
        problems=(
            *(
                landing_should_be_completed.at(
                    f"/vouchers/{voucher.id}",
                    voucher=f"#{voucher.id}",
                    date=landing.day,
                    amount=yuan(landing.amount),
                    summary=next((line.summary for line in voucher.lines), "—"),
                )
                for landing, voucher in waiting
                if voucher.state is State.SKETCH
            ),
            *dropped,
        ),
    )


def faults_of_items(items: Iterable[Outgoing], landed: Mapping[int, Collection[BookId]]) -> Iterable[Problem]:
    """Every item of a book that landed elsewhere than where it was for, or was passed over: that the last ones wait is no
    fault. ``landed`` says where each did."""
    last = max(landed, default=0)
    for item in items:
        places, target = landed.get(item.seq, ()), item.crossing.target
        told = {"book": item.book, "seq": item.seq, "amount": yuan(item.crossing.amount), "target": target}
        if not places and item.kept_here and item.seq < last:
            yield item_should_have_landed.at(f"/outgoing/{item.seq}", **told)
        elif places and (set(places) != {target} or not item.kept_here):
            yield item_must_have_landed_once.at(
                f"/outgoing/{item.seq}", **told, found=", ".join(sorted(places))
            )
