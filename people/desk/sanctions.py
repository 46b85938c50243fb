"""Warnings, suspensions and bans, and how an account stands by them. History is only added to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from people.accounts import refusals
from people.accounts.accounts import StaffRole
from people.accounts.tables import users
from people.desk.tables import sanctions

Kind = Literal["warning", "suspension", "ban"]
State = Literal["active", "suspended", "banned", "withdrawn"]

MOST_SHOWN = 100


@dataclass(frozen=True)
class Sanction:
    """One sanction as staff read it. `in_force`: it has an effect now."""

    id: int
    user_id: int
    kind: Kind
    reason: str
    words: str
    report_id: int | None
    made_by_name: str
    made_at: datetime
    until: datetime | None
    lifted_by_name: str | None
    lifted_at: datetime | None
    lifted_why: str | None
    in_force: bool


@dataclass(frozen=True)
class Standing:
    """How an account stands; `until` is when a suspension ends."""

    user_id: int
    nickname: str
    locale: str
    time_zone: str
    staff_role: StaffRole | None
    confirmed: bool
    suspended_until: datetime | None
    state: State

    @property
    def is_shut_out(self) -> bool:
        """Whether the account may not come in now."""
        return self.state != "active"


@dataclass(frozen=True)
class ShutOut:
    """Why somebody may not come in: what they read after the right password."""

    kind: Kind
    words: str
    until: datetime | None


def state_column() -> sa.ColumnElement[str]:
    """Return the SQL expression of an account's state."""
    return sa.case(
        (users.c.withdrawn_at.is_not(None), "withdrawn"),
        (users.c.banned_at.is_not(None), "banned"),
        (users.c.suspended_until > sa.func.clock_timestamp(), "suspended"),
        else_="active",
    )


async def standing(tx: Tx, user_id: int) -> Standing | None:
    """Return how an account stands, or None where there is none."""
    return (await standings(tx, [user_id])).get(user_id)


async def known(tx: Tx, user_id: int) -> Standing:
    """Return how an account stands. Raises UserError `person_unknown` (404) where there is none."""
    found = await standing(tx, user_id)
    if found is None:
        raise refusals.person_unknown()
    return found


def only_by_administrators() -> UserError:
    """Return the refusal of an act on staff, or of one by somebody who is staff no more."""
    return UserError("sanction_of_staff", N_("スタッフに行えるのは、管理者だけです。"), status=403)


async def standings(tx: Tx, user_ids: Sequence[int]) -> dict[int, Standing]:
    """Return how each of these accounts stands."""
    rows = await tx.execute(
        sa.select(
            users.c.id.label("user_id"),
            users.c.nickname,
            users.c.locale,
            users.c.time_zone,
            users.c.staff_role,
            users.c.confirmed_at.is_not(None).label("confirmed"),
            users.c.suspended_until,
            state_column().label("state"),
        ).where(users.c.id.in_(user_ids))
    )
    return {row["user_id"]: Standing(**row) for row in rows.mappings()}


async def lock(tx: Tx, *user_ids: int) -> None:
    """Let sanctions of these accounts, and changes of their roles, happen one after the other."""
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id.in_(user_ids)))


async def note(
    tx: Tx,
    user_id: int,
    kind: Kind,
    *,
    made_by: int,
    reason: str,
    words: str,
    report_id: int | None = None,
    until: datetime | None = None,
) -> int:
    """Write a sanction down, and let it have its effect on the account; return its id."""
    made = await tx.scalar(
        sa.insert(sanctions)
        .values(
            user_id=user_id,
            kind=kind,
            reason=reason,
            words=words,
            report_id=report_id,
            made_by=made_by,
            until=until,
        )
        .returning(sanctions.c.id)
    )
    assert made is not None
    if kind == "suspension":
        longest = sa.func.greatest(users.c.suspended_until, until)
        await _set(tx, user_id, suspended_until=longest)
    if kind == "ban":
        await _set(tx, user_id, banned_at=sa.func.clock_timestamp())
    return int(made)


async def lift(tx: Tx, user_id: int, kind: Kind, *, lifted_by: int, why: str) -> int:
    """Lift what stands of a kind; return how many sanctions that were."""
    now = sa.func.clock_timestamp()
    lifted = await tx.execute(
        sa.update(sanctions)
        .where(sanctions.c.user_id == user_id, sanctions.c.kind == kind, _in_force())
        .values(lifted_by=lifted_by, lifted_at=now, lifted_why=why)
    )
    if lifted.rowcount:
        changed = {"suspended_until": None} if kind == "suspension" else {"banned_at": None}
        await _set(tx, user_id, **changed)
    return lifted.rowcount


async def _set(tx: Tx, user_id: int, **values: object) -> None:
    await tx.execute(sa.update(users).where(users.c.id == user_id).values(**values))


def _in_force() -> sa.ColumnElement[bool]:
    return sa.and_(
        sanctions.c.lifted_at.is_(None),
        sa.or_(
            sanctions.c.kind == "ban",
            sa.and_(
                sanctions.c.kind == "suspension", sanctions.c.until > sa.func.clock_timestamp()
            ),
        ),
    )


async def sanctions_of(tx: Tx, user_id: int) -> list[Sanction]:
    """Return the latest sanctions of an account, the last first."""
    maker, lifter = users.alias("maker"), users.alias("lifter")
    rows = await tx.execute(
        sa.select(
            *(sanctions.c[name] for name in ("id", "user_id", "kind", "reason", "words")),
            *(sanctions.c[name] for name in ("report_id", "made_at", "until")),
            *(sanctions.c[name] for name in ("lifted_at", "lifted_why")),
            maker.c.nickname.label("made_by_name"),
            lifter.c.nickname.label("lifted_by_name"),
            _in_force().label("in_force"),
        )
        .join(maker, maker.c.id == sanctions.c.made_by)
        .outerjoin(lifter, lifter.c.id == sanctions.c.lifted_by)
        .where(sanctions.c.user_id == user_id)
        .order_by(sanctions.c.id.desc())
        .limit(MOST_SHOWN)
    )
    return [Sanction(**row) for row in rows.mappings()]


async def shut_out(tx: Tx, user_id: int) -> ShutOut | None:
    """Return why an account may not come in now, None where it may."""
    found = await tx.execute(
        sa.select(sanctions.c.kind, sanctions.c.words, sanctions.c.until)
        .where(sanctions.c.user_id == user_id, _in_force())
        # A ban outlasts any suspension, and of those the longest counts.
        .order_by(sanctions.c.kind == "suspension", sanctions.c.until.desc())
        .limit(1)
    )
    row = found.mappings().one_or_none()
    return ShutOut(**row) if row else None


async def set_role(tx: Tx, user_id: int, role: StaffRole | None) -> None:
    """Give an account a role among staff, another one, or none."""
    await _set(tx, user_id, staff_role=role)


async def administrators(tx: Tx) -> list[int]:
    """Return the administrators. Whoever makes one less of them locks them all, with `lock`."""
    named = sa.select(users.c.id).where(users.c.staff_role == "administrator")
    return list((await tx.execute(named)).scalars())


async def other_administrators(tx: Tx, user_id: int) -> int:
    """Return how many administrators beside this one may come in."""
    rows = await tx.execute(
        sa.select(users.c.id, state_column().label("state")).where(
            users.c.staff_role == "administrator"
        )
    )
    return sum(1 for row in rows if row.id != user_id and row.state == "active")
