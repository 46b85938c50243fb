"""A mailed link that is no longer good: a page that says so, and how to get another."""

from collections.abc import Awaitable, Callable
from functools import wraps

from aiohttp.web import Request, Response

from foundation.errors import UserError
from people.joining.mailed_links import Purpose
from web.http.headers import NO_ADDRESS
from web.http.visit import Visit, visit

Handler = Callable[[Request], Awaitable[Response]]


def show_dead_link(v: Visit, purpose: Purpose) -> Response:
    """Show that a link is used up or too old, and where its owner gets a new one."""
    response = v.page("dead_link.html", 410, purpose=purpose)
    response.headers.update(NO_ADDRESS)
    return response


def or_dead_link(purpose: Purpose) -> Callable[[Handler], Handler]:
    """Let a handler that uses a link up show that page where the link is not good."""

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except UserError as error:
                if error.code != "link_dead":
                    raise
            async with visit(request) as v:
                return show_dead_link(v, purpose)

        return answer

    return wrap
