"""What of an account's debts to somebody is open, and what an order may pay of them."""

import pytest

from ledger.money import fen_from_yuan, yuan
from payouts.orders.debts import Booked, Debt, open_debts, payable
from schemas.runs import RunKind
from schemas.units import Fen

KINDS = {"leaver": RunKind.LEAVER, "bonus": RunKind.INSTALMENT, "": None}


def booked(text: str) -> tuple[Booked, ...]:
    """``01 +500 bonus`` a bonus of January; ``02 -500 bonus by`` paid by its order, ``02 -500 by`` by another's;
    ``02 -500`` by hand; ``03 -500 corrects 1`` the correction of the first."""
    found = []
    for number, one in enumerate(text.split(" | "), 1):
        month, amount, *words = one.split()
        corrects = int(words[-1]) if "corrects" in words else None
        kind = next((word for word in words if word in KINDS), "")
        found.append(
            Booked(
                voucher=number,
                period=202600 + int(month),
                amount=fen_from_yuan(amount[1:]) * (-1 if amount[0] == "-" else 1),
                kind=KINDS[kind],
                ordered="by" in words,
                corrects=corrects,
            )
        )
    return tuple(found)


def said(debts: tuple[Debt, ...]) -> str:
    words = {kind: word for word, kind in KINDS.items()}
    return " | ".join(
        f"{debt.period % 100:02d} {yuan(debt.left)} {words[debt.kind]}".strip() for debt in debts
    )


@pytest.mark.parametrize(
    ("moved", "open_"),
    [
        ("01 +330", "01 330.00"),
        ("01 +330 | 02 +50", "01 330.00 | 02 50.00"),
        # The oldest first, whoever pays.
        ("01 +330 | 02 +50 | 02 -100", "01 230.00 | 02 50.00"),
        ("01 +330 | 02 +50 | 02 -350", "02 30.00"),
        ("01 +330 | 02 +50 | 02 -100 by", "01 230.00 | 02 50.00"),
        ("02 +50 | 01 +330 | 02 -100", "02 50.00 | 01 230.00"),
        # What is paid ahead counts against what comes next.
        ("01 -80 | 02 +50 | 03 +50", "03 20.00"),
        ("01 +330 | 01 -400 | 02 +100", "02 30.00"),
        # An order pays what its kind is for, and of the rest only what is more.
        ("01 +510 | 01 +8120 leaver | 02 -8120 leaver by", "01 510.00"),
        ("01 +8120 leaver | 02 +510 | 02 -510 by", "01 8120.00 leaver"),
        ("01 +8120 leaver | 02 +510 | 02 -600 by", "01 8030.00 leaver"),
        # By hand: what it is the whole of, otherwise first what no order of its own pays.
        ("01 +510 | 01 +8120 leaver | 02 -8120", "01 510.00"),
        ("01 +8120 leaver | 01 -8120 | 02 +510", "02 510.00"),
        ("01 +500 bonus | 01 +3000 | 01 -3000", "01 500.00 bonus"),
        ("01 +500 bonus | 01 +3000 | 01 -2000", "01 500.00 bonus | 01 1000.00"),
        ("01 +500 bonus | 01 +500 | 01 -500", "01 500.00 bonus"),
        ("01 +500 bonus | 01 +3000 | 01 -3500", ""),
        ("01 +500 bonus | 01 +3000 | 01 -3200", "01 300.00 bonus"),
        ("01 +500 bonus | 02 +500 bonus | 02 -700", "02 300.00 bonus"),
        # What came back is owed again, as what it was.
        (
            "01 +500 bonus | 02 +100 | 02 -500 bonus by | 03 +500 bonus by",
            "02 100.00 | 03 500.00 bonus",
        ),
        # A correction takes back what it corrects, and not the oldest.
        ("01 +330 | 02 +50 | 03 -50 corrects 2", "01 330.00"),
        ("01 +330 | 02 +50 leaver | 03 -20 corrects 2", "01 330.00 | 02 30.00 leaver"),
        ("01 +330 | 02 +50 | 02 -380 | 03 -50 corrects 2 | 04 +70", "04 20.00"),
    ],
)
def test_what_is_open(moved: str, open_: str) -> None:
    assert said(open_debts(booked(moved))) == open_


@pytest.mark.parametrize(
    ("moved", "kind", "through", "promised", "expected"),
    [
        ("01 +330 | 02 +50", RunKind.LABOUR, 202601, {}, "330.00"),
        ("01 +330 | 02 +50", RunKind.LABOUR, 202602, {}, "380.00"),
        ("01 +330 | 02 +50", RunKind.LABOUR, 202512, {}, "0.00"),
        ("01 +330 | 02 +50 | 02 -100", RunKind.LABOUR, 202601, {}, "230.00"),
        ("01 +330 | 02 +50", RunKind.LABOUR, 202602, {None: "330"}, "50.00"),
        ("01 +330 | 02 +50", RunKind.LABOUR, 202601, {None: "330"}, "0.00"),
        ("01 +510 | 01 +8120 leaver", RunKind.RENT, 202601, {}, "510.00"),
        ("01 +510 | 01 +8120 leaver", RunKind.LEAVER, 202601, {}, "8120.00"),
        ("01 +510 | 01 +8120 leaver", RunKind.RENT, 202601, {RunKind.LEAVER: "8120"}, "510.00"),
        ("01 +510 | 01 +8120 leaver", RunKind.LEAVER, 202601, {RunKind.LEAVER: "8120"}, "0.00"),
        ("01 +3000 | 01 +500 bonus | 02 +500 bonus", RunKind.INSTALMENT, 202601, {}, "500.00"),
        ("01 +3000 | 01 +500 bonus | 02 +500 bonus", RunKind.INSTALMENT, 202602, {}, "1000.00"),
        # A promise stands although somebody paid by hand meanwhile what it was made of: it is nobody else's.
        ("01 +510 | 01 +600 leaver | 02 -510", RunKind.LEAVER, 202602, {None: "510"}, "90.00"),
    ],
)
def test_what_an_order_may_pay(
    moved: str, kind: RunKind, through: int, promised: dict[RunKind | None, str], expected: str
) -> None:
    said: dict[RunKind | None, Fen] = {of: fen_from_yuan(amount) for of, amount in promised.items()}
    amount = payable(open_debts(booked(moved)), kind=kind, through=through, promised=said)
    assert yuan(amount) == expected
