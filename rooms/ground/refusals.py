"""Why an entry is refused: words for the door, and for the page that foresees it."""

from foundation.errors import UserError
from foundation.language import N_


def not_confirmed() -> UserError:
    """The caller's address has not been confirmed."""
    return UserError("not_confirmed", N_("メールアドレスの確認が済むと入室できます。"), status=403)


def room_unknown() -> UserError:
    """The room isn't there, or not for the asker."""
    return UserError("room_unknown", N_("このルームは見つかりません。"), status=404)


def own_room() -> UserError:
    """The room is the caller's own."""
    return UserError("own_room", N_("ご自分のルームには入室できません。"))


def already_in_talk(talk_id: int) -> UserError:
    """The caller is in a talk."""
    return UserError(
        "already_in_talk", N_("すでに通話中です。いまの通話に戻れます。"), talk_id=talk_id
    )


def points_short(needed: int, missing: int) -> UserError:
    """The caller can't pay the minutes that an entry needs: `missing` of `needed` points."""
    return UserError(
        "points_short",
        N_("入室には%(needed)sポイント必要です。あと%(points)sポイント足りません。"),
        needed=needed,
        points=missing,
    )


def room_busy() -> UserError:
    """The cast is in a talk."""
    return UserError("room_busy", N_("キャストは通話中です。終わるまで少しお待ちください。"))


def room_closed() -> UserError:
    """The cast is not on stand-by."""
    return UserError("room_closed", N_("キャストはいまオフラインです。"))


def must_be_as_seen(rate: int, seen: int | None) -> None:
    """Refuse a price that isn't the one that the caller was shown (None: not said)."""
    if seen is not None and seen != rate:
        raise UserError(
            "rate_changed",
            N_(
                "料金が1分%(rate)sポイントに変わりました。ページを読み込みなおして、お確かめください。"
            ),
            rate=f"{rate:,}",
        )
