"""A claim is filed once, decided once, and never gives back more than was paid."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify import inbox
from notify.tables import mails
from people.accounts.tables import users
from points import audit, ledger
from points.tables import charge_returns, lots
from record import act_list
from rooms.care import claims, decisions
from rooms.care.claims import Claim
from rooms.care.desk import claim_cases
from rooms.care.desk.claim_cases import WantedClaims
from rooms.talk.past import history
from tests.world import World, new_user

WHY = "記録で、キャストの不在を確認しました。"


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of three charged minutes at 100 points, ended by the caller."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(190, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    assert await world.points() == 700
    return world


@pytest.fixture(autouse=True)
async def _books(database: Database) -> object:
    """After every test, every invariant of the books holds."""
    yield
    async with database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


async def staff(database: Database) -> int:
    async with database.transaction() as tx:
        user = await new_user(tx, "係")
        await tx.execute(
            sa.update(users).where(users.c.id == user).values(staff_role="administrator")
        )
    return user


async def file_claim(
    world: World, kind: str = "cast_absent", text: str = "", user: int | None = None
) -> int:
    async with world.database.transaction() as tx:
        return await claims.file_claim(
            tx, world.settings, world.talk, user or world.caller, kind, text
        )


async def give_back(
    world: World, claim: int, actor: int, points: int | None = None, reason: str = WHY
) -> decisions.Decided:
    async with world.database.transaction() as tx:
        return await decisions.return_points(
            tx, world.settings, claim, actor, points, reason, "急ぎ"
        )


async def agree(world: World, claim: int, actor: int) -> decisions.Decided:
    async with world.database.transaction() as tx:
        return await decisions.agree(tx, world.settings, claim, actor)


async def decline(world: World, claim: int, actor: int, reason: str = WHY) -> decisions.Decided:
    async with world.database.transaction() as tx:
        return await decisions.decline(tx, world.settings, claim, actor, reason)


async def claim_of(world: World) -> Claim:
    async with world.database.transaction() as tx:
        found = await claims.claim_of_talk(tx, world.talk)
    assert found
    return found


async def refused(doing: Awaitable[Any]) -> str:
    with pytest.raises(UserError) as error:
        await doing
    return error.value.code


async def acts_of(world: World) -> list[str]:
    async with world.database.transaction() as tx:
        return [act.act for act in await act_list.acts(tx, 1, 50)][::-1]


async def test_a_claim_returned_whole_fills_the_lots_it_came_from(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    async with world.database.transaction() as tx:
        before = (await tx.execute(sa.select(lots.c.id, lots.c.expires_at))).all()
    assert await give_back(world, claim, actor) == decisions.Decided(claim, "returned", 300)
    assert await world.points() == 1000
    async with world.database.transaction() as tx:
        assert (await tx.execute(sa.select(lots.c.id, lots.c.expires_at))).all() == before
    found = await claim_of(world)
    assert (found.state, found.points, found.returned, found.left) == ("returned", 300, 300, 0)
    assert found.decided_by == actor
    assert await acts_of(world) == ["claim.return"]


@pytest.mark.parametrize("points", [1, 150, 300])
async def test_a_part_is_returned_to_the_point(world: World, points: int) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    assert (await give_back(world, claim, actor, points)).points == points
    assert await world.points() == 700 + points


async def test_more_than_was_paid_or_less_than_one_is_refused(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    for points in (0, -1, 301, 10**9, 2**63):
        assert await refused(give_back(world, claim, actor, points)) == "more_than_paid"
    assert await world.points() == 700
    assert (await claim_of(world)).state == "open"


async def test_a_second_press_returns_nothing_more(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    await give_back(world, claim, actor, 100)
    assert await refused(give_back(world, claim, actor, 100)) == "claim_decided"
    assert await refused(decline(world, claim, actor)) == "claim_decided"
    assert await world.points() == 800


async def test_of_many_members_of_staff_at_once_one_decides(world: World) -> None:
    claim = await file_claim(world)
    actors = [await staff(world.database) for _ in range(4)]
    doing = [give_back(world, claim, actor) for actor in actors]
    doing += [decline(world, claim, actor) for actor in actors]
    done = await asyncio.gather(*doing, return_exceptions=True)
    decided = [one for one in done if isinstance(one, decisions.Decided)]
    others = [one.code for one in done if isinstance(one, UserError)]
    assert (len(decided), others) == (1, ["claim_decided"] * 7)
    assert await world.points() == 700 + decided[0].points
    assert len(await acts_of(world)) == 1
    async with world.database.transaction() as tx:
        # The cast was asked; both were told once.
        assert await tx.scalar(sa.select(sa.func.count()).select_from(mails)) == 3


async def test_one_talk_is_claimed_once_also_at_the_same_moment(world: World) -> None:
    done = await asyncio.gather(*(file_claim(world) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, int) for one in done) == 1
    assert {one.code for one in done if isinstance(one, UserError)} == {"claim_exists"}
    claim, actor = (await claim_of(world)).id, await staff(world.database)
    await give_back(world, claim, actor, 100)
    assert await refused(file_claim(world)) == "claim_nothing_paid"


async def test_nobody_but_the_caller_claims_a_talk(world: World) -> None:
    assert await refused(file_claim(world, user=world.cast)) == "talk_unknown"
    async with world.database.transaction() as tx:
        stranger = await new_user(tx)
    assert await refused(file_claim(world, user=stranger)) == "talk_unknown"


async def test_a_talk_that_goes_on_or_cost_nothing_is_not_claimed(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    assert await refused(file_claim(world)) == "talk_not_over"
    free = await World.of(database, settings)
    await free.enter()
    async with database.transaction() as tx:
        await history.leave(tx, settings, free.talk, free.caller)
    assert await refused(file_claim(free)) == "claim_nothing_paid"


async def test_what_is_no_claim_is_refused(world: World) -> None:
    for kind, text, code in (
        ("lottery", "x", "claim_kind_unknown"),
        ("other", " \n\t", "claim_text_needed"),
        ("other", "あ" * 501, "claim_text_too_long"),
        ("other", "\x00\x07", "claim_text_needed"),
    ):
        assert await refused(file_claim(world, kind, text)) == code


async def test_five_hundred_characters_are_kept_as_they_are(world: World) -> None:
    text = "あ" * 250 + "\n" + "😀" * 249
    await file_claim(world, "other", text.replace("\n", "\r\n"))
    assert (await claim_of(world)).text == text


async def test_a_decision_needs_a_reason(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    for reason in ("", "  ", "あ" * 501):
        assert await refused(give_back(world, claim, actor, reason=reason)) == "reason_needed"
        assert await refused(decline(world, claim, actor, reason)) == "reason_needed"


async def test_whoever_took_part_in_the_talk_decides_nothing_about_it(world: World) -> None:
    claim = await file_claim(world)
    for actor in (world.caller, world.cast):
        assert await refused(give_back(world, claim, actor)) == "claim_own"
        assert await refused(decline(world, claim, actor)) == "claim_own"


@pytest.mark.parametrize(("locale", "word"), [("ja", "300ポイント"), ("en", "300")])
async def test_the_caller_hears_in_their_language(world: World, locale: str, word: str) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(sa.update(users).where(users.c.id == world.caller).values(locale=locale))
    await give_back(world, await file_claim(world), await staff(world.database))
    async with world.database.transaction() as tx:
        [notice] = (await inbox.inbox(tx, world.caller, 1, 10)).items
        mail = (await tx.execute(sa.select(mails).where(mails.c.subject == notice.title))).one()
    assert (notice.kind, notice.link) == ("claim", f"/talks/{world.talk}")
    assert word in notice.title
    assert WHY in notice.text
    assert (mail.subject, WHY in mail.text) == (notice.title, True)


async def test_a_declined_claim_is_answered_and_returns_nothing(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    assert (await decline(world, claim, actor)).state == "declined"
    assert await world.points() == 700
    async with world.database.transaction() as tx:
        [notice] = (await inbox.inbox(tx, world.caller, 1, 10)).items
    assert WHY in notice.text
    assert await acts_of(world) == ["claim.decline"]


async def dear(world: World) -> World:
    """The same, where more than 250 points need a second member of staff."""
    world.settings = world.settings.model_copy(update={"second_staff_points": 250})
    return world


async def test_at_the_set_amount_one_member_decides_alone(world: World) -> None:
    await dear(world)
    claim, actor = await file_claim(world), await staff(world.database)
    assert (await give_back(world, claim, actor, 250)).state == "returned"


async def test_above_the_set_amount_a_second_member_must_agree(world: World) -> None:
    await dear(world)
    claim = await file_claim(world)
    first, second = await staff(world.database), await staff(world.database)
    assert (await give_back(world, claim, first)).state == "waiting_second"
    assert await world.points() == 700
    async with world.database.transaction() as tx:
        assert await inbox.unread(tx, world.caller) == 0
    assert await refused(agree(world, claim, first)) == "claim_second_is_first"
    assert await refused(agree(world, claim, world.cast)) == "claim_own"
    assert await refused(give_back(world, claim, second, 10)) == "claim_decided"
    assert (await agree(world, claim, second)).points == 300
    assert await refused(agree(world, claim, second)) == "claim_decided"
    assert await world.points() == 1000
    found = await claim_of(world)
    assert (found.decided_by, found.second_by, found.points) == (first, second, 300)
    assert await acts_of(world) == ["claim.propose", "claim.agree"]


async def test_many_seconds_at_once_return_once(world: World) -> None:
    await dear(world)
    claim = await file_claim(world)
    await give_back(world, claim, await staff(world.database))
    seconds = [await staff(world.database) for _ in range(5)]
    done = await asyncio.gather(
        *(agree(world, claim, second) for second in seconds), return_exceptions=True
    )
    assert sum(isinstance(one, decisions.Decided) for one in done) == 1
    assert await world.points() == 1000


async def test_a_proposal_that_is_sent_back_is_decided_anew(world: World) -> None:
    await dear(world)
    claim = await file_claim(world)
    first, second = await staff(world.database), await staff(world.database)
    await give_back(world, claim, first)
    async with world.database.transaction() as tx:
        await decisions.send_back(tx, claim, second, "一部でよいのでは")
    assert (await claim_of(world)).decided_by is None
    assert (await give_back(world, claim, second, 100)).state == "returned"
    assert await world.points() == 800
    assert await acts_of(world) == ["claim.propose", "claim.send_back", "claim.return"]


async def test_what_went_back_meanwhile_does_not_go_back_again(world: World) -> None:
    await dear(world)
    claim = await file_claim(world)
    first, second = await staff(world.database), await staff(world.database)
    await give_back(world, claim, first)
    async with world.database.transaction() as tx:
        await ledger.return_minute(tx, world.talk, 3, kind="cut_short", reason="test")
    assert await refused(agree(world, claim, second)) == "more_than_paid"
    assert (await claim_of(world)).state == "waiting_second"
    assert await world.points() == 800


async def test_a_failure_while_telling_leaves_nothing_half_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> bool:
        raise ConnectionError

    claim, actor = await file_claim(world), await staff(world.database)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "tell", broken)
        with pytest.raises(ConnectionError):
            await give_back(world, claim, actor)
    assert (await claim_of(world)).state == "open"
    assert await world.points() == 700
    assert await acts_of(world) == []
    await give_back(world, claim, actor)
    assert await world.points() == 1000


async def test_the_queue_holds_who_waits_longest_first(
    world: World, database: Database, settings: Settings
) -> None:
    first = await file_claim(world)
    other = await World.of(database, settings)
    await other.enter()
    await other.beat()
    await other.talk_for(61)
    async with database.transaction() as tx:
        await history.leave(tx, settings, other.talk, other.caller)
    second, actor = await file_claim(other), await staff(database)
    async with database.transaction() as tx:
        waiting = WantedClaims()
        page = await claim_cases.listed(tx, waiting, actor, 1, 1)
        assert ([claim.id for claim in page], page.has_next) == ([first], True)
        following = await claim_cases.listed(tx, waiting, actor, 2, 1)
        assert [claim.id for claim in following] == [second]
        assert await claims.waiting(tx) == {"open": 2, "waiting_second": 0}
    await decline(world, first, actor)
    async with database.transaction() as tx:
        done = await claim_cases.listed(tx, WantedClaims("done"), actor, 1, 9)
        assert [claim.id for claim in done] == [first]
        assert await claims.waiting(tx) == {"open": 1, "waiting_second": 0}


async def test_no_minute_stands_twice_among_the_returns(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    await give_back(world, claim, actor, 150)
    async with world.database.transaction() as tx:
        rows = await tx.execute(
            sa.select(charge_returns.c.minute, charge_returns.c.gross).order_by("minute")
        )
        assert [tuple(row) for row in rows] == [(2, 50), (3, 100)]


@pytest.mark.parametrize(("days", "late"), [(13.99, False), (14.01, True)])
async def test_a_claim_has_a_term(
    world: World, owner_database: Database, days: float, late: bool
) -> None:
    async with owner_database.transaction() as tx:
        moved = "UPDATE talks SET ended_at = clock_timestamp() - :days * interval '1 day'"
        await tx.execute(sa.text(moved), {"days": days})
    if late:
        assert await refused(file_claim(world)) == "claim_too_late"
    else:
        assert await file_claim(world)
