"""What somebody writes, as it is kept and as people count it: a family or a flag is one character.

Nothing in it turns the text around it, nothing stands in it that can't be seen, and no letter bears
more marks than letters bear, so that as many characters are also as much to read.
"""

import re

from foundation.errors import UserError
from foundation.language import N_
from foundation.text.clusters import JOINER, clusters, is_flag_letter, is_picture
from foundation.text.visible import MOST_MARKS, is_blank
from foundation.text.written import plain

# Signs that turn the text around them; what is left takes its direction from its letters. And those
# that nobody sees anywhere: spaces and joiners of no width, invisible operators, the soft hyphen.
_UNSEEN = re.compile("[\u00ad\u200b\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u206f]")
_GAPS = re.compile(r"\n{4,}")
# A family with its colours of skin has eleven; the flags of regions spelled in tags have seven.
LONGEST_PICTURE = 16


def words_of(text: str, most: int) -> str:
    """Return a text of at most so many characters as it is kept.

    Raises UserError `words_blank` or `words_too_long` (400; most, now).
    """
    drawn = _GAPS.sub("\n\n\n", _UNSEEN.sub("", plain(text)))
    counted = [_bounded(cluster) for cluster in clusters(drawn)]
    kept = "".join(counted)
    if is_blank(kept):
        raise UserError("words_blank", N_("本文を入力してください。"), status=400)
    if len(counted) > most:
        raise UserError(
            "words_too_long",
            N_("%(most)s文字までです。いまは%(now)s文字あります。"),
            status=400,
            most=f"{most:,}",
            now=f"{len(counted):,}",
        )
    return kept


def longest_kept(most: int) -> int:
    """Return how many code points a text of so many characters has at most."""
    return most * LONGEST_PICTURE


def _bounded(cluster: str) -> str:
    """Return a character without what is piled on it beyond what its kind bears."""
    pictured = is_picture(cluster[0]) or is_flag_letter(cluster[0])
    return cluster[: LONGEST_PICTURE if pictured else 1 + MOST_MARKS].rstrip(JOINER)
