"""The door of the staff's side: who comes in, and what every page there shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import Tx
from notify import outbox
from people.accounts import User
from people.sessions import session_user
from points import alarm_list, proposals
from rooms import claims
from web.keys import DATABASE, SETTINGS
from web.visit import Visit, visit


@dataclass(frozen=True)
class Desk:
    """What waits for the staff: shown beside the ways of their side."""

    open: int
    waiting_second: int
    alarms: int
    mails: int
    proposals: int


@asynccontextmanager
async def staff_visit(request: Request) -> AsyncIterator[tuple[Visit, User]]:
    """Open a page of the staff's side. Raises 404 for anyone else."""
    async with visit(request) as v:
        yield v, v.staff()


@asynccontextmanager
async def staff_deed(request: Request) -> AsyncIterator[tuple[Tx, User]]:
    """Open the transaction of an act of staff. Raises 404 for anyone else."""
    async with request.app[DATABASE].transaction() as tx:
        user = await session_user(tx, request.app[SETTINGS], request.headers.get("Cookie"))
        if user is None or not user.is_staff:
            raise HTTPNotFound
        yield tx, user


async def staff_page(v: Visit, template: str, /, **values: Any) -> Response:
    """Return a page of the staff's side."""
    waiting = await claims.waiting(v.tx)
    desk = Desk(
        waiting["open"],
        waiting["waiting_second"],
        await alarm_list.unseen(v.tx),
        await outbox.dead_count(v.tx),
        await proposals.count_waiting(v.tx),
    )
    return v.page(template, desk=desk, **values)
