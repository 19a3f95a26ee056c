"""``lianjian demo``: the example township with somebody of every role, kept, begun anew, never asking anything."""

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from schemas.access import Role
from tests.cli.conftest import Lianjian, Process

Started = Callable[..., Process]
SETTLED, TOWNSHIP, LEASING = "nongshihezuoshe", "450000102", "450000102201"


def logins(home: Path) -> dict[str, dict[str, Any]]:
    """The logins the demonstration keeps, by name: that of the role, and the agent's; the household has a card."""
    kept = json.loads((home / "demo" / "logins.json").read_text())
    return {"household" if login["card"] else login["login"]: login for login in kept["logins"]}


def test_somebody_of_every_role_signs_in(started: Started, home: Path) -> None:
    (home / "demo").mkdir(parents=True)
    (home / "demo" / "books.sqlite").write_bytes(b"")  # a demonstration that was interrupted is begun anew
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = started("demo", "--port", str(port))
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", demo.says("serves at"))
    assert found is not None
    assert int(found[1]) > port, "the port is taken, so the next free one is used and printed"
    kept = logins(home)
    assert set(kept) == {role.value for role in Role} | {"agent", "second_officer"}
    for role, login in kept.items():
        with httpx.Client(base_url=found[0], timeout=60) as client:
            if role == "household":
                gets_in_with_its_card(client, login)
                continue
            code = pyotp.TOTP(login["totp_key"]).now() if login["totp_key"] else ""
            signed_in = client.post(
                "/api/v1/sessions",
                json={"login": login["login"], "password": login["password"], "code": code},
            )
            assert (role, signed_in.status_code) == (role, 201)
            assert signed_in.json()["must_prove"] is False
            if role in {"accountant", "reviewer", "cashier"}:
                books = [book["short_name"] for book in client.get("/api/v1/books").json()["items"]]
                assert sorted(books) == ["弄石合作社", "龙坪合作社", "龙坪村"]
            if role == "township_officer":
                approves_what_waits(client, signed_in.json()["csrf"])
                approves_the_tiers(client, signed_in.json()["csrf"])
            if role == "second_officer":
                looks_over_the_township(client)
            if role in {"agent", "township_officer", "second_officer", "auditor"}:
                assert len(client.get("/api/v1/books").json()["items"]) == 13
    assert demo.told_to_end() == 0
    assert (home / "demo" / "logins.json").stat().st_mode & 0o777 == 0o600
    assert not (home / "books.sqlite").exists(), "a real house is not touched"


def looks_over_the_township(client: httpx.Client) -> None:
    """The example's year is frozen with its report and alerts, its thresholds stand for the next, a parcel of figures from
    outside waits for its review, and a lease is found to run too long."""
    township = f"/api/v1/townships/{TOWNSHIP}"
    assert client.get(f"/api/v1/places/{TOWNSHIP}/reports").json()["items"][-1]["month"] == "2025-12"
    ended = [one["alert"]["breach"] for one in client.get(f"{township}/alerts").json()["items"]]
    of_december = {one["line"]["id"] for one in ended if one["month"] == "2025-12"}
    assert of_december == {"below_threshold", "unrecognised"}
    january = client.get(f"{township}/villages?month=2026-01").json()["villages"]
    assert {one["threshold"]["amount"] for one in january.values()} == {"50000.00", "70000.00"}
    parcels = client.get(f"{township}/figures").json()["items"]
    assert [one["state"] for one in parcels] == ["collected", "entered"]
    (lease,) = client.get(f"/api/v1/books/{LEASING}/contracts").json()["contracts"]
    assert lease["findings"][0]["code"] == "term_should_keep_the_law"


def approves_what_waits(client: httpx.Client, csrf: str) -> None:
    """The dividend of the other cooperative: its notice is over, and it is worth approving."""
    runs = f"/api/v1/books/{SETTLED}/runs"
    commission, dividend = sorted(client.get(runs).json()["items"], key=lambda run: run["kind"])
    assert [commission["state"], dividend["state"]] == ["posted", "on_notice"]
    run = client.get(f"{runs}/{dividend['id']}")
    assert len(run.json()["lines"]) == 119
    approved = client.post(
        f"{runs}/{dividend['id']}/approve",
        json={},
        headers={
            "X-CSRF-Token": csrf,
            "Idempotency-Key": "approve-demo",
            "If-Match": f'"{run.json()["digest"]}"',
        },
    )
    assert (approved.status_code, approved.json().get("state")) == (200, "approved")


def approves_the_tiers(client: httpx.Client, csrf: str) -> None:
    """The township's bonuses: eleven villages in 3 5 3, worked out by the agent; the rewards of an inspection are posted."""
    runs = f"/api/v1/townships/{TOWNSHIP}/runs"
    rewards, tiers = sorted(client.get(runs).json()["items"], key=lambda run: run["kind"])
    assert (rewards["state"], rewards["total"]) == ("posted", "2500.00")
    due = client.get(f"/api/v1/townships/{TOWNSHIP}/awards").json()["rewards"]
    assert sorted(one["amount"] for one in due) == ["0.00"] * 3 + [f"{yuan}00.00" for yuan in (3, 4, 5, 6, 7)]
    assert sum(one["deducted"] == "1000.00" for one in due) == 3
    assert (tiers["state"], tiers["resolution"]) == ("on_notice", "龙政发〔2026〕3号")
    run = client.get(f"{runs}/{tiers['id']}").json()
    over = run["village_tiers"]
    assert (over["counts"], over["pool"], len(over["villages"])) == ([3, 5, 3], "220000.00", 11)
    approved = client.post(
        f"{runs}/{tiers['id']}/approve",
        json={},
        headers={
            "X-CSRF-Token": csrf,
            "Idempotency-Key": "approve-tiers",
            "If-Match": f'"{run["digest"]}"',
        },
    )
    assert (approved.status_code, approved.json().get("state")) == (200, "approved")


def gets_in_with_its_card(client: httpx.Client, login: dict[str, Any]) -> None:
    """The card's address has number and code filled in; a PIN is set with it, once."""
    form = client.get(login["card"]).text
    assert login["login"] in form
    assert login["password"] in form
    book = re.search(r'name="book" value="([^"]+)"', form)
    assert book
    given = {
        "book": book[1],
        "household": login["login"],
        "code": login["password"],
        "pin": "2580",
        "again": "2580",
    }
    page = client.post("/card/pin", data=given, follow_redirects=True)
    assert page.status_code == 200
    assert login["name"] in page.text
    assert "公示" in page.text, "its line is on notice or approved, not still to be worked out"
    assert page.url.path.endswith(f"/households/{login['login']}")


@pytest.fixture
def demo(lianjian: Lianjian, monkeypatch: pytest.MonkeyPatch) -> Lianjian:
    """Runs a command with the settings of a real house around it."""
    monkeypatch.setenv("LIANJIAN_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    return lianjian


def test_it_is_kept_on_a_second_start_and_begun_anew_when_asked(
    demo: Lianjian, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = demo("demo", "--no-serve")
    assert first.status == 0
    before = logins(home)
    assert all(login["password"] in first.out for login in before.values())
    assert before["township_officer"]["totp_key"] in first.out
    again = demo("demo", "--no-serve")
    assert (again.status, logins(home)) == (0, before)
    assert "Taking in" not in again.out
    anew = demo("demo", "--reset", "--no-serve")
    assert anew.status == 0
    assert logins(home).keys() == before.keys()
    assert {login["password"] for login in logins(home).values()}.isdisjoint(
        login["password"] for login in before.values()
    )
    monkeypatch.delenv("LIANJIAN_DATABASE_URL")
    monkeypatch.setenv("LIANJIAN_HOME", str(home / "demo"))
    assert demo("check").status == 0
    work_is_waiting(demo, tmp_path)


def work_is_waiting(demo: Lianjian, tmp_path: Path) -> None:
    """Vouchers to review, to post and to finish, each prepared and reviewed by somebody of the house."""
    assert demo("export", "龙坪合作社", "--to", "json", tmp_path / "book.json").status == 0
    book = json.loads((tmp_path / "book.json").read_text())
    waiting = [voucher["state"] for voucher in book["vouchers"] if voucher["state"] != "posted"]
    assert sorted(waiting) == ["draft", "draft", "reviewed", "reviewed", "sketch"]
    people = {
        role: {book["people"][str(voucher[role])] for voucher in book["vouchers"] if voucher[role]}
        for role in ("prepared_by", "reviewed_by", "posted_by")
    }
    assert people == {
        "prepared_by": {"唐荣林"},
        "reviewed_by": {"黄凤民", "蒙丽华"},
        "posted_by": {"韦代芳"},
    }, "of every voucher a person, as on paper; nobody's voucher is posted by the operating system's user"
