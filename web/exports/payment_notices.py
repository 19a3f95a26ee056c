"""付款通知: what one book sent to another, as a paper the second one's accountant hangs on the draft that landed.

It says what the sender would write on it: who, to whom, how much, on which day, what for, which of its vouchers books it,
and the digest its log sealed of that. Of the sender's book it shows nothing else. Printed again it is the same to the
byte, so that hung on a voucher twice it hangs there once.
"""

from collections.abc import Mapping

from coop.register.crossings import CONTRIBUTION
from ledger.books import queries as books
from ledger.money import capitals, yuan_grouped
from ledger.outbox import queries as outbox
from ledger.outbox.rules import sealed
from payouts.crossings.rules import DECLARED
from schemas.outbox import Crossed, Effect, Turn
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import BookId, Value, VoucherId
from web.database import Connection
from web.exports.typesetting import pdf
from web.i18n import say
from web.i18n.words import N_
from web.pages.rendering import day_name

PRINTED_IN = "zh_CN"
"""The language of the paper that is kept."""
_MADE_A_VOUCHER = frozenset({Effect.DRAFTED, Effect.REVERSED, Effect.OWED})

_TITLES: Mapping[Turn, Mapping[str, str]] = {
    Turn.COMES: {
        DECLARED: N_("Notice of a dividend resolved"),
        CONTRIBUTION: N_("Receipt of a contribution"),
    },
    Turn.GOES_BACK: {
        DECLARED: N_("Notice of a dividend taken back"),
        CONTRIBUTION: N_("Notice of a contribution cancelled"),
    },
}
_OTHERWISE = {Turn.COMES: N_("Payment notice"), Turn.GOES_BACK: N_("Notice of a payment that came back")}
"""What the paper is called."""

voucher_must_have_come_from_another_book = Fault(
    code="voucher_must_have_come_from_another_book",
    says="Voucher {voucher} did not come from another book: there is no notice of its payment.",
    remedy="Attach the paper it was written from.",
)


class PaymentNotice(Value):
    """What crossed, and what the two units are called."""

    crossed: Crossed
    from_unit: str
    to_unit: str
    title: str

    @property
    def file_name(self) -> str:
        """What the file is called: no two notices to a book are called the same."""
        return f"{self.title}-{self.from_unit}-{self.crossed.item.seq}.pdf"


def notice_of(db: Connection, *, book: BookId, voucher: VoucherId) -> PaymentNotice | None:
    """The notice of what a voucher of a book follows from in another; None for one that came from none."""
    found = next(
        (
            one
            for one in outbox.crossed_to(db, book=book, voucher=voucher)
            if one.landing is not None and one.landing.effect in _MADE_A_VOUCHER
        ),
        None,
    )
    if found is None:
        return None
    return PaymentNotice(
        crossed=found,
        from_unit=_name(db, found.item.book),
        to_unit=_name(db, book),
        title=say(PRINTED_IN, _title(found)),
    )


def required(db: Connection, *, book: BookId, voucher: VoucherId) -> PaymentNotice:
    """The same; refused for a voucher that came from no other book."""
    found = notice_of(db, book=book, voucher=voucher)
    if found is None:
        raise Refusal(
            voucher_must_have_come_from_another_book.at("/voucher", voucher=voucher),
            kind=RefusalKind.MISSING,
        )
    return found


def pages(notice: PaymentNotice) -> bytes:
    """The notice on A5."""
    locale, item, follows = PRINTED_IN, notice.crossed.item, notice.crossed.follows
    crossing = item.crossing
    facts = (
        (N_("Issued by"), notice.from_unit),
        (N_("Addressed to"), notice.to_unit),
        (N_("Day"), day_name(locale, crossing.day)),
        (N_("Amount"), f"{yuan_grouped(crossing.amount)}  {capitals(crossing.amount)}"),
        (N_("What it is for"), crossing.summary),
        (N_("Voucher of the issuer"), follows.text),
    )
    return pdf(
        "payment_notice",
        {
            "title": notice.title,
            "facts": [[say(locale, name), value] for name, value in facts],
            "unit": say(locale, "Unit: yuan"),
            "sealed": say(
                locale,
                N_("No. {seq} of what {unit} sent to other books. Digest sealed in its log (SHA-256):"),
                {"seq": str(item.seq), "unit": notice.from_unit},
            ),
            "digest": sealed(item),
        },
    )


def _name(db: Connection, book: BookId) -> str:
    found = books.book(db, id=book)
    assert found is not None, "what crossed is of two books that are there"
    return found.name


def _title(found: Crossed) -> str:
    crossing = found.item.crossing
    return _TITLES[crossing.turn].get(crossing.kind, _OTHERWISE[crossing.turn])
