"""Spot checks over HTTP: what was drawn, what was found, what was said about it, and how books stand up to it."""

from typing import Annotated

from msgspec import Meta

from coop.data_quality import queries as data_quality
from ledger.spot_checks import actions, queries, rules
from schemas.access import Deed
from schemas.evidence import EvidenceFile
from schemas.problems import Refusal, RefusalKind
from schemas.spot_checks import (
    NewVerdict,
    Published,
    QualityBoard,
    SpotCheck,
    SpotCheckSheet,
    Verdict,
    VerdictKind,
    WordKind,
    Words,
)
from schemas.units import Value
from web.api.kept_files import handed_out
from web.api.policies import A_SCAN
from web.api.route import Call, File, Nothing, Routes
from web.database import Connection
from web.wire import Month

routes = Routes("Spot checks 凭证抽查")
_VERDICTS = "/books/{book}/vouchers/{voucher}/verdicts"
_FINDING = "/books/{book}/findings/{finding}"


class SpotChecks(Value):
    """The draws of a book, the latest first."""

    items: tuple[SpotCheck, ...]


class VerdictOnVoucher(Value):
    """What is found of a drawn voucher: that it is in order, or what is wrong with it in a sentence."""

    kind: VerdictKind
    text: Words = ""


class VerdictWithScan(Value):
    """What is found of a drawn voucher, and the name of its scan."""

    kind: VerdictKind
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Words = ""


class AboutFinding(Value):
    """What is said about a finding; a close may say nothing."""

    text: Words = ""


class QualityQuery(Value):
    """Up to the end of which month of its year."""

    month: Month


@routes.reads("/books/{book}/spot-checks", deed=Deed.SEE_BOOK, answers=SpotChecks)
def list_spot_checks(db: Connection, call: Call[Nothing, Nothing]) -> SpotChecks:
    """Every month's draw of a book 凭证抽查."""
    return SpotChecks(items=queries.checks(db, book=call.book))


@routes.reads("/books/{book}/spot-checks/{period}", deed=Deed.SEE_BOOK, answers=SpotCheckSheet)
def show_spot_check(db: Connection, call: Call[Nothing, Nothing]) -> SpotCheckSheet:
    """The sheet of a month: what was drawn, what was found of it, and the vouchers that correct it 抽查表."""
    return queries.sheet(db, book=call.book, month=call.path["period"])


@routes.reads("/books/{book}/spot-checks/{period}/pool", deed=Deed.SEE_BOOK, answers=Published)
def show_spot_check_pool(db: Connection, call: Call[Nothing, Nothing]) -> Published:
    """A month's draw with all it was drawn from, as it is published: numbers only 抽查范围."""
    return queries.published(db, book=call.book, month=call.path["period"])


@routes.acts(_VERDICTS, deed=Deed.CHECK_VOUCHERS, content=VerdictOnVoucher, answers=Verdict, status=201)
def judge_voucher(db: Connection, call: Call[Nothing, VerdictOnVoucher]) -> Verdict:
    """Say of a drawn voucher that it is in order, or what is wrong with it 抽查结论; never by who prepared, reviewed or
    posted it."""
    new = NewVerdict(kind=call.body.kind, text=call.body.text)
    return actions.judge(db, new, book=call.book, voucher=call.path["voucher"], by=call.by, at=call.at)


@routes.acts(
    f"{_VERDICTS}/with-scan", deed=Deed.CHECK_VOUCHERS, query=VerdictWithScan, answers=Verdict, **A_SCAN
)
def judge_voucher_with_scan(db: Connection, call: Call[VerdictWithScan, EvidenceFile]) -> Verdict:
    """Say what is wrong with a drawn voucher, the body being a scan or photo that shows it 抽查取证."""
    new = NewVerdict(kind=call.query.kind, text=call.query.text, scan=call.body)
    return actions.judge(db, new, book=call.book, voucher=call.path["voucher"], by=call.by, at=call.at)


@routes.reads(f"{_FINDING}/scan", deed=Deed.SEE_EVIDENCE, answers=File)
def read_finding_scan(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of the scan a verdict came with."""
    number = call.path["finding"]
    found = queries.verdicts(db, book=call.book, id=number)
    if not found or found[0].scan is None:
        raise Refusal(rules.finding_must_be_there.at("/finding", finding=number), kind=RefusalKind.MISSING)
    sha256 = found[0].scan
    return handed_out(db, call, sha256, name=found[0].scan_name)


@routes.acts(f"{_FINDING}/answer", deed=Deed.ANSWER_FINDING, content=AboutFinding, answers=Verdict)
def answer_finding(db: Connection, call: Call[Nothing, AboutFinding]) -> Verdict:
    """Answer what a spot check found 问题答复: what was reversed, or why it stands."""
    return _said(db, call, WordKind.ANSWER)


@routes.acts(f"{_FINDING}/return", deed=Deed.CHECK_VOUCHERS, content=AboutFinding, answers=Verdict)
def return_finding(db: Connection, call: Call[Nothing, AboutFinding]) -> Verdict:
    """Return an answer that does not settle a finding 退回答复."""
    return _said(db, call, WordKind.RETURN)


@routes.acts(f"{_FINDING}/close", deed=Deed.CHECK_VOUCHERS, content=AboutFinding, answers=Verdict)
def close_finding(db: Connection, call: Call[Nothing, AboutFinding]) -> Verdict:
    """Close a finding that is settled 问题办结; never by who answered it."""
    return _said(db, call, WordKind.CLOSE)


def _said(db: Connection, call: Call[Nothing, AboutFinding], word: WordKind) -> Verdict:
    return actions.say_of_finding(
        db, word, call.body.text, book=call.book, finding=call.path["finding"], by=call.by, at=call.at
    )


@routes.reads(
    "/places/{place}/data-quality", deed=Deed.SEE_TOWNSHIP, query=QualityQuery, answers=QualityBoard
)
def show_data_quality(db: Connection, call: Call[QualityQuery, Nothing]) -> QualityBoard:
    """The books of a township, county or wider place by data quality, year to date 记账质量."""
    return data_quality.board(db, place=call.path["place"], month=call.query.month)
