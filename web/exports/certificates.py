"""The share certificate 股权证 (出资证明书) on A4: unit, member, what is held of each class on a day with the papers it rests on,
check words, and room for seal and signatures."""

from collections.abc import Mapping, Sequence
from datetime import date

from coop.shares.rules import holdings, refundable
from ledger.money import capitals, yuan_grouped
from ledger.seal.rules import digest_of
from schemas.books import Book, BookKind
from schemas.members import Member
from schemas.places import Unit
from schemas.shares import Movement, ShareClass
from schemas.units import BookId, Fen, Hundredths, Value, VoucherId
from web.exports.typesetting import pdf
from web.i18n import say, say_word
from web.i18n.words import N_

UNITS: Mapping[ShareClass, str] = {
    ShareClass.CASH: N_("yuan"),
    ShareClass.LAND: N_("mu × years"),
    ShareClass.CALF_GRANTED: N_("head"),
    ShareClass.CALF_OWN: N_("head"),
    ShareClass.LABOUR: N_("work days"),
    ShareClass.ENTITLEMENT: N_("shares of the income"),
}
"""What a class is counted in."""
_OF_CONTRIBUTIONS = (
    N_("This certifies what the register of members' contributions shows on the day named above."),
)
_OF_ENTITLEMENTS = (
    N_("This certifies what the register of income entitlements shows on the day named above."),
    N_("An entitlement is a right to a part of the income; property of the collective is not divided."),
    N_("Facts and resolutions change it; a later certificate replaces this one."),
)
"""What a certificate says first."""
PAPERS = 6
"""Papers named on a line; more are counted."""


class Certified(Value):
    """A line of a certificate: a class with what is held of it, since when, and on which papers."""

    share: ShareClass
    quantity: Hundredths
    value: Fen
    since: date
    papers: tuple[str, ...]


class Certificate(Value):
    """What a certificate says. Equal content has equal check words: who prints it again for the same day and finds the
    same words knows that nothing changed."""

    book: BookId
    member: str
    name: str
    identity: str
    as_of: date
    lines: tuple[Certified, ...]
    refundable: Fen

    @property
    def check_words(self) -> str:
        """Sixteen marks of the digest, in fours."""
        digest = digest_of(self).upper()
        return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def certificate(
    member: Member,
    movements: Sequence[Movement],
    *,
    book: BookId,
    as_of: date,
    numbers: Mapping[VoucherId, str],
) -> Certificate:
    """What a member is certified on a day. ``movements`` are the member's until then, ``numbers`` how vouchers are
    called. A class that is not held any more is left out."""
    held = holdings(movements, as_of=as_of).get(member.number)
    lines = []
    for share in ShareClass:
        holding = None if held is None else held.classes.get(share)
        if holding is None or not (holding.quantity or holding.value):
            continue
        of_class = [one for one in movements if one.share is share]
        papers = dict.fromkeys(
            text
            for one in of_class
            for text in (
                one.number if one.voucher is None else numbers.get(one.voucher, ""),
                one.resolution,
            )
            if text
        )
        lines.append(
            Certified(
                share=share,
                quantity=holding.quantity,
                value=holding.value,
                since=min(one.on for one in of_class),
                papers=tuple(papers),
            )
        )
    return Certificate(
        book=book,
        member=member.number,
        name=member.name,
        identity=member.identity,
        as_of=as_of,
        lines=tuple(lines),
        refundable=0 if held is None else held.refundable,
    )


def certificate_pdf(
    of: Certificate, *, book: Book, unit: Unit | None, member: Member, printed_on: date, locale: str
) -> bytes:
    """The certificate on A4."""
    entitled = book.kind is BookKind.COLLECTIVE
    rows = [
        [
            say_word(locale, line.share),
            f"{_plain(line.quantity)} {say(locale, UNITS[line.share])}",
            "—" if entitled else yuan_grouped(line.value),
            line.since.isoformat(),
            _papers(line.papers, locale=locale),
        ]
        for line in of.lines
    ]
    not_capital = [line for line in of.lines if not refundable(line.share)]
    return pdf(
        "certificate",
        {
            "title": say(
                locale, N_("Certificate of income entitlements") if entitled else N_("Share certificate")
            ),
            "under": say(
                locale,
                N_("(by household; property stays the collective's)")
                if entitled
                else N_("(certificate of contribution)"),
            ),
            "facts": [
                [say(locale, N_("Unit")), book.name],
                [say(locale, N_("Credit code")), "" if unit is None else unit.credit_code],
                [say(locale, N_("Member")), f"{of.name}（{of.member}）"],
                [say(locale, N_("Household")), member.household],
                [say(locale, N_("Identity number or credit code")), of.identity],
                [say(locale, N_("Joined")), member.joined_on.isoformat()],
                [say(locale, N_("As of the day")), of.as_of.isoformat()],
                [
                    say(locale, N_("Membership ended")),
                    "—"
                    if member.left_on is None or member.left_on > of.as_of
                    else member.left_on.isoformat(),
                ],
            ],
            "columns": [
                say(locale, title)
                for title in (
                    N_("Class"),
                    N_("Quantity"),
                    N_("Value (yuan)"),
                    N_("Since"),
                    N_("Papers it rests on"),
                )
            ],
            "rows": rows,
            "total": [
                say(locale, N_("Income entitlements (shares)")),
                _plain(sum(line.quantity for line in of.lines)),
                "",
            ]
            if entitled
            else [
                say(locale, N_("Contribution in capital (account 301)")),
                yuan_grouped(of.refundable),
                capitals(of.refundable) if locale == "zh_CN" else "",
            ],
            "notes": [
                *(say(locale, note) for note in (_OF_ENTITLEMENTS if entitled else _OF_CONTRIBUTIONS)),
                *(
                    [say(locale, N_("Labour shares count when surplus is shared out; they are no capital."))]
                    if not_capital and not entitled
                    else []
                ),
                *(
                    []
                    if entitled
                    else [say(locale, N_("The register decides; a later certificate replaces this one."))]
                ),
            ],
            "check": [
                say(locale, N_("Check words")),
                of.check_words,
                say(locale, N_("Printed again for the same day it bears the same words.")),
            ],
            "signatures": [
                say(locale, N_("Chair (signature)")),
                say(locale, N_("Member (signature)")),
                say(locale, N_("Seal of the unit")),
            ],
            "printed": say(locale, N_("Printed on {day}"), {"day": printed_on.isoformat()}),
            "nothing": say(locale, N_("Holds no share.")),
        },
    )


def _plain(quantity: Hundredths) -> str:
    return f"{quantity / 100:,.2f}".rstrip("0").rstrip(".")


def _papers(papers: Sequence[str], *, locale: str) -> str:
    shown = "、".join(papers[:PAPERS])
    if len(papers) <= PAPERS:
        return shown
    return shown + say(locale, N_(" and {count} more"), {"count": str(len(papers) - PAPERS)})
