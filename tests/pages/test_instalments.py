"""A collective's book on pages: its members are registered, and the sheet of an order says whose bonus it cannot place."""

from datetime import date

import pytest

from tests.pages.conftest import VILLAGE, Reader, Site
from tests.people import with_role
from tests.runs import awards
from web.database import writing_engine
from web.settings import Settings

AT = f"/books/{VILLAGE}"
PEOPLE = (
    ("M0001", "黎美华", "450000197001010012"),
    ("M0002", "黎德", "450000198801239872"),
    ("M0003", "黎德", "450000197208125159"),
)
"""Two of them bear one name; 潘玉萍 is not registered yet."""


@pytest.fixture
def owing(house: Settings) -> Settings:
    """The collective of 清水村 owes three cadres January's part of their bonuses."""
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        with_role(db, "韦审核", "reviewer", f"book:{VILLAGE}")
        awards.owed_by(db, VILLAGE, date(2026, 1, 31))
    engine.dispose()
    return house


def _registers(reader: Reader, confirmer: Reader, number: str, name: str, identity: str) -> None:
    path = f"{AT}/register/new/joining"
    fields = {
        "on": "2026-02-12",
        "number": number,
        "name": name,
        "household": f"H{number[1:]}",
        "kind_of_member": "household",
        "identity": identity,
        "bank": "农村商业银行",
        "bank_account": "6222000007538161117",
        "account_kind": "card",
    }
    tried = reader.send(reader.get(path), path, step="try", **fields)
    assert "试算结果" in tried.text, tried.text
    sent = reader.send(tried, path, step="send", **fields)
    act = sent.url.path
    assert "登记成员" in sent.text
    assert "入社" not in sent.text
    done = confirmer.send(confirmer.get(act), f"{act}/confirm")
    assert "已复核并入账登记" in done.text, done.text


def test_a_collective_registers_members_and_pays_their_bonuses(owing: Settings, site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    register = accountant.get(f"{AT}/register").text
    assert all(f"{AT}/register/new/{kind}" in register for kind in ("joining", "death", "heir", "payee"))
    assert not any(f"{AT}/register/new/{kind}" in register for kind in ("cash", "labour", "leaving"))
    refused = accountant.get(f"{AT}/register/new/cash")
    assert refused.status_code == 409
    assert "出资在合作社账套登记；集体经济组织账套登记成员、收款信息和收益权份额。" in refused.text
    assert "applied_on" not in accountant.get(f"{AT}/register/new/joining").text

    for one in PEOPLE:
        _registers(accountant, reviewer, *one)
    members = accountant.get(f"{AT}/members").text
    assert all(name in members for _, name, _ in PEOPLE)

    path = f"{AT}/orders/new"
    sheet = accountant.get(f"{path}?kind=instalment&month=2026-02")
    assert "本账套没有叫潘玉萍的成员" in sheet.text
    assert "500.00" in sheet.text
    fields = {"kind": "instalment", "items-0-paying": "500.00", "items-1-paying": "500.00", "act": "draft"}
    again = accountant.send(sheet, path, **fields)
    assert again.status_code == 422
    assert "有几名成员都叫黎德，还没有选择是哪一名" in again.text
    kept = accountant.send(again, path, **fields, **{"items-0-member": "M0003"})
    assert "奖金发放" in kept.text
    assert "1,000.00" in kept.text
    assert "M0003" in kept.text
