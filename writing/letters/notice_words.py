"""The words in which `writing.letters.notices` tells the two people of a letter: never its own."""

from foundation.language import N_
from writing.letters.rows import LetterSide

# Of each word: to whom it goes, its title and its text.
WORDS: dict[str, tuple[LetterSide, str, str]] = {
    "sent": (
        "cast",
        N_("メール相談が届きました"),
        N_(
            "%(name)sさんからメール相談が届きました。%(until)s までにお返事をすると、"
            "%(share)s ptが報酬になります。期限が過ぎると、ポイントはお客様に戻ります。"
        ),
    ),
    "answered": (
        "caller",
        N_("メール相談のお返事が届きました"),
        N_(
            "%(name)sさんからお返事が届きました。下のページでお読みください。"
            "%(back_until)s まで、1回だけ無料で聞き返せます。"
        ),
    ),
    "asked_back": (
        "cast",
        N_("お返事について質問が届きました"),
        N_(
            "%(name)sさんが、お返事について聞き返しています。"
            "聞き返しは1回だけで、料金に含まれています。"
        ),
    ),
    "back_answered": (
        "caller",
        N_("聞き返したことへのお返事が届きました"),
        N_("%(name)sさんからお返事が届きました。下のページでお読みください。"),
    ),
    "expired": (
        "caller",
        N_("メール相談のお返事がありませんでした"),
        N_(
            "%(name)sさんへのメールに、期限までにお返事がありませんでした。申し訳ありません。"
            "%(points)sポイントをすべてもとのポイントにお返ししました。"
        ),
    ),
    "expired_cast": (
        "cast",
        N_("メール相談の期限が過ぎました"),
        N_(
            "%(name)sさんからのメールは、お返事の期限が過ぎたため取りやめになりました。"
            "ポイントはお客様にお返ししました。"
        ),
    ),
    "stopped": (
        "caller",
        N_("メール相談が取りやめになりました"),
        N_(
            "%(name)sさんへのメールは、お返事を差し上げられなくなりました。"
            "%(points)sポイントをすべてもとのポイントにお返ししました。"
        ),
    ),
    "stopped_cast": (
        "cast",
        N_("メール相談が取りやめになりました"),
        N_("%(name)sさんからのメールは、取りやめになりました。お返事の必要はありません。"),
    ),
}
# Where it was to be paid afterwards.
ON_TAB = N_(
    "%(name)sさんへのメールは、取りやめになりました。後払いのため、料金はかかりません。"
    "お預かりしていた%(points)s円分のご利用限度額が戻りました。"
)
