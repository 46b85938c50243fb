"""Talks: the history, a talk that is going on, and the account of one that has ended."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.meeting import blocks
from rooms.care import claim_rules, claims
from rooms.day import notes
from rooms.lobby import pauses
from rooms.recording import library
from rooms.talk import history, messages
from rooms.talk.history import TalkAccount
from web.http.paths import id_in_path
from web.http.visit import Visit, allow_stripe, visit


async def show_history(request: Request) -> Response:
    """Show the member's talks, the latest first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        user = v.member()
        found = await history.history(v.tx, user.id, number, v.settings.page_size)
        recorded = await library.count(v.tx, user.id)
        return v.page("talks.html", talks=found, recordings=recorded)


async def talk(request: Request) -> Response:
    """Show one of the member's talks: its stage while it lives, its account after that."""
    talk_id = id_in_path(request, "talk_id")
    async with visit(request) as v:
        user = v.member()
        account = await history.account(v.tx, talk_id, user.id)
        if account.state == "ended":
            # Of a talk with somebody blocked its own account stays, and nothing of the other.
            apart = await blocks.blocked_between(v.tx, user.id, account.other_id)
            over = account.ended_at or account.entered_at
            return v.page(
                "talk_account.html",
                account=account,
                room_id=None if apart else account.room_id,
                claim=await claims.claim_of_talk(v.tx, talk_id),
                term=await claim_rules.term(v.tx, v.settings, over),
                said=[] if apart else await messages.latest(v.tx, talk_id),
                recordings=await library.of_talk(v.tx, talk_id, user.id),
                **await _as_cast(v, account),
            )
        stage = _stage(account)
        if account.side == "caller":
            allow_stripe(request)
        return v.page("talk.html", talk={"id": talk_id, **stage}, stage=stage, live_talk=None)


async def _as_cast(v: Visit, account: TalkAccount) -> dict[str, Any]:
    """What the cast of a talk sees besides: the pause, and what they know of the caller."""
    if account.side == "caller":
        return {"resting": None, "known": None}
    cast_id = v.member().id
    return {
        "resting": await pauses.of(v.tx, cast_id),
        "known": await notes.of_talk(v.tx, account.talk_id, cast_id),
    }


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
