"""Recording members' trade."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from coop.trade import queries
from coop.trade.tables import TradeRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from schemas.log import Act
from schemas.trade import Trade
from schemas.units import BookId, PersonId

_trade = table_of(TradeRow)


def record_many(
    db: Connection, new: Sequence[Trade], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Trade, ...]:
    """Write trades down in the order given."""
    head = log.lock(db, book=book)
    if new:
        first, when = queries.last_trade(db, book=book) + 1, log.instant(at)
        db.execute(
            insert(_trade),
            [
                {
                    "book_id": book,
                    "seq": seq,
                    "on": one.on,
                    "member_no": one.member,
                    "product": one.product,
                    "quantity": one.quantity,
                    "unit": one.unit,
                    "amount": one.amount,
                    "reverses": one.reverses,
                    "recorded_at": when,
                }
                for seq, one in enumerate(new, start=first)
            ],
        )
        act = Act(
            by=by,
            act="trade.record",
            subject=f"trades:{first}-{first + len(new) - 1}",
            after=f"{len(new)}, {yuan(sum(one.amount for one in new))}",
            content=seal.digest_of(new),
        )
        log.append(db, [act], book=book, head=head, at=at)
    return tuple(new)
