"""A cast's four digits and spoken name; and that nothing is left of who goes."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from media.speech import mulaw
from people.telephones import digits, leaving, pins, spoken_names
from people.telephones.tables import cast_digits
from tests.people.telephones.conftest import Member

SOUND = b"\x10\x90" * 800


async def test_everyone_has_their_own_four_digits_and_keeps_them(
    database: Database, settings: Settings
) -> None:
    casts = [await Member(database, settings).join(f"キャスト{n}") for n in range(8)]

    async def give(cast: Member) -> str:
        async with database.transaction() as tx:
            return await digits.give(tx, cast.id)

    given = await asyncio.gather(*(give(cast) for cast in [*casts, *casts]))
    assert given[:8] == given[8:]
    assert len({*given}) == 8
    assert all(len(four) == 4 and four[0] != "0" for four in given)
    async with database.transaction() as tx:
        assert await digits.of(tx, casts[0].id) == given[0]
        assert await digits.cast_by(tx, given[1]) == casts[1].id
        assert [await digits.cast_by(tx, odd) for odd in ("", "0000", "12", "*###")] == [None] * 4


async def test_given_back_they_rest_for_a_year(database: Database, member: Member) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO cast_digits (digits, freed_at) SELECT n::text, now()"
                " FROM generate_series(1000, 9999) n WHERE n NOT IN (4711, 4712)"
            )
        )
        first = await digits.give(tx, member.id)
        assert first in ("4711", "4712")
        await digits.free(tx, member.id)
        assert await digits.cast_by(tx, first) is None
        second = await digits.give(tx, member.id)
        assert {first, second} == {"4711", "4712"}
        await digits.free(tx, member.id)
    with pytest.raises(UserError, match="digits_gone"):
        async with database.transaction() as tx:
            await digits.give(tx, member.id)
    async with database.transaction() as tx:
        rested = cast_digits.c.digits == "1234"
        for days in (364, 366):
            freed = sa.func.now() - sa.func.make_interval(0, 0, 0, days)
            await tx.execute(sa.update(cast_digits).where(rested).values(freed_at=freed))
            if days > 365:
                assert await digits.give(tx, member.id) == "1234"


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("はるか", "ハルカ"),
        (" ハルカ ", "ハルカ"),
        ("ﾊﾙｶ", "ハルカ"),
        ("ゆき　りん", "ユキ リン"),
        ("じぇーん", "ジェーン"),
        ("まっきー", "マッキー"),
        ("ゔぃゔぃ", "ヴィヴィ"),
        ("あ" * 20, "ア" * 20),
    ],
)
def test_readings_in_either_kana(typed: str, reading: str) -> None:
    assert spoken_names.reading_of(typed) == reading


@pytest.mark.parametrize(
    "typed",
    ["", "花子", "Haruka", "はるか!", "あ" * 21, "ーはるか", "っか", "ゃま", "は・る", "ヷ", "ヰ"],
)
def test_what_can_not_be_spoken_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="reading_malformed"):
        spoken_names.reading_of(typed)


async def test_a_name_is_made_heard_and_confirmed(database: Database, member: Member) -> None:
    async with database.transaction() as tx:
        await spoken_names.change(tx, member.id, "はるか")
        await spoken_names.change(tx, member.id, "ハルカ")
        jobs = sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'speak_name'")
        assert await tx.scalar(jobs) == 1
        assert await spoken_names.to_make(tx, member.id) == "ハルカ"
    with pytest.raises(UserError, match="name_not_heard"):
        async with database.transaction() as tx:
            await spoken_names.confirm(tx, member.id, "ハルカ")
    async with database.transaction() as tx:
        # What was made of another reading is not kept.
        await spoken_names.keep(tx, member.id, "ハルコ", SOUND)
        assert await spoken_names.heard(tx, member.id) is None
        await spoken_names.keep(tx, member.id, "ハルカ", SOUND)
        assert await spoken_names.to_make(tx, member.id) is None
        assert await spoken_names.speech_of(tx, [member.id]) == {}
        await spoken_names.confirm(tx, member.id, "ハルカ")
        assert await spoken_names.speech_of(tx, [member.id]) == {member.id: mulaw.decode(SOUND)}
        # The same again changes nothing, another one begins anew.
        await spoken_names.change(tx, member.id, "はるか")
        assert await spoken_names.speech_of(tx, [member.id])
        await spoken_names.change(tx, member.id, "はるこ")
        assert await spoken_names.speech_of(tx, [member.id]) == {}
    with pytest.raises(UserError, match="name_not_heard"):
        async with database.transaction() as tx:
            await spoken_names.confirm(tx, member.id, "ハルカ")


async def test_who_goes_takes_everything_along(
    database: Database, settings: Settings, member: Member
) -> None:
    await member.prove()
    await pins.set_pin(database, settings, member.id, "7294")
    async with database.transaction() as tx:
        four = await digits.give(tx, member.id)
        await spoken_names.change(tx, member.id, "はるか")
        await spoken_names.keep(tx, member.id, "ハルカ", SOUND)
    async with database.transaction() as tx:
        await leaving.erase(tx, member.id)
    async with database.transaction() as tx:
        for table in ("telephones", "telephone_pins", "spoken_names"):
            assert await tx.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0, table
        # That there was a call stays for the day, with nothing of the number.
        proof = (await tx.execute(sa.text("SELECT sealed, tail FROM telephone_proofs"))).one()
        assert tuple(proof) == (None, "0000")
        kept = (await tx.execute(sa.select(cast_digits))).one()
        assert (kept.digits, kept.cast_id) == (four, None)
