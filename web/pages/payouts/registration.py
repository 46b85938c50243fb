"""A cast's own number as an issuer of qualified invoices."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from payouts import registrations
from web.http.forms import Filled, needed, one_line
from web.http.keys import FORM
from web.http.paths import redirect
from web.http.session import cast_only
from web.http.visit import member_transaction, reader_locale, visit

MOST_TYPED = 60


async def show_registration(request: Request) -> Response:
    """Show the number, to be entered, changed or taken away."""
    async with visit(request) as v:
        number, company = await registrations.known(v.tx, v.cast().id)
        form = Filled(reader_locale(request), {"registration": number or ""})
        saved = "saved" in request.query
        return v.page("payout_profile.html", form=form, company=company, saved=saved)


async def save_registration(request: Request) -> Response:
    """Keep the number; an empty field takes it away."""
    typed = one_line(needed(request[FORM], "registration"), MOST_TYPED)
    try:
        async with member_transaction(request) as (tx, user):
            if not user.is_cast:
                raise cast_only()
            await registrations.save(tx, user.id, typed)
    except UserError as error:
        return await _refused(request, typed, error)
    return redirect("/console/payouts/profile?saved=1")


async def _refused(request: Request, typed: str, error: UserError) -> Response:
    async with visit(request) as v:
        locale = reader_locale(request)
        words = translate(locale, error.text, **error.params)
        form = Filled(locale, {"registration": typed}, {"registration": words})
        _, company = await registrations.known(v.tx, v.cast().id)
        return v.page("payout_profile.html", error.status, form=form, company=company, saved=False)
