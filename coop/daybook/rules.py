"""What may be written in the members' daybook, and how a wrong entry is taken back.

An entry is never changed. A wrong one is taken back, once, by a counter-entry 冲销 of the same day, member and kind with
everything that counts turned round: 1.50 days too many for M0001 on 5 March become -1.50 days for M0001 on 5 March, and
the right entry is written beside them. So a month's sum is always the plain sum of its entries.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from ledger.money import rounded, yuan
from ledger.periods.rules import month_text
from ledger.vouchers.rules import number_text
from schemas.books import BookAccount
from schemas.charts import Category
from schemas.labour import Cost, LabourMonth, LabourPay, LabourVoucher, WorkDay, WrittenWorkDay
from schemas.members import Member
from schemas.problems import Fault, Problem
from schemas.trade import Trade, VoucherTrade, WrittenTrade
from schemas.units import Fen, Hundredths, Period, Value, VoucherId
from schemas.vouchers import Voucher, VoucherDraft, VoucherLine

MOST_DAYS = 31_00
"""The most days one entry holds: a whole month of them."""
PAYABLE = "213"
"""应付劳务费 (财会〔2021〕37号, 财会〔2023〕14号): kept by member."""
CURRENT = "114"
"""成员往来 (财会〔2021〕37号): what is owed to and by members."""
WHOLE_DAY = 100
_COSTS = (Category.ASSET, Category.COST, Category.EXPENSE)

entries_must_be_there = Fault(
    code="entries_must_be_there",
    says="Nothing is filled in.",
    remedy="Fill in at least one row.",
)
entry_needs_a_known_member = Fault(
    code="entry_needs_a_known_member",
    says="The register has no member {member}.",
    remedy="Give the number as the register has it.",
)
entry_needs_a_member_of_that_day = Fault(
    code="entry_needs_a_member_of_that_day",
    says="{member} was no member on {on}.",
    remedy="Check the day and the member.",
)
entry_must_not_be_of_the_future = Fault(
    code="entry_must_not_be_of_the_future",
    says="{on} has not come yet.",
    remedy="Write it down when it is done.",
)
entry_must_not_be_of_a_sealed_year = Fault(
    code="entry_must_not_be_of_a_sealed_year",
    says="The year {year} is closed for good.",
    remedy="What its members were paid by does not change any more.",
)
entry_needs_words = Fault(
    code="entry_needs_words",
    says="It is not said what it was.",
    remedy="Name the work, or the product and its unit.",
)
entry_must_count_above_zero = Fault(
    code="entry_must_count_above_zero",
    says="Days, wage, quantity and amount are above zero.",
    remedy="A wrong entry is taken back; it is not written again with a minus.",
)
days_must_fit_a_month = Fault(
    code="days_must_fit_a_month",
    says="One entry holds at most 31 days.",
    remedy="Give the days of each month by themselves.",
)
entry_must_exist = Fault(
    code="entry_must_exist",
    says="There is no entry {entry}.",
    remedy="Give its number as the list has it.",
)
counter_entry_stays = Fault(
    code="counter_entry_stays",
    says="Entry {entry} takes entry {reverses} back; it is not taken back itself.",
    remedy="Write the right entry down anew.",
)
entry_is_taken_back_once = Fault(
    code="entry_is_taken_back_once",
    says="Entry {entry} is taken back already, by entry {by}.",
    remedy="Nothing is left to do.",
)
taking_back_needs_a_reason = Fault(
    code="taking_back_needs_a_reason",
    says="It is not said why the entry is taken back.",
    remedy="Say in a few words what is wrong with it.",
)


month_needs_work_days = Fault(
    code="month_needs_work_days",
    says="No work day is recorded in {month}.",
    remedy="Fill in the sheet first.",
)
work_days_need_a_value = Fault(
    code="work_days_need_a_value",
    says="The work of {member} on {on} has no wage a day.",
    remedy="Take the entry back and write it down with its wage.",
)
month_must_not_be_booked = Fault(
    code="month_must_not_be_booked",
    says="Voucher {voucher} already books what the sheet of {month} says.",
    remedy="Nothing is left to do; what is corrected on the sheet is booked by its difference.",
)
labour_needs_a_cost_account = Fault(
    code="labour_needs_a_cost_account",
    says="Labour is not booked to {account}.",
    remedy="Name what it raised or built, or an account of costs or expenses: 141, 153, 401, 521, 523.",
)

only_a_voucher_beside_the_sheet_stands_apart = Fault(
    code="only_a_voucher_beside_the_sheet_stands_apart",
    says="Voucher #{voucher} credits no labour in {month}, or was counted with its sheet before.",
    remedy="Name vouchers of the list only.",
)

trade_needs_a_voucher_of_members = Fault(
    code="trade_needs_a_voucher_of_members",
    says="Voucher #{voucher} is no posted voucher that trades with members.",
    remedy="Name one that moves 114 by member and names what was traded by its quantity, or none.",
)
trade_must_not_exceed_its_voucher = Fault(
    code="trade_must_not_exceed_its_voucher",
    says="Voucher {voucher} leaves {left} of {member} to be written down, not {amount}.",
    remedy="Look at what is written down already.",
)


class DaybookFacts(Value):
    """What the book knows that new entries are held against; ``on`` is today, ``vouchers`` are those the entries name."""

    members: Mapping[str, Member]
    sealed: frozenset[int]
    on: date
    vouchers: Mapping[VoucherId, VoucherTrade] = {}


def faults_of_entries(new: Sequence[Trade | WorkDay], facts: DaybookFacts) -> tuple[Problem, ...]:
    """Everything that keeps entries from being written down, at once."""
    if not new:
        return (entries_must_be_there.at("/items"),)
    return (
        *(
            problem
            for index, one in enumerate(new)
            for problem in (
                *_faults_of_day_and_member(one, facts, at=f"/items/{index}"),
                *_faults_of_figures(one, at=f"/items/{index}"),
            )
        ),
        *_faults_of_vouchers(new, facts),
    )


def faults_of_taking_back(
    wrong: WrittenTrade | WrittenWorkDay | None, facts: DaybookFacts, *, entry: int, reason: str
) -> tuple[Problem, ...]:
    """Everything that keeps an entry from being taken back."""
    if wrong is None:
        return (entry_must_exist.at("/entry", entry=entry),)
    problems = []
    if wrong.reverses is not None:
        problems.append(counter_entry_stays.at("/entry", entry=entry, reverses=wrong.reverses))
    if wrong.taken_back_by is not None:
        problems.append(entry_is_taken_back_once.at("/entry", entry=entry, by=wrong.taken_back_by))
    if wrong.on.year in facts.sealed:
        problems.append(entry_must_not_be_of_a_sealed_year.at("/entry", year=wrong.on.year))
    if not reason.strip():
        problems.append(taking_back_needs_a_reason.at("/reason"))
    return tuple(problems)


def counter_work_day(wrong: WrittenWorkDay) -> WorkDay:
    """The entry that takes a work day back."""
    return WorkDay(
        on=wrong.on,
        member=wrong.member,
        work=wrong.work,
        days=-wrong.days,
        day_wage=wrong.day_wage,
        reverses=wrong.entry,
    )


def counter_trade(wrong: WrittenTrade) -> Trade:
    """The entry that takes a trade back."""
    return Trade(
        on=wrong.on,
        member=wrong.member,
        product=wrong.product,
        quantity=-wrong.quantity,
        unit=wrong.unit,
        amount=-wrong.amount,
        reverses=wrong.entry,
        voucher=wrong.voucher,
    )


# The month's work days in the books


def month_of_labour(
    month: Period,
    entries: Sequence[WorkDay],
    *,
    linked: Sequence[Voucher],
    beside: Sequence[Sequence[Voucher]],
    apart: Collection[VoucherId] | None,
) -> LabourMonth:
    """A month's sheet beside what books it: 2.00 days and 2.50 days at 90.00 are 405.00 for a member, and a voucher
    that credits 213 with 180.00 for them leaves 225.00 due.

    ``linked`` are the vouchers of the sheet with their corrections; ``beside`` every other voucher of the month that credits
    213, each followed by its corrections. Those count which are not ``apart``; while nobody said which are, those that credit
    nobody with more than was ever written down."""
    days: defaultdict[str, int] = defaultdict(int)
    exact: defaultdict[str, int] = defaultdict(int)
    written: defaultdict[str, int] = defaultdict(int)
    for one in entries:
        days[one.member] += one.days
        exact[one.member] += one.days * one.day_wage
        written[one.member] += max(one.days, 0) * one.day_wage
    booked: Counter[str] = Counter()
    for voucher in linked:
        booked.update(_credited(voucher))
    vouchers = [_labour_voucher(one, linked=True, counted=True) for one in linked]
    for group in beside:
        credits_of: Counter[str] = Counter()
        for voucher in group:
            credits_of.update(_credited(voucher))
        if apart is None:
            counted = all(
                booked[member] + credit <= rounded(written[member], WHOLE_DAY)
                for member, credit in credits_of.items()
            )
        else:
            counted = group[0].id not in apart
        if counted:
            booked.update(credits_of)
        vouchers += [_labour_voucher(one, linked=False, counted=counted) for one in group]
    return LabourMonth(
        month=month,
        members=tuple(
            LabourPay(
                member=member,
                days=days[member],
                pay=rounded(exact[member], WHOLE_DAY),
                booked=booked[member],
            )
            for member in sorted(days.keys() | booked.keys())
            if days[member] or exact[member] or booked[member]
        ),
        vouchers=tuple(sorted(vouchers, key=lambda one: (one.date, one.voucher))),
    )


def _credited(voucher: Voucher) -> Mapping[str, Fen]:
    credited: Counter[str] = Counter()
    for line in voucher.lines:
        if line.account.startswith(PAYABLE) and line.credit:
            credited[line.detail] += line.credit
    return credited


def _labour_voucher(voucher: Voucher, *, linked: bool, counted: bool) -> LabourVoucher:
    return LabourVoucher(
        voucher=voucher.id,
        word=voucher.word,
        number=voucher.number,
        date=voucher.date,
        state=voucher.state,
        amount=sum(_credited(voucher).values()),
        linked=linked,
        counted=counted,
    )


def faults_of_booking(
    found: LabourMonth,
    entries: Iterable[WorkDay],
    *,
    cost: BookAccount | None,
    apart: Collection[VoucherId] = (),
) -> tuple[Problem, ...]:
    """Everything that keeps a month's work days from being booked now. ``cost`` is the account to be debited, where the
    book has it; ``apart`` are vouchers named that do not stand beside the sheet."""
    month = month_text(found.month)
    counted = [one for one in found.vouchers if one.counted]
    if not found.days and not counted:
        return (month_needs_work_days.at("/month", month=month),)
    entries = tuple(entries)
    taken_back = Counter((one.on, one.member, one.days) for one in entries if one.reverses is not None)
    problems = [
        only_a_voucher_beside_the_sheet_stands_apart.at("/apart", voucher=id, month=month)
        for id in sorted(apart)
    ]
    for one in entries:
        if one.day_wage or one.reverses is not None:
            continue
        if taken_back[one.on, one.member, -one.days]:
            taken_back[one.on, one.member, -one.days] -= 1
        else:
            problems.append(work_days_need_a_value.at("/month", member=one.member, on=one.on))
    if not problems and found.is_booked:
        last = counted[-1]
        shown = number_text(last.word, last.number) if last.number else f"#{last.voucher}"
        problems.append(month_must_not_be_booked.at("/month", voucher=shown, month=month))
    if cost is not None and (cost.statutory.category not in _COSTS or cost.statutory.money is not None):
        problems.append(labour_needs_a_cost_account.at("/cost/account", account=f"{cost.code} {cost.name}"))
    return tuple(problems)


def voucher_of(found: LabourMonth, *, cost: Cost, dated: date) -> VoucherDraft:
    """The voucher of what is due of a month: debit the cost, credit 213 by member. What is to be taken back is red; where
    it comes to nothing together, only the members' lines are there."""
    year, month = divmod(found.month, 100)
    again = "（补差）" if any(one.counted for one in found.vouchers) else ""
    summary = f"{year}年{month}月工分劳务费{again}"
    debit = VoucherLine(summary=summary, account=cost.account, detail=cost.detail, debit=found.due)
    return VoucherDraft(
        date=dated,
        lines=(
            *([debit] if found.due else []),
            *(
                VoucherLine(summary=summary, account=PAYABLE, detail=one.member, credit=one.due)
                for one in found.members
                if one.due
            ),
        ),
    )


def at_cost(problem: Problem) -> Problem:
    """What the voucher rules say of the drafted lines, at the field of the cost where it is about that."""
    for field in ("account", "detail"):
        if problem.pointer == f"/lines/0/{field}":
            return replace(problem, pointer=f"/cost/{field}")
    return replace(problem, pointer="/dated") if problem.pointer == "/date" else problem


def _faults_of_day_and_member(one: Trade | WorkDay, facts: DaybookFacts, *, at: str) -> Iterable[Problem]:
    member = facts.members.get(one.member)
    if member is None:
        yield entry_needs_a_known_member.at(f"{at}/member", member=one.member or "—")
    elif not member.joined_on <= one.on <= (member.left_on or date.max):
        yield entry_needs_a_member_of_that_day.at(f"{at}/member", member=one.member, on=one.on)
    if one.on > facts.on:
        yield entry_must_not_be_of_the_future.at(f"{at}/on", on=one.on)
    if one.on.year in facts.sealed:
        yield entry_must_not_be_of_a_sealed_year.at(f"{at}/on", year=one.on.year)


def _faults_of_vouchers(new: Sequence[Trade | WorkDay], facts: DaybookFacts) -> Iterable[Problem]:
    """No member's trade comes to more than the voucher it is written down from says of them."""
    asked: defaultdict[VoucherId, Counter[str]] = defaultdict(Counter)
    for index, one in enumerate(new):
        if not isinstance(one, Trade) or one.voucher is None:
            continue
        at, found = f"/items/{index}", facts.vouchers.get(one.voucher)
        if found is None:
            yield trade_needs_a_voucher_of_members.at(f"{at}/voucher", voucher=one.voucher)
            continue
        before = asked[one.voucher][one.member]
        asked[one.voucher][one.member] += one.amount
        left = found.left.get(one.member, 0)
        if before <= left < before + one.amount:
            yield trade_must_not_exceed_its_voucher.at(
                f"{at}/amount",
                voucher=number_text(found.word, found.number),
                left=yuan(left),
                member=one.member,
                amount=yuan(before + one.amount),
            )


def trade_of_voucher(
    voucher: Voucher, *, members: Collection[str], written: Iterable[Trade]
) -> VoucherTrade | None:
    """What a posted voucher traded with members, None when it did not: 3 396.00 of green maize, 11 320.00 kg, of which
    1 140.00 are owed to M0003. What is ``written`` of its day counts as taken when it names the voucher, and also when
    it names none and comes to just what the voucher says of the member: then it was written down by hand."""
    moved: Counter[str] = Counter()
    for line in voucher.lines:
        if line.account.startswith(CURRENT) and line.detail in members:
            moved[line.detail] += line.credit - line.debit
    amounts = {member: abs(amount) for member, amount in sorted(moved.items()) if amount}
    goods = [line for line in voucher.lines if line.quantity is not None]
    if not amounts or not goods or voucher.number is None or voucher.corrects is not None:
        return None
    named: Counter[str] = Counter()
    by_hand: Counter[str] = Counter()
    for one in written:
        if one.voucher == voucher.id:
            named[one.member] += one.amount
        elif one.voucher is None and one.on == voucher.date:
            by_hand[one.member] += one.amount
    single = goods[0] if len(goods) == 1 else None
    return VoucherTrade(
        voucher=voucher.id,
        word=voucher.word,
        number=voucher.number,
        date=voucher.date,
        summary=voucher.lines[0].summary,
        amounts=amounts,
        taken={
            member: amount if by_hand[member] == amount and not named[member] else named[member]
            for member, amount in amounts.items()
        },
        product=single.detail if single is not None else "",
        quantity=single.quantity if single is not None else None,
    )


def quantity_of(found: VoucherTrade, member: str) -> Hundredths | None:
    """A member's part of the quantity where all paid the same price and it comes out whole: 1 140.00 of 3 396.00 are
    3 800.00 of 11 320.00 kg."""
    amount, whole = found.amounts[member], sum(found.amounts.values())
    if found.quantity is None or amount * found.quantity % whole:
        return None
    return amount * found.quantity // whole


def _faults_of_figures(one: Trade | WorkDay, *, at: str) -> Iterable[Problem]:
    if isinstance(one, WorkDay):
        words, figures = {"work": one.work}, {"days": one.days, "day_wage": one.day_wage}
    else:
        words, figures = (
            {"product": one.product, "unit": one.unit},
            {"quantity": one.quantity, "amount": one.amount},
        )
    for name, text in words.items():
        if not text.strip():
            yield entry_needs_words.at(f"{at}/{name}")
    for name, figure in figures.items():
        if figure <= 0:
            yield entry_must_count_above_zero.at(f"{at}/{name}")
    if isinstance(one, WorkDay) and one.days > MOST_DAYS:
        yield days_must_fit_a_month.at(f"{at}/days")
