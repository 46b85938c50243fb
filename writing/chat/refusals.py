"""What is said where a consultation can't be sent, taken, written in or found."""

from foundation.errors import UserError
from foundation.language import N_


def chat_unknown() -> UserError:
    """There is no such consultation, or the asker has nothing to do with it."""
    return UserError("chat_unknown", N_("このチャット相談は見つかりません。"), status=404)


def chat_off() -> UserError:
    """The site has no chat consultation."""
    return UserError(
        "chat_off", N_("このサイトでは、チャット相談を受け付けていません。"), status=404
    )


def chat_taken() -> UserError:
    """Another member took it first."""
    return UserError("chat_taken", N_("ほかのメンバーが、ひと足先に担当になりました。"))


def chat_gone() -> UserError:
    """It waits for nobody any more."""
    return UserError("chat_gone", N_("この相談は、受付を終了しました。"))


def chat_over() -> UserError:
    """Nobody writes in it any more."""
    return UserError("chat_over", N_("このチャット相談は終了しています。"))


def chat_not_begun() -> UserError:
    """Nobody has taken it yet."""
    return UserError("chat_not_begun", N_("担当のメンバーが決まるまで、お待ちください。"))


def chat_changed() -> UserError:
    """It passed into other hands in the same moment."""
    return UserError("chat_changed", N_("担当のメンバーが変わりました。画面を更新してください。"))


def chat_away() -> UserError:
    """The other can't be written to; who is blocked, or whom the site keeps out, isn't told so."""
    return UserError("chat_away", N_("いまは、この相手とチャット相談ができません。"))


def chat_member_off() -> UserError:
    """The member can't be nominated, now or by the asker."""
    return UserError(
        "chat_member_off",
        N_("このメンバーは、いま指名を受け付けていません。みんなに相談することもできます。"),
    )


def chats_open(most: int) -> UserError:
    """A caller has as many consultations open as one may."""
    return UserError(
        "chats_open",
        N_("同時に進められるチャット相談は%(most)s件までです。"),
        most=most,
    )


def chat_load_full(most: int) -> UserError:
    """A member has as many in charge as they want."""
    return UserError(
        "chat_load_full",
        N_("同時に担当できるのは%(most)s件までです。設定で増やせます。"),
        most=most,
    )


def not_a_member() -> UserError:
    """Only answering members do this."""
    return UserError("not_answering", N_("回答メンバーだけがご利用いただけます。"), status=403)


def handover_unknown() -> UserError:
    """There is no offer to hand over that waits for this."""
    return UserError("handover_unknown", N_("この引き継ぎのご相談は、終わっています。"), status=404)
