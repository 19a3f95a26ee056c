"""合同台账: contracts of a collective with what falls due, what was received, and what is found of them."""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from coop.contracts import actions, queries, rules
from coop.inventory import queries as inventory
from coop.project_money import queries as project_money
from ledger.details import queries as details
from schemas.access import Deed
from schemas.contracts import (
    Amendment,
    ContractKind,
    ContractStanding,
    ContractTerms,
    DueRhythm,
    Ending,
    NewContract,
    PriceStep,
    Subject,
)
from schemas.problems import Problem, Refusal, RefusalKind
from web.database import Connection
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.fields import Fields
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.pages.runs import UPLOAD_BYTES
from web.pages.voucher import kept_files
from web.people_names import names_of as names_of_people

SHOWN = ("", "found", "overdue", "running", "over")
"""What the list may be narrowed to."""


def seen_on(visit: Visit) -> date:
    """The day a page is seen on: what its address says, else today."""
    given = visit.query.get("as_of", "")
    return day_from(given, pointer="/as_of") if given else visit.on


@shows("/books/{book}/contracts", asks=("as_of", "show", "kind", "text"))
def list_contracts(visit: Visit) -> Shown:
    """The contracts on a day, and every year's expected, booked, counted and overdue."""
    inventory.of_a_collective(visit.at_book)
    as_of = seen_on(visit)
    board = queries.board(visit.db, book=visit.id, as_of=as_of)
    wanted = {name: visit.query.get(name, "").strip() for name in ("show", "kind", "text")}
    this_year = next((one for one in board.years if one.year == as_of.year), None)
    return visit.page(
        "contracts.html",
        as_of=as_of,
        board=board,
        this_year=this_year,
        overdue=sum(one.overdue for one in board.years),
        contracts=[one for one in board.contracts if _fits(one, wanted, as_of=as_of)],
        wanted=wanted,
        kinds=list(ContractKind),
        parties=details.details(visit.db, book=visit.id),
        may_keep=visit.may("keep_contracts"),
    )


def _fits(one: ContractStanding, wanted: dict[str, str], *, as_of: date) -> bool:
    said, text = one.contract.contract, wanted["text"]
    if wanted["kind"] and said.kind != wanted["kind"]:
        return False
    if text and not any(text in each for each in (said.number, said.title, said.counterparty)):
        return False
    match wanted["show"]:
        case "found":
            return bool(one.findings)
        case "overdue":
            return any(due.overdue for due in one.dues)
        case "running":
            return one.contract.terms.from_date <= as_of <= one.contract.last_day
        case "over":
            return one.contract.last_day < as_of
    return True


@shows("/townships/{township}/contracts", deed=Deed.SEE_TOWNSHIP, asks=("as_of",))
def contracts_of_township(visit: Visit) -> Shown:
    """The contracts and the project money of the villages of a township."""
    as_of = seen_on(visit)
    money = project_money.board(visit.db, place=visit.at_township, as_of=as_of)
    return visit.page(
        "township_contracts.html",
        as_of=as_of,
        found=queries.of_place(visit.db, place=visit.at_township, as_of=as_of),
        money=money,
        villages=[one for one in money.villages if one.by_source],
    )


# A new one


@shows("/books/{book}/contracts/new", deed=Deed.KEEP_CONTRACTS)
def new_contract(visit: Visit) -> Shown:
    """The form of a contract."""
    return _show_new(visit)


def _show_new(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    return visit.page(
        "contract_new.html",
        problems=problems,
        status=status,
        given=visit.field,
        kinds=list(ContractKind),
        rhythms=list(DueRhythm),
        parties=[one for one in details.details(visit.db, book=visit.id).values() if one.open],
        items=inventory.inventory(visit.db, book=visit.at_book, as_of=visit.on).items,
        today=visit.on,
        wrong={visit.place_of(problem) for problem in problems},
    )


def _beside(problems: Sequence[Problem]) -> Sequence[Problem]:
    """Problems of terms beside the fields of the form."""
    at = {"/terms/steps": "/amount", "/terms/subjects/0/item": "/item", "/terms/rhythm": "/rhythm"}
    return [replace(one, pointer=at.get(one.pointer, one.pointer.removeprefix("/terms"))) for one in problems]


def _new_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_new(visit, _beside(problems), status)


def _steps_from(fields: Fields, visit: Visit, *, first: date) -> tuple[PriceStep, ...]:
    """The price, and another from a later day where one is given."""
    steps = [PriceStep(from_date=first, amount=fields.amount("amount"))]
    if visit.field("next_from") or visit.field("next_amount"):
        steps.append(PriceStep(from_date=fields.day("next_from"), amount=fields.amount("next_amount")))
    return tuple(steps)


@does("/books/{book}/contracts/new", deed=Deed.KEEP_CONTRACTS, again=_new_again)
async def sign_contract(visit: Visit) -> Shown:
    """Write down a contract."""
    fields = Fields(visit)
    first = fields.day("from_date")
    item = visit.field("item")
    new = NewContract(
        number=fields.code("number"),
        title=fields.text("title", most=120),
        kind=fields.word("kind", ContractKind),
        counterparty=fields.text("counterparty", most=80).split(" ")[0],
        signed_on=fields.day("signed_on"),
        terms=ContractTerms(
            from_date=first,
            last_day=fields.day("last_day"),
            first_due=fields.day("first_due"),
            rhythm=fields.word("rhythm", DueRhythm),
            steps=_steps_from(fields, visit, first=first),
            subjects=(Subject(item=item, area=fields.quantity("area")),) if item else (),
        ),
        resolution=fields.text("resolution", most=120, needed=False),
        bid=visit.field("bid") == "1",
        household=visit.field("household") == "1",
        least=fields.amount("least", least=0, otherwise=0),
        deposit=fields.amount("deposit", least=0, otherwise=0),
    )
    fields.done()
    made = await visit.write(
        lambda db: actions.sign(db, new, book=visit.at_book, by=visit.by, on=visit.on, at=visit.at)
    )
    return see_other(_at(visit, made.number), notice=N_("The contract is written down. Add its scan."))


# One


@shows("/books/{book}/contracts/no/{contract}", asks=("as_of",))
def show_contract(visit: Visit) -> Shown:
    """One contract on a day."""
    return _show_contract(visit)


def _show_contract(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    number, as_of = visit.text_at("contract"), seen_on(visit)
    found = queries.standing(visit.db, book=visit.id, number=number, as_of=as_of)
    if found is None:
        raise Refusal(rules.contract_must_be_there.at("/contract", number=number), kind=RefusalKind.MISSING)
    may_keep = visit.may("keep_contracts")
    brings = found.contract.contract.kind.brings_income
    writers = {found.contract.by, *(one.by for one in found.contract.papers)}
    beside = _beside(problems)
    return visit.page(
        "contract.html",
        problems=beside,
        status=status,
        as_of=as_of,
        found=found,
        said=found.contract.contract,
        terms=found.contract.terms,
        offers=queries.offers(visit.db, book=visit.id, of=found) if may_keep and brings else (),
        party=details.known(visit.db, book=visit.id, codes=[found.contract.contract.counterparty])[
            found.contract.contract.counterparty
        ],
        people=names_of_people(visit.db, writers, locale=visit.locale),
        given=visit.field,
        today=visit.on,
        wrong={visit.place_of(problem) for problem in beside},
        may_keep=may_keep,
        next_place=next(
            (one.due.place for one in found.dues if one.due.day > as_of and one.open), len(found.dues)
        ),
        may_draft=visit.may("draft_voucher"),
        may_see_scans=visit.may("see_evidence"),
    )


_CONTRACT = "/books/{book}/contracts/no/{contract}"


@does(f"{_CONTRACT}/papers", deed=Deed.KEEP_CONTRACTS, takes=UPLOAD_BYTES, again=_show_contract)
async def add_contract_papers(visit: Visit) -> Shown:
    """Add scans of the signed contract."""
    number, files = visit.text_at("contract"), await kept_files(visit)
    fields = Fields(visit)
    if not files:
        fields.text("files")
    fields.done()

    def add(db: Connection) -> None:
        for file in files:
            actions.add_paper(db, file, number=number, book=visit.at_book, by=visit.by, at=visit.at)

    await visit.write(add)
    return see_other(_at(visit, number), notice=N_("The scan is there."))


@shows(f"{_CONTRACT}/papers/{{sha256}}", deed=Deed.SEE_EVIDENCE)
def show_contract_paper(visit: Visit) -> Shown:
    """The scan of a contract."""
    number, sha256 = visit.text_at("contract"), visit.text_at("sha256")
    paper = next(
        (
            paper
            for one in queries.contracts(visit.db, book=visit.id, number=number)
            for paper in one.papers
            if paper.sha256 == sha256
        ),
        None,
    )
    if paper is None:
        raise Refusal(rules.contract_must_be_there.at("/contract", number=number), kind=RefusalKind.MISSING)
    return served(visit, sha256, name=paper.name)


@does(f"{_CONTRACT}/amend", deed=Deed.KEEP_CONTRACTS, again=_show_contract)
async def amend_contract(visit: Visit) -> Shown:
    """Another price or another end from a day on."""
    number = visit.text_at("contract")
    before = await visit.read(lambda: _terms_now(visit, number))
    fields = Fields(visit)
    day = fields.day("day")
    price = PriceStep(from_date=max(day, before.from_date), amount=fields.amount("amount"))
    kept = tuple(one for one in before.steps if one.from_date < price.from_date)
    new = Amendment(
        day=day,
        terms=replace(before, last_day=fields.day("last_day"), steps=(*kept, price)),
        paper=fields.text("paper"),
    )
    fields.done()
    await visit.write(
        lambda db: actions.amend(db, new, number=number, book=visit.at_book, by=visit.by, at=visit.at)
    )
    return see_other(_at(visit, number), notice=N_("The amendment holds from its day on."))


def _terms_now(visit: Visit, number: str) -> ContractTerms:
    found = queries.contracts(visit.db, book=visit.id, number=number)
    if not found:
        raise Refusal(rules.contract_must_be_there.at("/contract", number=number), kind=RefusalKind.MISSING)
    return found[0].terms


@does(f"{_CONTRACT}/end", deed=Deed.KEEP_CONTRACTS, again=_show_contract)
async def end_contract(visit: Visit) -> Shown:
    """The contract ends before its term."""
    number = visit.text_at("contract")
    fields = Fields(visit)
    new = Ending(last_day=fields.day("ended"), reason=fields.text("reason"))
    fields.done()
    await visit.write(
        lambda db: actions.end(db, new, number=number, book=visit.at_book, by=visit.by, at=visit.at)
    )
    return see_other(_at(visit, number), notice=N_("Written down: the contract ended."))


@does(f"{_CONTRACT}/receipts", deed=Deed.KEEP_CONTRACTS, again=_show_contract)
async def name_receipt(visit: Visit) -> Shown:
    """A line was received for the contract."""
    number = visit.text_at("contract")
    fields = Fields(visit)
    voucher, line = fields.number("voucher"), fields.number("line")
    fields.done()
    await visit.write(
        lambda db: actions.name_receipt(
            db, number=number, voucher=voucher, line=line, book=visit.at_book, by=visit.by, at=visit.at
        )
    )
    return see_other(_at(visit, number), notice=N_("Named: it fills what fell due first."))


@does(f"{_CONTRACT}/receipts/take-back", deed=Deed.KEEP_CONTRACTS, again=_show_contract)
async def take_receipt_back(visit: Visit) -> Shown:
    """A line was not received for the contract after all."""
    number = visit.text_at("contract")
    fields = Fields(visit)
    voucher, line = fields.number("voucher"), fields.number("line")
    reason = fields.text("why")
    fields.done()
    await visit.write(
        lambda db: actions.take_back_receipt(
            db,
            number=number,
            voucher=voucher,
            line=line,
            reason=reason,
            book=visit.at_book,
            by=visit.by,
            at=visit.at,
        )
    )
    return see_other(_at(visit, number), notice=N_("Taken back."))


@does(f"{_CONTRACT}/draft", deed=Deed.DRAFT_VOUCHER, again=_show_contract)
async def draft_due(visit: Visit) -> Shown:
    """Draft the voucher of what is open of a due."""
    number = visit.text_at("contract")
    fields = Fields(visit)
    place = fields.number("place")
    fields.done()
    drafted = await visit.write(
        lambda db: actions.draft_due(
            db, number=number, place=place, book=visit.at_book, by=visit.by, on=visit.on, at=visit.at
        )
    )
    return see_other(
        f"{visit.home}/vouchers/{drafted.id}",
        notice=N_("Drafted. Once it is posted, name it for the contract."),
    )


def _at(visit: Visit, number: str) -> str:
    return address(f"{visit.home}/contracts/no/{number}")


handlers = [
    list_contracts,
    contracts_of_township,
    new_contract,
    sign_contract,
    show_contract,
    add_contract_papers,
    show_contract_paper,
    amend_contract,
    end_contract,
    name_receipt,
    take_receipt_back,
    draft_due,
]
