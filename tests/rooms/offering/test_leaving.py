"""Who withdraws takes along what they offered: nothing of it is left to look at or to find."""

import sqlalchemy as sa

from people.desk import photo_looks
from people.meeting import photos
from rooms.care import own_data, withdrawal
from rooms.offering import licences, looking, publishing, room_photos
from tests.rooms.offering.scene import Offering, pictures
from tests.world import HASH


async def offered(offering: Offering) -> int:
    """A room of a licensed category with tags and a photo, which waits; and a portrait to be."""
    args = (offering.settings, offering.cast, offering.licensed)
    await offering.do(licences.give, *args, "弁護士証", actor_id=offering.staff)
    room = await offering.make(category_id=offering.licensed, tags=("相続", "遺言"))
    await offering.do(room_photos.add, room, offering.cast, pictures())
    await offering.do(photos.add, offering.cast, pictures())
    await offering.do(publishing.send, offering.settings, room, offering.cast)
    return room


async def test_what_was_offered_goes_with_its_cast(offering: Offering) -> None:
    room = await offered(offering)
    await offering.do(withdrawal.withdraw, offering.settings, offering.cast, HASH)
    assert await offering.do(looking.waiting) == 0
    assert await offering.do(photo_looks.waiting) == 0
    left = await offering.row(room)
    assert (left.look, left.sent_at, left.category_id, left.text) == ("none", None, None, "")
    for table in ("room_tags", "room_photos", "photos", "licences"):
        number = sa.text(f"SELECT count(*) FROM {table}")
        assert await offering.do(lambda tx, number=number: tx.scalar(number)) == 0, table


async def test_one_gets_what_one_offers_with_ones_own_data(offering: Offering) -> None:
    await offered(offering)
    found = {
        name: await offering.do(own_data.part, offering.cast, name)
        for name in ("rooms", "photos", "room_photos", "licences")
    }
    rooms, kept, placed, seen = found.values()
    assert isinstance(rooms, list)
    assert rooms[0]["tags"] == ["相続", "遺言"]
    assert (rooms[0]["category"], rooms[0]["look"]) == ("法律・税の専門相談", "waiting")
    assert isinstance(kept, list)
    assert {one["look"] for one in kept} == {"waiting"}
    assert isinstance(placed, list)
    assert isinstance(seen, list)
    assert (len(placed), len(seen)) == (1, 1)


async def test_of_another_one_gets_nothing(offering: Offering) -> None:
    await offered(offering)
    for name in ("rooms", "photos", "room_photos", "licences"):
        assert await offering.do(own_data.part, offering.staff, name) == []
