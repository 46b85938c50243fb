"""Two sides that contradict each other: one says that nothing arrives, the other holds reports.

A browser's native code reports on what it receives; its page can neither stop nor forge that. So a
side that says its last media came at `t0`, while the other holds a report of `t0` + 9 s or later
about something that it sent, is contradicted. Nobody knows which of them is wrong: the other could
have invented the report. The meter stands, nothing is taken, nothing goes back, and the talk ends.

A side that says nothing contradicts nobody.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.language import N_
from foundation.settings import Settings
from record import alarms, faults
from record.faults import Work
from rooms.ground.tables import talks
from rooms.talk import ending, meter, rules, unproved

# Staff are told of whom so many different others have contradicted within so many days.
OTHERS, DAYS = 3, 30
MOST_TALKS = 1000
CONTRADICTED = N_(
    "会員%(user)sさんの通話が、%(days)s日間に%(others)s人の相手との間で、受信の記録の食い違いにより終わりました。"
)

# `denied` is the moment since which a side says that nothing arrives; a report of the other that is
# later, and that the denial still covers, contradicts it up to then.
_FIND = sa.text("""
WITH figures AS (
  SELECT id, state, disagree_to,
    coalesce(caller_came_at, pair_begun_at) + :late * interval '1 s' AS caller_denied,
    coalesce(cast_came_at, pair_begun_at) + :late * interval '1 s' AS cast_denied,
    CASE WHEN cast_report_at <= caller_told_at THEN cast_report_at END AS caller_doubt,
    CASE WHEN caller_report_at <= cast_told_at THEN caller_report_at END AS cast_doubt
  FROM talks WHERE id = ANY (CAST(:only AS bigint[])) AND ended_at IS NULL
), doubts AS (
  SELECT id, state, CASE WHEN caller_doubt > caller_denied THEN caller_denied ELSE cast_denied END
      AS since,
    CASE WHEN caller_doubt > caller_denied THEN caller_doubt ELSE cast_doubt END AS until,
    disagree_to
  FROM figures WHERE caller_doubt > caller_denied OR cast_doubt > cast_denied
)
UPDATE talks t SET disagree_to = d.until, stopped_by = 'disagree',
  disagree_ms = disagree_ms + floor(extract(epoch
    FROM d.until - greatest(d.since, d.disagree_to)) * 1000)::bigint
FROM doubts d
WHERE t.id = d.id AND d.until > greatest(d.since, d.disagree_to)
RETURNING t.id, d.state
""")

_TOLD = sa.text("""
UPDATE talk_spans SET reason = 'disagree'
WHERE talk_id = ANY (CAST(:ids AS bigint[])) AND ended_at IS NULL AND kind = 'interrupted'
""")


async def find(tx: Tx, settings: Settings, only: Sequence[int]) -> list[int]:
    """Let the meters stand of talks (locked by the caller) whose sides contradict each other."""
    rows = (await tx.execute(_FIND, {"only": list(only), "late": rules.LATE_REPORT_SECONDS})).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    locks.note(tx, talks, ids)
    running = [row.id for row in rows if row.state == "talking"]
    await meter.interrupt(tx, settings, running, reason="disagree")
    await tx.execute(_TOLD, {"ids": ids})
    return ids


# Besides contradictions it is the allowance of unproved light that ends a talk: nearly used up, by
# one more suspicious lapse; used up, by any stop.
END_DISAGREEING = Work("end_disagreeing", "talk")
_OVER = sa.text(f"""
ended_at IS NULL AND state IN ('connecting', 'interrupted') AND (
  disagree_ms >= :disagree OR {unproved.USED} >= :allowance
  OR stopped_by <> 'frozen' AND unproved_ms > :allowance - :tight AND {unproved.LAPSE} >= :tight)
  AND {END_DISAGREEING.is_due("talks.id")}
""")


async def end(tx: Tx, settings: Settings) -> list[int]:
    """End the talks whose sides disagree, and those that were shown for too long for nothing."""
    bounds = {
        "disagree": settings.disagree_seconds * 1000,
        "allowance": settings.unproved_seconds * 1000,
        "tight": unproved.TIGHT_MS,
    }
    # In the order of their wallets, which `ending.end` may lock.
    query = sa.select(talks.c.id).where(_OVER).order_by(talks.c.payer_wallet).limit(MOST_TALKS)
    rows = await locks.lock(tx, query, bounds, skip_locked=True)
    done = await faults.each(
        tx, END_DISAGREEING, rows, lambda row: ending.end(tx, settings, row.id, "reports_disagree")
    )
    ended = [row.id for row in done]
    await _warn_of_the_contradicted(tx, ended)
    return ended


_CONTRADICTED = sa.text("""
SELECT p.user_id, max(p.talk_id) AS talk_id, count(DISTINCT o.other_id) AS others
FROM (SELECT caller_id AS user_id, id AS talk_id FROM talks WHERE id = ANY (CAST(:ids AS bigint[]))
  UNION ALL SELECT cast_id, id FROM talks WHERE id = ANY (CAST(:ids AS bigint[]))) p,
  LATERAL (SELECT CASE WHEN t.caller_id = p.user_id THEN t.cast_id ELSE t.caller_id END AS other_id
    FROM talks t WHERE t.end_reason = 'reports_disagree'
      AND t.ended_at > clock_timestamp() - :days * interval '1 day'
      AND p.user_id IN (t.caller_id, t.cast_id)) o
WHERE NOT EXISTS (SELECT FROM alarms a WHERE a.kind = 'contradicted'
  AND a.subject LIKE 'user ' || p.user_id || ' %'
  AND a.at > clock_timestamp() - :days * interval '1 day')
GROUP BY p.user_id HAVING count(DISTINCT o.other_id) >= :others
""")


async def _warn_of_the_contradicted(tx: Tx, ended: Sequence[int]) -> None:
    if not ended:
        return
    params = {"ids": list(ended), "days": DAYS, "others": OTHERS}
    for row in (await tx.execute(_CONTRADICTED, params)).all():
        await alarms.alarm(
            tx,
            "contradicted",
            CONTRADICTED,
            f"user {row.user_id} talk {row.talk_id}",
            user=row.user_id,
            days=DAYS,
            others=row.others,
        )
