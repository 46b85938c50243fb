"""What grows is swept by the rules that the privacy page shows, and the rest has its reason."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.senders import leave_in_mailbox
from points import audit
from rooms.care.keeping import RULES
from rooms.care.lasting import BOUNDED, KEPT
from rooms.talk import messages
from rooms.talk.past import history
from scheduler.errands import Tools
from scheduler.schedule import SCHEDULE
from tests.faults.spoiling import faults, mend, spoil
from tests.rooms.booked import Booked
from tests.scheduler.lines import run_line

# In days. Looks of the staff are told to the minute.
MINUTE = 1 / 1440
# Rows of which a part is swept and the rest belongs to the books.
IN_PART = {"payment_events", "reservations", "bank_accounts"}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> :not"


async def test_every_table_is_swept_or_kept_for_a_reason(database: Database) -> None:
    async with database.transaction() as tx:
        found = await tx.scalars(sa.text(TABLES), {"not": "alembic_version"})
        tables = set(found)
    swept = {table for rule in RULES for table in rule.tables}
    kept = [table for line in KEPT for table in line.tables]
    assert tables == {*swept, *kept, *BOUNDED}
    assert swept & {*kept} == IN_PART
    assert not {*BOUNDED} & {*swept, *kept}
    assert len(kept) == len({*kept})


def test_every_rule_is_a_line_of_the_timetable() -> None:
    lines = {line.name for line in SCHEDULE if line.name.startswith("sweep_")}
    assert lines == {f"sweep_{rule.name}" for rule in RULES}


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    """A talk that was paid, in which both wrote, and that has ended."""
    world = await Booked.open(database, owner_database, settings)
    await world.stand_by()
    await world.enter()
    await world.beat()
    await world.talk_for(65, step=14)
    for user, text in ((world.caller, "もしもし"), (world.cast, "はい")):
        await world.do(messages.say, settings, world.talk, user, text, text)
    await world.do(history.leave, settings, world.talk, world.caller)
    return world


async def age(world: Booked, table: str, column: str, days: float) -> None:
    """Let rows be older; triggers that keep them from being changed look away."""
    by = f"{round(days / MINUTE)} * interval '1 minute'"
    await owned(world, f"UPDATE {table} SET {column} = {column} - {by}")


async def owned(world: Booked, statement: str, **values: object) -> None:
    async with world.owner.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(sa.text(statement), values)


async def count(world: Booked, what: str) -> int:
    return int(await world.do(lambda tx: tx.scalar(sa.text(f"SELECT count(*) FROM {what}"))) or 0)


def tools_of(world: Booked) -> Tools:
    return Tools(world.settings, world.database, leave_in_mailbox)


MADE: dict[str, tuple[str, ...]] = {
    "talk_digests": (
        "INSERT INTO talk_digests (talk_id, ended_at, sides) SELECT id, ended_at, '{}' FROM talks",
        "ended_at",
    ),
    "messages": ("", "at"),
    "question_threads": (
        (
            "INSERT INTO question_threads (room_id, cast_id, caller_id)"
            " SELECT r.id, r.cast_id, t.caller_id FROM rooms r JOIN talks t ON t.room_id = r.id"
        ),
        "last_at",
    ),
    "notices": (
        "INSERT INTO notices (user_id, kind, title, text) VALUES (1, 'points', 'A', 'B')",
        "created_at",
    ),
    "mails": (
        (
            "INSERT INTO mails (to_address, subject, text, next_try_at)"
            " VALUES ('a@b.example', 'A', 'B', NULL)"
        ),
        "created_at",
    ),
    "push_subscriptions": (
        (
            "INSERT INTO sessions (token_hash, user_id, expires_at)"
            " VALUES (sha256('a'), 1, now() + interval '1 year');"
            "INSERT INTO push_subscriptions (user_id, session_hash, endpoint, p256dh, auth,"
            " failing_since, failed_at) VALUES (1, sha256('a'), 'https://push.example/1',"
            " decode('04' || repeat('ab', 64), 'hex'), decode(repeat('ab', 16), 'hex'), now(),"
            " now())"
        ),
        "failing_since",
    ),
    "applications": (
        (
            "INSERT INTO applications (email, name, about, message, state, decided_by, decided_at,"
            " words) VALUES ('a@b.example', 'A', 'B', 'C', 'declined', 1, now(), 'D')"
        ),
        "decided_at",
    ),
    "inquiries": (
        (
            "INSERT INTO inquiries (email, category, text, state, decided_by, decided_at, words)"
            " VALUES ('a@b.example', 'other', 'A', 'answered', 1, now(), 'B')"
        ),
        "decided_at",
    ),
    "identity_documents": (
        (
            "INSERT INTO identity_documents (user_id, sent_at, front, legal_name)"
            " VALUES (1, clock_timestamp(), 'a', 'b')"
        ),
        "sent_at",
    ),
    "telephone_proofs": (
        (
            "INSERT INTO telephone_proofs (user_id, mark, tail, state, expires_at)"
            " VALUES (1, sha256('x'), '5678', 'void', now() + interval '10 years')"
        ),
        "made_at",
    ),
    "talk_applications": (
        (
            "INSERT INTO talk_applications (room_id, cast_id, caller_id, rate, minutes, wait_until,"
            " state, ended_at) SELECT room_id, cast_id, caller_id, rate, 15,"
            " now() + interval '15 min', 'expired', now() FROM talks"
        ),
        "ended_at",
    ),
    "staff_views": ("INSERT INTO staff_views (viewer_id, subject) VALUES (1, 'user:2')", "at"),
    "alarms": (
        (
            "INSERT INTO alarms (kind, text, subject, seen_at, seen_by)"
            " VALUES ('books', 'A', 'B', now(), 1)"
        ),
        "seen_at",
    ),
    "row_faults": (
        "INSERT INTO row_faults (kind, subject, reason, next_try_at) VALUES ('a', 'b', 'c', now())",
        "last_at",
    ),
}


@pytest.mark.parametrize("table", MADE)
async def test_what_is_younger_stays_and_what_is_older_goes(world: Booked, table: str) -> None:
    rule = next(rule for rule in RULES if table in rule.tables)
    made, column = MADE[table]
    for statement in filter(None, made.split(";")):
        await owned(world, statement)
    before = await count(world, table)
    assert before > 0
    await age(world, table, column, rule.days - 15 * MINUTE)
    await run_line(f"sweep_{rule.name}", tools_of(world))
    assert await count(world, table) == before
    await age(world, table, column, 30 * MINUTE)
    await run_line(f"sweep_{rule.name}", tools_of(world))
    assert await count(world, table) == 0


async def test_sweeps_go_in_portions(world: Booked) -> None:
    await owned(
        world,
        "INSERT INTO notices (user_id, kind, title, text, created_at)"
        " SELECT 1, 'points', 'A', 'B', now() - interval '400 days' FROM generate_series(1, 7)",
    )
    rule = next(rule for rule in RULES if rule.name == "notices")
    sweep = rule.tables["notices"]
    done = [await world.do(sweep, world.settings, rule.days, 3) for _ in range(4)]
    assert done == [3, 3, 1, 0]


async def test_times_that_were_only_kept_and_days_that_are_over_go(world: Booked) -> None:
    await world.book(10)
    await world.keep()
    await owned(world, "UPDATE reservations SET state = 'lapsed' WHERE state = 'kept'")
    await owned(
        world, "INSERT INTO hour_exceptions (room_id, day, kind) VALUES (1, current_date, 'off')"
    )
    await run_line("sweep_timetables", tools_of(world))
    assert (await count(world, "reservations"), await count(world, "hour_exceptions")) == (2, 1)
    moved = ("starts_at", "ends_at", "kept_until", "cancel_until", "booked_at")
    sets = ", ".join(f"{column} = {column} - interval '32 days'" for column in moved)
    await owned(world, f"UPDATE reservations SET {sets}")
    await owned(world, "UPDATE hour_exceptions SET day = day - 32")
    await run_line("sweep_timetables", tools_of(world))
    # What was booked stays, whatever its age.
    assert await count(world, "reservations WHERE state = 'booked'") == 1
    assert (await count(world, "reservations"), await count(world, "hour_exceptions")) == (1, 0)


async def test_the_chat_of_a_reported_talk_waits_for_the_staff(world: Booked) -> None:
    await age(world, "messages", "at", 200)
    await owned(
        world,
        "INSERT INTO reports (reporter_id, subject_id, talk_id, kind)"
        " SELECT caller_id, cast_id, id, 'other' FROM talks",
    )
    await run_line("sweep_messages", tools_of(world))
    assert await count(world, "messages") == 2
    closed = "UPDATE reports SET state = 'closed', closed_by = :staff, words = 'A', closed_at ="
    staff = await world.another("スタッフ")
    await owned(world, f"{closed} now() - interval '179 days'", staff=staff)
    await run_line("sweep_messages", tools_of(world))
    assert await count(world, "messages") == 2
    await owned(world, f"{closed} now() - interval '181 days'", staff=staff)
    await run_line("sweep_messages", tools_of(world))
    assert await count(world, "messages") == 0


async def test_a_payments_event_loses_its_words_and_stays_in_the_books(world: Booked) -> None:
    await owned(world, 'UPDATE payment_events SET payload = \'{"name": "けんじ"}\'')
    before = await count(world, "payment_events")
    await owned(
        world,
        "INSERT INTO payment_events (id, type, livemode, payload)"
        " VALUES ('waits', 'a', false, '{\"name\": \"b\"}')",
    )
    await age(world, "payment_events", "received_at", 399)
    await run_line("sweep_payment_events", tools_of(world))
    assert await count(world, "payment_events WHERE payload = '{}'") == 0
    await age(world, "payment_events", "received_at", 2)
    await run_line("sweep_payment_events", tools_of(world))
    assert await count(world, "payment_events WHERE payload = '{}'") == before > 0
    # One that could not be handled is left whole.
    assert await count(world, "payment_events WHERE id = 'waits' AND payload <> '{}'") == 1
    async with world.database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


@pytest.mark.parametrize(
    ("table", "made"),
    [
        ("staff_views", "INSERT INTO staff_views (viewer_id, subject) VALUES (1, 'user:2')"),
        ("alarms", "INSERT INTO alarms (kind, text, subject) VALUES ('books', 'A', 'B')"),
    ],
)
async def test_what_must_stay_the_database_itself_keeps(
    world: Booked, table: str, made: str
) -> None:
    await owned(world, made)
    for database in (world.database, world.owner):
        with pytest.raises(sa.exc.IntegrityError, match="never changed or deleted"):
            async with database.transaction() as tx:
                await tx.execute(sa.text(f"DELETE FROM {table}"))


async def test_a_table_that_can_not_be_swept_keeps_no_other_of_its_rule(
    world: Booked, owner_url: str
) -> None:
    for table in ("staff_views", "alarms"):
        await owned(world, MADE[table][0])
    await age(world, "staff_views", "at", 500)
    await age(world, "alarms", "seen_at", 500)
    spoil(owner_url, "DELETE", "staff_views", "true")
    with pytest.raises(ExceptionGroup):
        await run_line("sweep_staff_records", tools_of(world))
    assert (await count(world, "staff_views"), await count(world, "alarms")) == (1, 0)


async def test_everything_swept_leaves_the_books_whole(world: Booked) -> None:
    aged: dict[str, Any] = {table: column for table, (_, column) in MADE.items()}
    for table, column in aged.items():
        await age(world, table, column, 1000)
    for column in ("entered_at", "ended_at"):
        await age(world, "talks", column, 1000)
    money = list(KEPT[1].tables)
    before = [await count(world, table) for table in money]
    for rule in RULES:
        await run_line(f"sweep_{rule.name}", tools_of(world))
    assert [await count(world, table) for table in money] == before
    assert await count(world, "beats") == 0
    async with world.database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


async def test_a_talk_that_can_not_be_digested_keeps_no_other(
    world: Booked, owner_url: str
) -> None:
    first = world.talk
    await world.stand_by()
    await world.enter()
    await world.beat()
    await world.do(history.leave, world.settings, world.talk, world.caller)
    for column in ("entered_at", "ended_at"):
        await age(world, "talks", column, 31)
    spoil(owner_url, "INSERT", "talk_digests", f"NEW.talk_id = {first}")
    await run_line("sweep_beats", tools_of(world))
    assert faults(owner_url) == [("digest_talk", f"talk:{first}")]
    # Its beats wait with it: nothing is lost.
    assert await count(world, f"beats WHERE talk_id = {first}") > 0
    assert await count(world, f"beats WHERE talk_id = {world.talk}") == 0
    mend(owner_url, "talk_digests")
    await run_line("sweep_beats", tools_of(world))
    assert await count(world, "beats") == 0
    assert await count(world, "talk_digests") == 2
    assert faults(owner_url) == []
