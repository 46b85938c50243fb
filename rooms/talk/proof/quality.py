"""How well media came to each side over a talk, in few parts, gathered from its beats."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa

from foundation.database import Tx

# However long the talk was: a chart of this many points, and a table of as many lines.
PARTS = 30
# Beats come every few seconds; in a shorter part there might be none of an honest side.
SHORTEST = timedelta(seconds=10)


@dataclass(frozen=True)
class Quality:
    """One part of a talk as one side told of it.

    `loss` is the share of the packets that didn't arrive, in thousandths, and `rtt_ms` the mean
    round trip; None where nothing was told of it. Of the part's `beats`, `media` told that
    something had arrived and `hidden` that the page was out of sight.
    """

    began_at: datetime
    ended_at: datetime
    loss: int | None
    rtt_ms: int | None
    beats: int
    media: int
    hidden: int


# The index leads to this talk's beats alone, however many others there are.
_PARTS = sa.text("""
SELECT side, least(floor(extract(epoch FROM at - CAST(:since AS timestamptz)) / :seconds), :last)
    ::int AS place, count(*) AS beats, count(*) FILTER (WHERE media) AS media,
  count(*) FILTER (WHERE hidden) AS hidden,
  round(1000 * sum(lost) / nullif(sum(packets) + sum(lost), 0))::int AS loss,
  round(avg(rtt_ms) FILTER (WHERE rtt_ms > 0))::int AS rtt_ms
FROM beats WHERE talk_id = :talk AND at >= :since AND at <= :until
GROUP BY side, place ORDER BY side, place
""")


async def of_talk(
    tx: Tx, talk_id: int, since: datetime, until: datetime
) -> dict[str, list[Quality]]:
    """Return, by side, the parts between two moments of which the side told something."""
    part = max((until - since) / PARTS, SHORTEST)
    given = {
        "talk": talk_id,
        "since": since,
        "until": until,
        "seconds": part.total_seconds(),
        # The very end belongs to the last part.
        "last": max(ceil((until - since) / part), 1) - 1,
    }
    found: dict[str, list[Quality]] = {}
    for row in await tx.execute(_PARTS, given):
        began_at = since + row.place * part
        told = (row.loss, row.rtt_ms, row.beats, row.media, row.hidden)
        found.setdefault(row.side, []).append(Quality(began_at, began_at + part, *told))
    return found
