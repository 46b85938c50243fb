"""Numbers as they are typed, what is never rung, and who is recognised by one."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.telephones import numbers
from people.telephones.numbers import DialledNumber
from people.telephones.tables import telephones
from tests.people.telephones.conftest import E164, NUMBER, Member


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER,
        "09012345678",
        "０９０ー１２３４ー５６７８",
        "０９０　１２３４　５６７８",
        "090−1234−5678",
        "090‐1234―5678",
        " (090) 1234-5678 ",
        "（０９０）１２３４ｰ５６７８",
        "+81 90 1234 5678",
        "+81 (0)90-1234-5678",
        "＋81-90-1234-5678",
        "819012345678",
        "090〜1234〜5678",
    ],
)
def test_however_it_is_written_it_is_one_number(typed: str) -> None:
    assert numbers.e164_of(typed) == E164


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("03-1234-5678", "+81312345678"),
        ("050-1234-5678", "+815012345678"),
        ("060-1234-5678", "+816012345678"),
        ("070-1234-5678", "+817012345678"),
        ("0120-123-456", None),
        ("0800-123-4567", None),
        ("0570-000-000", None),
        ("0180-123456", None),
        ("0990-123456", None),
        ("020-1234-5678", None),
        ("110", None),
        ("１１９", None),
        ("118", None),
        ("117", None),
        ("0081-110", None),
        ("+1 212 555 1234", "+12125551234"),
    ],
)
def test_what_is_rung_and_what_is_not(settings: Settings, typed: str, e164: str | None) -> None:
    if e164 is None:
        with pytest.raises(UserError) as refused:
            numbers.e164_of(typed)
        assert refused.value.code in ("telephone_not_dialled", "telephone_malformed")
        return
    assert numbers.e164_of(typed) == e164
    assert numbers.may_dial(settings, e164) is e164.startswith("+81")


@pytest.mark.parametrize(
    "typed", ["", "電話", "090-1234-567", "0901234567890", "090-1234-5678 ext. 9", "0" * 500, "+"]
)
def test_what_is_no_number_is_refused_in_words(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        numbers.e164_of(typed)
    assert refused.value.code == "telephone_malformed"


def test_abroad_is_rung_where_the_operator_wants_it(settings: Settings) -> None:
    abroad = settings.model_copy(update={"telephone_prefixes": ("+81", "+1212")})
    assert numbers.may_dial(abroad, "+12125551234")
    assert not numbers.may_dial(abroad, "+13105551234")
    for never in ("+81570000000", "+81990123456", "+81120123456", "+81110", "+8111", "81901234567"):
        assert not numbers.may_dial(abroad, never), never
    # Premium numbers abroad aren't either.
    assert not numbers.may_dial(
        settings.model_copy(update={"telephone_prefixes": ("+1",)}), "+19005551234"
    )


@pytest.mark.parametrize("wrong", ["81", "+", "+0", "+81-90", "all"])
def test_prefixes_are_read_strictly(wrong: str) -> None:
    with pytest.raises(ValueError, match="telephone_prefixes"):
        Settings(telephone_prefixes=(wrong,))
    assert Settings.model_validate({"telephone_prefixes": "+81, +1"}).telephone_prefixes == (
        "+81", "+1",
    )  # fmt: skip


def test_a_number_prints_only_its_end() -> None:
    number = DialledNumber(E164, "5678", datetime(2026, 11, 30, tzinfo=UTC))
    assert f"{number} {number!r} {[number]}".count("9012345678") == 0
    assert numbers.masked("5678") == "•••-••••-5678"


def test_what_a_minute_costs_is_estimated_by_the_kind(settings: Settings) -> None:
    assert numbers.minute_yen(settings, E164) == settings.telephone_mobile_yen
    assert numbers.minute_yen(settings, "+81312345678") == settings.telephone_fixed_yen
    assert numbers.minute_yen(settings, "+815012345678") == settings.telephone_fixed_yen


async def test_one_number_of_one_member_is_recognised_and_of_two_is_not(
    database: Database, settings: Settings, member: Member
) -> None:
    await member.prove()

    async def recognised(told: str) -> int | None:
        async with database.transaction() as tx:
            return await numbers.recognise(tx, settings, told)

    for told in ("819012345678", E164, "09012345678"):
        assert await recognised(told) == member.id
    for told in ("", "anonymous", "Anonymous <sip:x>", "818011112222", "110", "+", "９" * 400):
        assert await recognised(told) is None
    wife = await Member(database, settings).join("ゆき")
    await wife.prove()
    assert await recognised(E164) is None
    async with database.transaction() as tx:
        found = await numbers.number_of(tx, settings, wife.id)
        assert found is not None
        assert found.e164 == E164
        await tx.execute(
            sa.text("UPDATE users SET suspended_until = now() + interval '1 day' WHERE id = :id"),
            {"id": wife.id},
        )
    # Who may not come in doesn't stand in the other's way.
    assert await recognised(E164) == member.id


async def test_nothing_stored_tells_the_number(database: Database, member: Member) -> None:
    await member.prove()
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE telephone_proofs SET made_at = now() - interval '2 min'"))
    await member.ask()
    async with database.transaction() as tx:
        stored = ""
        for table in ("telephones", "telephone_proofs"):
            rows = await tx.scalars(sa.text(f"SELECT to_json(t)::text FROM {table} t"))
            stored += " ".join(rows)
    assert "12345678" not in stored
    assert "5678" in stored


async def test_with_another_key_or_in_another_row_a_number_is_as_if_there_were_none(
    database: Database, settings: Settings, member: Member
) -> None:
    await member.prove()
    thief = await Member(database, settings).join()
    other = settings.model_copy(update={"secret_key": SecretStr("x" * 32)})
    async with database.transaction() as tx:
        assert await numbers.number_of(tx, other, member.id) is None
        assert await numbers.recognise(tx, other, E164) is None
        assert await numbers.tail_of(tx, member.id) == "5678"
        await tx.execute(sa.update(telephones).values(user_id=thief.id))
        assert await numbers.number_of(tx, settings, thief.id) is None
