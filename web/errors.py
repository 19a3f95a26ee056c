"""What is wrong, said over HTTP: one shape for every refusal, RFC 9457 ``application/problem+json``.

A refusal from below carries all its problems and its kind; here the kind becomes a status and every sentence is
said in the reader's language. ``errors`` names each problem with a JSON pointer into what was sent. A browser that
asked for a page gets the page of ``app.state.problem_page`` instead, with the same content. What went wrong inside
the service is logged under a number and never shown.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from coop.identity import masked_text
from schemas.problems import Fault, Problem, Refusal, RefusalKind, Severity
from schemas.units import Value
from web import i18n, wire
from web.i18n.words import N_
from web.writer import WriterStopped

PROBLEM_JSON = "application/problem+json"
LANGUAGE_COOKIE = "language"
"""The cookie in which a person's chosen language is kept."""

STATUS: Mapping[RefusalKind, HTTPStatus] = {
    RefusalKind.RULE: HTTPStatus.UNPROCESSABLE_ENTITY,
    RefusalKind.STATE: HTTPStatus.CONFLICT,
    RefusalKind.STALE: HTTPStatus.PRECONDITION_FAILED,
    RefusalKind.MISSING: HTTPStatus.NOT_FOUND,
    RefusalKind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    RefusalKind.SIGNED_OUT: HTTPStatus.UNAUTHORIZED,
    RefusalKind.LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    RefusalKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}

several_problems = Fault(
    code="several_problems",
    says="{count} problems were found, and nothing was written.",
    remedy="See each of them.",
)
request_must_be_readable = Fault(
    code="request_must_be_readable",
    says="The request cannot be read.",
    remedy="Compare it with the description of this address.",
)
caller_must_be_known = Fault(
    code="caller_must_be_known",
    says="This needs a signed-in person or a valid token.",
    remedy="Sign in, or send a token that has not expired.",
)
deed_must_be_granted = Fault(
    code="deed_must_be_granted",
    says="You may not do this here.",
    remedy="Ask somebody whose role it is, or have the role granted.",
)
address_must_exist = Fault(
    code="address_must_exist",
    says="There is nothing at this address.",
    remedy="Look at the list of addresses.",
)
method_must_be_allowed = Fault(
    code="method_must_be_allowed",
    says="This address does not take {method}.",
    remedy="See the header Allow.",
)
content_must_not_be_too_long = Fault(
    code="content_must_not_be_too_long",
    says="What was sent is longer than this address takes.",
    remedy="Send it in parts.",
)
content_type_must_be_taken = Fault(
    code="content_type_must_be_taken",
    says="This address does not take content of the type {given}.",
    remedy="Send {wanted}.",
)
calls_must_not_be_too_many = Fault(
    code="calls_must_not_be_too_many",
    says="Too many calls in a short time.",
    remedy="Wait as long as the header Retry-After says.",
)
service_must_be_available = Fault(
    code="service_must_be_available",
    says="The service is stopping or starting.",
    remedy="Try again in a moment.",
)
service_must_not_fail = Fault(
    code="service_must_not_fail",
    says="Something went wrong inside the service. It is in the service's log under number {number}.",
    remedy="Nothing was written. Tell whoever runs the service this number.",
)
TITLES: Mapping[int, str] = {
    400: N_("Bad Request"),
    401: N_("Unauthorized"),
    403: N_("Forbidden"),
    404: N_("Not Found"),
    405: N_("Method Not Allowed"),
    409: N_("Conflict"),
    412: N_("Precondition Failed"),
    413: N_("Content Too Large"),
    415: N_("Unsupported Media Type"),
    422: N_("Unprocessable Content"),
    429: N_("Too Many Requests"),
    500: N_("Internal Server Error"),
    503: N_("Service Unavailable"),
}
"""What each status the service answers with is called (RFC 9110 §15)."""

_OF_STATUS = {
    400: request_must_be_readable,
    401: caller_must_be_known,
    403: deed_must_be_granted,
    404: address_must_exist,
    413: content_must_not_be_too_long,
    429: calls_must_not_be_too_many,
}
_log = logging.getLogger("lianjian.web")


class ProblemEntry(Value):
    """One thing that is wrong: where (a JSON pointer into what was sent), its stable code, and what to do. A warning
    stops nothing."""

    pointer: str
    code: str
    detail: str
    remedy: str
    severity: Severity = Severity.ERROR


class ProblemAnswer(Value):
    """Why something was not done (RFC 9457): a stable code, a sentence in the reader's language, every problem."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[ProblemEntry, ...] = ()


class ContentRefused(Exception):
    """Content this address does not take: its type (415) or its length (413)."""

    def __init__(self, status: HTTPStatus, problem: Problem) -> None:
        super().__init__(str(problem))
        self.status, self.problem = status, problem


def locale_of(request: Request[Any, Any, Any]) -> str:
    """The language of whoever asks."""
    return i18n.chosen_locale(
        cookie=request.cookies.get(LANGUAGE_COOKIE), accept=request.headers.get("accept-language")
    )


def answer_to(problems: Sequence[Problem], *, status: HTTPStatus, locale: str) -> ProblemAnswer:
    """The problems as they are told over HTTP."""
    entries = entries_of(problems, locale=locale)
    first = entries[0]
    many = {"count": str(len(entries))}
    return ProblemAnswer(
        type=f"urn:lianjian:problem:{first.code}",
        title=i18n.say(locale, TITLES.get(status.value, status.phrase)),
        status=status.value,
        detail=first.detail if len(entries) == 1 else i18n.say(locale, several_problems.says, many),
        code=first.code,
        errors=entries,
    )


def entries_of(problems: Iterable[Problem], *, locale: str) -> tuple[ProblemEntry, ...]:
    """Problems as they are told over HTTP, in the reader's language."""
    entries = []
    for problem in problems:
        detail, remedy = i18n.say_problem(locale, problem)
        entries.append(
            ProblemEntry(
                pointer=masked_text(problem.pointer),
                code=problem.code,
                detail=detail,
                remedy=remedy,
                severity=problem.severity,
            )
        )
    return tuple(entries)


def respond(
    request: Request[Any, Any, Any],
    problems: Sequence[Problem],
    *,
    status: HTTPStatus,
    headers: Mapping[str, str] | None = None,
) -> Response[Any]:
    """The answer to a request that was refused: problem+json, or the page of it for a browser."""
    locale = locale_of(request)
    answer = answer_to(problems, status=status, locale=locale)
    page: Callable[..., Response[Any]] | None = request.app.state.get("problem_page")
    if page is not None and _wants_a_page(request):
        response = page(request, answer)
        response.headers.update(headers or {})
        return response
    return Response(
        content=wire.written(answer),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers={
            "Content-Language": locale.replace("_", "-"),
            "Cache-Control": "no-store",
            "Vary": "Accept-Language",
            **(headers or {}),
        },
    )


def _wants_a_page(request: Request[Any, Any, Any]) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    headers: dict[str, str] = {}
    if refusal.kind is RefusalKind.SIGNED_OUT:
        headers["WWW-Authenticate"] = 'Bearer realm="lianjian"'
    elif refusal.kind is RefusalKind.UNAVAILABLE:
        headers["Retry-After"] = "5"
    elif refusal.kind is RefusalKind.LIMITED:
        headers["Retry-After"] = refusal.problems[0].figures["seconds"]
    return respond(request, refusal.problems, status=STATUS[refusal.kind], headers=headers)


def _unreadable(request: Request[Any, Any, Any], error: wire.Unreadable) -> Response[Any]:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error.breaks_a_rule_only else HTTPStatus.BAD_REQUEST
    return respond(request, error.problems, status=status)


def _content_refused(request: Request[Any, Any, Any], error: ContentRefused) -> Response[Any]:
    return respond(request, (error.problem,), status=error.status)


def _by_the_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    status = HTTPStatus(error.status_code)
    headers = error.headers or {}
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        problem = method_must_be_allowed.at(method=request.method)
    elif status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return _failed(request, error)
    else:
        problem = _OF_STATUS.get(status.value, request_must_be_readable).at()
    return respond(request, (problem,), status=status, headers=headers)


def _stopped(request: Request[Any, Any, Any], _error: WriterStopped) -> Response[Any]:
    return respond(
        request,
        (service_must_be_available.at(),),
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        headers={"Retry-After": "5"},
    )


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    number = secrets.token_hex(4)
    _log.error("failure %s: %s %s", number, request.method, request.url.path, exc_info=error)
    problem = service_must_not_fail.at(number=number)
    return respond(request, (problem,), status=HTTPStatus.INTERNAL_SERVER_ERROR)


handlers: ExceptionHandlersMap = {
    Refusal: _refused,
    wire.Unreadable: _unreadable,
    ContentRefused: _content_refused,
    HTTPException: _by_the_framework,
    WriterStopped: _stopped,
    Exception: _failed,
}
"""What the application does with everything that is raised while a request is answered."""
