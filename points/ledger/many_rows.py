"""Many rows of the books at once, for who moves the money of many. See `points.ledger.rows`."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation.database import Tx
from points.ledger.rows import fingerprint
from points.tables import wallets


async def wallets_of(tx: Tx, user_ids: Sequence[int], kind: str) -> dict[int, int]:
    """Return the wallets of a kind that these users have, by user."""
    users = sa.func.any(sa.cast(list(user_ids), sa.ARRAY(sa.BigInteger)))
    found = await tx.execute(
        sa.select(wallets.c.user_id, wallets.c.id).where(
            wallets.c.kind == kind, wallets.c.user_id == users
        )
    )
    return {row.user_id: row.id for row in found}


_MANY = sa.text("""
INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash)
SELECT t.debit, c.id, t.amount, :kind, :kind, t.key, t.hash
FROM unnest(CAST(:debits AS bigint[]), CAST(:amounts AS bigint[]), CAST(:keys AS text[]),
  CAST(:hashes AS bytea[])) WITH ORDINALITY AS t (debit, amount, key, hash, n)
JOIN wallets c ON c.kind = :credit AND c.user_id IS NULL
ORDER BY t.n
ON CONFLICT (idempotency_key) DO NOTHING
""")


async def transfer_many(
    tx: Tx,
    *,
    debits: Sequence[int],
    credit: str,
    amounts: Sequence[int],
    kind: str,
    keys: Sequence[str],
) -> int:
    """Write many transfers to one of the site's own wallets at once; return how many were new.

    None of them touches a wallet that keeps a balance. Each is the one that `transfer` would write.
    """
    hashes = [
        fingerprint(debit, credit, amount, kind)
        for debit, amount in zip(debits, amounts, strict=True)
    ]
    values = {"debits": debits, "amounts": amounts, "keys": keys, "hashes": hashes}
    made = await tx.execute(_MANY, {"credit": credit, "kind": kind} | values)
    return made.rowcount
