"""``lianjian run`` for a township: from the preview of its tiers to their posting, as expected.json has them."""

from pathlib import Path

from tests.cli.conftest import Answer, Lianjian
from tests.township import expected

TOWNSHIP = "450000101"
RUN = f"{TOWNSHIP}.tiers.2025.1"
PREPARER, APPROVER = ("--by", "欧阳丽成"), ("--by", "黎国")


def refused(answer: Answer) -> list[str]:
    """The codes of a command that was refused, which exits with 1."""
    assert answer.status == 1, answer
    return [one["code"] for one in answer.json["problems"]]


def test_from_preview_to_posting(small: Lianjian, home: Path, tmp_path: Path) -> None:
    dry = small(
        "run", "new", "tiers", TOWNSHIP, "2025", *PREPARER, "--on", "2026-02-02", "--dry-run", "--json"
    )
    assert dry.json["village_tiers"] == expected()["village_tiers"]
    assert dry.json["people_tiers"] == expected()["people_tiers"]
    assert small("run", "show", RUN).status == 1, "a dry run keeps nothing"
    told = small("run", "new", "tiers", TOWNSHIP, "2025", *PREPARER, "--on", "2026-02-02")
    assert told.status == 0, told.err
    assert RUN in told.out
    assert "3 villages, 1 1 1 in tiers one, two, three; pool 60000.00, stays 0.00." in told.out
    (row,) = (line for line in told.out.splitlines() if "欧阳志民" in line)
    assert row.split() == ["河口村", "欧阳志民", "cadre", "2", "84.40", "1", "4615.39", "0.00"]
    scan = tmp_path / "决议450000197001010012.pdf"
    scan.write_bytes(b"%PDF-1.7 resolution")
    submitted = small(
        "run", "submit", RUN, *PREPARER, "--on", "2026-02-02", "--resolution", "云岭政发2026-03",
        "--attach", scan, "--document", "assembly",
    )  # fmt: skip
    assert submitted.status == 0, submitted.err
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert (b"450000197001010012" in kept, "决议450000********0012.pdf".encode() in kept) == (False, True)
    assert small("run", "publish", RUN, *PREPARER, "--on", "2026-02-02").status == 0
    early = small("run", "approve", RUN, *APPROVER, "--on", "2026-02-10", "--json")
    assert refused(early) == ["notice_must_be_over"]
    own = small("run", "approve", RUN, *PREPARER, "--on", "2026-02-12", "--json")
    assert refused(own) == ["approver_must_differ"]
    assert refused(small("run", "post", RUN, *PREPARER, "--on", "2026-02-12", "--json")) == [
        "step_must_follow"
    ]
    assert small("run", "approve", RUN, *APPROVER, "--on", "2026-02-12").status == 0
    posted = small("run", "post", RUN, *PREPARER, "--on", "2026-02-12", "--json").json
    assert (posted["state"], posted["total"]) == ("posted", "52184.61")
    shown = small("run", "show", RUN, "--json").json
    assert (shown["village_tiers"], shown["people_tiers"]) == (
        expected()["village_tiers"],
        expected()["people_tiers"],
    )
    due = small("run", "due", TOWNSHIP, "--month", "2026-12", "--json").json
    assert ({one["month"] for one in due["items"]}, due["rewards"]) == ({"2026-12"}, [])
    second = small("run", "new", "tiers", TOWNSHIP, "2025", *PREPARER, "--on", "2026-02-12", "--json")
    assert refused(second) == ["run_must_be_new"]
    assert small("check").status == 0


def test_tiers_are_of_a_township_that_is_there(small: Lianjian) -> None:
    nowhere = small("run", "new", "tiers", "450000109", "2025", *PREPARER, "--json")
    assert refused(nowhere) == ["township_must_be_known"]
    of_book = small("run", "new", "tiers", "清水合作社", "2025", *PREPARER, "--json")
    assert refused(of_book) == ["township_must_be_known"]
    early = small("run", "new", "tiers", TOWNSHIP, "2024", *PREPARER, "--json")
    assert set(refused(early)) == {"bonus_must_be_there", "village_must_have_a_score"}
    assert refused(small("run", "new", "dividend", TOWNSHIP, "2025", *PREPARER, "--json")) == [
        "book_must_be_known"
    ]


def test_an_appeal_on_paper_from_the_counter_to_the_answer(small: Lianjian, tmp_path: Path) -> None:
    scan, on = tmp_path / "书面异议.pdf", ("--on", "2026-02-02")
    scan.write_bytes(b"%PDF-1.7 appeal")
    small("run", "new", "tiers", TOWNSHIP, "2025", *PREPARER, *on)
    small("run", "submit", RUN, *PREPARER, *on, "--resolution", "云岭政发2026-03", "--attach", scan)
    assert small("run", "publish", RUN, *PREPARER, *on).status == 0
    paper = (*PREPARER, "--text", "少算了", "--paper", scan, "--came", "2026-02-03")
    wrong = small("appeal", "record", RUN, "某人", *paper, "--json")
    assert refused(wrong) == ["appeal_payee_must_be_there"]
    recorded = small("appeal", "record", RUN, "450000101201/蓝永忠", *paper)
    assert recorded.out.strip() == f"1 {RUN} 450000101201/蓝永忠: 少算了 (waits for an answer)"
    answer = ("appeal", "answer", TOWNSHIP, "1", "--reject", "--text", "已核对")
    assert refused(small(*answer, *PREPARER, "--json")) == ["answerer_must_be_another"]
    assert small(*answer, *APPROVER).status == 0
    again = tmp_path / "复核申请.pdf"
    again.write_bytes(b"%PDF-1.7 again")
    looked = small("appeal", "second-look", TOWNSHIP, "1", *PREPARER, "--text", "请复核", "--paper", again)
    assert looked.status == 0, looked.err
    (shown,) = small("appeal", "list", TOWNSHIP, "--json").json
    assert [one["step"] for one in shown["answers"]] == ["reject", "escalate"]
    assert small("check").status == 0
