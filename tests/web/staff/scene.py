"""Members of staff of each role, and a member to do something about."""

import sqlalchemy as sa

from foundation.database import Database
from people.accounts.accounts import StaffRole, User
from people.accounts.tables import users
from tests.web.scene import make_user

WHY = "記録を確認しました"
WORDS = "ほかの会員へのいやがらせがありました。"


async def make_staff(database: Database, role: StaffRole = "administrator") -> User:
    """Make a member of staff."""
    user = await make_user(database, nickname="スタッフ")
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).where(users.c.id == user.id).values(staff_role=role))
    return user


def sanction(**more: str) -> dict[str, str]:
    """The form of a sanction."""
    return {"reason": WHY, "words": WORDS, "days": "3"} | more
