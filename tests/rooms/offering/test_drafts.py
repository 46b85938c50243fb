"""What a room is written with: tags, category, ways in; and what of it is refused."""

import asyncio

import pytest

from foundation.errors import UserError
from rooms.applying import applying, ringing
from rooms.lobby import presence, talk_applications, waiting
from rooms.offering import categories, drafts, licences, publishing, tags
from rooms.offering.categories import Written
from tests.rooms.offering.scene import Offering
from tests.world import World, new_user


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("緑茶、団子", ("緑茶", "団子")),
        ("#緑茶 , ＃団子\n ＃＃ 縁側", ("緑茶", "団子", "縁側")),
        ("ＴＯＫＹＯ、tokyo、Tokyo", ("TOKYO",)),
        ("ｶﾀｶﾅ", ("カタカナ",)),
        ("  、,，\n", ()),
        ("<b>太字</b>", ("<b>太字</b>",)),
    ],
)
def test_tags_are_of_one_spelling_and_each_once(typed: str, found: tuple[str, ...]) -> None:
    assert tags.tags_of(typed) == found


@pytest.mark.parametrize("typed", ["一,二,三,四,五,六", "あ" * 21, "お茶\u202eの時間", "\u034f"])
def test_tags_that_are_too_many_too_long_or_unseen_are_refused(typed: str) -> None:
    with pytest.raises(UserError):
        tags.tags_of(typed)


async def test_tags_are_kept_in_order_and_written_anew(offering: Offering) -> None:
    room = await offering.make(tags=("緑茶", "Tokyo"))
    assert await offering.do(tags.of_room, room) == ("緑茶", "Tokyo")
    await offering.do(
        drafts.change, offering.settings, room, offering.cast, offering.draft(tags=("縁側",))
    )
    assert await offering.do(tags.of_room, room) == ("縁側",)


async def test_the_form_sent_twice_makes_one_room(offering: Offering) -> None:
    draft = offering.draft(tags=("緑茶",))
    made = await asyncio.gather(*(offering.do(drafts.make, offering.cast, draft) for _ in "ab"))
    assert len(set(made)) == 1


async def test_a_room_without_a_category_is_not_published(offering: Offering) -> None:
    room = await offering.make(category_id=None)
    with pytest.raises(UserError, match="category_needed"):
        await offering.do(publishing.send, offering.settings, room, offering.cast)
    with pytest.raises(UserError, match="category_needed"):
        await offering.make(category_id=987_654)


async def test_a_room_that_nobody_can_enter_is_not_published(offering: Offering) -> None:
    room = await offering.make(by_standby=False, by_application=False)
    with pytest.raises(UserError, match="no_way_in"):
        await offering.do(publishing.send, offering.settings, room, offering.cast)
    for way in ({"by_standby": True}, {"by_application": True}, {"booking": "direct"}):
        shut = {"by_standby": False, "by_application": False, "booking": "none"}
        await offering.do(
            drafts.change, offering.settings, room, offering.cast, offering.draft(**(shut | way))
        )
        await offering.do(publishing.send, offering.settings, room, offering.cast)


async def test_in_a_room_without_stand_by_nobody_stands_by_or_waits(offering: Offering) -> None:
    settings = offering.settings.model_copy(update={"rooms_looked_at": False})
    room = await offering.make(by_standby=False)
    await offering.do(publishing.send, settings, room, offering.cast)
    with pytest.raises(UserError, match="room_without_standby"):
        await offering.do(presence.open_standby, offering.cast, room)
    with pytest.raises(UserError, match="room_without_standby"):
        await offering.do(waiting.join, settings, room, offering.staff)


async def test_stand_by_is_not_switched_off_under_who_stands_by(offering: Offering) -> None:
    world = await World.of(offering.database, offering.settings)
    draft = offering.draft(by_standby=False, category_id=None)
    with pytest.raises(UserError, match="room_open"):
        await offering.do(drafts.change, offering.settings, world.room, world.cast, draft)


async def test_a_retired_category_stays_with_its_rooms_and_is_chosen_no_more(
    offering: Offering,
) -> None:
    room = await offering.make()
    args = (offering.category, "使われていないため")
    await offering.do(categories.retire, *args, retired=True, actor_id=offering.staff)
    await offering.do(
        drafts.change, offering.settings, room, offering.cast, offering.draft(text="直しました")
    )
    await offering.do(publishing.send, offering.settings, room, offering.cast)
    with pytest.raises(UserError, match="category_retired"):
        await offering.make()
    shown = [one.id for one in await offering.do(categories.in_use)]
    assert offering.category not in shown
    also = await offering.do(categories.in_use, offering.category)
    assert offering.category in [one.id for one in also]


async def test_a_licensed_category_asks_for_a_licence_that_staff_have_seen(
    offering: Offering,
) -> None:
    with pytest.raises(UserError, match="licence_needed"):
        await offering.make(category_id=offering.licensed)
    args = (offering.settings, offering.cast, offering.licensed)
    with pytest.raises(UserError, match="reason_needed"):
        await offering.do(licences.give, *args, " ", actor_id=offering.staff)
    with pytest.raises(UserError, match="look_own"):
        await offering.do(licences.give, *args, "弁護士証", actor_id=offering.cast)
    for _ in "ab":
        await offering.do(licences.give, *args, "弁護士証", actor_id=offering.staff)
    room = await offering.make(category_id=offering.licensed)
    assert (await offering.row(room)).category_id == offering.licensed
    assert await offering.acts() == [("licence.give", f"user:{offering.cast}", "弁護士証")]


async def test_with_a_licence_the_public_rooms_of_its_category_go(offering: Offering) -> None:
    settings = offering.settings.model_copy(update={"rooms_looked_at": False})
    args = (settings, offering.cast, offering.licensed)
    await offering.do(licences.give, *args, "弁護士証", actor_id=offering.staff)
    room, plain = await offering.make(category_id=offering.licensed), await offering.make()
    for one in (room, plain):
        await offering.do(publishing.send, settings, one, offering.cast)
    caller = await offering.do(new_user, "客", points=1000)
    made, _ = await offering.do(applying.apply, settings, room, caller, 180)
    await offering.do(presence.open_standby, offering.cast, room)
    hidden = await offering.do(licences.take, *args, "登録の抹消", actor_id=offering.staff)
    assert hidden == [room]
    kept = await offering.row(room)
    assert (kept.published, kept.look, kept.look_words) == (False, "refused", "登録の抹消")
    assert (await offering.row(plain)).published
    assert await offering.do(presence.standby_of, offering.cast) is None
    # Who had applied doesn't wait for what can't come.
    await offering.do(ringing.turn, settings)
    found = await offering.do(talk_applications.find, made.id)
    assert found is not None
    assert found.state == "void"
    with pytest.raises(UserError, match="licence_needed"):
        await offering.do(publishing.send, settings, room, offering.cast)
    assert await offering.do(licences.take, *args, "登録の抹消", actor_id=offering.staff) == []


async def test_a_category_that_comes_to_want_a_licence_sends_its_rooms_back(
    offering: Offering,
) -> None:
    settings = offering.settings.model_copy(update={"rooms_looked_at": False})
    room = await offering.make()
    await offering.do(publishing.send, settings, room, offering.cast)
    await offering.do(presence.open_standby, offering.cast, room)
    known = await offering.do(categories.find, offering.category)
    assert known is not None
    for licensed in (False, True):
        assert await offering.do(licences.close_unlicensed, settings) == 0
        assert (await offering.row(room)).published
        marked = Written(known.name_ja, known.name_en, known.icon, licensed=licensed)
        args = (known.id, marked, "士業")
        await offering.do(categories.change, *args, actor_id=offering.staff)
    assert await offering.do(licences.close_unlicensed, settings) == 1
    kept = await offering.row(room)
    assert (kept.published, kept.look) == (False, "refused")
    assert "資格" in (kept.look_words or "")
    assert await offering.do(presence.standby_of, offering.cast) is None
    assert await offering.do(licences.close_unlicensed, settings) == 0
    # With a licence it goes public again.
    await offering.do(
        licences.give, settings, offering.cast, known.id, "弁護士証", actor_id=offering.staff
    )
    await offering.do(publishing.send, settings, room, offering.cast)
    assert await offering.do(licences.close_unlicensed, settings) == 0
    assert (await offering.row(room)).published


async def test_staff_add_rename_order_and_retire_categories(offering: Offering) -> None:
    by = {"actor_id": offering.staff}
    new = Written("手しごと", "Crafts", "gift", False)
    with pytest.raises(UserError, match="categories_too_many"):
        await offering.do(categories.add, new, "要望", **by)
    before = await offering.do(categories.in_use)
    await offering.do(categories.retire, before[-1].id, "整理", retired=True, **by)
    made = await offering.do(categories.add, new, "要望", **by)
    with pytest.raises(UserError, match="categories_too_many"):
        await offering.do(categories.retire, before[-1].id, "整理", retired=False, **by)
    other = Written(before[0].name_ja, "Something", "gift", False)
    with pytest.raises(UserError, match="category_name_taken"):
        await offering.do(categories.change, made, other, "改名", **by)
    renamed = Written("手仕事", "Handicraft", "heart", True)
    await offering.do(categories.change, made, renamed, "改名", **by)
    await offering.do(categories.move, made, up=True, **by)
    order = await offering.do(categories.in_use)
    assert order[-2].id == made
    assert (order[-2].name("ja"), order[-2].name("en")) == ("手仕事", "Handicraft")
    assert order[-2].licensed
    with pytest.raises(UserError, match="reason_needed"):
        await offering.do(categories.retire, made, " ", retired=True, **by)
    acts = [act for act, _, _ in await offering.acts()]
    assert acts == ["category.retire", "category.add", "category.change", "category.move"]


async def test_the_last_category_stays(offering: Offering) -> None:
    by = {"actor_id": offering.staff}
    every = await offering.do(categories.in_use)
    for one in every[1:]:
        await offering.do(categories.retire, one.id, "整理", retired=True, **by)
    with pytest.raises(UserError, match="category_last"):
        await offering.do(categories.retire, every[0].id, "整理", retired=True, **by)
