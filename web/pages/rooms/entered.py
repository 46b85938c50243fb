"""What is answered once a talk has begun: to a script its seat, to a form the way to the talk."""

from aiohttp.web import Request, Response, json_response

from rooms.talk.entry import Entered
from signaling.push import PUSH
from signaling.seating import SEATING
from web.http.errors import wants_json
from web.http.keys import FORM
from web.http.paths import redirect


async def answer_entered(request: Request, entered: Entered) -> Response:
    """Tell the cast, and answer the caller. Call it after the commit.

    A script that names its `tab` and `socket` is given its seat at once, where it can be: `seat` is
    what `talk:join` answers, or null.
    """
    await request.app[PUSH].entered(entered)
    if not wants_json(request):
        return redirect(f"/talks/{entered.talk_id}")
    form = request[FORM]
    seat = await request.app[SEATING].at_entry(
        entered.talk_id, entered.caller_id, form.get("tab", ""), form.get("socket", "")
    )
    return json_response({"talk_id": entered.talk_id, "seat": seat})
