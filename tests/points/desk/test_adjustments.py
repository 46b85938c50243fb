"""Points that staff give or correct: alone up to a set amount, beyond it only with a second one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify import inbox
from notify.tables import mails, notices
from points import ledger
from points.desk import adjustments, proposals
from points.tables import adjustments as rows
from points.tables import transfers
from record.tables import staff_acts
from tests.points.till import Till
from tests.world import new_user

ALONE = 500
WHY = "お詫び"


@dataclass
class Office:
    """A member, and three members of staff who may move up to `ALONE` points each by themselves."""

    till: Till
    settings: Settings
    first: int
    second: int
    third: int

    async def adjust(
        self,
        points: int,
        kind: Literal["give", "correct"] = "give",
        *,
        actor: int | None = None,
        press: str = "press",
        reason: str = WHY,
    ) -> Any:
        """Give or correct points, as the first of the staff unless another is named."""
        return await self.till.do(
            getattr(adjustments, kind),
            self.settings,
            self.till.caller,
            points,
            reason,
            actor_id=actor or self.first,
            press=press,
            locale="ja",
        )

    async def waiting(self) -> list[int]:
        """The numbers of the proposals that wait."""
        return [one.id for one in await self.till.do(proposals.waiting)]

    async def agree(self, proposal: int, actor: int | None = None) -> Any:
        """Agree, as the second of the staff unless another is named."""
        return await self.till.do(adjustments.agree, self.settings, proposal, actor or self.second)

    async def send_back(self, proposal: int, actor: int) -> Any:
        """Send a proposal back."""
        return await self.till.do(adjustments.send_back, proposal, actor, "記録と違います")

    async def acts(self) -> list[tuple[str, int, int]]:
        """What the log says: the act, whose it was, and of how many points."""
        async with self.till.database.transaction() as tx:
            found = await tx.execute(sa.select(staff_acts).order_by(staff_acts.c.id))
            return [(row.act, row.actor_id, row.detail["points"]) for row in found]

    async def count(self, table: sa.Table) -> int:
        """How many rows a table has."""
        async with self.till.database.transaction() as tx:
            return int(await tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


@pytest.fixture
async def office(database: Database, owner_database: Database) -> AsyncIterator[Office]:
    """The office; afterwards every invariant of the books holds."""
    till = await Till.open(database, owner_database)
    async with database.transaction() as tx:
        staff = [await new_user(tx) for _ in range(3)]
    yield Office(till, Settings(second_staff_points=ALONE), *staff)
    await till.prove()


async def test_up_to_the_set_amount_one_member_gives_alone(office: Office) -> None:
    assert await office.adjust(ALONE) == "done"
    assert await office.till.points() == ALONE
    assert await office.waiting() == []
    assert await office.acts() == [("points.give", office.first, ALONE)]


async def test_above_the_set_amount_nothing_moves_until_another_agrees(office: Office) -> None:
    assert await office.adjust(ALONE + 1) == "waiting_second"
    assert await office.till.points() == 0
    assert await office.count(notices) == 0
    (proposal,) = await office.waiting()
    with pytest.raises(UserError, match="proposal_second_is_first"):
        await office.agree(proposal, office.first)
    await office.agree(proposal)
    assert await office.till.points() == ALONE + 1
    assert await office.waiting() == []
    assert await office.acts() == [
        ("points.propose", office.first, ALONE + 1),
        ("points.agree", office.second, ALONE + 1),
    ]
    assert (await office.count(notices), await office.count(mails)) == (1, 1)
    async with office.till.database.transaction() as tx:
        booked = (await tx.execute(sa.select(transfers))).one()
    assert (booked.kind, booked.actor_id, booked.reason) == ("grant", office.second, WHY)


@pytest.mark.parametrize("points", [ALONE + 1, -ALONE - 1])
async def test_a_correction_either_way_needs_a_second_above_the_set_amount(
    office: Office, points: int
) -> None:
    await office.till.buy(1000)
    assert await office.adjust(points, "correct") == "waiting_second"
    assert await office.till.points() == 1000
    (proposal,) = await office.waiting()
    await office.agree(proposal)
    assert await office.till.points() == 1000 + points


async def test_many_who_agree_at_once_move_the_points_once(office: Office) -> None:
    await office.adjust(1000)
    (proposal,) = await office.waiting()
    actors = [office.second, office.third] * 4
    done = await asyncio.gather(
        *(office.agree(proposal, actor) for actor in actors), return_exceptions=True
    )
    refused = [one for one in done if isinstance(one, UserError)]
    assert [one.code for one in refused] == ["proposal_decided"] * 7
    assert await office.till.points() == 1000
    assert await office.count(notices) == 1


async def test_one_who_agrees_and_one_who_sends_back_at_once_do_not_both(office: Office) -> None:
    await office.adjust(1000)
    (proposal,) = await office.waiting()
    done: tuple[Any, Any] = await asyncio.gather(
        office.agree(proposal),
        office.send_back(proposal, office.third),
        return_exceptions=True,
    )
    agreed, sent = done
    assert isinstance(agreed, UserError) != isinstance(sent, UserError)
    assert await office.till.points() == (0 if isinstance(agreed, UserError) else 1000)


async def test_the_same_press_is_one_proposal_and_never_another(office: Office) -> None:
    pressed = await asyncio.gather(*(office.adjust(1000) for _ in range(5)))
    assert pressed == ["waiting_second"] * 5
    assert len(await office.waiting()) == 1
    assert len(await office.acts()) == 1
    for points, reason in ((1001, WHY), (1000, "ほか"), (10, WHY)):
        with pytest.raises(UserError, match="press_used"):
            await office.adjust(points, reason=reason)
    (proposal,) = await office.waiting()
    await office.agree(proposal)
    assert await office.adjust(1000) == "done"
    assert await office.till.points() == 1000
    await office.adjust(10, press="alone")
    with pytest.raises(UserError, match="press_used"):
        await office.adjust(1000, press="alone")


async def test_what_is_sent_back_moves_nothing_and_stays_decided(office: Office) -> None:
    await office.adjust(1000)
    (proposal,) = await office.waiting()
    await office.send_back(proposal, office.first)
    assert await office.waiting() == []
    for again in (office.agree(proposal), office.send_back(proposal, office.second)):
        with pytest.raises(UserError, match="proposal_decided"):
            await again
    assert await office.till.points() == 0
    assert [act for act, *_ in await office.acts()] == ["points.propose", "points.send_back"]
    async with office.till.database.transaction() as tx:
        row = (await tx.execute(sa.select(rows))).one()
    assert (row.state, row.decided_by, row.answer) == (
        "sent_back",
        office.first,
        "記録と違います",
    )


async def test_to_send_back_needs_a_reason(office: Office) -> None:
    await office.adjust(1000)
    (proposal,) = await office.waiting()
    with pytest.raises(UserError, match="reason_needed"):
        await office.till.do(adjustments.send_back, proposal, office.second, "  ")
    assert await office.waiting() == [proposal]


async def test_points_that_are_gone_when_somebody_agrees_are_not_taken(office: Office) -> None:
    with pytest.raises(UserError, match="points_short"):
        await office.adjust(-ALONE - 1, "correct")
    await office.till.buy(1000)
    await office.adjust(-1000, "correct", press="later")
    (proposal,) = await office.waiting()
    await office.adjust(-1, "correct", actor=office.third)
    with pytest.raises(UserError, match="points_short"):
        await office.agree(proposal)
    assert await office.waiting() == [proposal]
    assert await office.till.points() == 999
    await office.send_back(proposal, office.second)


async def test_nobody_decides_about_points_of_their_own(office: Office) -> None:
    with pytest.raises(UserError, match="own_points"):
        await office.adjust(1000, actor=office.till.caller)
    await office.adjust(1000)
    (proposal,) = await office.waiting()
    for decide in (
        office.agree(proposal, office.till.caller),
        office.send_back(proposal, office.till.caller),
    ):
        with pytest.raises(UserError, match="own_points"):
            await decide


async def test_a_proposal_that_is_none_is_not_there(office: Office) -> None:
    with pytest.raises(UserError, match="proposal_unknown"):
        await office.agree(999)


@pytest.mark.parametrize("points", [0, -1, 1.5, 2**63, 10_000_001, "1e9", True])
async def test_what_is_no_amount_is_neither_given_nor_proposed(office: Office, points: Any) -> None:
    with pytest.raises(UserError, match="amount_out_of_bounds"):
        await office.adjust(points)
    assert await office.waiting() == []


async def test_a_failure_while_telling_leaves_the_proposal_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.adjust(1000)
    (proposal,) = await office.waiting()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "tell", broken)
        with pytest.raises(RuntimeError):
            await office.agree(proposal)
    assert (await office.waiting(), await office.till.points()) == ([proposal], 0)
    await office.agree(proposal)
    assert await office.till.points() == 1000


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE adjustments SET points = 1",
        "UPDATE adjustments SET user_id = proposed_by",
        "UPDATE adjustments SET proposed_by = 1",
        "DELETE FROM adjustments",
    ],
)
async def test_what_was_proposed_is_never_rewritten(office: Office, change: str) -> None:
    await office.adjust(1000)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with office.till.database.transaction() as tx:
            await tx.execute(sa.text(change))


async def test_the_tables_themselves_want_another_to_agree(office: Office) -> None:
    await office.adjust(1000)
    with pytest.raises(sa.exc.IntegrityError, match="second_is_another"):
        async with office.till.database.transaction() as tx:
            await tx.execute(
                sa.update(rows).values(
                    state="done", decided_by=office.first, decided_at=sa.func.now()
                )
            )
    assert await office.till.do(ledger.spendable, office.till.caller) == 0
