"""银企直连 on pages: what waits for the bank and why, in words; tried at once, sent again, withdrawn by the cashier."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from payouts.messages import actions as messages
from tests.pages.conftest import BOOK
from tests.pages.test_batches import AT, door, owing_house, owing_model, sent  # noqa: F401  fixtures
from tests.pages.test_household import words_of
from tests.pages.told import Door
from web.clock import now
from web.pages.bank_messages import words_of as why

HERE = f"{AT}/bank-messages"


def act(door: Door, what: Callable[[Connection], Any]) -> Any:  # noqa: F811
    return door.app.state.writer.do_now(what, book=BOOK)


def row_of(text: str, batch: str) -> str:
    """The row of a batch in the table."""
    rows = [words_of(row) for row in re.findall("<tr>.*?</tr>", text, flags=re.DOTALL)]
    (row,) = (row for row in rows if batch in row and "下次尝试" not in row)
    return row


def test_what_waits_for_the_bank_and_what_a_person_does_about_it(door: Door) -> None:  # noqa: F811
    cashier, officer = door.of("黄出纳"), door.of("农干部")
    assert "还没有走银企直连的批次" in officer.get(HERE).text
    for payee in ("Q0002", "Q0003", "Q0005"):
        sent(door, payee, form="direct")
    first, second, third = (f"B{now()[0].year}-{number:04}" for number in (1, 2, 3))
    at = now()[1]
    act(door, lambda db: messages.take_turn(db, book=BOOK, number=1, at=at))
    act(door, lambda db: messages.note(db, book=BOOK, number=1, said="silence: 503"))
    act(door, lambda db: messages.accept(db, book=BOOK, number=2, by=1, at=at))
    act(door, lambda db: messages.refuse(db, book=BOOK, number=3, said="bank: 401", by=1, at=at))

    over_the_line = cashier.get(f"{AT}/batches/2").text
    assert "银行结果也由银企直连返回" in over_the_line
    assert f"{AT}/batches/2/file" not in over_the_line
    assert f"{AT}/batches/2/return-file" not in over_the_line

    page = officer.get(HERE).text
    assert "待发送 银行系统故障（503）。 1" in row_of(page, first)
    assert "银行已受理" in row_of(page, second)
    assert "被银行拒收 银行不接受我方签名：请核对密钥和时钟。" in row_of(page, third)
    assert "本系统未设置银行" in page
    assert f"{HERE}/1/retry" not in page, "the officer looks, the cashier acts"
    assert first not in officer.get(f"{HERE}?state=refused").text
    assert officer.get(f"{HERE}?state=lost").status_code == 400
    assert "银企直连" in officer.get(f"{AT}/batches").text

    assert "几秒内即尝试" in cashier.send(cashier.get(HERE), f"{HERE}/1/retry").text
    assert "几秒内即尝试" in cashier.send(cashier.get(HERE), f"{HERE}/2/retry").text
    assert "银行只支付一次" in cashier.send(cashier.get(HERE), f"{HERE}/3/again").text
    assert "待发送" in row_of(cashier.get(HERE).text, third)
    assert cashier.send(cashier.get(HERE), f"{HERE}/3/withdraw", reason="").status_code == 422
    withdrawn = cashier.send(cashier.get(HERE), f"{HERE}/3/withdraw", reason="营业部王经理称未收到")
    assert (withdrawn.url.path, "已撤回" in withdrawn.text) == (f"{AT}/batches/3", True)
    assert "已撤回 营业部王经理称未收到" in row_of(officer.get(HERE).text, third)


@pytest.mark.parametrize(
    ("said", "words", "figure"),
    [
        ("silence: ConnectError", "The bank cannot be reached ({why}).", "ConnectError"),
        ("silence: 502", "The bank's service is out of order ({why}).", "502"),
        ("silence: unsigned", "The bank's answer was not signed as agreed, or its clock is wrong.", ""),
        ("bank: 409", "The bank does not take it ({why}): ask it why.", "409"),
        ("bank: 王经理", "", "bank: 王经理"),
        ("", "", ""),
    ],
)
def test_a_note_of_the_line_is_said_in_words(said: str, words: str, figure: str) -> None:
    assert why(said) == (words, figure)
