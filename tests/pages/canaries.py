"""A house full of canaries: identity, account and telephone numbers of its own, under seal and in every free text of the
pack it was taken in from, and what finds them again in whatever leaves the service.

canary_house   such a house, with a batch at the bank, households with cards, and acts that hold numbers
leaks(answer)  the canaries that stand in clear in some bytes, whatever they are: a page, JSON, a PDF, a workbook, a zip
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from pypdf import PdfReader
from sqlalchemy import Connection

from coop.register import actions as register
from coop.vault.rules import Vault
from payouts.batches import actions as batches
from payouts.runs.rules import name_of
from schemas.batches import Channel
from schemas.members import AccountKind
from schemas.packs import Pack
from schemas.register import PayeeChange
from schemas.runs import RunKind
from tests.imports.workbench import clean
from tests.pages import canary_acts
from tests.pages.conftest import BOOK, give_people, settings_of
from tests.pages.told import issue
from tests.people import a_login, login_of, with_role
from tests.runs.years import posted, settled
from web import clock
from web.auth.keys import Keys
from web.database import prepare, writing_engine
from web.evidence_store import EvidenceStore
from web.imports import take
from web.imports.enter import enter_pack
from web.webhooks import Post, deliver

CITIZEN, CITIZEN_X, OLD = "450000196203050077", "45000019580817019X", "450000700101001"
CARD, CARD_16 = "6222009876543210012", "6228480402564899"
CARD_WRONG, CARD_16_WRONG = "6222009876543210016", "6228480402564895"
"""The last two fail the Luhn sum."""
ACCOUNT, LONG_ACCOUNT = "20105101040099887", "4505016046960000012345"
PHONE, LANDLINE = "13977665544", "0771-5566778"
HEIR = ("450000198312319345", "6222000003076045184")
"""What clean-small writes of an heir in a member's 备注."""
NOBODY = "http://127.0.0.1:9/"
"""Where the house's subscriber would listen; nobody does."""
FORMS: tuple[str, ...] = (
    CITIZEN,
    "450000 19620305 0077",
    "450000-19620305-0077",
    "4500 0019 6203 0500 77",
    "４５００００１９６２０３０５００７７",
    CITIZEN_X,
    CITIZEN_X.lower(),
    "450000 19580817 019x",
    OLD,
    CARD,
    "6222 0098 7654 3210 012",
    "6222-0098-7654-3210-012",
    CARD_16,
    CARD_WRONG,
    CARD_16_WRONG,
    ACCOUNT,
    LONG_ACCOUNT,
    PHONE,
    "139 7766 5544",
    "139-7766-5544",
    "+86 13977665544",
    LANDLINE,
)
"""The canaries as people write them."""


def plain(text: str) -> str:
    """Text without what stands between the digits of a number, half-width, in capitals."""
    return re.sub(r"[\s\-‐-―−]", "", unicodedata.normalize("NFKC", text)).upper()


TYPED = tuple(dict.fromkeys(plain(form).removeprefix("+86") for form in FORMS))
"""Every canary of a free text, once."""


def texts_of(content: bytes) -> Iterator[str]:
    """Every text in some bytes: of a PDF its pages, of a zip or a workbook each of its files, of all else the bytes in the
    encodings the house writes."""
    if content.startswith(b"%PDF"):
        yield from _texts_of_pages(content)
    elif content.startswith(b"PK\x03\x04"):
        with ZipFile(BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name
                yield from texts_of(archive.read(name))
    else:
        try:
            yield content.decode()
        except UnicodeDecodeError:
            for encoding in ("utf-8", "gb18030"):
                yield content.decode(encoding, errors="replace")


@lru_cache(maxsize=64)
def _texts_of_pages(content: bytes) -> tuple[str, ...]:
    """Everybody's copy of the same paper is read once."""
    return tuple(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def leaks(content: bytes, wanted: tuple[str, ...]) -> set[str]:
    """Which of these numbers stand in clear in some bytes."""
    found = set()
    for text in texts_of(content):
        for shown in {text, html.unescape(unquote(text)) if "%" in text or "&" in text else text}:
            # Most answers are told to be clean by their digits alone, whatever stands between them.
            digits = unicodedata.normalize("NFKC", re.sub(r"\D+", "", shown))
            suspected = [number for number in wanted if number.rstrip("X") in digits]
            if suspected:
                normal = plain(shown)
                found |= {number for number in suspected if number in normal}
    return found


def sealed_numbers(pack: Pack) -> tuple[str, ...]:
    """What the pack says in fields that are kept under seal."""
    (cooperative,) = pack.cooperatives
    found = [cooperative.info.bank_account]
    for row in cooperative.members:
        unit = not row.household
        found += [row.phone, row.bank_account, "" if unit else row.identity]
    return tuple(number for number in found if number)


@cache
def canary_pack() -> bytes:
    """clean-small as a zip, with a canary in every sheet's free texts."""
    bench = clean()
    forms = iter(FORMS * 9)

    def put(sheet: str, *cells: str) -> None:
        for cell in cells:
            column, row = ord(cell[0]) - 65, int(cell[1:]) - 1
            rows = bench.sheets[sheet]
            standing = rows[row][column] if column < len(rows[row]) else None
            bench.put(sheet, cell, f"{standing or ''}（{next(forms)}）")

    put("凭证", *(f"D{row}" for row in range(2, 2 + len(FORMS))))
    put("出资", *(f"L{row}" for row in range(2, 2 + len(FORMS))))
    put("成员", "M4", "M5", "M10")
    put("往来单位", "B2", "B3")
    put("村干部", "C2", "C3")
    bench.put("村干部", "F4", 22)  # 潘玉萍 and 黎德 are equal in every key
    bench.put("村干部", "G4", 13)
    put("村集体凭证", "E2", "E3")
    return bench.zipped()


def make_canary_house(folder: Path) -> None:
    """The house: the pack taken in, everybody's role, the year carried to its dividend, a batch at the bank."""
    settings = settings_of(folder / "house")
    path = folder / "canaries.zip"
    path.write_bytes(canary_pack())
    engine = writing_engine(settings.database_url)
    prepare(engine)
    _, at = clock.now()
    keys = Keys(settings.key_file)
    with engine.begin() as db:
        reading = take.read(path)
        assert reading.pack is not None, [(one.code, one.cell, one.figures) for one in reading.problems]
        store = EvidenceStore(settings.evidence)
        take.keep_scans(path, reading.pack, store)
        importer, vault = a_login(db, "蒙导入"), keys.ready(db, at=at)
        enter_pack(
            db,
            reading.pack,
            name="canaries",
            by=importer.person,
            on=clock.day_of(at),
            at=at,
            vault=vault,
            stored={scan.sha256 for scan in reading.pack.scans},
            gaps_reason="",
        )
        give_people(db, vault, at=at)
        with_role(db, "覃会计", "accountant", f"place:{canary_acts.TOWNSHIP}")
        canary_acts.settle_beside(db, vault, at=at)
        canary_acts.subscribe(db, vault, NOBODY)
        _pay(db)
        _change_payee(db, vault)
        scan = canary_acts.a_scan(store, CITIZEN, CARD, PHONE)
        canary_acts.carry_tiers(db, scan)
        canary_acts.keep_collective(db, scan)
        canary_acts.adopt_scheme(db, scan)
        canary_acts.freeze_months(db, scan)
        canary_acts.enter_figures(db, scan)
        canary_acts.report_month(db, scan)
        canary_acts.publish_order(db, BOOK, scan)
        canary_acts.draw_spot_check(db, BOOK)

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with engine.begin() as db:
            return what(db)

    deliver(engine, act, Post(inside=True), keys, at=at)
    engine.dispose()


def _change_payee(db: Connection, vault: Vault) -> None:
    """An act of the register done, and one that waits, with numbers in their sealed fields and notes."""
    on, at = clock.now()
    accountant, reviewer = login_of(db, "覃会计").person, login_of(db, "韦审核").person
    for member, account in (("Q0004", CARD), ("Q0009", CARD_WRONG)):
        change = PayeeChange(
            on=on,
            member=member,
            seen=1,
            bank_account=account,
            account_kind=AccountKind.CARD,
            resolution="换卡1号",
            note=f"旧卡遗失，电话{PHONE}，身份证{CITIZEN_X}",
        )
        asked = register.prepare(db, change, book=BOOK, vault=vault, by=accountant, on=on, at=at)
        if member == "Q0004":
            register.confirm(db, book=BOOK, request=asked.request, vault=vault, by=reviewer, on=on, at=at)


def _pay(db: Connection) -> None:
    settled(db, BOOK, 2025)
    posted(db, BOOK, RunKind.COMMISSION, 2025)
    run = posted(db, BOOK, RunKind.DIVIDEND, 2025)
    name = name_of(run.id)
    assert name is not None
    accountant, cashier = login_of(db, "覃会计").person, login_of(db, "黄出纳").person
    issue(db, by=accountant)
    on, at = clock.now()
    sent = []
    for form, payees in (
        ("rural", ("Q0002", "Q0003")),
        ("table", ("Q0005", "Q0006")),
        ("direct", ("Q0007", "Q0008")),
    ):
        made = batches.make(
            db,
            name,
            channel=Channel.BANK,
            form=form,
            account="102",
            payees=payees,
            by=accountant,
            on=on,
            at=at,
        )
        sent.append(batches.send(db, BOOK, made.number, by=cashier, on=on, at=at + timedelta(seconds=1)))
    canary_acts.read_back(db, sent[1], (f"{CITIZEN}已冻结", f"请拨{PHONE}"))
    canary_acts.hear_of(db, sent[2], (f"账号{CARD}不存在", f"户名与{CITIZEN_X.lower()}不符"))
