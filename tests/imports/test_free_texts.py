"""Numbers of persons in free texts are moved to the record they belong to, and masked where they stood."""

import pytest
from sqlalchemy import Connection

from coop.members import queries as members
from coop.vault.rules import unseal
from schemas.members import SecretField
from schemas.packs import MemberRow, PackCooperative
from tests.builders import a_house
from tests.handover import a_vault, take_in
from tests.imports.workbench import Bench, clean, listed
from web.imports.facts import heirs_in, note_of

BOOK = "qingshuihezuoshe"
OWN_PHONE, OWN_CARD = "F4", "H4"
"""Cells of 卢兰芳's row in 成员, Q0003: telephone and account."""
OTHER = "13977665544"


def altered(**cells: str | None) -> Bench:
    """clean-small with cells of 成员 altered."""
    bench = clean()
    for address, value in cells.items():
        bench.put("成员", address, value)
    return bench


def member_of(bench: Bench, number: str) -> tuple[MemberRow, PackCooperative]:
    pack = bench.reading().pack
    assert pack is not None, listed(bench.reading())
    (cooperative,) = pack.cooperatives
    (row,) = (row for row in cooperative.members if row.number == number)
    return row, cooperative


def test_a_telephone_number_in_a_note_becomes_the_members_where_it_has_none() -> None:
    bench = altered(F4=None, M4=f"手机{OTHER[:3]} {OTHER[3:7]} {OTHER[7:]}")
    assert listed(bench.reading()) == ["成员!M4 repair 文字中的号码"]
    (repair,) = bench.reading().repairs
    assert (repair.raw, repair.repaired) == ("手机139****5544", "手机139****5544")
    assert repair.note == "139****5544移入成员Q0003的手机号"
    row, _ = member_of(bench, "Q0003")
    assert (row.phone, note_of(row)) == (OTHER, "手机139****5544")


def test_an_account_in_the_text_of_a_contribution_becomes_the_contributors() -> None:
    bench = altered(H4=None)
    shares = bench.sheets["出资"]
    place = next(place for place, row in enumerate(shares) if row[2] == "Q0003")
    bench.put("出资", f"L{place + 1}", "存折801234567890")
    row, cooperative = member_of(bench, "Q0003")
    assert row.bank_account == "801234567890"
    assert "存折8012 **** **** 7890" in {share.remark for share in cooperative.shares}


def test_a_number_that_is_on_record_is_masked_and_listed() -> None:
    own = str(clean().sheets["成员"][3][5])
    bench = altered(M4=f"电话{own}")
    assert listed(bench.reading()) == ["成员!M4 repair 文字中的号码"]
    assert note_of(member_of(bench, "Q0003")[0]) == f"电话{own[:3]}****{own[-4:]}"


def test_an_old_identity_number_is_its_owners() -> None:
    own = str(clean().sheets["成员"][3][4])
    bench = altered(M4=f"旧证{own[:6]}{own[8:17]}")
    assert listed(bench.reading()) == ["成员!M4 repair 文字中的号码"]


def test_another_number_is_a_finding_and_stays_under_seal_with_the_note(db: Connection) -> None:
    bench = altered(M4=f"电话{OTHER}")
    assert listed(bench.reading()) == ["成员!M4 warning 文字中的号码与登记不符"]
    (problem,) = bench.reading().problems
    assert (problem.raw, problem.figures["number"]) == ("电话139****5544", "139****5544")
    pack = bench.reading().pack
    assert pack is not None
    a_house(db)
    take_in(db, pack)
    assert members.members(db, book=BOOK)["Q0003"].note == "电话139****5544"
    note = members.secrets(db, book=BOOK, number="Q0003")[SecretField.NOTE]
    assert unseal(a_vault(), note, owner=f"member:{BOOK}:Q0003") == f"电话{OTHER}"


def test_a_number_in_a_summary_is_masked_and_named_at_its_cell() -> None:
    bench = clean()
    bench.put("凭证", "D2", f"付{OTHER}")
    pack = bench.reading().pack
    assert pack is not None
    assert pack.cooperatives[0].vouchers[0].lines[0].summary == "付139****5544"
    assert listed(bench.reading())[0].startswith("凭证!D2 warning 文字中的号码与登记不符")


def test_an_item_of_the_units_page_holds_no_number() -> None:
    bench = clean()
    place = next(place for place, row in enumerate(bench.sheets["基本信息"]) if row[0] == "开户行")
    bench.put("基本信息", f"B{place + 1}", f"清河信用社{OTHER}")
    pack = bench.reading().pack
    assert pack is not None
    assert pack.cooperatives[0].info.bank == "清河信用社139****5544"


def test_an_identity_number_is_no_number_of_a_counterparty() -> None:
    bench = clean()
    place = len(bench.sheets["往来单位"]) + 1
    bench.add("往来单位", ["450000197001010012", "某人", "客户"])
    assert listed(bench.reading()) == [f"往来单位!A{place} error 编号用了证件号或账号"]


@pytest.mark.parametrize(
    ("remark", "left", "named"),
    [
        ("病故；继承人陆永强，身份证号450000198312319345，账户6222000003076045184", True,
         [("陆永强", "450000198312319345", "", "6222000003076045184", "card")]),
        ("继承人：陆秀 450000196710308116 电话13977665544；次继承人陆永强，身份证450000198312319345。", True,
         [("陆秀", "450000196710308116", OTHER, "", None), ("陆永强", "450000198312319345", "", "", None)]),
        ("继承人陆永强，身份证号450000198312319346", True, []),
        ("继承人陆永强，账户6222000003076045184", True, []),
        ("继承人陆永强，身份证号450000198312319345", False, []),
        ("身份证号450000198312319345", True, []),
        ("", True, []),
    ],
)  # fmt: skip
def test_heirs_are_named_by_who_left_with_a_valid_identity_number(
    remark: str, left: bool, named: list[tuple[str, ...]]
) -> None:
    bench = altered(M11=remark, K11="2026-01-12" if left else None)
    rows = [row for row in clean().sheets["成员"] if row[0] == "Q0010"]
    assert rows
    row, _ = member_of(bench, "Q0010")
    assert [tuple(heir) for heir in heirs_in(row)] == named
