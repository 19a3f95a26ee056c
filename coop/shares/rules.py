"""What is held: the register's movements added up to a day (RULES §3).

A member who contributed 8 000.00 in cash, land worth 14 400.00 and a granted calf of 6 500.00, and whose 6 days of
building count as 540.00, holds 29 440.00 in all classes, of which 28 900.00 are refundable: labour is never
registered capital (合作社法 第十三条), so the books show 28 900.00 on account 301.

>>> refundable(ShareClass.LAND), refundable(ShareClass.LABOUR)
(True, False)
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from ledger.seal.rules import digest_of
from schemas.charts import MovementType, Standard
from schemas.periods import Check
from schemas.problems import Fault, Problem
from schemas.shares import Holding, Holdings, Movement, ShareClass, ShareKind, ShareOrigin
from schemas.units import BookId, Fen, Hundredths

holding_must_not_be_negative = Fault(
    code="holding_must_not_be_negative",
    says="Member {member} would hold {quantity} of class {share} worth {value} on {date}.",
    remedy="Nobody gives away more than is held; look at the movements of that day.",
)
register_must_equal_account = Fault(
    code="register_must_equal_account",
    says="Book {book}: the register shows {register} refundable shares of member {member}, account {account} shows {balance}.",
    remedy="Every movement of the register is posted by its own act; compare the two and reverse what is wrong.",
)
movements_must_be_as_sealed = Fault(
    code="movements_must_be_as_sealed",
    says="Book {book}: movements {first} to {last} of the register are not as the log sealed them.",
    remedy="Compare them with a backup; somebody changed them behind the service's back.",
)
movement_must_be_reversed_once = Fault(
    code="movement_must_be_reversed_once",
    says="Movement {seq} is already taken back by movement {by}.",
    remedy="Nothing is left to do.",
)


def refundable(share: ShareClass) -> bool:
    """Whether a class is registered capital, to be paid back to who leaves; labour is not, nor an income entitlement of a
    collective's household (农村集体经济组织法 第十六条)."""
    return share not in {ShareClass.LABOUR, ShareClass.ENTITLEMENT}


def class_of(kind: ShareKind, origin: ShareOrigin) -> ShareClass:
    """The class of a contribution: a calf from the household's poverty-alleviation assets is a granted one.

    >>> class_of(ShareKind.CALF, ShareOrigin.GRANTED)
    <ShareClass.CALF_GRANTED: 'calf_granted'>
    """
    match kind:
        case ShareKind.CASH:
            return ShareClass.CASH
        case ShareKind.LAND:
            return ShareClass.LAND
        case ShareKind.LABOUR:
            return ShareClass.LABOUR
        case ShareKind.CALF:
            return ShareClass.CALF_GRANTED if origin is ShareOrigin.GRANTED else ShareClass.CALF_OWN


def holdings(movements: Iterable[Movement], *, as_of: date | None = None) -> Mapping[str, Holdings]:
    """What each member holds at the end of ``as_of`` (None: after the last movement), by member number.

    A class that came and went stays with zeros; a member without movements is not there.
    """
    sums: defaultdict[tuple[str, ShareClass], list[int]] = defaultdict(lambda: [0, 0])
    for movement in movements:
        if as_of is None or movement.on <= as_of:
            held = sums[movement.member, movement.share]
            held[0] += movement.quantity
            held[1] += movement.value
    return holdings_of(
        (member, share, quantity, value) for (member, share), (quantity, value) in sums.items()
    )


def holdings_of(sums: Iterable[tuple[str, ShareClass, Hundredths, Fen]]) -> Mapping[str, Holdings]:
    """What each member holds by the sums of quantity and value of each class that ever moved, by member number."""
    found: defaultdict[str, dict[ShareClass, Holding]] = defaultdict(dict)
    for member, share, quantity, value in sums:
        found[member][share] = Holding(quantity=quantity, value=value)
    return {
        member: Holdings(
            member=member,
            classes={share: classes[share] for share in ShareClass if share in classes},
            refundable=sum(held.value for share, held in classes.items() if refundable(share)),
            all_classes=sum(held.value for held in classes.values()),
        )
        for member, classes in sorted(found.items())
    }


def totals(held: Iterable[Holdings]) -> Mapping[ShareClass, Fen]:
    """The value held of each class that has one by all these members together; an income entitlement has none."""
    sums: dict[ShareClass, Fen] = {share: 0 for share in ShareClass if share is not ShareClass.ENTITLEMENT}
    for holding in held:
        for share in sums.keys() & holding.classes.keys():
            sums[share] += holding.classes[share].value
    return sums


def faults_in(movements: Iterable[Movement], *, yuan: Callable[[Fen], str]) -> tuple[Problem, ...]:
    """Every holding that would be negative at the end of a day, and every movement taken back twice."""
    movements = tuple(movements)
    problems: list[Problem] = []
    taken_back: dict[int, int] = {}
    for movement in movements:
        if movement.reverses is not None:
            if movement.reverses in taken_back:
                problems.append(
                    movement_must_be_reversed_once.at(
                        f"/{movement.seq}", seq=movement.reverses, by=taken_back[movement.reverses]
                    )
                )
            taken_back.setdefault(movement.reverses, movement.seq)
    ordered = sorted(movements, key=lambda m: (m.member, m.share, m.on, m.seq))
    for (member, share), of_class in groupby(ordered, key=lambda m: (m.member, m.share)):
        quantity = value = 0
        for day, of_day in groupby(of_class, key=lambda m: m.on):
            last = 0
            for movement in of_day:
                quantity, value, last = quantity + movement.quantity, value + movement.value, movement.seq
            if quantity < 0 or value < 0:
                problems.append(
                    holding_must_not_be_negative.at(
                        f"/{last}",
                        member=member,
                        share=share,
                        date=day,
                        quantity=yuan(quantity),
                        value=yuan(value),
                    )
                )
    return tuple(problems)


def differences(
    register: Mapping[str, Fen],
    balances: Mapping[str, Fen],
    *,
    book: BookId,
    account: str,
    yuan: Callable[[Fen], str],
) -> tuple[Problem, ...]:
    """Every member whose refundable shares are not the balance (credit positive) of the account 股金."""
    return tuple(
        register_must_equal_account.at(
            f"/members/{member}",
            book=book,
            member=member,
            account=account,
            register=yuan(register.get(member, 0)),
            balance=yuan(balances.get(member, 0)),
        )
        for member in sorted(register.keys() | balances.keys())
        if register.get(member, 0) != balances.get(member, 0)
    )


RECORDED = "shares.record"
"""What the log calls the recording of movements."""


def subject_of(first: int, last: int) -> str:
    """What the log calls movements that were recorded together."""
    return f"shares:{first}-{last}"


def faults_of_sealed(
    movements: Iterable[Movement], sealed: Iterable[tuple[str, str]], *, book: BookId
) -> tuple[Problem, ...]:
    """Movements recorded together that are not what the log sealed, by its subjects and digests, and those it knows
    nothing of."""
    kept = {one.seq: one for one in movements}
    highest = max(kept, default=0)
    problems = []
    for subject, content in sealed:
        first, _, last = subject.removeprefix("shares:").partition("-")
        together: tuple[Movement, ...] = ()
        if first.isdecimal() and last.isdecimal():  # somebody may have changed the log
            span = range(int(first), min(int(last), highest) + 1)
            together = tuple(kept.pop(seq) for seq in span if seq in kept)
        if digest_of(together) != content:
            problems.append(
                movements_must_be_as_sealed.at(
                    f"/shares/{first or '—'}", book=book, first=first or "—", last=last or "—"
                )
            )
    unknown = [
        movements_must_be_as_sealed.at(f"/shares/{seq}", book=book, first=seq, last=seq)
        for seq in sorted(kept)
    ]
    return (*problems, *unknown)


def share_account(standard: Standard) -> str:
    """The account 股金 of a standard: the one kept by the register that members' contributions increase; empty where
    nobody holds shares, as in a collective."""
    found = (
        code
        for code, account in standard.accounts.items()
        if account.register and MovementType.CONTRIBUTION_INCREASE in account.increase
    )
    return next(found, "")


def check_of_register(problems: Sequence[Problem]) -> Check:
    """The register and the account 股金 agree member by member."""
    return Check(
        name="register",
        says="The share register equals the share capital account, member by member.",
        link="shares",
        problems=tuple(problems),
    )
