"""What time does to identities: what nobody decided on goes, and casts are told of terms."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from people.accounts.tables import users
from people.desk import identity
from people.desk.identity_tables import identity_checks, identity_documents
from people.desk.identity_words import EXPIRED, EXPIRED_TEXT, WANTED, WANTED_TEXT, tell

# For a document that was sent; one that is only begun goes after a day.
KEPT_DAYS = 14
BEGUN_DAYS = 1
# Before their last day casts are told once more.
LAST_DAYS = 7

_NOW = sa.func.clock_timestamp()


def _ago(days: int) -> sa.ColumnElement[object]:
    return _NOW - sa.func.make_interval(0, 0, 0, days)


async def lapse(tx: Tx, settings: Settings, days: int, most: int) -> int:
    """Erase up to `most` documents that were sent `days` ago, or begun a day ago; return how many.

    Whose document waited in vain is told. People whom somebody holds are left for the next time.
    """
    sent = identity_documents.c.sent_at < _ago(days)
    begun = sa.and_(
        identity_documents.c.sent_at.is_(None), identity_documents.c.begun_at < _ago(BEGUN_DAYS)
    )
    due = sa.exists().where(identity_documents.c.user_id == users.c.id, sa.or_(sent, begun))
    people = await locks.lock(
        tx, sa.select(users.c.id).where(due).order_by(users.c.id).limit(most), skip_locked=True
    )
    ids = [row.id for row in people]
    gone = await tx.execute(
        sa.delete(identity_documents)
        .where(identity_documents.c.user_id.in_(ids), sa.or_(sent, begun))
        .returning(identity_documents.c.user_id, identity_documents.c.sent_at)
    )
    for row in gone.all():
        if row.sent_at is not None:
            await _note_expired(tx, row.user_id)
            await tell(tx, settings, row.user_id, EXPIRED, EXPIRED_TEXT, days=days)
    return len(ids)


async def _note_expired(tx: Tx, user_id: int) -> None:
    values = {"state": "expired", "decided_at": _NOW, "decided_by": None, "words": None}
    await tx.execute(
        insert(identity_checks)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


async def remind(tx: Tx, settings: Settings, most: int) -> int:
    """Tell casts from before the checks of the day until which they may go on: at once, and in its
    last week; return how many were told.
    """
    if not settings.identity_check:
        return 0
    soon = identity_checks.c.allowed_until < _NOW + sa.func.make_interval(0, 0, 0, LAST_DAYS)
    untold = sa.or_(identity_checks.c.told == 0, sa.and_(identity_checks.c.told == 1, soon))
    waits = sa.exists().where(identity_documents.c.user_id == users.c.id)
    due = sa.exists().where(
        identity_checks.c.user_id == users.c.id,
        identity_checks.c.state != "checked",
        identity_checks.c.allowed_until > _NOW,
        untold,
    )
    query = sa.select(users.c.id).where(due, ~waits).order_by(users.c.id).limit(most)
    people = await locks.lock(tx, query, skip_locked=True)
    for row in people:
        await _remind(tx, settings, row.id)
    return len(people)


async def _remind(tx: Tx, settings: Settings, user_id: int) -> None:
    found = await identity.of(tx, user_id)
    told = sa.update(identity_checks).where(identity_checks.c.user_id == user_id)
    last = identity_checks.c.allowed_until < _NOW + sa.func.make_interval(0, 0, 0, LAST_DAYS)
    await tx.execute(told.values(told=sa.case((last, 2), else_=1)))
    await tell(tx, settings, user_id, WANTED, WANTED_TEXT, day=found.allowed_until)
