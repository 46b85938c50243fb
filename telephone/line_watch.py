"""Staff are told once when the telephone line fails, and the log when it is back."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from foundation.database import Database
from foundation.language import N_
from foundation.log import note_failure
from record.alarms import alarm
from telephone.port import Away, PhoneLine

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
# A trunk may be away for a moment: it is asked again by itself.
PATIENCE_SECONDS = 30.0

TEXTS = {
    Away.SILENT: N_("電話回線の事業者から応答がありません。電話での相談を受け付けられません。"),
    Away.REFUSED: N_(
        "電話回線の事業者に接続を断られました。ユーザー名とパスワードの設定をご確認ください。"
    ),
    Away.UNAVAILABLE: N_("電話回線の事業者側で障害が起きているようです。電話をつなげません。"),
}


class LineWatch:
    """Looks at a line every second; `name` tells one process from another."""

    def __init__(
        self,
        database: Database,
        line: PhoneLine,
        name: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._line, self._name, self._now = database, line, name, now
        self._since: float | None = None
        self._told = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:
                note_failure(log, "telephone.alarm_failed", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once; one alarm for each time that the line is away for long."""
        away = self._line.away
        if away not in TEXTS:
            if self._told:
                log.warning("telephone.line_back", seconds=round(self._now() - (self._since or 0)))
            self._since, self._told = None, False
            return
        self._since = self._now() if self._since is None else self._since
        if self._told or self._now() - self._since < PATIENCE_SECONDS:
            return
        subject = f"{self._name} {datetime.now(UTC):%Y-%m-%d %H:%M}"
        async with self._database.transaction() as tx:
            await alarm(tx, "telephone_away", TEXTS[away], subject)
        self._told = True
