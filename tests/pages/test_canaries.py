"""No identity, account or telephone number leaves the service in clear but to whom the table of deeds shows it, with an
entry of the log for each time: every route is asked as every role, as households and as nobody, over a house whose fields
and free texts are full of such numbers; so are its log, its findings, what commands print, and the bytes it keeps.
"""

import logging
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Connection, select

import migrations
from coop.access.rules import DEEDS
from coop.members import queries as members
from schemas.access import Deed, Role
from schemas.members import SecretField
from tests.builders import a_house
from tests.conftest import Databases
from tests.handover import PACKS, take_in
from tests.pages.canaries import (
    CARD,
    CITIZEN,
    CITIZEN_X,
    FORMS,
    HEIR,
    TYPED,
    canary_pack,
    leaks,
    make_canary_house,
    sealed_numbers,
)
from tests.pages.conftest import BOOK, PEOPLE, VILLAGE, Reader, settings_of
from tests.pages.told import Door
from tests.running import application
from web.api import terms
from web.api.route import Nothing, Upload
from web.api.routes import ROUTES
from web.auth.guards import routes_with_deeds
from web.cli.exports import FORMATS
from web.cli.main import main
from web.imports import take
from web.serve import MaskedLines
from web.settings import Settings

AT = f"/books/{BOOK}"
API = f"/api/v1/books/{BOOK}"
RUN = f"{BOOK}.dividend.2025.1"
HOUSEHOLDS = ("HQ001", "HQ009")


@pytest.fixture(scope="module")
def canary_model(databases: Databases) -> Path:
    return databases.folder("canaries", make_canary_house)


@pytest.fixture(scope="module")
def wanted(canary_model: Path) -> tuple[str, ...]:
    """Every number that may not be seen: those under seal, and those of the free texts."""
    pack = take.read(canary_model / "canaries.zip").pack
    assert pack is not None
    return (*sealed_numbers(pack), *HEIR, *TYPED)


@pytest.fixture(scope="module")
def canary_house(canary_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("canaries")
    shutil.copytree(canary_model, folder, dirs_exist_ok=True)
    return settings_of(folder / "house")


@pytest.fixture(scope="module")
def door(canary_house: Settings) -> Iterator[Door]:
    with application(canary_house) as app, TestClient(app, raise_server_exceptions=False) as client:
        yield Door(client)


@pytest.fixture(scope="module")
def everybody(door: Door) -> Mapping[str, Reader]:
    """A client for each role, for two households, and for nobody."""
    return {
        **{name: door.of(name) for name in PEOPLE if name != "农家"},
        **{number: door.household(number) for number in HOUSEHOLDS},
        "nobody": door.stranger,
    }


# What is asked for


EXPORTS = (
    "trial-balance.xlsx", "trial-balance.csv", "trial-balance.pdf", "ledger.xlsx?account=102", "ledger.csv?account=301",
    "ledger.pdf?account=213", "general-ledger.xlsx", "general-ledger.pdf?account=102", "quantities.csv?account=141",
    "vouchers.xlsx", "vouchers.csv", "vouchers.pdf", "chart.csv", "log.xlsx", "log.csv", "log.pdf",
    "bank-reconciliation.xlsx", f"run.xlsx?run={RUN}", f"run.csv?run={RUN}", f"run.pdf?run={RUN}",
    f"run-notice.pdf?run={RUN}", f"run-notice.csv?run={RUN}", "book.xlsx", "voucher.pdf?id=1&id=2&id=3&id=4&id=5",
    "balance-sheet.xlsx", "surplus.pdf", "equity.xlsx",
)  # fmt: skip
REGISTER_FORMS = ("cash", "joining", "heir", "payee", "leaving", "death", "transfer", "withdrawal")


def parts_of_paths(door: Door) -> Mapping[str, Sequence[str]]:
    """What to put for each part of a path: things that are there, those with a canary among them."""
    accountant = door.of("覃会计")

    def listed(path: str, field: str, most: int = 2) -> tuple[str, ...]:
        items = accountant.get(path).json()["items"]
        return tuple(str(one[field]) for one in items[:most])

    vouchers = listed(f"{API}/vouchers?limit=40", "id", 30)
    papers = re.findall(
        r"/files/([0-9a-f]{64})", "".join(accountant.get(f"{AT}/vouchers/{one}").text for one in vouchers)
    )
    return {
        "book": (BOOK, VILLAGE),
        "voucher": vouchers[:10],
        "code": ("102", "301", "213"),
        "account": ("102",),
        "period": ("2025-05", "2025-12"),
        "year": ("2025",),
        "form": ("balance-sheet", "surplus", "equity"),
        "line": ("1",),
        "member": ("Q0002", "Q0003", "Q0004", "Q0009", "Q0010"),
        "payee": ("Q0002", "Q0009"),
        "household": (*HOUSEHOLDS, "HQ002"),
        "act": ("1", "2", "3", "4"),
        "kind": REGISTER_FORMS,
        "tag": listed(f"{API}/animals", "ear_tag"),
        "ear_tag": listed(f"{API}/animals", "ear_tag"),
        "run": (RUN, f"{BOOK}.commission.2025.1"),
        "version": ("1",),
        "batch": ("1", "2"),
        "number": ("1", "2"),
        "person": tuple(str(number) for number in range(1, 6)),
        "digest": papers[:1],
        "sha256": papers[:1],
        "file": EXPORTS,
        "card": ("1",),
        "name": ("app.css",),
        "township": ("450000101",),
        "parcel": (handed_in(door),),
    }


def handed_in(door: Door) -> str:
    """The pack on the accountant's import desk once more, read and tried out."""
    accountant = door.of("覃会计")
    page = accountant.send(
        accountant.get("/import"), "/import", files=("canaries.zip", canary_pack(), "application/zip")
    )
    parcel = page.url.path.rpartition("/")[2]
    for _ in range(200):
        if "aria-busy" not in accountant.get(f"/import/{parcel}").text:
            break
    return parcel


def addresses(door: Door, template: str, parts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Real addresses of a route."""
    names = re.findall(r"{(\w+):\w+}", template)
    alone = names == ["book"]
    choices = [parts.get(name, ("1",)) if name != "book" or alone else (BOOK,) for name in names]
    for values in product(*choices):
        path = template
        for name, value in zip(names, values, strict=True):
            path = path.replace(f"{{{name}:str}}", value)
        yield path


ASKED_WITH: Mapping[str, str] = {
    "/api/v1/books/{book:str}/statements/balance-sheet": "year=2025",
    "/api/v1/books/{book:str}/statements/surplus": "year=2025",
    "/api/v1/books/{book:str}/statements/equity": "year=2025",
    "/api/v1/books/{book:str}/cash-days": "month=2025-05",
    "/api/v1/books/{book:str}/members/{member:str}/account": "year=2025",
    "/api/v1/books/{book:str}/work-days": "month=2025-05",
    "/api/v1/books/{book:str}/work-days/vouchers": "month=2025-05",
    "/api/v1/books/{book:str}/trades": "month=2025-05",
    "/api/v1/books/{book:str}/policies/{year:str}/compare": "with=1",
    "/api/v1/books/{book:str}/managers": "year=2025",
    "/api/v1/books/{book:str}/ballots": "year=2025",
    "/api/v1/books/{book:str}/raters": "year=2025",
    "/api/v1/books/{book:str}/rating": "year=2025",
    "/api/v1/books/{book:str}/scores": "year=2025",
}
"""What stands behind the question mark where an address needs it to be answered."""

NOT_ANSWERED: Mapping[str, str] = {
    "/notices/{run:str}": "no run is on notice in a year that is paid out; tests/pages/test_household.py reads one",
    "/verify/{code:str}": "a code is shown by the page that carries it; asked for with canaries below",
    "/verify/{code:str}/qr.svg": "a picture of an address",
    "/api/v1/books/{book:str}/assets/{card:str}": "the pack has no cards",
    "/books/{book:str}/assets/cards/{card:str}": "the pack has no cards",
    "/api/v1/books/{book:str}/policies/{year:str}/{version:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/books/{book:str}/procedure/{year:str}/{version:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/books/{book:str}/runs/{run:str}/documents/{sha256:str}": "a scan as it was handed in",
    "/api/v1/books/{book:str}/ballots/scans/{sha256:str}": "a scan as it was handed in",
    "/books/{book:str}/policies/{year:str}/{version:str}/papers/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/procedure/{year:str}/{version:str}/papers/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/runs/{run:str}/documents/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/scores/ballots/{year:str}/scans/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/herd/{tag:str}/proofs/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/households/{household:str}/papers/{run:str}/{digest:str}": "a scan as it was handed in",
    "/books/{book:str}/member-accounts.pdf": "drawn up on demand; each member's own is asked for",
    "/books/{book:str}/member-accounts.xlsx": "drawn up on demand; each member's own is asked for",
    "/books/{book:str}/households/statements.pdf": "drawn up on demand; each household's own is asked for",
    "/api/v1/townships/{township:str}/policies/bonus/{year:str}/{version:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/townships/{township:str}/policies/rewards/{year:str}/{version:str}": "the pack has no scheme of rewards",
    "/api/v1/townships/{township:str}/policies/rewards/{year:str}/{version:str}/papers/{sha256:str}": "a scan as it was handed in",
    "/api/v1/townships/{township:str}/policies/rewards/{year:str}/{version:str}/standings/{when:str}": "the pack has no scheme of rewards",
    "/api/v1/townships/{township:str}/policies/rewards/{year:str}/{version:str}/standings/{when:str}/orders/{sha256:str}": "a scan as it was handed in",
    "/api/v1/townships/{township:str}/runs/{run:str}": "no run of the township is in this house",
    "/api/v1/townships/{township:str}/runs/{run:str}/documents": "no run of the township is in this house",
    "/api/v1/townships/{township:str}/runs/{run:str}/documents/{sha256:str}": "a scan as it was handed in",
    "/api/v1/townships/{township:str}/runs/{run:str}/lines": "no run of the township is in this house",
    "/api/v1/townships/{township:str}/tie-orders/{sha256:str}": "a scan as it was handed in",
    "/api/v1/webhooks/{webhook:str}": "nobody subscribed in this house",
    "/api/v1/webhooks/{webhook:str}/books": "nobody subscribed in this house",
    "/api/v1/webhooks/{webhook:str}/deliveries": "nobody subscribed in this house",
}
"""Routes that have nothing to answer in this house, and why that hides nothing. They are asked all the same."""

IN_FULL: Mapping[str, tuple[Deed, str]] = {
    "/api/v1/books/{book:str}/batches/{batch:str}/file": (Deed.TAKE_BATCH_FILE, "batch.file"),
}
"""Routes that show numbers in full: by which deed, and the act of the log that says so each time."""


def who_may(deed: Deed) -> frozenset[str]:
    """The clients of ``everybody`` the table of deeds allows this."""
    return frozenset(name for name, (role, _) in PEOPLE.items() if deed in DEEDS[Role(role)])


def test_no_route_shows_a_number_to_anybody_but_whom_the_table_allows(
    door: Door, everybody: Mapping[str, Reader], wanted: tuple[str, ...]
) -> None:
    parts = parts_of_paths(door)
    shown: dict[str, list[str]] = {}
    empty = []
    opened = 0
    for method, template, _ in routes_with_deeds(door.app):
        if method != "GET":
            continue
        statuses = set()
        for path in addresses(door, template, parts):
            asked = f"{path}?{ASKED_WITH[template]}" if template in ASKED_WITH else path
            for who, reader in everybody.items():
                answer = reader.get(asked)
                statuses.add(answer.status_code)
                if not leaks(answer.content + str(answer.headers).encode(), wanted):
                    continue
                if template in IN_FULL and who in who_may(IN_FULL[template][0]):
                    opened += 1
                    assert answer.headers["cache-control"] == "no-store"
                else:
                    shown.setdefault(template, []).append(f"{who} {path}")
        if 200 not in statuses:
            empty.append(template)
    assert shown == {}
    unsaid = sorted(set(empty) - set(NOT_ANSWERED))
    assert not unsaid, "\n".join(["say what these answer, or why they answer nothing:", *unsaid])
    entries = door.of("覃会计").get(f"{API}/log?act=batch.file").json()["items"]
    assert len(entries) == opened > 0


# What is sent in


def test_a_search_for_a_number_and_an_address_with_one_say_it_to_nobody(
    door: Door, everybody: Mapping[str, Reader]
) -> None:
    """Numbers in queries and paths, known and unknown ones: neither pages nor refusals repeat them."""
    shown = []
    forms = (CITIZEN, "６２２２００９８７６５４３２１００１２", "139 7766 5544")
    names = ("text", "detail", "member", "name", "q", "payee", "account", "next", "product", "code", "after")
    for method, template, _ in routes_with_deeds(door.app):
        if method != "GET":
            continue
        path = re.sub(r"{book:\w+}", BOOK, template)
        for form in forms:
            asked = [
                (re.sub(r"{\w+:\w+}", form, path), {}),
                (re.sub(r"{\w+:\w+}", "1", path), dict.fromkeys(names, form)),
            ]
            asked += [(re.sub(r"{\w+:\w+}", "1", path), {name: form}) for name in names if "{" not in path]
            for address, query in asked:
                for who in ("覃会计", "nobody"):
                    answer = everybody[who].get(address, params=query or None, follow_redirects=False)
                    if leaks(answer.content, TYPED):
                        shown.append(f"{who} {answer.status_code} {address} {query}")
    assert not shown, "\n".join(shown)


def texts_in(example: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the texts of a JSON value stand; amounts are none."""
    if isinstance(example, str):
        if not re.fullmatch(r"-?[0-9]+\.[0-9]{1,2}", example):
            yield at
    elif isinstance(example, dict):
        for name, value in example.items():
            yield from texts_in(value, (*at, name))
    elif isinstance(example, list):
        for place, value in enumerate(example[:2]):
            yield from texts_in(value, (*at, place))


def with_text(example: Any, at: tuple[str | int, ...], text: str) -> Any:
    """The value with another text there."""
    if not at:
        return text
    first, *rest = at
    changed = example.copy()
    changed[first] = with_text(example[first], tuple(rest), text)
    return changed


def one_who_may(everybody: Mapping[str, Reader], deed: Deed | None) -> Reader:
    """Somebody the table allows this, or nobody in particular."""
    if deed is None:
        return everybody["nobody"]
    return everybody[
        next((name for name in PEOPLE if name in everybody and deed in DEEDS[Role(PEOPLE[name][0])]), "HQ001")
    ]


def csrf_of(reader: Reader) -> str:
    """The word of a session."""
    found = re.search(r'name="csrf" value="([^"]+)"', reader.get("/me").text + reader.get("/").text)
    return found[1] if found else ""


def concrete(template: str) -> str:
    """One address of a route."""
    known = {"book": BOOK, "run": RUN, "member": "Q0002", "household": "HQ001", "period": "2026-01", "year": "2025",
             "code": "102", "account": "102", "kind": "cash", "township": "450000101"}  # fmt: skip
    return re.sub(r"{(\w+):\w+}", lambda found: known.get(found[1], "1"), template)


def test_no_act_of_the_api_keeps_or_repeats_a_number_in_a_text(
    door: Door, everybody: Mapping[str, Reader]
) -> None:
    """Each text of each example of each route, one after the other, holds a canary: none is taken, but where the field is
    sealed, and no answer says it again."""
    words: dict[str, str] = {}
    forms = iter(FORMS * 200)
    told, taken, keys = [], [], count()
    for route in ROUTES:
        if route.content in {Nothing, Upload} or route.method == "GET":
            continue
        reader = one_who_may(everybody, route.deed)
        word = words.setdefault(str(id(reader)), csrf_of(reader))
        path = concrete(re.sub(r"{(\w+)}", r"{\1:str}", f"/api/v1{route.path}"))
        for at in texts_in(terms.EXAMPLES[route.name]):
            if at[-1] in SECRETS:
                continue
            text = next(forms)
            answer = reader.client.request(
                route.method,
                path,
                json=with_text(terms.EXAMPLES[route.name], at, text),
                headers={
                    "X-CSRF-Token": word,
                    "Idempotency-Key": f"{route.name}-{next(keys)}",
                    "If-Match": "*",
                },
            )
            if leaks(answer.content, TYPED):
                told.append(f"{route.name} {at} {answer.status_code}")
            if answer.is_success and at[-1] not in SEALED_FIELDS:
                taken.append(f"{route.name} {at} {answer.status_code}")
    assert not told, "\n".join(told)
    assert not taken, "\n".join(taken)


SEALED_FIELDS = {"identity", "phone", "bank_account", "note"}
"""Fields of the examples that are kept under seal."""
SECRETS = {"old", "new", "password"}
"""Fields of which only a hash is kept, if they are right."""
NAMES_OF_FIELDS = (
    "reason", "text", "note", "name", "summary", "resolution", "lines-0-summary", "lines-0-detail", "said", "word-1",
    "answer", "person_name", "short_name", "detail", "product", "products", "leg-0-name", "payees", "code-name",
)  # fmt: skip


SHOWN_AGAIN = {
    "/books/{book:str}/members/{member:str}/edit": Deed.UNMASK_IDENTITY,
    "/books/{book:str}/register/new/{kind:str}": Deed.UNMASK_IDENTITY,
}
"""Forms whose note 备注 is kept under seal: refused for something else, they come back as they were typed, to whoever typed
them, who may see such numbers in full."""


def test_forms_that_come_back_as_typed_are_for_those_who_may_see_numbers_in_full(door: Door) -> None:
    deeds = {template: deed for method, template, deed in routes_with_deeds(door.app) if method == "POST"}
    for template, needed in SHOWN_AGAIN.items():
        deed = deeds[template]
        assert deed is not None
        assert who_may(deed) <= who_may(needed)


def test_no_form_keeps_or_repeats_a_number_in_a_text(door: Door, everybody: Mapping[str, Reader]) -> None:
    told, taken = [], []
    forms = iter(FORMS * 200)
    for method, template, deed in routes_with_deeds(door.app):
        if method != "POST" or template.startswith("/api/"):
            continue
        reader = one_who_may(everybody, deed)
        text = next(forms)
        answer = reader.client.post(
            concrete(template),
            data=dict.fromkeys(NAMES_OF_FIELDS, f"字{text}字") | {"csrf": csrf_of(reader), "step": "send"},
            headers={"Accept": "text/html"},
            follow_redirects=False,
        )
        if leaks(answer.content, TYPED) and template not in SHOWN_AGAIN:
            told.append(f"{template} {answer.status_code} {text}")
        if deed is not None and answer.status_code < 400:
            taken.append(f"{template} {answer.status_code} {text}")
    assert not told, "\n".join(told)
    assert not taken, "\n".join(taken)


# What lies below


def everything_kept(db: Connection) -> Iterator[bytes]:
    """Every value of every row of the house."""
    for table in migrations.metadata().tables.values():
        for row in db.execute(select(table)):
            yield from (
                value if isinstance(value, bytes) else str(value).encode()
                for value in row
                if value is not None
            )


def test_what_lies_in_the_database_is_under_seal(db: Connection) -> None:
    """On both databases: fields, free texts, the log and its chain."""
    with NamedTemporaryFile(suffix=".zip") as file:
        Path(file.name).write_bytes(canary_pack())
        pack = take.read(Path(file.name)).pack
    assert pack is not None
    a_house(db)
    take_in(db, pack)
    numbers = (*sealed_numbers(pack), *HEIR, *TYPED)
    assert leaks(b"\n".join(everything_kept(db)), numbers) == set()
    assert members.secret_digests(db, book=BOOK)[("Q0003", SecretField.IDENTITY)] != ""


def test_the_files_of_a_house_and_its_backup_hold_no_number(
    door: Door,
    canary_house: Settings,
    wanted: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After everything above was tried: the bytes of the database with its journal, and what the commands give out."""
    files = [path for path in canary_house.home.rglob("*") if path.is_file() and "evidence" not in path.parts]
    assert any(path.suffix == ".sqlite" for path in files)
    for path in files:
        assert leaks(path.read_bytes(), wanted) == set(), path.name


def test_what_commands_print_and_write_holds_no_number(
    canary_model: Path,
    wanted: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(canary_model, tmp_path, dirs_exist_ok=True)
    for name in ("LIANJIAN_DATABASE_URL", "LIANJIAN_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIANJIAN_HOME", str(tmp_path / "house"))

    def run(*words: str | Path) -> int:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return int(ended.value.code or 0)

    exports = [("export", BOOK, tmp_path / f"out.{form}", "--to", form) for form in FORMATS]
    for words in (
        ("check",),
        ("check", "--json"),
        *exports,
        ("backup", tmp_path / "backup.zip"),
        ("import", tmp_path / "canaries.zip", "--dry-run"),
        ("import", tmp_path / "canaries.zip", "--dry-run", "--json"),
        ("import", PACKS / "dirty", "--dry-run"),
        ("import", PACKS / "dirty", "--dry-run", "--json"),
        ("books",),
        ("trial-balance", BOOK, "--json"),
        ("user", "list", "--json"),
        ("batch", "show", BOOK, "1"),
    ):
        run(*words)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert leaks((out + err).encode(), (*wanted, *WRONG_IN_DIRTY)) == set(), words
    for path in (*tmp_path.glob("out.*"), tmp_path / "backup.zip"):
        assert path.stat().st_size > 1000, path.name
        assert leaks(path.read_bytes(), wanted) == set(), path.name


WRONG_IN_DIRTY = ("450000198801239870", "6222000002908052591")
"""An identity number and a card of the pack dirty whose check digits are wrong: reported, and masked."""


def test_a_line_of_the_services_log_masks_what_is_said_and_what_failed() -> None:
    log = logging.getLogger("canaries")
    try:
        raise ValueError(f"bad {CARD}")
    except ValueError:
        record = log.makeRecord(
            "canaries", logging.ERROR, "here", 1, "failure at /members/%s", (CITIZEN_X,), sys.exc_info()
        )
    line = MaskedLines("%(message)s").format(record)
    assert "failure at /members/450000********019X" in line
    assert "ValueError: bad 6222 **** **** 0012" in line
    assert leaks(line.encode(), TYPED) == set()
