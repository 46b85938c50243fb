"""A member's figures, the tab that is looked at, notes, and accounts that may be theirs too."""

from typing import Any, get_args

from aiohttp.web import HTTPNotFound, Request

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.accounts.accounts import User
from people.desk import notes, roles
from rooms.care.desk import person_files
from rooms.care.desk.person_files import Tab
from web.http.visit import Visit

# Money of casts is for who pays it.
OF_PAYOUTS: tuple[Tab, ...] = ("earnings", "payouts")


def tabs_for(user: User) -> list[Tab]:
    """Return the tabs that this member of staff may see."""
    pays = roles.may(user.staff_role, "payouts")
    return [tab for tab in get_args(Tab) if pays or tab not in OF_PAYOUTS]


async def file_of(request: Request, v: Visit, user: User, user_id: int) -> dict[str, Any]:
    """Gather what the page shows of a member beside their standing. Raises 404 for a wrong tab."""
    tabs, tab = tabs_for(user), request.query.get("tab", "talks")
    if tab not in tabs:
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    # Who wrote to whom is shown for a reason alone, by a press.
    lines = None
    if tab != "questions":
        lines = await person_files.lines(v.tx, user_id, tab, number, v.settings.page_size)
    return {
        "sums": await person_files.sums(v.tx, user_id),
        "tabs": tabs,
        "tab": tab,
        "lines": lines,
        "notes": await notes.about(v.tx, user_id),
        "linked": await person_files.linked(v.tx, user_id),
    }
