"""The herd 牛群 over HTTP: animals as they come, and how they leave."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from coop.herd import actions, queries
from ledger.evidence import queries as evidence
from schemas.access import Deed
from schemas.evidence import Sha256
from schemas.herd import Animal, AnimalOrigin, AnimalState, Leaving
from schemas.problems import Fault, Refusal
from schemas.register import EarTag
from schemas.units import AmountAboveZero, QuantityAboveZero, Value
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Herd 牛群")
Code = Annotated[str, Meta(min_length=1, max_length=80)]

proof_must_be_known = Fault(
    code="proof_must_be_known",
    says="The book has no file {sha256}.",
    remedy="Attach it to the voucher of the death or sale first.",
)


class Animals(Value):
    """Animals by ear tag."""

    items: tuple[Animal, ...]


class NewAnimal(Value):
    """An animal as it came: the cooperative's own without an owner, in its barn without a keeper. The price is a head's."""

    ear_tag: EarTag
    batch: Code
    origin: AnimalOrigin
    entered_on: date
    owner_member: Code | None = None
    keeper: Code | None = None
    lender: Code | None = None
    entered_weight: QuantityAboveZero | None = None
    agreed_price: AmountAboveZero | None = None


class NewAnimals(Value):
    """Animals that came together."""

    items: Annotated[tuple[NewAnimal, ...], Meta(min_length=1, max_length=2000)]


class NewLeaving(Value):
    """How an animal left. ``proofs`` are files the book knows, by their SHA-256; a death has at least one."""

    state: AnimalState
    on: date
    weight: QuantityAboveZero | None = None
    price: AmountAboveZero | None = None
    indemnity: AmountAboveZero | None = None
    note: Annotated[str, Meta(max_length=200)] = ""
    proofs: Annotated[tuple[Sha256, ...], Meta(max_length=50)] = ()


@routes.reads("/books/{book}/animals", deed=Deed.SEE_REGISTER, answers=Animals)
def list_animals(db: Connection, call: Call[Nothing, Nothing]) -> Animals:
    """Every animal 牛只 of a book, with its leaving where it left."""
    return Animals(items=queries.animals(db, book=call.book))


@routes.acts("/books/{book}/animals", deed=Deed.KEEP_RECORDS, content=NewAnimals, answers=Animals, status=201)
def enter_animals(db: Connection, call: Call[Nothing, NewAnimals]) -> Animals:
    """Enter animals bought, born, lent or in custody, all or none; calves brought in as a share come by their act of the
    register."""
    new = [
        Animal(
            ear_tag=one.ear_tag,
            batch=one.batch,
            origin=one.origin,
            owner_member=one.owner_member,
            owner_counterparty=None,
            lender=one.lender,
            entered_on=one.entered_on,
            entered_weight=one.entered_weight,
            agreed_price=one.agreed_price,
            keeper=one.keeper,
        )
        for one in call.body.items
    ]
    return Animals(items=actions.keep_animals(db, new, book=call.at_book, by=call.by, on=call.on, at=call.at))


@routes.acts(
    "/books/{book}/animals/{ear_tag}/leave",
    deed=Deed.KEEP_RECORDS,
    content=NewLeaving,
    answers=Animal,
    status=201,
)
def write_leaving(db: Connection, call: Call[Nothing, NewLeaving]) -> Animal:
    """Write down that an animal was sold, died or was given back 离栏."""
    said = call.body
    known = evidence.files(db, book=call.book, sha256=said.proofs)
    missing = [one for one in said.proofs if one not in known]
    if missing:
        raise Refusal(*(proof_must_be_known.at("/proofs", sha256=one) for one in missing))
    return actions.write_leaving(
        db,
        call.path["ear_tag"],
        Leaving(
            state=said.state,
            on=said.on,
            weight=said.weight,
            price=said.price,
            indemnity=said.indemnity,
            note=said.note,
        ),
        proofs=list(known.values()),
        book=call.at_book,
        by=call.by,
        on=call.on,
        at=call.at,
    )
