"""Why a call is over, in the words of its page, for either side."""

from foundation.language import N_
from rooms.ground.live import Side

# Of each end: what the caller reads, and what the cast does.
WORDS: dict[str, tuple[str, str]] = {
    "called_off": (N_("お電話を取りやめました"), N_("お電話は取りやめになりました")),
    "caller_busy": (N_("あなたの電話がお話し中でした"), N_("お客様の電話がつながりませんでした")),
    "caller_declined": (
        N_("あなたの電話で、着信を受けられませんでした"),
        N_("お客様の電話がつながりませんでした"),
    ),
    "caller_no_answer": (
        N_("あなたの電話に応答がありませんでした"),
        N_("お客様の電話がつながりませんでした"),
    ),
    "caller_unreachable": (
        N_("あなたの電話につながりませんでした。番号をお確かめください"),
        N_("お客様の電話がつながりませんでした"),
    ),
    "caller_unconfirmed": (
        N_("電話に出たあと、1番が押されませんでした（留守番電話につながったときも、こうなります）"),
        N_("お客様の電話がつながりませんでした"),
    ),
    "caller_hung_up": (
        N_("つながる前に、あなたの電話が切れました"),
        N_("つながる前に、お客様の電話が切れました"),
    ),
    "cast_busy": (N_("キャストはお話し中でした"), N_("あなたの電話がお話し中でした")),
    "cast_declined": (
        N_("キャストは、いま電話に出られないようです"),
        N_("あなたの電話で、着信を受けられませんでした"),
    ),
    "cast_no_answer": (
        N_("キャストの応答がありませんでした"),
        N_("あなたの電話に応答がありませんでした"),
    ),
    "cast_unreachable": (
        N_("キャストの電話につながりませんでした"),
        N_("あなたの電話につながりませんでした。番号をお確かめください"),
    ),
    "cast_unconfirmed": (
        N_("キャストの応答がありませんでした"),
        N_("電話に出たあと、1番が押されませんでした（留守番電話につながったときも、こうなります）"),
    ),
    "cast_hung_up": (
        N_("キャストは、いま電話に出られないようです"),
        N_("つながる前に、あなたの電話が切れました"),
    ),
    "refused": (N_("おつなぎできませんでした"), N_("おつなぎできませんでした")),
    "line_failed": (
        N_("電話回線の都合で、おつなぎできませんでした"),
        N_("電話回線の都合で、おつなぎできませんでした"),
    ),
    "line_busy": (
        N_("電話回線が混み合っていて、おつなぎできませんでした。時間をおいてお試しください"),
        N_("電話回線が混み合っていて、おつなぎできませんでした"),
    ),
    "talked": (N_("通話がおわりました"), N_("通話がおわりました")),
}


def words_of(why: str, side: Side) -> str:
    """Return the message id of why a call is over, as one side reads it."""
    return WORDS[why][0 if side == "caller" else 1]
