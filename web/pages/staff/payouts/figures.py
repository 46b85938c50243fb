"""Figures beside runs: who may be paying themselves, and what was withheld for the tax office."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.language import N_, translate
from foundation.numbers import integer
from payouts.desk import linked, tax
from payouts.desk.tax import TaxLine
from web.http.visit import reader_locale
from web.pages.points import spreadsheet
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

CATEGORIES = {
    "none": N_("源泉徴収なし"),
    "individual": N_("個人"),
    "non_resident": N_("非居住者"),
    "company": N_("法人"),
}
HEADS = (
    N_("支払った月"), N_("区分"), N_("人数"), N_("件数"), N_("支払額（円）"), N_("源泉徴収（円）"),
)  # fmt: skip


async def show_linked(request: Request) -> Response:
    """Show casts and callers who may be one person."""
    async with staff_visit(request, "payouts") as (v, _):
        found = await linked.pairs(v.tx)
        return await staff_page(v, "staff_payout_linked.html", pairs=found, days=linked.DAYS)


async def show_tax(request: Request) -> Response:
    """Show a year's sums of tax, by month and category."""
    async with staff_visit(request, "payouts") as (v, _):
        years = await tax.years(v.tx)
        year = _year(request, years)
        return await staff_page(
            v,
            "staff_payout_tax.html",
            years=years,
            year=year,
            months=await tax.of_months(v.tx, year),
            whole=await tax.of_year(v.tx, year),
        )


async def tax_csv(request: Request) -> Response:
    """Send a year's months as a table."""
    locale = reader_locale(request)
    async with staff_transaction(request, "payouts") as (tx, _):
        year = _year(request, await tax.years(tx))
        months = await tax.of_months(tx, year)
    heads = spreadsheet.line(translate(locale, head) for head in HEADS)
    body = spreadsheet.BEGINNING + heads + b"".join(_row(line, locale) for line in months)
    told = {"Content-Disposition": f'attachment; filename="gensen-{year}.csv"'}
    return Response(body=body, content_type="text/csv", headers=told)


def _row(line: TaxLine, locale: str) -> bytes:
    category = translate(locale, CATEGORIES[line.category])
    figures = (line.people, line.payments, line.gross, line.withheld)
    return spreadsheet.line((f"{line.month:%Y-%m}", category, *figures))


def _year(request: Request, years: list[int]) -> int:
    year = integer(request.query.get("year", str(years[0])), 1)
    if year not in years:
        raise HTTPNotFound
    return year
