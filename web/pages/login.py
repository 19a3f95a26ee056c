"""Signing in: name and password, then the code of the second factor where there is one; a set-up code where there is no
password yet; and out again."""

from collections.abc import Sequence

from coop.access.rules import is_household
from schemas.access import Deed
from schemas.problems import Fault, Problem, Refusal
from web.auth.callers import address_of, agent_of, no_session_cookie, session_cookie
from web.auth.gate import Entered
from web.i18n.words import N_
from web.pages.rendering import address, own_address, see_other
from web.pages.route import Shown, Visit, does, shows

passwords_must_agree = Fault(
    code="passwords_must_agree",
    says="The two passwords are not the same.",
    remedy="Type the new password twice.",
)


@shows("/login", deed=None, asks=("next", "name"))
def sign_in_form(visit: Visit) -> Shown:
    """Name and password; whoever is signed in already goes on."""
    if visit.caller is not None:
        return see_other("/login/code" if visit.caller.must_prove else own_address(visit.query.get("next")))
    return visit.page("login.html", next=visit.query.get("next", ""), name=visit.query.get("name", ""))


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return visit.page(
        "login.html", problems=problems, status=status, next=visit.field("next"), name=visit.field("name")
    )


@does("/login", deed=None, again=_again)
async def sign_in(visit: Visit) -> Shown:
    """Begin a session."""
    next_ = own_address(visit.field("next"))
    entered = await visit.gate.sign_in(
        visit.field("name"),
        str(visit.form.get("password", "")),
        address=address_of(visit.request),
        agent=agent_of(visit.request),
        at=visit.at,
    )
    return _entered(visit, entered, to=address("/login/code", next=next_) if entered.must_prove else next_)


@shows("/login/code", deed=Deed.FINISH_SIGN_IN, asks=("next",))
def code_form(visit: Visit) -> Shown:
    """The code of the authenticator, or a recovery code."""
    if not visit.who.must_prove:
        return see_other(own_address(visit.query.get("next")))
    return visit.page("login_code.html", next=visit.query.get("next", ""))


def _code_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return visit.page("login_code.html", problems=problems, status=status, next=visit.field("next"))


@does("/login/code", deed=Deed.FINISH_SIGN_IN, again=_code_again)
async def give_code(visit: Visit) -> Shown:
    """Give the code the session waits for."""
    entered = await visit.gate.prove(
        visit.who,
        visit.field("code"),
        address=address_of(visit.request),
        agent=agent_of(visit.request),
        at=visit.at,
    )
    return _entered(visit, entered, to=own_address(visit.field("next")))


@does("/logout", deed=Deed.FINISH_SIGN_IN)
async def sign_out(visit: Visit) -> Shown:
    """End this session."""
    await visit.gate.sign_out(visit.who, at=visit.at)
    door = "/card" if is_household(visit.who.rights) else "/login"
    answer = see_other(door, notice=N_("You are signed out."))
    answer.cookies.append(no_session_cookie(secure=visit.settings.secure_cookies))
    return answer


@shows("/set-up", deed=None, asks=("code",))
def set_up_form(visit: Visit) -> Shown:
    """A set-up code from the administrator, and a password of one's own."""
    return visit.page("set_up.html", code=visit.query.get("code", ""))


def _set_up_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return visit.page("set_up.html", problems=problems, status=status, code=visit.field("code"))


@does("/set-up", deed=None, again=_set_up_again)
async def set_up(visit: Visit) -> Shown:
    """Make a password with a set-up code."""
    password = str(visit.form.get("password", ""))
    if password != str(visit.form.get("again", "")):
        raise Refusal(passwords_must_agree.at("/again"))
    login = await visit.gate.accept(visit.field("code"), password, at=visit.at)
    return see_other(address("/login", name=login.name), notice=N_("Your password is set. Sign in with it."))


def _entered(visit: Visit, entered: Entered, *, to: str) -> Shown:
    answer = see_other(to)
    answer.cookies.append(session_cookie(entered.secret, secure=visit.settings.secure_cookies))
    return answer


handlers = [sign_in_form, sign_in, code_form, give_code, sign_out, set_up_form, set_up]
