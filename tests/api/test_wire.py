"""What travels: the declared type of a field decides how it is written, and nothing that is wrong is passed over."""

import sys
from datetime import date
from threading import Barrier, Thread
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from ledger.money import fen_from_yuan, yuan
from schemas.balances import DetailBalance
from schemas.statements import Part
from schemas.units import BIGGEST_FEN, BasisPoints, Fen, Hundredths, Period, Value
from schemas.vouchers import Correction, CorrectionKind, VoucherDraft, VoucherLine, Word
from web import wire
from web.api.routes import ROUTES


class Sums(Value):
    """One field of each unit, alone and inside others."""

    total: Fen
    held: Hundredths = 0
    rate: BasisPoints = 0
    month: Period = 202503
    above: Annotated[Fen, Meta(ge=0)] = 0
    parts: tuple[Fen, ...] = ()
    by_name: dict[str, Fen] = {}
    pair: tuple[str, Fen] | None = None
    perhaps: Fen | None = None


def test_a_computed_sum_of_fen_leaves_as_yuan() -> None:
    """Fen + Fen is a plain int; what it is says the field it is put into (ARCHITECTURE, Traps)."""
    lines = [DetailBalance(account="102", detail="", opening=4911, debit=51_000_00, credit=86_001)] * 2
    total = sum(line.closing for line in lines)
    assert wire.written(Sums(total=total, parts=(total, -total), by_name={"102": total + 1})) == (
        b'{"total":"100378.20","held":"0.00","rate":0,"month":"2025-03","above":"0.00",'
        b'"parts":["100378.20","-100378.20"],"by_name":{"102":"100378.21"},"pair":null,"perhaps":null}'
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"total":"1234.50"}', Sums(total=123450)),
        ('{"total":"1234.5"}', Sums(total=123450)),
        ('{"total":"-0.01"}', Sums(total=-1)),
        ('{"total":"7"}', Sums(total=700)),
        ('{"total":"0.00","held":"8.50","month":"2025-13"}', Sums(total=0, held=850, month=202513)),
        ('{"total":"0.00","pair":["a","1.00"],"perhaps":null}', Sums(total=0, pair=("a", 100))),
        ('{"total":"9999999999999.99"}', Sums(total=BIGGEST_FEN)),
    ],
)
def test_amounts_come_in_exactly(written: str, read: Sums) -> None:
    assert wire.read(written.encode(), Sums) == read


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ('{"total":"1.005"}', ["/total amount_must_have_two_decimals_at_most"]),
        ('{"total":"00000000000001.00"}', ["/total must_be_amount"]),
        ('{"total":"1.0000"}', ["/total must_be_amount"]),
        ('{"total":"0.00","above":"-0.00"}', ["/above must_be_amount"]),
        ('{"total":"%s"}' % ("0" * 5000), ["/total must_be_amount"]),
        ('{"total":"10000000000000.00"}', ["/total amount_must_not_be_too_big"]),
        ('{"total":1234.5}', ["/total must_be_amount"]),
        ('{"total":"1,234.50"}', ["/total amount_must_be_a_number"]),
        ('{"total":"１.00"}', ["/total amount_must_be_a_number"]),
        ('{"total":"1.00\\n"}', ["/total amount_must_be_a_number"]),
        ('{"total":"0.00","above":"-0.01"}', ["/above must_not_be_less"]),
        ('{"total":"0.00","month":"2025-3"}', ["/month must_be_month"]),
        ('{"total":"0.00","rate":10001}', ["/rate must_not_be_more"]),
        ('{"total":"0.00","rate":true}', ["/rate must_be_whole_number"]),
        ('{"total":"0.00","parts":["1.00","x"]}', ["/parts/1 amount_must_be_a_number"]),
        ('{"total":"0.00","by_name":{"a/b":"x"}}', ["/by_name/a~1b amount_must_be_a_number"]),
        ("{}", ["/total field_must_be_given"]),
        ('{"total":"0.00","totals":"0.00"}', ["/totals field_must_be_known"]),
        ("[]", [" must_be_object"]),
        ('{"total":"1.00"', [" content_must_be_json"]),
        ("[" * 100_000, [" content_must_not_nest_so_deep"]),
        ('{"total":' + "[" * 100_000, [" content_must_not_nest_so_deep"]),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), [" content_must_be_json"]),
    ],
)
def test_what_cannot_be_read_is_named(written: str, found: list[str]) -> None:
    with pytest.raises(wire.Unreadable) as refused:
        wire.read(written.encode(), Sums)
    assert [f"{problem.pointer} {problem.code}" for problem in refused.value.problems] == found


def test_everything_wrong_is_said_at_once() -> None:
    content = """{"date": "2025-02-30", "word": "x", "originals": -1, "corrects": {"kind": "red"}, "more": 1,
        "lines": [{"summary": 1, "account": "10a", "debit": "1.005"}, {"account": "524", "credit": 5}]}"""
    with pytest.raises(wire.Unreadable) as refused:
        wire.read(content.encode(), VoucherDraft)
    assert [f"{problem.pointer} {problem.code}" for problem in refused.value.problems] == [
        "/date must_be_date",
        "/lines/0/summary must_be_text",
        "/lines/0/account must_be_written_so",
        "/lines/0/debit amount_must_have_two_decimals_at_most",
        "/lines/1/summary field_must_be_given",
        "/lines/1/credit must_be_amount",
        "/word must_be_one_of",
        "/originals must_not_be_less",
        "/corrects/voucher field_must_be_given",
        "/more field_must_be_known",
    ]


def test_only_an_amount_that_breaks_a_rule_of_money_is_a_broken_rule() -> None:
    with pytest.raises(wire.Unreadable) as rule:
        wire.read(b'{"total":"1.005"}', Sums)
    with pytest.raises(wire.Unreadable) as unreadable:
        wire.read(b'{"total":"1.005","month":"x"}', Sums)
    assert (rule.value.breaks_a_rule_only, unreadable.value.breaks_a_rule_only) == (True, False)


def test_a_text_without_meaning_in_a_database_is_refused() -> None:
    content = b'{"summary":"a\\u0000b","account":"102"}'
    with pytest.raises(wire.Unreadable) as refused:
        wire.read(content, VoucherLine)
    assert [problem.code for problem in refused.value.problems] == ["text_must_not_hold_nul"]


def test_a_backslash_before_u0000_is_a_text_of_six_letters() -> None:
    content = rb'{"summary":"a\\u0000b","account":"102"}'
    assert wire.read(content, VoucherLine) == VoucherLine(summary=r"a\u0000b", account="102")


def test_no_key_of_a_mapping_holds_the_character_zero_either() -> None:
    with pytest.raises(wire.Unreadable) as refused:
        wire.read(rb'{"total":"1.00","by_name":{"a\u0000b":"1.00"}}', Sums)
    assert [problem.code for problem in refused.value.problems] == ["text_must_not_hold_nul"]


@pytest.mark.parametrize(
    ("given_texts", "read"),
    [
        ({"total": "1.00", "month": "2025-01"}, Sums(total=100, month=202501)),
        ({"total": "1.00", "rate": "25"}, Sums(total=100, rate=25)),
    ],
)
def test_a_query_is_read_by_the_same_types(given_texts: dict[str, str], read: Sums) -> None:
    assert wire.read_texts(given_texts, Sums) == read


def test_null_in_a_query_is_four_letters() -> None:
    with pytest.raises(wire.Unreadable) as refused:
        wire.read_texts({"total": "1.00", "perhaps": "null"}, Sums)
    assert [problem.code for problem in refused.value.problems] == ["amount_must_be_a_number"]


@given(st.integers(-BIGGEST_FEN, BIGGEST_FEN))
def test_every_amount_comes_back_as_it_left(fen: int) -> None:
    content = wire.written(Sums(total=fen, perhaps=fen))
    assert wire.read(content, Sums) == Sums(total=fen, perhaps=fen)
    assert fen_from_yuan(yuan(fen)) == fen


def test_a_voucher_comes_back_as_it_left() -> None:
    line = VoucherLine(summary="红冲", account="523", detail="电费", debit=-86_000, quantity=-1050)
    draft = VoucherDraft(
        date=date(2025, 6, 6),
        lines=(line, msgspec.structs.replace(line, debit=86_000, quantity=None)),
        word=Word.TRANSFER,
        corrects=Correction(kind=CorrectionKind.RED, voucher=7),
    )
    assert wire.read(wire.written(draft), VoucherDraft) == draft


def test_a_list_needs_its_type_said() -> None:
    parts = (Part(account="114", detail="M0001", amount=120_000, compared=None),)
    assert wire.written(parts, tuple[Part, ...]) == (
        b'[{"account":"114","amount":"1200.00","compared":null,"detail":"M0001","movement":null}]'
    )


def _amounts_left_as_numbers(of: object, path: str) -> list[str]:
    """Every field below a type that holds fen, hundredths or a period and travels as the number it is."""
    twins = wire.twin_of(of)
    info = msgspec.inspect.type_info(twins)
    return list(_numbers_with_units(info, path))


def _numbers_with_units(info: object, path: str) -> list[str]:
    found: list[str] = []
    if isinstance(info, msgspec.inspect.Metadata):
        extra = info.extra or {}
        if extra.get("unit") in wire.TRAVELS_AS:
            found.append(path)
        found += _numbers_with_units(info.type, path)
    for field in getattr(info, "fields", ()):
        found += _numbers_with_units(field.type, f"{path}.{field.name}")
    for name in ("item_type", "key_type", "value_type"):
        if hasattr(info, name):
            found += _numbers_with_units(getattr(info, name), path)
    for inner in (*getattr(info, "types", ()), *getattr(info, "item_types", ())):
        found += _numbers_with_units(inner, path)
    return found


def test_no_answer_of_the_api_lets_an_amount_out_as_fen() -> None:
    answers = [(route.name, of) for route in ROUTES for of in (route.answers, route.content)]
    structs = [(name, of) for name, of in answers if isinstance(of, type) and issubclass(of, msgspec.Struct)]
    assert len(structs) > 100
    assert [found for name, of in structs for found in _amounts_left_as_numbers(of, name)] == []


def test_whole_numbers_from_outside_fit_the_database() -> None:
    """An id of 40 digits would be an error inside SQLite, not a refusal. The next keys of a sheet are exact fractions and
    are kept as text."""

    def unbounded(info: object, path: str) -> list[str]:
        found: list[str] = []
        if isinstance(info, msgspec.inspect.IntType):
            least = info.ge if info.gt is None else info.gt
            found += [path] if least is None or info.le is None else []
        for field in getattr(info, "fields", ()):
            found += unbounded(field.type, f"{path}.{field.name}")
        for name in ("item_type", "key_type", "value_type", "type"):
            inner = getattr(info, name, None)
            if isinstance(inner, msgspec.inspect.Type):
                found += unbounded(inner, path)
        for inner in (*getattr(info, "types", ()), *getattr(info, "item_types", ())):
            found += unbounded(inner, path)
        return found

    bodies: list[tuple[str, Any]] = [
        (route.name, of) for route in ROUTES for of in (route.content, route.query)
    ]
    structs = [(name, of) for name, of in bodies if isinstance(of, type) and issubclass(of, msgspec.Struct)]
    found = [
        at for name, of in structs for at in unbounded(msgspec.inspect.type_info(wire.twin_of(of)), name)
    ]
    key = "write_sheet.candidates.ties"
    assert set(found) == {f"{key}.numerator", f"{key}.denominator"}


def test_a_type_asked_for_at_once_travels_as_one() -> None:
    inner = msgspec.defstruct("Inner", [(f"field_{no}", Fen) for no in range(200)])
    outers = [msgspec.defstruct(f"Outer{no}", [("inner", inner)]) for no in range(8)]
    together = Barrier(len(outers))
    found: list[Any] = []

    def ask(of: type[msgspec.Struct]) -> None:
        together.wait()
        found.append(wire.twin_of(of))

    threads = [Thread(target=ask, args=[of]) for of in outers]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(usual)
    assert len({twin.__annotations__["inner"] for twin in found}) == 1
