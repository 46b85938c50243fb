"""What a first limit stands on: a saved card, a proved telephone number, each for one account.

Second accounts cost nothing; a second card or number does. Cards are compared by the provider's
fingerprint, numbers by their keyed hash. Which of them an account used its tab with is noted for as
long as it may owe something.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from points.tables import tab_grounds

Wanting: TypeAlias = Literal["card", "number", "either", "known"]
"""What a first limit still wants. `known`: what there is stands for another account's."""

# What a bill must come to, and what is owed must, to be collected: a card pays no less.
LEAST_YEN = 50

_KINDS: dict[str, tuple[str, ...]] = {
    "card": ("card",),
    "number": ("number",),
    "either": ("card", "number"),
}


@dataclass(frozen=True)
class _Ground:
    """A card or number that a member has now; whether it stands for another account's limit, and
    whether that one, or another, left bills unpaid."""

    kind: str
    taken: bool
    unpaid: bool


_MINE = """
mine AS (
  SELECT 'card' AS kind, p.card_mark AS mark FROM payers p
  WHERE p.user_id = :user AND p.card_mark IS NOT NULL
  UNION SELECT 'number', encode(t.mark, 'hex') FROM telephones t WHERE t.user_id = :user
)"""
# Who has a limit, or left something unpaid. A limit that staff opened stands on nothing that was
# noted at first: what such members have now counts as well.
_STANDING = f"""
SELECT t.user_id, t.yen > 0 AS has_limit, coalesce(b.late, 0) >= {LEAST_YEN} AS unpaid,
  coalesce(b.owed, 0) >= {LEAST_YEN} AS owes
FROM tabs t LEFT JOIN LATERAL (
  SELECT sum(yen - paid) AS owed,
    sum(yen - paid) FILTER (WHERE state = 'written_off' OR due_at <= clock_timestamp()) AS late
  FROM tab_bills WHERE user_id = t.user_id) b ON true"""  # noqa: S608 - a figure of ours
_GROUNDS = sa.text(f"""
WITH {_MINE}, others AS (
  SELECT m.kind, m.mark, g.user_id FROM mine m JOIN tab_grounds g USING (kind, mark)
  UNION SELECT m.kind, m.mark, t.user_id FROM mine m
    JOIN telephones t ON m.kind = 'number' AND t.mark = decode(m.mark, 'hex')
  UNION SELECT m.kind, m.mark, p.user_id FROM mine m
    JOIN payers p ON m.kind = 'card' AND p.card_mark = m.mark
)
SELECT m.kind, coalesce(bool_or(s.has_limit OR s.owes), false) AS taken,
  coalesce(bool_or(s.unpaid), false) AS unpaid
FROM mine m LEFT JOIN (others o JOIN LATERAL ({_STANDING} WHERE t.user_id = o.user_id) s
  ON o.user_id <> :user) USING (kind, mark)
GROUP BY m.kind, m.mark
""")  # noqa: S608 - fixed texts of ours


async def wanting(tx: Tx, settings: Settings, user_id: int) -> Wanting | None:
    """Return what a member's first limit still wants, None where it wants nothing.

    Where nobody talks by telephone, nobody can prove a number either, and a card is asked for.
    Whoever shares a card or a number with somebody who left a bill unpaid past its day gets none,
    whatever else they have.
    """
    asks = "card" if settings.tab_asks == "either" and not settings.telephone else settings.tab_asks
    if asks == "nothing":
        return None
    found = typed_all(_Ground, (await tx.execute(_GROUNDS, {"user": user_id})).mappings())
    asked = [one for one in found if one.kind in _KINDS[settings.tab_asks]]
    if any(one.unpaid for one in found) or (asked and all(one.taken for one in asked)):
        return "known"
    return None if asked else asks


_FREED = sa.text(f"""
WITH {_MINE} SELECT g.kind, g.mark, g.user_id FROM mine JOIN tab_grounds g USING (kind, mark)
WHERE g.user_id <> :user AND NOT EXISTS (
  SELECT FROM ({_STANDING} WHERE t.user_id = g.user_id) s WHERE s.has_limit OR s.owes)
""")  # noqa: S608 - fixed texts of ours
_NOTE = sa.text(f"""
WITH {_MINE} INSERT INTO tab_grounds (kind, mark, user_id) SELECT kind, mark, :user FROM mine
ORDER BY kind, mark ON CONFLICT DO NOTHING
""")  # noqa: S608 - a fixed text of ours


async def note(tx: Tx, user_id: int) -> None:
    """Note what a member has now as what their tab stands on, as far as it is nobody's.

    Of two at once with one card the second waits here until the first is through; what it then
    finds out by `wanting` counts.
    """
    for kind, mark, holder in (await tx.execute(_FREED, {"user": user_id})).all():
        # By its holder as it was seen: of two who take it over at once, one does.
        was = tab_grounds.c.kind == kind, tab_grounds.c.mark == mark
        await tx.execute(
            sa.update(tab_grounds)
            .where(*was, tab_grounds.c.user_id == holder)
            .values(user_id=user_id, noted_at=sa.func.clock_timestamp())
        )
    await tx.execute(_NOTE, {"user": user_id})


_OVER = sa.text(f"""
DELETE FROM tab_grounds WHERE (kind, mark) IN (
  SELECT g.kind, g.mark FROM tab_grounds g JOIN users u ON u.id = g.user_id
  WHERE u.withdrawn_at < clock_timestamp() - :days * interval '1 day' AND NOT EXISTS (
    SELECT FROM ({_STANDING} WHERE t.user_id = g.user_id) s WHERE s.has_limit OR s.owes)
  ORDER BY u.withdrawn_at LIMIT :most)
""")  # noqa: S608 - fixed texts of ours


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` of those who withdrew so many days ago and owe nothing; return how many.

    Until then their bank may take back what they paid.
    """
    return (await tx.execute(_OVER, {"days": days, "most": most})).rowcount
