"""What somebody reads who has the right password, but may not come in."""

from aiohttp.web import Request, Response

from people.accounts.accounts import User
from people.desk import sanctions
from web.http.filters import reader_zone
from web.http.keys import DATABASE
from web.http.visit import page, reader_locale


async def shut_out_page(request: Request, user: User) -> Response | None:
    """Return the page that says until when and why `user` may not come in; None where they may.

    For after the right password only: nobody else learns how an account stands.
    """
    async with request.app[DATABASE].transaction() as tx:
        found = await sanctions.shut_out(tx, user.id)
    if found is None:
        return None
    values = {"sanction": found, "zone": reader_zone(user)}
    values |= {"locale": reader_locale(request, user)}
    return page(request, "shut_out.html", 403, values)
