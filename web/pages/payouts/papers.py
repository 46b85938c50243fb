"""One payout and its notice; the year's statement, also as a table to keep."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from payouts import notices, objections, own_payouts
from payouts.notices import PaidMonth
from web.http.forms import Filled
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.points import spreadsheet

FIRST_YEAR, LAST_YEAR = 2000, 2999
HEADS = (
    N_("支払月"), N_("回数"), N_("報酬（円）"), N_("振込手数料（円）"), N_("源泉徴収税額（円）"),
    N_("お受け取り（円）"),
)  # fmt: skip


async def show_payout(request: Request) -> Response:
    """Show one payout: its state, or once it was paid its notice."""
    async with visit(request) as v:
        return await _payout(v, Filled(reader_locale(request)), 200)


async def object_to(request: Request) -> Response:
    """Say what is wrong with a notice."""
    payout_id, filled = id_in_path(request, "payout_id"), Filled(reader_locale(request))
    text = filled.take_text(request[FORM], "text", objections.text_of)
    if text is not None:
        async with member_transaction(request) as (tx, user):
            await objections.object_to(tx, request.app[SETTINGS], user.id, payout_id, text)
        return redirect(f"/console/payouts/{payout_id}#objection")
    async with visit(request) as v:
        return await _payout(v, filled, 422)


async def _payout(v: Visit, filled: Filled, status: int) -> Response:
    user = v.member()
    payout = await own_payouts.one(v.tx, user.id, id_in_path(v.request, "payout_id"))
    paper = None
    if payout.paid_at is not None:
        paper = await notices.notice(v.tx, v.settings, user.id, payout.id)
    asked = "asked" in v.request.query
    return v.page(
        "payout.html",
        status,
        payout=payout,
        paper=paper,
        form=filled,
        asked=asked,
        objection_days=notices.OBJECTION_DAYS,
    )


async def show_year(request: Request) -> Response:
    """Show what was paid in a year, for print."""
    async with visit(request) as v:
        found = await notices.of_year(v.tx, v.settings, v.member().id, _year(request))
        all_years = await notices.years(v.tx, v.member().id)
        return v.page("payout_year.html", statement=found, years=all_years)


async def year_csv(request: Request) -> Response:
    """Send what was paid in a year as a table: twelve lines and their sum."""
    async with visit(request) as v:
        found = await notices.of_year(v.tx, v.settings, v.member().id, _year(request))
        locale = reader_locale(request)
    separator = spreadsheet.separator_for(request.headers.get("Accept-Language"))
    heads = spreadsheet.line((translate(locale, head) for head in HEADS), separator)
    rows = b"".join(spreadsheet.line(_cells(one), separator) for one in found.months)
    name = f"hitotoki-payouts-{found.year}.csv"
    return Response(
        body=spreadsheet.BEGINNING + heads + rows,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _cells(one: PaidMonth) -> tuple[str | int, ...]:
    month = f"{one.month:%Y-%m}"
    return month, one.payouts, one.gross, one.bank_fee, one.withheld, one.net


def _year(request: Request) -> int:
    year = id_in_path(request, "year")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UserError("year_unknown", N_("その年の明細はありません。"), status=404)
    return year
