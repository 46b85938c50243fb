"""The demo's practice telephones: their owners have what they need, and keep what they changed."""

import pytest
import sqlalchemy as sa

from cli.practice.content import PracticeContent, make_ready
from cli.practice.gateway import plain, practice_of
from cli.seed import seed_demo
from foundation.database import Database
from foundation.settings import Settings
from notify.tables import notices
from people.accounts import accounts
from people.telephones import digits, numbers, pins, spoken_names
from rooms.finding import by_telephone
from telephone.switchboard import way_of
from tests.people.telephones.owned import give_number

CONTENT = PracticeContent.read()


@pytest.fixture
def site(settings: Settings) -> Settings:
    return CONTENT.known_to(settings.model_copy(update={"demo": True, "telephone": True}))


async def test_the_owners_are_known_and_a_cast_can_be_chosen(
    database: Database, site: Settings
) -> None:
    await seed_demo(database, site)
    for _ in range(2):
        await make_ready(database, site, CONTENT)
    caller, cast = CONTENT.owners
    async with database.transaction() as tx:
        ids = {}
        for owner in CONTENT.owners:
            user = await accounts.find_by_email(tx, owner.email)
            assert user is not None
            ids[owner.name] = user.id
            assert await numbers.recognise(tx, site, plain(owner.number)) == user.id
            assert await pins.check(tx, site, user.id, owner.pin)
            assert numbers.may_dial(site, numbers.e164_of(owner.number))
            assert pins.pin_of(owner.pin, None, owner.number) == owner.pin
        four = await digits.of(tx, ids["cast"])
        assert four is not None
        offers = await by_telephone.offers(tx, site, ids["caller"], everyone=True)
        assert {one.reading for one in offers} == set(CONTENT.readings.values())
        assert any(one.cast_id == ids["cast"] and one.takes_tab for one in offers)
        assert await spoken_names.speech_of(tx, [ids["cast"]])
        # Nobody is told of what a demo set up by itself.
        told = sa.select(sa.func.count()).where(notices.c.title.contains("暗証番号"))
        assert not await tx.scalar(told)
    assert (caller.name, cast.name) == ("caller", "cast")


async def test_what_was_changed_stays_but_the_number(database: Database, site: Settings) -> None:
    await seed_demo(database, site)
    await make_ready(database, site, CONTENT)
    caller, cast = CONTENT.owners
    async with database.transaction() as tx:
        one, other = [await accounts.find_by_email(tx, who.email) for who in (caller, cast)]
        assert one is not None
        assert other is not None
        await numbers.erase(tx, one.id)
        await give_number(tx, site, one.id, "090-9999-0000")
        await spoken_names.change(tx, other.id, "ナギ")
    await pins.set_pin(database, site, one.id, "2846")
    await make_ready(database, site, CONTENT)
    async with database.transaction() as tx:
        assert await numbers.recognise(tx, site, plain(caller.number)) == one.id
        assert await pins.check(tx, site, one.id, "2846")
        kept = await spoken_names.of(tx, other.id)
    assert kept is not None
    assert kept.reading == "ナギ"


def test_each_number_leads_where_it_says(site: Settings) -> None:
    for way, number in CONTENT.numbers.items():
        assert way_of(site, plain(number)) == way
    own = site.model_copy(update={"telephone_menu_numbers": ("0312340001=all",)})
    assert CONTENT.known_to(own).telephone_menu_numbers == ("0312340001=all",)
    practice, _ = practice_of(CONTENT)
    assert next(iter(practice.numbers)) == "front"


@pytest.mark.parametrize(
    ("changed", "practises"),
    [
        ({"demo": True, "telephone": True}, True),
        ({"demo": False, "telephone": True}, False),
        ({"demo": True, "telephone": False}, False),
        ({"demo": True, "telephone": True, "trunk_server": "sip.example"}, False),
    ],
)
def test_only_a_demo_without_a_trunk_practises(
    settings: Settings, changed: dict[str, object], practises: bool
) -> None:
    assert settings.model_copy(update=changed).practises_telephone is practises
