"""Identity data are masked the same way everywhere, and nothing else is."""

import pytest

from coop.identity import is_citizen_number, masked, masked_name, masked_text, written
from schemas.identity import IdentityKind

CITIZEN, UNIT, PHONE = IdentityKind.CITIZEN, IdentityKind.UNIT, IdentityKind.PHONE
CARD, PASSBOOK, CORPORATE = IdentityKind.CARD, IdentityKind.PASSBOOK, IdentityKind.CORPORATE


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("450000197001010012", CITIZEN, "450000********0012"),
        ("11010519491231002x", CITIZEN, "110105********002X"),
        ("450000700101001", CITIZEN, "450000*****1001"),
        ("45000019", CITIZEN, "****"),
        ("", CITIZEN, ""),
        ("93450000MA5K12345X", UNIT, "934500********345X"),
        ("6222000000000000012", CARD, "6222 **** **** 0012"),
        ("6222 0000 0000 0000 020", CARD, "6222 **** **** 0020"),
        ("622200000000000009", CARD, "6222 **** **** 0009"),
        ("801234567890", PASSBOOK, "8012 **** **** 7890"),
        ("12345678", PASSBOOK, "**** **** 5678"),
        ("1234567", PASSBOOK, "****"),
        ("20105101040012345", CORPORATE, "2010 **** **** 2345"),
        ("13912341234", PHONE, "139****1234"),
        ("+86 139-1234-1234", PHONE, "139****1234"),
        ("0771-1234567", PHONE, "077****4567"),
        ("1234567", PHONE, "****4567"),
        ("12345", PHONE, "****"),
    ],
)
def test_a_mask_tells_two_people_apart_and_never_shows_the_whole(
    text: str, kind: IdentityKind, shown: str
) -> None:
    assert masked(text, kind) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王*"),
        ("王明", "王*"),
        ("欧阳丽成", "欧阳*"),
        ("欧阳", "欧*"),
        ("阿依古丽·买买提", "阿*"),
        ("王", "*"),
        ("", ""),
        (" 韦秀 ", "韦*"),
    ],
)
def test_a_name_shows_the_surname_alone(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("text", "kind", "plain"),
    [
        ("４５００００１９７００１０１００１２", CITIZEN, "450000197001010012"),
        (" 450000 19700101 0012 ", CITIZEN, "450000197001010012"),
        ("11010519491231002x", CITIZEN, "11010519491231002X"),
        ("6222-0000-0000-0000-012", CARD, "6222000000000000012"),
        ("008613912341234", PHONE, "13912341234"),
        ("8613912341234", PHONE, "13912341234"),
        ("86139", PHONE, "86139"),
    ],
)
def test_a_number_is_kept_in_one_spelling(text: str, kind: IdentityKind, plain: str) -> None:
    assert written(text, kind) == plain


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("11010519491231002X", True),  # the example of GB 11643
        ("450000197001010012", True),
        ("450000198506150023", True),
        ("450000196211200039", True),
        ("450000199112311183", True),
        ("450000200002290049", True),
        ("110105194912310021", False),
        ("450000197013010012", False),  # there is no month 13
        ("450000199902290049", False),  # 1999 had no 29 February
        ("45000019700101001", False),
        ("11010519491231002x", False),  # kept as X
        ("", False),
    ],
)
def test_an_identity_number_has_a_day_of_birth_and_a_check_mark(text: str, right: bool) -> None:
    assert is_citizen_number(text) is right


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证450000197001010012。", "身份证450000********0012。"),
        ("身份证 450000 19700101 0012", "身份证 450000********0012"),
        ("４５００００１９７００１０１００１２", "450000********0012"),
        ("11010519491231002x的", "110105********002X的"),
        ("付6222000000000000012和6222 0000 0000 0000 020", "付6222 **** **** 0012和6222 **** **** 0020"),
        ("存折80123456789012345678", "存折8012 **** **** 5678"),
        ("电话13912341234/0771-1234567", "电话139****1234/077****4567"),
        ("+86 139 1234 1234", "139****1234"),
        ("旧证450000700101001", "旧证450000*****1001"),
        # However it is grouped, a number that proves itself is found
        ("450000 1970 0101 0012", "450000********0012"),
        ("4500-0019-7001-0100-12", "450000********0012"),
        ("11010519491231002 x", "110105********002X"),
        ("110105\u201319491231\u2013002Ｘ", "110105********002X"),
        ("622200 0000 0000 00012", "6222 **** **** 0012"),
        # After the word for what it is a shorter number is one too
        ("账号：20105101040012", "账号：2010 **** **** 0012"),
        ("存折801234567890", "存折8012 **** **** 7890"),
        ("转入帐户 123456789", "转入帐户 **** **** 6789"),
        ("账户6222000003076045184", "账户6222 **** **** 5184"),
        ("身份证号 100000000000000", "身份证号 100000*****0000"),
        ("身份证110105194912310021", "身份证110105********0021"),
        ("电话2345678", "电话****5678"),
        # What is no identity data stays
        ("耳标245000000000012", "耳标245000000000012"),
        ("数电发票25452000000012345678", "数电发票25452000000012345678"),
        ("账户余额12345678.90元", "账户余额12345678.90元"),
        ("存折20250131打印", "存折20250131打印"),
        ("耳标345010120260101", "耳标345010120260101"),
        ("村450000101200", "村450000101200"),
        ("93450000MA5K12345X", "93450000MA5K12345X"),
        ("934500001234567890", "934500001234567890"),
        ("N2450000MA1234567X", "N2450000MA1234567X"),
        ("2025-01-01 2025-12-31", "2025-01-01 2025-12-31"),
        ("20250101-20251231", "20250101-20251231"),
        ("1234567890.12元", "1234567890.12元"),
        ("2024-记-0003", "2024-记-0003"),
        ("a" * 20 + "13912341234" + "b" * 33, "a" * 20 + "13912341234" + "b" * 33),
        ("", ""),
    ],
)
def test_numbers_in_any_text_are_masked_and_nothing_else(text: str, shown: str) -> None:
    assert masked_text(text) == shown
    assert masked_text(shown) == shown
