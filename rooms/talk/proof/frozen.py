"""A frozen picture: sound arrives and no new frame does, while the other's camera is on.

The meter stands, and both are asked once whether to go on by voice.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from rooms.ground import refusals
from rooms.ground.live import Side
from rooms.ground.tables import talks
from rooms.talk import meter, rules, spans

# A side is frozen where its newest beat is long after its last frame, sound came just before it,
# and the other's camera was still on and sending some while after that frame.
_IS_FROZEN = """
{0}_told_at - {0}_frame_at > :frozen * interval '1 s'
  AND {0}_came_at > {0}_told_at - :sound * interval '1 s'
  AND {1}_camera_at > {0}_frame_at + :frozen * interval '0.5 s'
"""
_CALLER = _IS_FROZEN.format("caller", "cast")
_CAST = _IS_FROZEN.format("cast", "caller")

# For the first time in a talk as of the last frame, though never before a minute that is paid;
# later, when the answer is known, as of now.
_STOP = sa.text(f"""
WITH frozen AS (
  SELECT id, clock_timestamp() AS moment, greatest(running_since,
    CASE WHEN next_minute > 1 THEN due_at - minute_ms * interval '1 ms' END,
    least(caller_good_at, cast_good_at, CASE WHEN frozen_at IS NULL THEN least(
      CASE WHEN {_CALLER} THEN caller_frame_at END,
      CASE WHEN {_CAST} THEN cast_frame_at END) END)) AS as_of
  FROM talks
  WHERE id = ANY (CAST(:only AS bigint[])) AND state = 'talking' AND with_video
    AND (caller_by_voice AND cast_by_voice) IS NOT TRUE AND ({_CALLER} OR {_CAST})
)
UPDATE talks t SET state = 'interrupted', interrupted_at = f.as_of, frozen_at = f.moment,
  connected_ms = connected_ms + floor(extract(epoch
    FROM f.as_of - t.running_since) * 1000)::bigint,
  running_since = NULL, due_at = NULL, caller_good_at = NULL, cast_good_at = NULL,
  stopped_by = 'frozen', lapse_at = f.as_of
FROM frozen f WHERE t.id = f.id
RETURNING t.id, f.as_of AS at, 'frozen' AS reason, t.connected_ms
""")  # noqa: S608 - fixed fragments


async def stop(tx: Tx, settings: Settings, only: Sequence[int]) -> list[int]:
    """Stop the meters of talks (locked by the caller) whose picture is frozen; return their ids."""
    bounds = {"frozen": settings.frozen_seconds, "sound": settings.beat_seconds}
    rows = (await tx.execute(_STOP, bounds | {"only": list(only)})).all()
    locks.note(tx, talks, [row.id for row in rows])
    await spans.turn(tx, "interrupted", rows)
    return [row.id for row in rows]


async def answer(tx: Tx, settings: Settings, talk_id: int, side: Side, agree: bool) -> None:
    """Take a side's answer whether to go on by voice; where both agree the meter goes on.

    Raises UserError `talk_over`, or `not_asked` where the question doesn't stand.
    """
    query = sa.select(
        talks.c.id,
        talks.c.ended_at,
        talks.c.state,
        talks.c.stopped_by,
        talks.c.caller_by_voice,
        talks.c.cast_by_voice,
    )
    talk = await locks.lock_row(tx, query.where(talks.c.id == talk_id))
    assert talk is not None
    if talk.ended_at is not None:
        raise refusals.talk_over()
    answers = (talk.caller_by_voice, talk.cast_by_voice)
    if not rules.asks_by_voice(talk.state, talk.stopped_by, *answers):
        raise UserError("not_asked", N_("いまは音声だけで続けるかを選べません。"))
    await tx.execute(
        sa.update(talks).where(talks.c.id == talk_id).values({f"{side}_by_voice": agree})
    )
    await meter.start(tx, settings, [talk_id])
