"""A photo is public once staff have looked at it, whosesoever and wherever it stands."""

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from people.accounts.tables import users
from people.desk import photo_looks
from people.meeting import photos, profiles
from people.meeting.photos import Photo
from rooms.offering import looking, offers, publishing, room_photos
from tests.rooms.offering.scene import Offering, pictures


async def portrait(offering: Offering) -> str | None:
    query = sa.select(users.c.portrait).where(users.c.id == offering.cast)
    return await offering.do(lambda tx: tx.scalar(query))


async def add(offering: Offering) -> Photo:
    return await offering.do(photos.add, offering.cast, pictures())


async def shown(offering: Offering) -> list[int]:
    found = await offering.do(photos.of_user, offering.cast, public=True)
    return [one.id for one in found]


async def test_a_photo_waits_and_is_no_portrait_meanwhile(offering: Offering) -> None:
    photo = await add(offering)
    assert photo.look == "waiting"
    assert await portrait(offering) is None
    assert await shown(offering) == []
    assert (await offering.do(profiles.shown, offering.cast)).photos == []
    kept = await offering.do(photos.picture, photo.name, "whole")
    assert kept
    assert not kept.public
    with pytest.raises(UserError, match="photo_not_public"):
        await offering.do(photos.choose, offering.cast, photo.id)


async def test_photos_pass_together_the_first_as_portrait_and_are_told_once(
    offering: Offering,
) -> None:
    first, second = await add(offering), await add(offering)
    args = (offering.settings, offering.cast, [first.id, second.id], offering.staff)
    assert await offering.do(photo_looks.let_pass, *args) == 2
    assert await shown(offering) == [first.id, second.id]
    assert await portrait(offering) == first.portrait
    assert len(await offering.notices(offering.cast)) == 1
    # Sent twice, it is one decision.
    assert await offering.do(photo_looks.let_pass, *args) == 0
    assert [act for act, _, _ in await offering.acts()] == ["photo.pass"]


async def test_only_the_photos_that_were_looked_at_pass(offering: Offering) -> None:
    first = await add(offering)
    later = await add(offering)
    args = (offering.settings, offering.cast, [first.id], offering.staff)
    await offering.do(photo_looks.let_pass, *args)
    assert await shown(offering) == [first.id]
    assert await offering.do(photo_looks.waiting) == 1
    # Not under another member's name either.
    args = (offering.settings, offering.staff, [later.id], offering.cast)
    assert await offering.do(photo_looks.let_pass, *args) == 0


async def test_a_refused_photo_goes_back_with_words_and_stays_hidden(offering: Offering) -> None:
    photo = await add(offering)
    refuse = (offering.settings, photo.id, offering.staff, "ほかの方が写っています。")
    await offering.do(photo_looks.refuse, *refuse)
    own = (await offering.do(photos.of_user, offering.cast))[0]
    assert (own.look, own.look_words) == ("refused", "ほかの方が写っています。")
    assert "ほかの方" in (await offering.notices(offering.cast))[0][1]
    with pytest.raises(UserError, match="look_decided"):
        await offering.do(photo_looks.refuse, *refuse)
    args = (offering.settings, offering.cast, [photo.id], offering.staff)
    assert await offering.do(photo_looks.let_pass, *args) == 0


async def test_a_portrait_that_is_taken_down_is_nobodys_face_any_more(offering: Offering) -> None:
    photo = await add(offering)
    args = (offering.settings, offering.cast, [photo.id], offering.staff)
    await offering.do(photo_looks.let_pass, *args)
    await offering.do(photo_looks.refuse, offering.settings, photo.id, offering.staff, "通報のため")
    assert await portrait(offering) is None
    assert await shown(offering) == []


async def test_a_rooms_photos_pass_with_it_and_stand_with_it_alone(offering: Offering) -> None:
    room = await offering.make()
    mine = await offering.do(room_photos.add, room, offering.cast, pictures())
    later = await offering.do(room_photos.add, room, offering.cast, pictures())
    await offering.do(publishing.send, offering.settings, room, offering.cast)
    args = (offering.settings, room, offering.staff, 0, [mine.id, 999_999])
    await offering.do(looking.let_pass, *args)
    offer = await offering.do(offers.of_room, room)
    assert [one.id for one in offer.photos] == [mine.id]
    own = await offering.do(offers.of_room, room, public=False)
    assert [one.id for one in own.photos] == [mine.id, later.id]
    # A room's photo is no portrait, and no part of the profile.
    assert await portrait(offering) is None
    assert await shown(offering) == []


async def test_a_room_has_five_photos_and_its_cast_orders_them(offering: Offering) -> None:
    room, other = await offering.make(), await offering.make()
    made = [await offering.do(room_photos.add, room, offering.cast, pictures()) for _ in range(5)]
    with pytest.raises(UserError, match="photos_too_many"):
        await offering.do(room_photos.add, room, offering.cast, pictures())
    await offering.do(room_photos.add, other, offering.cast, pictures())
    ids = [one.id for one in made]
    await offering.do(room_photos.move, room, offering.cast, ids[4], forward=True)
    await offering.do(room_photos.delete, room, offering.cast, ids[0])
    left = await offering.do(room_photos.of_room, room)
    assert [one.id for one in left] == [ids[1], ids[2], ids[4], ids[3]]


@pytest.mark.parametrize("verb", [room_photos.move, room_photos.delete])
async def test_another_casts_photos_are_not_there(offering: Offering, verb: object) -> None:
    room = await offering.make()
    photo = await offering.do(room_photos.add, room, offering.cast, pictures())
    more = {"forward": True} if verb is room_photos.move else {}
    with pytest.raises(UserError, match="room_unknown"):
        await offering.do(verb, room, offering.staff, photo.id, **more)  # type: ignore[arg-type]
    others = await offering.make()
    with pytest.raises(UserError, match="photo_unknown"):
        await offering.do(verb, others, offering.cast, photo.id, **more)  # type: ignore[arg-type]


async def test_with_a_room_that_is_deleted_its_photos_go(offering: Offering) -> None:
    room = await offering.make(tags=("茶", "団子"))
    photo = await offering.do(room_photos.add, room, offering.cast, pictures())
    await offering.do(publishing.delete, room, offering.cast)
    assert await offering.do(photos.picture, photo.name, "whole") is None
    for table in ("rooms", "room_tags", "room_photos", "photos"):
        left = sa.text(f"SELECT count(*) FROM {table}")
        assert await offering.do(lambda tx, left=left: tx.scalar(left)) == 0, table
