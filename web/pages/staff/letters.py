"""A letter, as staff read it beside a report or a claim about it: each look is logged."""

from aiohttp.web import Request, Response

from rooms.care.letters import letter_evidence
from web.http.paths import id_in_path
from web.pages.staff.access import staff_page, staff_visit


async def of_report(request: Request) -> Response:
    """Show the letter of an open report."""
    report_id = id_in_path(request, "report_id")
    async with staff_visit(request, "reports") as (v, user):
        found = await letter_evidence.of_report(v.tx, report_id, user.id)
        back = f"/staff/reports/{report_id}"
        return await staff_page(v, "staff_letter.html", evidence=found, back=back)


async def of_claim(request: Request) -> Response:
    """Show the letter of a claim that is not decided."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_visit(request, "claims") as (v, user):
        found = await letter_evidence.of_claim(v.tx, claim_id, user.id)
        back = f"/staff/claims#claim-{claim_id}"
        return await staff_page(v, "staff_letter.html", evidence=found, back=back)
