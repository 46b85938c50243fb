"""The site's name, its words, who its mails come from, and its languages."""

from aiohttp.web import Request, Response

from foundation.database import Tx
from record.site import changing
from record.site.particulars import LANGUAGES, WORDS
from web.http.forms import needed
from web.http.keys import FORM
from web.pages.staff.site.parts import change, seen
from web.pages.staff.site.parts import show as show_tab


async def show(request: Request) -> Response:
    """Show the names and words with their forms."""
    return await show_tab(request, "words")


async def name_it(request: Request) -> Response:
    """Give the site a name."""
    form, version = request[FORM], seen(request)
    names = {one: needed(form, f"name_{one}") for one in LANGUAGES}

    async def verb(tx: Tx, actor: int) -> None:
        await changing.name_it(tx, names, seen=version, actor_id=actor)

    return await change(request, "words", verb, "name")


async def word_it(request: Request) -> Response:
    """Put the operator's words in place of ours."""
    form, version = request[FORM], seen(request)
    fields = [f"{name}_{one}" for name in WORDS for one in LANGUAGES]
    words = {name: needed(form, name) for name in fields}

    async def verb(tx: Tx, actor: int) -> None:
        await changing.word_it(tx, words, seen=version, actor_id=actor)

    return await change(request, "words", verb, "words")


async def name_sender(request: Request) -> Response:
    """Say whom mails come from."""
    name, version = needed(request[FORM], "sender"), seen(request)

    async def verb(tx: Tx, actor: int) -> None:
        await changing.name_sender(tx, name, seen=version, actor_id=actor)

    return await change(request, "words", verb, "sender")


async def offer_languages(request: Request) -> Response:
    """Say in which languages the site speaks."""
    form, version = request[FORM], seen(request)
    offered = {one for one in LANGUAGES if form.get(one) == "1"}

    async def verb(tx: Tx, actor: int) -> None:
        await changing.offer_languages(tx, offered, seen=version, actor_id=actor)

    return await change(request, "words", verb, "languages")
