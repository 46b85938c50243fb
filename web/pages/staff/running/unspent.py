"""What is unspent at the ends of half-years, and why points end within six months."""

from aiohttp.web import Request, Response

from foundation.language import N_, translate
from points import unspent
from points.unspent import HalfYear
from web.http.visit import reader_locale
from web.pages.points import spreadsheet
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

HEADS = (
    N_("はじめの日"), N_("基準日"), N_("売上（円）"), N_("販売"), N_("使用"), N_("期限切れ"),
    N_("返金などで取り消し"), N_("未使用（購入）"), N_("予約などで預かり"), N_("未使用（無償）"),
)  # fmt: skip


async def show(request: Request) -> Response:
    """Show the half-years, the running one first."""
    async with staff_visit(request, "books") as (v, _):
        halves = await unspent.by_half_year(v.tx)
        return await staff_page(
            v, "staff_unspent.html", halves=halves, deposit_from=unspent.DEPOSIT_FROM
        )


async def as_csv(request: Request) -> Response:
    """Send the same as a table."""
    locale = reader_locale(request)
    async with staff_transaction(request, "books") as (tx, _):
        halves = await unspent.by_half_year(tx)
    heads = spreadsheet.line(translate(locale, head) for head in HEADS)
    body = spreadsheet.BEGINNING + heads + b"".join(_row(half) for half in halves)
    told = {"Content-Disposition": 'attachment; filename="unspent.csv"'}
    return Response(body=body, content_type="text/csv", headers=told)


def _row(half: HalfYear) -> bytes:
    figures = (
        half.sold_yen, half.sold, half.spent, half.expired, half.taken_back, half.paid, half.held,
        half.given,
    )  # fmt: skip
    return spreadsheet.line((half.first.isoformat(), half.last.isoformat(), *figures))
