"""What would stop an entry, told before the caller has checked camera and microphone.

`rooms.entry` decides, at the moment of entry. This only looks ahead, with the same words.
"""

from foundation.errors import UserError
from foundation.language import N_
from people.accounts import User
from rooms.directory import RoomCard
from rooms.talks import LiveTalk


def foreseen_refusal(
    user: User, live_talk: LiveTalk | None, spendable: int, card: RoomCard
) -> UserError | None:
    """Return the refusal that an entry would meet now, as far as the page's own figures tell."""
    if user.confirmed_at is None:
        return UserError("not_confirmed", N_("メールアドレスの確認が済むと入室できます。"))
    if card.cast_id == user.id:
        return UserError("own_room", N_("ご自分のルームには入室できません。"))
    if live_talk:
        return UserError("already_in_talk", N_("すでに通話中です。いまの通話に戻れます。"))
    if spendable < card.entry_points:
        return UserError(
            "points_short",
            N_("入室には%(needed)sポイント必要です。あと%(points)sポイント足りません。"),
            needed=card.entry_points,
            points=card.entry_points - spendable,
        )
    if card.state == "busy":
        return UserError("room_busy", N_("キャストは通話中です。終わるまで少しお待ちください。"))
    if card.state == "closed":
        return UserError("room_closed", N_("キャストはいまオフラインです。"))
    return None
