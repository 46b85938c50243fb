"""Accounts: making them, finding them, and checking who signs in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Database, Tx
from people.accounts import passwords, rules
from people.accounts.likeness import likenesses
from people.accounts.tables import users
from record.acts import log_act

# More casts than a site of one house has. Their names are kept in mind, as they are compared.
MOST_COMPARED = 20_000

Role = Literal["caller", "cast", "staff"]
StaffRole = Literal["support", "finance", "administrator"]


@dataclass(frozen=True)
class User:
    """An account, as the rest of the site knows it."""

    id: int
    email: str
    nickname: str
    is_cast: bool
    staff_role: StaffRole | None
    member_number: int
    confirmed_at: datetime | None
    locale: str
    time_zone: str
    portrait: str | None
    is_demo: bool
    # Whether the site's terms or its privacy policy, as they hold now, are to be agreed to first:
    # known of who asks by a session.
    owes_agreement: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether the account may see any of the staff's side."""
        return self.staff_role is not None


@dataclass(frozen=True)
class DemoPerson:
    """A button on the sign-in page of a demo site."""

    id: int
    nickname: str
    role: Role
    portrait: str | None


USER_COLUMNS = (
    users.c.id,
    users.c.email,
    users.c.nickname,
    users.c.is_cast,
    users.c.staff_role,
    users.c.member_number,
    users.c.confirmed_at,
    users.c.locale,
    users.c.time_zone,
    users.c.portrait,
    users.c.is_demo,
)


async def register(
    tx: Tx,
    *,
    nickname: str,
    email: str,
    password_hash: str,
    confirmed: bool = False,
    locale: str = "ja",
    is_cast: bool = False,
    is_demo: bool = False,
    portrait: str | None = None,
) -> User | None:
    """Make an account and return it; for an e-mail that has one, change nothing and return None.

    `nickname` and `email` have passed `people.accounts.rules`. Both outcomes write one row and
    commit, so that the answer takes as long either way.
    """
    made = insert(users).values(
        nickname=nickname,
        email=email,
        password_hash=password_hash,
        confirmed_at=sa.func.clock_timestamp() if confirmed else None,
        locale=locale,
        is_cast=is_cast,
        is_demo=is_demo,
        portrait=portrait,
    )
    made = made.on_conflict_do_update(index_elements=["email"], set_={"email": users.c.email})
    # xmax is zero only in a row that nobody has changed: the one just inserted.
    is_new = sa.literal_column("users.xmax = 0", sa.Boolean).label("is_new")
    row = (await tx.execute(made.returning(*USER_COLUMNS, is_new))).mappings().one()
    if not row["is_new"]:
        return None
    return user_of(row)


async def authenticate(database: Database, name: str | int, password: str) -> User | None:
    """Return whose e-mail or member number and password these are, or None; one hash either way.

    `name` has passed `people.accounts.rules`, `password` is as typed. Hashing takes about 0.1 s and
    so happens outside any transaction: a rush of sign-ins must not hold every connection.
    """
    secret = rules.normal_password(password)[: rules.PASSWORD_MOST + 1]
    async with database.transaction() as tx:
        found = await _credentials(tx, name)
    user, stored = found or (None, None)
    if not await passwords.matches(stored, secret) or user is None or stored is None:
        return None
    if passwords.outdated(stored):
        renewed = await passwords.hash_password(secret)
        async with database.transaction() as tx:
            await _renew_hash(tx, user.id, stored, renewed)
    return user


async def find_user(tx: Tx, user_id: int) -> User | None:
    """Return an account by its id."""
    return await _find(tx, users.c.id == user_id)


async def id_of(tx: Tx, name: str | int) -> int | None:
    """Return the id of an account by what it signs in with: an e-mail or a member number."""
    found: int | None = await tx.scalar(sa.select(users.c.id).where(_named(name)))
    return found


async def find_by_email(tx: Tx, email: str) -> User | None:
    """Return an account by its e-mail, which has passed `people.accounts.rules`."""
    return await _find(tx, users.c.email == email)


async def resembles_cast(tx: Tx, nickname: str) -> bool:
    """Say whether somebody new of this name could be taken for one of the casts."""
    return bool(await like_casts(tx, {0: nickname}))


async def like_casts(tx: Tx, names: Mapping[int, str]) -> set[int]:
    """Return which of these accounts, by their names, could be taken for another, of a cast."""
    casts = sa.select(users.c.id, users.c.nickname)
    casts = casts.where(users.c.is_cast, users.c.withdrawn_at.is_(None)).limit(MOST_COMPARED)
    holders: dict[str, set[int]] = {}
    for row in await tx.execute(casts):
        for form in likenesses(row.nickname):
            holders.setdefault(form, set()).add(row.id)
    return {
        one
        for one, name in names.items()
        if any(holders.get(form, set()) - {one} for form in likenesses(name))
    }


async def make_staff(tx: Tx, email: str, role: StaffRole, *, reason: str) -> User | None:
    """Give an account a role among staff, and count it as confirmed; None where there is none.

    An operator's act, logged as such; members of staff use `rooms.care.role_changes`.
    """
    changed = (
        sa.update(users)
        .where(users.c.email == email)
        .values(
            staff_role=role,
            confirmed_at=sa.func.coalesce(users.c.confirmed_at, sa.func.clock_timestamp()),
        )
        .returning(*USER_COLUMNS)
    )
    row = (await tx.execute(changed)).mappings().one_or_none()
    if row is None:
        return None
    await log_act(tx, None, "staff.make", f"user:{row['id']}", reason=reason, role=role)
    return user_of(row)


async def set_locale(tx: Tx, user_id: int, locale: str) -> None:
    """Remember in which language a user reads the site."""
    await tx.execute(sa.update(users).where(users.c.id == user_id).values(locale=locale))


async def set_time_zone(tx: Tx, user_id: int, zone: str) -> None:
    """Remember the IANA name of the time zone in which a user is told times."""
    await tx.execute(sa.update(users).where(users.c.id == user_id).values(time_zone=zone))


async def set_password_hash(tx: Tx, user_id: int, password_hash: str) -> None:
    """Give an account another password. The caller closes its sessions."""
    await tx.execute(
        sa.update(users).where(users.c.id == user_id).values(password_hash=password_hash)
    )


async def people_of_demo(tx: Tx) -> list[DemoPerson]:
    """Return whom one can be on a demo site: callers first, then casts, then staff."""
    role = sa.case((users.c.is_staff, "staff"), (users.c.is_cast, "cast"), else_="caller")
    rows = await tx.execute(
        sa.select(users.c.id, users.c.nickname, role.label("role"), users.c.portrait)
        .where(users.c.is_demo)
        .order_by(users.c.is_staff, users.c.is_cast, users.c.id)
        .limit(100)
    )
    return [DemoPerson(**row) for row in rows.mappings()]


def user_of(row: sa.RowMapping) -> User:
    """Return the account in a row that holds `USER_COLUMNS`, and `owes_agreement` where known."""
    columns = {column.name: row[column.name] for column in USER_COLUMNS}
    return User(**columns, owes_agreement=row.get("owes_agreement", False))


async def _find(tx: Tx, condition: sa.ColumnElement[bool]) -> User | None:
    row = (await tx.execute(sa.select(*USER_COLUMNS).where(condition))).mappings().one_or_none()
    return user_of(row) if row else None


def _named(name: str | int) -> sa.ColumnElement[bool]:
    return users.c.member_number == name if isinstance(name, int) else users.c.email == name


async def _credentials(tx: Tx, name: str | int) -> tuple[User, str] | None:
    query = sa.select(*USER_COLUMNS, users.c.password_hash).where(_named(name))
    row = (await tx.execute(query)).mappings().one_or_none()
    return (user_of(row), str(row["password_hash"])) if row else None


async def _renew_hash(tx: Tx, user_id: int, old: str, new: str) -> None:
    # Only if it is still the old one: a password changed meanwhile must stay changed.
    await tx.execute(
        sa.update(users)
        .where(users.c.id == user_id, users.c.password_hash == old)
        .values(password_hash=new)
    )
