"""What the verbs of rooms/ refuse for more than one reason's sake: each refusal worded once.

A refusal that only one verb can meet is worded where it is raised.
"""

from foundation.errors import UserError
from foundation.language import N_

# Who somebody is


def not_confirmed() -> UserError:
    """The caller's address has not been confirmed; said of entering."""
    return UserError("not_confirmed", N_("メールアドレスの確認が済むと入室できます。"), status=403)


def not_confirmed_to_book() -> UserError:
    """The caller's address has not been confirmed; said of booking."""
    return UserError("not_confirmed", N_("メールアドレスの確認が済むと予約できます。"), status=403)


def not_confirmed_to_report() -> UserError:
    """The reporter's address has not been confirmed."""
    return UserError("not_confirmed", N_("メールアドレスの確認が済むと通報できます。"), status=403)


def last_administrator() -> UserError:
    """Without this administrator there would be none."""
    return UserError("last_administrator", N_("最後の管理者の役割は変えられません。"))


def last_administrator_withdraws() -> UserError:
    """The last administrator wants to withdraw."""
    return UserError(
        "last_administrator",
        N_("ほかに管理者がいないため、退会できません。先に管理者を追加してください。"),
    )


# What isn't there, or not for the asker


def room_unknown() -> UserError:
    """The room isn't there, or not for the asker."""
    return UserError("room_unknown", N_("このルームは見つかりません。"), status=404)


def talk_unknown() -> UserError:
    """The talk isn't there, or not for the asker."""
    return UserError("talk_unknown", N_("この通話は見つかりません。"), status=404)


def reservation_unknown() -> UserError:
    """The reservation isn't there, or isn't the asker's."""
    return UserError("reservation_unknown", N_("この予約は見つかりません。"), status=404)


def claim_unknown() -> UserError:
    """The claim isn't there, or isn't the asker's."""
    return UserError("claim_unknown", N_("この申し立ては見つかりません。"), status=404)


def request_unknown() -> UserError:
    """The request isn't there, or isn't the asker's."""
    return UserError("request_unknown", N_("このリクエストは見つかりません。"), status=404)


def report_unknown() -> UserError:
    """The report isn't there."""
    return UserError("report_unknown", N_("この通報は見つかりません。"), status=404)


# Entering, and being in a talk


def own_room() -> UserError:
    """The room is the caller's own; said of entering."""
    return UserError("own_room", N_("ご自分のルームには入室できません。"))


def own_room_to_book() -> UserError:
    """The room is the caller's own; said of booking."""
    return UserError("own_room", N_("ご自分のルームは予約できません。"))


def already_in_talk(talk_id: int) -> UserError:
    """The caller is in a talk, to which the way back is offered."""
    return UserError(
        "already_in_talk", N_("すでに通話中です。いまの通話に戻れます。"), talk_id=talk_id
    )


def in_talk_still(talk_id: int) -> UserError:
    """Somebody is in a talk that must end before what they want."""
    return UserError(
        "already_in_talk", N_("通話中です。先にいまの通話を終えてください。"), talk_id=talk_id
    )


def in_call_now(call_id: int) -> UserError:
    """Somebody is being rung, or rings, by telephone."""
    return UserError("already_in_call", N_("お電話をおつなぎしているところです。"), call_id=call_id)


def call_unknown() -> UserError:
    """The call isn't there, or not for the asker."""
    return UserError("call_unknown", N_("このお電話は見つかりません。"), status=404)


def call_over() -> UserError:
    """The call has ended."""
    return UserError("call_over", N_("このお電話は終わりました。"))


def talk_by_telephone() -> UserError:
    """The talk goes on by telephone, which no browser can take over."""
    return UserError("talk_by_telephone", N_("この通話は、お電話でつながっています。"))


def room_by_telephone() -> UserError:
    """The cast waits by telephone, where no browser comes in."""
    return UserError(
        "room_by_telephone",
        N_("キャストはお電話で待機しています。「電話で相談する」からお話しいただけます。"),
    )


def talk_over() -> UserError:
    """The talk has ended."""
    return UserError("talk_over", N_("この通話は終わりました。"))


def cap_out_of_bounds() -> UserError:
    """A talk can't end by itself after so many minutes."""
    return UserError("cap_out_of_bounds", N_("自動終了までの時間が正しくありません。"), status=400)


def points_short(needed: int, missing: int) -> UserError:
    """The caller can't pay the minutes that an entry needs: `missing` of `needed` points."""
    return UserError(
        "points_short",
        N_("入室には%(needed)sポイント必要です。あと%(points)sポイント足りません。"),
        needed=needed,
        points=missing,
    )


def receivable_open(debt: int) -> UserError:
    """The caller owes points for a purchase whose money went back; said of entering."""
    return UserError(
        "receivable_open",
        N_("返金された購入で使用済みの%(points)sポイントが未精算のため、入室できません。"),
        points=debt,
    )


def receivable_open_to_book(debt: int) -> UserError:
    """The caller owes points for a purchase whose money went back; said of booking."""
    return UserError(
        "receivable_open",
        N_("返金された購入で使用済みの%(points)sポイントが未精算のため、予約できません。"),
        points=debt,
    )


def room_busy() -> UserError:
    """The cast is in a talk."""
    return UserError("room_busy", N_("キャストは通話中です。終わるまで少しお待ちください。"))


def room_closed() -> UserError:
    """The cast is not on stand-by."""
    return UserError("room_closed", N_("キャストはいまオフラインです。"))


def must_be_rate_shown(rate: int, seen: int | None) -> None:
    """Refuse a price that isn't the one that the caller was shown (None: not said)."""
    if seen is not None and seen != rate:
        raise UserError(
            "rate_changed",
            N_(
                "料金が1分%(rate)sポイントに変わりました。ページを読み込みなおして、お確かめください。"
            ),
            rate=f"{rate:,}",
        )


# Reservations


def length_not_taken(shortest: int, longest: int) -> UserError:
    """The room takes no reservation of this length, in minutes."""
    return UserError(
        "length_out_of_bounds",
        N_("予約できるのは%(shortest)s分から%(longest)s分まで、5分刻みです。"),
        status=400,
        shortest=shortest,
        longest=longest,
    )


def lengths_out_of_bounds() -> UserError:
    """A room may not bound its reservations so."""
    return UserError(
        "length_out_of_bounds", N_("予約の長さは10分から120分まで、5分刻みです。"), status=400
    )


def own_overlap() -> UserError:
    """The caller has another reservation at that time."""
    return UserError("own_overlap", N_("同じ時間に、ほかのご予約があります。"))


def slot_taken() -> UserError:
    """The time can be booked no more."""
    return UserError(
        "slot_taken", N_("この時間は予約できなくなりました。ほかの時間をお選びください。")
    )


def reservation_over() -> UserError:
    """The reservation's time is over."""
    return UserError("reservation_over", N_("この予約は終わっています。"))


# What a room doesn't take


def room_unpublished() -> UserError:
    """Nobody but its cast sees the room."""
    return UserError("room_unpublished", N_("公開していないルームでは待機できません。"))


def room_open() -> UserError:
    """The cast stands by in the room that they want to change."""
    return UserError("room_open", N_("待機中のルームです。先に待機を終えてください。"))


def room_without_standby() -> UserError:
    """The room is entered by application or reservation alone."""
    return UserError(
        "room_without_standby", N_("このルームは、待機と順番待ちを受け付けていません。")
    )
