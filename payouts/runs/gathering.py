"""Gathering what is to be paid into a run: how much, where to and as what is settled then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import LONGEST_TO_PAY, Settings
from payouts import book, requests, words
from payouts.rules import is_bank_day
from payouts.runs import candidates
from payouts.runs.candidates import RunCandidate, Way
from payouts.tables import payout_runs
from points.rules import SITE_ZONE
from record.acts import log_act


@dataclass(frozen=True)
class Gathered:
    """The run that was made (None: nothing was left for one), how many requests were called off,
    and how many casts were told, as nothing was left, that the month wants their account."""

    run_id: int | None
    called_off: int
    asked: int = 0


# What a request says of itself stays; how it is settled, the run says.
_TAKE = sa.text("""
UPDATE payouts p SET state = 'in_run', run_id = :run, seller = :seller, tax_percent = :tax,
  withheld = g.withheld, category = g.category, registration = g.registration,
  account_id = g.account_id
FROM unnest(CAST(:payouts AS bigint[]), CAST(:withheld AS bigint[]), CAST(:categories AS text[]),
  CAST(:registrations AS text[]), CAST(:accounts AS bigint[]))
  AS g (id, withheld, category, registration, account_id)
WHERE p.id = g.id AND p.state = 'requested'
""")
_MAKE = sa.text("""
INSERT INTO payouts (user_id, way, state, gross, month, requested_on, run_id, seller, tax_percent,
  withheld, category, registration, account_id)
SELECT g.user_id, 'monthly', 'in_run', g.gross, :month, :today, :run, :seller, :tax,
  g.withheld, g.category, g.registration, g.account_id
FROM unnest(CAST(:users AS bigint[]), CAST(:gross AS bigint[]), CAST(:withheld AS bigint[]),
  CAST(:categories AS text[]), CAST(:registrations AS text[]), CAST(:accounts AS bigint[]))
  WITH ORDINALITY AS g (user_id, gross, withheld, category, registration, account_id, n)
ORDER BY g.n
""")


async def gather(
    tx: Tx,
    settings: Settings,
    actor_id: int,
    press: str,
    way: Way,
    pay_on: date,
    month: date | None = None,
) -> Gathered:
    """Gather all requests that wait, or a month, into a run (a draft).

    Who is stopped, has no account or a refused one, or is in minus is left out
    (`runs.candidates.waiting` says who); a request that can't be covered any more is called off. A
    month carries the requests that wait since casts asked for themselves: they are called off, too,
    and what they spoke for is due with the month. The same press again returns the same run. Raises
    UserError `payout_day_closed`, `payout_day_past`, `payout_day_far`, `payout_run_empty`,
    `payout_month_early`.
    """
    if (known := await of_press(tx, actor_id, press)) is not None:
        return Gathered(known, 0)
    await _must_be_day(tx, pay_on)
    # Whom it concerns is found first, then locked, and then looked at as they are by now.
    seen = await candidates.waiting(tx, settings, actor_id, way, month)
    asked = [] if month is None else await candidates.asked(tx)
    ids = sorted({one.user_id for one in seen} | {one.user_id for one in asked})
    await book.lock(tx, ids)
    if (known := await of_press(tx, actor_id, press)) is not None:
        return Gathered(known, 0)
    found = await _found(tx, settings, actor_id, month, ids)
    dropped = await _call_off(tx, settings, month, ids, found)
    told = await _ask_for_accounts(tx, settings, month, pay_on, found)
    taken = [one for one in found if one.left is None]
    if not taken and (dropped or told):
        return Gathered(None, dropped, told)
    run_id = await _insert(tx, actor_id, press, way, pay_on, month, taken)
    await _settle(tx, settings, run_id, month, taken)
    return Gathered(run_id, dropped)


_NOT_COVERED = N_("お返しした通話があり、振込できる報酬が足りなくなりました。")
_BY_THE_MONTH = N_("報酬を、毎月まとめてお振込するようになりました。次のお振込に入ります。")


async def _call_off(
    tx: Tx,
    settings: Settings,
    month: date | None,
    ids: Sequence[int],
    found: Sequence[RunCandidate],
) -> int:
    """Call off what can't be covered any more, or what the month carries; return how many."""
    why = _NOT_COVERED if month is None else _BY_THE_MONTH
    lost = [one.payout_id for one in found if one.left == "minus" and one.payout_id]
    if month is not None:
        lost = [one.payout_id for one in await candidates.asked(tx, ids) if one.payout_id]
    for payout_id in sorted(lost):
        await requests.drop(tx, settings, payout_id, why)
    return len(lost)


async def _ask_for_accounts(
    tx: Tx, settings: Settings, month: date | None, pay_on: date, found: Sequence[RunCandidate]
) -> int:
    """Tell those whom the month can't be paid to, once a month; return how many were told."""
    told = 0
    for one in found:
        if month is not None and one.left == "no_account":
            told += await words.account_missing(tx, settings, one.user_id, month, one.gross, pay_on)
        if month is not None and one.left == "account_refused":
            told += await words.account_unsure(tx, settings, one.user_id, month, one.gross, pay_on)
    return told


async def of_press(tx: Tx, actor_id: int, press: str) -> int | None:
    """Return the run that a press of a member of staff made, if any."""
    query = sa.select(payout_runs.c.id).where(
        payout_runs.c.made_by == actor_id, payout_runs.c.press == press
    )
    found: int | None = await tx.scalar(query)
    return found


async def _must_be_day(tx: Tx, pay_on: date) -> None:
    today = (await clock(tx)).astimezone(SITE_ZONE).date()
    if pay_on < today:
        raise UserError("payout_day_past", N_("振込日には、今日からの日を選んでください。"))
    # The bank's file names no year: a day far ahead would be paid this year, and booked never.
    if pay_on > today + timedelta(days=LONGEST_TO_PAY):
        raise UserError(
            "payout_day_far",
            N_("振込日には、%(days)s日以内の日を選んでください。"),
            days=LONGEST_TO_PAY,
        )
    if not is_bank_day(pay_on):
        raise UserError(
            "payout_day_closed", N_("この日は銀行が休みです。ほかの振込日を選んでください。")
        )


async def _found(
    tx: Tx, settings: Settings, actor_id: int, month: date | None, ids: Sequence[int]
) -> list[RunCandidate]:
    if month is None:
        return await candidates.requested(tx, settings, actor_id, ids)
    return await candidates.of_month(tx, settings, actor_id, month, ids)


async def _insert(
    tx: Tx,
    actor_id: int,
    press: str,
    way: Way,
    pay_on: date,
    month: date | None,
    taken: Sequence[RunCandidate],
) -> int:
    if not taken:
        raise UserError("payout_run_empty", N_("いま振込にまとめられるものはありません。"))
    total = sum(one.net for one in taken)
    made = await tx.scalar(
        insert(payout_runs)
        .values(way=way, pay_on=pay_on, month=month and month.replace(day=1), press=press)
        .values(payouts=len(taken), total=total, made_by=actor_id)
        .returning(payout_runs.c.id)
    )
    assert made is not None
    why = f"{len(taken)} / ¥{total:,}"
    await log_act(tx, actor_id, "payout.gather", f"run:{made}", reason=why, way=way)
    return int(made)


async def _settle(
    tx: Tx, settings: Settings, run_id: int, month: date | None, taken: Sequence[RunCandidate]
) -> None:
    values = {
        "run": run_id,
        "seller": settings.seller_of_talks,
        "tax": settings.tax_percent,
        "withheld": [one.withheld for one in taken],
        "categories": [one.category for one in taken],
        "registrations": [one.registration for one in taken],
        "accounts": [one.account_id for one in taken],
    }
    if month is None:
        found = await tx.execute(_TAKE, values | {"payouts": [one.payout_id for one in taken]})
        assert found.rowcount == len(taken)
        return
    today = (await clock(tx)).astimezone(SITE_ZONE).date()
    who = {"users": [one.user_id for one in taken], "gross": [one.gross for one in taken]}
    await tx.execute(_MAKE, values | who | {"month": month.replace(day=1), "today": today})
