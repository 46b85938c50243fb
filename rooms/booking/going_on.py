"""The end of a reserved talk: it ends with its time, or goes on by the minute where both agree."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_locked
from foundation.settings import Settings
from points import tab
from record import faults
from record.faults import Work
from rooms.booking.rows import TalkDue, TalkOfTime
from rooms.ground import kept_times, refusals
from rooms.ground.tables import talks
from rooms.lobby import means
from rooms.talk import (
    caps,
    ending,
    meter,
    seats,
)

MOST_TALKS = 1000


async def go_on(tx: Tx, settings: Settings, talk_id: int, user_id: int, agree: bool) -> None:
    """Say for one side whether the talk may go on by the minute after its reserved end.

    Raises UserError `talk_unknown` (404), `talk_over`, `not_reserved`, `next_reserved`, and for the
    caller `receivable_open`, `own_limit_reached`, `points_short` (needed, points) or those of
    `tab.must_allow`.
    """
    side = await seats.side_of(tx, talk_id, user_id)
    rows = await locks.lock(tx, sa.select(talks).where(talks.c.id == talk_id))
    (talk,) = typed_locked(TalkOfTime, rows)
    if talk.ended_at is not None:
        raise refusals.talk_over()
    if talk.reservation_id is None or talk.went_on_at is not None:
        raise UserError("not_reserved", N_("この通話は予約の時間内ではありません。"))
    values: dict[str, bool | int | None] = {f"{side}_goes_on": agree}
    if agree:
        await _must_have_time(tx, talk)
        if side == "caller":
            values["spend_cap_minutes"] = await _payable_minutes(tx, settings, talk)
    await tx.execute(sa.update(talks).where(talks.c.id == talk_id).values(values))


async def _must_have_time(tx: Tx, talk: TalkOfTime) -> None:
    following = await kept_times.next_start(tx, talk.cast_id, talk.caller_id)
    ends_at = talk.must_end_at
    if following is not None and ends_at is not None and following <= ends_at:
        raise UserError("next_reserved", N_("続けて次の予約が入っているため、延長できません。"))


async def _payable_minutes(tx: Tx, settings: Settings, talk: TalkOfTime) -> int | None:
    """Refuse a caller who can't pay what follows; return after how many minutes it ends."""
    await means.must_owe_nothing(tx, talk.caller_id)
    if talk.pays == "tab":
        await tab.must_allow(tx, settings, talk.caller_id, talk.rate)
    else:
        await means.must_afford(tx, talk.caller_id, talk.rate)
    bound = await means.must_be_within_limits(tx, talk.caller_id, talk.rate)
    return caps.nearest(talk.spend_cap_minutes, bound)


# The talks whose time is over for a reservation, their own or the next one. The last evidence says
# how far the meter went, unless it reaches to within a beat of the end.
END_DUE = Work("end_reserved", "talk")
_DUE = sa.text(f"""
SELECT t.id, t.reservation_id IS NOT NULL AND t.went_on_at IS NULL
    AND t.caller_goes_on AND t.cast_goes_on AS agreed, t.cast_id, t.caller_id, t.must_end_at,
  CASE WHEN least(t.caller_good_at, t.cast_good_at) > t.must_end_at - :margin * interval '1 s'
    THEN t.must_end_at END AS as_of
FROM talks t
WHERE t.ended_at IS NULL AND t.must_end_at <= clock_timestamp()
  AND {END_DUE.is_due("t.id")}
ORDER BY t.payer_wallet FOR NO KEY UPDATE SKIP LOCKED LIMIT :most
""")  # noqa: S608 - one fixed text within another

_GO_ON = sa.text("""
UPDATE talks SET went_on_at = must_end_at, must_end_at = :next,
  free_ms = connected_ms + CASE WHEN state = 'talking' THEN greatest(0, floor(extract(epoch
    FROM must_end_at - running_since) * 1000)::bigint) ELSE 0 END,
  due_at = CASE WHEN state = 'talking' THEN greatest(must_end_at, running_since) END
WHERE id = :talk
""")


async def end_due(tx: Tx, settings: Settings) -> list[int]:
    """End the talks whose time is over for a reservation, or let them go on; return their ids.

    A talk of which both sides agreed goes on by the minute, unless the next reservation has begun.
    """
    bounds = {"margin": 1.5 * settings.beat_seconds, "most": MOST_TALKS}
    rows = typed_all(TalkDue, (await tx.execute(_DUE, bounds)).mappings())
    locks.note(tx, talks, [row.id for row in rows], waited=False)
    done = await faults.each(tx, END_DUE, rows, lambda row: _go_on_or_end(tx, settings, row))
    return [row.id for row in done]


async def _go_on_or_end(tx: Tx, settings: Settings, row: TalkDue) -> None:
    if not row.agreed:
        await _end(tx, settings, row)
        return
    following = await tx.scalar(
        _FOLLOWING, {"people": [row.cast_id, row.caller_id], "end": row.must_end_at}
    )
    if following is not None and following <= await clock(tx):
        await _end(tx, settings, row)
        return
    await tx.execute(_GO_ON, {"talk": row.id, "next": following})


_FOLLOWING = sa.text("""
SELECT min(starts_at) FROM reservations
WHERE cast_id = ANY (CAST(:people AS bigint[])) AND state = 'booked' AND starts_at >= :end
""")


async def _end(tx: Tx, settings: Settings, row: TalkDue) -> None:
    await meter.bring_up_to_date(tx, settings, [row.id])
    await ending.end(tx, settings, row.id, "reservation_over", as_of=row.as_of)
