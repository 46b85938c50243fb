"""Writing to the staff: the contact form, open to anyone."""

from functools import partial

from aiohttp.web import Request, Response

from foundation.text.written import some_text
from people.accounts import rules
from people.desk import inquiries
from web.http.forms import Filled
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.tries import count_letter
from web.http.visit import Visit, reader_locale, visit


async def show_contact(request: Request) -> Response:
    """Show the form, a member's address filled in."""
    async with visit(request) as v:
        values = {"category": request.query.get("about", "")}
        if v.user:
            values["email"] = v.user.email
        return _page(v, Filled(reader_locale(request), values))


async def contact(request: Request) -> Response:
    """Send an inquiry; a mail says that it has come."""
    form = request[FORM]
    async with visit(request) as v:
        filled = Filled(reader_locale(request))
        category = filled.take(form, "category", inquiries.category_of)
        email = filled.take(form, "email", rules.email)
        text = filled.take_text(form, "text", partial(some_text, most=inquiries.MOST_TEXT))
        if category is None or email is None or text is None:
            return _page(v, filled, 422)
        await count_letter(request, "inquiry", email)
        await inquiries.ask(
            v.tx,
            request.app[SETTINGS],
            user_id=v.user_id,
            email=email,
            category=category,
            text=text,
            locale=filled.locale,
        )
    return redirect("/contact?sent=1")


def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    return v.page(
        "contact.html",
        status,
        form=filled,
        sent="sent" in v.request.query,
        categories=inquiries.CATEGORIES,
        most=inquiries.MOST_TEXT,
    )
