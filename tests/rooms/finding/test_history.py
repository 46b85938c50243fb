"""What a member looked at: the latest fifty, theirs alone, gone when they say so."""

from people.meeting import favourites
from people.meeting.blocks import block
from rooms.care import own_data
from rooms.finding import history, liked
from rooms.finding.history import MOST_VIEWS
from tests.rooms.finding.places import Places
from tests.world import new_room, new_user


async def views(places: Places, user: int, number: int = 1) -> list[int]:
    async with places.database.transaction() as tx:
        page = await history.of(tx, places.settings, user, number)
    return [one.room.card.id for one in page]


async def test_the_latest_fifty_each_once(places: Places) -> None:
    places.settings = places.settings.model_copy(update={"page_size": 100})
    async with places.database.transaction() as tx:
        member, cast = await new_user(tx), await new_user(tx)
        rooms = [await new_room(tx, cast) for _ in range(MOST_VIEWS + 3)]
    for room in (*rooms, rooms[10]):
        async with places.database.transaction() as tx:
            await history.note(tx, member, room, cast)
    expected = [rooms[10], *(room for room in rooms[:2:-1] if room != rooms[10])]
    assert await views(places, member) == expected
    async with places.database.transaction() as tx:
        assert await history.count(tx, member) == MOST_VIEWS
        part = await own_data.part(tx, member, "viewed_rooms")
    assert isinstance(part, list)
    assert len(part) == MOST_VIEWS


async def test_erased_and_switched_off(places: Places) -> None:
    async with places.database.transaction() as tx:
        member, other, cast = [await new_user(tx) for _ in range(3)]
        one, two = await new_room(tx, cast), await new_room(tx, cast)
        for user in (member, other, cast):
            for room in (one, two):
                await history.note(tx, user, room, cast)
    assert await views(places, cast) == []
    async with places.database.transaction() as tx:
        await history.erase(tx, member, one)
    assert await views(places, member) == [two]
    async with places.database.transaction() as tx:
        await history.set_on(tx, member, False)
        await history.set_on(tx, member, False)
        await history.note(tx, member, one, cast)
        assert not await history.is_on(tx, member)
    assert await views(places, member) == []
    async with places.database.transaction() as tx:
        await history.set_on(tx, member, True)
        await history.note(tx, member, one, cast)
    assert await views(places, member) == [one]
    assert await views(places, other) == [two, one]


async def test_what_may_not_be_seen_any_more_is_left_out(places: Places) -> None:
    async with places.database.transaction() as tx:
        member, hidden, shown = [await new_user(tx) for _ in range(3)]
        rooms = [await new_room(tx, hidden), await new_room(tx, shown), await new_room(tx, shown)]
        for room in rooms:
            await history.note(tx, member, room, 0)
        await block(tx, hidden, member)
    await places.run("UPDATE rooms SET published = false WHERE id = :room", room=rooms[1])
    assert await views(places, member) == [rooms[2]]
    async with places.database.transaction() as tx:
        assert await history.count(tx, member) == 1


async def test_favourites_who_are_there_stand_first(places: Places) -> None:
    async with places.database.transaction() as tx:
        member, away, there, without = [await new_user(tx) for _ in range(4)]
    for cast in (away, there):
        await places.room("雑談", cast)
    for cast in (there, away, without):
        async with places.database.transaction() as tx:
            await favourites.add(tx, member, cast)
    await places.run(
        "INSERT INTO standbys (cast_id, room_id) SELECT cast_id, id FROM rooms WHERE cast_id = :c",
        c=there,
    )
    async with places.database.transaction() as tx:
        near, count = await liked.of(tx, places.settings, member, 1)
        added, _ = await liked.of(tx, places.settings, member, 1, "added")
    assert count == 3
    assert [one.favourite.cast_id for one in near] == [there, away, without]
    assert [one.favourite.cast_id for one in added] == [without, away, there]
