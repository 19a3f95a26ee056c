"""What a browser is shown when a request was refused, or when something went wrong inside."""

from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from web.errors import ProblemAnswer
from web.pages.rendering import address
from web.pages.route import Visit, enter

SIGN_IN = 401


def problem_page(request: Request[Any, Any, Any], answer: ProblemAnswer) -> Response[Any]:
    """The page of a refusal; whoever is not signed in is asked to sign in first and comes back."""
    visit = Visit(request, deed=None)
    if answer.status == SIGN_IN and request.method == "GET":
        return Redirect(address("/login", next=visit.here if visit.here != "/" else ""), status_code=303)
    if visit.caller is not None and request.scope.get("book") is not None:
        with visit.reading():
            enter(visit)
    return visit.page("problem.html", status=answer.status, answer=answer)
