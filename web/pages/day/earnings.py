"""What a cast earned: today, a month, all; on pages, as a chart, and as a table to keep."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aiohttp.web import Request, Response, StreamResponse

from foundation import times
from foundation.database import clock
from foundation.language import N_, translate
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from points import earnings, rules
from points.earnings import BEGINNING, END, EarnedIn
from rooms.day import earned
from rooms.day.earned import Earned
from web.http.keys import DATABASE
from web.http.visit import Visit, reader_locale, visit
from web.pages.points import spreadsheet
from web.pages.points.chart import Chart, chart
from web.pages.points.statement import date_malformed

PAGE_LINES = 50
CSV_LINES = 500
CHART_KINDS = ("earned", "returned")
# The longest chart of months, and the shortest: fewer would be drawn too large.
MOST_MONTHS, LEAST_MONTHS = 24, 12

_MONTH = re.compile(r"2[0-9]{3}-(0[1-9]|1[0-2])", re.ASCII)

WORDS = {
    "talk": N_("通話"),
    "talk_return": N_("通話の返却"),
    "reserved": N_("予約"),
    "reserved_return": N_("予約の返却"),
    "letter": N_("メール相談"),
    "letter_return": N_("メール相談の返却"),
    "chat": N_("チャット相談"),
    "chat_return": N_("チャット相談の返却"),
}
HEADS = (
    N_("日時（日本時間）"), N_("種類"), N_("お客様"), N_("ルーム"), N_("分"), N_("料金（pt）"),
    N_("手数料（pt）"), N_("報酬（pt）"), N_("理由"),
)  # fmt: skip
# What the house itself writes into the books where it gives something back.
REASONS = {
    "cut short by the cast or by the platform": N_("途切れて終わった分"),
    "sold again after it was called off": N_("キャンセルされた時間に、ほかの方が入ったため"),
}


@dataclass(frozen=True)
class EarnedPeriod:
    """A time of which the earnings are shown, in Asia/Tokyo; `name` is what its address says."""

    name: str
    since: datetime
    until: datetime
    month: date | None = None

    @property
    def query(self) -> str:
        """The time as the query of an address."""
        return f"month={self.month:%Y-%m}" if self.month else f"period={self.name}"


async def show_earnings(request: Request) -> Response:
    """Show the sums of today, of this month and of all, and the lines of the time asked for."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        user, now = v.cast(), await clock(v.tx)
        period, today = _period(request, now), now.astimezone(rules.SITE_ZONE).date()
        wallet = await earnings.wallet_of(v.tx, user.id)
        found = await earned.lines(v.tx, user.id, period.since, period.until, number, PAGE_LINES)
        months = await earnings.by_month(v.tx, wallet, BEGINNING, END)
        return v.page(
            "earnings.html",
            period=period,
            current=_current(period, today),
            months=months,
            sums={
                "today": await earnings.total(v.tx, wallet, rules.day_began(now), END),
                "month": await earnings.total(v.tx, wallet, rules.month_began(now), END),
            },
            net=sum(one.earned - one.returned for one in months),
            shown=await earnings.total(v.tx, wallet, period.since, period.until),
            lines=[(line, _when(line, v), _reason(line, v)) for line in found],
            page=found,
            chart=await _chart(v, wallet, period, today),
        )


async def earnings_csv(request: Request) -> StreamResponse:
    """Send the lines of a time as a table, some at a time: slow readers hold no transaction."""
    async with visit(request) as v:
        user, locale, now = v.cast(), reader_locale(request), await clock(v.tx)
    period = _period(request, now)
    separator = spreadsheet.separator_for(request.headers.get("Accept-Language"))
    response = StreamResponse()
    response.content_type, response.charset = "text/csv", "utf-8"
    day = now.astimezone(rules.SITE_ZONE).date()
    name = f"hitotoki-earnings-{day}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    await response.prepare(request)
    heads = spreadsheet.line((translate(locale, head) for head in HEADS), separator)
    await response.write(spreadsheet.BEGINNING + heads)
    # What is earned meanwhile would push lines from one part of the list to the next.
    until = min(period.until, now)
    for number in range(1, earnings.MOST_ROWS // CSV_LINES + 1):
        async with request.app[DATABASE].transaction() as tx:
            page = await earned.lines(tx, user.id, period.since, until, number, CSV_LINES)
        await response.write(b"".join(_row(one, locale, separator) for one in page))
        if not page.has_next:
            break
    await response.write_eof()
    return response


def _row(one: Earned, locale: str, separator: str) -> bytes:
    line = one.line
    return spreadsheet.line(
        (
            f"{line.at.astimezone(rules.SITE_ZONE):%Y-%m-%d %H:%M:%S}",
            translate(locale, WORDS[_kind(one)]),
            one.name,
            one.title,
            line.minutes,
            line.gross,
            line.fee,
            line.share,
            _said(one, locale),
        ),
        separator,
    )


def _kind(one: Earned) -> str:
    of = "letter" if one.by_letter else "chat" if one.by_chat else "reserved"
    return one.line.kind.replace("reserved", of)


def _when(one: Earned, v: Visit) -> str:
    return times.moment(one.line.at, rules.SITE_ZONE, reader_locale(v.request))


def _reason(one: Earned, v: Visit) -> str:
    return _said(one, reader_locale(v.request))


def _said(one: Earned, locale: str) -> str:
    """Why something went back: in the words of the staff, or in the house's own."""
    line = one.line
    if line.by_staff:
        return line.reason
    return translate(locale, REASONS[line.reason]) if line.reason in REASONS else ""


def _period(request: Request, now: datetime) -> EarnedPeriod:
    month = request.query.get("month", "")
    if month:
        return _month(month)
    name = request.query.get("period", "month")
    if name == "today":
        return EarnedPeriod(name, rules.day_began(now), END)
    if name == "all":
        return EarnedPeriod(name, BEGINNING, END)
    return _of_month(now.astimezone(rules.SITE_ZONE).date())


def _month(text: str) -> EarnedPeriod:
    if not _MONTH.fullmatch(text):
        raise date_malformed()
    return _of_month(date.fromisoformat(f"{text}-01"))


def _of_month(day: date) -> EarnedPeriod:
    first = day.replace(day=1)
    return EarnedPeriod("month", *rules.month_bounds(first), first)


def _current(period: EarnedPeriod, today: date) -> str:
    """Which of the three sums on top is looked at; none, for a month that is over."""
    return period.name if period.month in (None, today.replace(day=1)) else ""


async def _chart(
    v: Visit, wallet: int | None, period: EarnedPeriod, today: date
) -> tuple[Chart, Sequence[EarnedIn], str] | None:
    """The chart of a month's days, or of all months, with the same figures for its table."""
    if period.month:
        found = await earnings.by_day(v.tx, wallet, period.since, period.until)
        last = rules.add_months(period.month, 1) - timedelta(days=1)
        days = [last - timedelta(days=back) for back in range((last - period.month).days + 1)]
    elif period.name == "all":
        found = await earnings.by_month(v.tx, wallet, BEGINNING, END)
        first = min((one.day for one in found), default=today.replace(day=1))
        days = _months_back(today.replace(day=1), first)
    else:
        return None
    if not found:
        return None
    known = {one.day: {"earned": one.earned, "returned": one.returned} for one in found}
    zero = dict.fromkeys(CHART_KINDS, 0)
    drawn = chart([(day, known.get(day, zero)) for day in days], CHART_KINDS)
    return drawn, found, "day" if period.month else "month"


def _months_back(last: date, first: date) -> list[date]:
    months = [last]
    while len(months) < (MOST_MONTHS if months[-1] > first else LEAST_MONTHS):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months
