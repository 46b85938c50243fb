"""The nightly comparison with Stripe, and the operators' own, when Stripe gives no list."""

from typing import Any

import pytest
import sqlalchemy as sa
import typer

from cli import payments
from foundation.database import Database
from foundation.settings import Settings
from notify import senders
from record.tables import alarms
from scheduler.errands import Tools, reconcile_payments
from tests.points.payments.fake_stripe import running
from tests.points.payments.test_refusals import REFUSALS
from tests.web.points.test_purchases import with_stripe


@pytest.mark.parametrize("name", [n for n, one in REFUSALS.items() if one[1] != "silent"])
async def test_a_night_without_a_list_is_told_once_and_the_job_is_done(
    database: Database, settings: Settings, name: str
) -> None:
    async with running() as fake:
        fake.refusal = REFUSALS[name][0]
        sold = settings.model_copy(update=with_stripe(fake.base))
        tools = Tools(sold, database, senders.leave_in_mailbox)
        for _ in range(2):
            await reconcile_payments(tools)
    async with database.transaction() as tx:
        told = (await tx.execute(sa.select(alarms.c.kind))).scalars().all()
    assert told == [f"payments_{REFUSALS[name][1]}"]


async def test_the_operators_verb_says_why_and_ends_with_2(
    database: Database,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks: list[Any] = []

    def run_later(task: Any) -> list[Any]:
        tasks.append(task)
        return []

    monkeypatch.setattr(payments, "run_on_database", run_later)
    payments.reconcile_command(8)
    async with running() as fake:
        fake.refusal = REFUSALS["key"][0]
        with pytest.raises(typer.Exit) as end:
            await tasks[0](database, settings.model_copy(update=with_stripe(fake.base)))
    assert end.value.exit_code == 2
    assert "(key): " in capsys.readouterr().err
