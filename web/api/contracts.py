"""Contracts of a collective 合同 over HTTP: what falls due, what was received, and what is found of them."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from coop.contracts import actions, queries, rules
from schemas.access import Deed
from schemas.contracts import (
    Amendment,
    Contract,
    ContractBoard,
    ContractStanding,
    Ending,
    NewContract,
    Offer,
    PlaceContracts,
)
from schemas.evidence import EvidenceFile
from schemas.problems import Refusal, RefusalKind
from schemas.units import Counted, Value, VoucherId
from schemas.vouchers import Voucher
from web.api.kept_files import handed_out
from web.api.pages import Reason
from web.api.policies import A_SCAN
from web.api.route import Call, File, Nothing, Routes
from web.database import Connection

routes = Routes("Contracts 合同")
_CONTRACTS = "/books/{book}/contracts"
_CONTRACT = f"{_CONTRACTS}/{{contract}}"


class ContractQuery(Value):
    """The day they are seen on, without it today."""

    as_of: date | None = None


class PaperOfContract(Value):
    """The name of a scan."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]


class ReceivedLine(Value):
    """A line of a posted voucher."""

    voucher: VoucherId
    line: Counted


class ReceivedWrongly(Value):
    """A line of a posted voucher, and why it was not received for the contract."""

    voucher: VoucherId
    line: Counted
    reason: Reason


class DueToDraft(Value):
    """Which due of the contract, by its place."""

    place: Counted


class Offers(Value):
    """Lines that may be what a contract received, the likeliest first."""

    items: tuple[Offer, ...]


@routes.reads(_CONTRACTS, deed=Deed.SEE_BOOK, query=ContractQuery, answers=ContractBoard)
def list_contracts(db: Connection, call: Call[ContractQuery, Nothing]) -> ContractBoard:
    """The contracts of a collective as of a day 合同台账, with dues, receipts and findings, and every year's expected, booked,
    counted and overdue."""
    return queries.board(db, book=call.book, as_of=call.query.as_of or call.on)


@routes.reads(_CONTRACT, deed=Deed.SEE_BOOK, query=ContractQuery, answers=ContractStanding)
def read_contract(db: Connection, call: Call[ContractQuery, Nothing]) -> ContractStanding:
    """One contract as of a day."""
    return _standing(db, call.book, number=call.path["contract"], as_of=call.query.as_of or call.on)


@routes.reads(f"{_CONTRACT}/offers", deed=Deed.SEE_BOOK, answers=Offers)
def list_contract_offers(db: Connection, call: Call[Nothing, Nothing]) -> Offers:
    """Lines named for no contract that may be what this one received: of its party, or of the amount of an open due."""
    of = _standing(db, call.book, number=call.path["contract"], as_of=call.on)
    return Offers(items=queries.offers(db, book=call.book, of=of))


@routes.reads(
    "/places/{place}/contracts", deed=Deed.SEE_TOWNSHIP, query=ContractQuery, answers=PlaceContracts
)
def list_contracts_of_place(db: Connection, call: Call[ContractQuery, Nothing]) -> PlaceContracts:
    """The contracts of a place's collectives 合同汇总: how many run, findings, overdue, and the dues of the year."""
    return queries.of_place(db, place=call.path["place"], as_of=call.query.as_of or call.on)


@routes.acts(_CONTRACTS, deed=Deed.KEEP_CONTRACTS, content=NewContract, answers=Contract, status=201)
def sign_contract(db: Connection, call: Call[Nothing, NewContract]) -> Contract:
    """Write down a contract 签订合同."""
    return actions.sign(db, call.body, book=call.at_book, by=call.by, on=call.on, at=call.at)


@routes.acts(f"{_CONTRACT}/amend", deed=Deed.KEEP_CONTRACTS, content=Amendment, answers=Contract)
def amend_contract(db: Connection, call: Call[Nothing, Amendment]) -> Contract:
    """Write down what is agreed from a day on instead 合同变更."""
    return actions.amend(
        db, call.body, number=call.path["contract"], book=call.at_book, by=call.by, at=call.at
    )


@routes.acts(f"{_CONTRACT}/end", deed=Deed.KEEP_CONTRACTS, content=Ending, answers=Contract)
def end_contract(db: Connection, call: Call[Nothing, Ending]) -> Contract:
    """Write down that a contract ended before its term 合同终止."""
    return actions.end(db, call.body, number=call.path["contract"], book=call.at_book, by=call.by, at=call.at)


@routes.acts(
    f"{_CONTRACT}/papers", deed=Deed.KEEP_CONTRACTS, query=PaperOfContract, answers=Contract, **A_SCAN
)
def add_contract_paper(db: Connection, call: Call[PaperOfContract, EvidenceFile]) -> Contract:
    """Add the scan of a signed contract 合同扫描件."""
    return actions.add_paper(
        db, call.body, number=call.path["contract"], book=call.at_book, by=call.by, at=call.at
    )


@routes.reads(f"{_CONTRACT}/papers/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_contract_paper(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of a scan of a contract."""
    number, sha256 = call.path["contract"], call.path["sha256"]
    found = [
        paper
        for contract in queries.contracts(db, book=call.book, number=number)
        for paper in contract.papers
        if paper.sha256 == sha256
    ]
    if not found:
        raise Refusal(rules.contract_must_be_there.at("/contract", number=number), kind=RefusalKind.MISSING)
    return handed_out(db, call, sha256, name=found[0].name)


@routes.acts(
    f"{_CONTRACT}/receipts", deed=Deed.KEEP_CONTRACTS, content=ReceivedLine, answers=ContractStanding
)
def name_contract_receipt(db: Connection, call: Call[Nothing, ReceivedLine]) -> ContractStanding:
    """Name a posted line for the contract it was received for 收款认领; it fills the dues oldest first."""
    number = call.path["contract"]
    actions.name_receipt(
        db,
        number=number,
        voucher=call.body.voucher,
        line=call.body.line,
        book=call.at_book,
        by=call.by,
        at=call.at,
    )
    return _standing(db, call.book, number=number, as_of=call.on)


@routes.acts(
    f"{_CONTRACT}/receipts/take-back",
    deed=Deed.KEEP_CONTRACTS,
    content=ReceivedWrongly,
    answers=ContractStanding,
)
def take_back_contract_receipt(db: Connection, call: Call[Nothing, ReceivedWrongly]) -> ContractStanding:
    """Take back that a line was received for a contract 撤销认领."""
    number = call.path["contract"]
    actions.take_back_receipt(
        db,
        number=number,
        voucher=call.body.voucher,
        line=call.body.line,
        reason=call.body.reason,
        book=call.at_book,
        by=call.by,
        at=call.at,
    )
    return _standing(db, call.book, number=number, as_of=call.on)


@routes.acts(f"{_CONTRACT}/draft", deed=Deed.DRAFT_VOUCHER, content=DueToDraft, answers=Voucher, status=201)
def draft_contract_due(db: Connection, call: Call[Nothing, DueToDraft]) -> Voucher:
    """Draft the voucher that receives what is open of a due 收款制单; it fulfils nothing before it is posted and named."""
    return actions.draft_due(
        db,
        number=call.path["contract"],
        place=call.body.place,
        book=call.at_book,
        by=call.by,
        on=call.on,
        at=call.at,
    )


def _standing(db: Connection, book: str, *, number: str, as_of: date) -> ContractStanding:
    found = queries.standing(db, book=book, number=number, as_of=as_of)
    if found is None:
        raise Refusal(rules.contract_must_be_there.at("/contract", number=number), kind=RefusalKind.MISSING)
    return found
