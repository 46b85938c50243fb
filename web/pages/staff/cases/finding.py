"""One search over everything, from the bar of every page of the staff's side."""

from aiohttp.web import Request, Response

from people.desk import roles
from people.desk.roles import Permission
from rooms.care.desk import finding
from rooms.care.desk.finding import Found
from web.http.forms import one_line
from web.pages.staff.access import staff_page, staff_visit

# What each kind asks for.
WANTED: dict[Found, Permission] = {
    "user": "people.see",
    "talk": "talks",
    "reservation": "people.see",
    "purchase": "people.see",
    "claim": "claims",
    "report": "reports",
    "inquiry": "inquiries",
    "payout": "payouts",
}


async def show(request: Request) -> Response:
    """Show what is found, of what this member of staff may see."""
    text = one_line(request.query.get("q", ""), finding.MOST_CHARACTERS)
    async with staff_visit(request, "today") as (v, user):
        kinds = [kind for kind, may in WANTED.items() if roles.may(user.staff_role, may)]
        found = await finding.search(v.tx, text, kinds) if text.strip() else []
        return await staff_page(v, "staff_search.html", text=text, found=found)
