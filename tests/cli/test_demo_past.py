"""The demo site's past: made by the domain's verbs, dated back, and provable as everything else."""

from datetime import timedelta
from typing import Literal

import pytest
import sqlalchemy as sa

from cli.past import old_talks
from cli.past.old_talks import OldTalk
from cli.seed import seed_demo
from foundation.database import Database, Tx, clock
from foundation.embedded import APP_ROLE
from foundation.settings import Settings
from payouts import book
from people.accounts import accounts
from points import audit

WAYS: list[Literal["request", "monthly"]] = ["request", "monthly"]
_STATES = sa.text("""
SELECT u.nickname, p.state FROM payouts p JOIN users u ON u.id = p.user_id ORDER BY p.id
""")
_MOMENTS = sa.text("""
SELECT (SELECT max(at) FROM charges) AS charged, (SELECT max(made_at) FROM payout_runs) AS run,
  (SELECT max(at) FROM transfers WHERE kind IN ('payout', 'payout_return')) AS paid,
  (SELECT max(n.created_at) FROM notices n JOIN users u ON u.id = n.user_id
    WHERE u.nickname = 'はるか' AND n.kind = 'payout') AS told
""")


@pytest.mark.parametrize("way", WAYS)
async def test_a_past_leaves_work_for_finance_and_a_living_page_for_casts(
    database: Database, owner_database: Database, settings: Settings, way: str
) -> None:
    chosen = settings.model_copy(update={"payout": way})
    await seed_demo(owner_database, chosen)
    async with database.transaction() as tx:
        assert [proof.name for proof in await audit.prove(tx) if proof.broken] == []
        rows = (await tx.execute(_STATES)).all()
        books = {one.user_id: one for one in await book.books(tx, chosen)}
        now, moments = await clock(tx), (await tx.execute(_MOMENTS)).one()
    states = [(row.nickname, row.state) for row in rows]
    ended, begun = (
        [("はるか", "paid"), ("大地", "rejected")],
        # From 大地's account it came back, and he has not said yet that it is right.
        [("はるか", "in_run")],
    )
    waits = [("月野ルナ", "requested")] if way == "request" else []
    assert states == ended + begun + waits
    assert any(one.maturing and one.paid and one.in_run for one in books.values())
    assert any(one.due > 0 and not one.in_run for one in books.values())
    # All of it is some days ago, and nothing that is to come was dated back with it.
    assert max(moments.charged, moments.run) < now - timedelta(2)
    assert moments.paid < now - timedelta(7)
    assert moments.told < now - timedelta(2)


async def test_money_rows_never_change_once_the_site_is_open(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    await seed_demo(owner_database, settings)
    for opened, refusal in ((owner_database, "never change"), (database, "permission denied")):
        with pytest.raises(sa.exc.DBAPIError, match=refusal):
            async with opened.transaction() as tx:
                await tx.execute(sa.text("UPDATE charges SET at = at - interval '1 day'"))


async def test_what_the_owner_is_given_the_site_has_made_with_its_own_rights(
    database: Database,
    owner_database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    roles = set[str]()
    charged = old_talks.have

    async def noting(tx: Tx, settings: Settings, wanted: list[OldTalk]) -> list[int]:
        roles.add(str(await tx.scalar(sa.text("SELECT current_user"))))
        return await charged(tx, settings, wanted)

    monkeypatch.setattr(old_talks, "have", noting)
    await seed_demo(owner_database, settings)
    assert roles == {APP_ROLE}


async def test_without_the_owner_there_is_no_past(database: Database, settings: Settings) -> None:
    people = await seed_demo(database, settings)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM talks")) == 0
    assert "はるか" in [person.nickname for person in people]


async def test_no_one_click_leads_to_the_callers_of_long_ago(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    listed = {person.nickname for person in await seed_demo(owner_database, settings)}
    async with database.transaction() as tx:
        offered = {one.nickname for one in await accounts.people_of_demo(tx)}
        callers = set(
            await tx.scalars(
                sa.text("SELECT nickname FROM users u JOIN talks t ON t.caller_id = u.id")
            )
        )
    assert callers
    assert not callers & (listed | offered)
