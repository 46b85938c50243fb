"""The free time: so many seconds for a caller with one cast, once a day where not set otherwise.

What one talk leaves of it goes on in the next. All ways into a talk share it; a reserved talk,
which is paid for beforehand, uses none.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.language import N_, translate
from foundation.settings import Settings
from points import rules as prices

WORDS = {
    "day": N_("同じキャストとは1日1回、最初の%(time)s無料"),
    "entry": N_("入室のたびに、最初の%(time)s無料"),
    "first": N_("同じキャストとは初回だけ、最初の%(time)s無料"),
}
MINUTES, SECONDS = N_("%(n)s分"), N_("%(n)s秒")

_USED = sa.text("""
SELECT coalesce(sum(least(connected_ms, free_ms)), 0)::bigint FROM talks
WHERE caller_id = :caller AND cast_id = :cast AND entered_at >= :since AND reservation_id IS NULL
""")


async def free_ms(tx: Tx, settings: Settings, caller_id: int, cast_id: int) -> int:
    """Return how many milliseconds a talk of these two that begins now has free."""
    whole = settings.free_seconds * 1000
    if settings.free_per == "entry":
        return whole
    since = _since(settings, await clock(tx))
    used = await tx.scalar(_USED, {"caller": caller_id, "cast": cast_id, "since": since})
    return max(0, whole - int(used or 0))


def _since(settings: Settings, now: datetime) -> datetime:
    """A day is Asia/Tokyo's, by the moment of entry; nobody talked before the year 2000."""
    return prices.day_began(now) if settings.free_per == "day" else datetime(2000, 1, 1, tzinfo=UTC)


def free_words(settings: Settings, locale: str) -> str:
    """Say how much is free and how often, wherever the site speaks of it; empty where nothing is.

    The sentence has no full stop, so that it can stand in a list as well as before one.
    """
    seconds = settings.free_seconds
    if not seconds:
        return ""
    whole = seconds % 60 == 0
    time = translate(locale, MINUTES if whole else SECONDS, n=seconds // 60 if whole else seconds)
    return translate(locale, WORDS[settings.free_per], time=time)
