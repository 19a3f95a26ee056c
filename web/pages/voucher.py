"""One voucher 记账凭证: the paper form, its scans, what corrects it and what it corrects, its history, and the verbs its
state and the reader's deeds allow."""

from collections.abc import Sequence
from datetime import date

from litestar.datastructures import UploadFile

from coop.daybook import queries as daybook
from coop.register import queries as register
from ledger.evidence import actions as evidence_actions
from ledger.evidence import queries as evidence
from ledger.evidence import rules as evidence_rules
from ledger.log import queries as log
from ledger.money import capitals
from ledger.vouchers import actions, queries
from ledger.vouchers.rules import voucher_must_exist
from schemas.access import Deed
from schemas.charts import Money
from schemas.evidence import Attachment, EvidenceFile, NewAttachment
from schemas.log import LogEntry
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.register import RegisterRequest
from schemas.units import VoucherId
from schemas.vouchers import CorrectionKind, Origin, State, Step, Voucher
from web.database import Connection
from web.exports import payment_notices
from web.exports.payment_notices import PaymentNotice
from web.i18n.words import N_
from web.pages.crossings import crossings_of_voucher
from web.pages.log_words import told
from web.pages.naming import names_in
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, day_from, does, number_from, shows
from web.pages.vouchers import move
from web.register_forms import kind_word

UPLOAD_BYTES = 12 * evidence_rules.BIGGEST_FILE
"""A dozen scans at once."""

DONE = {
    "review": N_("Reviewed."),
    "post": N_("Posted as {number}."),
    "sign": N_("Signed."),
    "send-back": N_("Sent back to its preparer."),
    "withdraw": N_("Withdrawn."),
}
"""What is said after a verb."""


@shows("/books/{book}/vouchers/{voucher}")
def show_voucher(visit: Visit) -> Shown:
    """One voucher."""
    return show(visit)


def show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    """The page of the voucher the address names."""
    id = visit.number_at("voucher")
    voucher = voucher_at(visit, id)
    corrections = queries.corrections_of(visit.db, book=visit.id, id=id)
    corrects = (
        queries.voucher(visit.db, book=visit.id, id=voucher.corrects.voucher) if voucher.corrects else None
    )
    history = history_of(visit, id)
    signed = queries.signed_by_cashier(visit.db, book=visit.id, ids=[id]).get(id)
    files = evidence.evidence_seen(visit.db, book=visit.id, voucher=id) if visit.may("see_evidence") else ()
    reused = (
        evidence.reuse_among(visit.db, book=visit.id, attachments=files).get(id, ())
        if voucher.state is not State.WITHDRAWN
        else ()
    )
    names = names_in(
        visit,
        [voucher],
        also=[signed, *(entry.by for entry in history), *(one.added_by for one in files)],
    )
    act_behind = _act_behind(visit, voucher)
    debit = sum(line.debit for line in voucher.lines)
    moves_money = any(
        names.accounts[line.account].statutory.money in {Money.CASH, Money.BANK, Money.OTHER}
        for line in voucher.lines
        if line.account in names.accounts
    )
    return visit.page(
        "voucher.html",
        problems=problems,
        status=status,
        voucher=voucher,
        names=names,
        debit=debit,
        credit=sum(line.credit for line in voucher.lines),
        capitals=capitals(debit),
        corrections=corrections,
        corrects=corrects,
        cancelled=any(
            one.corrects is not None and one.corrects.kind is CorrectionKind.RED and one.state is State.POSTED
            for one in corrections
        ),
        history=history,
        told=lambda entry, text: told(entry, text, names=names.people, scopes=None, locale=visit.locale),
        files=files,
        reused=reused,
        signed=signed,
        labour_month=daybook.month_booked_by(visit.db, book=visit.id, voucher=id),
        moves_money=moves_money,
        today=visit.on,
        acts=_acts_on(visit, voucher, signed=signed is not None, moves_money=moves_money),
        neighbours=_neighbours(visit, voucher),
        act_behind=act_behind,
        crossed=crossings_of_voucher(visit, voucher.id),
        notice=_notice_to_attach(visit, voucher, files),
        act_title=kind_word(act_behind.act) if act_behind else "",
    )


def _notice_to_attach(visit: Visit, voucher: Voucher, files: Sequence[Attachment]) -> PaymentNotice | None:
    """The notice of what came from another book, where it does not hang on the voucher yet."""
    if voucher.state is State.WITHDRAWN:
        return None
    found = payment_notices.notice_of(visit.db, book=visit.id, voucher=voucher.id)
    there = {one.file.name for one in files}
    return None if found is None or found.file_name in there else found


def _act_behind(visit: Visit, voucher: Voucher) -> RegisterRequest | None:
    """The act of the register a voucher was posted by; None for whoever may not see the register."""
    if voucher.origin is not Origin.REGISTER or not visit.may("see_register"):
        return None
    return register.request_of_voucher(visit.db, book=visit.id, voucher=voucher.id)


def voucher_at(visit: Visit, id: VoucherId) -> Voucher:
    """The voucher of this number in the book at hand; not there is one answer for all."""
    voucher = queries.voucher(visit.db, book=visit.id, id=id)
    if voucher is None:
        raise Refusal(voucher_must_exist.at("/voucher", voucher=id), kind=RefusalKind.MISSING)
    return voucher


def history_of(visit: Visit, id: VoucherId) -> tuple[LogEntry, ...]:
    """What was done to a voucher, oldest first."""
    if not visit.may("read_log"):
        return ()
    subject = f"voucher:{id}"
    return tuple(
        entry for entry in log.entries(visit.db, book=visit.id, text=subject) if entry.subject == subject
    )


def _acts_on(visit: Visit, voucher: Voucher, *, signed: bool, moves_money: bool) -> dict[str, bool]:
    """Which buttons there are: what the state allows and the reader may do."""
    state, own = voucher.state, voucher.prepared_by == visit.by
    waiting = state in {State.SKETCH, State.DRAFT}
    return {
        "edit": waiting and visit.may("draft_voucher"),
        "review": state is State.DRAFT and not own and visit.may("review_voucher"),
        "post": state is State.REVIEWED and visit.may("post_voucher"),
        "send-back": state is State.REVIEWED and visit.may("review_voucher"),
        "withdraw": waiting and visit.may("draft_voucher"),
        "sign": moves_money
        and not signed
        and state in {State.REVIEWED, State.POSTED}
        and visit.may("sign_as_cashier"),
        "reverse": state is State.POSTED and visit.may("reverse_voucher"),
        "blue": state is State.POSTED and visit.may("draft_voucher"),
        "copy": visit.may("draft_voucher") and state is not State.SKETCH,
        "attach": state is not State.WITHDRAWN and visit.may("attach_evidence"),
    }


def _neighbours(visit: Visit, voucher: Voucher) -> tuple[Voucher | None, Voucher | None]:
    """The posted vouchers with the number before and the number after."""
    if voucher.number is None:
        return None, None
    found = [
        queries.voucher_numbered(
            visit.db, book=visit.id, year=voucher.date.year, word=voucher.word, number=number
        )
        for number in (voucher.number - 1, voucher.number + 1)
    ]
    return found[0], found[1]


# Acts


@does(
    "/books/{book}/vouchers/{voucher}/acts/{act}",
    deed=Deed.SEE_BOOK,
    again=show,
    unless=RefusalKind.FORBIDDEN,
)
async def act_on_voucher(visit: Visit) -> Shown:
    """Review, post, sign, send back or withdraw the voucher as it was seen."""
    act = visit.text_at("act")
    id = visit.number_at("voucher")
    step = Step(
        voucher=id,
        version=number_from(visit.field("version")),
        key=visit.field("key") or None,
    )
    (result,) = await move(visit, act, [step])
    if result.problems:
        raise Refusal(*result.problems, kind=actions.kind_of(result.problems))
    return see_other(f"{visit.home}/vouchers/{id}", notice=DONE[act], number=result.number)


@does("/books/{book}/vouchers/{voucher}/reverse", deed=Deed.REVERSE_VOUCHER, again=show)
async def reverse_voucher(visit: Visit) -> Shown:
    """Prepare the red voucher that cancels this one 冲销; it is then reviewed and posted like any other."""
    id = visit.number_at("voucher")
    dated: date = day_from(visit.field("date"), pointer="/date")
    made = await visit.write(
        lambda db: actions.reverse(
            db,
            book=visit.id,
            voucher=id,
            dated=dated,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            key=visit.field("key") or None,
        )
    )
    return see_other(
        f"{visit.home}/vouchers/{made.id}",
        notice=N_("The red voucher is prepared; another person reviews it."),
    )


@does("/books/{book}/vouchers/{voucher}/attach", deed=Deed.ATTACH_EVIDENCE, takes=UPLOAD_BYTES, again=show)
async def attach_files(visit: Visit) -> Shown:
    """Hang files on the voucher, whatever its state."""
    id = visit.number_at("voucher")
    files = await kept_files(visit)
    await visit.write(lambda db: attach(db, visit, id, files))
    return see_other(f"{visit.home}/vouchers/{id}", notice=N_("Files attached: {count}."), count=len(files))


@does("/books/{book}/vouchers/{voucher}/notice", deed=Deed.ATTACH_EVIDENCE, again=show)
async def attach_notice(visit: Visit) -> Shown:
    """Hang the notice of what came from another book on the voucher it landed as."""
    id = visit.number_at("voucher")
    notice = await visit.read(lambda: payment_notices.required(visit.db, book=visit.id, voucher=id))
    files = await visit.on_thread(
        lambda: visit.evidence.take([(notice.file_name, payment_notices.pages(notice))])
    )
    await visit.write(lambda db: attach(db, visit, id, files))
    return see_other(f"{visit.home}/vouchers/{id}", notice=N_("Files attached: {count}."), count=len(files))


def attach(db: Connection, visit: Visit, id: VoucherId, files: Sequence[EvidenceFile]) -> None:
    """Hang files whose bytes are kept already on a voucher, all or none."""
    evidence_actions.attach_many(
        db,
        [NewAttachment(voucher=id, file=file) for file in files],
        book=visit.id,
        by=visit.by,
        at=visit.at,
        atomic=True,
    )


async def kept_files(visit: Visit, field: str = "files") -> tuple[EvidenceFile, ...]:
    """The files of a form, looked at and put into the store; refused with everything that is wrong with any."""
    uploads: Sequence[UploadFile] = visit.uploads(field)
    read = [(upload.filename, await upload.read()) for upload in uploads]
    return await visit.on_thread(lambda: visit.evidence.take(read))


handlers = [show_voucher, act_on_voucher, reverse_voucher, attach_files, attach_notice]
