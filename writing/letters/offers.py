"""Whether a cast takes letters: their own switch, price, usual time, and how many may wait."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_one
from foundation.settings import Settings
from people.accounts import locking
from people.accounts.tables import users
from people.meeting import blocks
from writing.letters.tables import LEAST_POINTS, MOST_AT_ONCE, MOST_POINTS, letter_offers

# What a cast who never said anything finds in the form.
FIRST_POINTS, FIRST_HOURS, FIRST_OPEN = 1000, 48, 5
HOURS_IN_DAY = 24
# What may be chosen as the usual time to answer, up to the promised days.
USUAL_HOURS = (12, 24, 48, 72, 120, 240, 480, 720)


@dataclass(frozen=True)
class LetterOffer:
    """What a cast asks for an answer, in points, and how many letters may wait for one at once."""

    accepts: bool
    points: int
    usual_hours: int
    most_open: int
    takes_tab: bool


@dataclass(frozen=True)
class ShownOffer(LetterOffer):
    """The same, as somebody else sees it; `waiting` letters wait now."""

    nickname: str
    portrait: str | None
    waiting: int

    @property
    def is_full(self) -> bool:
        """Whether no more letters may wait for an answer now."""
        return self.waiting >= self.most_open


def usual_hours(settings: Settings) -> list[int]:
    """Return what may be chosen as the usual time to answer: never later than what is promised."""
    most = settings.letter_days * HOURS_IN_DAY
    return [hours for hours in USUAL_HOURS if hours <= most]


async def own(tx: Tx, user_id: int) -> LetterOffer:
    """Return what a cast offers, or would where they never said anything."""
    found = await tx.execute(sa.select(letter_offers).where(letter_offers.c.user_id == user_id))
    offer = typed_one(LetterOffer, found.mappings())
    return offer or LetterOffer(False, FIRST_POINTS, FIRST_HOURS, FIRST_OPEN, False)


async def set_own(tx: Tx, settings: Settings, user_id: int, offer: LetterOffer) -> None:
    """Let a cast take letters, or not. What was sent before stays as it was sent.

    Raises UserError `letter_points_bounds`, `letter_hours_unknown` or `letter_open_bounds` (400).
    """
    _must_be_possible(settings, offer)
    await locking.lock_people(tx, user_id)
    values = vars(offer) | {"user_id": user_id, "changed_at": sa.func.clock_timestamp()}
    said = insert(letter_offers).values(values)
    named = {name: said.excluded[name] for name in values if name != "user_id"}
    await tx.execute(said.on_conflict_do_update(index_elements=["user_id"], set_=named))


def _must_be_possible(settings: Settings, offer: LetterOffer) -> None:
    if not LEAST_POINTS <= offer.points <= MOST_POINTS:
        raise UserError(
            "letter_points_bounds",
            N_("料金は%(least)sポイントから%(most)sポイントまでで入力してください。"),
            status=400,
            least=f"{LEAST_POINTS:,}",
            most=f"{MOST_POINTS:,}",
        )
    if offer.usual_hours not in usual_hours(settings):
        raise UserError(
            "letter_hours_unknown", N_("お返事までの目安を選んでください。"), status=400
        )
    if not 1 <= offer.most_open <= MOST_AT_ONCE:
        raise UserError(
            "letter_open_bounds",
            N_("同時に受け付けるメールは、1件から%(most)s件までです。"),
            status=400,
            most=MOST_AT_ONCE,
        )


_SHOWN = sa.text("""
SELECT o.accepts, o.points, o.usual_hours, o.most_open, o.takes_tab, u.nickname, u.portrait,
  (SELECT count(*) FROM letters l WHERE l.cast_id = u.id AND l.state = 'sent')::integer AS waiting
FROM letter_offers o JOIN users u ON u.id = o.user_id AND u.is_cast
WHERE o.user_id = :cast AND o.accepts
""")


async def shown(
    tx: Tx, settings: Settings, cast_id: int, viewer_id: int | None
) -> ShownOffer | None:
    """Return what a cast offers to who looks; None where they take no letters, or not of them."""
    if not settings.letters or await blocks.hidden(tx, viewer_id, cast_id):
        return None
    found = await tx.execute(_SHOWN, {"cast": cast_id})
    return typed_one(ShownOffer, found.mappings())


@dataclass(frozen=True)
class ListedOffer:
    """A cast who takes letters, as somebody who looks for one sees them."""

    cast_id: int
    nickname: str
    portrait: str | None
    points: int
    usual_hours: int


_OPEN = sa.text("""
SELECT u.id AS cast_id, u.nickname, u.portrait, o.points, o.usual_hours
FROM letter_offers o JOIN users u ON u.id = o.user_id AND u.is_cast
WHERE o.accepts AND u.withdrawn_at IS NULL AND u.banned_at IS NULL
  AND (u.suspended_until IS NULL OR u.suspended_until <= clock_timestamp())
  AND (SELECT count(*) FROM letters l WHERE l.cast_id = u.id AND l.state = 'sent') < o.most_open
  AND u.id IS DISTINCT FROM :viewer AND NOT EXISTS (SELECT FROM blocks b
    WHERE (b.blocker_id, b.blocked_id) IN ((:viewer, u.id), (u.id, :viewer)))
ORDER BY o.usual_hours, o.points, u.id LIMIT :most
""").bindparams(sa.bindparam("viewer", type_=sa.BigInteger))


async def open_ones(
    tx: Tx, settings: Settings, viewer_id: int | None, most: int
) -> list[ListedOffer]:
    """Return casts who take letters of a viewer now: who usually answers soonest first."""
    if not settings.letters:
        return []
    rows = await tx.execute(_OPEN, {"viewer": viewer_id, "most": most})
    return typed_all(ListedOffer, rows.mappings())


async def is_confirmed(tx: Tx, user_id: int) -> bool:
    """Say whether somebody has confirmed their address."""
    mine = sa.select(users.c.confirmed_at).where(users.c.id == user_id)
    return await tx.scalar(mine) is not None
