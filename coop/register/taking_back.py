"""冲销: a wrong act taken back, everything it wrote with it."""

from collections.abc import Iterator

from msgspec.structs import replace

from coop.register import entries
from coop.register.facts import Facts, faults_of_owing
from coop.shares.rules import refundable
from ledger.log.rules import reason_must_be_given
from ledger.vouchers.rules import correction_wording, red_lines
from schemas.herd import AnimalState, Leaving
from schemas.problems import Fault, Problem
from schemas.register import (
    ActState,
    AidReceived,
    CalfShare,
    HeirNamed,
    Joining,
    LandShare,
    PayeeChange,
    Revaluation,
    TakeBack,
    Written,
)
from schemas.shares import NewMovement
from schemas.vouchers import Correction, CorrectionKind, Voucher, VoucherDraft

act_must_be_named = Fault(
    code="act_must_be_named",
    says="What is taken back is not said, or said twice.",
    remedy="Name the request, or one movement of an import.",
)
act_must_be_done = Fault(
    code="act_must_be_done",
    says="Nothing was written under this number.",
    remedy="Look it up in the list of the register's acts.",
)
act_must_not_be_taken_back_twice = Fault(
    code="act_must_not_be_taken_back_twice",
    says="Request {request} has taken it back already.",
    remedy="Nothing is left to do.",
)
act_must_be_reversible = Fault(
    code="act_must_be_reversible",
    says="An act of this kind is not taken back.",
    remedy="Enter what is right as a new act.",
)
act_must_not_precede = Fault(
    code="act_must_not_precede",
    says="What is taken back was on {date}.",
    remedy="Date it on or after that day.",
)
animal_must_be_present = Fault(
    code="animal_must_be_present",
    says="Animal {ear_tag} has left the herd ({state}).",
    remedy="An animal that was sold or died cannot be given back; correct its leaving first.",
)
voucher_must_be_in_the_book = Fault(
    code="voucher_must_be_in_the_book",
    says="Movement {seq} was booked by voucher {number}, which this book does not hold.",
    remedy="Enter what is right as a new act, by a resolution.",
)
_FOREVER = (Joining, HeirNamed, PayeeChange, TakeBack)


def faults_of_take_back(act: TakeBack, facts: Facts) -> Iterator[Problem]:
    """What is taken back was done, only once, is reversible, and what it brought is there: the animals, the aid nobody
    has used."""
    if not act.note.strip():
        yield reason_must_be_given.at("/note")
    if (act.request is None) == (act.movement is None):
        yield act_must_be_named.at("/request")
        return
    pointer, undone = "/movement" if act.request is None else "/request", facts.undone
    if undone is None or (undone.request is not None and undone.request.state is not ActState.DONE):
        yield act_must_be_done.at(pointer)
        return
    if undone.by is not None:
        yield act_must_not_be_taken_back_twice.at(pointer, request=undone.by)
    before = undone.request.act if undone.request is not None else None
    if isinstance(before, _FOREVER) or any(movement.reverses for movement in undone.movements):
        yield act_must_be_reversible.at(pointer)
    for movement in undone.movements:
        if movement.voucher is None and refundable(movement.share) and movement.value:
            yield voucher_must_be_in_the_book.at(pointer, seq=movement.seq, number=movement.number or "—")
    days = [movement.on for movement in undone.movements] + [voucher.date for voucher in undone.vouchers]
    if days and act.on < max(days):
        yield act_must_not_precede.at("/on", date=max(days))
    if isinstance(before, AidReceived):
        yield from faults_of_owing(entries.AID_OWED, before.project, before.amount, facts, pointer=pointer)
    for calf in before.calves if isinstance(before, CalfShare) else ():
        animal = facts.animals.get(calf.ear_tag)
        if animal is not None and animal.leaving is not None:
            yield animal_must_be_present.at(pointer, ear_tag=calf.ear_tag, state=animal.state)


def write_take_back(act: TakeBack, facts: Facts) -> Written:
    """Every voucher cancelled, every movement turned round, every animal and card given back."""
    undone = facts.undone
    assert undone is not None, "its faults were looked for"
    place = {voucher.id: index for index, voucher in enumerate(undone.vouchers, 1)}
    where = {movement.seq: index for index, movement in enumerate(undone.movements, 1)}
    before = None if undone.request is None else undone.request.act
    ends = undone.request.writes.ended if undone.request is not None else {}
    gone = (
        {calf.ear_tag: Leaving(state=AnimalState.RETURNED, on=act.on) for calf in before.calves}
        if isinstance(before, CalfShare)
        else {}
    )
    card = (
        f"土地-{before.member}-{undone.request.request}"
        if isinstance(before, LandShare) and undone.request
        else ""
    )
    there = facts.cards.get(card)
    valued = facts.cards.get(before.card) if isinstance(before, Revaluation) else None
    more = sum(movement.value for movement in undone.movements)
    return Written(
        vouchers=tuple(_cancelling(act, voucher) for voucher in undone.vouchers),
        movements=tuple(
            NewMovement(
                on=act.on,
                member=movement.member,
                share=movement.share,
                act=movement.act,
                quantity=-movement.quantity,
                price=movement.price,
                value=-movement.value,
                origin=movement.origin,
                voucher=None if movement.voucher is None else place[movement.voucher],
                resolution=act.resolution,
                note=act.note,
                other_side=None if movement.other_side is None else where[movement.other_side],
                reverses=movement.seq,
            )
            for movement in undone.movements
        ),
        gone=gone,
        terms={} if valued is None else {valued.code: entries.terms_after(valued, -more, act)},
        disposals={} if there is None or there.disposed_on is not None else {card: act.on},
        ends=ends,
    )


def _cancelling(act: TakeBack, voucher: Voucher) -> VoucherDraft:
    """The voucher that takes another back: red in its own year, in a later one blue with the sides changed."""
    if voucher.date.year == act.on.year:
        kind, lines = CorrectionKind.RED, red_lines(voucher)
    else:
        kind = CorrectionKind.BLUE
        wording = correction_wording(kind, of=voucher)
        changed = (
            replace(line, summary=wording, debit=line.credit, credit=line.debit) for line in voucher.lines
        )
        lines = tuple(sorted(changed, key=lambda line: line.debit == 0))
    return VoucherDraft(
        date=act.on,
        word=voucher.word,
        lines=lines,
        originals=act.originals,
        corrects=Correction(kind=kind, voucher=voucher.id),
    )
