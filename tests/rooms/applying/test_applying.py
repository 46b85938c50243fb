"""Applying to talk: every state, and what may come between."""

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from people.meeting import blocks
from rooms.applying import answering, applying, ringing, views
from rooms.care import blocking
from rooms.ground.tables import rooms
from rooms.lobby import own_rooms, presence, waiting
from rooms.lobby.talk_applications import TalkApplication
from rooms.talk import entry, rings
from rooms.talk.past import history
from tests.rooms.applying.applied import Applied
from tests.world import new_room, new_user


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Applied:
    return await Applied.open(database, owner_database, settings)


async def test_applied_taken_rung_and_in_the_talk(world: Applied) -> None:
    one = await world.apply()
    assert await world.state(one) == "open"
    assert await world.points() == 1000
    await world.accept(one)
    assert (await world.state(one), await world.stands_by_in()) == ("accepted", None)
    await world.ring(one)
    assert (await world.state(one), await world.stands_by_in()) == ("rung", world.room)
    talk = await world.enter_room()
    assert await world.state(one) == "entered"
    async with world.database.transaction() as tx:
        seen = await views.one(tx, one.id, world.caller, "caller")
    assert (seen.talk_id, seen.is_live) == (talk, False)
    assert await world.turn() == []


async def test_a_rung_room_is_kept_for_its_caller_alone(world: Applied) -> None:
    one, stranger = await world.apply(), await world.another()
    await world.ring(one)
    assert await world.room_state() == "busy"
    assert await world.refused(entry.enter, world.room, stranger) == "room_rung"
    # Who comes now may wait in line; the line is called once the ring is over.
    async with world.database.transaction() as tx:
        await waiting.join(tx, world.settings, world.room, stranger)
    assert await world.enter_room()


async def test_a_ring_that_nobody_answers_lapses(world: Applied) -> None:
    one = await world.apply()
    await world.ring(one)
    await world.pass_minutes(1.6)
    assert [row.id for row in await world.turn()] == [one.id]
    assert (await world.state(one), await world.stands_by_in()) == ("lapsed", None)
    assert await world.told(world.caller) == [
        "さくらさんがお待ちです",
        "お呼び出しの時間が過ぎました",
    ]
    assert (await world.told(world.cast))[-1] == "けんじさんの入室がありませんでした"
    assert await world.refused(entry.enter, world.room, world.caller) == "room_closed"


@pytest.mark.parametrize("where", ["same", "other"])
async def test_after_a_ring_the_cast_stands_by_as_before(world: Applied, where: str) -> None:
    one = await world.apply()
    before = world.room if where == "same" else world.other_room
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, before)
    await world.ring(one)
    assert await world.stands_by_in() == world.room
    await world.pass_minutes(1.6)
    await world.turn()
    assert await world.stands_by_in() == before


async def test_declined_with_words_which_the_caller_reads(world: Applied) -> None:
    one = await world.apply()
    await world.do(answering.decline, one.id, world.cast, "また今度")
    async with world.database.transaction() as tx:
        seen = await views.one(tx, one.id, world.caller, "caller")
    assert (seen.state, seen.reply) == ("declined", "また今度")
    assert await world.told(world.caller) == ["さくらさんからお返事が届きました"]


async def test_declining_while_it_rings_ends_the_ring(world: Applied) -> None:
    one = await world.apply()
    await world.ring(one)
    await world.do(answering.decline, one.id, world.cast)
    assert (await world.state(one), await world.stands_by_in()) == ("declined", None)


async def test_withdrawn_at_any_time_before_the_entry(world: Applied) -> None:
    for step in (None, world.accept, world.ring):
        one = await world.apply()
        if step is not None:
            await step(one)
        await world.do(applying.withdraw, one.id, world.caller)
        assert (await world.state(one), await world.stands_by_in()) == ("withdrawn", None)
    assert await world.refused(answering.accept, one.id, world.cast) == "application_answered"


async def test_one_runs_out_whether_or_not_somebody_looked(world: Applied) -> None:
    one = await world.apply(minutes=15)
    await world.pass_minutes(15.1)
    await world.turn()
    assert await world.state(one) == "expired"
    assert await world.told(world.caller) == ["トークの申し込みの時間が過ぎました"]


async def test_one_that_was_taken_and_never_rung_waits_again(world: Applied) -> None:
    one = await world.apply()
    await world.accept(one)
    await world.pass_minutes(3.1)
    await world.turn()
    assert await world.state(one) == "open"
    await world.accept(one)
    await world.pass_minutes(27)
    await world.turn()
    assert await world.state(one) == "expired"


async def test_answered_twice_is_answered_once(world: Applied) -> None:
    one = await world.apply()
    await world.accept(one)
    await world.accept(one)
    await world.ring(one)
    await world.do(ringing.ring, one.id, world.cast)
    assert (await world.told(world.caller)).count("さくらさんがお待ちです") == 1
    await world.do(answering.decline, one.id, world.cast)
    assert await world.refused(answering.decline, one.id, world.cast) == "application_answered"
    assert await world.refused(ringing.ring, one.id, world.cast) == "application_answered"


async def test_another_room_replaces_it_by_the_callers_own_word(world: Applied) -> None:
    async with world.database.transaction() as tx:
        elsewhere = await new_room(tx, await new_user(tx, "あおい"))
    one = await world.apply()
    assert await world.refused(applying.apply, world.room, world.caller, 30) == "application_exists"
    code = await world.refused(applying.apply, elsewhere, world.caller, 30)
    assert code == "application_elsewhere"
    wrong = await world.refused(applying.apply, elsewhere, world.caller, 30, replaces=one.id + 9)
    assert wrong == "application_elsewhere"
    await world.ring(one)
    made = await world.apply(elsewhere, replaces=one.id)
    assert (await world.state(one), await world.state(made)) == ("replaced", "open")
    assert await world.stands_by_in() is None


async def test_only_one_can_be_promised(world: Applied) -> None:
    one, two = await world.apply(), await world.apply(caller=await world.another())
    await world.accept(one)
    await world.accept(two)
    assert (await world.state(one), await world.state(two)) == ("open", "accepted")
    await world.ring(two)
    assert await world.refused(answering.accept, one.id, world.cast) == "already_ringing"


async def test_who_cannot_pay_the_entry_cannot_apply(world: Applied) -> None:
    poor = await world.another(points=499)
    assert await world.refused(applying.apply, world.room, poor, 30) == "points_short"


async def test_points_that_were_spent_meanwhile_are_missing_at_the_door(world: Applied) -> None:
    poor = await world.another(points=500)
    one = await world.apply(caller=poor)
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET rate = 200 WHERE id = :id"), {"id": world.room})
    await world.ring(one)
    assert await world.refused(entry.enter, world.room, poor) == "points_short"
    assert await world.state(one) == "rung"


async def test_a_price_that_changed_meanwhile_is_said_before_it_is_paid(world: Applied) -> None:
    one = await world.apply(seen_rate=100)
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET rate = 120 WHERE id = :id"), {"id": world.room})
    code = await world.refused(applying.apply_again, one.id, world.caller, seen_rate=100)
    assert code in ("application_exists", "rate_changed")
    await world.ring(one)
    enter = (entry.enter, world.room, world.caller)
    assert await world.refused(*enter, seen_rate=100) == "rate_changed"
    assert (await world.do(*enter, seen_rate=120)).talk_id


@pytest.mark.parametrize("who", ["caller", "cast"])
async def test_somebody_in_another_talk_is_not_brought_together(world: Applied, who: str) -> None:
    one, stranger = await world.apply(), await world.another()
    async with world.database.transaction() as tx:
        far = await new_user(tx, "あおい")
        elsewhere = await new_room(tx, far)
        place = elsewhere if who == "caller" else world.other_room
        await presence.open_standby(tx, far if who == "caller" else world.cast, place)
    goes = world.caller if who == "caller" else stranger
    talk = (await world.do(entry.enter, place, goes)).talk_id
    code = await world.refused(answering.accept, one.id, world.cast)
    assert code == ("caller_in_talk" if who == "caller" else "already_in_talk")
    await world.do(history.leave, talk, goes)
    await world.ring(one)
    assert await world.state(one) == "rung"


async def test_a_rung_caller_who_goes_elsewhere_frees_the_cast(world: Applied) -> None:
    one = await world.apply()
    await world.ring(one)
    async with world.database.transaction() as tx:
        far = await new_user(tx, "あおい")
        elsewhere = await new_room(tx, far)
        await presence.open_standby(tx, far, elsewhere)
    await world.do(entry.enter, elsewhere, world.caller)
    await world.turn()
    assert (await world.state(one), await world.stands_by_in()) == ("lapsed", None)


async def test_another_caller_who_enters_meanwhile_leaves_it_waiting(world: Applied) -> None:
    one, stranger = await world.apply(), await world.another()
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    await world.accept(one)
    await world.enter_room(stranger)
    assert await world.state(one) == "open"


async def test_a_cast_whose_network_goes_leaves_it_waiting(world: Applied) -> None:
    one = await world.apply()
    await world.ring(one)
    async with world.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE standbys SET seen_at = seen_at - interval '1 min'"))
    assert await world.refused(entry.enter, world.room, world.caller) == "room_closed"
    await world.turn()
    assert (await world.state(one), await world.stands_by_in()) == ("open", None)
    assert (await world.told(world.caller))[-1] == "さくらさんの準備が中断しました"


async def test_people_in_line_go_first(world: Applied) -> None:
    one, stranger, third = await world.apply(), await world.another(), await world.another()
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.other_room)
    talk = (await world.do(entry.enter, world.other_room, stranger)).talk_id
    async with world.database.transaction() as tx:
        await waiting.join(tx, world.settings, world.other_room, third)
    await world.do(history.leave, talk, stranger)
    assert await world.refused(answering.accept, one.id, world.cast) == "others_in_line"


async def test_a_block_ends_it_for_both(world: Applied) -> None:
    one = await world.apply()
    await world.ring(one)
    await world.do(blocking.block, world.cast, world.caller, 0)
    assert (await world.state(one), await world.stands_by_in()) == ("void", None)
    assert await world.refused(applying.apply, world.room, world.caller, 30) == "room_unknown"
    async with world.database.transaction() as tx:
        assert await blocks.hidden(tx, world.caller, world.cast)


async def test_a_room_that_is_taken_from_the_list_takes_its_applications_along(
    world: Applied,
) -> None:
    one = await world.apply()
    async with world.database.transaction() as tx:
        await own_rooms.unpublish(tx, world.room, world.cast)
    await world.accept(one)
    assert await world.refused(ringing.ring, one.id, world.cast) == "room_unpublished"
    await world.do(answering.let_go, one.id, world.cast)
    async with world.database.transaction() as tx:
        await own_rooms.unpublish(tx, world.room, world.cast)
    await world.turn()
    assert await world.state(one) == "void"


async def test_asked_once_more_one_applies_with_one_press(world: Applied) -> None:
    one = await world.apply()
    assert await world.refused(answering.ask_again, one.id, world.cast) == "application_too_old"
    await world.do(answering.decline, one.id, world.cast)
    await world.do(answering.ask_again, one.id, world.cast)
    await world.do(answering.ask_again, one.id, world.cast)
    title = "さくらさんが、いまなら話せるそうです"
    assert (await world.told(world.caller)).count(title) == 1
    made, _ = await world.do(applying.apply_again, one.id, world.caller, seen_rate=100)
    assert (made.words, made.minutes, made.state) == ("ねこの話", 30, "open")
    stranger = await world.another()
    code = await world.refused(applying.apply_again, one.id, stranger)
    assert code == "application_unknown"


async def test_after_thirty_days_nobody_is_asked_again(world: Applied) -> None:
    one = await world.apply()
    await world.do(answering.decline, one.id, world.cast)
    await world.pass_minutes(30 * 24 * 60 + 1)
    assert await world.refused(answering.ask_again, one.id, world.cast) == "application_too_old"


async def test_the_number_of_applications_is_bounded(world: Applied) -> None:
    tight = world.settings.model_copy(update={"applications_most": 1, "applications_a_day": 2})
    world.settings = tight
    one = await world.apply()
    code = await world.refused(applying.apply, world.room, await world.another(), 30)
    assert code == "applications_full"
    await world.do(applying.withdraw, one.id, world.caller)
    await world.do(applying.withdraw, (await world.apply()).id, world.caller)
    code = await world.refused(applying.apply, world.room, world.caller, 30)
    assert code == "applications_today"


@pytest.mark.parametrize("minutes", [0, 14, 20, 195])
async def test_one_waits_in_steps_of_a_quarter_of_an_hour(world: Applied, minutes: int) -> None:
    code = await world.refused(applying.apply, world.room, world.caller, minutes)
    assert code == "application_minutes"


async def test_a_room_that_is_open_is_entered_and_not_applied_to(world: Applied) -> None:
    async with world.database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    assert await world.refused(applying.apply, world.room, world.caller, 30) == "room_open_now"


async def test_nobody_answers_for_somebody_else(world: Applied) -> None:
    one, stranger = await world.apply(), await world.another()
    for verb in (answering.accept, answering.decline, answering.let_go, answering.ask_again,
                 ringing.ring, applying.withdraw):  # fmt: skip
        assert await world.refused(verb, one.id, stranger) == "application_unknown"
    # The caller is not its cast, and the other way round.
    assert await world.refused(ringing.ring, one.id, world.caller) == "application_unknown"
    assert await world.refused(applying.withdraw, one.id, world.cast) == "application_unknown"
    # Nobody rings without having taken it.
    assert await world.refused(ringing.ring, one.id, world.cast) == "application_answered"


async def test_what_rings_on_the_pages_of_both(world: Applied) -> None:
    async def rung(user: int) -> rings.Rings:
        found = await world.do(rings.rings_for, user)
        assert isinstance(found, rings.Rings)
        return found

    assert (await rung(world.caller)).live is False
    one = await world.apply()
    cast, caller = await rung(world.cast), await rung(world.caller)
    assert cast.applied is not None
    assert (cast.applied.count, cast.applied.name, cast.live) == (1, "けんじ", True)
    assert caller.own_application is not None
    assert (caller.own_application.state, caller.live) == ("open", True)
    await world.ring(one)
    caller = await rung(world.caller)
    assert caller.own_application is not None
    assert 80 <= (caller.own_application.seconds or 0) <= 90
    assert (await rung(world.cast)).applied is None
    await world.do(answering.decline, one.id, world.cast)
    assert (await rung(world.caller)).own_application is None
    await world.do(answering.ask_again, one.id, world.cast)
    again = (await rung(world.caller)).own_application
    assert again is not None
    assert again.asked_again


async def set_room(world: Applied, **values: object) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(sa.update(rooms).where(rooms.c.id == world.room).values(**values))


async def test_a_room_without_standby_is_never_open_to_another_after_a_ring(
    world: Applied,
) -> None:
    await set_room(world, by_standby=False)
    one, stranger = await world.apply(), await world.another()
    await world.ring(one)
    # The ring is over, and the clock hasn't looked yet.
    await world.pass_minutes(1.6)
    assert await world.room_state() == "closed"
    assert await world.refused(entry.enter, world.room, stranger) == "room_closed"
    assert await world.refused(entry.enter, world.room, world.caller) == "room_closed"
    await world.turn()
    assert (await world.state(one), await world.stands_by_in()) == ("lapsed", None)


async def test_nobody_is_taken_whose_time_is_over_though_nobody_looked(world: Applied) -> None:
    one = await world.apply(minutes=15)
    await world.pass_minutes(15.1)
    assert await world.refused(answering.accept, one.id, world.cast) == "application_answered"


async def test_nothing_rings_of_somebody_who_is_not_there_for_one_any_more(world: Applied) -> None:
    async def again() -> bool:
        found = await world.do(rings.rings_for, world.caller)
        return found.own_application is not None

    one = await world.apply()
    await world.do(answering.decline, one.id, world.cast)
    await world.do(answering.ask_again, one.id, world.cast)
    assert await again()
    async with world.database.transaction() as tx:
        await own_rooms.unpublish(tx, world.room, world.cast)
    assert not await again()
    await set_room(world, published=True)
    assert await again()
    await world.do(blocking.block, world.cast, world.caller, 0)
    assert not await again()


async def test_a_room_that_closes_as_one_applies_takes_no_application(
    world: Applied, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_of = applying.live_of

    async def late(tx: Tx, caller_id: int) -> TalkApplication | None:
        found = await live_of(tx, caller_id)
        async with world.database.transaction() as other:
            await own_rooms.unpublish(other, world.room, world.cast)
        return found

    monkeypatch.setattr("rooms.applying.applying.live_of", late)
    assert await world.refused(applying.apply, world.room, world.caller, 30) == "room_unknown"
