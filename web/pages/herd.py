"""牛群: animals by batch and ear tag, lent calves among them; how they are entered, and how they leave."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from coop.herd import actions, queries
from coop.herd.rules import animal_must_be_in_the_herd
from coop.members import queries as members
from ledger.details import queries as details
from ledger.evidence.rules import BIGGEST_FILE
from schemas.access import Deed
from schemas.charts import KeptBy
from schemas.herd import Animal, AnimalOrigin, AnimalState, Leaving
from schemas.problems import Problem, Refusal, RefusalKind
from web import wire
from web.errors import address_must_exist
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.filters import code_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.pages.voucher import kept_files
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people

UPLOAD_BYTES = 6 * BIGGEST_FILE
ORIGINS = (AnimalOrigin.BOUGHT, AnimalOrigin.BORN, AnimalOrigin.CUSTODY, AnimalOrigin.LENT)
"""How an animal comes but for the register's acts."""
EMPTY_ROWS = 5
MOST_ROWS = 200


class AnimalRow(NamedTuple):
    """An animal as it stands in the form: texts, right or wrong."""

    ear_tag: str = ""
    weight: str = ""


@shows("/books/{book}/herd", deed=Deed.SEE_REGISTER, asks=("state", "batch", "origin", "text"))
def herd_list(visit: Visit) -> Shown:
    """The herd."""
    animals = queries.animals(visit.db, book=visit.id)
    state, batch = visit.query.get("state", ""), visit.query.get("batch", "")
    origin, text = visit.query.get("origin", ""), visit.query.get("text", "").strip()
    shown = [
        one
        for one in animals
        if (not state or one.state == state)
        and (not batch or one.batch == batch)
        and (not origin or one.origin == origin)
        and (not text or text in one.ear_tag or text in (one.owner_member or "", one.lender or ""))
    ]
    return visit.page(
        "herd.html",
        animals=shown,
        counts=Counter(one.state for one in animals),
        lent=sum(one.origin is AnimalOrigin.LENT and one.state is AnimalState.PRESENT for one in animals),
        batches=sorted({one.batch for one in animals}),
        states=list(AnimalState),
        origins=list(AnimalOrigin),
        wanted={"state": state, "batch": batch, "origin": origin, "text": text},
        members=members.members(visit.db, book=visit.id),
        counterparties=members.counterparties(visit.db, book=visit.id),
    )


# Entering


@shows("/books/{book}/herd/new", deed=Deed.KEEP_RECORDS, asks=("on",))
def new_animals(visit: Visit) -> Shown:
    """The form of animals that came on a day."""
    return _show_new(visit)


def _show_new(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    return visit.page(
        "herd_new.html",
        problems=problems,
        status=status,
        on=visit.field("on") or visit.query.get("on", "") or visit.on.isoformat(),
        rows=[*_rows_from(visit), *([AnimalRow()] * EMPTY_ROWS)][:MOST_ROWS],
        most=MOST_ROWS,
        origins=ORIGINS,
        batches=[
            one.code
            for one in details.details(visit.db, book=visit.id).values()
            if one.kind is KeptBy.NAME and one.open
        ],
        members=members.members(visit.db, book=visit.id),
        counterparties=members.counterparties(visit.db, book=visit.id),
        given=visit.field,
        wrong={visit.place_of(problem) for problem in problems},
    )


def _rows_from(visit: Visit) -> list[AnimalRow]:
    rows = (
        AnimalRow(
            ear_tag=visit.field(f"items-{index}-ear_tag")[:20], weight=visit.field(f"items-{index}-weight")
        )
        for index in range(MOST_ROWS)
    )
    return [row for row in rows if row.ear_tag or row.weight]


def _said_once(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    """What is wrong with all animals alike stands once, at the field they share."""
    shared = {
        "batch": "batch", "origin": "origin", "owner_member": "owner", "keeper": "keeper", "lender": "lender",
        "entered_on": "on", "agreed_price": "price",
    }  # fmt: skip
    said: dict[tuple[str, str], Problem] = {}
    for one in problems:
        name = one.pointer.rpartition("/")[2]
        at = f"/{shared[name]}" if name in shared else one.pointer
        said.setdefault((one.code, at), replace(one, pointer=at))
    return _show_new(visit, tuple(said.values()), status)


@does("/books/{book}/herd/new", deed=Deed.KEEP_RECORDS, again=_said_once)
async def enter_animals(visit: Visit) -> Shown:
    """Enter the animals, all or none."""
    problems: list[Problem] = []
    on = day_from(visit.field("on"), pointer="/on")
    origin = visit.field("origin")
    if origin not in ORIGINS:
        raise Refusal(wire.must_be_one_of.at("/origin", given=origin[:40] or "—", known=", ".join(ORIGINS)))
    price = _amount(visit, "price", problems)
    rows = _rows_from(visit)
    new = [
        Animal(
            ear_tag=row.ear_tag,
            batch=visit.field("batch"),
            origin=AnimalOrigin(origin),
            owner_member=code_of(visit.field("owner")) or None,
            owner_counterparty=None,
            lender=code_of(visit.field("lender")) or None,
            entered_on=on,
            entered_weight=_figure(row.weight, f"/items/{index}/entered_weight", problems),
            agreed_price=price,
            keeper=code_of(visit.field("keeper")) or None,
        )
        for index, row in enumerate(rows)
    ]
    if problems:
        raise Refusal(*problems)
    await visit.write(
        lambda db: actions.keep_animals(db, new, book=visit.at_book, by=visit.by, on=visit.on, at=visit.at)
    )
    return see_other(
        address(f"{visit.home}/herd", batch=visit.field("batch")),
        notice=N_("Animals entered: {count}."),
        count=len(new),
    )


def _amount(visit: Visit, name: str, problems: list[Problem]) -> int | None:
    return _figure(visit.field(name), f"/{name}", problems)


def _figure(text: str, at: str, problems: list[Problem]) -> int | None:
    """A figure in hundredths, None where nothing is said."""
    if not text:
        return None
    try:
        return amount_from(text, pointer=at)
    except Refusal as refusal:
        problems += refusal.problems
        return None


# One animal


@shows("/books/{book}/herd/{tag}", deed=Deed.SEE_REGISTER)
def show_animal(visit: Visit) -> Shown:
    """One animal, how it came, and how it left with what proves it."""
    return _show_animal(visit)


def _show_animal(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    tag = visit.text_at("tag")
    found = {one.ear_tag: one for one in queries.animals(visit.db, book=visit.id)}.get(tag)
    if found is None:
        raise Refusal(animal_must_be_in_the_herd.at("/tag", ear_tag=tag[:20]), kind=RefusalKind.MISSING)
    proofs = queries.proofs(visit.db, book=visit.id, ear_tag=tag)
    return visit.page(
        "animal.html",
        problems=problems,
        status=status,
        animal=found,
        proofs=proofs,
        people=names_of_people(visit.db, [one.by for one in proofs], locale=visit.locale),
        members=members.members(visit.db, book=visit.id),
        counterparties=members.counterparties(visit.db, book=visit.id),
        states=[AnimalState.SOLD, AnimalState.DEAD]
        + ([AnimalState.RETURNED] if found.origin is AnimalOrigin.LENT else []),
        today=visit.on,
        given=visit.field,
        wrong={visit.place_of(problem) for problem in problems},
    )


@does(
    "/books/{book}/herd/{tag}/leave",
    deed=Deed.KEEP_RECORDS,
    takes=UPLOAD_BYTES,
    again=_show_animal,
    unless=RefusalKind.MISSING,
)
async def write_leaving(visit: Visit) -> Shown:
    """Write down that the animal was sold, died or was given back."""
    tag, problems = visit.text_at("tag"), list[Problem]()
    state = visit.field("state")
    if state not in list(AnimalState):
        raise Refusal(wire.must_be_one_of.at("/state", given=state[:40] or "—", known=", ".join(AnimalState)))
    leaving = Leaving(
        state=AnimalState(state),
        on=day_from(visit.field("on"), pointer="/on"),
        weight=_amount(visit, "weight", problems),
        price=_amount(visit, "price", problems),
        indemnity=_amount(visit, "indemnity", problems),
        note=visit.field("note")[:200],
    )
    if problems:
        raise Refusal(*problems)
    proofs = await kept_files(visit)
    await visit.write(
        lambda db: actions.write_leaving(
            db, tag, leaving, proofs=proofs, book=visit.at_book, by=visit.by, on=visit.on, at=visit.at
        )
    )
    return see_other(f"{visit.home}/herd/{tag}", notice=N_("Written down."))


@shows("/books/{book}/herd/{tag}/proofs/{digest}", deed=Deed.SEE_REGISTER)
def show_animal_proof(visit: Visit) -> Shown:
    """The bytes of a scan. Nothing in it can run: its type is the one its content was judged to be."""
    digest = visit.text_at("digest")
    found = {one.sha256: one for one in queries.proofs(visit.db, book=visit.id, ear_tag=visit.text_at("tag"))}
    if digest not in found:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return served(visit, digest, name=found[digest].name)


handlers = [herd_list, new_animals, enter_animals, show_animal, write_leaving, show_animal_proof]
