"""What members want to be told: the inbox has everything, mail and push only what they want."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from notify import choices, inbox
from notify.choices import TOPIC_OF
from notify.tables import CHANNELS, TOPICS, mails, notices
from tests.notify.push_house import Phone, opt_in
from tests.world import new_user


async def told(database: Database, user: int, kind: str) -> tuple[int, int, int]:
    """Tell a user something; how many notices, mails and pushes that made."""
    async with database.transaction() as tx:
        await inbox.tell(tx, user, kind=kind, title="題", text="文")
        counts = [
            await tx.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (notices, mails)
        ]
        pushes = await tx.scalar(
            sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_push'")
        )
    return int(counts[0] or 0), int(counts[1] or 0), int(pushes or 0)


@pytest.fixture
async def user(database: Database) -> int:
    """A member with one device."""
    async with database.transaction() as tx:
        made = await new_user(tx)
        await opt_in(tx, made, Phone("phone"))
    return made


async def choose(database: Database, user: int, **wanted: bool) -> None:
    chosen = {}
    for name, is_wanted in wanted.items():
        topic, channel = name.split("_")
        chosen[topic, channel] = is_wanted
    async with database.transaction() as tx:
        await choices.choose(tx, user, chosen)


async def test_who_said_nothing_is_told_everything(database: Database, user: int) -> None:
    async with database.transaction() as tx:
        chosen = await choices.of(tx, user)
    wanted = {(topic, channel): True for topic in TOPICS for channel in CHANNELS}
    # What is over within a minute, and a day's summary, go to those alone who ask for it.
    unasked = [("calls", "mail"), ("day", "mail"), ("day", "push")]
    unasked += [("unanswered", "mail"), ("unanswered", "push")]
    assert chosen == wanted | dict.fromkeys(unasked, False)
    assert await told(database, user, "reservation") == (1, 1, 1)


@pytest.mark.parametrize("kind", ["reservation", "reminder"])
async def test_a_topic_without_mail_is_told_by_push_and_in_the_inbox(
    database: Database, user: int, kind: str
) -> None:
    await choose(database, user, reservations_mail=False)
    assert await told(database, user, kind) == (1, 0, 1)


async def test_a_topic_without_push_is_told_by_mail_and_in_the_inbox(
    database: Database, user: int
) -> None:
    await choose(database, user, talks_push=False)
    assert await told(database, user, "claim") == (1, 1, 0)


async def test_another_topic_stays_as_it_was(database: Database, user: int) -> None:
    await choose(database, user, talks_push=False, talks_mail=False)
    assert await told(database, user, "expiry") == (1, 1, 1)


@pytest.mark.parametrize("kind", ["turn", "entered"])
async def test_what_calls_one_is_mailed_where_that_was_chosen(
    database: Database, user: int, kind: str
) -> None:
    assert await told(database, user, kind) == (1, 0, 1)
    await choose(database, user, calls_mail=True)
    assert await told(database, user, kind) == (2, 1, 2)
    await choose(database, user, calls_push=False, favourites_push=True)
    assert await told(database, user, kind) == (3, 2, 2)


@pytest.mark.parametrize("kind", ["purchase", "points"])
async def test_records_of_money_are_mailed_in_any_case(
    database: Database, user: int, kind: str
) -> None:
    await choose(database, user, points_mail=False, points_push=False)
    assert await told(database, user, kind) == (1, 1, 0)


async def test_the_safety_of_the_account_is_no_choice(database: Database, user: int) -> None:
    await choose(database, user, **{f"{t}_{c}": False for t in TOPICS for c in CHANNELS})
    assert await told(database, user, "security") == (1, 1, 1)


async def test_a_choice_can_be_changed_again(database: Database, user: int) -> None:
    await choose(database, user, points_mail=False)
    await choose(database, user, points_mail=True)
    assert await told(database, user, "expiry") == (1, 1, 1)


async def test_who_has_withdrawn_is_told_nothing(database: Database, user: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE users SET withdrawn_at = now(), confirmed_at = NULL, is_cast = false"
                " WHERE id = :user"
            ),
            {"user": user},
        )
    assert await told(database, user, "reservation") == (0, 0, 0)


def test_every_kind_has_a_topic_that_the_tables_know() -> None:
    assert set(TOPIC_OF.values()) == set(TOPICS)
