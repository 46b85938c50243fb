"""A cast's profile: introduction, topics and photos."""

from functools import partial

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.text.written import written
from foundation.threads import CrowdedError
from people.accounts.accounts import User
from people.desk import roles
from people.meeting import drawing, languages, photo_refusals, photos, pictures, profiles
from people.meeting.photos import Kind, Look, Picture
from people.meeting.pictures import Pictures
from people.meeting.profiles import Profile
from web.http.forms import Filled, needed
from web.http.headers import YEAR_SECONDS
from web.http.keys import DRAWING, FORM, SETTINGS, UPLOAD
from web.http.paths import id_in_path, redirect
from web.http.uploads import MOST_FILE
from web.http.visit import Visit, asker_transaction, reader_locale, visit
from web.pages.casts.own_rooms import cast_transaction

KINDS: dict[str, tuple[Kind, str]] = {
    ".webp": ("whole", "image/webp"),
    "-320.webp": ("portrait", "image/webp"),
    "-card.jpg": ("card", "image/jpeg"),
}


async def show_profile(request: Request) -> Response:
    """Show the profile for editing."""
    async with visit(request) as v:
        found = await profiles.shown(v.tx, v.offerer().id)
        return await _page(v, Filled(reader_locale(request), _kept(found)))


async def save_profile(request: Request) -> Response:
    """Keep the introduction, the topics and the languages."""
    form, filled = request[FORM], Filled(reader_locale(request))
    text = filled.take_text(form, "text", partial(written, most=profiles.MOST_TEXT))
    topics = filled.take(form, "topics", profiles.topics_of)
    spoken = [code for code in languages.NAMES if form.get(f"language-{code}") == "1"]
    filled.values |= {f"language-{code}": "1" for code in spoken}
    if text is None or topics is None:
        async with visit(request) as v:
            return await _page(v, filled)
    async with cast_transaction(request) as (tx, user):
        await profiles.save(tx, user.id, text, topics, spoken)
    return redirect("/console/profile?saved=words#words")


async def add_photo(request: Request) -> Response:
    """Keep a photo, drawn anew. Nothing is open in the database while it is drawn."""
    try:
        async with cast_transaction(request) as (tx, user):
            await photos.must_have_room(tx, user.id)
        made = await drawn(request, user.id)
        async with cast_transaction(request) as (tx, user):
            await photos.add(tx, user.id, made, first_look(request))
    except UserError as error:
        if not error.code.startswith("photo"):
            raise
        return await _refused(request, error)
    return redirect("/console/profile?saved=photo#photos")


async def choose_portrait(request: Request) -> Response:
    """Make a photo the portrait."""
    async with cast_transaction(request) as (tx, user):
        await photos.choose(tx, user.id, id_in_path(request, "photo_id"))
    return redirect("/console/profile?saved=portrait#photos")


async def move_photo(request: Request) -> Response:
    """Move a photo by one place."""
    way = needed(request[FORM], "way")
    async with cast_transaction(request) as (tx, user):
        photo_id = id_in_path(request, "photo_id")
        await photos.move(tx, user.id, photo_id, forward=way == "forward")
    return redirect("/console/profile#photos")


async def delete_photo(request: Request) -> Response:
    """Delete a photo."""
    async with cast_transaction(request) as (tx, user):
        await photos.delete(tx, user.id, id_in_path(request, "photo_id"))
    return redirect("/console/profile?saved=deleted#photos")


async def photo(request: Request) -> Response:
    """Show a photo to whoever has its name. It never changes.

    One that staff have not let pass is seen by its owner and by them alone.
    """
    kind, content_type = KINDS[request.match_info["end"]]
    async with asker_transaction(request) as (tx, user):
        found = await photos.picture(tx, request.match_info["name"], kind)
    if found is None or not (found.public or _may_see(user, found)):
        raise HTTPNotFound
    lasting = f"public, max-age={YEAR_SECONDS}, immutable"
    return Response(
        body=found.data,
        content_type=content_type,
        headers={
            "Cache-Control": lasting if found.public else "private, no-store",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def _kept(profile: Profile) -> dict[str, str]:
    """Return what the form shows of a profile as it is kept."""
    spoken = {f"language-{code}": "1" for code in profile.languages}
    return {"text": profile.text, "topics": "、".join(profile.topics)} | spoken


def _may_see(user: User | None, found: Picture) -> bool:
    """Say whether a reader sees what is not public: their own photo, or as staff who look at it."""
    return user is not None and (user.id == found.user_id or roles.may(user.staff_role, "looks"))


def first_look(request: Request) -> Look:
    """Return how a new photo stands: it waits for staff, or is public at once."""
    return "waiting" if request.app[SETTINGS].rooms_looked_at else "passed"


async def drawn(request: Request, user_id: int, *, clear: bool = False) -> Pictures:
    """Return the photo that came with a form, drawn anew; `clear`: it is a mark.

    Raises UserError `photo_…`.
    """
    return await drawn_of(request, user_id, _sent(request), clear=clear)


async def drawn_of(request: Request, user_id: int, data: bytes, *, clear: bool = False) -> Pictures:
    """Return a member's photo drawn anew, as `drawn` does. Raises UserError `photo_…`."""
    settings = request.app[SETTINGS]
    own = {str(user_id): settings.uploads_per_member}
    try:
        async with request.app[DRAWING].place(own):
            return await drawing.make(data, settings.photo_seconds, clear=clear)
    except CrowdedError:
        raise photo_refusals.crowded() from None


def _sent(request: Request) -> bytes:
    data: bytes = request.get(UPLOAD, b"")
    if not data:
        raise missing()
    return data


def missing() -> UserError:
    """Return the refusal of a form for a photo that brings none."""
    return UserError("photo_missing", N_("写真を選んでください。"), status=422)


async def _refused(request: Request, error: UserError) -> Response:
    async with visit(request) as v:
        found = await profiles.shown(v.tx, v.offerer().id)
        filled = Filled(reader_locale(request), _kept(found))
        filled.errors["photo"] = translate(filled.locale, error.text, **error.params)
        return await _page(v, filled, error.status)


async def _page(v: Visit, filled: Filled, status: int | None = None) -> Response:
    user = v.offerer()
    return v.page(
        "profile.html",
        status or (422 if filled.errors else 200),
        form=filled,
        photos=await photos.of_user(v.tx, user.id),
        portrait_path=user.portrait,
        most_photos=photos.MOST_PHOTOS,
        pictures=pictures,
        most_bytes=MOST_FILE,
        profiles=profiles,
        languages=languages.NAMES,
        saved=None if filled.errors else v.request.query.get("saved"),
    )
