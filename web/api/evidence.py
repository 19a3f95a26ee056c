"""Evidence 原始凭证 over HTTP: scans and files on vouchers, added and never removed."""

from collections.abc import Collection
from typing import Annotated, Any

from msgspec import Meta

from coop.access import queries as access
from ledger.evidence import actions, queries, rules
from ledger.vouchers import queries as vouchers
from ledger.vouchers.rules import voucher_must_exist
from schemas.access import Deed
from schemas.evidence import SCANS, Attachment, EvidenceFile, NewAttachment
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import Value
from schemas.vouchers import State
from web.api.kept_files import sent
from web.api.route import Call, File, Nothing, Routes, Upload
from web.database import Connection
from web.errors import ProblemEntry, entries_of

routes = Routes("Evidence 原始凭证")
_ATTACHMENTS = "/books/{book}/vouchers/{voucher}/attachments"

attachment_must_be_there = Fault(
    code="attachment_must_be_there",
    says="Voucher {voucher} carries no such file.",
    remedy="Look at the list of its attachments.",
)


class Attachments(Value):
    """The files of a voucher, in the order they came; a warning for every other voucher one of them hangs on."""

    items: tuple[Attachment, ...]
    warnings: tuple[ProblemEntry, ...]


class AttachmentMade(Attachment, kw_only=True):
    """A file on a voucher; a warning for every other voucher it hangs on, whose place within the book is its pointer."""

    warnings: tuple[ProblemEntry, ...]


class NameQuery(Value):
    """The file's name, as it is shown and saved under."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


@routes.reads(_ATTACHMENTS, deed=Deed.SEE_EVIDENCE, answers=Attachments)
def list_attachments(db: Connection, call: Call[Nothing, Nothing]) -> Attachments:
    """The files of a voucher 附件."""
    voucher = call.path["voucher"]
    found = vouchers.voucher(db, book=call.book, id=voucher)
    if found is None:
        raise Refusal(voucher_must_exist.at("/voucher", voucher=voucher), kind=RefusalKind.MISSING)
    items = queries.evidence_seen(db, book=call.book, voucher=voucher)
    warns = () if found.state is State.WITHDRAWN else items
    return Attachments(items=items, warnings=_reuse(db, call, warns))


def _reuse(
    db: Connection, call: Call[Any, Any], attachments: Collection[Attachment]
) -> tuple[ProblemEntry, ...]:
    """The other vouchers these files hang on, for a caller who may see the book's files."""
    found = queries.reuse_among(db, book=call.book, attachments=attachments)
    if not found or not access.may(db, call.rights, Deed.SEE_EVIDENCE, call.book):
        return ()
    return entries_of((one for of_voucher in found.values() for one in of_voucher), locale=call.locale)


def _kept(call: Call[NameQuery, Upload]) -> EvidenceFile:
    """The file, looked at and laid into the store; bytes that are never attached are swept from it."""
    (kept,) = call.house.evidence.take([(call.query.name, call.body.content)])
    return kept


@routes.acts(
    _ATTACHMENTS,
    deed=Deed.ATTACH_EVIDENCE,
    query=NameQuery,
    content=Upload,
    answers=AttachmentMade,
    status=201,
    keyed=False,
    value_moves=False,
    takes=(*(kind.value for kind in SCANS), "application/octet-stream"),
    most=rules.BIGGEST_FILE + 1,
    receives=_kept,
)
def attach_file(db: Connection, call: Call[NameQuery, EvidenceFile]) -> AttachmentMade:
    """Hang a file on a voucher, also on a posted one of a closed month. The same bytes twice are one attachment; on
    another voucher they are taken too, with a warning."""
    made = actions.attach(
        db,
        NewAttachment(voucher=call.path["voucher"], file=call.body),
        book=call.book,
        by=call.by,
        at=call.at,
    )
    said = {name: getattr(made, name) for name in made.__struct_fields__}
    return AttachmentMade(**said, warnings=_reuse(db, call, [made]))


@routes.reads(f"{_ATTACHMENTS}/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_file(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of one file of a voucher."""
    voucher, sha256 = call.path["voucher"], call.path["sha256"]
    found = queries.evidence_seen(db, book=call.book, voucher=voucher, sha256=sha256)
    if not found:
        raise Refusal(attachment_must_be_there.at("/sha256", voucher=voucher), kind=RefusalKind.MISSING)
    return sent(call, found[0].file)
