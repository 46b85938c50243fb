"""Alarms: what staff must look at, because money or its books are not as they should be."""

import structlog
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from record.tables import alarms

log = structlog.get_logger(__name__)

LONGEST = 1000


async def alarm(tx: Tx, kind: str, text: str, subject: str, **details: str | int | None) -> bool:
    """Tell staff of something wrong with `subject` (an id of ours or of the payment provider's).

    `text` is one of the catalogues', with its places filled from `details` for each reader. The
    same kind about the same subject is told once; the next time False is returned.
    """
    told = await tx.scalar(
        insert(alarms)
        .values(kind=kind, text=text[:LONGEST], details=details, subject=subject)
        .on_conflict_do_nothing(index_elements=["kind", "subject"])
        .returning(alarms.c.id)
    )
    if told is None:
        return False
    # Once here too: what is tried again every minute must not fill the log, nor what reads it.
    log.error("alarm", kind=kind, subject=subject, text=text, details=details)
    return True
