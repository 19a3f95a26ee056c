"""Runs over HTTP: a program previews, hands in, publishes; the officer approves what she saw; papers hang on the run."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection

from ledger.evidence import queries as evidence
from payouts.runs import actions as runs
from schemas.runs import RunKind
from tests.builders import ACCOUNTANT, a_house
from tests.handover import pack_of, take_in
from tests.people import with_token
from tests.running import application
from tests.runs.years import posted, settled
from web.settings import settings_from

if TYPE_CHECKING:
    from tests.conftest import Databases

BOOK, VILLAGE = "qingshuihezuoshe", "450000101200"
RUNS = f"/books/{BOOK}/runs"
RUN = f"{RUNS}/{BOOK}.dividend.2025.1"
SCAN = b"%PDF-1.7 resolution 2026-02"
PEOPLE = {
    "accountant": ("accountant", f"book:{BOOK}"),
    "chair": ("chair", f"book:{BOOK}"),
    "officer": ("township_officer", "house"),
    "stranger": ("accountant", f"book:{VILLAGE}"),
    "second": ("reviewer", f"book:{VILLAGE}"),
}
FIRST = date(2026, 2, 2)


class Service:
    """The service on a day of one's choice, and calls of it as somebody."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        self.keys = 0

    def call(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Call an address below ``/api/v1``."""
        self.keys += 1
        headers = {"Authorization": f"Bearer token-of-{who}", "Accept-Language": "en"}
        headers |= {"Idempotency-Key": f"k{self.keys}"} | dict(more.pop("headers", {}))
        response: httpx.Response = self.client.request(method, f"/api/v1{path}", headers=headers, **more)
        return response

    def get(self, who: str, path: str) -> Any:
        """The answer to a question that is answered."""
        response = self.call(who, "GET", path)
        assert response.status_code == httpx.codes.OK, response.text
        return response.json()

    def do(self, who: str, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        """The answer to an act that is done."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.call(who, "POST", path, json=dict(body or {}), headers=named)
        assert response.is_success, response.text
        return response.json()

    def refused(
        self, who: str, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> tuple[int, list[str]]:
        """Status and codes of an act that is refused."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.call(who, "POST", path, json=dict(body or {}), headers=named)
        return response.status_code, [one["code"] for one in response.json()["errors"]]

    def attach(self, document: str = "assembly") -> str:
        """The digest of a scan the accountant hung on the run."""
        response = self.call(
            "accountant",
            "POST",
            f"{RUN}/documents?name=决议.pdf&document={document}",
            content=SCAN,
            headers={"Content-Type": "application/pdf"},
        )
        assert response.status_code == httpx.codes.CREATED, response.text
        return str(response.json()["items"][0]["sha256"])


def _furnish(db: Connection) -> None:
    a_house(db)
    take_in(db, pack_of("clean-small"))
    settled(db, BOOK, 2025)
    posted(db, BOOK, RunKind.COMMISSION, 2025)
    at = datetime(2026, 2, 1, 4, tzinfo=UTC)
    for name, (role, scope) in PEOPLE.items():
        with_token(db, name, role, scope, at=at)


@pytest.fixture(scope="session")
def furnished(databases: "Databases", db_kind: str) -> str:
    return databases.model("runs", db_kind, _furnish)


@pytest.fixture
def service(furnished: str, databases: "Databases", db_kind: str, tmp_path: Path) -> Iterator[Service]:
    url = databases.copy(furnished, db_kind)
    settings = settings_from({"LIANJIAN_DATABASE_URL": url}, home=tmp_path / "house")
    with application(settings) as app, TestClient(app, raise_server_exceptions=False) as client:
        yield Service(client)
    databases.drop(url)


def test_a_preview_shows_everything_and_keeps_nothing(service: Service) -> None:
    seen = service.do("accountant", f"{RUNS}?dry_run=true", {"kind": "dividend", "year": 2025})
    assert (seen["id"], seen["closing"]["distributed"], seen["floor"]["reached"]) == (None, "25992.91", True)
    assert seen["lines"]["Q0001"] == {"patronage": "0.00", "other": "5682.37", "total": "5682.37"}
    assert [leg["amount"] for leg in seen["legs"]] == ["7797.87", "7797.87", "10397.17"]
    assert [one["kind"] for one in service.get("accountant", RUNS)["items"]] == ["commission"]
    kept = service.do("accountant", RUNS, {"kind": "dividend", "year": 2025}, If_Preview_Match=seen["digest"])
    assert (kept["digest"], kept["state"], kept["lines"]) == (seen["digest"], "draft", None)


def test_a_preview_that_moved_is_refused(service: Service) -> None:
    wanted = {"kind": "dividend", "year": 2025}
    assert service.refused("accountant", RUNS, wanted, If_Preview_Match="0" * 64) == (
        412,
        ["preview_must_still_hold"],
    )


def _drafted(service: Service) -> None:
    """A draft of the second of February, made behind HTTP, which knows today only."""

    def act(db: Connection) -> None:
        runs.new(
            db,
            book=BOOK,
            kind=RunKind.DIVIDEND,
            year=2025,
            by=ACCOUNTANT,
            on=FIRST,
            at=datetime(2026, 2, 2, 4, tzinfo=UTC),
        )

    state: Any = service.client.app.state
    state.writer.do_now(act, book=BOOK)


def test_from_draft_to_voucher(service: Service) -> None:
    _drafted(service)
    sha256 = service.attach()
    seen = service.get("accountant", RUN)
    assert [one["sha256"] for one in seen["documents"]] == [sha256]
    first, over = {"on": "2026-02-02"}, {"on": "2026-02-12"}
    submitted = service.do(
        "accountant", f"{RUN}/submit", {"resolution": "2026-02", **first}, If_Match=f'"{seen["version"]}"'
    )
    assert (submitted["state"], submitted["digest"]) == ("submitted", seen["digest"])
    published = service.do("chair", f"{RUN}/publish", first)
    assert published["notice_ends"] == "2026-02-11"
    assert service.refused("officer", f"{RUN}/approve", {"on": "2026-02-11"}) == (
        422,
        ["notice_must_be_over"],
    )
    assert service.refused("officer", f"{RUN}/approve", over, If_Match=f'"{"0" * 64}"') == (
        412,
        ["digest_must_be_as_seen"],
    )
    assert service.refused("officer", f"{RUN}/approve", over, If_Match='"1"') == (
        412,
        ["run_must_be_as_seen"],
    )
    tried = service.do("officer", f"{RUN}/approve?dry_run=true", over, If_Match=f'"{published["digest"]}"')
    assert (tried["state"], tried["digest"]) == ("approved", published["digest"])
    assert service.get("officer", RUN)["state"] == "on_notice"
    service.do("officer", f"{RUN}/approve", over, If_Match=f'"{published["digest"]}"')
    done = service.do("accountant", f"{RUN}/post", over)
    assert (done["state"], len(done["vouchers"]), done["next_steps"]) == ("posted", 3, ["revert"])
    assert [act["step"] for act in done["acts"]] == ["new", "submit", "publish", "approve", "post"]


def test_the_same_key_submits_once(service: Service) -> None:
    service.do("accountant", RUNS, {"kind": "dividend", "year": 2025})
    sent = {"json": {"resolution": "2026-02"}, "headers": {"Idempotency-Key": "once"}}
    first = service.call("accountant", "POST", f"{RUN}/submit", **sent)
    again = service.call("accountant", "POST", f"{RUN}/submit", **sent)
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")


def test_lines_come_in_pages_and_explain_themselves(service: Service) -> None:
    service.do("accountant", RUNS, {"kind": "dividend", "year": 2025})
    whole = service.get("accountant", RUN)
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = service.get("accountant", f"{RUN}/lines?limit=7&after={after}")
        found += page["items"]
        after = page["next"]
    assert {(one["payee"], str(one["leg"])): one["amount"] for one in found} == {
        (member, leg["no"]): line["amount"] for leg in whole["legs"] for member, line in leg["lines"].items()
    }
    (line,) = (one for one in found if (one["payee"], one["leg"]) == ("Q0002", 2))
    numerator, _, denominator = line["quotient"].partition("/")
    exact = int(numerator) * 100 / int(denominator or 1)
    assert abs(exact - float(line["amount"]) * 100) < 1
    assert {one["payee"] for one in service.get("accountant", f"{RUN}/lines?member=Q0002")["items"]} == {
        "Q0002"
    }
    assert service.get("accountant", f"{RUN}?lines=false")["lines"] is None


def test_a_commission_line_explains_itself(service: Service) -> None:
    run = f"{RUNS}/{BOOK}.commission.2025.1"
    managers = service.get("accountant", run)["managers"]
    for line in service.get("accountant", f"{run}/lines")["items"]:
        manager = managers[line["payee"]]
        assert (line["leg_amount"], line["amount"]) == (manager["commission_due"], manager["commission_paid"])


def test_papers_are_served_to_those_who_see_the_book(service: Service) -> None:
    service.do("accountant", RUNS, {"kind": "dividend", "year": 2025})
    sha256 = service.attach()
    assert service.attach() == sha256
    assert service.call("officer", "GET", f"{RUN}/documents/{sha256}").content == SCAN
    assert service.call("officer", "GET", f"{RUN}/documents/{'0' * 64}").status_code == httpx.codes.NOT_FOUND
    assert service.call("stranger", "GET", f"{RUN}/documents/{sha256}").status_code == httpx.codes.NOT_FOUND
    state: Any = service.client.app.state
    with state.readers.connect() as db:
        assert sha256 in evidence.digests_relied_on(db)
    named = {"documents": [{"sha256": sha256, "document": "assembly", "name": "决议.pdf"}]}
    assert service.do("accountant", f"{RUN}/submit", named)["documents"][0]["sha256"] == sha256


REFUSALS: tuple[tuple[str, str, dict[str, Any], int, list[str]], ...] = (
    ("accountant", "submit", {"on": "2999-01-01"}, 422, ["day_must_have_come"]),
    ("accountant", "submit", {"on": "2026-02-01"}, 409, ["step_must_not_precede"]),
    ("accountant", "submit", {"documents": [{"sha256": "0" * 64, "document": "chair", "name": "x"}]}, 422,
     ["paper_must_be_known"]),
    ("accountant", "publish", {}, 409, ["step_must_follow"]),
    ("officer", "approve", {}, 409, ["step_must_follow"]),
    ("officer", "return", {}, 400, ["field_must_be_given"]),
    ("officer", "submit", {}, 403, ["deed_must_be_allowed"]),
    ("chair", "approve", {}, 403, ["deed_must_be_allowed"]),
    ("accountant", "approve", {}, 403, ["deed_must_be_allowed"]),
    ("stranger", "submit", {}, 404, ["book_must_exist"]),
)  # fmt: skip


@pytest.mark.parametrize(("who", "step", "body", "status", "codes"), REFUSALS)
def test_a_refusal(
    service: Service, who: str, step: str, body: dict[str, Any], status: int, codes: list[str]
) -> None:
    service.do("accountant", RUNS, {"kind": "dividend", "year": 2025})
    assert service.refused(who, f"{RUN}/{step}", body) == (status, codes)


def test_another_books_run_is_not_there(service: Service) -> None:
    path = f"{RUNS}/other.dividend.2025.1"
    assert service.call("accountant", "GET", path).status_code == httpx.codes.NOT_FOUND


def test_an_order_pays_what_is_owed_and_says_what_is_withheld(service: Service) -> None:
    order = {
        "through": "2025-12",
        "lines": [
            {"member": "Q0002", "paying": "200.00", "withheld": "6.00"},
            {"member": "Q0004", "paying": "270.00"},
        ],
    }
    wanted = {"kind": "labour", "year": 2025, "order": order}
    seen = service.do("accountant", f"{RUNS}?dry_run=true", wanted)
    assert (seen["total"], seen["policy_version"], seen["order"]["tax"]) == ("470.00", None, "个人所得税")
    assert seen["order"]["lines"][0] == {
        "member": "Q0002",
        "name": "卢兰芳",
        "account": "213",
        "person": None,
        "owed": "225.00",
        "gross": "200.00",
        "withheld": "6.00",
        "net": "194.00",
    }
    kept = service.do("accountant", RUNS, wanted, If_Preview_Match=seen["digest"])
    assert (kept["id"], kept["state"], kept["order"]["net"]) == (f"{BOOK}.labour.2025.1", "draft", "464.00")
    assert service.refused("accountant", RUNS, wanted) == (409, ["order_must_be_the_only_open"])
    items = service.get("accountant", f"{RUNS}/{kept['id']}/lines")["items"]
    assert [(one["payee"], one["weight"], one["amount"], one["withheld"]) for one in items] == [
        ("Q0002", 22500, "200.00", "6.00"),
        ("Q0004", 27000, "270.00", "0.00"),
    ]
    order["lines"][1]["paying"] = "270.01"  # type: ignore[index]
    assert service.refused("accountant", RUNS, {"kind": "rent", "year": 2025, "order": order}) == (
        422,
        ["paying_must_be_owed", "paying_must_be_owed"],
    )
    assert service.refused("accountant", RUNS, {"kind": "dividend", "year": 2025, "order": order}) == (
        422,
        ["choice_must_be_of_an_order"],
    )
    assert service.refused("stranger", RUNS, wanted)[0] == 404


def test_an_order_without_a_choice_pays_everything_that_is_owed_by_now(service: Service) -> None:
    seen = service.do("accountant", f"{RUNS}?dry_run=true", {"kind": "labour", "year": 2025})
    assert [(one["member"], one["gross"]) for one in seen["order"]["lines"]] == [
        ("Q0002", "225.00"),
        ("Q0004", "270.00"),
        ("Q0005", "270.00"),
        ("Q0010", "135.00"),
        ("Q0011", "135.00"),
        ("Q0012", "180.00"),
    ]
    assert (seen["order"]["through"], seen["order"]["tax"]) == ("2025-12", None)


def test_a_collective_registers_its_members_and_owes_them_no_bonus_yet(service: Service) -> None:
    at = f"/books/{VILLAGE}"
    cash = {"kind": "cash", "on": "2026-02-02", "member": "M0001", "amount": "5.00", "resolution": "1号"}
    assert service.refused("stranger", f"{at}/share-movements", cash) == (409, ["book_must_keep_a_register"])
    member = {
        "on": "2026-02-02",
        "number": "M0001",
        "name": "黎德",
        "household": "H0001",
        "identity": "450000198801239872",
        "bank_account": "6222000007538161117",
        "account_kind": "card",
    }
    wrong = {**member, "identity": "450000198801239873"}
    assert service.refused("stranger", f"{at}/members", wrong) == (422, ["identity_must_be_valid"])
    asked = service.do("stranger", f"{at}/members", member)
    assert (asked["state"], asked["act"]["identity"]) == ("waiting", "450000********9872")
    act = f"{at}/share-movements/{asked['request']}/confirm"
    assert service.do("second", act)["state"] == "done"
    assert service.get("stranger", f"{at}/members/M0001")["name"] == "黎德"
    order = {"kind": "instalment", "year": 2026, "order": {"through": "2026-02"}}
    assert service.refused("stranger", f"{at}/runs", order) == (422, ["order_must_pay_something"])
    order["order"]["lines"] = [{"member": "M0001", "paying": "5.00", "person": "黎美华"}]  # type: ignore[index]
    assert service.refused("stranger", f"{at}/runs", order) == (422, ["paying_must_be_owed"])
    order["year"] = 2025
    order.pop("order")
    assert service.refused("accountant", RUNS, order) == (422, ["payable_must_be_kept"])
