"""Writing a text of the site: with a preview, in both languages, saved as a version."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from record.texts import versions
from record.texts.tables import AGREED, MOST_CHARACTERS, NAMES
from web.http.forms import Filled, needed, whole_texts
from web.http.keys import FORM
from web.http.paths import redirect
from web.http.render import TEMPLATE_ENVIRONMENT
from web.http.visit import Visit, reader_locale
from web.pages.site.texts import drawing, figures
from web.pages.site.texts.export import exported
from web.pages.site.texts.public import PATHS, TITLES
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.texts.form import LANGUAGES, TypedText, previews, typed


async def show_all(request: Request) -> Response:
    """Show which texts there are, and what holds of each."""
    async with staff_visit(request, "site") as (v, _):
        texts = [
            (name, await versions.holding(v.tx, name), await versions.ahead(v.tx, name))
            for name in NAMES
        ]
        return await staff_page(v, "staff_texts.html", texts=texts, titles=TITLES, paths=PATHS)


async def show(request: Request) -> Response:
    """Show a text to be written: the version saved last, or the shipped text as Markdown."""
    name = request.match_info["text_name"]
    async with staff_visit(request, "site") as (v, _):
        latest = await versions.find(v.tx, name, await versions.latest_number(v.tx, name))
        filled = Filled(reader_locale(request))
        for locale in LANGUAGES:
            body = latest.body(locale) if latest else None
            shipped = exported(request.app[TEMPLATE_ENVIRONMENT], name, locale)
            filled.values[f"own_{locale}"] = "1" if body is not None or not latest else ""
            filled.values[f"body_{locale}"] = shipped if body is None else body
        return await _page(v, name, filled)


@whole_texts
async def save(request: Request) -> Response:
    """Save a version, or show how it would be read (`do` is `preview`); nothing is saved then."""
    form, name = request[FORM], request.match_info["text_name"]
    async with staff_visit(request, "site") as (v, _):
        text = typed(request, name, form)
        drawn = await previews(request, text)
        if needed(form, "do") == "preview" or text.filled.errors or text.written is None:
            status = 422 if text.filled.errors else 200
            return await _page(v, name, text.filled, status, previews=drawn)
    try:
        async with staff_transaction(request, "site") as (tx, user):
            await versions.save(
                tx, text.written, base=text.base, holds_from=text.holds_from, actor_id=user.id
            )
    except UserError as error:
        return await _refused(request, name, text, error)
    return redirect(f"/staff/texts/{name}?done=1")


async def _refused(request: Request, name: str, text: TypedText, error: UserError) -> Response:
    field = "day" if error.code.startswith("holds_") else "base"
    text.filled.errors[field] = text.filled.told(error)
    async with staff_visit(request, "site") as (v, _):
        return await _page(v, name, text.filled, error.status)


async def _page(
    v: Visit, name: str, filled: Filled, status: int = 200, /, **values: Any
) -> Response:
    facts = await drawing.facts_for(v.request, filled.locale)
    listed = await versions.listed(v.tx, name)
    return await staff_page(
        v,
        "staff_text.html",
        status,
        name=name,
        title=TITLES[name],
        address=PATHS[name],
        form=filled,
        base=listed[0].number if listed else 0,
        versions=listed,
        agreed_to=name in AGREED,
        most=MOST_CHARACTERS,
        figures=facts.figures(figures.FIGURES - figures.WHOLE),
        wholes=sorted(figures.WHOLE),
        blocks=sorted((one, facts.holds(one)) for one in figures.BLOCKS),
        done="done" in v.request.query,
        **{"previews": {}, **values},
    )
