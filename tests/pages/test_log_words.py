"""How the log reads: codes become words, numbers become names, and whatever else was written stays as it is."""

import pytest

from schemas.access import Scope, ScopeKind
from schemas.log import LogEntry
from web.pages.log_words import people_in, told
from web.pages.scopes import Scopes

SCOPES = Scopes({"longpinghezuoshe": "龙坪合作社"}, {"450000102": "龙坪镇"})
NAMES = {3: "蒙丽华"}


def entry(act: str, after: str = "", before: str = "") -> LogEntry:
    return LogEntry(
        seq=1,
        at="2026-01-05T01:00:00Z",
        by=1,
        act=act,
        subject="voucher:1",
        before=before,
        after=after,
        content="",
        hash="",
    )


@pytest.mark.parametrize(
    ("act", "text", "zh"),
    [
        ("voucher.draft", "draft 2026-01-05 3600.00", "未审核 2026-01-05 3600.00"),
        ("voucher.review", "reviewed", "已审核"),
        ("voucher.send_back", "draft draft of the plan is missing", "未审核 draft of the plan is missing"),
        ("evidence.attach", "记-0193-1.png (image/png, 1311)", "记-0193-1.png（1,311字节）"),
        ("period.close", "closed, reviewed by 3 no bank", "已结账，复核人蒙丽华 no bank"),
        ("period.close", "closed, reviewed by 9", "已结账，复核人#9"),
        ("period.reopen", "open 补记", "未结账 补记"),
        ("role.grant", "grant 2: accountant book:longpinghezuoshe", "第2号授权：会计，龙坪合作社"),
        ("role.grant", "grant 1: administrator house", "第1号授权：管理员，全系统"),
        ("role.grant", "grant 4: auditor place:450000102 held", "第4号授权：审计，龙坪镇 有效"),
        ("login.ok", "password, address 127.0.0.1", "密码，来自127.0.0.1"),
        (
            "login.failed",
            "password, address 10.0.0.7, locked for 60 seconds",
            "密码，来自10.0.0.7，锁定60秒",
        ),
        ("login.close", "password, address unknown to me", "password, address unknown to me"),
        ("unit.office", "person:3", "蒙丽华"),
        ("member.collective", "place:450000102", "龙坪镇"),
        ("member.collective", "place:999", "place:999"),
        ("place.enter", "弄石村 poverty_exit", "弄石村 脱贫村"),
        ("cadre.grade", "2025 覃德芳 excellent 78.35", "2025 覃德芳 优秀 78.35"),
        ("account.add", "draft", "draft"),
        ("account.add", "village draft", "village draft"),
        ("account.close", "", ""),
    ],
)
def test_an_entry_is_told_in_words(act: str, text: str, zh: str) -> None:
    assert told(entry(act, text), text, names=NAMES, scopes=SCOPES, locale="zh_CN") == zh


def test_without_the_books_and_places_at_hand_their_codes_stay() -> None:
    text = "book:longpinghezuoshe"
    assert told(entry("detail.investment", text), text, names=NAMES, scopes=None, locale="en") == text


def test_everybody_an_entry_names_by_number_is_found() -> None:
    found = people_in(
        (entry("period.close", "closed, reviewed by 3"), entry("unit.office", "person:4", "person:5"))
    )
    assert found == {3, 4, 5}


def test_a_scope_is_called_by_its_name_and_a_place_by_its_code_too() -> None:
    assert SCOPES.name(Scope(kind=ScopeKind.BOOK, code="longpinghezuoshe")) == "龙坪合作社"
    assert SCOPES.name(Scope(kind=ScopeKind.PLACE, code="450000102")) == "龙坪镇 450000102"
