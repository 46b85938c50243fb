"""What would stop an entry, told before the caller has checked camera and microphone.

`rooms.talk.entry` decides, at the moment of entry. This only looks ahead, with the same words.
"""

from foundation.errors import UserError
from people.accounts.accounts import User
from rooms.ground import refusals
from rooms.ground.live import LiveTalk
from rooms.lobby.directory import RoomCard
from web.pages.points.paying import PayChoice


def foreseen_refusal(
    user: User, live_talk: LiveTalk | None, ways: PayChoice, card: RoomCard
) -> UserError | None:
    """Return the refusal that an entry would meet now, as far as the page's own figures tell."""
    if user.confirmed_at is None:
        return refusals.not_confirmed()
    if card.cast_id == user.id:
        return refusals.own_room()
    if live_talk:
        return refusals.already_in_talk(live_talk.id)
    if ways.short:
        return refusals.points_short(card.entry_points, ways.short)
    if card.state == "busy":
        return refusals.room_busy()
    if card.state == "closed":
        return refusals.room_closed()
    return None
