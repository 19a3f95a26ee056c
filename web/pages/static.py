"""Style sheets, scripts and the icon: named by their content, so a browser keeps them for ever."""

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException

from web.pages.rendering import static_files

FOR_EVER = "public, max-age=31536000, immutable"


@get("/static/{name:str}", opt={"deed": None, "page": True}, name="page.static", sync_to_thread=False)
def static_file(request: Request[Any, Any, Any]) -> Response[bytes]:
    """A static file; without its digest in the address it is asked for again each time."""
    found = static_files().get(request.path_params["name"])
    if found is None:
        raise NotFoundException
    content, media_type, digest = found
    named = request.query_params.get("v") == digest
    return Response(
        content,
        media_type=media_type,
        headers={
            "Cache-Control": FOR_EVER if named else "no-cache",
            "X-Content-Type-Options": "nosniff",
        },
    )


handlers = [static_file]
