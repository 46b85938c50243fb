"""What an operator says in every mail, before and after what it is about, in each language."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from notify.tables import mail_frames


@dataclass(frozen=True)
class MailFrame:
    """An operator's own opening and closing, plain text; `number` counts up with each change."""

    opening: str = ""
    closing: str = ""
    number: int = 0


async def read(tx: Tx, locale: str) -> MailFrame:
    """Return what stands in the mails of a language now; empty where the operator says nothing."""
    columns = [mail_frames.c[name] for name in MailFrame.__dataclass_fields__]
    found = await tx.execute(sa.select(*columns).where(mail_frames.c.locale == locale))
    row = found.mappings().one_or_none()
    return MailFrame(**row) if row else MailFrame()
