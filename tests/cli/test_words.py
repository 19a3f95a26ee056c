"""Every command explains itself in both languages, and wrong usage is told from findings by the exit status."""

import pytest

from tests.cli.conftest import Lianjian
from web.cli.main import COMMANDS

DESCRIBED = (
    "serve demo import check export books trial-balance statement member spot-check close close-calendar run policy villages ranking income thresholds snapshots lists appeal batch outbox bank register tick backup restore user "
    "report token key webhook distribute bench alerts alert red-lines figures inventory contracts project-money places payment-notice data-quality"
).split()


def test_the_commands_are_those_described() -> None:
    assert sorted(COMMANDS) == sorted(DESCRIBED)


@pytest.mark.parametrize("name", ["", *DESCRIBED])
def test_every_command_explains_itself(lianjian: Lianjian, name: str) -> None:
    answer = lianjian(*name.split(), "--help")
    assert answer.status == 0
    assert answer.out.startswith(f"Usage: lianjian {name}".rstrip())


@pytest.mark.parametrize("name", ["", *DESCRIBED])
def test_every_command_explains_itself_in_chinese(
    lianjian: Lianjian, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    out = lianjian(*name.split(), "--help").out
    assert out.startswith(f"用法: lianjian {name}".rstrip())
    words = [line for line in out.splitlines() if line.startswith("  ") and "--" not in line]
    assert [line for line in words if line.strip().endswith(".")] == []
    assert "选项" in out


@pytest.mark.parametrize(
    "name", ["add", "code", "grant", "consent", "end", "show", "list", "disable", "identity", "waiting"]
)
def test_every_command_about_people_explains_itself(lianjian: Lianjian, name: str) -> None:
    assert lianjian("user", name, "--help").status == 0


@pytest.mark.parametrize("name", ["open", "openings", "enter-openings"])
def test_every_command_about_books_explains_itself(lianjian: Lianjian, name: str) -> None:
    assert lianjian("books", name, "--help").status == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing"], "nothing"),
        (["books", "--nothing"], "There is no option --nothing."),
        (["trial-balance"], "BOOK is missing."),
        (["close", "x", "2025"], "--by is missing."),
        (["statement", "poem", "x", "2025"], "FORM is not written as it must be"),
        (["export", "x", "y"], "--to is missing."),
    ],
)
def test_wrong_usage_is_status_two(lianjian: Lianjian, words: list[str], says: str) -> None:
    answer = lianjian(*words)
    assert (answer.status, answer.out) == (2, "")
    assert says in answer.err
    assert "--help" in answer.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["trial-balance", "nobody"], "book_must_be_known"),
        (["close", "nobody", "2025", "--by", "a", "--reviewed-by", "b"], "book_must_be_known"),
        (["close", "nobody", "2025-13", "--by", "a", "--reviewed-by", "b"], "period_must_be_written_so"),
        (["tick", "--on", "tomorrow"], "day_must_be_written_so"),
        (["user", "show", "nobody"], "person_must_be_named"),
    ],
)
def test_a_refusal_is_status_one_and_has_its_code(lianjian: Lianjian, words: list[str], code: str) -> None:
    answer = lianjian(*words, "--json")
    assert answer.status == 1
    assert [problem["code"] for problem in answer.json["problems"]] == [code]
    plain = lianjian(*words)
    assert (plain.status, plain.out) == (1, "")
    assert plain.err.startswith("✗ ")


def test_an_empty_house_says_what_to_do_next(lianjian: Lianjian) -> None:
    assert lianjian("books", "--json").json == []
    assert "lianjian import" in lianjian("books").out
