"""What may stand on the board: within its length, to be seen, and without contact data. Pure."""

import re
from dataclasses import dataclass

from foundation.errors import UserError
from foundation.language import N_
from foundation.text.visible import is_blank
from writing.board.rules import (
    MOST_LINKS,
    MOST_PEN_NAME,
    MOST_TEXT,
    MOST_TITLE,
)
from writing.ground.categories import Category, category_of
from writing.ground.contacts import Contact, contacts_in
from writing.ground.words import words_of

_LINK = re.compile(r"https?\s*:\s*//|www\.", re.IGNORECASE)
CONTACT_WORDS: dict[Contact, str] = {
    "mail": N_("メールアドレスが入っています。安全のため、消してから投稿してください。"),
    "phone": N_("電話番号が入っています。安全のため、消してから投稿してください。"),
    "line": N_("LINEなどのIDが入っています。安全のため、消してから投稿してください。"),
    "payment": N_("支払いのリンクや口座が入っています。安全のため、消してから投稿してください。"),
    "address": N_("住所が入っています。安全のため、消してから投稿してください。"),
}


@dataclass(frozen=True)
class TopicDraft:
    """A topic as it is to stand, whose parts have passed their rules."""

    category: Category
    title: str
    text: str
    pen_name: str | None = None
    members_only: bool = False


def draft_of(
    category: str, title: str, text: str, pen_name: str = "", *, members_only: bool = False
) -> TopicDraft:
    """Return a topic as it is kept. Raises as the rules of its parts do (400)."""
    return TopicDraft(
        category_of(category), title_of(title), text_of(text), pen_name_of(pen_name), members_only
    )


def title_of(typed: str) -> str:
    """Return a title of one line.

    Raises UserError `title_needed` (400), and as `text_of` does.
    """
    line = " ".join(typed.split())
    if is_blank(line):
        raise UserError("title_needed", N_("タイトルを入力してください。"), status=400)
    return _public(words_of(line, MOST_TITLE))


def text_of(typed: str) -> str:
    """Return a topic's or an answer's text.

    Raises UserError `links_too_many` or `contact_<kind>` (400), and as `words.words_of` does.
    """
    return _public(words_of(typed, MOST_TEXT))


def pen_name_of(typed: str) -> str | None:
    """Return a name for one topic; None where nothing was typed. Raises as `text_of` does."""
    line = " ".join(typed.split())
    return None if is_blank(line) else _public(words_of(line, MOST_PEN_NAME))


def _public(kept: str) -> str:
    if len(_LINK.findall(kept)) > MOST_LINKS:
        raise UserError(
            "links_too_many",
            N_("リンクは%(most)s個までにしてください。"),
            status=400,
            most=MOST_LINKS,
        )
    for kind in contacts_in(kept):
        raise UserError(f"contact_{kind}", CONTACT_WORDS[kind], status=400)
    return kept
