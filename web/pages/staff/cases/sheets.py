"""The staff's lists as tables for a spreadsheet: what the page shows, with its filters."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aiohttp.web import Request, Response

from foundation.database import Tx
from notify import outbox
from people.accounts.accounts import User
from people.desk import search, staff_views
from people.desk.roles import Permission
from record import act_list, alarm_list
from rooms.care.desk import claim_cases, report_cases
from web.http.forms import one_line
from web.http.visit import reader_locale
from web.pages.points import spreadsheet
from web.pages.staff.access import staff_transaction
from web.pages.staff.cases.wanted import claims_of, reports_of

MOST_ROWS = 5_000

Cell: TypeAlias = str | int | None
Rows: TypeAlias = Callable[[Tx, Request, User], Awaitable[Iterable[tuple[Cell, ...]]]]


@dataclass(frozen=True)
class Sheet:
    """One of the lists: whose it is, its columns as in the tables, and what finds its rows."""

    name: str
    may: Permission
    heads: tuple[str, ...]
    rows: Rows


def sheet(of: Sheet) -> Callable[[Request], Awaitable[Response]]:
    """Return what sends a list as a file; that it was taken is noted among the looks."""

    async def send(request: Request) -> Response:
        async with staff_transaction(request, of.may) as (tx, user):
            rows = await of.rows(tx, request, user)
            await staff_views.note_list(tx, user.id, of.name)
        separator = spreadsheet.separator_for(request.headers.get("Accept-Language"))
        lines = (spreadsheet.line(cells, separator) for cells in (of.heads, *rows))
        told = {"Content-Disposition": f'attachment; filename="{of.name}.csv"'}
        body = spreadsheet.BEGINNING + b"".join(lines)
        return Response(body=body, content_type="text/csv", headers=told)

    return send


async def _claims(tx: Tx, request: Request, user: User) -> Iterable[tuple[Cell, ...]]:
    found = await claim_cases.listed(tx, claims_of(request.query), user.id, 1, MOST_ROWS)
    return [
        (
            line.id, _at(line.created_at), line.state, line.kind, line.user_id, line.caller_name,
            line.cast_id, line.cast_name, line.points, line.owner_name, line.connected_ms,
            line.interrupted_ms, line.end_reason,
        )
        for line in found
    ]  # fmt: skip


async def _reports(tx: Tx, request: Request, user: User) -> Iterable[tuple[Cell, ...]]:
    found = await report_cases.listed(tx, reports_of(request.query), user.id, 1, MOST_ROWS)
    return [
        (
            line.id, _at(line.created_at), line.state, line.kind, line.reporter_id,
            line.reporter_name, line.subject_id, line.subject_name, line.about_subject,
            line.sanctions, line.owner_name,
        )
        for line in found
    ]  # fmt: skip


async def _people(tx: Tx, request: Request, _: User) -> Iterable[tuple[Cell, ...]]:
    text = one_line(request.query.get("q", ""), search.MOST_CHARACTERS)
    found = await search.search(tx, text, 1, MOST_ROWS)
    return [
        (one.id, one.member_number, one.nickname, one.email, int(one.is_cast), one.state)
        for one in found
    ]


async def _acts(tx: Tx, request: Request, _: User) -> Iterable[tuple[Cell, ...]]:
    found = await act_list.acts(tx, 1, MOST_ROWS, _subject(request))
    return [
        (one.id, _at(one.at), one.actor_name, one.act, one.subject, one.reason) for one in found
    ]


async def _views(tx: Tx, request: Request, _: User) -> Iterable[tuple[Cell, ...]]:
    who = one_line(request.query.get("who", ""), 60).strip()
    found = await staff_views.views(tx, 1, MOST_ROWS, _subject(request), who)
    return [(one.id, _at(one.at), one.viewer_name, one.subject) for one in found]


async def _alarms(tx: Tx, request: Request, _: User) -> Iterable[tuple[Cell, ...]]:
    locale = reader_locale(request)
    found = await alarm_list.listed(tx, 1, MOST_ROWS)
    return [
        (one.id, _at(one.at), one.kind, one.subject, one.said(locale), one.seen_by_name)
        for one in found
    ]


async def _mails(tx: Tx, _: Request, __: User) -> Iterable[tuple[Cell, ...]]:
    found = await outbox.dead(tx, 1, MOST_ROWS)
    return [(one.id, one.to_address, one.subject, one.tries, one.last_error) for one in found]


def _subject(request: Request) -> str | None:
    return one_line(request.query.get("subject", ""), 200) or None


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "claims", "claims",
        ("id", "created_at", "state", "kind", "caller_id", "caller", "cast_id", "cast", "points",
         "owner", "connected_ms", "interrupted_ms", "end_reason"),
        _claims,
    ),
    Sheet(
        "reports", "reports",
        ("id", "created_at", "state", "kind", "reporter_id", "reporter", "subject_id", "subject",
         "about_subject", "sanctions", "owner"),
        _reports,
    ),
    Sheet("people", "people.see", ("id", "number", "name", "email", "is_cast", "state"), _people),
    Sheet("acts", "acts", ("id", "at", "actor", "act", "subject", "reason"), _acts),
    Sheet("views", "acts", ("id", "at", "viewer", "subject"), _views),
    Sheet("alarms", "alarms", ("id", "at", "kind", "subject", "text", "seen_by"), _alarms),
    Sheet("mails", "mails", ("id", "to", "subject", "tries", "error"), _mails),
)  # fmt: skip
