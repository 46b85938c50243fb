"""PINs: none that others try first, few tries, locked for longer each time, hashed with a key."""

from datetime import date

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from people.telephones import pins
from people.telephones.tables import telephone_pins
from tests.people.telephones.conftest import Member

PIN = "7294"


async def check(member: Member, digits: str) -> bool:
    async with member.database.transaction() as tx:
        return await pins.check(tx, member.settings, member.id, digits)


async def set_pin(member: Member, digits: str = PIN) -> None:
    await pins.set_pin(member.database, member.settings, member.id, digits)


async def locked_hours(member: Member) -> float:
    async with member.database.transaction() as tx:
        left = sa.func.extract("epoch", telephone_pins.c.locked_until - sa.func.clock_timestamp())
        return round(float(await tx.scalar(sa.select(left)) or 0) / 3600, 1)


async def unlock(member: Member) -> None:
    async with member.database.transaction() as tx:
        await tx.execute(sa.update(telephone_pins).values(locked_until=sa.func.now()))


@pytest.mark.parametrize(
    "guessed",
    [
        "0000", "1111", "77777777", "1122", "1212", "1234", "4321", "2345", "890", "7890", "3210",
        "1987", "2024", "19870412", "870412", "0412", "1231", "12341234", "727272", "1985", "8704",
        "5678", "9012",
    ],
)  # fmt: skip
def test_what_others_try_first_is_refused(guessed: str) -> None:
    with pytest.raises(UserError) as refused:
        pins.pin_of(guessed, date(1987, 4, 12), "+819012345678")
    assert refused.value.code in ("pin_guessed", "pin_malformed")


@pytest.mark.parametrize(
    "wrong", ["", "123", "729", "123456789", "１２３４", "72 94", "abcd", "+729"]
)
def test_what_is_no_pin_is_refused(wrong: str) -> None:
    with pytest.raises(UserError, match="pin_malformed"):
        pins.pin_of(wrong)


@pytest.mark.parametrize("good", ["7294", "80317", "583920", "90517342"])
def test_others_are_taken(good: str) -> None:
    assert pins.pin_of(good, date(1987, 4, 12), "+819012345678") == good


async def test_a_pin_needs_a_number_and_is_none_of_its_digits(member: Member) -> None:
    with pytest.raises(UserError, match="telephone_needed"):
        await set_pin(member)
    await member.prove("080-7294-1111")
    with pytest.raises(UserError, match="pin_guessed"):
        await set_pin(member)
    await set_pin(member, "5183")
    assert await check(member, "5183")
    assert not await check(member, PIN)


async def test_wrong_ones_lock_it_for_longer_each_time(member: Member) -> None:
    await member.prove()
    assert not await check(member, PIN)
    await set_pin(member)
    for hours in (1, 2, 4, 8, 16, 32, 64):
        for _ in range(pins.MOST_WRONG):
            assert not await check(member, "1111")
        assert await locked_hours(member) == hours
        # While it is locked not even the right one is taken, nor counted.
        assert not await check(member, PIN)
        await unlock(member)
    assert await check(member, PIN)
    for _ in range(pins.MOST_WRONG):
        await check(member, "1111")
    assert await locked_hours(member) == 1
    async with member.database.transaction() as tx:
        locked = sa.text(
            "SELECT count(*) FROM notices WHERE title LIKE '%続けてまちがえられました'"
        )
        assert await tx.scalar(locked) == 8
        assert await tx.scalar(sa.text("SELECT count(*) FROM mails WHERE subject LIKE '%続けて%'"))
    # Set anew on the page, it is open.
    await set_pin(member, "80317")
    assert await check(member, "80317")


async def test_a_lock_grows_to_where_guessing_has_no_end(member: Member) -> None:
    """A forged number may try all year: five tries a day would be a fifth of all that there are."""
    await member.prove()
    await set_pin(member)
    async with member.database.transaction() as tx:
        await tx.execute(sa.update(telephone_pins).values(locks=pins.MOST_DOUBLED))
    for _ in range(2):
        for _ in range(pins.MOST_WRONG):
            assert not await check(member, "1111")
        assert await locked_hours(member) == 2**pins.MOST_DOUBLED
        await unlock(member)


async def test_who_is_guessed_between_their_own_right_ones_is_told_in_the_end(
    member: Member,
) -> None:
    """Right ones between wrong ones undo the lock: four a day would be guessed for ever."""
    await member.prove()
    await set_pin(member)
    tries = 0
    while tries < pins.MOST_WRONG_IN_ALL:
        assert await check(member, PIN)
        for _ in range(pins.MOST_WRONG - 1):
            assert not await check(member, "1111")
            tries += 1
    assert not await check(member, PIN)
    async with member.database.transaction() as tx:
        assert await pins.is_locked(tx, member.id)
        told = sa.text("SELECT title FROM notices WHERE user_id = :me ORDER BY id DESC LIMIT 1")
        assert await tx.scalar(told, {"me": member.id}) == "電話の暗証番号が使えなくなりました"
    await set_pin(member, "80317")
    assert await check(member, "80317")


async def test_a_right_one_forgets_the_wrong_ones_before(member: Member) -> None:
    await member.prove()
    await set_pin(member)
    for _ in range(3):
        for _ in range(pins.MOST_WRONG - 1):
            assert not await check(member, "1111")
        assert await check(member, PIN)
    assert not await check(member, "")
    assert not await check(member, "7294#")


async def test_what_is_stored_is_of_no_use_without_the_key(member: Member) -> None:
    await member.prove()
    await set_pin(member)
    twin = await Member(member.database, member.settings).join()
    await twin.prove()
    await set_pin(twin)
    async with member.database.transaction() as tx:
        hashes = list(await tx.scalars(sa.select(telephone_pins.c.pin_hash)))
        assert len({*hashes}) == 2
        # In another's row it is void.
        await tx.execute(sa.text("UPDATE telephone_pins SET pin_hash = :one"), {"one": hashes[0]})
    assert [await check(one, PIN) for one in (member, twin)].count(True) == 1


async def test_removed_it_is_gone(member: Member) -> None:
    await member.prove()
    await set_pin(member)
    async with member.database.transaction() as tx:
        assert await pins.has(tx, member.id)
        await pins.remove(tx, member.settings, member.id)
        assert not await pins.has(tx, member.id)
    assert not await check(member, PIN)
