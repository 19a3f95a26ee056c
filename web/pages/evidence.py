"""原始凭证: the bytes of a scan, served only through the voucher it hangs on, and the evidence of a month."""

from typing import NamedTuple

from litestar import Response

from ledger.account_books import queries as account_books
from ledger.evidence import queries
from ledger.periods.rules import first_open_month
from ledger.vouchers import queries as vouchers
from schemas.access import Deed
from schemas.evidence import Attachment, EvidenceFile, MediaType, Sha256
from schemas.journals import VoucherLabel
from schemas.problems import Refusal, RefusalKind
from schemas.vouchers import State, Voucher, VoucherFilter
from web.errors import address_must_exist
from web.kept_files import kept_file
from web.pages.filters import periods_of
from web.pages.rendering import address, month_code
from web.pages.route import Shown, Visit, month_from, shows

IN_THE_BROWSER = frozenset({MediaType.PNG, MediaType.JPEG, MediaType.WEBP, MediaType.PDF})
"""Kinds a browser shows by itself; the others are saved."""

ON_A_PAGE = 60


@shows("/books/{book}/vouchers/{voucher}/files/{digest}", deed=Deed.SEE_EVIDENCE)
def scan(visit: Visit) -> Shown:
    """The bytes of a scan. Nothing in it can run: its type is the one its content was judged to be."""
    found = queries.evidence_seen(
        visit.db, book=visit.id, voucher=visit.number_at("voucher"), sha256=visit.text_at("digest")
    )
    if not found:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return served_file(visit, found[0].file)


def served(visit: Visit, digest: Sha256, *, name: str) -> Shown:
    """The bytes of a file of the book, or of the township, under a name."""
    return served_file(visit, kept_file(visit.db, digest, chain=visit.desk, name=name))


def served_file(visit: Visit, file: EvidenceFile) -> Shown:
    """The bytes of a file the caller may see, under its name."""
    how = "inline" if file.media_type in IN_THE_BROWSER else "attachment"
    return Response(
        visit.evidence.read(file),
        media_type=file.media_type.value,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{address(file.name)}",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=31536000, immutable",
        },
    )


class Shelf(NamedTuple):
    """A voucher with its scans."""

    voucher: Voucher
    files: tuple[Attachment, ...]


@shows("/books/{book}/evidence", deed=Deed.SEE_EVIDENCE, asks=("month",))
def evidence_of_month(visit: Visit) -> Shown:
    """The evidence of a month: what is missing first, then every scan."""
    state = visit.periods
    current = account_books.last_posted_period(visit.db, book=visit.id) or first_open_month(
        first_year=state.first_year, closed=state.closed
    )
    month = month_from(visit.query.get("month", ""), otherwise=current)
    missing: tuple[VoucherLabel, ...] = queries.vouchers_without_evidence(
        visit.db, book=visit.id, period=month
    )
    wanted = VoucherFilter(
        from_period=month, to_period=month, states=(State.DRAFT, State.REVIEWED, State.POSTED)
    )
    found = vouchers.page(visit.db, book=visit.id, wanted=wanted, after=None, limit=5000)
    attached: dict[int, list[Attachment]] = {}
    for (voucher, _digest), attachment in queries.attached_among(
        visit.db, book=visit.id, vouchers=[voucher.id for voucher in found]
    ).items():
        attached.setdefault(voucher, []).append(attachment)
    shelves = [
        Shelf(voucher=voucher, files=tuple(attached[voucher.id]))
        for voucher in found
        if voucher.id in attached
    ]
    return visit.page(
        "evidence.html",
        month=month,
        missing=missing,
        shelves=shelves[:ON_A_PAGE],
        more=max(0, len(shelves) - ON_A_PAGE),
        count=len(found),
        periods=periods_of(visit),
        months=[
            (period, address(f"{visit.home}/evidence", month=month_code(period)))
            for period in periods_of(visit)
        ],
    )


handlers = [scan, evidence_of_month]
