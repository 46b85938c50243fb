"""What a cast may write of a room, and what a minute in it may cost."""

from foundation.errors import UserError
from foundation.language import N_
from foundation.text.visible import hides
from foundation.text.written import one_line_of, some_text

MOST_TITLE, MOST_TOPIC, MOST_TEXT = 40, 20, 2000
LEAST_RATE, MOST_RATE, RATE_STEP = 10, 1000, 10


def title_of(typed: str) -> str:
    """Return a room's title. Raises UserError for one that is empty, too long or unseen."""
    return seen(one_line_of(typed, MOST_TITLE))


def topic_of(typed: str) -> str:
    """Return a room's topic. Raises UserError for one that is empty, too long or unseen."""
    return seen(one_line_of(typed, MOST_TOPIC))


def seen(text: str) -> str:
    """Return a text of which nothing is hidden. Raises UserError `text_unseen` (422)."""
    if hides(text):
        raise UserError("text_unseen", N_("見えない文字が入っています。"), status=422)
    return text


def text_of(typed: str) -> str:
    """Return a room's text, with its lines. Raises UserError for one empty or too long."""
    return some_text(typed, MOST_TEXT)


def rate_of(rate: int) -> int:
    """Return points a minute: 10 to 1,000 by tens. Raises UserError (422) for any other."""
    if not LEAST_RATE <= rate <= MOST_RATE or rate % RATE_STEP:
        raise UserError(
            "rate_out_of_bounds",
            N_("料金は%(least)s〜%(most)sポイントで、%(step)sポイントきざみです。"),
            status=422,
            least=LEAST_RATE,
            most=f"{MOST_RATE:,}",
            step=RATE_STEP,
        )
    return rate
