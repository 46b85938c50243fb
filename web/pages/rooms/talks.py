"""Talks: the history, a talk that is going on, and the page after one that has ended."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.meeting import blocks, favourites
from rooms.applying import views
from rooms.booking import timetable
from rooms.calling import standing as telephone
from rooms.calling import views as calling
from rooms.care import claim_rules, claims
from rooms.day import notes
from rooms.lobby import directory, pauses
from rooms.ratings import after_talk, rules, standing
from rooms.ratings.after_talk import TalkRatings
from rooms.recording import library
from rooms.talk import messages
from rooms.talk.past import history, past_talks
from rooms.talk.past.history import TalkAccount
from rooms.talk.past.past_talks import MOST_COUNTED, Which
from web.http.forms import Filled
from web.http.headers import allow_stripe
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, reader_locale, visit


async def show_history(request: Request) -> Response:
    """Show the member's talks, the latest first; those that never connected stand apart."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    which: Which = "failed" if request.query.get("show") == "failed" else "talked"
    async with visit(request) as v:
        user = v.member()
        found = await past_talks.history(v.tx, user.id, number, v.settings.page_size, which)
        return v.page(
            "talks.html",
            talks=found,
            which=which,
            talked=await past_talks.count(v.tx, user.id, "talked"),
            failed=await past_talks.count(v.tx, user.id, "failed"),
            most=MOST_COUNTED,
            recordings=await library.count(v.tx, user.id),
            applied=await views.number_over(v.tx, user.id, "caller"),
        )


async def talk(request: Request) -> Response:
    """Show one of the member's talks: its stage while it lives, its account after that."""
    talk_id = id_in_path(request, "talk_id")
    async with visit(request) as v:
        account = await history.account(v.tx, talk_id, v.member().id)
        if account.state == "ended":
            return await after_page(v, account)
        if (call_id := await calling.of_talk(v.tx, talk_id)) is not None:
            return redirect(f"/calls/{call_id}")
        stage = _stage(account)
        if account.side == "caller":
            allow_stripe(request)
        return v.page(
            "talk.html",
            talk={"id": talk_id, **stage},
            stage=stage,
            live_talk=None,
            standing=await standing.seen_by(v.tx, account.side, account.other_id),
        )


async def after_page(
    v: Visit, account: TalkAccount, form: Filled | None = None, status: int = 200
) -> Response:
    """Return the page after a talk; `form` is one of its own that was refused."""
    user = v.member()
    # Of a talk with somebody blocked its own account stays, and nothing of the other.
    apart = await blocks.blocked_between(v.tx, user.id, account.other_id)
    said = await after_talk.of_talk(v.tx, v.settings, account.talk_id, user.id)
    return v.page(
        "talk_account.html",
        status,
        account=account,
        claim=await claims.claim_of_talk(v.tx, account.talk_id),
        term=await claim_rules.term(v.tx, v.settings, account.ended_at or account.entered_at),
        said=[] if apart else await messages.latest(v.tx, account.talk_id),
        recordings=await library.of_talk(v.tx, account.talk_id, user.id),
        ratings=said,
        form=form or _form(v, said),
        most={"text": rules.MOST_TEXT, "answer": rules.MOST_ANSWER, "words": rules.MOST_WORDS},
        done=v.request.query.get("done"),
        **await _onward(v, account, apart=apart),
        **await _as_cast(v, account),
    )


async def _onward(v: Visit, account: TalkAccount, *, apart: bool) -> dict[str, Any]:
    """Where a caller goes on from a talk: the room, its ways in, the cast as a favourite."""
    nowhere: dict[str, Any] = {"room_id": None, "booking": None, "applies": False}
    nowhere |= {"favourite": None, "may_favour": False}
    if account.side != "caller" or apart:
        return nowhere
    user_id = v.member().id
    favourite = await favourites.find(v.tx, user_id, account.other_id)
    try:
        detail = await directory.room_detail(v.tx, v.settings, account.room_id, user_id)
    except UserError:
        return nowhere | {"favourite": favourite}
    if not detail.card.published:
        return nowhere | {"favourite": favourite, "may_favour": True}
    booking = (await timetable.booking_of(v.tx, account.room_id)).booking
    takes = await views.takes_applications(v.tx, account.room_id)
    return {
        "room_id": detail.card.id,
        "booking": booking if booking != "none" else None,
        # Where the room is open one enters.
        "applies": takes and detail.card.state != "open",
        "favourite": favourite,
        "may_favour": True,
    }


async def _as_cast(v: Visit, account: TalkAccount) -> dict[str, Any]:
    """What the cast of a talk sees besides: the pause, and what they know of the caller."""
    if account.side == "caller":
        return {"resting": None, "known": None, "rests_by_telephone": False}
    cast_id = v.member().id
    by_telephone = await telephone.resumes(v.tx, cast_id)
    return {
        "resting": None if by_telephone else await pauses.of(v.tx, cast_id),
        "rests_by_telephone": by_telephone,
        "known": await notes.of_talk(v.tx, account.talk_id, cast_id),
    }


def _form(v: Visit, said: TalkRatings) -> Filled:
    """What stands in the fields at first: what was said before."""
    values = {}
    if said.rating is not None:
        values = {"stars": str(said.rating.stars), "text": said.rating.text}
        values["answer"] = said.rating.answer or ""
    if said.word is not None:
        values |= {"good": "1" if said.word.good else "0", "words": said.word.words}
    return Filled(reader_locale(v.request, v.user), values)


def _stage(account: TalkAccount) -> dict[str, Any]:
    return {
        "talk_id": account.talk_id,
        "side": account.side,
        "rate": account.rate,
        "room_title": account.room_title,
        "other_name": account.other_name,
        "other_portrait": account.other_portrait,
        "allows_video": account.with_video,
        "my_portrait": account.my_portrait,
    }
