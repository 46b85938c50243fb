"""The work of one charge as one usually writes it with SQLAlchemy's ORM: a transaction a charge.

Same tables, locks, rules, engine and driver as the set-based charge, and nothing done in vain.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, relationship

import people.accounts.tables  # noqa: F401 - the tables' foreign keys lead to users
from foundation.database import Database, metadata
from points import tables as money
from rooms.ground import tables as talking


class Base(DeclarativeBase):
    """The classes of the site's own tables."""

    metadata = metadata


class Wallet(Base):
    """A wallet, whose row is the lock of its lots."""

    __table__ = money.wallets
    if TYPE_CHECKING:
        id: Mapped[int]
        balance: Mapped[int]


class Lot(Base):
    """Points with their expiry."""

    __table__ = money.lots
    if TYPE_CHECKING:
        id: Mapped[int]
        remaining: Mapped[int]


class LotUse(Base):
    """What a charge took out of a lot."""

    __table__ = money.lot_uses


class Charge(Base):
    """The price of one minute, with the lots that paid it."""

    __table__ = money.charges
    uses: Mapped[list[LotUse]] = relationship()


class Talk(Base):
    """A talk and its meter."""

    __table__ = talking.talks
    if TYPE_CHECKING:
        id: Mapped[int]
        payer_wallet: Mapped[int]
        cast_wallet: Mapped[int]
        rate: Mapped[int]
        share: Mapped[int]
        minute_ms: Mapped[int]
        next_minute: Mapped[int]
        due_at: Mapped[datetime]
        caller_good_at: Mapped[datetime]
        cast_good_at: Mapped[datetime]


async def charge_each(database: Database, talk_ids: Sequence[int]) -> None:
    """Charge a minute of each talk, one after the other, each in a transaction of its own."""
    for talk_id in talk_ids:
        unit = AsyncSession(database.engine, expire_on_commit=False)
        async with unit as session, session.begin():
            await _charge(session, talk_id)


async def _charge(session: AsyncSession, talk_id: int) -> None:
    """Lock the talk and the wallet, burn lots, write the charge, move the talk on."""
    talk = await session.get_one(Talk, talk_id, with_for_update={"key_share": True})
    if talk.due_at > min(talk.caller_good_at, talk.cast_good_at):
        return
    wallet = await session.get_one(Wallet, talk.payer_wallet, with_for_update={"key_share": True})
    uses = _burn(await _open_lots(session, wallet.id), talk)
    wallet.balance -= talk.rate
    session.add(
        Charge(
            talk_id=talk.id,
            minute=talk.next_minute,
            payer_wallet=wallet.id,
            cast_wallet=talk.cast_wallet,
            gross=talk.rate,
            share=talk.share,
            fee=talk.rate - talk.share,
            uses=uses,
            balance_after=wallet.balance,
        )
    )
    talk.next_minute += 1
    talk.due_at += timedelta(milliseconds=talk.minute_ms)


async def _open_lots(session: AsyncSession, wallet_id: int) -> Sequence[Lot]:
    lots = money.lots.c
    found = await session.scalars(
        sa.select(Lot)
        .where(lots.wallet_id == wallet_id, ~lots.closed)
        .where(lots.expires_at > sa.func.clock_timestamp())
        .order_by(lots.expires_at, lots.id)
    )
    return found.all()


def _burn(lots: Sequence[Lot], talk: Talk) -> list[LotUse]:
    """Take the price from the lots that expire first. Raises ValueError when they hold less."""
    uses, owed = [], talk.rate
    for lot in lots:
        amount = min(owed, lot.remaining)
        lot.remaining -= amount
        owed -= amount
        uses.append(LotUse(talk_id=talk.id, minute=talk.next_minute, lot_id=lot.id, amount=amount))
        if not owed:
            return uses
    raise ValueError(f"the caller of talk {talk.id} can't pay")
