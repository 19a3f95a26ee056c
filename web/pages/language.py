"""The language a person reads."""

from litestar.datastructures import Cookie

from web.errors import LANGUAGE_COOKIE
from web.i18n import LOCALES
from web.pages.rendering import own_address, see_other
from web.pages.route import Shown, Visit, does

YEAR = 365 * 24 * 3600


@does("/language", deed=None)
async def choose_language(visit: Visit) -> Shown:
    """Remember the language in this browser, and go back to where the reader was."""
    answer = see_other(own_address(visit.field("next")))
    chosen = visit.field("language")
    if chosen in LOCALES:
        answer.cookies.append(
            Cookie(key=LANGUAGE_COOKIE, value=chosen, max_age=YEAR, samesite="lax", path="/", httponly=True)
        )
    return answer


handlers = [choose_language]
