"""Who is linked to the cast counts for nothing, isn't told, and staff see it; waves are told."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.sign_in import traces
from people.sign_in.traces import TraceBook
from points.tables import payment_events
from record.tables import alarms
from rooms.ratings import after_talk, giving, means, rating_list
from tests.payouts.accounts import named
from tests.rooms.rated import a_cast, old_user, rated, talk_of
from tests.world import buy, new_user

# Addresses of the internet: those for documentation are of no network.
HOME, OFFICE = "8.8.8.8", "9.9.9.9"


async def linked_by(database: Database, settings: Settings, caller: int, cast: int) -> Any:
    """By what a rating is linked that the caller gives now."""
    async with database.transaction() as tx:
        room = await tx.scalar(sa.text("SELECT id FROM rooms WHERE cast_id = :c"), {"c": cast})
        talk = await talk_of(tx, caller, cast, int(room))
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller, "5", "最高です")
    async with database.transaction() as tx:
        mine = await after_talk.of_talk(tx, settings, talk, caller)
        assert mine.rating
        assert "linked_by" not in vars(mine.rating)
        found = sa.text("SELECT linked_by FROM ratings WHERE talk_id = :t")
        return await tx.scalar(found, {"t": talk})


@pytest.fixture
async def two(database: Database) -> tuple[int, int]:
    """A caller and a cast who have nothing to do with each other."""
    async with database.transaction() as tx:
        return await old_user(tx), (await a_cast(tx))[0]


async def note(
    database: Database, settings: Settings, user: int, address: str, device: str | None = None
) -> None:
    async with database.transaction() as tx:
        await TraceBook().note(tx, settings, user, address, device)


async def test_nobody_is_linked_for_nothing(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    await note(database, settings, two[0], HOME, "d" * 43)
    await note(database, settings, two[1], OFFICE, "e" * 43)
    assert await linked_by(database, settings, *two) is None


async def test_a_browser_of_both_links_them_on_any_day(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    for user in two:
        await note(database, settings, user, "127.0.0.1", "d" * 43)
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM traces WHERE user_id = :u"), {"u": two[0]})
        again = "INSERT INTO traces SELECT :u, kind, mark, day - 30 FROM traces"
        await tx.execute(sa.text(again), {"u": two[0]})
    assert await linked_by(database, settings, *two) == "device"
    async with database.transaction() as tx:
        assert (await means.of_cast(tx, two[1])).rated == 0
        staff = await rating_list.for_staff(tx, "linked", None, 1)
    assert [one.linked_by for one in staff] == ["device"]


async def test_an_address_links_on_the_same_day_alone_and_the_line_counts_in_ipv6(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    await note(database, settings, two[0], "2001:4860:4860:1::1")
    await note(database, settings, two[1], "2001:4860:4860:1::2")
    assert await linked_by(database, settings, *two) == "address"
    async with database.transaction() as tx:
        third = await old_user(tx, "みお")
        await tx.execute(
            sa.text("INSERT INTO traces SELECT :u, kind, mark, day - 1 FROM traces WHERE user_id"
                    " = :v"), {"u": third, "v": two[1]},
        )  # fmt: skip
    assert await linked_by(database, settings, third, two[1]) is None


async def test_what_many_share_and_private_addresses_link_nobody(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    for user in two:
        for address in ("127.0.0.1", "10.0.0.7", "192.168.1.1", "unknown", "fd00::1", HOME):
            await note(database, settings, user, address)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM traces")) == 2
        others = [await new_user(tx) for _ in range(traces.MOST_SHARING - 1)]
    for user in others:
        await note(database, settings, user, HOME)
    assert await linked_by(database, settings, *two) is None


async def test_the_same_card_links(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    for user, card in ((two[0], "fp_1"), (two[1], "fp_1")):
        await pay(database, user, card)
    assert await linked_by(database, settings, *two) == "card"


async def test_other_cards_and_none_do_not(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    await pay(database, two[0], "fp_1")
    await pay(database, two[1], "fp_2")
    for user in two:
        await pay(database, user, None)
    assert await linked_by(database, settings, *two) is None


async def test_the_same_bank_account_links(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    for user in two:
        await named(database, settings, user)
    assert await linked_by(database, settings, *two) == "account"
    async with database.transaction() as tx:
        assert (await means.of_cast(tx, two[1])).rated == 0
        staff = await rating_list.for_staff(tx, "linked", None, 1)
    assert [one.linked_by for one in staff] == ["account"]


async def test_another_bank_account_does_not(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    await named(database, settings, two[0])
    await named(database, settings, two[1], "7654321")
    assert await linked_by(database, settings, *two) is None


async def pay(database: Database, user: int, card: str | None) -> None:
    async with database.transaction() as tx:
        bought = await buy(tx, user, 1000)
        find = sa.text("SELECT intent FROM purchases WHERE id = :id")
        details = {"card": {"fingerprint": card}} if card else {}
        await tx.execute(
            sa.insert(payment_events).values(
                id=f"evt_charge_{bought}",
                type="charge.succeeded",
                intent=await tx.scalar(find, {"id": bought}),
                livemode=False,
                payload={"data": {"object": {"payment_method_details": details}}},
            )
        )


async def test_marks_are_keyed_few_a_day_and_swept_after_ninety(
    database: Database, settings: Settings, two: tuple[int, int]
) -> None:
    for n in range(1, traces.MOST_A_DAY + 6):
        await note(database, settings, two[0], f"8.8.4.{n}")
    async with database.transaction() as tx:
        rows = (await tx.execute(sa.text("SELECT mark FROM traces"))).scalars().all()
        assert len(rows) == traces.MOST_A_DAY
        other = settings.model_copy(update={"data": settings.data / "elsewhere"})
        assert not {bytes(one) for one in rows} & set(
            traces.marks_of(other, "8.8.4.1", None).values()
        )
        old = "INSERT INTO traces SELECT user_id, kind, mark, day - :d FROM traces"
        await tx.execute(sa.text(old), {"d": 91})
        assert await traces.sweep(tx, traces.KEPT_DAYS, 15) == 15
        assert await traces.sweep(tx, traces.KEPT_DAYS, 15) == 5
        assert await traces.sweep(tx, traces.KEPT_DAYS, 15) == 0
        assert await tx.scalar(sa.text("SELECT count(*) FROM traces")) == traces.MOST_A_DAY


async def test_a_wave_of_new_accounts_is_told_once(database: Database, settings: Settings) -> None:
    async with database.transaction() as tx:
        cast, room = await a_cast(tx)
    await rated(database, settings, cast, room, *[5] * 6)
    assert await told(database) == []
    for n in range(6):
        async with database.transaction() as tx:
            caller = await new_user(tx, f"新{n}")
            talk = await talk_of(tx, caller, cast, room)
            await giving.rate(tx, settings, talk, caller, "5", "")
        assert await told(database) == (["ratings_young"] if n >= 4 else [])


async def test_a_wave_of_linked_accounts_is_told_once(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        cast, room = await a_cast(tx)
    await note(database, settings, cast, OFFICE, "d" * 43)
    for n in range(6):
        async with database.transaction() as tx:
            caller = await old_user(tx, f"客{n}")
            talk = await talk_of(tx, caller, cast, room)
        await note(database, settings, caller, HOME, "d" * 43)
        async with database.transaction() as tx:
            await giving.rate(tx, settings, talk, caller, "1" if n == 0 else "5", "")
        assert await told(database) == (["ratings_linked"] if n == 5 else [])


async def told(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return list((await tx.scalars(sa.select(alarms.c.kind))).all())
