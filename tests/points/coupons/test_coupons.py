"""A coupon gives its points once a member, to no more than it is for, while it is its time."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.errors import UserError
from foundation.settings import Settings
from points import audit, ledger
from points.coupons import desk, using
from points.coupons.codes import code_of
from record import act_list
from tests.web.scene import make_user
from tests.web.staff.scene import WHY, make_staff

KINDS = sa.text("""
SELECT l.kind FROM lots l JOIN wallets w ON w.id = l.wallet_id WHERE w.user_id = :user""")


class Office:
    """One who makes coupons, and members who use them."""

    def __init__(self, database: Database, settings: Settings, actor: int) -> None:
        self.database, self.settings, self.actor = database, settings, actor

    async def make(self, code: str = "SPRING26", points: int = 300, **given: Any) -> None:
        async with self.database.transaction() as tx:
            now = await clock(tx)
            wanted: dict[str, Any] = {
                "most": 100, "begins_at": now, "ends_at": now + timedelta(days=1), "reason": WHY,
            }  # fmt: skip
            await desk.make(tx, code, points, **(wanted | given), actor_id=self.actor)

    async def use(self, user: int, code: str = "spring-26") -> int:
        async with self.database.transaction() as tx:
            return await using.use(tx, self.settings, user, code)

    async def points_of(self, user: int) -> int:
        async with self.database.transaction() as tx:
            return await ledger.spendable(tx, user)


@pytest.fixture
async def office(database: Database, settings: Settings) -> Office:
    return Office(database, settings, (await make_staff(database, "finance")).id)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("spring26", "SPRING26"),
        (" ＳＰＲＩＮＧ－２６ ", "SPRING26"),
        ("SPR ING 26", "SPRING26"),
        ("short", None),
        ("A" * 21, None),
        ("春のクーポン", None),
        ("SPRING26'--", None),
        ("", None),
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str, code: str | None) -> None:
    assert code_of(typed) == code


async def test_its_points_are_a_gift_and_the_books_hold(office: Office, database: Database) -> None:
    await office.make()
    user = (await make_user(database)).id
    assert await office.use(user) == 300
    assert await office.points_of(user) == 300
    async with database.transaction() as tx:
        kinds = set(await tx.scalars(KINDS, {"user": user}))
        assert kinds
        assert "paid" not in kinds
    async with database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


async def test_once_a_member_also_when_pressed_twice_at_once(
    office: Office, database: Database
) -> None:
    await office.make()
    user = (await make_user(database)).id
    done = await asyncio.gather(*(office.use(user) for _ in range(3)), return_exceptions=True)
    assert sorted(str(type(one).__name__) for one in done) == ["UserError", "UserError", "int"]
    assert await office.points_of(user) == 300


async def test_no_more_members_than_it_is_for(office: Office, database: Database) -> None:
    await office.make(most=2)
    users = [(await make_user(database)).id for _ in range(4)]
    done = await asyncio.gather(*(office.use(user) for user in users), return_exceptions=True)
    assert sum(one == 300 for one in done) == 2
    assert {one.code for one in done if isinstance(one, UserError)} == {"coupon_spent"}
    assert sum([await office.points_of(user) for user in users]) == 600


async def test_in_its_time_alone_and_not_once_it_is_ended(
    office: Office, database: Database
) -> None:
    async with database.transaction() as tx:
        now = await clock(tx)
    day = timedelta(days=1)
    await office.make("LATER99", begins_at=now + day, ends_at=now + 2 * day)
    await office.make("OVER9999", begins_at=now - 2 * day, ends_at=now - day)
    await office.make()
    user = (await make_user(database)).id
    async with database.transaction() as tx:
        spring = (await desk.every(tx))[0]
        await desk.end(tx, spring.id, WHY, actor_id=office.actor)
    for code in ("LATER99", "OVER9999", "SPRING26"):
        with pytest.raises(UserError) as refused:
            await office.use(user, code)
        assert refused.value.code == "coupon_not_now"
    with pytest.raises(UserError) as unknown:
        await office.use(user, "NOSUCH99")
    assert unknown.value.code == "coupon_unknown"
    assert await office.points_of(user) == 0


async def test_who_is_not_confirmed_gets_none(office: Office, database: Database) -> None:
    await office.make()
    user = (await make_user(database, confirmed=False)).id
    with pytest.raises(UserError) as refused:
        await office.use(user)
    assert refused.value.code == "not_confirmed"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"code": "five5"}, "coupon_code_malformed"),
        ({"points": 0}, "coupon_out_of_bounds"),
        ({"points": 100_001}, "coupon_out_of_bounds"),
        ({"most": 0}, "coupon_out_of_bounds"),
        ({"ends_at": datetime(2001, 1, 1).astimezone()}, "coupon_times_crossed"),
        ({"reason": " "}, "reason_needed"),
    ],
)
async def test_what_can_t_be_a_coupon_is_refused(
    office: Office, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(UserError) as refused:
        await office.make(**given)
    assert refused.value.code == code


async def test_making_and_ending_are_acts_and_a_code_is_given_once(
    office: Office, database: Database
) -> None:
    await office.make()
    with pytest.raises(UserError) as taken:
        await office.make("spring 26")
    assert taken.value.code == "coupon_code_taken"
    async with database.transaction() as tx:
        coupon = (await desk.every(tx))[0]
        await desk.end(tx, coupon.id, WHY, actor_id=office.actor)
        acts = (await act_list.acts(tx, 1, 10)).items
    assert [act.act for act in acts] == ["coupon.end", "coupon.make"]
    assert acts[1].detail["points"] == 300
