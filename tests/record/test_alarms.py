"""An alarm is told once, on the page and in the log, however often its cause is met again."""

import sqlalchemy as sa
import structlog

from foundation.database import Database
from record.alarms import alarm
from record.tables import alarms


async def test_what_is_met_every_minute_is_told_once_on_the_page_and_in_the_log(
    database: Database,
) -> None:
    with structlog.testing.capture_logs() as lines:
        told = []
        for subject in ("evt_1", "evt_1", "evt_1", "evt_2"):
            async with database.transaction() as tx:
                told.append(await alarm(tx, "payment_event_stuck", "文", subject))
    assert told == [True, False, False, True]
    assert [line["subject"] for line in lines if line["event"] == "alarm"] == ["evt_1", "evt_2"]
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(alarms)) == 2
