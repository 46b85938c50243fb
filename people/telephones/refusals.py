"""What is refused of telephone numbers, PINs and spoken names, in words for their owner."""

from foundation.errors import UserError
from foundation.language import N_


def malformed() -> UserError:
    """Return the refusal of what is no telephone number."""
    return UserError(
        "telephone_malformed",
        N_("電話番号を、市外局番や090などから正しく入力してください。"),
        status=422,
    )


def not_dialled() -> UserError:
    """Return the refusal of a number that the site doesn't ring: premium, abroad, emergency."""
    return UserError(
        "telephone_not_dialled",
        N_(
            "この番号には、おかけできません。国内の携帯電話、固定電話、050の番号を入力してください。"
        ),
        status=422,
    )


def closed() -> UserError:
    """Return the refusal of a site that has no key to seal numbers with."""
    return UserError(
        "telephones_closed", N_("このサイトでは、いまは電話番号を登録できません。"), status=503
    )


def shared_by_many(most: int) -> UserError:
    """Return the refusal of a number that as many members as may share it have already."""
    return UserError(
        "telephone_shared",
        N_("この電話番号は、すでに%(most)s人の会員が登録しています。別の番号をお使いください。"),
        most=most,
    )


def not_confirmed() -> UserError:
    """Return the refusal of a call for who has confirmed no address: it rings, and it costs."""
    return UserError(
        "not_confirmed",
        N_("メールアドレスの確認が済むと、電話番号を登録できます。"),
        status=403,
    )


def proof_too_soon(seconds: int) -> UserError:
    """Return the refusal of a call right after another."""
    return UserError(
        "proof_too_soon",
        N_("前のお電話から%(seconds)s秒たってから、もう一度お試しください。"),
        status=429,
        seconds=seconds,
    )


def proofs_too_many() -> UserError:
    """Return the refusal of one call more on a day that had enough of them."""
    return UserError(
        "proofs_too_many",
        N_("確認のお電話は、きょうはこれ以上おかけできません。あした、もう一度お試しください。"),
        status=429,
    )


def proof_over() -> UserError:
    """Return the refusal of a code that counts no more."""
    return UserError(
        "proof_over", N_("確認番号の期限が切れました。もう一度、お電話でお受け取りください。")
    )


def pin_malformed() -> UserError:
    """Return the refusal of what is no PIN."""
    return UserError(
        "pin_malformed", N_("暗証番号は、4桁から8桁の数字で入力してください。"), status=422
    )


def pin_guessed() -> UserError:
    """Return the refusal of a PIN that others try first."""
    return UserError(
        "pin_guessed",
        N_("同じ数字や続く数字、年や誕生日、電話番号の一部は、推測されやすいため使えません。"),
        status=422,
    )


def number_first() -> UserError:
    """Return the refusal of a PIN without a number."""
    return UserError("telephone_needed", N_("先に、電話番号を登録してください。"))


def digits_gone() -> UserError:
    """Return the refusal of one cast more than there are four digits."""
    return UserError("digits_gone", N_("4桁の番号が足りません。運営者にお問い合わせください。"))


def reading_malformed(most: int) -> UserError:
    """Return the refusal of a reading that can't be spoken."""
    return UserError(
        "reading_malformed",
        N_("よみがなは、ひらがなかカタカナで、%(most)s文字までで入力してください。"),
        status=422,
        most=most,
    )


def not_heard() -> UserError:
    """Return the refusal of a confirmation before there is anything to hear, or of another one."""
    return UserError(
        "name_not_heard", N_("読み方が変わりました。もう一度聞いてから、確認してください。")
    )
