"""Changing what an operator says in every mail."""

from dataclasses import asdict

from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from notify import frames
from notify.frames import MailFrame
from notify.tables import MOST_CLOSING, MOST_OPENING, mail_frames
from record.acts import log_act
from record.texts import rules


def opening_of(text: str) -> str:
    """Return an opening as it is kept. Raises UserError (422) `text_long` and `text_hidden`."""
    return rules.body_of(text, MOST_OPENING) or ""


def closing_of(text: str) -> str:
    """Return a closing as it is kept. Raises as `opening_of` does."""
    return rules.body_of(text, MOST_CLOSING) or ""


async def save(
    tx: Tx, locale: str, opening: str, closing: str, *, base: int, actor_id: int
) -> None:
    """Let mails of a language open and close with an operator's words from now on.

    `base` is the number of what its writer had before them. Raises UserError `frame_changed` (409)
    where somebody has saved another since.
    """
    await locks.lock_word(tx, mail_frames.name, locale)
    before = await frames.read(tx, locale)
    if before.number != base:
        raise UserError(
            "frame_changed",
            N_("ほかの管理者が先に保存しました。いまの内容を見て、もう一度保存してください。"),
        )
    after = MailFrame(opening, closing, base + 1)
    made = insert(mail_frames).values(locale=locale, **asdict(after))
    await tx.execute(made.on_conflict_do_update(index_elements=["locale"], set_=asdict(after)))
    await log_act(
        tx,
        actor_id,
        "mail_frame.save",
        f"mail_frame:{locale}",
        reason=f"{locale} {after.number}",
        before=asdict(before),
        after=asdict(after),
    )
