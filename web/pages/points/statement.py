"""The statement: what came and went, with the balance after it, on pages and as a table to keep."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp.web import Request, Response, StreamResponse

from foundation.database import clock
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.numbers import integer
from points import statement_lines, statements
from points.statement_lines import LinePosition
from web.http.filters import reader_zone
from web.http.keys import DATABASE
from web.http.visit import (
    Visit,
    reader_locale,
    visit,
)
from web.pages.points import spreadsheet
from web.pages.points.moves import heads, moves, row

PAGE_LINES = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LATEST = (statements.END - EPOCH) // MICROSECOND
# The largest source, id and minute of a position.
POSITION_BOUNDS = (statement_lines.TRANSFER, statements.MOST_ID, 2**31 - 1)

_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", re.ASCII)

# The kinds of lines that one may ask for together, and what that is called.
GROUPS: dict[str, tuple[str, Sequence[str]]] = {
    "": (N_("すべて"), statements.KINDS),
    "bought": (N_("購入"), ("purchase", "bonus")),
    "talks": (N_("通話"), ("charge",)),
    "reserved": (N_("予約・メール相談・チャット相談"), ("hold", "release")),
    "returned": (N_("返還"), ("return",)),
    "expired": (N_("期限切れ"), ("expiry", "forfeit")),
    "other": (
        N_("その他"),
        ("grant", "correction", "refund", "dispute", "restore", "receivable"),
    ),
}


@dataclass(frozen=True)
class Wanted:
    """Which lines are asked for; the days are whole and in the reader's zone."""

    group: str
    since: date | None
    until: date | None

    @property
    def any(self) -> bool:
        """Whether anything is left out."""
        return bool(self.group or self.since or self.until)

    def query(self, **more: object) -> str:
        """Return this as the query of an address."""
        since, until = (day and day.isoformat() for day in (self.since, self.until))
        asked = {"kind": self.group, "since": since, "until": until, **more}
        return urlencode({name: value for name, value in asked.items() if value})

    def bounds(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return this as `statements.statement` takes it."""
        found: dict[str, Any] = {"kinds": GROUPS[self.group][1]}
        if self.since:
            found["since"] = datetime.combine(self.since, time(), zone)
        if self.until:
            found["until"] = datetime.combine(self.until + timedelta(days=1), time(), zone)
        return found


async def statement(request: Request) -> Response:
    """Show a page of the statement, the latest line first."""
    wanted, cursor = _wanted(request), _cursor(request.query.get("before", ""))
    async with visit(request) as v:
        user = v.member()
        zone = reader_zone(user)
        found = await statements.statement(
            v.tx, user.id, **wanted.bounds(zone), cursor=cursor, size=PAGE_LINES
        )
        return v.page(
            "statement.html",
            moves=await moves(v.tx, found.lines),
            wanted=wanted,
            query=wanted.query(),
            older=_older(wanted, found.next_cursor),
            on_top=cursor is None,
            groups=_groups(v, wanted),
            periods=_periods(v, wanted, (await clock(v.tx)).astimezone(zone).date()),
        )


async def tab_statement(request: Request) -> Response:
    """Show a page of what moved the tab, the latest line first, apart from the points."""
    cursor = _cursor(request.query.get("before", ""))
    async with visit(request) as v:
        found = await statements.statement(
            v.tx,
            v.member().id,
            kinds=statements.OF_TAB,
            cursor=cursor,
            size=PAGE_LINES,
            pays="tab",
        )
        return v.page(
            "tab_statement.html",
            moves=await moves(v.tx, found.lines),
            older=_older(Wanted("", None, None), found.next_cursor),
            on_top=cursor is None,
        )


async def statement_csv(request: Request) -> StreamResponse:
    """Send the statement as a table, some lines at a time: slow readers hold no transaction."""
    wanted = _wanted(request)
    async with visit(request) as v:
        user, locale, now = v.member(), reader_locale(request), await clock(v.tx)
    zone = reader_zone(user)
    separator = spreadsheet.separator_for(request.headers.get("Accept-Language"))
    response = _csv_response(now.astimezone(zone).date())
    await response.prepare(request)
    await response.write(spreadsheet.BEGINNING + heads(locale, separator))
    cursor: LinePosition | None = None
    for _ in range(statements.MOST_ROWS // statements.MOST_LINES):
        async with request.app[DATABASE].transaction() as tx:
            found = await statements.statement(
                tx, user.id, **wanted.bounds(zone), cursor=cursor, size=statements.MOST_LINES
            )
            rows = [row(move, locale, zone, separator) for move in await moves(tx, found.lines)]
        await response.write(b"".join(rows))
        if (cursor := found.next_cursor) is None:
            break
    await response.write_eof()
    return response


def _csv_response(day: date) -> StreamResponse:
    response = StreamResponse()
    response.content_type, response.charset = "text/csv", "utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="hitotoki-{day}.csv"'
    return response


def _wanted(request: Request) -> Wanted:
    query = request.query
    group = query.get("kind", "")
    return Wanted(
        group if group in GROUPS else "",
        _day(query.get("since", "")),
        _day(query.get("until", "")),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise date_malformed()


def date_malformed() -> UserError:
    """What the address names is no day, or no month."""
    return UserError("date_malformed", N_("日付が正しくありません。"), status=400)


def _cursor(text: str) -> LinePosition | None:
    """Read the position that `_older` wrote; an instant alone is the one before all at it."""
    if not text:
        return None
    instant, *rest = text.split(".", 3)
    at = EPOCH + integer(instant, 0, LATEST) * MICROSECOND
    if not rest:
        return LinePosition(at)
    if len(rest) != len(POSITION_BOUNDS):
        raise UserError(
            "number_malformed", N_("数は半角の数字だけで入力してください。"), status=400
        )
    parts = zip(rest, POSITION_BOUNDS, strict=True)
    return LinePosition(at, *(integer(part, 0, most) for part, most in parts))


def _older(wanted: Wanted, cursor: LinePosition | None) -> str | None:
    if cursor is None:
        return None
    instant = (cursor.at - EPOCH) // MICROSECOND
    return wanted.query(before=f"{instant}.{cursor.source}.{cursor.id}.{cursor.minute}")


def _groups(v: Visit, wanted: Wanted) -> list[dict[str, Any]]:
    locale = reader_locale(v.request)
    return [
        {
            "word": translate(locale, word),
            "query": Wanted(group, wanted.since, wanted.until).query(),
            "chosen": group == wanted.group,
        }
        for group, (word, _) in GROUPS.items()
    ]


def _periods(v: Visit, wanted: Wanted, today: date) -> list[dict[str, str]]:
    locale = reader_locale(v.request)
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    periods = (
        (N_("今月"), first, today),
        (N_("先月"), before.replace(day=1), before),
        (N_("今年"), today.replace(month=1, day=1), today),
        (N_("すべての期間"), None, None),
    )
    return [
        {"word": translate(locale, word), "query": Wanted(wanted.group, since, until).query()}
        for word, since, until in periods
    ]
