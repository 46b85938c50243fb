"""A site's particulars: what may stand in them, and that each change is an act with its before."""

import asyncio
from typing import Any

import pytest

from foundation.database import Database
from foundation.errors import UserError
from notify import letterhead
from record import act_list
from record.site import changing, particulars
from record.site.kept import KeptSite
from record.site.particulars import HOUSE_ACCENT, Particulars
from tests.web.staff.scene import make_staff

NAMES = {"ja": "ことり", "en": "Kotori"}
RIGHT_TO_LEFT = "こと\u202eり"


class Office:
    """An administrator who changes things, and what then holds."""

    def __init__(self, database: Database, actor: int) -> None:
        self.database = database
        self.actor = actor

    async def do(self, verb: Any, *given: Any, seen: int = 0) -> None:
        async with self.database.transaction() as tx:
            await verb(tx, *given, seen=seen, actor_id=self.actor)

    async def now(self) -> Particulars:
        async with self.database.transaction() as tx:
            return await particulars.read(tx)

    async def acts(self) -> list[act_list.Act]:
        async with self.database.transaction() as tx:
            return (await act_list.acts(tx, 1, 50)).items


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(database, (await make_staff(database)).id)


async def test_without_any_the_house_s_own_holds(office: Office) -> None:
    now = await office.now()
    assert now == Particulars()
    assert (now.name("ja"), now.own_mark, now.accent) == ("ひととき", False, HOUSE_ACCENT)


async def test_a_name_holds_in_its_language(office: Office) -> None:
    await office.do(changing.name_it, NAMES)
    now = await office.now()
    assert (now.name("ja"), now.name("en"), now.own_mark) == ("ことり", "Kotori", True)
    await office.do(changing.name_it, {"ja": "ことり", "en": ""}, seen=1)
    assert (await office.now()).name("en") == "ことり"


async def test_each_change_is_an_act_with_before_and_after(office: Office) -> None:
    await office.do(changing.name_it, NAMES)
    await office.do(changing.name_it, {"ja": "すずめ", "en": ""}, seen=1)
    await office.do(changing.name_it, {"ja": "", "en": ""}, seen=2)
    plain, second, first = await office.acts()
    assert {act.act for act in (plain, second, first)} == {"site.name"}
    assert first.actor_id == office.actor
    assert first.detail == {"before": None, "after": NAMES}
    assert second.detail == {"before": NAMES, "after": {"ja": "すずめ"}}
    assert plain.detail == {"before": {"ja": "すずめ"}, "after": None}
    assert (await office.now()).names is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (RIGHT_TO_LEFT, "site_name_unseen"),
        ("ことり\u200b", "site_name_unseen"),
        ("\u3164", "site_name_missing"),
        ("こと\u00adり", "site_name_unseen"),
        ("あ" * 41, "site_name_too_long"),
        ("<b>ことり</b>", "site_name_unseen"),
        ('ことり" <x@y.example>', "site_name_unseen"),
        ("ことり\x00", "site_name_unseen"),
        ("\U000e0041ことり", "site_name_unseen"),
    ],
)
async def test_a_hostile_name_is_refused(office: Office, name: str, code: str) -> None:
    for verb, given in (
        (changing.name_it, {"ja": name, "en": ""}),
        (changing.name_it, {"ja": "ことり", "en": name}),
        (changing.name_sender, name),
    ):
        with pytest.raises(UserError) as refused:
            await office.do(verb, given)
        assert refused.value.code == code
    assert await office.acts() == []


async def test_forty_characters_are_taken_and_spaces_put_right(office: Office) -> None:
    await office.do(changing.name_it, {"ja": "あ" * 40, "en": "  Tea \n time "})
    now = await office.now()
    assert (now.name("ja"), now.name("en")) == ("あ" * 40, "Tea time")


async def test_a_name_in_english_alone_is_refused(office: Office) -> None:
    with pytest.raises(UserError) as refused:
        await office.do(changing.name_it, {"ja": "", "en": "Kotori"})
    assert refused.value.code == "site_name_missing"


async def test_a_colour_that_can_t_be_read_is_refused_with_the_nearest(office: Office) -> None:
    with pytest.raises(UserError) as refused:
        await office.do(changing.colour_it, "#ffcc00")
    assert refused.value.code == "site_colour_unreadable"
    near = str(refused.value.params["nearest"])
    await office.do(changing.colour_it, near)
    assert (await office.now()).accent.light.accent == near
    await office.do(changing.colour_it, "", seen=1)
    assert (await office.now()).accent == HOUSE_ACCENT
    with pytest.raises(UserError) as unknown:
        await office.do(changing.colour_it, "red;}body{display:none", seen=2)
    assert unknown.value.code == "site_colour_unknown"


async def test_words_want_japanese_and_hide_nothing(office: Office) -> None:
    fields = [f"{name}_{one}" for name in particulars.WORDS for one in particulars.LANGUAGES]
    empty = dict.fromkeys(fields, "")
    await office.do(changing.word_it, empty | {"hero_ja": "ひと息つこう", "lead_en": ""})
    now = await office.now()
    assert (now.word("hero", "ja"), now.word("hero", "en")) == ("ひと息つこう", "ひと息つこう")
    assert now.word("lead", "ja") is None
    for wrong, code in (
        ({"hero_en": "Rest"}, "site_words_need_japanese"),
        ({"hero_ja": RIGHT_TO_LEFT}, "site_words_unseen"),
        ({"hero_ja": "あ" * 61}, "site_words_too_long"),
    ):
        with pytest.raises(UserError) as refused:
            await office.do(changing.word_it, empty | wrong, seen=1)
        assert refused.value.code == code


async def test_who_looked_at_what_is_no_more_is_refused(office: Office) -> None:
    await office.do(changing.name_it, NAMES)
    with pytest.raises(UserError) as refused:
        await office.do(changing.name_it, {"ja": "すずめ", "en": ""})
    assert (refused.value.code, refused.value.status) == ("site_changed_meanwhile", 409)


async def test_of_two_at_once_one_is_refused(office: Office) -> None:
    done = await asyncio.gather(
        *(office.do(changing.name_it, {"ja": f"その{n}", "en": ""}) for n in range(2)),
        return_exceptions=True,
    )
    assert [type(one) for one in done if one] == [UserError]
    assert len(await office.acts()) == 1


async def test_japanese_stays_whatever_is_offered(office: Office) -> None:
    await office.do(changing.offer_languages, set())
    assert (await office.now()).languages == ("ja",)
    await office.do(changing.offer_languages, {"en", "xx"}, seen=1)
    assert (await office.now()).languages == ("ja", "en")


async def test_a_process_learns_of_a_change_and_tells_it_once(
    office: Office, database: Database
) -> None:
    told = []
    kept = KeptSite(database, lambda: told.append(kept.now.name("ja")))
    await kept.look()
    assert told == []
    await office.do(changing.name_it, NAMES)
    await kept.look()
    await kept.look()
    assert told == ["ことり"]


async def test_mails_bear_the_name_and_the_colour(office: Office, database: Database) -> None:
    await office.do(changing.name_it, NAMES)
    await office.do(changing.colour_it, "#3b5ba9")
    async with database.transaction() as tx:
        head = await letterhead.read(tx)
        assert await letterhead.sender(tx) == "ことり"
    assert (head.name("en"), head.light) == ("Kotori", "#3b5ba9")
    assert head.dark == (await office.now()).accent.dark.accent
    await office.do(changing.name_sender, "ことり事務局")
    async with database.transaction() as tx:
        assert await letterhead.sender(tx) == "ことり事務局"
