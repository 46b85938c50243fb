"""Each invariant of the books, broken behind the ledger's back, is reported, and no other."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from points.audit import INVARIANTS
from tests.faults.bookings import make_bookings
from tests.faults.books import Books, Sales, make_books, make_sales
from tests.faults.chats import make_chats
from tests.faults.databases import fresh_database
from tests.faults.letters import make_letters
from tests.faults.tabs import make_tabs


@dataclass
class Breaking:
    """The books in a transaction that is never committed, with every trigger silent."""

    books: Books
    sales: Sales
    owner: "psycopg.Connection[tuple[int]]"

    def run(self, *statements: str) -> None:
        """Change the books as the owner; names stand for the ids of the scene."""
        first, second, third, fourth = self.books.lots
        ids = {
            "talk": self.books.talk,
            "ended": self.books.ended,
            "wallet": self.books.wallet,
            "lot1": first,
            "lot2": second,
            "lot3": third,
            "lot4": fourth,
            "refunded": self.sales.refunded,
            "disputed": self.sales.disputed,
            "unpaid": self.sales.unpaid,
        }
        for statement in statements:
            changed = self.owner.execute(statement.encode(), ids)
            assert statement.startswith("ALTER") or changed.rowcount > 0, statement

    def reported(self) -> set[str]:
        """The names of the invariants that the audit's queries find broken."""
        found = set()
        for name, query in INVARIANTS.items():
            row = self.owner.execute(query.encode()).fetchone()
            assert row is not None
            if row[0]:
                found.add(name)
        return found


@pytest.fixture(scope="module")
def opened(postgres: EmbeddedPostgres) -> Iterator[Breaking]:
    with fresh_database(postgres) as name:
        books = make_books(postgres.url(APP_ROLE, name))
        sales = make_sales(postgres.url(APP_ROLE, name))
        make_bookings(postgres.url(APP_ROLE, name), postgres.url(OWNER, name))
        make_tabs(postgres.url(APP_ROLE, name))
        make_letters(postgres.url(APP_ROLE, name), postgres.url(OWNER, name))
        make_chats(postgres.url(APP_ROLE, name), postgres.url(OWNER, name))
        with psycopg.connect(postgres.url(OWNER, name)) as owner:
            yield Breaking(books, sales, owner)
            owner.rollback()


@pytest.fixture
def breaking(opened: Breaking) -> Iterator[Breaking]:
    opened.owner.execute(sql.SQL("SET LOCAL session_replication_role = replica"))
    yield opened
    opened.owner.rollback()


def transfer(
    debit: str,
    credit: str,
    kind: str = "correction",
    purchase: str = "NULL",
    key: str = "broken",
) -> str:
    """The statement that books ten thousand points between two wallets which hold no lots."""
    return (
        "INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason,"
        " idempotency_key, input_hash, purchase_id)"
        f" VALUES ({debit}, {credit}, 10000, '{kind}', 'broken', '{key}', '', {purchase})"
    )


ISSUED = "(SELECT id FROM wallets WHERE kind = 'issued')"
FEE = "(SELECT id FROM wallets WHERE kind = 'fee')"
FROZEN = "(SELECT id FROM wallets WHERE kind = 'disputed')"
EXPIRED = "(SELECT id FROM wallets WHERE kind = 'expired')"
HELD = "(SELECT id FROM wallets WHERE kind = 'held')"
CANCELLED = "(SELECT hold_id FROM reservations WHERE state = 'cancelled')"
DEBT = "(SELECT id FROM wallets WHERE kind = 'receivable')"
EARNINGS = "(SELECT cast_wallet FROM talks WHERE id = %(talk)s)"
OTHER = "(SELECT payer_wallet FROM talks WHERE id = %(ended)s)"

# Five points more in lot 4, put there by a transfer that moves no points of anybody.
SMUGGLED = [
    "UPDATE lots SET granted = granted + 5, remaining = remaining + 5 WHERE id = %(lot4)s",
    (
        "INSERT INTO lot_moves (transfer_id, lot_id, amount) SELECT id, %(lot4)s, 5"
        " FROM transfers WHERE kind = 'receivable' AND purchase_id = %(refunded)s"
    ),
]


def payout_in_run(state: str, run: str) -> list[str]:
    """The statements that put a payout of ten thousand yen into a run, as if it had been made."""
    ended = "now()" if run == "closed" else "NULL"
    paid = "now()" if state == "paid" else "NULL"
    cast = "(SELECT user_id FROM wallets WHERE kind = 'earnings' ORDER BY id LIMIT 1)"
    return [
        (
            "INSERT INTO bank_accounts (user_id, bank, branch, tail, holder_kind, made_at,"
            " effective_at)"
            f" VALUES ({cast}, 'x', 'x', '123', 'person', now(), now())"
        ),
        (
            "INSERT INTO payout_runs (way, state, pay_on, payouts, total, press, made_by, ended_at,"
            f" ended_by) VALUES ('request', '{run}', '2026-12-01', 1, 10000, 'x', {cast}, {ended},"
            f" CASE WHEN {ended}::timestamptz IS NULL THEN NULL ELSE {cast} END)"
        ),
        (
            "INSERT INTO payouts (user_id, way, state, gross, requested_on, account_id, category,"
            " seller, tax_percent, run_id, paid_at) SELECT a.user_id, 'request', "
            f"'{state}', 10000, '2026-12-01', a.id, 'none', 'cast', 10, r.id, {paid}::timestamptz"
            " FROM bank_accounts a, payout_runs r"
        ),
    ]


BREAKS: dict[str, list[str]] = {
    "the journal sums to zero": [
        "ALTER TABLE charges DROP CONSTRAINT ck_charges_balanced",
        "UPDATE charges SET fee = fee + 1 WHERE talk_id = %(talk)s AND minute = 1",
    ],
    "a wallet's balance is the sum of its lots": SMUGGLED,
    "a wallet's balance is the sum of its journal": [
        *SMUGGLED,
        "UPDATE wallets SET balance = balance + 5 WHERE id = %(wallet)s",
    ],
    "no lot is negative or holds more than was granted": [
        "ALTER TABLE lots DROP CONSTRAINT ck_lots_remaining_within_granted",
        "UPDATE lots SET granted = remaining - 1 WHERE id = %(lot2)s",
    ],
    "a lot holds what was put in, less what was used, plus what came back": [
        "UPDATE lots SET remaining = remaining - 1 WHERE id = %(lot1)s",
        "UPDATE lots SET remaining = remaining + 1 WHERE id = %(lot2)s",
    ],
    "every charge is paid by lots to the point": [
        "UPDATE lot_uses SET amount = amount - 1 WHERE talk_id = %(talk)s AND minute = 3",
        "UPDATE lot_uses SET amount = amount + 1 WHERE talk_id = %(talk)s AND minute = 4",
    ],
    "every charge was paid from its payer's own lots": [
        "UPDATE lot_uses SET lot_id = %(lot3)s WHERE talk_id = %(talk)s AND minute = 4",
        "UPDATE lot_uses SET lot_id = %(lot2)s WHERE talk_id = %(ended)s AND minute = 1",
    ],
    "every return fills lots to the point, and never above the charge": [
        "UPDATE charge_returns SET share = share + 1, fee = fee - 1 WHERE talk_id = %(talk)s",
    ],
    "no lot gets back more from a minute than it gave": [
        "UPDATE lot_backs SET amount = amount + 1 WHERE lot_id = %(lot1)s",
        "UPDATE lot_backs SET amount = amount - 1 WHERE lot_id = %(lot2)s",
        "UPDATE lots SET remaining = remaining + 1 WHERE id = %(lot1)s",
        "UPDATE lots SET remaining = remaining - 1 WHERE id = %(lot2)s",
    ],
    "a talk's minutes run from one without a gap": [
        "UPDATE talks SET next_minute = next_minute + 1 WHERE id = %(talk)s",
    ],
    "a charge is at its talk's rate, between its talk's wallets": [
        "UPDATE talks SET rate = rate + 1 WHERE id = %(talk)s",
    ],
    "points that were given earn their cast no more than was agreed": [
        f"UPDATE holds SET given = given + 1 WHERE id = {CANCELLED}",
    ],
    "no minute is charged beyond the evidence of both sides": [
        "UPDATE talks SET connected_ms = 119999 WHERE id = %(ended)s",
    ],
    "no lot was burned while an earlier one was whole": [
        (
            "UPDATE lots SET created_at = created_at - interval '1 day',"
            " expires_at = clock_timestamp() + interval '1 day' WHERE id = %(lot4)s"
        ),
    ],
    "no expired lot was burned": [
        "UPDATE lots SET expires_at = created_at + interval '1 microsecond' WHERE id = %(lot3)s",
    ],
    "no lot expired before its time, and no point lives six months": [
        "UPDATE transfers SET kind = 'expiry' WHERE kind = 'refund'",
    ],
    "a transfer of points moves lots to the point, of its own wallet": [
        (
            "UPDATE lot_moves SET transfer_id = (SELECT source FROM lots WHERE id = %(lot4)s)"
            " WHERE lot_id = %(lot2)s"
        ),
    ],
    "every row says what its wallet held after it": [
        (
            "UPDATE transfers SET balance_after = balance_after + 1"
            " WHERE idempotency_key = 'books-4'"
        ),
    ],
    "a return belongs to the charge's payer": [
        (
            "UPDATE transfers SET balance_after = balance_after - (SELECT gross"
            " FROM charge_returns WHERE talk_id = %(talk)s) WHERE idempotency_key = 'books-4'"
        ),
        (
            f"UPDATE charge_returns SET payer_wallet = {OTHER}, balance_after = gross"
            f" + (SELECT balance FROM wallets WHERE id = {OTHER}) WHERE talk_id = %(talk)s"
        ),
    ],
    "every paid purchase made its points once, every other none": [
        (
            "UPDATE transfers SET kind = 'purchase', purchase_id = %(refunded)s"
            " WHERE idempotency_key = 'books-4'"
        ),
    ],
    "every paid purchase has its paid intent": [
        "UPDATE payment_events SET outcome = 'none' WHERE id = 'books-' || %(disputed)s",
        "UPDATE purchases SET intent = NULL WHERE id = %(disputed)s",
    ],
    "points taken back match the yen refunded or lost": [
        "UPDATE refunds SET state = 'failed'",
    ],
    "what was taken back has its refund or dispute": [
        transfer(DEBT, EXPIRED, "restore", "%(unpaid)s"),
    ],
    "nobody has paid more than they owed": [
        transfer(ISSUED, DEBT, "receivable"),
    ],
    "what is frozen is what open disputes took": [
        transfer(FROZEN, ISSUED),
    ],
    "casts earned their shares, and the site its fees": [
        transfer(ISSUED, EARNINGS),
    ],
    "a claim gave back what it says, and nothing was given back without one": [
        "DELETE FROM claims WHERE talk_id = %(talk)s",
    ],
    "only who withdrew forfeited points": [
        transfer(DEBT, ISSUED, "forfeit"),
    ],
    "what was paid out left its cast's earnings once, what a bank rejected came back once": [
        *payout_in_run("paid", "closed"),
    ],
    "a run counts its payouts, and they are paid once it is closed": [
        *payout_in_run("in_run", "agreed"),
        "UPDATE payout_runs SET total = total + 1",
    ],
    "what the bank may have moved went back by the word of two": [
        *payout_in_run("in_run", "agreed"),
        "ALTER TABLE payout_runs DISABLE TRIGGER USER",
        (
            "UPDATE payout_runs SET state = 'dissolved', filed_at = now(), ended_by = made_by,"
            " ended_at = now()"
        ),
        "ALTER TABLE payout_runs ENABLE TRIGGER USER",
    ],
    "what is withheld is by the payout's category": [
        *payout_in_run("in_run", "agreed"),
        "UPDATE payouts SET category = 'individual'",
    ],
    "earnings are given up by who withdrew, or as two decided": [
        transfer(EARNINGS, ISSUED, "earnings_given_up"),
    ],
    "what a second member of staff agreed to was booked once, and nothing else": [
        "DELETE FROM adjustments",
    ],
    "a reservation's claim gave back what it says": [
        "UPDATE claims SET points = points + 1 WHERE reservation_id IS NOT NULL",
    ],
    "holds count what their transfers moved": [
        f"UPDATE holds SET wallet_id = {OTHER} WHERE id = {CANCELLED}",
    ],
    "every hold has its transfer, and every transfer of that kind its hold": [
        transfer(ISSUED, EXPIRED, "hold"),
    ],
    "what is held is what waits in holds": [
        transfer(ISSUED, HELD),
    ],
    "what waits in holds is what waits in what they are for": [
        "UPDATE reservations SET state = 'booked', cancelled_at = NULL WHERE state = 'cancelled'",
    ],
    "no lot gets back more from a hold than it gave": [
        (
            "UPDATE lots SET granted = granted + 1, remaining = remaining + 1"
            " WHERE source = (SELECT id FROM transfers WHERE idempotency_key = 'bookings-soon')"
        ),
        (
            "UPDATE lots SET remaining = remaining - 1 WHERE id = (SELECT max(lot_id)"
            f" FROM lot_moves WHERE transfer_id = {CANCELLED} AND amount < -500)"
        ),
        (
            "UPDATE lot_moves SET amount = amount + CASE WHEN amount = 500 THEN 1 ELSE -1 END"
            f" WHERE transfer_id = (SELECT id FROM transfers WHERE hold_id = {CANCELLED})"
        ),
    ],
    "a letter that was answered paid its cast, and any other that is over gave all back": [
        "UPDATE letters SET share = share - 1 WHERE state = 'answered'",
    ],
    "no claim is about a letter that was never answered": [
        (
            "INSERT INTO claims (letter_id, user_id, kind)"
            " SELECT id, caller_id, 'other' FROM letters WHERE state = 'sent'"
        ),
    ],
    "a day of a consultation paid its member, or went back to its caller, or waits": [
        "UPDATE chat_days SET share = share - 1 WHERE state = 'paid'",
        "UPDATE chats SET caller_id = member_id, member_id = caller_id WHERE state = 'ended'",
    ],
    "the days of a consultation are its price, and none waits once it is over": [
        "UPDATE chats SET points = points + 1 WHERE state = 'running'",
        "UPDATE chats SET days = days - 1 WHERE state = 'waiting'",
        (
            "UPDATE chats SET state = 'ended', ended_how = 'over', ended_at = clock_timestamp()"
            " WHERE state = 'running'"
        ),
    ],
    "credit stands in tabs, and nothing else does": [
        "UPDATE lots SET kind = 'credit', expires_at = latest WHERE id = %(lot4)s",
    ],
    "what is paid afterwards stands in a tab, and nothing else does": [
        "UPDATE talks SET pays = 'tab' WHERE id = %(talk)s",
    ],
    "a tab was given its limit, or all that is used of it": [
        "UPDATE tabs SET yen = yen + 1 WHERE yen > 0",
    ],
    "what was used on tabs is billed once, and paid, owed, given up, or not due": [
        (
            "UPDATE tab_bill_lines SET user_id = (SELECT max(user_id) FROM tabs)"
            " WHERE id = (SELECT min(id) FROM tab_bill_lines)"
        ),
    ],
    "a bill is the sum of its lines, and paid by payments to the yen": [
        "UPDATE tab_bills SET yen = yen + 1, paid = paid + 1 WHERE state = 'open'",
    ],
    "a payment pays no more than is left of it, and its payer's bills alone": [
        "UPDATE tab_payments SET yen = yen - 1, placed = placed - 1",
    ],
    "nothing that arrived lies beside a bill that is owed": [
        "UPDATE tab_payments SET yen = yen + 1",
    ],
    "what banks took back of transfers pays no bill": [
        (
            "INSERT INTO tab_moves (id, user_id, provider, kind, yen, moved_at)"
            " SELECT 'x', min(user_id), 'demo', 'reversed', 5, now() FROM tabs"
        ),
    ],
    "what pays a bill is a transfer, and the other way round": [
        "UPDATE transfers SET kind = 'tab_unpaid' WHERE kind = 'tab_paid'",
    ],
    "what is written off by bills is written off in the books": [
        "UPDATE transfers SET kind = 'correction' WHERE kind = 'written_off'",
    ],
    "two agreed to what is written off, or its debtor withdrew": [
        (
            "UPDATE tab_write_offs SET state = 'waiting_second', decided_by = NULL,"
            " decided_at = NULL"
        ),
    ],
    "a reservation called off gave all its points back, one that was kept paid its cast": [
        "UPDATE reservations SET share = share - 1 WHERE state = 'caller_missed'",
    ],
}


def test_the_books_of_the_scene_are_right(breaking: Breaking) -> None:
    assert breaking.reported() == set()


def test_a_clock_that_was_set_back_breaks_no_order(breaking: Breaking) -> None:
    """What was written after a clock went back an hour stands after what it was written after."""
    later = "at = at - interval '1 hour'"
    breaking.run(
        f"UPDATE charges SET {later} WHERE talk_id = %(talk)s AND minute > 1",
        f"UPDATE charge_returns SET {later} WHERE talk_id = %(talk)s",
    )
    assert "every row says what its wallet held after it" not in breaking.reported()


def test_rows_of_older_books_stand_by_their_moments(breaking: Breaking) -> None:
    for table in ("transfers", "charges", "charge_returns"):
        breaking.run(f"UPDATE {table} SET written = NULL")
    assert breaking.reported() == set()


@pytest.mark.parametrize("name", INVARIANTS)
def test_a_broken_invariant_is_reported_and_no_other(breaking: Breaking, name: str) -> None:
    breaking.run(*BREAKS[name])
    assert breaking.reported() == {name}


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        # Other ways in which the same invariants could be broken.
        (
            "every return fills lots to the point, and never above the charge",
            "UPDATE lot_backs SET amount = amount - 1 WHERE lot_id = %(lot2)s",
        ),
        (
            "a talk's minutes run from one without a gap",
            "UPDATE charges SET minute = 9 WHERE talk_id = %(talk)s AND minute = 4",
        ),
        (
            "a charge is at its talk's rate, between its talk's wallets",
            (
                "UPDATE charges SET cast_wallet = (SELECT cast_wallet"
                " FROM talks WHERE id = %(ended)s) WHERE talk_id = %(talk)s AND minute = 1"
            ),
        ),
        (
            "every charge is paid by lots to the point",
            "DELETE FROM lot_uses WHERE talk_id = %(talk)s AND minute = 3",
        ),
        (
            "a wallet's balance is the sum of its journal",
            "UPDATE wallets SET balance = balance - 1 WHERE id = %(wallet)s",
        ),
        (
            "a wallet's balance is the sum of its journal",
            "DELETE FROM charge_returns WHERE talk_id = %(talk)s",
        ),
        (
            "no lot expired before its time, and no point lives six months",
            (
                "UPDATE lots SET renews = %(lot1)s, latest = latest + interval '1 day'"
                " WHERE id = %(lot2)s"
            ),
        ),
        (
            "a transfer of points moves lots to the point, of its own wallet",
            "UPDATE transfers SET amount = amount + 5 WHERE idempotency_key = 'books-4'",
        ),
        (
            "a transfer of points moves lots to the point, of its own wallet",
            "UPDATE lot_moves SET lot_id = %(lot3)s WHERE lot_id = %(lot4)s",
        ),
        (
            "every row says what its wallet held after it",
            "UPDATE charges SET balance_after = 0 WHERE talk_id = %(talk)s AND minute = 2",
        ),
        (
            "every row says what its wallet held after it",
            "UPDATE charge_returns SET balance_after = balance_after - 1 WHERE talk_id = %(talk)s",
        ),
        (
            "every row says what its wallet held after it",
            "UPDATE transfers SET balance_after = NULL WHERE idempotency_key = 'books-4'",
        ),
        (
            "every paid purchase made its points once, every other none",
            (
                "UPDATE transfers SET purchase_id = %(unpaid)s"
                " WHERE purchase_id = %(disputed)s AND kind = 'purchase'"
            ),
        ),
        (
            "every paid purchase made its points once, every other none",
            "UPDATE purchases SET bonus_lot = NULL WHERE id = %(refunded)s",
        ),
        (
            "every paid purchase has its paid intent",
            "UPDATE payment_events SET outcome = 'noted' WHERE id = 'books-' || %(disputed)s",
        ),
        (
            "every paid purchase has its paid intent",
            (
                "INSERT INTO payment_events (id, type, intent, livemode, payload, outcome)"
                " SELECT 'again', type, intent, livemode, payload, outcome FROM payment_events"
                " WHERE id = 'books-' || %(disputed)s"
            ),
        ),
        (
            "every paid purchase has its paid intent",
            (
                "UPDATE payment_events SET intent = (SELECT intent FROM purchases"
                " WHERE id = %(unpaid)s) WHERE id = 'books-' || %(disputed)s"
            ),
        ),
        (
            "points that were given earn their cast no more than was agreed",
            "UPDATE talks SET gift_share = 50 WHERE id = %(talk)s",
        ),
        (
            "points that were given earn their cast no more than was agreed",
            "UPDATE lots SET kind = 'paid' WHERE id = %(lot2)s",
        ),
        (
            "a charge is at its talk's rate, between its talk's wallets",
            "UPDATE charges SET share = 81, fee = 19 WHERE talk_id = %(talk)s AND minute = 1",
        ),
        (
            "casts earned their shares, and the site its fees",
            transfer(FEE, ISSUED),
        ),
        (
            "a claim gave back what it says, and nothing was given back without one",
            "UPDATE claims SET state = 'declined' WHERE talk_id = %(talk)s",
        ),
        (
            "holds count what their transfers moved",
            "UPDATE holds SET share = share - 1, fee = fee + 1 WHERE share > 1",
        ),
        (
            "what is held is what waits in holds",
            f"UPDATE holds SET released = released - 1 WHERE id = {CANCELLED}",
        ),
        (
            "what waits in holds is what waits in what they are for",
            (
                "UPDATE reservations SET hold_id = NULL, booked_at = NULL, state = 'lapsed'"
                " WHERE state = 'booked'"
            ),
        ),
        (
            "a reservation called off gave all its points back, one that was kept paid its cast",
            f"UPDATE holds SET released = released - 1, fee = fee + 1 WHERE id = {CANCELLED}",
        ),
        (
            "a claim gave back what it says, and nothing was given back without one",
            "UPDATE claims SET points = points + 1 WHERE talk_id = %(talk)s",
        ),
        (
            "what was taken back has its refund or dispute",
            "DELETE FROM refunds",
        ),
        (
            "what was taken back has its refund or dispute",
            "DELETE FROM disputes",
        ),
        (
            "what was taken back has its refund or dispute",
            "UPDATE refunds SET purchase_id = %(unpaid)s",
        ),
        (
            "what was taken back has its refund or dispute",
            "UPDATE transfers SET purchase_id = NULL WHERE kind = 'refund'",
        ),
        (
            "what was taken back has its refund or dispute",
            transfer(DEBT, ISSUED, "receivable", "%(unpaid)s"),
        ),
        (
            "points taken back match the yen refunded or lost",
            "UPDATE disputes SET state = 'won', closed_at = now()",
        ),
        (
            "points taken back match the yen refunded or lost",
            "UPDATE disputes SET state = 'lost', closed_at = now()",
        ),
        (
            "points taken back match the yen refunded or lost",
            "UPDATE disputes SET amount_yen = amount_yen - 1",
        ),
        (
            "points taken back match the yen refunded or lost",
            "UPDATE refunds SET amount_yen = amount_yen - 1",
        ),
        (
            # It was the answer to the bank's inquiry, so nothing may wait any more.
            "points taken back match the yen refunded or lost",
            (
                "INSERT INTO refunds (id, purchase_id, amount_yen, made_at)"
                " SELECT 'late', purchase_id, amount_yen, now() FROM disputes"
            ),
        ),
        (
            "points taken back match the yen refunded or lost",
            transfer(DEBT, ISSUED, "receivable", "%(refunded)s"),
        ),
        (
            "what a second member of staff agreed to was booked once, and nothing else",
            "UPDATE adjustments SET points = points + 1",
        ),
        (
            "what a second member of staff agreed to was booked once, and nothing else",
            (
                "UPDATE adjustments SET state = 'waiting_second', decided_by = NULL,"
                " decided_at = NULL"
            ),
        ),
        (
            "what a second member of staff agreed to was booked once, and nothing else",
            (
                "UPDATE transfers SET actor_id = NULL"
                " WHERE starts_with(idempotency_key, 'adjustment')"
            ),
        ),
    ],
)
def test_other_breaks_are_reported_too(breaking: Breaking, name: str, statement: str) -> None:
    breaking.run(statement)
    assert name in breaking.reported()


def test_every_way_to_break_the_books_has_its_invariant() -> None:
    assert set(BREAKS) == set(INVARIANTS)
