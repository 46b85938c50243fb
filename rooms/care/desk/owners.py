"""Who of the staff looks after a claim or a report: of two who take it at once, one gets it."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from people.accounts.tables import users
from rooms.care import claims, report_list
from rooms.ground.desk_tables import case_owners

Case = Literal["claim", "report"]


@dataclass(frozen=True)
class CaseOwner:
    """Who looks after a case."""

    id: int
    nickname: str


async def of_case(tx: Tx, case: Case, case_id: int) -> CaseOwner | None:
    """Return who looks after a case, or None."""
    found = await tx.execute(
        sa.select(users.c.id, users.c.nickname)
        .join(case_owners, case_owners.c.owner_id == users.c.id)
        .where(_of(case, case_id))
    )
    return typed_one(CaseOwner, found.mappings())


async def take(
    tx: Tx, case: Case, case_id: int, actor_id: int, instead_of: int | None = None
) -> None:
    """Look after a case from now on; one of somebody else only where that is who was seen.

    Raises UserError `claim_unknown`, `report_unknown` (404) or `case_taken`.
    """
    await (claims.claim if case == "claim" else report_list.find)(tx, case_id)
    mine = {f"{case}_id": case_id, "owner_id": actor_id}
    if await tx.scalar(
        insert(case_owners).values(mine).on_conflict_do_nothing().returning(case_owners.c.id)
    ):
        return
    seen = (actor_id, instead_of)
    found = await locks.lock_row(tx, sa.select(case_owners).where(_of(case, case_id)))
    if found is None or found.owner_id not in seen:
        raise await _taken(tx, case, case_id)
    changed = sa.update(case_owners).where(case_owners.c.id == found.id)
    await tx.execute(changed.values(owner_id=actor_id, since=sa.func.clock_timestamp()))


async def leave(tx: Tx, case: Case, case_id: int, actor_id: int) -> None:
    """Look after a case no longer. Of somebody else's nothing happens."""
    await locks.delete(tx, case_owners, _of(case, case_id), case_owners.c.owner_id == actor_id)


async def must_not_be_anothers(tx: Tx, case: Case, case_id: int, actor_id: int) -> None:
    """Refuse to decide on a case that somebody else looks after: UserError `case_taken`."""
    owner = await tx.scalar(sa.select(case_owners.c.owner_id).where(_of(case, case_id)))
    if owner not in (None, actor_id):
        raise await _taken(tx, case, case_id)


async def let_go(tx: Tx, case: Case, case_id: int) -> None:
    """Forget who looked after a case that is done."""
    await locks.delete(tx, case_owners, _of(case, case_id))


def _of(case: Case, case_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(case_owners.c[f"{case}_id"] == case_id)


async def _taken(tx: Tx, case: Case, case_id: int) -> UserError:
    owner = await of_case(tx, case, case_id)
    name = owner.nickname if owner else "–"
    return UserError("case_taken", N_("%(name)sさんが担当しています。"), name=name)
