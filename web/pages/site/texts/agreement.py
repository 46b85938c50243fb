"""Agreeing to the terms and the privacy policy, where they have changed."""

from aiohttp.web import Request, Response
from markupsafe import Markup

from foundation.errors import ProtocolError
from foundation.numbers import integer
from record.texts import agreements
from record.texts.versions import Version
from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import local_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.site.texts.drawing import draw, facts_for
from web.pages.site.texts.export import exported
from web.pages.site.texts.public import TITLES


async def show_agreement(request: Request) -> Response:
    """Show what has changed, each text whole; who owes nothing is led on."""
    after = local_path(request.query.get("next"))
    async with visit(request) as v:
        asked = await agreements.asked(v.tx, v.member().id)
        if not asked:
            return redirect(after)
        texts = [(one, await _drawn(v, one)) for one in asked]
        return v.page("agreement.html", asked=texts, titles=TITLES, after=after)


async def agree(request: Request) -> Response:
    """Note that the member agrees. Raises UserError `agreement_changed` (409)."""
    form = request[FORM]
    shown = [integer(one, 1) for one in needed(form, "shown").split(",")]
    if len(shown) > len(TITLES):
        raise ProtocolError("texts_too_many")
    async with member_transaction(request) as (tx, user):
        await agreements.agree(tx, user.id, shown)
    return redirect(local_path(form.get("next")))


async def _drawn(v: Visit, version: Version) -> Markup:
    facts = await facts_for(v.request, reader_locale(v.request))
    body = version.body(facts.locale)
    return await draw(body or exported(facts.environment, version.name, facts.locale), facts)
