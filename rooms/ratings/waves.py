"""Waves of ratings: many at once by new accounts, or alike ones by linked ones. Staff hear once."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_
from record.alarms import alarm

MANY = 5
YOUNG_DAYS = 7
YOUNG_HOURS = 24
LINKED_DAYS = 30

YOUNG = N_(
    "会員 %(cast)s のキャストに、登録から%(days)s日以内の会員の評価が、24時間に%(n)s件付きました。"
)
LINKED = N_(
    "会員 %(cast)s のキャストに、つながりの疑われる会員から、星%(stars)sつの評価が"
    "%(n)s件付きました（平均には入っていません）。"
)

_YOUNG = sa.text(f"""
SELECT count(*) FROM ratings r JOIN users u ON u.id = r.caller_id
WHERE r.cast_id = :cast AND r.rated_at > clock_timestamp() - interval '{YOUNG_HOURS} hours'
  AND u.created_at > r.rated_at - interval '{YOUNG_DAYS} days'
""")  # noqa: S608 - figures of ours
_LINKED = sa.text(f"""
SELECT stars, count(*) AS n FROM ratings
WHERE cast_id = :cast AND linked_by IS NOT NULL
  AND rated_at > clock_timestamp() - interval '{LINKED_DAYS} days'
GROUP BY stars ORDER BY n DESC LIMIT 1
""")  # noqa: S608 - likewise
# One wave is told once, though it goes on; another one a month later is another.
_MONTH = sa.text("SELECT to_char(clock_timestamp(), 'YYYY-MM')")


async def look(tx: Tx, cast_id: int) -> None:
    """Tell staff, once a month, where a cast's latest ratings look like a wave."""
    young = int(await tx.scalar(_YOUNG, {"cast": cast_id}) or 0)
    alike = (await tx.execute(_LINKED, {"cast": cast_id})).one_or_none()
    if young >= MANY:
        subject = await _subject(tx, cast_id)
        await alarm(tx, "ratings_young", YOUNG, subject, cast=cast_id, days=YOUNG_DAYS, n=young)
    if alike is not None and alike.n >= MANY:
        subject = await _subject(tx, cast_id)
        told = {"cast": cast_id, "stars": int(alike.stars), "n": int(alike.n)}
        await alarm(tx, "ratings_linked", LINKED, subject, **told)


async def _subject(tx: Tx, cast_id: int) -> str:
    return f"user:{cast_id} {await tx.scalar(_MONTH)}"
