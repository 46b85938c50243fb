"""A member's first room is public once staff have looked at it, and not before or otherwise."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from people.accounts.tables import users
from people.desk import photo_looks
from rooms.care import sanctioning
from rooms.ground.tables import rooms
from rooms.lobby import directory, own_rooms, presence
from rooms.offering import drafts, looking, publishing, room_photos
from tests.rooms.offering.scene import Offering, pictures


async def sent(offering: Offering, **changed: Any) -> int:
    room = await offering.make(**changed)
    assert await offering.do(publishing.send, offering.settings, room, offering.cast) == "waiting"
    return room


async def test_the_first_room_waits_and_nobody_else_sees_it(offering: Offering) -> None:
    room = await sent(offering)
    assert not (await offering.row(room)).published
    with pytest.raises(UserError, match="room_unknown"):
        await offering.do(directory.room_detail, offering.settings, room, offering.staff)
    with pytest.raises(UserError, match="room_unpublished"):
        await offering.do(presence.open_standby, offering.cast, room)
    assert await offering.do(looking.waiting) == 1


async def test_what_staff_let_pass_is_public_told_and_logged(offering: Offering) -> None:
    room = await sent(offering, title="お茶の時間")
    await offering.do(looking.let_pass, offering.settings, room, offering.staff, 0)
    found = await offering.row(room)
    assert (found.published, found.look, found.sent_at) == (True, "passed", None)
    assert [title for title, _ in await offering.notices(offering.cast)] == ["ルームを公開しました"]
    assert await offering.acts() == [("room.pass", f"room:{room}", "お茶の時間")]
    assert await offering.do(looking.waiting) == 0
    # The next one doesn't wait.
    second = await offering.make()
    assert await offering.do(publishing.send, offering.settings, second, offering.cast) == "public"


async def test_a_refused_one_comes_back_with_words_and_can_be_sent_again(
    offering: Offering,
) -> None:
    room = await sent(offering)
    words = "リンクを外してください。"
    await offering.do(looking.refuse, offering.settings, room, offering.staff, 0, words)
    own = await offering.do(own_rooms.own_room, room, offering.cast)
    assert (own.state, own.look_words) == ("refused", words)
    assert words in (await offering.notices(offering.cast))[0][1]
    assert await offering.acts() == [("room.refuse", f"room:{room}", words)]
    await offering.do(
        drafts.change, offering.settings, room, offering.cast, offering.draft(text="直しました")
    )
    assert await offering.do(publishing.send, offering.settings, room, offering.cast) == "waiting"
    await offering.do(looking.let_pass, offering.settings, room, offering.staff, 1)
    assert (await offering.row(room)).published


async def test_nothing_passes_that_was_changed_after_it_was_looked_at(offering: Offering) -> None:
    room = await sent(offering)
    await offering.do(
        drafts.change, offering.settings, room, offering.cast, offering.draft(text="別のもの")
    )
    for verb, more in ((looking.let_pass, ()), (looking.refuse, ("だめです",))):
        with pytest.raises(UserError, match="look_changed"):
            await offering.do(verb, offering.settings, room, offering.staff, 0, *more)
    assert (await offering.row(room)).look == "waiting"


async def test_nobody_decides_about_their_own(offering: Offering) -> None:
    room = await sent(offering)
    with pytest.raises(UserError, match="look_own"):
        await offering.do(looking.let_pass, offering.settings, room, offering.cast, 0)
    photo = await offering.do(room_photos.add, room, offering.cast, pictures())
    with pytest.raises(UserError, match="look_own"):
        await offering.do(photo_looks.refuse, offering.settings, photo.id, offering.cast, "x")
    args = (offering.settings, offering.cast, [photo.id], offering.cast)
    with pytest.raises(UserError, match="look_own"):
        await offering.do(photo_looks.let_pass, *args)


async def test_two_members_of_staff_at_once_decide_once(offering: Offering) -> None:
    room = await sent(offering)
    results = await asyncio.gather(
        offering.do(looking.let_pass, offering.settings, room, offering.staff, 0),
        offering.do(looking.refuse, offering.settings, room, offering.staff, 0, "だめです"),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, UserError)]
    assert [one.code for one in refused] == ["look_decided"]
    assert len(await offering.acts()) == 1


async def test_one_that_was_taken_back_is_decided_no_more(offering: Offering) -> None:
    room = await sent(offering)
    await offering.do(own_rooms.unpublish, room, offering.cast)
    assert (await offering.do(own_rooms.own_room, room, offering.cast)).state == "draft"
    with pytest.raises(UserError, match="look_decided"):
        await offering.do(looking.let_pass, offering.settings, room, offering.staff, 0)


async def test_a_second_draft_waits_while_the_first_has_not_passed(offering: Offering) -> None:
    await sent(offering)
    await sent(offering)
    page = await offering.do(looking.queue, 1, 5)
    assert len(page.items) == 2


async def test_a_room_that_was_public_and_hidden_comes_back_at_once(offering: Offering) -> None:
    room = await sent(offering)
    await offering.do(looking.let_pass, offering.settings, room, offering.staff, 0)
    await offering.do(own_rooms.unpublish, room, offering.cast)
    assert (await offering.do(own_rooms.own_room, room, offering.cast)).state == "hidden"
    assert await offering.do(publishing.send, offering.settings, room, offering.cast) == "public"


async def test_where_nobody_looks_a_room_is_public_at_once(offering: Offering) -> None:
    settings = offering.settings.model_copy(update={"rooms_looked_at": False})
    room = await offering.make()
    assert await offering.do(publishing.send, settings, room, offering.cast) == "public"


async def test_the_database_itself_keeps_a_waiting_room_from_the_public(
    offering: Offering,
) -> None:
    room = await sent(offering)
    forced = sa.update(rooms).where(rooms.c.id == room).values(published=True)
    with pytest.raises(Exception, match="ck_rooms_public_ones_passed"):
        await offering.do(lambda tx: tx.execute(forced))


async def test_on_a_site_of_anyone_a_confirmed_member_becomes_a_cast_by_publishing(
    offering: Offering,
) -> None:
    settings = offering.settings.model_copy(update={"who_offers": "anyone"})
    await offering.set_user(offering.cast, is_cast=False)
    room = await offering.make()
    with pytest.raises(UserError, match="cast_only"):
        await offering.do(publishing.send, offering.settings, room, offering.cast)
    assert await offering.do(publishing.send, settings, room, offering.cast) == "waiting"
    is_cast = sa.select(users.c.is_cast).where(users.c.id == offering.cast)
    assert not await offering.do(lambda tx: tx.scalar(is_cast))
    await offering.do(looking.let_pass, settings, room, offering.staff, 0)
    assert await offering.do(lambda tx: tx.scalar(is_cast))


async def test_on_a_site_of_anyone_an_unconfirmed_member_publishes_nothing(
    offering: Offering,
) -> None:
    settings = offering.settings.model_copy(update={"who_offers": "anyone"})
    await offering.set_user(offering.cast, is_cast=False, confirmed_at=None)
    room = await offering.make()
    with pytest.raises(UserError, match="cast_only"):
        await offering.do(publishing.send, settings, room, offering.cast)


async def test_where_nobody_looks_a_name_like_a_casts_does_not_become_one(
    offering: Offering,
) -> None:
    changed = {"who_offers": "anyone", "rooms_looked_at": False}
    settings = offering.settings.model_copy(update=changed)
    await offering.set_user(offering.staff, nickname="みどり")
    await offering.set_user(offering.cast, is_cast=False)
    room = await offering.make()
    with pytest.raises(UserError, match="name_like_cast"):
        await offering.do(publishing.send, settings, room, offering.cast)


async def test_who_was_banned_while_they_waited_becomes_public_for_nobody(
    offering: Offering,
) -> None:
    await offering.set_user(offering.staff, staff_role="administrator")
    room = await sent(offering)
    args = (offering.settings, offering.staff, offering.cast)
    await offering.do(sanctioning.ban, *args, reason="確認済み", words="規約に反するため")
    await offering.do(looking.let_pass, offering.settings, room, offering.staff, 0)
    with pytest.raises(UserError, match="room_unknown"):
        await offering.do(directory.room_detail, offering.settings, room, offering.staff)
