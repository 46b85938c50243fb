"""Nothing is recorded that both haven't agreed to, in that talk, and this time."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.row_types import DbRow
from foundation.settings import Settings
from rooms.ground.recording_tables import recording_consents, recordings
from rooms.recording import asking, wording, writing
from rooms.recording.wording import Wording
from rooms.talk.past import history
from tests.rooms.recording.scene import ALLOWED, Taped, age
from tests.world import new_user


@pytest.fixture
async def world(database: Database, settings: Settings) -> Taped:
    return await Taped.begun(database, settings)


async def consents(world: Taped) -> list[DbRow]:
    async with world.database.transaction() as tx:
        query = sa.select(recording_consents).order_by(recording_consents.c.agreed_at)
        return list(await tx.execute(query))


async def test_both_agree_and_what_they_read_is_kept(world: Taped) -> None:
    await world.ask()
    found = (await world.standing()).for_side("caller")
    assert (found["state"], found["by"], found["allowed"]) == ("asked", "other", True)
    await world.agree()
    assert (await world.standing()).state == "agreed"
    kept = await consents(world)
    assert [(row.side, row.user_id) for row in kept] == [
        ("cast", world.cast),
        ("caller", world.caller),
    ]
    for row in kept:
        assert (row.version, row.locale) == (wording.VERSION, "ja")
        assert row.wording == Wording("ja", 30).text
        assert "30日" in row.wording


@pytest.mark.parametrize("asker", ["caller", "cast"])
async def test_one_alone_begins_nothing(world: Taped, asker: str) -> None:
    """However often who has asked asks, agrees or looks."""
    user = world.caller if asker == "caller" else world.cast
    await world.ask(user)
    await world.ask(user)
    with pytest.raises(UserError, match="recording_not_asked"):
        await world.agree(user)
    found = await world.standing()
    assert found.state == "asked"
    assert await world.orders() == []
    assert await world.do(writing.written, [found.recording_id]) == []
    assert (await world.standing()).state == "asked"


async def test_who_asks_at_the_same_moment_has_answered(world: Taped) -> None:
    assert await world.ask(world.cast) is False
    assert await world.ask(world.caller) is True
    assert (await world.standing()).state == "agreed"


STATES = ("agreed", "running", "halted", "ended")


@pytest.mark.parametrize("missing", ["caller", "cast"])
@pytest.mark.parametrize("state", STATES)
async def test_the_database_begins_nothing_without_both_consents(
    world: Taped, state: str, missing: str
) -> None:
    await world.ask(world.cast if missing == "caller" else world.caller)
    now = sa.func.clock_timestamp()
    values: dict[str, object] = {"state": state, "agreed_at": now}
    if state == "running":
        values["running_since"] = now
    if state == "ended":
        values |= {"ended_at": now, "keep_until": now, "end_reason": "stopped"}
    wrong = sa.update(recordings).values(values)
    with pytest.raises(sa.exc.IntegrityError, match="both_agreed"):
        async with world.database.transaction() as tx:
            await tx.execute(wrong)
    # Nor where the row says that the other has, and no consent stands there.
    with pytest.raises(sa.exc.IntegrityError, match=f"{missing}_consent"):
        async with world.database.transaction() as tx:
            await tx.execute(wrong.values({f"{missing}_consent": missing}))


async def test_a_consent_is_neither_changed_nor_taken_away(world: Taped) -> None:
    await world.agreed()
    for statement in (
        "UPDATE recording_consents SET wording = 'A'",
        "UPDATE recording_consents SET agreed_at = now()",
        "DELETE FROM recording_consents",
        "UPDATE recordings SET talk_id = talk_id",
        "UPDATE recordings SET keep_days = 400",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            async with world.database.transaction() as tx:
                await tx.execute(sa.text(statement))


async def test_no_answer_in_time_is_none(world: Taped, owner_database: Database) -> None:
    await world.ask()
    await world.settle()
    await age(owner_database, "asked_at", asking.ANSWER_SECONDS + 1)
    await age(owner_database, "lapses_at", asking.ANSWER_SECONDS + 1)
    # Before the clock comes by, and after.
    assert (await world.standing()).state == "lapsed"
    with pytest.raises(UserError, match="recording_not_asked"):
        await world.agree()
    assert await world.settle() == [world.talk]
    assert (await world.standing()).state == "lapsed"
    assert await world.settle() == []
    with pytest.raises(UserError, match="recording_not_asked"):
        await world.agree()


async def test_a_question_may_be_declined_and_taken_back(world: Taped) -> None:
    for who, whose in ((world.caller, "other"), (world.cast, "mine")):
        await world.ask()
        await world.stop(who)
        found = (await world.standing()).for_side("cast")
        assert (found["state"], found["ended_by"]) == ("declined", whose)
        with pytest.raises(UserError, match="recording_not_asked"):
            await world.agree()


async def test_nobody_is_asked_on_and_on(world: Taped) -> None:
    for _ in range(asking.MOST_QUESTIONS):
        await world.ask()
        await world.stop(world.caller)
    with pytest.raises(UserError, match="recording_asked_often"):
        await world.ask()
    # The other may still change their mind, and ask.
    await world.ask(world.caller)
    await world.agree(world.cast)
    assert (await world.standing()).state == "agreed"


@pytest.mark.parametrize("who", ["caller", "cast"])
async def test_either_stops_it_at_once(world: Taped, who: str) -> None:
    recording = await world.write()
    await world.stop(world.caller if who == "caller" else world.cast)
    found = await world.standing()
    assert (found.state, found.end_reason, found.ended_by) == ("ended", "stopped", who)
    # Whoever writes is told so with the next question, and can't bring it back.
    assert await world.orders() == []
    assert await world.do(writing.written, [recording]) == []
    assert (await world.standing()).state == "ended"


async def test_another_one_in_the_same_talk_needs_both_again(world: Taped) -> None:
    first = await world.write()
    await world.stop(world.cast)
    with pytest.raises(UserError, match="recording_not_asked"):
        await world.agree()
    await world.ask(world.caller)
    assert await world.orders() == []
    await world.agree(world.cast)
    (second,) = await world.orders()
    assert second > first
    assert len(await consents(world)) == 4


async def test_only_where_the_site_allows_it(world: Taped) -> None:
    world.settings = world.settings.model_copy(update={"recording": False})
    assert (await world.standing()).allowed is False
    with pytest.raises(UserError, match="recording_off"):
        await world.ask()


async def test_only_where_the_room_had_said_so_before_the_entry(world: Taped) -> None:
    for since in ("NULL", "clock_timestamp()"):
        await world.let_room_ask(since)
        assert (await world.standing()).allowed is False
        with pytest.raises(UserError, match="recording_off"):
            await world.ask()


async def test_only_the_two_of_a_live_talk(world: Taped) -> None:
    async with world.database.transaction() as tx:
        stranger = await new_user(tx)
    for verb in (asking.ask, asking.agree):
        with pytest.raises(UserError, match="talk_unknown"):
            await world.do(verb, world.settings, world.talk, stranger, world.seen)
    with pytest.raises(UserError, match="talk_unknown"):
        await world.stop(stranger)
    await world.do(history.leave, world.settings, world.talk, world.caller)
    with pytest.raises(UserError, match="talk_over"):
        await world.ask()


@pytest.mark.parametrize("seen", ["", "0/ja/30", "1/ja/31", "1/xx/30", "1/ja/30 ", "１/ja/30"])
async def test_whoever_read_something_else_has_not_agreed(world: Taped, seen: str) -> None:
    with pytest.raises(UserError, match="recording_words_changed"):
        await world.do(asking.ask, world.settings, world.talk, world.cast, seen)
    await world.ask()
    with pytest.raises(UserError, match="recording_words_changed"):
        await world.do(asking.agree, world.settings, world.talk, world.caller, seen)
    assert (await world.standing()).state == "asked"


async def test_money_is_not_touched(database: Database, settings: Settings) -> None:
    plain = settings.model_copy(update=ALLOWED)
    world = await Taped.begun(database, plain)
    await world.beat()
    await world.talk_for(65)
    before = await world.points()
    await world.recorded()
    await world.settle()
    assert await world.points() == before
