"""The photos of messages: drawn anew before they are kept, and shown to the two alone."""

from aiohttp.web import Request, Response

from people.meeting.pictures import Pictures
from web.http.keys import UPLOADS
from web.http.paths import id_in_path
from web.http.visit import member_transaction
from web.pages.casts.profile import drawn_of, missing
from writing.chat import reading
from writing.chat.reading import ChatPicture, PhotoSize


async def drawn_all(request: Request, user_id: int) -> list[Pictures]:
    """Return the photos that came with a form, drawn anew one after the other.

    Raises UserError `photo_…`, also where a form that is for photos brings none.
    """
    files = request.get(UPLOADS, [])
    if not files:
        raise missing()
    return [await drawn_of(request, user_id, data) for data in files]


async def show_photo(request: Request) -> Response:
    """Show a photo to the two of its consultation; to nobody else is it there."""
    id_in_path(request, "chat_id")
    name = request.match_info["picture"]
    async with member_transaction(request) as (tx, user):
        return picture_answer(await reading.picture(tx, name, size_in(request), user.id))


def size_in(request: Request) -> PhotoSize:
    """Return the size that an address asks for."""
    return "small" if request.query.get("size") == "small" else "whole"


def picture_answer(shown: ChatPicture) -> Response:
    """Return a photo as it is answered: kept nowhere, and able to do nothing."""
    return Response(
        body=shown.data,
        content_type="image/webp",
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
