"""What is refused in more than one place of the board: each refusal worded once."""

from foundation.errors import UserError
from foundation.language import N_


def topic_unknown() -> UserError:
    """The topic isn't there, or not for the asker."""
    return UserError("topic_unknown", N_("この相談は見つかりません。"), status=404)


def answer_unknown() -> UserError:
    """The answer isn't there, or isn't one on which the asker may do that."""
    return UserError("answer_unknown", N_("この回答は見つかりません。"), status=404)


def not_confirmed() -> UserError:
    """One's own address isn't proved yet."""
    return UserError(
        "not_confirmed",
        N_("メールアドレスの確認が済むと、掲示板をご利用いただけます。"),
        status=403,
    )


def topic_over() -> UserError:
    """Nobody writes in the topic any more."""
    return UserError("topic_over", N_("この相談は締め切られたため、書きこめません。"))


def too_late(minutes: int) -> UserError:
    """What was written stands, and can only be added to."""
    return UserError(
        "edit_too_late",
        N_("書いてから%(minutes)s分を過ぎたため、直せません。補足を書きたすことはできます。"),
        minutes=minutes,
    )
