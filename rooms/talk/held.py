"""Which talks can be worked on now: those that nobody else holds."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation.database import Tx

_LOCK_FREE = sa.text("""
SELECT id FROM talks WHERE id = ANY (CAST(:ids AS bigint[]))
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
""")


async def lock_free(tx: Tx, talk_ids: Sequence[int]) -> set[int]:
    """Lock those of these talks that nobody holds, in id order and without waiting; return them."""
    return set((await tx.execute(_LOCK_FREE, {"ids": sorted(talk_ids)})).scalars())
