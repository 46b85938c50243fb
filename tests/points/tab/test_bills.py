"""What is used on a tab is billed once, paid to the yen, and frees the limit."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from points import books, ledger, tab
from points import limits as own_limits
from points.tab import bills, limits, write_offs
from rooms.talk import billing
from tests.faults.databases import fresh_database
from tests.points.tab.scene import Guest, broken, end_talk, payment
from tests.world import buy, new_user


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture(autouse=True)
async def _books(database: Database) -> object:
    """After every test, every invariant of the books holds."""
    yield
    assert await broken(database) == []


async def returned(guest: Guest, talk: int, points: int | None) -> None:
    """A claim about a talk is granted."""
    staff = await guest.do(new_user, "staff")
    reader = sa.text(_CLAIM)
    bounds = {"talk": talk, "caller": guest.caller, "staff": staff}

    async def verb(tx: Tx) -> None:
        back = await ledger.return_points(tx, talk, points, reason="x", actor_id=staff)
        await bills.returned(tx, talk_id=talk)
        await tx.execute(reader, bounds | {"points": back})

    await guest.do(verb)


_CLAIM = """
INSERT INTO claims (talk_id, user_id, kind, state, points, decided_by, decided_at, reason)
VALUES (:talk, :caller, 'other', 'returned', :points, :staff, now(), 'x')
"""


async def test_a_talk_is_charged_to_the_limit_and_billed_once_it_is_over(
    database: Database,
) -> None:
    guest = await Guest.of(database)
    talk = await guest.enter(100)
    await guest.charge(talk, 3)
    running = await guest.state()
    assert (running.left, running.running, running.open_bills) == (7700, 300, 0)
    await guest.end(talk)
    (bill,) = await guest.bills()
    assert (bill.yen, bill.owed, bill.state) == (300, 300, "open")
    assert (bill.due_at - bill.made_at).days == guest.settings.tab_days
    (line,) = await guest.do(bills.lines_of, [bill.id])
    assert (line.talk_id, line.yen, line.returned) == (talk, 300, 0)
    state = await guest.state()
    assert (state.left, state.running, state.open_bills) == (7700, 0, 300)


async def test_exactly_the_limit_is_allowed_and_one_yen_more_is_not(database: Database) -> None:
    guest = await Guest.of(database)
    await guest.do(tab.must_allow, guest.settings, guest.caller, 8000)
    with pytest.raises(UserError, match="tab_short"):
        await guest.do(tab.must_allow, guest.settings, guest.caller, 8001)
    talk = await guest.enter(1000)
    assert await guest.charge(talk, 9) == 8
    assert (await guest.state()).left == 0
    await guest.end(talk)
    assert await guest.owed() == [8000]


async def test_a_second_round_of_the_clock_bills_nothing(database: Database) -> None:
    guest = await Guest.of(database)
    talk = await guest.talked(2)
    assert await guest.do(billing.bill_ended, guest.settings) == []
    assert await guest.do(bills.make_due, guest.settings, talk) is None
    assert await guest.owed() == [200]


async def test_two_clocks_at_once_bill_a_talk_once(database: Database) -> None:
    guest = await Guest.of(database)
    talk = await guest.enter()
    await guest.charge(talk, 2)
    await guest.do(end_talk, talk)
    await asyncio.gather(
        *(guest.do(bills.make_due, guest.settings, talk) for _ in range(4)),
        guest.do(billing.bill_ended, guest.settings),
    )
    assert await guest.owed() == [200]


async def test_a_clock_that_is_killed_halfway_bills_the_talk_the_next_time(
    database: Database,
) -> None:
    guest = await Guest.of(database)
    talk = await guest.enter()
    await guest.charge(talk, 2)
    await guest.do(end_talk, talk)

    async def killed(tx: Tx) -> None:
        await billing.bill_ended(tx, guest.settings)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await guest.do(killed)
    assert await guest.bills() == []
    await guest.do(billing.bill_ended, guest.settings)
    assert await guest.owed() == [200]


async def test_a_talk_that_cost_nothing_makes_no_line(database: Database) -> None:
    guest = await Guest.of(database)
    talk = await guest.enter()
    await guest.end(talk)
    assert await guest.bills() == []
    assert (await guest.state()).left == 8000


async def test_less_than_fifty_yen_waits_for_the_next(database: Database) -> None:
    guest = await Guest.of(database)
    await guest.talked(4, rate=10)
    assert await guest.bills() == []
    state = await guest.state()
    assert (state.waiting, state.left, state.running) == (40, 7960, 0)
    await guest.talked(1, rate=10)
    assert await guest.owed() == [50]
    assert (await guest.state()).waiting == 0


async def test_a_payment_in_parts_frees_the_limit_as_it_comes(database: Database) -> None:
    guest = await Guest.of(database)
    await guest.talked(10)
    await guest.pay(400)
    assert await guest.owed() == [600]
    assert (await guest.state()).left == 7400
    await guest.pay(600)
    (bill,) = await guest.bills()
    assert (bill.state, bill.owed) == ("paid", 0)
    assert bill.paid_at is not None
    assert (await guest.state()).left == 8000


async def test_what_is_paid_too_much_pays_the_next_bill_and_raises_no_limit(
    database: Database,
) -> None:
    guest = await Guest.of(database)
    await guest.talked(3)
    await guest.pay(500)
    assert (await guest.state()).left == 8000
    await guest.talked(5)
    assert await guest.owed() == [0, 300]
    assert (await guest.state()).left == 7700


async def test_a_payment_that_is_told_twice_counts_once(database: Database) -> None:
    guest = await Guest.of(database)
    await guest.talked(3)
    once = payment(300, "pi_twice")
    told = await asyncio.gather(*(guest.do(bills.settle, guest.caller, once) for _ in range(3)))
    assert sorted(told) == [False, False, True]
    await guest.talked(1)
    assert await guest.owed() == [0, 100]
    with pytest.raises(ValueError, match="another"):
        await guest.do(bills.settle, guest.caller, payment(200, "pi_twice"))


async def test_a_bill_paid_twice_keeps_the_second_for_the_next(database: Database) -> None:
    guest = await Guest.of(database)
    await guest.talked(3)
    (bill,) = await guest.bills()
    await guest.pay(300, bill.id)
    await guest.pay(300, bill.id)
    await guest.talked(4)
    assert await guest.owed() == [0, 100]


async def test_the_named_bill_is_paid_before_an_older_one(database: Database) -> None:
    guest = await Guest.of(database)
    await guest.talked(3)
    await guest.talked(2)
    _, second = await guest.bills()
    await guest.pay(250, second.id)
    assert await guest.owed() == [250, 0]


async def test_what_goes_back_of_an_open_bill_lowers_it(database: Database) -> None:
    guest = await Guest.of(database)
    talk = await guest.talked(3)
    await returned(guest, talk, 150)
    assert await guest.owed() == [150]
    state = await guest.state()
    assert (state.left, state.running) == (7850, 0)


async def test_what_goes_back_of_a_paid_bill_pays_the_next_and_is_no_point(
    database: Database,
) -> None:
    guest = await Guest.of(database)
    talk = await guest.talked(3)
    await guest.pay(300)
    await returned(guest, talk, None)
    assert (await guest.state()).left == 8000
    assert await guest.do(ledger.spendable, guest.caller) == 0
    await guest.talked(4)
    assert await guest.owed() == [0, 100]
    assert (await guest.state()).left == 7900


async def test_what_goes_back_before_the_bill_makes_it_lower(database: Database) -> None:
    guest = await Guest.of(database)
    talk = await guest.enter()
    await guest.charge(talk, 3)
    await guest.do(ledger.return_minute, talk, 3, kind="cut_short", reason="cut")
    await guest.end(talk)
    assert await guest.owed() == [200]


async def test_a_disputed_payment_opens_its_bill_again_also_where_the_limit_is_spent(
    database: Database,
) -> None:
    guest = await Guest.of(database, tab_limit=1000)
    await guest.talked(10)
    name = await guest.pay(1000)
    await guest.talked(9)
    await guest.take_back(name, 1000)
    assert await guest.owed() == [1000, 900]
    state = await guest.state()
    assert (state.left, state.open_bills, state.running) == (0, 1900, 0)
    with pytest.raises(UserError, match="tab_short"):
        await guest.do(tab.must_allow, guest.settings, guest.caller, 1)
    # The dispute is won, and told twice.
    await guest.take_back(name, 0)
    await guest.take_back(name, 0)
    assert await guest.owed() == [0, 900]
    assert (await guest.state()).left == 100


async def test_a_lowered_limit_takes_what_is_left_and_the_rest_as_bills_are_paid(
    database: Database,
) -> None:
    guest = await Guest.of(database)
    staff = await guest.do(new_user, "staff")
    await guest.talked(30)
    change = limits.change_limit
    await guest.do(change, guest.settings, guest.caller, 1000, "late", actor_id=staff)
    assert (await guest.state()).left == 0
    await guest.pay(2500)
    assert (await guest.state()).left == 500
    await guest.pay(500)
    assert (await guest.state()).left == 1000
    await guest.do(change, guest.settings, guest.caller, 20_000, "good", actor_id=staff)
    assert (await guest.state()).left == 20_000


async def test_nobody_changes_their_own_limit(database: Database) -> None:
    guest = await Guest.of(database)
    change, settings = limits.change_limit, guest.settings
    for yen, reason, who, code in (
        (1, "x", guest.caller, "own_tab"),
        (-1, "x", 0, "limit_out_of_bounds"),
        (30_001, "x", 0, "limit_out_of_bounds"),
        (1, " ", 0, "reason_needed"),
    ):
        with pytest.raises(UserError, match=code):
            await guest.do(change, settings, guest.caller, yen, reason, actor_id=who)


async def test_an_overdue_bill_lets_nothing_more_on_the_tab(
    database: Database, owner_database: Database
) -> None:
    guest = await Guest.of(database)
    await guest.talked(3)
    await overdue(owner_database, guest.caller)
    assert (await guest.state()).overdue
    with pytest.raises(UserError, match="tab_overdue"):
        await guest.do(tab.must_allow, guest.settings, guest.caller, 1)
    await guest.pay(260)
    # What no card could pay any more keeps nobody out.
    assert not (await guest.state()).overdue


async def overdue(owner: Database, user_id: int) -> None:
    """A month goes by for somebody's bills."""
    async with owner.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE tab_bills SET made_at = made_at - interval '30 days',"
                " due_at = due_at - interval '30 days' WHERE user_id = :user"
            ),
            {"user": user_id},
        )


async def test_whose_purchase_went_back_to_the_bank_gets_no_limit(database: Database) -> None:
    guest = await Guest.of(database)
    made = await guest.do(buy, guest.caller, 500)
    assert (await guest.state()).limit == 8000
    await guest.do(
        lambda tx: tx.execute(
            sa.text(
                "INSERT INTO disputes (id, purchase_id, amount_yen, state, closed_at)"
                " VALUES (:id, :made, 500, 'lost', now())"
            ),
            {"id": f"dp_{made}", "made": made},
        )
    )
    await guest.do(ledger.take_back, made, 500, frozen=0, why="lost")
    assert (await guest.state()).closed
    with pytest.raises(UserError, match="tab_closed"):
        await guest.enter()


async def test_a_site_without_tabs_lets_nobody_on_one(database: Database) -> None:
    guest = await Guest.of(database, tab=False)
    with pytest.raises(UserError, match="tab_closed"):
        await guest.enter()


async def test_two_write_a_bill_off_and_the_tab_is_closed(database: Database) -> None:
    guest = await Guest.of(database)
    first, second = await guest.do(new_user, "a"), await guest.do(new_user, "b")
    await guest.talked(10)
    await guest.pay(400)
    (bill,) = await guest.bills()
    made = await guest.do(write_offs.propose, bill.id, "gone", actor_id=first, press="p")
    again = await guest.do(write_offs.propose, bill.id, "gone", actor_id=first, press="p")
    assert (made.yen, again.id) == (600, made.id)
    with pytest.raises(UserError, match="write_off_waits"):
        await guest.do(write_offs.propose, bill.id, "gone", actor_id=second, press="q")
    with pytest.raises(UserError, match="proposal_second_is_first"):
        await guest.do(write_offs.agree, made.id, actor_id=first)
    with pytest.raises(UserError, match="own_tab"):
        await guest.do(write_offs.agree, made.id, actor_id=guest.caller)
    await guest.do(write_offs.agree, made.id, actor_id=second)
    with pytest.raises(UserError, match="proposal_decided"):
        await guest.do(write_offs.agree, made.id, actor_id=second)
    (bill,) = await guest.bills()
    assert (bill.state, bill.written_off, bill.owed) == ("written_off", 600, 0)
    state = await guest.state()
    assert (state.limit, state.left, state.closed) == (0, 0, True)


async def test_a_bill_that_was_written_off_can_be_paid_late_and_disputed_again(
    database: Database,
) -> None:
    guest = await Guest.of(database)
    first, second = await guest.do(new_user, "a"), await guest.do(new_user, "b")
    talk = await guest.talked(10)
    (bill,) = await guest.bills()
    made = await guest.do(write_offs.propose, bill.id, "gone", actor_id=first, press="r")
    await guest.do(write_offs.agree, made.id, actor_id=second)
    name = await guest.pay(700)
    (bill,) = await guest.bills()
    assert (bill.state, bill.paid, bill.written_off) == ("written_off", 700, 300)
    await guest.take_back(name, 200)
    (bill,) = await guest.bills()
    assert (bill.paid, bill.written_off) == (500, 500)
    await returned(guest, talk, 800)
    (bill,) = await guest.bills()
    assert (bill.yen, bill.paid, bill.written_off, bill.state) == (200, 200, 0, "paid")


async def test_the_books_of_points_count_no_tab(database: Database) -> None:
    before = await Guest(database).do(books.totals)
    guest = await Guest.of(database)
    await guest.talked(10)
    await guest.pay(400)
    now = await guest.do(books.totals)
    assert (now.paid, now.given, now.held) == (before.paid, before.given, before.held)
    assert now.on_tab - before.on_tab == 600
    assert now.earned - before.earned == 800
    (day,) = await guest.do(books.by_day, 1)
    assert (day.spent, day.given_outstanding) == (0, now.given)


async def test_a_proposal_that_was_sent_back_leaves_the_bill_owed(database: Database) -> None:
    guest = await Guest.of(database)
    first, second = await guest.do(new_user, "a"), await guest.do(new_user, "b")
    await guest.talked(10)
    (bill,) = await guest.bills()
    made = await guest.do(write_offs.propose, bill.id, "gone", actor_id=first, press="s")
    await guest.do(write_offs.send_back, made.id, "not yet", actor_id=second)
    assert await guest.owed() == [1000]
    await guest.pay(1000)
    with pytest.raises(UserError, match="bill_settled"):
        await guest.do(write_offs.propose, bill.id, "gone", actor_id=first, press="t")


async def test_no_more_is_written_off_than_was_proposed(database: Database) -> None:
    guest = await Guest.of(database)
    first, second = await guest.do(new_user, "a"), await guest.do(new_user, "b")
    await guest.talked(10)
    name = await guest.pay(940)
    (bill,) = await guest.bills()
    made = await guest.do(write_offs.propose, bill.id, "rest", actor_id=first, press="u")
    await guest.take_back(name, 940)
    with pytest.raises(UserError, match="write_off_grown"):
        await guest.do(write_offs.agree, made.id, actor_id=second)
    assert await guest.owed() == [1000]
    await guest.do(write_offs.send_back, made.id, "more by now", actor_id=second)
    anew = await guest.do(write_offs.propose, bill.id, "all", actor_id=first, press="v")
    await guest.do(write_offs.agree, anew.id, actor_id=second)
    assert await guest.owed() == [0]


async def test_who_rests_from_buying_rests_from_the_tab(database: Database) -> None:
    guest = await Guest.of(database)
    await guest.talked(10)
    await guest.do(own_limits.cool_off, guest.caller, 1)
    with pytest.raises(UserError, match="tab_resting"):
        await guest.enter()
    await guest.pay(1000)
    assert await guest.owed() == [0]


@pytest.mark.parametrize(
    ("wallet", "lot"), [("tab", "paid"), ("tab", "bonus"), ("tab", "granted"), ("points", "credit")]
)
async def test_points_never_stand_on_a_tab_nor_credit_among_points(
    database: Database, owner_database: Database, wallet: str, lot: str
) -> None:
    guest = await Guest.of(database)
    await guest.talked(1)
    await guest.do(buy, guest.caller, 500)
    with pytest.raises(sa.exc.DBAPIError, match="does not fit its wallet"):
        async with owner_database.transaction() as tx:
            await tx.execute(sa.text(_MIXED), {"user": guest.caller, "wallet": wallet, "lot": lot})
    # What is bought pays no bill, and what is on the tab buys nothing.
    assert await guest.owed() == [100]
    assert await guest.do(ledger.spendable, guest.caller) == 500


_MIXED = """
INSERT INTO lots (wallet_id, kind, granted, remaining, expires_at, latest, renews)
SELECT w.id, :lot, 10, 10, now() + interval '1 day', now() + interval '1 day',
  (SELECT min(id) FROM lots)
FROM wallets w WHERE w.user_id = :user AND w.kind = :wallet
"""
