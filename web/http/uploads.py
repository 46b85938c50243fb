"""Files that people send with a form: bounded in bytes, time and number.

A file is read for the few addresses that take one (`web.http.paths.takes_file`): of casts, of those
who may become one by themselves, what shows who somebody is, of staff what their bank says, and the
site's icon and logo. Of a confirmed member also the photos of a message, a few at once, together as
large as one file.

So who sends it is asked before anything of it is read. And only after the form's token, which
stands before the file, has proved to be ours.
"""

from collections.abc import Callable

from aiohttp import BodyPartReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import (
    HTTPLengthRequired,
    PayloadAccessError,
    Request,
    RequestPayloadError,
)

from foundation.errors import ProtocolError, UserError
from foundation.language import N_
from people.accounts.accounts import User
from people.desk import roles
from people.meeting import photos
from people.sign_in.sessions import session_user
from rooms.offering import publishing
from web.http.bodies import keeping_pace, must_be_plain
from web.http.keys import DATABASE, SETTINGS, UPLOAD, UPLOADING, UPLOADS
from web.http.paths import BANK_RESULTS, MEMBERS_UPLOADS, SEVERAL, SITE_PICTURES, way_back
from web.http.session import SignInNeededError, cast_only
from web.http.tries import count_upload

MOST_FILE = 8 * 1024 * 1024
MOST_FIELD = 4 * 1024
MOST_PARTS = 10
# What the boundaries, the headers of the parts and the small fields may take beside the file.
MOST_BESIDE = 16 * 1024
# Beside photos stands a message: 2,000 characters of the longest kind.
MOST_MESSAGE = 160 * 1024
MOST_SEVERAL = 4
CHUNK = 64 * 1024
# For a place among the uploads; whoever has to wait longer is told so.
WAIT_SECONDS = 10


async def read_upload(request: Request, is_ours: Callable[[str], bool]) -> dict[str, str]:
    """Return the small fields of a form whose first is its token; the file is `request[UPLOAD]`.

    Several are `request[UPLOADS]`. Of a form whose token isn't ours, nothing more is read. Raises
    SignInNeededError, UserError (403, 413, 422, 429), CrowdedError, aiohttp's 408, 411 and 415, and
    ProtocolError for a form that no browser would send.
    """
    must_be_plain(request)
    if request.content_length is None:
        raise HTTPLengthRequired
    if request.content_length > MOST_FILE + MOST_BESIDE + _longest(request):
        raise _too_large()
    member, settings = await _sender(request), request.app[SETTINGS]
    await count_upload(request, member.id)
    own = {str(member.id): settings.uploads_per_member}
    try:
        async with (
            request.app[UPLOADING].place(own, WAIT_SECONDS),
            keeping_pace(request, settings.upload_pace, settings.upload_seconds),
        ):
            return await _read(request, is_ours)
    except (RequestPayloadError, PayloadAccessError, ConnectionError) as error:
        raise ProtocolError("form_cut_off") from error
    except (ValueError, RuntimeError, AssertionError, HttpProcessingError) as error:
        # What the reader says of boundaries and headers that make no sense.
        raise ProtocolError("form_malformed") from error


async def _sender(request: Request) -> User:
    async with request.app[DATABASE].transaction() as tx:
        user = await session_user(tx, request.app[SETTINGS], request.headers.get("Cookie"))
    if user is None:
        raise SignInNeededError(way_back(request))
    if BANK_RESULTS.fullmatch(request.path) and roles.may(user.staff_role, "payouts"):
        return user
    if request.path in SITE_PICTURES and roles.may(user.staff_role, "site"):
        return user
    members = request.path in MEMBERS_UPLOADS or SEVERAL.fullmatch(request.path)
    if not (members and user.confirmed_at) and not publishing.may_offer(
        request.app[SETTINGS], user
    ):
        raise cast_only()
    return user


def _longest(request: Request) -> int:
    """How many bytes a field beside the files may have."""
    return MOST_MESSAGE if SEVERAL.fullmatch(request.path) else MOST_FIELD


async def _read(request: Request, is_ours: Callable[[str], bool]) -> dict[str, str]:
    fields: dict[str, str] = {}
    reader = await request.multipart()
    for number in range(MOST_PARTS + 1):
        part = await reader.next()
        if part is None:
            return fields
        if not isinstance(part, BodyPartReader) or not part.name or number == MOST_PARTS:
            raise ProtocolError("form_malformed")
        if number == 0:
            token = await _text(part) if part.name == "csrf" else ""
            if not is_ours(token):
                return {}
            fields["csrf"] = token
        elif part.filename is not None:
            await _keep(request, part)
        elif part.name in fields:
            raise ProtocolError("form_repeats_a_field")
        else:
            fields[part.name] = await _text(part, _longest(request))
    return fields


async def _keep(request: Request, part: BodyPartReader) -> None:
    """Keep a file of a form. A field in which nothing was chosen comes as an empty one."""
    several = SEVERAL.fullmatch(request.path) is not None
    if not several and UPLOAD in request:
        raise ProtocolError("form_repeats_a_field")
    data = await _bytes(part, MOST_FILE)
    if not several:
        request[UPLOAD] = data
        return
    files = request.setdefault(UPLOADS, [])
    if data:
        files.append(data)
    if len(files) > MOST_SEVERAL:
        raise photos.too_many(MOST_SEVERAL)


async def _text(part: BodyPartReader, most: int = MOST_FIELD) -> str:
    return (await _bytes(part, most)).decode("utf-8")


async def _bytes(part: BodyPartReader, most: int) -> bytes:
    read = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        read += chunk
        if len(read) > most:
            raise _too_large()
    return bytes(read)


def _too_large() -> UserError:
    return UserError(
        "file_too_large",
        N_("ファイルが大きすぎます。%(most)s MBまでのものを選んでください。"),
        status=413,
        most=MOST_FILE // 1024 // 1024,
    )
