"""核验: whether the amount on a paper is the one in the sealed books; open to everybody, names masked."""

from litestar import Response

from coop.identity import masked_text
from payouts.notices import queries
from payouts.notices.rules import code_from
from schemas.problems import Refusal, RefusalKind
from web.errors import address_must_exist
from web.exports.codes import qr
from web.pages.household import LARGE, base_of, plain_page
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, shows

LONGEST = 40


@shows("/verify", deed=None, asks=("code", LARGE))
def ask_for_code(visit: Visit) -> Shown:
    """Where a code is typed in."""
    given = visit.query.get("code", "")[:LONGEST]
    code = code_from(given)
    if code is not None:
        return see_other(f"/verify/{''.join(given.split())}")
    return plain_page(visit, "verify.html", found=None, code=masked_text(given))


@shows("/verify/{code}", deed=None, asks=(LARGE,))
def verify(visit: Visit) -> Shown:
    """What a code proves."""
    given = visit.text_at("code")[:LONGEST]
    found = queries.verified(visit.db, given)
    status, code = (404, masked_text(given)) if found is None else (200, given)
    return plain_page(visit, "verify.html", found=found, code=code, status=status)


@shows("/verify/{code}/qr.svg", deed=None)
def draw_code(visit: Visit) -> Shown:
    """The QR that leads to what a code proves. It is drawn for any code, so that it tells nothing; a browser keeps it."""
    given = visit.text_at("code")[:LONGEST]
    if code_from(given) is None:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return Response(
        qr(f"{base_of(visit)}/verify/{given}"),
        media_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"},
    )


handlers = [ask_for_code, verify, draw_code]
