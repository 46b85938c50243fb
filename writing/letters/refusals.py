"""What is said where a letter can't be sent, answered or found."""

from foundation.errors import UserError
from foundation.language import N_
from writing.letters.rows import LetterRow


def letter_unknown() -> UserError:
    """There is no such letter, or the asker has nothing to do with it."""
    return UserError("letter_unknown", N_("このメール相談は見つかりません。"), status=404)


def letters_away() -> UserError:
    """The other can't be written to; who is blocked, or whom the site keeps out, isn't told so."""
    return UserError("letters_away", N_("いまは、この相手にメールを送れません。"))


def letters_off() -> UserError:
    """The cast takes no letters."""
    return UserError(
        "letters_off", N_("このキャストは、いまメール相談を受け付けていません。"), status=404
    )


def letter_over(row: LetterRow) -> UserError:
    """A letter waits for no answer any more."""
    if row.state == "answered":
        return UserError("letter_answered", N_("このメールには、もうお返事をしています。"))
    return UserError(
        "letter_over", N_("お返事の期限が過ぎたか、取りやめになったため、お返事を送れません。")
    )
