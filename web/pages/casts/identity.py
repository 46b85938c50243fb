"""A cast shows who they are and how old: the photos of a document, and their name as it has it."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from people.accounts.accounts import User
from people.desk import identity, identity_terms
from people.desk.identity import Side
from people.meeting import pictures
from people.sign_in import seals
from web.http.forms import Filled
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.session import cast_only
from web.http.uploads import MOST_FILE
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.casts.profile import drawn

PAGE = "/console/identity"


async def show_identity(request: Request) -> Response:
    """Show what is wanted, what was sent, and what came of it."""
    async with visit(request) as v:
        return await _page(v, Filled(reader_locale(request)))


async def add_side(request: Request, *, side: Side) -> Response:
    """Keep the photo of one side. Nothing is open in the database while it is drawn anew."""
    settings = request.app[SETTINGS]
    try:
        identity.must_be_possible(settings)
        async with member_transaction(request) as (_, user):
            _may_offer(user)
        made = await drawn(request, user.id)
        async with member_transaction(request) as (tx, user):
            await identity.add_side(tx, settings, user.id, side, made.whole)
    except UserError as error:
        if not error.code.startswith(("photo", "identity")):
            raise
        return await _refused(request, side, error)
    return redirect(f"{PAGE}?saved={side}#{'back' if side == 'front' else 'send'}")


async def send(request: Request) -> Response:
    """Ask for the check."""
    filled = Filled(reader_locale(request))
    name = filled.take(request[FORM], "legal_name", identity.legal_name_of)
    if name is None:
        async with visit(request) as v:
            return await _page(v, filled)
    async with member_transaction(request) as (tx, user):
        await identity.send(tx, request.app[SETTINGS], user.id, name)
    return redirect(f"{PAGE}?saved=sent")


async def take_back(request: Request) -> Response:
    """Erase what was sent, or is about to be."""
    async with member_transaction(request) as (tx, user):
        await identity.take_back(tx, user.id)
    return redirect(f"{PAGE}?saved=erased")


def _may_offer(user: User) -> None:
    """Refuse who may not offer talks, nor become somebody who does."""
    if not user.is_cast and not user.confirmed_at:
        raise cast_only()


async def _refused(request: Request, side: Side, error: UserError) -> Response:
    async with visit(request) as v:
        filled = Filled(reader_locale(request))
        filled.errors[side] = translate(filled.locale, error.text, **error.params)
        return await _page(v, filled, error.status)


async def _page(v: Visit, filled: Filled, status: int | None = None) -> Response:
    user = v.member()
    _may_offer(user)
    return v.page(
        "identity.html",
        status or (422 if filled.errors else 200),
        identity=await identity.of(v.tx, user.id),
        form=filled,
        possible=seals.can_seal(v.settings),
        kept_days=identity_terms.KEPT_DAYS,
        most_name=identity.MOST_NAME,
        pictures=pictures,
        most_bytes=MOST_FILE,
        is_demo=user.is_demo,
        saved=None if filled.errors else v.request.query.get("saved"),
    )
