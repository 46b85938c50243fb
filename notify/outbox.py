"""The outbox: mails wait here until a sender has taken them, whatever fails on the way."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from notify.tables import mails

# After tries at 1, 2, 4, … minutes (an hour at most apart) a mail is given up within a day.
MOST_TRIES = 24
LONGEST_WAIT_MINUTES = 60


@dataclass(frozen=True)
class Mail:
    """A mail on its way out, in its reader's language."""

    id: int
    to_address: str
    subject: str
    text: str


_DUE = sa.text("""
WITH waiting AS (
  SELECT id FROM mails WHERE next_try_at <= clock_timestamp()
  ORDER BY next_try_at, id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE mails m SET tries = tries + 1,
  next_try_at = clock_timestamp() + least(:longest, 2 ^ least(tries, 10)) * interval '1 min'
FROM waiting w WHERE m.id = w.id
RETURNING m.id, m.to_address, m.subject, m.text
""")


async def due(tx: Tx, most: int = 20) -> list[Mail]:
    """Take up to `most` mails that wait to be sent.

    Nobody else gets them before their next try: a process that dies with them loses none.
    """
    rows = await tx.execute(_DUE, {"most": most, "longest": LONGEST_WAIT_MINUTES})
    return sorted((Mail(**row) for row in rows.mappings()), key=lambda mail: mail.id)


async def sent(tx: Tx, mail_id: int) -> None:
    """Note that a mail has gone out."""
    await tx.execute(
        sa.update(mails)
        .where(mails.c.id == mail_id)
        .values(sent_at=sa.func.clock_timestamp(), next_try_at=None, last_error=None)
    )


async def failed(tx: Tx, mail_id: int, error: str) -> None:
    """Note why a mail has not gone out; after the last try it is given up."""
    given_up = sa.case((mails.c.tries >= MOST_TRIES, sa.null()), else_=mails.c.next_try_at)
    await tx.execute(
        sa.update(mails)
        .where(mails.c.id == mail_id, mails.c.sent_at.is_(None))
        .values(last_error=error[:500], next_try_at=given_up)
    )
