"""A basis is called the same on the page of the plan, on a run's page and in the plan's sheet."""

import pytest

from schemas.policies import Basis, BasisKind
from schemas.shares import ShareKind
from web.policy_words import basis_said


@pytest.mark.parametrize(
    ("basis", "chinese", "english"),
    [
        (Basis(kind=BasisKind.TRADE_VALUE), "交易额", "trade in yuan"),
        (
            Basis(kind=BasisKind.TRADE_QUANTITY, product="肉牛"),
            "交易量（肉牛）",
            "quantity of one product (肉牛)",
        ),
        (Basis(kind=BasisKind.WORK_DAYS), "工日", "work days"),
        (
            Basis(kind=BasisKind.SHARE_VALUE, kinds=(ShareKind.CASH, ShareKind.LAND)),
            "股份价值（资金股、土地股）",
            "value of shares (cash share, land share)",
        ),
        (
            Basis(kind=BasisKind.SHARE_DAYS, kinds=(ShareKind.CALF,)),
            "股份日积数（牛犊股）",
            "value of shares × days (calf share)",
        ),
        (Basis(kind=BasisKind.RESIDUAL), "剩余盈余", "residual base"),
        (Basis(kind=BasisKind.HEADS), "头数", "animals raised"),
        (Basis(kind=BasisKind.EQUAL, members=("Q0001",)), "均等（Q0001 覃安）", "equal parts (Q0001 覃安)"),
    ],
)
def test_a_basis_has_one_word(basis: Basis, chinese: str, english: str) -> None:
    names = {"Q0001": "覃安"}
    assert basis_said(basis, "zh_CN", names=names) == chinese
    assert basis_said(basis, "en", names=names) == english
