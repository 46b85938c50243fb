"""The door of the staff's side: who comes in where, and what every page there shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import Tx
from notify import dead_jobs, outbox
from payouts.desk import waiting as payouts_waiting
from people.accounts.accounts import User
from people.desk import application_list, identity_list, inquiries, photo_looks, roles
from people.desk.roles import Permission
from points.desk import proposals
from points.tab import write_offs
from record import alarm_list, opening
from rooms.care import claims, report_list
from rooms.care.desk import due
from rooms.offering import looking
from web.http.paths import redirect, way_back
from web.http.second_step import must_be_proved
from web.http.session import SignInNeededError, session_token
from web.http.visit import Visit, asker_transaction, visit
from writing.board import report_list as board_list

# The pages of the staff's side and what each asks for, the most wanted first; words and pictures
# stand in `staff_base.html`. Who may see several is first led to what waits for people.
WAYS: dict[str, Permission] = {
    "/staff/today": "today",
    "/staff/search": "today",
    "/staff/claims": "claims",
    "/staff/reports": "reports",
    "/staff/ratings": "ratings",
    "/staff/board": "board",
    "/staff/chats": "reports",
    "/staff/people": "people.see",
    "/staff/applications": "applications",
    "/staff/looks": "looks",
    "/staff/identities": "identity",
    "/staff/inquiries": "inquiries",
    "/staff/books": "books",
    "/staff/payouts": "payouts",
    "/staff/tab": "points",
    "/staff/packs": "packs",
    "/staff/categories": "categories",
    "/staff/texts": "site",
    "/staff/alarms": "alarms",
    "/staff/jobs": "alarms",
    "/staff/mails": "mails",
    "/staff/acts": "acts",
    "/staff/site": "site",
    "/staff/opening": "opening",
}


# There only where the site has a board, and consultations.
BOARD, CHATS = "/staff/board", "/staff/chats"


@dataclass(frozen=True)
class Desk:
    """What waits for the staff, and the ways that this member may go (`ways`: paths)."""

    ways: frozenset[str]
    open: int
    reports: int
    waiting_second: int
    alarms: int
    mails: int
    jobs: int
    proposals: int
    applications: int
    looks: int
    inquiries: int
    identities: int
    payouts: int
    tab: int
    board: int

    @property
    def counts(self) -> dict[str, int]:
        """How much waits, by the way that leads there; only where this member may go."""
        found = {
            "/staff/claims": self.open + self.waiting_second,
            "/staff/reports": self.reports,
            "/staff/board": self.board,
            "/staff/people": self.proposals if "/staff/tab" in self.ways else 0,
            "/staff/applications": self.applications,
            "/staff/looks": self.looks,
            "/staff/identities": self.identities,
            "/staff/inquiries": self.inquiries,
            "/staff/payouts": self.payouts,
            "/staff/tab": self.tab,
            "/staff/alarms": self.alarms,
            "/staff/jobs": self.jobs,
            "/staff/mails": self.mails,
        }
        return {way: n for way, n in found.items() if n and way in self.ways}


@asynccontextmanager
async def staff_visit(
    request: Request, may: Permission | None
) -> AsyncIterator[tuple[Visit, User]]:
    """Open a page of the staff's side that asks for a permission (None: being staff is enough).

    Raises 404 for anyone else: to them the page isn't there.
    """
    async with visit(request) as v:
        user = _admitted(request, v.user, may)
        await must_be_proved(request, v.tx, user)
        yield v, user


@asynccontextmanager
async def staff_transaction(request: Request, may: Permission) -> AsyncIterator[tuple[Tx, User]]:
    """Open the transaction of an act that asks for a permission. Raises 404 for anyone else."""
    async with asker_transaction(request) as (tx, user):
        admitted = _admitted(request, user, may)
        await must_be_proved(request, tx, admitted)
        yield tx, admitted


def _admitted(request: Request, user: User | None, may: Permission | None) -> User:
    # Whose session has ended may be staff: what they typed is not lost to a page that isn't there.
    if user is None and session_token(request):
        raise SignInNeededError(way_back(request))
    if user is None or not user.is_staff:
        raise HTTPNotFound
    if may is not None and not roles.may(user.staff_role, may):
        raise HTTPNotFound
    return user


async def home(request: Request) -> Response:
    """Lead to the first page that this member of staff may see."""
    async with staff_visit(request, None) as (v, user):
        if roles.may(user.staff_role, "opening") and not (
            v.settings.demo or await opening.is_open(v.tx)
        ):
            return redirect("/staff/opening")
        return redirect(next(path for path, may in WAYS.items() if roles.may(user.staff_role, may)))


async def staff_page(v: Visit, template: str, status: int = 200, /, **values: Any) -> Response:
    """Return a page of the staff's side. In it, `may(name)` says what its reader may do."""
    role = v.user.staff_role if v.user else None
    waiting, site = await claims.waiting(v.tx), v.settings
    closed = {path for path, there in ((BOARD, site.board), (CHATS, site.chat)) if not there}
    desk = Desk(
        frozenset(
            path for path, may in WAYS.items() if roles.may(role, may) and path not in closed
        ),
        open=waiting["open"],
        reports=await report_list.waiting(v.tx),
        waiting_second=waiting["waiting_second"],
        alarms=await alarm_list.unseen(v.tx),
        mails=await outbox.dead_count(v.tx),
        jobs=await dead_jobs.count(v.tx),
        proposals=await proposals.count_waiting(v.tx),
        applications=await application_list.waiting(v.tx),
        looks=await looking.waiting(v.tx) + await photo_looks.waiting(v.tx),
        inquiries=await inquiries.waiting(v.tx),
        identities=await identity_list.waiting(v.tx),
        payouts=await payouts_waiting.count_waiting(v.tx),
        tab=len(await write_offs.waiting(v.tx)),
        board=await board_list.waiting_reports(v.tx) + await board_list.waiting_topics(v.tx),
    )

    def may(name: Permission) -> bool:
        return roles.may(role, name)

    undoable = await due.of_actor(v.tx, v.user.id) if v.user else []
    return v.page(template, status, desk=desk, may=may, undoable=undoable, **values)
