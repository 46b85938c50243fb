"""The stretches of a talk: where one ends, the next begins."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import DbRow
from rooms.ground.talk_record_tables import talk_spans
from rooms.talk.rules import Span

_CLOSE = sa.text("""
UPDATE talk_spans s SET ended_at = greatest(e.at, s.began_at)
FROM unnest(CAST(:ids AS bigint[]), CAST(:moments AS timestamptz[])) AS e (id, at)
WHERE s.talk_id = e.id AND s.ended_at IS NULL
""")


async def turn(tx: Tx, kind: str, rows: Sequence[DbRow]) -> None:
    """Begin a span of `kind` in each row's talk `id`, at its `at` and meter `connected_ms`."""
    if not rows:
        return
    await close(tx, [(row.id, row.at) for row in rows])
    await tx.execute(
        sa.insert(talk_spans),
        [
            {
                "talk_id": row.id,
                "began_at": row.at,
                "kind": kind,
                "from_ms": row.connected_ms,
                "reason": getattr(row, "reason", None),
            }
            for row in rows
        ],
    )


async def close(tx: Tx, ends: Sequence[tuple[int, datetime]]) -> None:
    """End the open span of each talk at the given moment."""
    await tx.execute(
        _CLOSE, {"ids": [talk for talk, _ in ends], "moments": [moment for _, moment in ends]}
    )


async def of_talk(tx: Tx, talk_id: int, until: datetime) -> list[Span]:
    """Return a talk's spans in order; one still open reaches `until`."""
    rows = await tx.execute(
        sa.select(talk_spans).where(talk_spans.c.talk_id == talk_id).order_by(talk_spans.c.id)
    )
    return [
        Span(
            row.kind,
            row.began_at,
            row.ended_at or max(until, row.began_at),
            row.from_ms,
            row.reason,
        )
        for row in rows
    ]
