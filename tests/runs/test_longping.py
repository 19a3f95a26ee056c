"""The two cooperatives of ``longping`` from their last vouchers to their posted dividends.

Nobody handed answers over with this pack. Every figure below was worked out from the sheets apart from the service,
with fractions, and typed in; the comments say how. In 弄石 the record date is 20 December, a score below 60 loses the
commission, and the rest goes by the residual basis; in 龙坪 the village collective has a first cut, and the rest
goes by work days, trade and the four classes of shares.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine

from coop.member_accounts import queries as member_accounts
from ledger.money import text_from_hundredths, yuan
from payouts.policies import queries as policies
from payouts.proof import queries as proofs
from schemas.runs import Commissions, Dividend, DividendInputs, RunKind
from tests.builders import a_database, rolled_back
from tests.runs.years import as_posted, book_called, from_pack_to_dividend

if TYPE_CHECKING:
    from tests.conftest import Databases

NONGSHI, LONGPING = "弄石合作社", "龙坪合作社"


def _a_year(db: Connection) -> None:
    from_pack_to_dividend(db, "longping", NONGSHI, LONGPING)


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _a_year) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def _result(db: Connection, name: str, kind: RunKind) -> Any:
    return as_posted(db, book_called(db, name).id, kind, 2025)


def _dividend(db: Connection, name: str) -> tuple[DividendInputs, Dividend]:
    made = _result(db, name, RunKind.DIVIDEND)
    assert isinstance(made.inputs, DividendInputs)
    assert isinstance(made.result, Dividend)
    return made.inputs, made.result


# The score: in each dimension half the mean of the party members' points and half the villagers' mean, added up as
# fractions and rounded once. Due: base × 5 % (弄石) or 6 % (龙坪). Paid: due × score / 100.
# B0013 has 58.44 and loses all of 2 059.49; B0014 has exactly 60 and keeps 60 % of 1 971.86; in 龙坪 56.08 is kept.
COMMISSIONS = {
    NONGSHI: {
        "B0010": (17, "2231/24", "92.96", True, "1949.95", "1812.67"),
        "B0011": (13, "1527/20", "76.35", True, "2782.51", "2124.45"),
        "B0012": (11, "3467/56", "61.91", True, "2585.32", "1600.57"),
        "B0013": (10, "935/16", "58.44", False, "2059.49", "0.00"),
        "B0014": (8, "60", "60.00", True, "1971.86", "1183.12"),
    },
    LONGPING: {
        "A0008": (14, "16247/180", "90.26", True, "1927.26", "1739.54"),
        "A0009": (11, "9333/112", "83.33", True, "2867.95", "2389.86"),
        "A0010": (9, "60", "60.00", True, "1927.26", "1156.36"),
        "A0011": (10, "673/12", "56.08", False, "2225.53", "1248.08"),
    },
}
# The columns of due and paid added up, and their difference.
COMMISSION_SUMS = {
    NONGSHI: ("11349.13", "6720.81", "4628.32"),
    LONGPING: ("8948.00", "6533.84", "2414.16"),
}


@pytest.mark.parametrize("name", [NONGSHI, LONGPING])
def test_scores_and_commissions(db: Connection, name: str) -> None:
    result = _result(db, name, RunKind.COMMISSION).result
    assert isinstance(result, Commissions)
    assert {
        one.member: (
            one.ballots,
            str(one.score.exact),
            text_from_hundredths(one.score.published),
            one.score.keeps_bonus,
            yuan(one.due),
            yuan(one.paid),
        )
        for one in result.managers
    } == COMMISSIONS[name]
    assert (yuan(result.due), yuan(result.paid), yuan(result.stays)) == COMMISSION_SUMS[name]


# Surplus before commission: accounts 501 to 529 added up over the vouchers, for 弄石
# 1 531 164.10 − 1 304 181.50 − 123.45 − 63 601.32 − 4 457.12 − 2 625.08; for 龙坪
# 892 504.20 − 743 370.65 − 47 416.13 + 396.47 − 2 104.25. Less the commission paid; reserve a tenth, rounded half up;
# line 16 with the 21 863.54 undistributed on 弄石's opening 332.
CLOSING = {
    NONGSHI: {
        "before_commission": "156175.63",
        "surplus": "149454.82",
        "reserve": "14945.48",
        "article_44_base": "134509.34",
        "undistributed": "21863.54",
        "line_16": "156372.88",
        "distributed": "134509.34",
    },
    LONGPING: {
        "before_commission": "100009.64",
        "surplus": "93475.80",
        "reserve": "9347.58",
        "article_44_base": "84128.22",
        "undistributed": "0.00",
        "line_16": "84128.22",
        "distributed": "84128.22",
    },
}
# Patronage legs against 60 % of the base: 80 705.60 and 80 705.604; 25 238.47 + 25 238.46 and 50 476.932. Both lie at
# the floor, which is compared before rounding: 6 000 bp of the base distributed, so reached.
FLOORS = {
    NONGSHI: ("80705.60", "20176401/250", True),
    LONGPING: ("50476.93", "12619233/250", True),
}


@pytest.mark.parametrize("name", [NONGSHI, LONGPING])
def test_the_year_s_result_and_the_floor(db: Connection, name: str) -> None:
    inputs, result = _dividend(db, name)
    figures = result.appropriation
    assert {
        "before_commission": yuan(inputs.surplus + inputs.commission),
        "surplus": yuan(figures.surplus),
        "reserve": yuan(figures.reserve),
        "article_44_base": yuan(figures.article_44_base),
        "undistributed": yuan(figures.undistributed_brought_forward),
        "line_16": yuan(figures.line_16),
        "distributed": yuan(figures.distributed),
    } == CLOSING[name]
    assert result.floor is not None
    assert (yuan(result.floor.patronage), str(result.floor.required), result.floor.reached) == FLOORS[name]


# Number, name, part, patronage, amount, total weight (fen, or hundredths of a day) and fen left over after rounding down.
# The fen the parts of 84 128.22 leave over goes to leg 2, before leg 3 with the same remainder.
LEGS = {
    NONGSHI: [
        (1, "按交易额返还", 6000, True, "80705.60", 13752950, 36),
        (2, "剩余盈余分配", 4000, False, "53803.74", 270159838, 79),
    ],
    LONGPING: [
        (1, "村集体先提", 500, False, "4206.41", 1, 0),
        (2, "投工返还", 3000, True, "25238.47", 73300, 26),
        (3, "交易额返还", 3000, True, "25238.46", 10416250, 27),
        (4, "四类股份分红", 3500, False, "29444.88", 167443000, 47),
    ],
}


@pytest.mark.parametrize("name", [NONGSHI, LONGPING])
def test_the_legs(db: Connection, name: str) -> None:
    _, result = _dividend(db, name)
    assert [
        (
            part.no,
            part.name,
            part.bp,
            part.patronage,
            yuan(part.amount),
            part.total_weight,
            part.fen_from_remainders,
        )
        for part in result.parts
    ] == LEGS[name]


# Weight and amount of one member in one leg: leg amount × weight / total weight rounded down, and a fen from what is
# left over to the largest remainders. A residual weight is 301 on the record date + reserve share brought forward
# + quantified state aid + quantified donations, in fen.
SHARES: dict[tuple[str, str], dict[int, tuple[int, str]]] = {
    # The collective: 600 000.00 + 3 272.17 + 5 109.25 + 420.17, no trade.
    (NONGSHI, "B0001"): {1: (0, "0.00"), 2: (60880159, "12124.60")},
    # Bought 1 000.00 of cash shares from B0056 on 15 September: 12 600.00 + 63.26 + 5 109.24 + 420.17.
    (NONGSHI, "B0057"): {1: (200100, "1174.23"), 2: (1819267, "362.32")},
    # Sold them; its labour share of 510.00 does not count here: 1 000.00 + 10.91 + 5 109.24 + 420.17.
    (NONGSHI, "B0056"): {1: (162000, "950.65"), 2: (654032, "130.25")},
    # Died on 27 December, a week after the record date. 1 722.00 of maize and 817.50 of grass.
    (NONGSHI, "B0117"): {1: (253950, "1490.24"), 2: (2399266, "477.83")},
    # Leaves at the end of the year.
    (NONGSHI, "B0118"): {1: (153250, "899.31"), 2: (754031, "150.17")},
    # Joined in July: nothing brought forward. 2 000.00 + 5 109.24 + 420.16.
    (NONGSHI, "B0119"): {1: (121800, "714.75"), 2: (752940, "149.95")},
    # The first cut goes to this collective alone; 400 000.00 of shares beside.
    (LONGPING, "A0001"): {1: (1, "4206.41"), 2: (0, "0.00"), 3: (0, "0.00"), 4: (40000000, "7034.01")},
    # 13 days; 2 000.00 cash, a calf of 6 800.00 and 1 350.00 of labour.
    (LONGPING, "A0006"): {1: (0, "0.00"), 2: (1300, "447.61"), 3: (0, "0.00"), 4: (1015000, "178.49")},
    # 15 days; 1 638.00 of maize and 285.00 of grass; 5 000.00 cash, 9 600.00 land, a calf of 6 800.00.
    (LONGPING, "A0012"): {
        1: (0, "0.00"),
        2: (1500, "516.48"),
        3: (192300, "465.94"),
        4: (2140000, "376.32"),
    },
    # Died on 9 January 2026, after the record date; 23 800.00 on 301 and 540.00 of labour.
    (LONGPING, "A0089"): {1: (0, "0.00"), 2: (0, "0.00"), 3: (0, "0.00"), 4: (2434000, "428.02")},
    # Leaves on the record date itself, 31 December: still of record.
    (LONGPING, "A0090"): {
        1: (0, "0.00"),
        2: (1300, "447.61"),
        3: (133450, "323.35"),
        4: (200000, "35.17"),
    },
}


@pytest.mark.parametrize(("name", "member"), SHARES)
def test_what_a_member_gets_and_by_which_weight(db: Connection, name: str, member: str) -> None:
    _, result = _dividend(db, name)
    assert {
        line.part: (line.weight, yuan(line.amount)) for line in result.lines if line.payee == member
    } == SHARES[name, member]


def test_who_is_of_record(db: Connection) -> None:
    inputs, result = _dividend(db, NONGSHI)
    assert (len(inputs.members), inputs.not_of_record) == (119, ("B0120",)), (
        "who joined on 23 December is not"
    )
    assert [line for line in result.lines if line.payee == "B0120"] == []
    inputs, _ = _dividend(db, LONGPING)
    assert (len(inputs.members), inputs.not_of_record) == (91, ())


# What is quantified: 311 by the prefix of its detail, at the year's end (500 000.00 + 108 000.00 of state aid, and
# 50 000.00 given); equal over 119 or 91 members, the fen left over to the smaller numbers. The year's draw by 301.
QUANTIFIED = {
    NONGSHI: ("608000.00", "50000.00", "9598.38", "14945.48"),
    LONGPING: ("320000.00", "50000.00", "0.00", "9347.58"),
}
RESERVE_SHARES = {
    (NONGSHI, "B0001"): "4408.70",
    (NONGSHI, "B0008"): "14.70",
    (NONGSHI, "B0119"): "14.69",
    (LONGPING, "A0001"): "2309.61",
    (LONGPING, "A0090"): "11.55",
}


@pytest.mark.parametrize("name", [NONGSHI, LONGPING])
def test_what_is_quantified(db: Connection, name: str) -> None:
    inputs, result = _dividend(db, name)
    assert (
        yuan(inputs.state_total),
        yuan(inputs.donation_total),
        yuan(inputs.reserve_before),
        yuan(sum(result.reserve_shares.values())),
    ) == QUANTIFIED[name]
    asked = {member: share for (book, member), share in RESERVE_SHARES.items() if book == name}
    assert {member: yuan(result.reserve_shares[member]) for member in asked} == asked


# Capital as the register has it on 31 December; the reserve share brought forward and this year's together; refund and
# residual are the lines above by patronage. What is quantified is equal over the members of record (RULES §5): B0117 was
# of record on 20 December and dead on the 27th, and keeps in the account what weighed in the run (608 000.00 / 119 =
# 5 109.243..., 44 fen left over; 50 000.00 / 119 = 420.168..., 96 fen); B0120 joined on the 23rd and has nothing.
ACCOUNTS: dict[tuple[str, str], dict[str, Any]] = {
    (NONGSHI, "B0117"): {
        "capital_granted": "6800.00",
        "capital_other": "11600.00",
        "reserve_share": "198.46",
        "reserve_share_this_year": "135.20",
        "state_aid_quantified": "5109.24",
        "donation_quantified": "420.16",
        "trade": {"青贮玉米": ("5740.00", "1722.00"), "鲜牧草": ("3270.00", "817.50")},
        "work_days": "12.50",
        "patronage_refund": "1490.24",
        "residual_surplus": "477.83",
        "current_account_114": "0.00",
    },
    (NONGSHI, "B0120"): {
        "capital_granted": "0.00",
        "capital_other": "4000.00",
        "reserve_share": "0.00",
        "reserve_share_this_year": "0.00",
        "state_aid_quantified": "0.00",
        "donation_quantified": "0.00",
        "trade": {},
        "work_days": "0.00",
        "patronage_refund": "0.00",
        "residual_surplus": "0.00",
        "current_account_114": "0.00",
    },
    (LONGPING, "A0012"): {
        "capital_granted": "6800.00",
        "capital_other": "14600.00",
        "reserve_share": "123.56",
        "reserve_share_this_year": "123.56",
        "state_aid_quantified": "3516.49",
        "donation_quantified": "549.45",
        "trade": {"青贮玉米": ("5460.00", "1638.00"), "鲜牧草": ("1140.00", "285.00")},
        "work_days": "15.00",
        "patronage_refund": "982.42",
        "residual_surplus": "376.32",
        "current_account_114": "0.00",
    },
}


@pytest.mark.parametrize(("name", "member"), ACCOUNTS)
def test_a_member_s_account(db: Connection, name: str, member: str) -> None:
    book = book_called(db, name)
    found = member_accounts.member_account(
        db,
        book=book,
        number=member,
        year=2025,
        record_date=policies.record_date(db, book=book.id, year=2025),
    )
    assert {
        "capital_granted": yuan(found.capital_granted),
        "capital_other": yuan(found.capital_other),
        "reserve_share": yuan(found.reserve_share),
        "reserve_share_this_year": yuan(found.reserve_share_this_year),
        "state_aid_quantified": yuan(found.state_aid_quantified),
        "donation_quantified": yuan(found.donation_quantified),
        "trade": {
            product: (text_from_hundredths(one.quantity), yuan(one.amount))
            for product, one in found.trade.items()
        },
        "work_days": text_from_hundredths(found.work_days),
        "patronage_refund": yuan(found.patronage_refund),
        "residual_surplus": yuan(found.residual_surplus),
        "current_account_114": yuan(found.current_account_114),
    } == ACCOUNTS[name, member]


@pytest.mark.parametrize("name", [NONGSHI, LONGPING])
def test_the_book_proves_itself(db: Connection, name: str) -> None:
    assert proofs.prove(db, book=book_called(db, name)).problems == ()
