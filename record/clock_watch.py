"""A watch over the database's clock, which decides about money: no step of it may move any.

The ticker compares the clock's course with its own, which never steps. Where the two part, the
clock was set: until what it jumped over has really passed, it is set right, or staff have looked at
the alarm, nothing expires, lapses or is judged.
"""

import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.language import N_
from record import alarms
from record.tables import clock_watch

# A difference that no busy machine makes by itself.
STEP = timedelta(seconds=30)
# The longest for which everything waits for somebody to look.
LONGEST = timedelta(hours=24)
STEPPED = N_(
    "データベースの時計が%(seconds)s秒ずれました。確認されるまで、失効・予約の判定・返却を止めています。"
)


@dataclass
class Course:
    """How far the clock and this process's own course had come at the last look."""

    at: datetime | None = None
    own: float = 0.0

    def step(self, at: datetime, own: float) -> timedelta:
        """Return by how much the clock moved more than the own course since the last look."""
        before, self.at = self.at, at
        passed, self.own = timedelta(seconds=own - self.own), own
        return timedelta() if before is None else at - before - passed


def own_course() -> float:
    """Return seconds of a course that no one sets, and that goes on while the machine sleeps."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


_TICK = sa.text("""
INSERT INTO clock_watch (id, ticked_at) VALUES (1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET ticked_at = excluded.ticked_at
""")
# Another process that saw the same step has noted it already.
_STEP = sa.text("""
INSERT INTO clock_watch (id, ticked_at, stepped_at, off_ms)
VALUES (1, clock_timestamp(), clock_timestamp(), :ms)
ON CONFLICT (id) DO UPDATE SET ticked_at = excluded.ticked_at,
  off_ms = clock_watch.off_ms + excluded.off_ms,
  stepped_at = CASE WHEN abs(clock_watch.off_ms + excluded.off_ms) > :step_ms
    THEN excluded.stepped_at END
WHERE clock_watch.stepped_at IS NULL
  OR abs(extract(epoch FROM clock_timestamp() - clock_watch.stepped_at)) > 20
RETURNING stepped_at
""")
_STEADY = sa.text("""
SELECT w.ticked_at BETWEEN clock_timestamp() - :step AND clock_timestamp() + interval '1 s' AND (
    w.stepped_at IS NULL OR EXISTS (SELECT FROM alarms a WHERE a.kind = 'clock_step'
      AND a.subject = to_char(w.stepped_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
      AND a.seen_at IS NOT NULL)
    OR clock_timestamp() > w.stepped_at + least(:longest, abs(w.off_ms) * interval '1 ms'))
FROM clock_watch w
""")


async def tick(tx: Tx, course: Course, own: float) -> timedelta | None:
    """Note that the clock is looked at; return by how much it has stepped, None where it hasn't.

    Staff are told of a step, once. It is returned to the first process that notes it alone.
    """
    stepped = course.step(await clock(tx), own)
    if abs(stepped) <= STEP:
        await tx.execute(_TICK)
        locks.note(tx, clock_watch, [1])
        return None
    seconds = round(stepped.total_seconds())
    params = {"ms": seconds * 1000, "step_ms": STEP.total_seconds() * 1000}
    noted = (await tx.execute(_STEP, params)).one_or_none()
    if noted is None:
        return None
    locks.note(tx, clock_watch, [1])
    at = noted.stepped_at or await clock(tx)
    await alarms.alarm(tx, "clock_step", STEPPED, f"{at:%Y-%m-%d %H:%M:%S}", seconds=seconds)
    return stepped


async def ticked_within(tx: Tx, fresh: timedelta, course: Course, own: float) -> bool:
    """Say whether somebody has ticked within `fresh`, so that one need only look at the clock.

    Its course is kept up; a step that it sees is left for its own next tick.
    """
    at = await clock(tx)
    looked = replace(course)
    stepped = looked.step(at, own)
    ticked_at = await tx.scalar(sa.select(clock_watch.c.ticked_at))
    if ticked_at is None or abs(stepped) > STEP or not at - fresh <= ticked_at <= at:
        return False
    course.at, course.own = looked.at, looked.own
    return True


_SEEN = sa.text("""
SELECT ticked_at BETWEEN clock_timestamp() - :step AND clock_timestamp() + interval '1 s'
FROM clock_watch
""")


async def is_seen(tx: Tx) -> bool:
    """Say whether the clock stands as the ticker last saw it: what a step moved is put right."""
    seen = await tx.scalar(_SEEN, {"step": STEP})
    return seen is None or bool(seen)


async def ticked_seconds(tx: Tx) -> float:
    """Return how long ago somebody ticked; infinity where nobody ever did."""
    since = sa.func.clock_timestamp() - clock_watch.c.ticked_at
    found = await tx.scalar(sa.select(sa.extract("epoch", since)))
    return float("inf") if found is None else max(0.0, float(found))


async def is_steady(tx: Tx) -> bool:
    """Say whether the clock may decide about money: it has not stepped of late, or since a tick."""
    steady = await tx.scalar(_STEADY, {"step": STEP, "longest": LONGEST})
    return steady is None or bool(steady)
