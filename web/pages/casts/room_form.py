"""The form of a room: what was typed, read into a draft, and a room written back into it."""

from collections.abc import Mapping

from foundation.errors import UserError
from foundation.language import N_
from foundation.numbers import BIGGEST, integer
from rooms.ground.tables import BOOKINGS
from rooms.lobby import room_words
from rooms.lobby.own_rooms import OwnRoom
from rooms.offering import drafts, tags
from rooms.offering.drafts import Draft
from web.http.forms import Filled, flag

# Boxes, which are not sent where they aren't ticked.
BOXES = ("by_standby", "by_application", "by_telephone", "relayed", "records", "takes_tab")
NEW: Mapping[str, str] = {
    "rate": "100", "allows_video": "1", "by_standby": "1", "by_application": "1", "booking": "none",
}  # fmt: skip


def draft_of(form: Mapping[str, str], filled: Filled) -> Draft | None:
    """Return what the form says of a room, or None after noting what is wrong with it."""
    title = filled.take(form, "title", room_words.title_of)
    topic = filled.take(form, "topic", room_words.topic_of)
    category = filled.take(form, "category", _category)
    words = filled.take(form, "tags", tags.tags_of)
    text = filled.take_text(form, "text", room_words.text_of)
    rate = filled.take(form, "rate", _rate)
    video = filled.take(form, "allows_video", flag)
    booking = filled.take(form, "booking", _booking)
    ticked = {}
    for box in BOXES:
        filled.values[box] = form.get(box, "0")
        ticked[box] = flag(filled.values[box])
    if filled.errors or title is None or topic is None or text is None or rate is None:
        return None
    if category is None or words is None or video is None or booking is None:
        return None
    draft = Draft(title, topic, text, rate, video, category, words, booking=booking, **ticked)
    return draft if _is_entered(draft, filled) else None


def _is_entered(draft: Draft, filled: Filled) -> bool:
    """Say whether callers can come in, after noting it where they can't."""
    filled.take({"ways": "1" if draft.has_way_in() else ""}, "ways", _some_way)
    return "ways" not in filled.errors


def values_of(room: OwnRoom, words: tuple[str, ...]) -> dict[str, str]:
    """Return what stands in the fields for a room as it is kept."""
    names = ("title", "topic", "text", "rate", "booking")
    values = {name: str(getattr(room, name)) for name in names}
    for name in (*BOXES, "allows_video"):
        values[name] = "1" if getattr(room, name) else "0"
    values["category"] = str(room.category_id or "")
    values["tags"] = "、".join(words)
    return values


def _some_way(typed: str) -> str:
    if not typed:
        raise drafts.no_way_in()
    return typed


def _category(typed: str) -> int:
    try:
        return integer(typed, 1, BIGGEST)
    except UserError:
        raise drafts.category_needed() from None


def _booking(typed: str) -> str:
    if typed not in BOOKINGS:
        raise UserError("booking_unknown", N_("予約の受け方を選んでください。"), status=422)
    return typed


def _rate(typed: str) -> int:
    try:
        return room_words.rate_of(integer(typed, 0, 100_000))
    except UserError:
        # Also for what is no figure: the bounds say what is wanted.
        return room_words.rate_of(0)
