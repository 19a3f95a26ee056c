"""What a person keeps of his own login: password, second factor, sessions, tokens."""

from collections.abc import Sequence
from datetime import datetime, time
from urllib.parse import quote

from coop.access import queries, rules
from coop.access.tokens import actions as tokens
from schemas.access import Deed, NewToken
from schemas.problems import Problem, Refusal
from web.auth import totp
from web.auth.callers import address_of, agent_of, session_cookie
from web.clock import SHANGHAI
from web.exports.codes import qr
from web.i18n.words import N_
from web.pages.login import passwords_must_agree
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.pages.scopes import scopes_of


@shows("/me", deed=Deed.KEEP_OWN_LOGIN)
def my_login(visit: Visit) -> Shown:
    """My login."""
    if visit.who.must_prove:
        return see_other("/login/code")
    return _show(visit)


def _show(
    visit: Visit,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    secret: str = "",
    codes: Sequence[str] = (),
    factor: str = "",
) -> Shown:
    login = queries.login_of(visit.db, visit.by)
    allowed = sorted(rules.deeds_anywhere(visit.who.rights) - rules.NEVER_BY_TOKEN)
    return visit.page(
        "me.html",
        problems=problems,
        status=status,
        login=login,
        grants=queries.grants_of(visit.db, visit.by),
        scopes=scopes_of(visit),
        sessions=queries.sessions_of(visit.db, visit.by),
        this=visit.who.session,
        tokens=[one for one in queries.tokens_of(visit.db, visit.by) if one.ended_at is None],
        allowed=allowed,
        secret=secret,
        codes=codes,
        factor=factor,
        picture=_picture(factor, visit) if factor else "",
    )


def _picture(key: str, visit: Visit) -> str:
    """The QR code an authenticator reads, as a picture in the page itself."""
    return f"data:image/svg+xml,{quote(qr(totp.address(key, login=visit.who.login)))}"


@does("/me/password", deed=Deed.KEEP_OWN_LOGIN, again=_show)
async def change_password(visit: Visit) -> Shown:
    """A new password, proved by the old one."""
    new = str(visit.form.get("new", ""))
    if new != str(visit.form.get("again", "")):
        raise Refusal(passwords_must_agree.at("/again"))
    await visit.gate.change_password(
        visit.who,
        old=str(visit.form.get("old", "")),
        new=new,
        address=address_of(visit.request),
        at=visit.at,
    )
    return see_other("/me", notice=N_("Your password is changed; your other sessions are ended."))


@does("/me/factor/new", deed=Deed.KEEP_OWN_LOGIN)
async def new_factor(visit: Visit) -> Shown:
    """A fresh key for the authenticator, to be confirmed by its first code."""
    return await visit.read(lambda: _show(visit, factor=totp.new_key()))


def _factor_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(visit, problems, status, factor=visit.field("key"))


@does("/me/factor", deed=Deed.KEEP_OWN_LOGIN, again=_factor_again)
async def set_up_factor(visit: Visit) -> Shown:
    """Set up the second factor; the recovery codes are shown this once."""
    made = await visit.gate.set_up_factor(
        visit.who,
        visit.field("key"),
        visit.field("code"),
        password=str(visit.form.get("password", "")),
        address=address_of(visit.request),
        agent=agent_of(visit.request),
        at=visit.at,
    )
    answer = await visit.read(lambda: _show(visit, codes=made.recovery_codes))
    answer.cookies.append(session_cookie(made.entered.secret, secure=visit.settings.secure_cookies))
    return answer


@does("/me/recovery", deed=Deed.KEEP_OWN_LOGIN, again=_show)
async def renew_codes(visit: Visit) -> Shown:
    """New recovery codes in place of the old ones."""
    codes = await visit.gate.renew_recovery_codes(
        visit.who,
        password=str(visit.form.get("password", "")),
        address=address_of(visit.request),
        at=visit.at,
    )
    return await visit.read(lambda: _show(visit, codes=codes))


@does("/me/sessions/{session}/end", deed=Deed.KEEP_OWN_LOGIN)
async def end_session(visit: Visit) -> Shown:
    """End one of my sessions."""
    await visit.gate.end_session(visit.who, visit.number_at("session"), at=visit.at)
    return see_other("/me", notice=N_("The session is ended."))


@does("/me/tokens", deed=Deed.KEEP_OWN_LOGIN, again=_show)
async def make_token(visit: Visit) -> Shown:
    """Make a token for a program, in my own name."""
    until = day_from(visit.field("until"), pointer="/until")
    new = NewToken(
        name=visit.field("name")[:80] or "—",
        deeds=tuple(Deed(deed) for deed in visit.fields("deed") if deed in list(Deed)),
        until=datetime.combine(until, time.max, tzinfo=SHANGHAI).isoformat(),
    )
    made = await visit.gate.make_token(visit.who, new, at=visit.at)
    return await visit.read(lambda: _show(visit, secret=made.secret))


@does("/me/tokens/{token}/end", deed=Deed.KEEP_OWN_LOGIN)
async def end_token(visit: Visit) -> Shown:
    """End one of my tokens."""
    id = visit.number_at("token")
    await visit.write(lambda db: tokens.end_token(db, id, by=visit.who.rights, at=visit.at))
    return see_other("/me", notice=N_("The token is ended."))


handlers = [
    my_login,
    change_password,
    new_factor,
    set_up_factor,
    renew_codes,
    end_session,
    make_token,
    end_token,
]
