"""A decision on a case can be undone until it is carried out, and is carried out once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import audit
from rooms.care import blocking, claims, decisions, report_list, reports
from rooms.care.decisions import Decided
from rooms.care.desk import claim_cases, due, owners, replies, report_cases
from rooms.care.desk.claim_cases import WantedClaims
from rooms.care.desk.replies import ON_CLAIM
from rooms.care.desk.report_cases import WantedReports
from rooms.talk.past import history
from tests.rooms.care.desk import carry_out, let_time_pass
from tests.rooms.care.test_claims import WHY, claim_of, file_claim, staff, world
from tests.world import World

__all__ = ["world"]


@pytest.fixture(autouse=True)
async def _books(database: Database) -> object:
    """After every test, every invariant of the books holds."""
    yield
    async with database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


async def do(world: World, verb: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
    async with world.database.transaction() as tx:
        return await verb(tx, *args, **more)


async def decide(
    world: World, claim: int, actor: int, act: due.Act = "return", points: int | None = None
) -> Decided:
    more = {"points": points, "reason": WHY, "at_once": "急ぎ"}
    found = await do(world, due.decide, world.settings, claim, actor, act, **more)
    assert isinstance(found, Decided)
    return found


async def told(world: World) -> int:
    query = sa.text("SELECT count(*) FROM notices WHERE kind = 'claim' AND key = 'claim:' || :id")
    claim = await claim_of(world)
    return int(await do(world, lambda tx: tx.scalar(query, {"id": str(claim.id)})))


async def test_nothing_is_paid_or_told_before_it_is_due(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    decided = await decide(world, claim, actor)
    assert (decided.state, decided.points) == ("returned", 300)
    assert await do(world, due.carry_out, world.settings) == [], "ten seconds have not passed"
    assert (await world.points(), await told(world)) == (700, 0)
    assert (await claim_of(world)).state == "open"
    (mine,) = await do(world, due.of_actor, actor)
    assert 0 < mine.left_ms <= world.settings.undo_seconds * 1000
    assert await carry_out(world.database, world.settings) == 1
    assert (await world.points(), await told(world)) == (1000, 1)
    assert (await claim_of(world)).state == "returned"
    assert await do(world, due.of_actor, actor) == []


async def test_what_is_undone_leaves_no_trace(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    await decide(world, claim, actor, "decline")
    await do(world, due.undo, "claim", claim, actor)
    assert await carry_out(world.database, world.settings) == 0
    assert ((await claim_of(world)).state, await told(world)) == ("open", 0)
    with pytest.raises(UserError) as late:
        await do(world, due.undo, "claim", claim, actor)
    assert late.value.code == "undo_too_late"
    await decide(world, claim, actor)
    assert await carry_out(world.database, world.settings) == 1
    assert await world.points() == 1000


async def test_nobody_undoes_what_another_decided(world: World) -> None:
    claim = await file_claim(world)
    one, two = await staff(world.database), await staff(world.database)
    await decide(world, claim, one)
    with pytest.raises(UserError) as refused:
        await do(world, due.undo, "claim", claim, two)
    assert refused.value.code == "undo_too_late"
    assert await carry_out(world.database, world.settings) == 1


async def test_of_two_decisions_at_once_one_counts(world: World) -> None:
    claim = await file_claim(world)
    actors = [await staff(world.database) for _ in range(4)]
    acts: list[due.Act] = ["return", "decline", "return", "decline"]
    presses = zip(actors, acts, strict=True)
    pressed = await asyncio.gather(
        *(decide(world, claim, actor, act) for actor, act in presses), return_exceptions=True
    )
    refused = [one for one in pressed if isinstance(one, UserError)]
    assert [error.code for error in refused] == ["claim_decided"] * 3
    assert await carry_out(world.database, world.settings) == 1
    assert await world.points() in (700, 1000)


async def test_carried_out_by_several_clocks_at_once_it_is_done_once(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    await decide(world, claim, actor)
    await let_time_pass(world.database)
    done = await asyncio.gather(
        *(do(world, due.carry_out, world.settings) for _ in range(4)),
        do(world, due.undo, "claim", claim, actor),
        return_exceptions=True,
    )
    carried = sum(len(one) for one in done[:4] if isinstance(one, list))
    undone = not isinstance(done[4], BaseException)
    assert carried + undone == 1
    assert await world.points() == (700 if undone else 1000)


async def test_what_is_refused_by_then_opens_the_case_again_with_its_reason(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    await decide(world, claim, actor)
    # Meanwhile it is decided behind the desk's back.
    await do(world, decisions.decline, world.settings, claim, await staff(world.database), WHY)
    assert await carry_out(world.database, world.settings) == 1
    assert await world.points() == 700
    (mine,) = await do(world, due.of_actor, actor)
    assert mine.failed == "claim_decided"
    await do(world, due.undo, "claim", claim, actor)
    assert await do(world, due.of_actor, actor) == []


async def test_what_cannot_be_done_is_refused_at_the_press(world: World) -> None:
    claim, actor = await file_claim(world), await staff(world.database)
    for more, code in (({"points": 301}, "more_than_paid"), ({"reason": " "}, "reason_needed")):
        fields: dict[str, Any] = {"reason": WHY, "at_once": "急ぎ"} | more
        with pytest.raises(UserError) as refused:
            await do(world, due.decide, world.settings, claim, actor, "return", **fields)
        assert refused.value.code == code
    with pytest.raises(UserError) as own:
        await decide(world, claim, world.caller)
    assert own.value.code == "claim_own"
    assert await carry_out(world.database, world.settings) == 0


async def test_a_second_member_can_undo_their_agreement_too(world: World) -> None:
    claim, one = await file_claim(world), await staff(world.database)
    careful = world.settings.model_copy(update={"second_staff_points": 100})
    await do(
        world, due.decide, careful, claim, one, "return", points=200, reason=WHY, at_once="急ぎ"
    )
    assert await carry_out(world.database, careful) == 1
    assert (await claim_of(world)).state == "waiting_second"
    two = await staff(world.database)
    await do(world, due.decide, careful, claim, two, "agree")
    await do(world, due.undo, "claim", claim, two)
    assert await carry_out(world.database, careful) == 0
    await do(world, due.decide, careful, claim, two, "agree")
    assert await carry_out(world.database, careful) == 1
    assert await world.points() == 900


async def test_of_two_who_take_a_case_one_gets_it(world: World) -> None:
    claim = await file_claim(world)
    actors = [await staff(world.database) for _ in range(3)]
    taken = await asyncio.gather(
        *(do(world, owners.take, "claim", claim, actor) for actor in actors),
        return_exceptions=True,
    )
    assert [isinstance(one, UserError) for one in taken].count(True) == 2
    owner = await do(world, owners.of_case, "claim", claim)
    assert not isinstance(taken[actors.index(owner.id)], UserError)
    others = [actor for actor in actors if actor != owner.id]
    with pytest.raises(UserError) as refused:
        await decide(world, claim, others[0])
    assert refused.value.code == "case_taken"
    # Instead of the owner that both saw, again one of two.
    again = await asyncio.gather(
        *(do(world, owners.take, "claim", claim, actor, owner.id) for actor in others),
        return_exceptions=True,
    )
    assert [isinstance(one, UserError) for one in again].count(True) == 1


async def test_a_case_is_left_by_its_owner_alone_and_by_a_decision(world: World) -> None:
    claim, one, two = (
        await file_claim(world),
        await staff(world.database),
        await staff(world.database),
    )
    await do(world, owners.take, "claim", claim, one)
    await do(world, owners.leave, "claim", claim, two)
    assert (await do(world, owners.of_case, "claim", claim)).id == one
    await do(world, owners.leave, "claim", claim, one)
    assert await do(world, owners.of_case, "claim", claim) is None
    await do(world, owners.take, "claim", claim, one)
    await decide(world, claim, one)
    await carry_out(world.database, world.settings)
    assert await do(world, owners.of_case, "claim", claim) is None
    with pytest.raises(UserError) as unknown:
        await do(world, owners.take, "claim", 999_999, one)
    assert unknown.value.status == 404


async def test_the_list_is_narrowed_by_each_of_its_filters(world: World) -> None:
    claim, actor = await file_claim(world, "no_media", "暗い"), await staff(world.database)

    async def found(**wanted: Any) -> list[int]:
        page = await do(world, claim_cases.listed, WantedClaims(**wanted), actor, 1, 9)
        return [line.id for line in page]

    caller = await claim_of(world)
    for wanted in (
        {}, {"kind": "no_media"}, {"least": 300}, {"days": 0}, {"who": caller.caller_name},
        {"who": caller.cast_name}, {"owned": "nobody"},
    ):  # fmt: skip
        assert await found(**wanted) == [claim], wanted
    for wanted in (
        {"which": "done"}, {"kind": "other"}, {"least": 301}, {"days": 1}, {"who": "いない%"},
        {"owned": "me"},
    ):  # fmt: skip
        assert await found(**wanted) == [], wanted
    await do(world, owners.take, "claim", claim, actor)
    assert (await found(owned="me"), await found(owned="nobody")) == ([claim], [])
    await decide(world, claim, actor)
    assert await found() == [], "what is decided is worked off"


async def test_a_line_says_in_short_what_the_evidence_says(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(70, step=14)
    await world.wait(20)
    await world.beat("caller", media=False)
    await world.tick()
    await world.beat()
    async with database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)
    claim, actor = await file_claim(world), await staff(database)
    (line,) = await do(world, claim_cases.listed, WantedClaims(), actor, 1, 9)
    assert (line.id, line.points) == (claim, (await claim_of(world)).left)
    assert line.connected_ms
    assert line.connected_ms >= 60_000
    assert line.interrupted_ms > 0
    assert line.end_reason == "caller_left"


async def test_closing_a_report_waits_too_and_opens_again(world: World) -> None:
    actor = await staff(world.database)
    other = await do(world, blocking.other_of, "talks", world.talk, world.caller)
    report = await do(world, reports.file, world.caller, other, "talks", "harassment", "ひどい")
    await do(world, due.close, world.settings, report, actor, WHY)
    listed = await do(world, report_cases.listed, WantedReports(), actor, 1, 9)
    assert listed.items == []
    await do(world, due.undo, "report", report, actor)
    (line,) = await do(world, report_cases.listed, WantedReports(), actor, 1, 9)
    assert (line.id, line.about_subject, line.sanctions) == (report, 1, 0)
    await do(world, due.close, world.settings, report, actor, WHY)
    assert await carry_out(world.database, world.settings) == 1
    assert (await do(world, report_list.find, report)).state == "closed"


async def test_quick_replies_are_in_the_readers_language_with_what_they_are_about(
    world: World,
) -> None:
    claim = await do(world, claims.claim, await file_claim(world))
    ready = await do(world, replies.for_claim, claim, "en")
    assert [one.name for one in ready] == [one.name for one in ON_CLAIM]
    assert all("%(" not in one.text + one.own for one in ready)
    (cut,) = [one for one in ready if one.name == "cut"]
    assert claim.cast_name in cut.text
    assert replies.chosen(ready, "cut", "  ") == cut.text
    assert replies.chosen(ready, "cut", "わたしの言葉") == "わたしの言葉"
    assert replies.chosen(ready, "unknown", "") == ""
    assert max(len(one.text) for one in ready) <= 500
