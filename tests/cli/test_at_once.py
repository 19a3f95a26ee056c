"""The service and the command line at once, two processes on one embedded database: nothing is lost, no gap is left.

Three programs post vouchers over HTTP, one of them reverses each again, while commands close months, take a pack in once
more, add people and take a backup. In the end every voucher that was answered is there with its lines, the numbers
run through, and the books are proved.
"""

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Lianjian, Process, ran
from web.demo import EXAMPLE

BOOK, ROUNDS = "longpinghezuoshe", 5


class Program:
    """A program with a token of the accountant and one of the reviewer."""

    def __init__(self, address: str, tokens: dict[str, str], name: str) -> None:
        self._client = httpx.Client(base_url=f"{address}api/v1/books/{BOOK}/", timeout=120)
        self._tokens, self._name, self._asked = tokens, name, 0
        self.posted: list[int] = []

    def ask(self, who: str, path: str, content: Any = None) -> Any:
        """One call; whatever it answers is a success."""
        self._asked += 1
        headers = {
            "Authorization": f"Bearer {self._tokens[who]}",
            "Idempotency-Key": f"{self._name}-{self._asked}",
        }
        answer = self._client.post(path, json=content, headers=headers)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    def post(self, voucher: int) -> None:
        """Have a draft reviewed and post it."""
        self.ask("reviewer", f"vouchers/{voucher}/review")
        self.posted.append(self.ask("accountant", f"vouchers/{voucher}/post")["number"])

    def work(self, *, reverse: bool) -> None:
        """Post so many vouchers, and reverse each where that is asked for."""
        for round_ in range(1, ROUNDS + 1):
            amount = f"{round_}.00"
            lines = [
                {"summary": f"电费 {self._name}", "account": "523", "detail": "电费", "debit": amount},
                {"summary": f"电费 {self._name}", "account": "102", "credit": amount},
            ]
            voucher = self.ask(
                "accountant", "vouchers", {"date": "2025-12-20", "lines": lines, "originals": 1}
            )
            self.post(voucher["id"])
            if reverse:
                red = self.ask("accountant", f"vouchers/{voucher['id']}/reverse", {"date": "2025-12-21"})
                self.post(red["id"])

    def close(self) -> None:
        """Let go of the service."""
        self._client.close()


@pytest.fixture
def demonstrated(lianjian: Lianjian, home: Path, monkeypatch: pytest.MonkeyPatch) -> Lianjian:
    """A command in the house of the demonstration."""
    assert lianjian("demo", "--no-serve").status == 0
    monkeypatch.setenv("LIANJIAN_HOME", os.fspath(home / "demo"))
    return lianjian


def test_service_and_commands_at_once_lose_nothing(
    demonstrated: Lianjian, started: Callable[..., Process], tmp_path: Path
) -> None:
    tokens = {
        who: demonstrated("token", "new", who, "--name", "programs", *deeds, "--json").json["secret"]
        for who, deeds in {
            "accountant": ("--deed", "draft_voucher", "--deed", "post_voucher", "--deed", "reverse_voucher"),
            "reviewer": ("--deed", "review_voucher"),
        }.items()
    }
    before = demonstrated("check", BOOK, "--json").json[0]
    service = started("serve", "--port", "0")
    found = re.search(r"http://\S+", service.says("serves at"))
    assert found is not None
    programs = [Program(found[0], tokens, name) for name in ("one", "two", "three")]
    failures: list[BaseException] = []

    def run(program: Program, *, reverse: bool) -> None:
        try:
            program.work(reverse=reverse)
        except BaseException as failure:  # noqa: BLE001  looked at below
            failures.append(failure)

    threads = [
        threading.Thread(target=run, args=(program,), kwargs={"reverse": number == 0})
        for number, program in enumerate(programs)
    ]
    for thread in threads:
        thread.start()
    commands = [
        started("close", "龙坪合作社", "2025-01", "--by", "唐荣林", "--reviewed-by", "蒙丽华"),
        started("close", "龙坪合作社", "2025-02", "--by", "唐荣林", "--reviewed-by", "蒙丽华"),
        started("import", EXAMPLE),
        started("user", "add", "newcomer", "--name", "新人"),
        started("backup", tmp_path / "books.zip"),
        started("tick"),
    ]
    statuses = [command.program.ended(within=120) for command in commands]
    for thread in threads:
        thread.join()
    assert failures == []
    assert [statuses[0], *statuses[2:]] == [0] * 5
    # February closes when January was closed before it came; else it was refused, and closes now.
    if statuses[1] != 0:
        assert ran("close", "龙坪合作社", "2025-02", "--by", "唐荣林", "--reviewed-by", "蒙丽华").status == 0
    assert service.told_to_end() == 0
    for program in programs:
        program.close()
    posted = sorted(number for program in programs for number in program.posted)
    assert len(posted) == ROUNDS * 4
    assert posted == list(range(posted[0], posted[0] + ROUNDS * 4)), "each number once, none left out"
    assert demonstrated("check").status == 0
    after = demonstrated("check", BOOK, "--json").json[0]
    assert after["vouchers"] == before["vouchers"] + ROUNDS * 4
    assert after["postings"] == before["postings"] + ROUNDS * 8
