"""How a cast's name is spoken on the telephone: said, heard, confirmed."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from media.speech import wave_files
from people.telephones import spoken_names
from people.telephones.words import PAGE
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.session import cast_only
from web.http.visit import asker_transaction, member_transaction, reader_locale, visit
from web.pages.telephone.number import telephone_page
from web.pages.telephone.own_telephone import must_be_open, refuse

MOST_TYPED = 100


async def change_name(request: Request) -> Response:
    """Say how the name is read; its sound is made within moments."""
    form, filled = request[FORM], Filled(reader_locale(request))
    must_be_open(request.app[SETTINGS])
    filled.take(form, "reading", str)
    try:
        async with member_transaction(request) as (tx, user):
            if not user.is_cast:
                raise cast_only()
            await spoken_names.change(tx, user.id, needed(form, "reading")[:MOST_TYPED])
    except UserError as error:
        if error.status != 422:
            raise
        refuse(filled, "reading", error)
        async with visit(request) as v:
            return await telephone_page(v, filled, 422)
    return redirect(f"{PAGE}?saved=name#name")


async def hear_name(request: Request) -> Response:
    """Play the name to its owner. Raises 404 where there is nothing to hear yet."""
    async with asker_transaction(request) as (tx, user):
        sound = await spoken_names.heard(tx, user.id) if user else None
    if sound is None:
        raise HTTPNotFound
    return Response(body=wave_files.wav_for_browsers(sound), content_type="audio/wav")


async def confirm_name(request: Request) -> Response:
    """Let the name count, as its owner heard it."""
    must_be_open(request.app[SETTINGS])
    async with member_transaction(request) as (tx, user):
        await spoken_names.confirm(tx, user.id, needed(request[FORM], "reading"))
    return redirect(f"{PAGE}?saved=confirmed#name")
