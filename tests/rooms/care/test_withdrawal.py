"""Withdrawal: what was open ends by its rules, the books stay, and nothing tells who it was."""

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.settings import Settings
from notify import choices, inbox, outbox
from notify.mail import letter
from notify.tables import mails, notices
from people.accounts import accounts
from people.accounts.tables import users
from people.meeting import blocks, calendar_feeds, favourites
from people.sign_in import recovery_codes, sessions
from points import ledger, limits
from points.tables import claims, payment_events, transfers
from rooms.booking import asking
from rooms.care import claims as claim_verbs
from rooms.care import withdrawal, withdrawal_effects
from rooms.care.desk import claim_cases
from rooms.care.desk.claim_cases import WantedClaims
from rooms.care.stopping import Stopped
from rooms.ground.tables import rooms
from rooms.lobby import presence, waiting
from rooms.talk.past import history
from tests.rooms.booked import Booked
from tests.world import HASH, World

NAME, EMAIL = "みずほのくに", "mizuho@home.example"
NOBODY = "退会した会員"

# Every text of every table, wherever a name or an address might hide.
_TEXTS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name NOT LIKE 'procrastinate%'
  AND table_name <> 'alembic_version'
  AND (data_type IN ('text', 'jsonb', 'ARRAY', 'character varying'))
"""


async def where(tx: Tx, *words: str) -> list[str]:
    """Every column of every table in which one of these words stands."""
    found = []
    for table, column in (await tx.execute(sa.text(_TEXTS))).all():
        for word in words:
            query = f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE :word'
            if await tx.scalar(sa.text(query), {"word": f"%{word}%"}):
                found.append(f"{table}.{column}: {word}")
    return found


@pytest.fixture
def house(settings: Settings) -> Settings:
    """A site on which people really go: no demo keeps their farewell."""
    return settings.model_copy(update={"demo": False})


@pytest.fixture
async def world(database: Database, owner_database: Database, house: Settings) -> Booked:
    """A caller and a cast with an open timetable."""
    return await Booked.open(database, owner_database, house)


async def name(world: World, user: int) -> None:
    """Give a user a name and an address that stand nowhere else."""
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.update(users).where(users.c.id == user).values(nickname=NAME, email=EMAIL)
        )


async def withdraw(world: World, user: int) -> Stopped:
    async with world.database.transaction() as tx:
        return await withdrawal.withdraw(tx, world.settings, user, HASH)


async def send_all(world: World) -> None:
    """Send every mail that waits."""
    async with world.database.transaction() as tx:
        for mail_id in list(await tx.scalars(sa.select(mails.c.id))):
            await outbox.sent(tx, mail_id)


async def test_points_are_forfeited_and_the_books_prove(world: Booked) -> None:
    await withdraw(world, world.caller)
    assert await world.points_of() == 0
    async with world.database.transaction() as tx:
        booked = (
            await tx.execute(
                sa.select(transfers.c.kind, transfers.c.amount).order_by(transfers.c.id.desc())
            )
        ).first()
    assert tuple(booked or ()) == ("forfeit", 10_000)
    assert await world.broken() == []


async def test_a_reservation_that_may_be_cancelled_is_and_its_points_are_forfeited_too(
    world: Booked,
) -> None:
    booked = await world.book(hours=20)
    foreseen = await world.do(withdrawal_effects.foresee, world.settings, world.caller)
    assert (foreseen.held.paid, foreseen.returning, foreseen.forfeited) == (7000, 3000, 10_000)
    await withdraw(world, world.caller)
    async with world.database.transaction() as tx:
        state = await tx.scalar(sa.text("SELECT state FROM reservations"))
    assert state == "cancelled"
    assert await world.told(world.cast) == ["booked_cast", "cancelled_cast"]
    assert booked.points == 3000
    assert await world.points_of() == 0
    assert await world.broken() == []


async def test_a_reservation_too_late_to_cancel_is_paid_to_the_cast(world: Booked) -> None:
    await world.book(hours=4)
    await world.pass_time(601)
    foreseen = await world.do(withdrawal_effects.foresee, world.settings, world.caller)
    assert (foreseen.lost, foreseen.returning) == (3000, 0)
    await withdraw(world, world.caller)
    assert await world.earned() == 2400
    assert await world.broken() == []


async def test_a_cast_who_goes_gives_everything_back_to_the_callers(world: Booked) -> None:
    await world.book(hours=20)
    foreseen = await world.do(withdrawal_effects.foresee, world.settings, world.cast)
    assert [one.points for one in foreseen.booked_as_cast] == [3000]
    stopped = await withdraw(world, world.cast)
    assert await world.points_of() == 10_000
    assert "declined" in await world.told(world.caller)
    assert world.room in stopped.rooms
    assert await world.broken() == []


async def test_requests_end_on_both_sides_and_the_callers_points_return(
    database: Database, owner_database: Database, house: Settings
) -> None:
    world = await Booked.open(database, owner_database, house, booking="request")
    other = await world.another()
    for caller in (world.caller, other):
        await world.do(asking.ask, world.settings, world.room, caller, [await world.start()], 30)
    await withdraw(world, other)
    assert await world.points_of(other) == 0
    await withdraw(world, world.cast)
    assert await world.points_of() == 10_000
    async with database.transaction() as tx:
        states = (await tx.scalars(sa.text("SELECT state FROM reservation_requests"))).all()
    assert sorted(states) == ["refused", "withdrawn"]
    assert await world.broken() == []


async def test_an_open_claim_is_taken_back(world: Booked) -> None:
    await world.stand_by()
    await world.enter()
    await world.beat()
    await world.talk_for(200)
    await world.do(history.leave, world.settings, world.talk, world.caller)
    await world.do(
        claim_verbs.file_claim,
        world.settings,
        world.talk,
        world.caller,
        "other",
        f"わたし{NAME}は聞こえませんでした",
    )
    foreseen = await world.do(withdrawal_effects.foresee, world.settings, world.caller)
    assert foreseen.held.claims == 1
    await withdraw(world, world.caller)
    async with world.database.transaction() as tx:
        row = (await tx.execute(sa.select(claims.c.state, claims.c.text))).one()
        done = await claim_cases.listed(tx, WantedClaims("done"), world.cast, 1, 10)
    assert tuple(row) == ("withdrawn", "")
    assert [claim.caller_name for claim in done.items] == [NOBODY]
    assert await world.broken() == []


async def test_nobody_goes_in_the_middle_of_a_talk(world: Booked) -> None:
    await world.stand_by()
    await world.enter()
    for user in (world.caller, world.cast):
        with pytest.raises(UserError, match="already_in_talk"):
            await withdraw(world, user)
    assert await world.points_of() == 10_000


async def test_the_last_administrator_stays(world: Booked) -> None:
    async def promote(user: int) -> None:
        async with world.database.transaction() as tx:
            await tx.execute(
                sa.update(users).where(users.c.id == user).values(staff_role="administrator")
            )

    await promote(world.caller)
    with pytest.raises(UserError, match="last_administrator"):
        await withdraw(world, world.caller)
    await promote(world.cast)
    await withdraw(world, world.caller)
    with pytest.raises(UserError, match="last_administrator"):
        await withdraw(world, world.cast)


async def test_rooms_are_closed_and_say_nothing_of_their_cast(world: Booked) -> None:
    await world.stand_by()
    waiter = await world.another()
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text("INSERT INTO waiting_turns (room_id, user_id) VALUES (:room, :user)"),
            {"room": world.room, "user": waiter},
        )
    stopped = await withdraw(world, world.cast)
    async with world.database.transaction() as tx:
        room = (await tx.execute(sa.select(rooms))).one()
        assert await presence.standby_of(tx, world.cast) is None
        assert await waiting.length(tx, world.room) == 0
        hours = await tx.scalar(sa.text("SELECT count(*) FROM room_hours"))
    assert (room.published, room.text, room.portrait, room.booking) == (False, "", None, "none")
    assert room.title == withdrawal.ROOM_TITLE
    assert hours == 0
    assert [turn.user_id for turn in stopped.turns] == [waiter]


async def test_nothing_personal_is_left_of_a_caller(world: Booked) -> None:
    await name(world, world.caller)
    await fill(world, world.caller, world.cast)
    kept = await world.keep(hours=20)
    await world.confirm(kept, f"{NAME}です。よろしくお願いします。")
    await send_all(world)
    async with world.database.transaction() as tx:
        assert len(await where(tx, NAME, EMAIL)) > 8
    await withdraw(world, world.caller)
    await send_all(world)
    async with world.database.transaction() as tx:
        assert await where(tx, NAME, EMAIL, "4242") == []
        assert await left_of(tx, world.caller) == []
        # What was paid stays in the record of it.
        paid = sa.select(payment_events.c.payload).where(payment_events.c.intent == "pi_1")
        assert "1000" in str(await tx.scalar(paid))
    assert await world.broken() == []


async def test_nothing_personal_is_left_of_a_cast(world: Booked) -> None:
    await name(world, world.cast)
    await fill(world, world.cast, world.caller)
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.update(rooms).values(title=f"{NAME}の部屋", text=f"{NAME}です", portrait="x.svg")
        )
        await tx.execute(
            sa.text("INSERT INTO profiles (user_id, text, topics) VALUES (:user, :text, :topics)"),
            {"user": world.cast, "text": NAME, "topics": [NAME]},
        )
        await favourites.add(tx, world.caller, world.cast)
    await world.book(hours=20)
    await send_all(world)
    await withdraw(world, world.cast)
    await send_all(world)
    async with world.database.transaction() as tx:
        assert await where(tx, NAME, EMAIL) == []
        assert await left_of(tx, world.cast) == []


async def fill(world: Booked, user: int, other: int) -> None:
    """Let a user leave traces wherever one can."""
    async with world.database.transaction() as tx:
        token = await sessions.open_for(tx, user, days=30)
        assert token
        await blocks.block(tx, user, await another(tx))
        await favourites.add(tx, user, other)
        await calendar_feeds.renew(tx, user)
        await recovery_codes.renew(tx, user)
        await choices.choose(tx, user, {("points", "mail"): False})
        await limits.set_limits(tx, user, day_points=9999, month_points=None)
        await tx.execute(
            sa.insert(notices).values(user_id=user, kind="x", title=f"{NAME}さん", text=EMAIL)
        )
        report = await tx.scalar(
            sa.text(
                "INSERT INTO reports (reporter_id, subject_id, kind)"
                " VALUES (:other, :user, 'other') RETURNING id"
            ),
            {"other": other, "user": user},
        )
        about = f"{NAME}さんについての通報"
        await inbox.tell(tx, other, kind="safety", key=f"report:{report}", title=about, text=about)
        # To the address that they had before this one.
        await outbox.post(tx, "before@home.example", letter("ja", NAME, "題", "文"))
        await tx.execute(sa.text(_PURCHASE), {"user": user, "name": NAME})
        payer = {"billing_details": {"email": EMAIL, "name": NAME}, "amount": 1000}
        for event, of in (("charge.succeeded", "pi_1"), ("payment_method.attached", None)):
            said = {"object": payer | {"customer": f"cus_{user}"}}
            await tx.execute(
                sa.insert(payment_events).values(
                    id=event,
                    type=event,
                    intent=of,
                    livemode=False,
                    payload={"data": said},
                    handled_at=sa.func.now(),
                    outcome="none",
                )
            )
        for table in ("applications", "inquiries"):
            await tx.execute(sa.text(_LETTERS[table]), {"email": EMAIL, "name": NAME})


_PURCHASE = """
WITH payer AS (INSERT INTO payers (user_id, provider, customer, card, card_brand, card_last4)
  VALUES (:user, 'demo', 'cus_' || :user, 'pm_1', 'visa', '4242'))
INSERT INTO purchases (user_id, points, bonus, price_yen, provider, press, intent, addressee)
VALUES (:user, 1000, 0, 1000, 'demo', 'press', 'pi_1', :name)
"""
_LETTERS = {
    "applications": "INSERT INTO applications (email, name, about, message)"
    " VALUES (:email, :name, :name, :name)",
    "inquiries": "INSERT INTO inquiries (email, category, text) VALUES (:email, 'other', :name)",
}


async def another(tx: Tx) -> int:
    made = await tx.scalar(
        sa.insert(users)
        .values(email=f"{new_token().lower()}@x.example", nickname="x", password_hash=HASH)
        .returning(users.c.id)
    )
    assert made is not None
    return int(made)


# What is only about its user, and what refers to a row that somebody else needs.
_OWN = [
    "sessions", "calendar_feeds", "recovery_codes", "totp_keys", "passkeys", "sign_in_steps",
    "notification_choices", "notices", "spending_limits", "push_subscriptions", "profiles",
    "photos", "mailed_links",
]  # fmt: skip


async def left_of(tx: Tx, user: int) -> list[str]:
    """The tables that still hold something that was the user's alone."""
    bounds = {"user": user}
    found = [
        table
        for table in _OWN
        if await tx.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE user_id = :user"), bounds)
    ]
    for table, columns in (
        ("blocks", "blocker_id, blocked_id"), ("favourites", "user_id, cast_id"),
    ):  # fmt: skip
        query = f"SELECT count(*) FROM {table} WHERE :user IN ({columns})"
        if await tx.scalar(sa.text(query), bounds):
            found.append(table)
    return found


async def test_the_farewell_goes_to_the_old_address_and_leaves_no_copy(world: Booked) -> None:
    await name(world, world.caller)
    await withdraw(world, world.caller)
    async with world.database.transaction() as tx:
        [mail] = (await outbox.box(tx, 1, 10)).items
        assert (mail.to_address, mail.subject) == (EMAIL, withdrawal.TITLE)
        assert "10,000" in mail.text
        await outbox.sent(tx, mail.id)
        assert (await outbox.box(tx, 1, 10)).items == []


async def test_a_farewell_that_was_given_up_leaves_no_copy_either(world: Booked) -> None:
    await withdraw(world, world.caller)
    async with world.database.transaction() as tx:
        [mail] = (await outbox.box(tx, 1, 10)).items
        await outbox.failed(tx, mail, "no such box", final=True)
        assert (await outbox.box(tx, 1, 10)).items == []


async def test_a_second_press_changes_nothing(world: Booked) -> None:
    await withdraw(world, world.caller)
    await withdraw(world, world.caller)
    async with world.database.transaction() as tx:
        assert len((await outbox.box(tx, 1, 10)).items) == 1
    assert await world.broken() == []


async def test_the_row_stays_nobodys_and_the_address_is_free(world: Booked) -> None:
    await name(world, world.caller)
    await withdraw(world, world.caller)
    async with world.database.transaction() as tx:
        gone = await accounts.find_user(tx, world.caller)
        assert gone is not None
        assert (gone.nickname, gone.email) == (NOBODY, f"withdrawn-{gone.id}@invalid")
        assert await accounts.find_by_email(tx, EMAIL) is None
        fresh = await accounts.register(
            tx, nickname=NAME, email=EMAIL, password_hash=HASH, confirmed=True
        )
    assert fresh is not None
    assert fresh.id != world.caller
    assert await world.points_of(fresh.id) == 0


async def test_points_that_come_to_a_row_without_a_person_are_nobodys_to_spend(
    world: Booked,
) -> None:
    await withdraw(world, world.caller)
    async with world.database.transaction() as tx:
        assert await ledger.forfeit(tx, world.caller, reason="again") == 0
    assert await world.broken() == []
