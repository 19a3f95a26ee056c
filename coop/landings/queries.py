"""What of the income of a place's collectives came from another book of the same place."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, and_, func, select, union

from coop.places.tables import BookPlaceRow
from ledger.columns import table_of
from ledger.evidence.tables import AttachmentRow
from ledger.outbox.tables import LandingRow
from ledger.recognition.rules import Shown, counts
from ledger.vouchers.tables import PostingRow, VoucherRow
from schemas.income import Recognised
from schemas.outbox import Effect
from schemas.units import Fen, Period
from schemas.vouchers import State

_home = table_of(BookPlaceRow)
_landing = table_of(LandingRow)
_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)
_attachment = table_of(AttachmentRow)
_INCOME = ("501", "502", "503", "504")
"""The income accounts of a collective (财会〔2023〕14号); what lands elsewhere is no income."""


def internal_amounts(
    db: Connection, *, within: str, year: int, as_of: date, scans_only: bool, same_township: bool = False
) -> Mapping[tuple[str, Period, str], Recognised]:
    """What of a year's income of a place's collectives (a code of any level) landed from books of the same place, with what of
    it lacks its evidence on a day: by village, month and statutory account; a red voucher takes away. Asked of a county it is
    more than of its townships; ``same_township`` asks for what stayed within each of these. Its cost follows what landed, not
    the vouchers of the books."""
    source = _home.alias("source")
    landed = (
        select(_home.c.village_code, _landing.c.book_id, _landing.c.voucher_id)
        .select_from(_landing)
        .join(_home, _home.c.book_id == _landing.c.book_id)
        .join(source, source.c.book_id == _landing.c.source)
        .where(
            _landing.c.effect == Effect.DRAFTED.value,
            _home.c.village_code.startswith(within),
            source.c.village_code.startswith(within),
            *(
                [func.substr(source.c.village_code, 1, 9) == func.substr(_home.c.village_code, 1, 9)]
                if same_township
                else []
            ),
        )
    ).subquery()
    red = table_of(VoucherRow).alias("red")
    which = union(
        select(
            landed.c.village_code, landed.c.book_id, landed.c.voucher_id, landed.c.voucher_id.label("shows")
        ),
        select(landed.c.village_code, landed.c.book_id, red.c.voucher_id, landed.c.voucher_id).join_from(
            landed, red, and_(red.c.book_id == landed.c.book_id, red.c.cancels == landed.c.voucher_id)
        ),
    ).subquery()
    shows = _voucher.alias("shows")
    account = func.substr(_posting.c.account, 1, 3)
    each = (
        which.c.village_code,
        which.c.book_id,
        which.c.voucher_id,
        _voucher.c.period,
        account,
        shows.c.originals,
        shows.c.posted_at,
    )
    first = (
        select(func.min(_attachment.c.at))
        .where(_attachment.c.book_id == which.c.book_id, _attachment.c.voucher_id == which.c.shows)
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            which.c.village_code,
            _voucher.c.period,
            account.label("account"),
            shows.c.originals,
            shows.c.posted_at,
            first.label("first"),
            func.sum(_posting.c.credit - _posting.c.debit).label("amount"),
        )
        .select_from(which)
        .join(
            _voucher,
            and_(_voucher.c.book_id == which.c.book_id, _voucher.c.voucher_id == which.c.voucher_id),
        )
        .join(shows, and_(shows.c.book_id == which.c.book_id, shows.c.voucher_id == which.c.shows))
        .join(
            _posting,
            and_(_posting.c.book_id == which.c.book_id, _posting.c.voucher_id == which.c.voucher_id),
        )
        .where(
            _voucher.c.state == State.POSTED.value,
            _voucher.c.period.between(year * 100 + 1, year * 100 + 12),
            account.in_(_INCOME),
        )
        .group_by(*each, which.c.shows)
    )
    sums: defaultdict[tuple[str, Period, str], list[Fen]] = defaultdict(lambda: [0, 0])
    for row in rows:
        proved = counts(Shown(row.originals, row.posted_at, row.first), as_of=as_of, scans_only=scans_only)
        sums[row.village_code, row.period, row.account][0 if proved else 1] += int(row.amount)
    return {key: Recognised(counted=both[0], not_counted=both[1]) for key, both in sums.items() if any(both)}
