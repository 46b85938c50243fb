"""Lists of consultations: what one has asked, and an answering member's page."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from signaling.written.unread import waiting
from web.http.visit import Visit, visit
from web.pages.chat.parts import words_of_chats
from web.pages.questions.threads import told
from writing.chat import handing_over, listing, members, refusals
from writing.chat.listing import Tab
from writing.ground import answering

TABS: dict[str, Tab] = {"running": "running", "over": "over"}


async def show_chats(request: Request) -> Response:
    """Show what the member has asked, the open ones first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        user_id = v.member().id
        answers = await answering.is_one(v.tx, user_id)
        return v.page(
            "chats.html",
            chats=await listing.of_caller(v.tx, user_id, number),
            counts=await waiting(v.tx, user_id),
            desk=await listing.counts_of(v.tx, user_id) if answers else None,
            **words_of_chats(),
        )


async def show_desk(request: Request) -> Response:
    """Show what an answering member may take, has in charge, or had."""
    async with visit(request) as v:
        return await desk(v)


async def desk(v: Visit, error: UserError | None = None) -> Response:
    """Return a member's page, with what has just been refused them."""
    user_id, query = v.member().id, v.request.query
    await must_answer(v)
    number = integer(query.get("page", "1"), 1, LAST_PAGE)
    tab = None if error else TABS.get(query.get("show", ""))
    waiting = await listing.waiting_for(v.tx, user_id, number) if tab is None else None
    listed = await listing.of_member(v.tx, user_id, tab, number) if tab else None
    return v.page(
        "chat_desk.html",
        error.status if error else 200,
        show=tab or "waiting",
        chats=waiting if listed is None else listed,
        offered=[] if tab else await handing_over.offered_to(v.tx, user_id),
        desk=await listing.counts_of(v.tx, user_id),
        own=await members.own(v.tx, user_id),
        refusal=told(v.request, error) if error else None,
        **words_of_chats(),
    )


async def must_answer(v: Visit) -> None:
    """Let nobody in but answering members. Raises UserError `not_answering` (403)."""
    if not await answering.is_one(v.tx, v.member().id):
        raise refusals.not_a_member()
