"""A number is proved by a call: few calls, few tries, one code at a time, nothing left behind."""

import asyncio

import pytest
import sqlalchemy as sa
import structlog

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.tables import users
from people.telephones import leaving, numbers, proof_calls, proof_rows, proofs
from people.telephones.tables import MOST_TRIES, telephone_proofs
from tests.people.telephones.conftest import E164, NUMBER, Member


async def older(database: Database, seconds: int) -> None:
    by = f"{seconds} * interval '1 s'"
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                f"UPDATE telephone_proofs SET made_at = made_at - {by},"
                f" expires_at = expires_at - {by}"
            )
        )


async def refused(member: Member, typed: str = NUMBER) -> str:
    with pytest.raises(UserError) as error:
        await member.ask(typed)
    return error.value.code


async def states(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return list(await tx.scalars(sa.select(telephone_proofs.c.state).order_by("id")))


async def test_the_code_that_is_spoken_proves_the_number(
    database: Database, settings: Settings, member: Member
) -> None:
    with structlog.testing.capture_logs() as logged:
        proof = await member.ask()
        told = await member.hear(proof)
        assert told is not None
        assert (told.e164, told.locale, len(told.code)) == (E164, "ja", proofs.CODE_DIGITS)
        # However often it is asked for, it is rung once.
        assert await member.hear(proof) is None
        async with database.transaction() as tx:
            assert await proof_calls.note(tx, proof, "spoken") == member.id
            assert await proof_calls.note(tx, proof, "missed") is None
        wrong = "0" * 5 if told.code != "0" * 5 else "1" * 5
        assert not await member.enter(wrong)
        assert await member.enter(told.code)
    assert "9012345678" not in f"{logged} {told}"
    assert told.code not in f"{logged} {told}"
    assert [line["yen"] for line in logged if line["event"] == "telephone.proof_call"] == [18]
    async with database.transaction() as tx:
        number = await numbers.number_of(tx, settings, member.id)
        assert number is not None
        assert (number.e164, number.tail) == (E164, "5678")
        assert await proofs.waiting(tx, member.id) is None
        assert await tx.scalar(sa.text("SELECT count(*) FROM notices WHERE kind = 'security'")) == 1
    with pytest.raises(UserError, match="proof_over"):
        await member.enter(told.code)
    assert await states(database) == ["proved"]


async def test_after_five_wrong_codes_the_right_one_is_void(member: Member) -> None:
    told = await member.hear(await member.ask())
    assert told is not None
    for wrong in range(MOST_TRIES):
        assert not await member.enter(f"x{wrong}\ud800")
    with pytest.raises(UserError, match="proof_over"):
        await member.enter(told.code)


async def test_a_code_counts_for_ten_minutes_and_is_then_forgotten(
    database: Database, member: Member
) -> None:
    told = await member.hear(await member.ask())
    assert told is not None
    await older(database, proofs.CODE_SECONDS + 1)
    with pytest.raises(UserError, match="proof_over"):
        await member.enter(told.code)
    async with database.transaction() as tx:
        assert await proof_rows.tidy(tx, 90, 10) == 1
        assert await proof_rows.tidy(tx, 90, 10) == 0
        kept = (await tx.execute(sa.select(telephone_proofs))).one()
    assert (kept.sealed, kept.state, kept.cost_yen) == (None, "void", 18)
    await older(database, 91 * 86400)
    async with database.transaction() as tx:
        assert await proof_rows.tidy(tx, 90, 10) == 1
    assert await states(database) == []


async def test_a_call_that_nobody_makes_is_told_as_failed(
    database: Database, member: Member
) -> None:
    await member.ask()
    for shown in ("waiting", "failed"):
        async with database.transaction() as tx:
            waiting = await proofs.waiting(tx, member.id)
        assert waiting is not None
        assert (waiting.state, waiting.tail, waiting.tries_left) == (shown, "5678", MOST_TRIES)
        await older(database, proofs.ORDER_SECONDS)


async def test_a_new_call_voids_the_code_of_the_one_before(
    database: Database, member: Member
) -> None:
    first = await member.ask()
    assert await refused(member) == "proof_too_soon"
    await older(database, proofs.SOON_SECONDS + 1)
    second = await member.ask("03-1234-5678")
    assert await member.hear(first) is None
    told = await member.hear(second)
    assert told is not None
    assert told.e164 == "+81312345678"
    assert await states(database) == ["void", "calling"]


async def test_calls_are_few_for_a_member_a_number_and_the_site(
    database: Database, settings: Settings, member: Member
) -> None:
    for _ in range(settings.telephone_proofs_number):
        await member.ask()
        await older(database, 61)
    assert await refused(member) == "proofs_too_many"
    other = await Member(database, settings).join("ゆき")
    # Nor does another member ring that number again.
    assert await refused(other) == "proofs_too_many"
    for last in range(settings.telephone_proofs_member - settings.telephone_proofs_number):
        await member.ask(f"080-1111-222{last}")
        await older(database, 61)
    assert await refused(member, "080-1111-3333") == "proofs_too_many"
    few = settings.model_copy(update={"telephone_proofs_site": 5})
    other.settings = few
    assert await refused(other, "080-1111-4444") == "proofs_too_many"
    other.settings = settings
    await other.ask("080-1111-4444")
    await older(database, 86_400)
    await member.ask()


async def test_who_has_confirmed_no_address_has_nobody_be_rung(
    database: Database, member: Member
) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).values(confirmed_at=None))
    assert await refused(member) == "not_confirmed"
    assert await states(database) == []


async def test_of_two_presses_at_once_one_rings(database: Database, member: Member) -> None:
    done = await asyncio.gather(*(member.ask() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(one, int) for one in done) == 1
    assert {one.code for one in done if isinstance(one, UserError)} == {"proof_too_soon"}
    assert await states(database) == ["waiting"]


async def test_what_may_not_be_rung_any_more_is_not(member: Member) -> None:
    proof = await member.ask()
    member.settings = member.settings.model_copy(update={"telephone_prefixes": ("+8190123",)})
    assert await member.hear(proof) is not None
    await older(member.database, 61)
    proof = await member.ask()
    member.settings = member.settings.model_copy(update={"telephone_prefixes": ("+8180",)})
    assert await member.hear(proof) is None
    assert await refused(member, "090-1111-2222") == "telephone_not_dialled"


async def test_a_family_shares_a_number_and_no_crowd_does(
    database: Database, settings: Settings
) -> None:
    roomy = settings.model_copy(update={"telephone_proofs_number": 100})
    for name in range(proofs.MOST_SHARING):
        await (await Member(database, roomy).join(f"家族{name}")).prove()
    stranger = await Member(database, roomy).join("よそのひと")
    told = await stranger.hear(await stranger.ask())
    assert told is not None
    with pytest.raises(UserError, match="telephone_shared"):
        await stranger.enter(told.code)


async def test_removed_it_is_gone(database: Database, settings: Settings, member: Member) -> None:
    await member.prove()
    await older(database, 61)
    await member.ask("080-1111-2222")
    async with database.transaction() as tx:
        await proofs.remove(tx, settings, member.id)
        assert await numbers.number_of(tx, settings, member.id) is None
        assert await proofs.waiting(tx, member.id) is None


async def test_a_site_without_a_key_takes_no_number(member: Member) -> None:
    member.settings = member.settings.model_copy(
        update={"secret_key": None, "database_url": "postgresql://x", "demo": False}
    )
    assert await refused(member) == "telephones_closed"


async def test_who_goes_and_comes_back_has_no_more_calls_by_it(
    database: Database, settings: Settings, member: Member
) -> None:
    for _ in range(settings.telephone_proofs_number):
        await member.ask()
        await older(database, 61)
    async with database.transaction() as tx:
        await leaving.erase(tx, member.id)
        left = (await tx.execute(sa.select(telephone_proofs))).all()
    assert {(row.sealed, row.tail, row.cost_yen) for row in left} == {(None, "0000", None)}
    other = await Member(database, settings).join("ゆき")
    assert await refused(other) == "proofs_too_many"
    await older(database, 86_400)
    async with database.transaction() as tx:
        assert await proof_rows.tidy(tx, proof_rows.KEPT_DAYS, 100) == len(left)
    assert await states(database) == []


async def told(member: Member) -> list[str]:
    """What somebody was told of their number, in order."""
    async with member.database.transaction() as tx:
        found = sa.text("SELECT title FROM notices WHERE user_id = :me ORDER BY id")
        return list(await tx.scalars(found, {"me": member.id}))


SHARED = "お使いの電話番号が、ほかの会員にも登録されました"


async def test_whose_mobile_another_proves_is_told_once_and_not_by_whom(member: Member) -> None:
    """A number given up is a stranger's some day, and a stolen one at once: it would ring there."""
    await member.prove()
    other = await Member(member.database, member.settings).join("さくら")
    await other.prove()
    assert await told(member) == ["電話番号を登録しました", SHARED]
    assert SHARED not in await told(other)
    async with member.database.transaction() as tx:
        said = sa.text("SELECT title || text FROM notices WHERE user_id = :me")
        for text in await tx.scalars(said, {"me": member.id}):
            assert "さくら" not in text
    # Both are reached there, and who rings from there is neither.
    for one in (member, other):
        async with member.database.transaction() as tx:
            number = await numbers.number_of(tx, member.settings, one.id)
        assert number is not None
        assert number.e164 == E164
    async with member.database.transaction() as tx:
        assert await numbers.recognise(tx, member.settings, E164) is None
    # Proved once more it is no news.
    await older(member.database, 61)
    await other.prove()
    assert (await told(member)).count(SHARED) == 1
    # Who leaves it leaves it to the other.
    async with member.database.transaction() as tx:
        await proofs.remove(tx, member.settings, member.id)
        assert await numbers.recognise(tx, member.settings, E164) == other.id


async def test_of_a_familys_line_nobody_is_told_who_else_is_here(member: Member) -> None:
    await member.prove("03-1234-5678")
    await (await Member(member.database, member.settings).join()).prove("03-1234-5678")
    assert SHARED not in await told(member)
