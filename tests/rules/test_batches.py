"""Batches to the bank and back: which lines go out, how a file is written and read, what an answer settles."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import fen_from_yuan as fen
from payouts.batches import formats, rules
from payouts.batches.formats import Purpose
from schemas.batches import (
    Answer,
    Due,
    DuePart,
    DueState,
    LineOutcome,
    Outcome,
    Payee,
    Reason,
)
from schemas.problems import Refusal

NAME = "B2026-0001"
BEFORE, DAY, LATER, AFTER = (date(2026, 2, day) for day in (12, 13, 16, 17))
AT = "2026-02-13T04:00:00.000000Z"


def due(payee: str, amount: str, state: DueState = DueState.TO_PAY, *, attempt: int = 0) -> Due:
    return Due(
        payee=payee,
        gross=fen(amount),
        withheld=0,
        net=fen(amount),
        parts=(DuePart(account="221", detail=payee, amount=fen(amount)),),
        state=state,
        attempt=attempt,
    )


def to(name: str) -> Payee:
    return Payee(
        payee="", heir=None, name=name, bank="桂岭县农村商业银行", account="6222000002091309963", digest=""
    )


DUES = [due("Q0003", "30.00"), due("Q0001", "10.00"), due("Q0002", "20.50", DueState.RETURNED, attempt=1)]
ACCOUNTS = {"Q0001": to("覃志芳"), "Q0002": to("黎家海"), "Q0003": to("韦文才")}
BATCH = rules.lines_of(DUES, ACCOUNTS, name=NAME)


def codes(refused: pytest.ExceptionInfo[Refusal]) -> list[str]:
    return [one.code for one in refused.value.problems]


def test_a_batch_is_in_order_of_payees_and_counts_the_attempts() -> None:
    assert [(line.no, line.payee, line.attempt, line.reference) for line in BATCH] == [
        (1, "Q0001", 1, "B2026-0001-0001"),
        (2, "Q0002", 2, "B2026-0001-0002"),
        (3, "Q0003", 1, "B2026-0001-0003"),
    ]
    assert sum(line.amount for line in BATCH) == fen("60.50")


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (["Q0001"], []),
        (["Q0009"], ["payee_must_be_of_the_run"]),
        (["Q0004"], ["line_must_not_be_held"]),
        (["Q0005", "Q0006"], ["line_must_be_payable", "line_must_be_payable"]),
        (["Q0001", "Q0001"], ["line_must_be_payable"]),
    ],
)
def test_who_may_go_out(chosen: list[str], expected: list[str]) -> None:
    dues = {
        one.payee: one
        for one in (
            *DUES,
            due("Q0004", "1.00", DueState.HELD),
            due("Q0005", "1.00", DueState.ON_ITS_WAY, attempt=1),
            due("Q0006", "1.00", DueState.PAID, attempt=1),
        )
    }
    assert [one.code for one in rules.faults_of_choice(dues, chosen, run="q.dividend.2025.1")] == expected


@pytest.mark.parametrize(
    ("dues", "expected"),
    [([], ["batch_must_have_lines"]), ([due("Q0009", "1.00")], ["payee_must_have_an_account"])],
)
def test_a_batch_is_refused(dues: list[Due], expected: list[str]) -> None:
    with pytest.raises(Refusal) as refused:
        rules.lines_of(dues, ACCOUNTS, name=NAME)
    assert codes(refused) == expected


# Files

PURPOSE = Purpose(batch=NAME, day=DAY, payer="清水合作社 银行存款", text="2025年度盈余分配")
IDENTITIES = {
    "Q0001": "45000019841108318X",
    "Q0002": "450000198705033962",
    "Q0003": "450000197908047497",
}


def test_the_rural_bank_s_file() -> None:
    rural = formats.format_named("rural")
    rows = formats.written(rural, BATCH, PURPOSE, IDENTITIES)
    assert formats.as_text(rural, rows).decode("gbk") == (
        "1|覃志芳|6222000002091309963|10.00|45000019841108318X|\r\n"
        "2|黎家海|6222000002091309963|20.50|450000198705033962|\r\n"
        "3|韦文才|6222000002091309963|30.00|450000197908047497|\r\n"
    )


def test_the_table_has_its_heading_and_titles() -> None:
    rows = formats.written(formats.format_named("table"), BATCH[:1], PURPOSE, IDENTITIES)
    assert rows == (
        ("批次 B2026-0001",),
        ("付款单位 清水合作社 银行存款",),
        ("笔数 1　金额 10.00　日期 2026-02-13",),
        ("业务号", "收款人", "证件号", "账号", "开户行", "金额", "用途"),
        (
            "B2026-0001-0001",
            "覃志芳",
            "45000019841108318X",
            "6222000002091309963",
            "桂岭县农村商业银行",
            "10.00",
            "2025年度盈余分配",
        ),
    )


@pytest.mark.parametrize(
    ("name", "bad"), [("覃 志芳", "' '"), ("覃|志芳", "'|'"), ("𠮷田", "𠮷"), ("覃\n志芳", "'\\n'")]
)
def test_a_name_a_file_cannot_hold_is_told_before_it_is_sent(name: str, bad: str) -> None:
    lines = rules.lines_of(DUES[1:2], {"Q0001": to(name)}, name=NAME)
    with pytest.raises(Refusal) as refused:
        formats.written(formats.format_named("rural"), lines, PURPOSE, IDENTITIES)
    assert [(one.code, one.figures["bad"]) for one in refused.value.problems] == [
        ("field_must_be_writable", bad)
    ]


def test_a_file_holds_no_more_than_the_bank_takes() -> None:
    many = [due(f"Q{no:04}", "1.00") for no in range(1001)]
    lines = rules.lines_of(many, {one.payee: to("覃志芳") for one in many}, name=NAME)
    with pytest.raises(Refusal) as refused:
        formats.written(formats.format_named("rural"), lines, PURPOSE, {})
    assert codes(refused) == ["file_must_hold_the_batch"]


def test_an_unknown_format_is_told_with_those_there_are() -> None:
    with pytest.raises(Refusal) as refused:
        formats.format_named("icbc")
    assert refused.value.problems[0].figures["known"] == "comma, direct, rural, table"


RETURNED = """\
1|覃志芳|6222000002091309963|10.00||0000|成功|20260213|
2|黎家海|6222000002091309963|20.50||0102|户名不符|20260213|

"""


def test_a_return_file_is_read_row_by_row() -> None:
    rural = formats.format_named("rural")
    rows = formats.read_text(rural, RETURNED.encode("gbk"))
    assert [
        (one.row, one.reference, one.amount, one.outcome, one.on, one.code, one.said)
        for one in formats.answers(rural, rows, batch=NAME)
    ] == [
        (1, "B2026-0001-0001", fen("10.00"), Outcome.PAID, DAY, "0000", "成功"),
        (2, "B2026-0001-0002", fen("20.50"), Outcome.FAILED, DAY, "0102", "户名不符"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("一|覃|6222|10.00||0000|成功|20260213|", ["field_must_be_readable"]),
        ("1|覃|6222|10.005||0000|成功|2026-13-01|", ["field_must_be_readable", "field_must_be_readable"]),
        ("1|覃|6222|10.00|", ["row_must_have_its_columns"]),
        ("业务号,金额", ["row_must_have_its_columns"]),
    ],
)
def test_every_row_that_cannot_be_read_is_told(content: str, expected: list[str]) -> None:
    rural = formats.format_named("rural")
    with pytest.raises(Refusal) as refused:
        formats.answers(rural, formats.read_text(rural, content.encode("gbk")), batch=NAME)
    assert codes(refused) == expected


def test_a_file_in_another_encoding_is_told() -> None:
    with pytest.raises(Refusal) as refused:
        formats.read_text(formats.format_named("comma"), "户名".encode("gbk"))
    assert codes(refused) == ["file_must_be_readable"]


def test_a_file_of_another_layout_shows_nobody_s_account() -> None:
    row = ("1", "覃志芳", "6222000002091309963", "10.00", "45000019841108318X")
    with pytest.raises(Refusal) as refused:
        formats.answers(formats.format_named("table"), [row], batch=NAME)
    assert (
        refused.value.problems[0].figures["found"]
        == "1, 覃志芳, 6222 **** **** 9963, 10.00, 450000********318X"
    )
    shifted = ("B2026-0001-0001", "6222000002091309963", "成功", "", "2026-02-13")
    titles = ("业务号", "金额", "结果", "原因", "日期")
    with pytest.raises(Refusal) as refused:
        formats.answers(formats.format_named("table"), [titles, shifted], batch=NAME)
    assert [one.figures["given"] for one in refused.value.problems] == ["6222 **** **** 9963"]


def test_other_titles_are_another_format() -> None:
    with pytest.raises(Refusal) as refused:
        formats.answers(formats.format_named("table"), [("业务号", "金额")], batch=NAME)
    assert codes(refused) == ["titles_must_be_the_formats"]


# What an answer settles


def says(
    no: int,
    outcome: Outcome,
    *,
    on: date = DAY,
    amount: str | None = None,
    code: str = "",
    row: int = 0,
    turn: int = 1,
) -> Answer:
    line = BATCH[min(no, 3) - 1]
    return Answer(
        row=row or no,
        reference=f"{NAME}-{no:04}",
        amount=line.amount if amount is None else fen(amount),
        outcome=outcome,
        on=on,
        code=code,
        turn=turn,
    )


def knows(no: int, outcome: Outcome, *, on: date = DAY, turn: int = 1) -> dict[int, LineOutcome]:
    reason = None if outcome is Outcome.PAID else Reason.NAME
    return {
        no: LineOutcome(
            no=no, outcome=outcome, on=on, reason=reason, said="", recorded_by=1, at=AT, turn=turn
        )
    }


def matched(
    answers: Sequence[Answer],
    known: dict[int, LineOutcome] | None = None,
    sent_again: frozenset[int] = frozenset(),
) -> rules.Matched:
    return rules.matched(
        BATCH,
        known or {},
        answers,
        sent_again=sent_again,
        reasons={"0102": Reason.NAME},
        days=(DAY, LATER),
        by=1,
        at=AT,
    )


PAID, FAILED = Outcome.PAID, Outcome.FAILED


@pytest.mark.parametrize(
    ("known", "answers", "settled", "repeated"),
    [
        ({}, [says(1, PAID), says(2, FAILED, code="0102")], [(1, PAID, None), (2, FAILED, Reason.NAME)], 0),
        ({}, [says(2, FAILED, code="9999")], [(2, FAILED, Reason.OTHER)], 0),
        ({}, [says(1, PAID), says(1, PAID)], [(1, PAID, None)], 1),  # the same row twice
        (knows(1, PAID), [says(1, PAID)], [], 1),  # the same file twice
        (knows(1, PAID), [says(1, FAILED, on=LATER)], [(1, FAILED, Reason.OTHER)], 0),  # came back later
        (knows(1, FAILED, on=LATER), [says(1, PAID)], [], 1),  # an earlier word, arriving late
        (knows(1, FAILED), [says(1, PAID, on=LATER)], [(1, PAID, None)], 0),  # paid after all, not sent again
        (knows(1, PAID), [says(1, FAILED, turn=2)], [(1, FAILED, Reason.OTHER)], 0),  # back the same day
        (knows(1, FAILED, turn=2), [says(1, PAID)], [], 1),  # the same, the earlier word arriving late
        ({}, [says(1, FAILED, turn=2), says(1, PAID)], [(1, FAILED, Reason.OTHER)], 1),  # both in one answer
        (knows(1, PAID), [says(1, PAID, on=LATER)], [(1, PAID, None)], 0),  # a later word to the same end
        ({}, [], [], 0),
    ],
)
def test_what_an_answer_settles(
    known: dict[int, LineOutcome],
    answers: list[Answer],
    settled: list[tuple[int, Outcome, Reason | None]],
    repeated: int,
) -> None:
    made = matched(answers, known)
    assert [(one.no, one.outcome, one.reason) for one in made.outcomes] == settled
    assert made.repeated == repeated


@pytest.mark.parametrize(
    ("answers", "known", "sent_again", "expected"),
    [
        ([says(4, PAID)], {}, frozenset(), ["answer_must_be_of_the_batch"]),
        ([says(1, PAID, amount="9.99")], {}, frozenset(), ["answer_must_be_of_the_amount"]),
        ([says(1, PAID), says(1, FAILED)], {}, frozenset(), ["answers_must_agree"]),
        ([says(1, FAILED)], knows(1, PAID), frozenset(), ["answers_must_agree"]),
        ([says(1, PAID, on=BEFORE)], {}, frozenset(), ["answer_must_be_of_a_day"]),
        ([says(1, PAID, on=AFTER)], {}, frozenset(), ["answer_must_be_of_a_day"]),
        (
            [says(1, PAID, on=LATER)],
            knows(1, FAILED),
            frozenset({1}),
            ["line_must_not_be_sent_twice"],
        ),
        (
            [says(4, PAID), says(2, PAID, amount="0.00")],
            {},
            frozenset(),
            ["answer_must_be_of_the_batch", "answer_must_be_of_the_amount"],
        ),
    ],
)
def test_nothing_of_an_answer_is_taken_while_a_row_is_wrong(
    answers: list[Answer],
    known: dict[int, LineOutcome],
    sent_again: frozenset[int],
    expected: list[str],
) -> None:
    with pytest.raises(Refusal) as refused:
        matched(answers, known, sent_again)
    assert codes(refused) == expected


@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from(Outcome)), unique_by=lambda one: one[0]),
    st.data(),
)
def test_said_twice_half_or_in_another_order_it_comes_to_the_same(
    told: list[tuple[int, Outcome]], data: st.DataObject
) -> None:
    answers = [says(no, outcome) for no, outcome in told]
    whole = matched(answers).outcomes
    known: dict[int, LineOutcome] = {}
    for part in data.draw(st.lists(st.lists(st.sampled_from(answers)) if answers else st.just([]))):
        known |= {one.no: one for one in matched(part, known).outcomes}
    known |= {one.no: one for one in matched(data.draw(st.permutations(answers)), known).outcomes}
    assert tuple(known[no] for no in sorted(known)) == whole


# Where the money is, and its voucher


@pytest.mark.parametrize(
    ("held", "attempt", "last", "expected"),
    [
        (False, 0, None, DueState.TO_PAY),
        (True, 0, None, DueState.HELD),
        (False, 1, None, DueState.ON_ITS_WAY),
        (True, 1, None, DueState.ON_ITS_WAY),
        (False, 1, PAID, DueState.PAID),
        (True, 1, PAID, DueState.PAID),
        (False, 1, FAILED, DueState.RETURNED),
        (True, 1, FAILED, DueState.HELD),
    ],
)
def test_where_somebody_s_money_is(
    held: bool, attempt: int, last: Outcome | None, expected: DueState
) -> None:
    known = None if last is None else knows(1, last)[1]
    assert rules.state_of(held=held, attempt=attempt, last=known) is expected


def test_the_voucher_of_an_answer() -> None:
    both = Due(
        payee="Q0001",
        gross=fen("100.00"),
        withheld=fen("8.00"),
        net=fen("92.00"),
        parts=(
            DuePart(account="221", detail="Q0001", amount=fen("60.00")),
            DuePart(account="222", detail="Q0001", amount=fen("40.00"), withheld=fen("8.00")),
        ),
        state=DueState.ON_ITS_WAY,
        attempt=1,
    )
    draft = rules.voucher(
        [both], [due("Q0002", "20.50")], day=DAY, money=("102", ""), summary="发放2025年度盈余分配"
    )
    assert [(line.account, line.detail, line.debit, line.credit) for line in draft.lines] == [
        ("221", "Q0001", fen("60.00"), 0),
        ("222", "Q0001", fen("32.00"), 0),
        ("221", "Q0002", 0, fen("20.50")),
        ("102", "", 0, fen("92.00")),
        ("102", "", fen("20.50"), 0),
    ]
