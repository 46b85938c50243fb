"""One run: its sums, its payouts, and the one act that comes next."""

from aiohttp.web import Request, Response

from foundation.language import N_, translate
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from payouts.desk import linked
from payouts.runs import (
    agreeing,
    closing,
    dissolving,
    files,
    lines,
    rejecting,
    reversals,
    reversing,
)  # fmt: skip
from payouts.runs import list as run_list
from payouts.runs.candidates import MOST
from payouts.runs.files import BankLine
from payouts.runs.reversals import Returned
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, reader_locale
from web.pages.points import spreadsheet
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE_SIZE = 200
HEADS = (
    N_("振込番号"), N_("会員"), N_("銀行コード"), N_("銀行"), N_("支店コード"), N_("支店"),
    N_("種別"), N_("口座番号"), N_("口座名義"), N_("報酬（円）"), N_("手数料（円）"),
    N_("源泉徴収（円）"), N_("振込額（円）"),
)  # fmt: skip


async def show(request: Request) -> Response:
    """Show a run."""
    async with staff_visit(request, "payouts") as (v, _):
        return await run_page(v, id_in_path(request, "run_id"))


async def run_page(v: Visit, run_id: int, **more: object) -> Response:
    """Return the page of a run, with what somebody has just looked at of the bank's result."""
    query = v.request.query
    number, only = integer(query.get("page", "1"), 1, LAST_PAGE), query.get("marked") == "1"
    run = await run_list.run_of(v.tx, run_id)
    before = run.state in ("draft", "waiting_second")
    pairs = await linked.of_run(v.tx, run_id) if before else []
    look = lines.Look(run_id, before, {pair.cast_id for pair in pairs})
    found = await lines.lines_of(v.tx, look, number, PAGE_SIZE, only_marked=only and before)
    waiting = await reversals.waiting(v.tx, run_id)
    return await staff_page(
        v,
        "staff_payout_run.html",
        run=run,
        sums=await run_list.sums_of(v.tx, run_id),
        lines=found.page,
        marked=found.marked,
        only_marked=only and before,
        pairs=pairs,
        reversals=waiting,
        reversed=await reversals.decided(v.tx, run_id),
        returned=await reversals.lines(v.tx, [one.id for one in waiting]),
        called_off=integer(query.get("called_off", "0"), 0, MOST),
        me=v.user_id,
        done=query.get("done"),
        rejected=integer(query.get("reject", "0"), 0),
        **({"found": None} | more),
    )


async def send_on(request: Request) -> Response:
    """Send a checked draft on."""
    run_id = id_in_path(request, "run_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        state = await agreeing.send_on(tx, request.app[SETTINGS], run_id, user.id)
    return _back(run_id, state)


async def agree(request: Request) -> Response:
    """Agree to a run as a second person."""
    run_id = id_in_path(request, "run_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        await agreeing.agree(tx, run_id, user.id)
    return _back(run_id, "agreed")


async def dissolve(request: Request) -> Response:
    """Dissolve a run that isn't closed."""
    run_id = id_in_path(request, "run_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        reason = needed(request[FORM], "reason")
        done = await dissolving.dissolve(tx, run_id, user.id, reason)
    return _back(run_id, done)


async def close(request: Request) -> Response:
    """Close a run that the bank has done."""
    run_id = id_in_path(request, "run_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        await closing.close(tx, run_id, user.id)
    return _back(run_id, "closed")


async def reject(request: Request) -> Response:
    """Propose that the bank rejected one payout."""
    run_id, form = id_in_path(request, "run_id"), request[FORM]
    async with staff_transaction(request, "payouts") as (tx, user):
        payout_id, reason = integer(needed(form, "payout"), 1), needed(form, "reason")
        returned = [Returned(payout_id, reason)]
        new = await rejecting.propose(tx, run_id, user.id, returned, reason)
    return _back(run_id, "rejection" if new else "nothing")


async def agree_to_reversal(request: Request) -> Response:
    """Let what another one proposed go back to its casts."""
    reversal_id, settings = id_in_path(request, "reversal_id"), request.app[SETTINGS]
    async with staff_transaction(request, "payouts") as (tx, user):
        found = await reversing.agree(tx, settings, reversal_id, user.id)
    return _back(found.run_id, "dissolved" if found.kind == "dissolution" else "rejected")


async def send_reversal_back(request: Request) -> Response:
    """Send that back."""
    reversal_id = id_in_path(request, "reversal_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        reason = needed(request[FORM], "reason")
        found = await reversing.send_back(tx, reversal_id, user.id, reason)
    return _back(found.run_id, "sent-back")


async def bank_file(request: Request) -> Response:
    """Send a run's file for the bank."""
    run_id = id_in_path(request, "run_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        body = await files.bank_file(tx, request.app[SETTINGS], run_id, user.id)
    return _file(body, "text/plain", f"furikomi-{run_id}.txt")


async def bank_rows(request: Request) -> Response:
    """Send the same as a table to read."""
    run_id, locale = id_in_path(request, "run_id"), reader_locale(request)
    async with staff_transaction(request, "payouts") as (tx, user):
        rows = await files.bank_rows(tx, request.app[SETTINGS], run_id, user.id)
    heads = spreadsheet.line(translate(locale, head) for head in HEADS)
    body = spreadsheet.BEGINNING + heads + b"".join(_row(line) for line in rows)
    return _file(body, "text/csv", f"furikomi-{run_id}.csv")


def _row(line: BankLine) -> bytes:
    to = line.account
    place = (to.bank_code, to.bank, to.branch_code, to.branch, to.kind, to.number, to.holder)
    sums = (line.gross, line.bank_fee, line.withheld, line.net)
    return spreadsheet.line((line.payout_id, line.nickname, *place, *sums))


def _file(body: bytes, kind: str, name: str) -> Response:
    told = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body=body, content_type=kind, headers=told)


def _back(run_id: int, done: str) -> Response:
    return redirect(f"/staff/payouts/runs/{run_id}?done={done}")
