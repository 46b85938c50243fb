"""The demo site's mailbox: what would have been sent, to whomever. There on a demo site only."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from notify import outbox
from web.http.headers import MAIL_POLICY, POLICY
from web.http.keys import DATABASE
from web.http.paths import id_in_path
from web.http.visit import visit


async def mailbox(request: Request) -> Response:
    """Show all mails, the latest first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        found = await outbox.box(v.tx, number, v.settings.page_size)
        return v.page("mailbox.html", mails=found)


async def demo_mail(request: Request) -> Response:
    """Show one mail, as text and as a mail program shows it."""
    async with visit(request) as v:
        mail = await outbox.find(v.tx, id_in_path(request, "mail_id"))
        if mail is None:
            raise HTTPNotFound
        return v.page("demo_mail.html", mail=mail)


async def demo_mail_html(request: Request) -> Response:
    """Return a mail's HTML alone, to be framed: it may bring its style and do nothing else."""
    async with request.app[DATABASE].transaction() as tx:
        mail = await outbox.find(tx, id_in_path(request, "mail_id"))
    if mail is None or mail.html is None:
        raise HTTPNotFound
    return Response(text=mail.html, content_type="text/html", headers={POLICY: MAIL_POLICY})
