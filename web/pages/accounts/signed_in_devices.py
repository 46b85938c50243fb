"""The devices on which one is signed in: seeing them, and signing them out."""

from aiohttp.web import HTTPNotFound, Request, Response

from people.joining import mailed_links
from people.sign_in import sessions
from signaling.server import CONNECTIONS
from web.http.paths import id_in_path, redirect
from web.http.session import session_token
from web.http.visit import member_transaction, visit

DONE = ("one", "others")


async def show_devices(request: Request) -> Response:
    """Show where one is signed in, this device first."""
    async with visit(request) as v:
        me = v.member()
        found = await sessions.signed_in(v.tx, me.id, session_token(request) or "")
        done = request.query.get("done", "")
        return v.page("signed_in_devices.html", devices=found, done=done if done in DONE else "")


async def sign_out_one(request: Request) -> Response:
    """Sign one of one's own devices out; somebody else's isn't there."""
    session_id = id_in_path(request, "session_id")
    async with member_transaction(request) as (tx, user):
        if not await sessions.close_one(tx, user.id, session_id):
            raise HTTPNotFound
    await request.app[CONNECTIONS].recheck(user.id)
    return redirect("/settings/devices?done=one")


async def sign_out_others(request: Request) -> Response:
    """Sign every device out but this one; what was asked for by mail there, leads nowhere."""
    async with member_transaction(request) as (tx, user):
        await mailed_links.drop_all(tx, user.id)
        await sessions.close_others(tx, user.id, session_token(request) or "")
    await request.app[CONNECTIONS].recheck(user.id)
    return redirect("/settings/devices?done=others")
