"""What one's points were used for, month by month: a paper with tax, and the same as a table."""

import re
from datetime import date
from typing import TypeAlias

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.language import N_, translate
from points import receipts, usage
from points.usage import UsageBy, UsageLine
from web.http.forms import Filled
from web.http.keys import FORM
from web.http.visit import Visit, reader_locale, visit
from web.pages.points import spreadsheet

# On the page; a table has all.
MOST_SHOWN = 1000
Row: TypeAlias = list[str | int | None]
_MONTH = re.compile(r"(2[01][0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
WORDS = {
    "talk": N_("通話"),
    "talk_return": N_("通話の返還"),
    "reserved": N_("予約した通話"),
    "reserved_return": N_("予約のお返し"),
    "letter": N_("メール相談"),
    "letter_return": N_("メール相談のお返し"),
    "chat": N_("チャット相談"),
    "chat_return": N_("チャット相談のお返し"),
}
HEADS = (
    N_("日付"), N_("種類"), N_("キャスト"), N_("分"), N_("購入したポイント（円・税込み）"),
    N_("無償のポイント"), N_("販売者"), N_("登録番号"),
)  # fmt: skip


async def months(request: Request) -> Response:
    """Show the months of which there is a statement."""
    async with visit(request) as v:
        found = await usage.months(v.tx, v.member().id)
        return v.page("usage_months.html", months=found)


async def month(request: Request) -> Response:
    """Show a month's statement."""
    async with visit(request) as v:
        return await _page(v, Filled(reader_locale(request)), "")


async def address(request: Request) -> Response:
    """Show a month's statement to whom it is addressed, which is not kept."""
    filled = Filled(reader_locale(request))
    name = filled.take(request[FORM], "addressee", receipts.addressee_of)
    async with visit(request) as v:
        return await _page(v, filled, name or "")


async def month_csv(request: Request) -> Response:
    """Send a month's statement as a table."""
    async with visit(request) as v:
        found = await usage.of_month(v.tx, v.settings, v.member().id, _month(request))
    locale = reader_locale(request)
    separator = spreadsheet.separator_for(request.headers.get("Accept-Language"))
    heads: Row = [translate(locale, word) for word in HEADS]
    rows = [_row(locale, sold, line) for sold in found.sold for line in sold.lines]
    body = b"".join(spreadsheet.line(cells, separator) for cells in (heads, *rows))
    name = f"hitotoki-{found.month:%Y-%m}.csv"
    return Response(
        body=spreadsheet.BEGINNING + body,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _row(locale: str, sold: UsageBy, line: UsageLine) -> Row:
    return [
        line.day.isoformat(),
        translate(locale, WORDS[line.kind]),
        line.name,
        line.minutes,
        line.paid,
        line.given,
        sold.cast or sold.rule.name,
        sold.registration,
    ]


async def _page(v: Visit, filled: Filled, addressee: str) -> Response:
    member = v.member()
    found = await usage.of_month(v.tx, v.settings, member.id, _month(v.request))
    lines = sum(len(one.lines) for one in found.sold)
    return v.page(
        "usage.html",
        422 if filled.errors else 200,
        usage=found,
        member=member,
        words=WORDS,
        addressee=addressee,
        form=filled,
        left_out=lines > MOST_SHOWN,
    )


def _month(request: Request) -> date:
    found = _MONTH.fullmatch(request.match_info["month"])
    if found is None:
        raise HTTPNotFound
    return date(int(found[1]), int(found[2]), 1)
