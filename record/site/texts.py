"""What an operator may call the site, and put in its words."""

import unicodedata

from foundation.errors import UserError
from foundation.language import N_
from foundation.text.clusters import clusters
from foundation.text.visible import hides, is_blank
from foundation.text.written import plain

MOST_NAME, MOST_SENDER = 40, 40
MOST_WORDS = {"hero": 60, "lead": 160, "footer": 160}


def name_of(typed: str, most: int = MOST_NAME) -> str:
    """Return a name of 1 to `most` characters, of which each can be seen.

    Raises UserError (422) `site_name_missing`, `site_name_too_long` and `site_name_unseen`, the
    last also for what mail programs or browsers would read as something else: `<`, `>`, `"`.
    """
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if is_blank(name):
        raise UserError("site_name_missing", N_("名前を入力してください。"), status=422)
    if len(clusters(name)) > most or len(name) > 2 * most:
        raise UserError(
            "site_name_too_long", N_("名前は%(most)s文字までです。"), status=422, most=most
        )
    if hides(name) or set(name) & set('<>"'):
        raise UserError("site_name_unseen", N_("名前に使えない文字が入っています。"), status=422)
    return name


def words_of(typed: str, most: int) -> str:
    """Return words of one line that hide nothing; empty ones stay so. Raises UserError (422)."""
    words = " ".join(plain(unicodedata.normalize("NFC", typed), " \n").split())
    if len(clusters(words)) > most or len(words) > 2 * most:
        raise UserError(
            "site_words_too_long", N_("%(most)s文字以内で入力してください。"), status=422, most=most
        )
    if words and hides(words):
        raise UserError("site_words_unseen", N_("使えない文字が入っています。"), status=422)
    return words
