"""Ten accounts of one person get one limit: it stands on a card or a number, each for one."""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from people.telephones.tables import telephones
from points.payments.tables import payers
from points.tab import closing, grounds, limits, write_offs
from points.tables import tab_grounds
from tests.faults.databases import fresh_database
from tests.points.tab.scene import Guest, broken
from tests.world import new_user


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture(autouse=True)
async def _books(database: Database) -> object:
    """After every test, every invariant of the books holds."""
    yield
    assert await broken(database) == []


class Account(Guest):
    """One of an attacker's accounts, on a site that asks for a card or a number first."""

    @classmethod
    async def of(cls, database: Database, **changed: Any) -> "Account":
        made = await super().of(database, **({"tab_asks": "either", "telephone": True} | changed))
        assert isinstance(made, Account)
        return made

    async def save(self, card: str) -> None:
        """Save a card, which the provider knows by its fingerprint."""
        saved = {"card": f"pm_{card}_{self.caller}", "card_brand": "visa", "card_last4": "4242"}
        values = saved | {"customer": f"cus_{self.caller}", "card_mark": card}
        await self.do(_put, payers, self.caller, values | {"provider": "demo"})

    async def prove(self, number: str) -> None:
        """Prove a telephone number, of which a keyed hash is kept."""
        mark = sha256(number.encode()).digest()
        await self.do(
            _put, telephones, self.caller, {"sealed": bytes(40), "mark": mark, "tail": "5678"}
        )

    async def forget(self) -> None:
        """Take card and number from the account."""
        for table in (payers, telephones):
            mine = sa.delete(table).where(table.c.user_id == self.caller)
            await self.do(lambda tx, one=mine: tx.execute(one))

    async def refused(self) -> str | None:
        """The code of what refuses to let this account pay afterwards, if anything does."""
        refusal = (await self.state()).refusal(100)
        return refusal.code if refusal else None


async def _put(tx: Tx, table: sa.Table, user: int, values: dict[str, object]) -> None:
    await tx.execute(sa.delete(table).where(table.c.user_id == user))
    await tx.execute(sa.insert(table).values(user_id=user, **values))


async def entered(account: Account) -> bool:
    """Whether an account gets into a room on its tab; it stays there, and pays nothing yet."""
    try:
        talk = await account.enter()
    except UserError as refusal:
        if refusal.code != "tab_known":
            raise
        return False
    await account.end(talk)
    return True


@pytest.mark.parametrize("means", ["save", "prove"])
async def test_ten_accounts_on_one_card_or_one_number_get_one_limit(
    database: Database, means: str
) -> None:
    accounts = [await Account.of(database) for _ in range(10)]
    for account in accounts:
        await getattr(account, means)(f"same {means}")
    assert [await entered(one) for one in accounts] == [True] + [False] * 9


async def test_ten_accounts_at_once_get_one_limit(database: Database) -> None:
    accounts = [await Account.of(database) for _ in range(10)]
    for account in accounts:
        await account.save("at once")
        await account.prove("at once")

    async def opened(one: Account) -> str:
        try:
            await one.do(limits.open_tab, one.settings, one.caller)
        except UserError as refusal:
            return refusal.code
        return "opened"

    found = await asyncio.gather(*(opened(one) for one in accounts))
    assert sorted(found) == ["opened"] + ["tab_known"] * 9


async def test_a_card_that_wanders_from_account_to_account_gives_one_limit(
    database: Database,
) -> None:
    for place in range(10):
        account = await Account.of(database)
        await account.save("wandering")
        await account.prove("wandering")
        assert await entered(account) is (place == 0)
        await account.forget()


@pytest.mark.parametrize(
    ("asks", "wants", "grounds_of"),
    [
        ("card", "card", ["prove"]),
        ("number", "number", ["save"]),
        ("either", "either", []),
    ],
)
async def test_without_what_the_site_asks_for_there_is_no_first_limit(
    database: Database, asks: str, wants: str, grounds_of: list[str]
) -> None:
    account = await Account.of(database, tab_asks=asks)
    for means in grounds_of:
        await getattr(account, means)(f"other {asks}")
    state = await account.state()
    assert (state.wanting, state.limit, state.left, state.closed) == (wants, 0, 0, True)
    assert await account.refused() == "tab_wants"
    with pytest.raises(UserError, match="tab_wants"):
        await account.enter()
    with pytest.raises(UserError, match="tab_wants"):
        await account.do(limits.open_tab, account.settings, account.caller)
    await (account.save if asks == "card" else account.prove)(f"right {asks}")
    assert (await account.state()).left == 8000


async def test_a_site_may_ask_for_nothing(database: Database) -> None:
    account = await Account.of(database, tab_asks="nothing")
    assert await entered(account)


async def test_a_limit_once_given_stays_without_card_and_number(database: Database) -> None:
    account = await Account.of(database)
    await account.save("mine")
    await account.talked(3)
    await account.forget()
    assert (await account.state()).left == 7700
    assert await account.refused() is None


async def test_a_number_that_a_limit_came_to_stand_on_later_is_known_as_well(
    database: Database,
) -> None:
    first, second = await Account.of(database), await Account.of(database)
    await first.save("earlier")
    await first.talked(1)
    await first.prove("later")
    await first.talked(1)
    await first.forget()
    await second.prove("later")
    assert await second.refused() == "tab_known"


async def test_a_card_beside_a_limit_that_staff_gave_is_known(database: Database) -> None:
    staff = await Account.of(database)
    given, second = await Account.of(database), await Account.of(database)
    await given.do(
        limits.change_limit, given.settings, given.caller, 9000, "known", actor_id=staff.caller
    )
    assert (await given.state()).left == 9000
    await given.save("with staff's")
    await second.save("with staff's")
    assert await second.refused() == "tab_known"


async def test_a_family_on_one_telephone_needs_cards_of_their_own(database: Database) -> None:
    first, second = await Account.of(database), await Account.of(database)
    await first.prove("at home")
    await second.prove("at home")
    await first.talked(1)
    assert await second.refused() == "tab_known"
    await second.save("her own")
    assert await entered(second)


async def written_off(account: Account) -> None:
    """Two of staff give up what an account owes."""
    one, two = [await account.do(new_user, "staff") for _ in range(2)]
    for number, bill in enumerate(await account.bills()):
        made = await account.do(
            write_offs.propose, bill.id, "gone", actor_id=one, press=f"{account.caller}:{number}"
        )
        await account.do(write_offs.agree, made.id, actor_id=two)


async def test_who_left_a_bill_unpaid_gets_no_limit_by_another_card_either(
    database: Database,
) -> None:
    first, second = await Account.of(database), await Account.of(database)
    await first.prove("defaulter")
    await first.talked(3)
    await written_off(first)
    await first.forget()
    await second.prove("defaulter")
    assert await second.refused() == "tab_known"
    await second.save("fresh")
    assert await second.refused() == "tab_known"
    # Paid after all: then the number is free again, for the tab of the first is closed.
    await first.pay(300)
    assert await second.refused() is None


async def test_who_withdrew_with_everything_paid_leaves_card_and_number_free(
    database: Database, owner_database: Database
) -> None:
    first, second, third = [await Account.of(database) for _ in range(3)]
    await first.save("left")
    await first.talked(3)
    await second.save("left")
    assert await second.refused() == "tab_known"
    await first.pay(300, ref="paid and left")
    await first.do(closing.close, first.caller)
    assert await second.refused() is None
    # A bank that takes the payment back afterwards is remembered by whose it was.
    await first.take_back("paid and left", 300)
    assert await second.refused() == "tab_known"
    await first.pay(300)
    assert await entered(second)
    await third.save("left")
    assert await third.refused() == "tab_known"


async def test_marks_of_who_withdrew_are_forgotten_in_time(
    database: Database, owner_database: Database
) -> None:
    gone, owing, here = [await Account.of(database) for _ in range(3)]
    for one in (gone, owing, here):
        await one.save(f"card {one.caller}")
        await one.talked(1)
    await gone.pay(100)
    for one in (gone, owing):
        await one.do(limits.close_tab, one.caller, reason="withdrawn")
        async with owner_database.transaction() as tx:
            await tx.execute(_WITHDRAWN, {"user": one.caller})
    assert await gone.do(grounds.sweep, 121, 100) == 0
    assert await gone.do(grounds.sweep, 119, 100) == 1
    query = sa.select(tab_grounds.c.user_id).where(
        tab_grounds.c.user_id.in_([gone.caller, owing.caller, here.caller])
    )
    left = await gone.do(lambda tx: tx.scalars(query))
    assert sorted(left) == sorted([owing.caller, here.caller])


_WITHDRAWN = sa.text("""
UPDATE users SET withdrawn_at = clock_timestamp() - interval '120 days', confirmed_at = NULL,
  is_cast = false, portrait = NULL, email = 'withdrawn-' || id || '@invalid',
  birthday = NULL WHERE id = :user
""")
