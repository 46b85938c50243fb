"""Points that staff give or correct by hand: never their own, always with a reason, always told.

More than `second_staff_points` at once wait until a second member agrees.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from points import ledger, refusals, rules
from points.desk import proposals
from points.desk.proposals import Kind, Proposal
from record.acts import log_act, reason_of

Outcome = Literal["done", "waiting_second"]

GIVEN = N_("%(points)sポイントを受け取りました")
GIVEN_TEXT = N_("運営から%(points)sポイントをお渡ししました。\n理由：%(reason)s")
CORRECTED = N_("ポイントを訂正しました（%(points)s）")
CORRECTED_TEXT = N_("運営がポイントを%(points)s訂正しました。\n理由：%(reason)s")


async def give(
    tx: Tx,
    settings: Settings,
    user_id: int,
    points: int,
    reason: str,
    *,
    actor_id: int,
    press: str,
    locale: str,
) -> Outcome:
    """Give a user points, as a member of staff, or propose it to a second one.

    The same press again does nothing more. `locale` is the user's language. Raises UserError
    `own_points`, `reason_needed`, `amount_out_of_bounds` and `press_used`.
    """
    if not rules.is_amount(points):
        raise refusals.amount_out_of_bounds()
    return await _adjust(tx, settings, "give", user_id, points, reason, actor_id, press, locale)


async def give_from_console(
    tx: Tx, settings: Settings, user_id: int, points: int, reason: str, key: str
) -> bool:
    """Give a user points as an operator of the site, who needs nobody's consent; log it.

    The same key again gives nothing and returns False. Raises UserError `reason_needed` (400) and
    `amount_out_of_bounds` (400).
    """
    why, months = reason_of(reason), settings.lot_months
    given = await ledger.grant(tx, user_id, points, why, actor_id=None, key=key, months=months)
    if given:
        await log_act(tx, None, "points.give", f"user:{user_id}", reason=why, points=points)
    return given


async def correct(
    tx: Tx,
    settings: Settings,
    user_id: int,
    points: int,
    reason: str,
    *,
    actor_id: int,
    press: str,
    locale: str,
) -> Outcome:
    """Put a user's points right by `points`, which may be negative; else as `give`.

    What is taken is what can be spent: taking more raises UserError `points_short`.
    """
    return await _adjust(tx, settings, "correct", user_id, points, reason, actor_id, press, locale)


async def agree(tx: Tx, settings: Settings, proposal_id: int, actor_id: int) -> Proposal:
    """Agree, as a second member, to what the first proposed: the points move now, once.

    Raises UserError `proposal_unknown`, `proposal_decided`, `proposal_second_is_first`,
    `own_points`, and `points_short` where there is no longer enough to take.
    """
    found = await proposals.lock(tx, proposal_id, actor_id)
    if found.proposed_by == actor_id:
        raise refusals.proposal_second_is_first()
    await proposals.note_outcome(tx, proposal_id, "done", actor_id)
    key = f"adjustment:{found.id}"
    booked = await _book(
        tx, settings, found.kind, found.user_id, found.points, found.reason, actor_id, key
    )
    if not booked:
        raise RuntimeError(f"proposal {found.id} was booked before")
    await _tell(tx, settings, found.kind, found.user_id, found.points, found.reason, found.locale)
    await _log(tx, actor_id, "points.agree", found, found.reason)
    return found


async def send_back(tx: Tx, proposal_id: int, actor_id: int, reason: str) -> Proposal:
    """Send a proposal back: nothing moves. Also the one who proposed it may.

    Raises UserError `reason_needed`, and what `proposals.lock` does.
    """
    why = reason_of(reason)
    found = await proposals.lock(tx, proposal_id, actor_id)
    await proposals.note_outcome(tx, proposal_id, "sent_back", actor_id, why)
    await _log(tx, actor_id, "points.send_back", found, why)
    return found


async def _adjust(
    tx: Tx,
    settings: Settings,
    kind: Kind,
    user_id: int,
    points: int,
    reason: str,
    actor_id: int,
    press: str,
    locale: str,
) -> Outcome:
    why = _check(user_id, points, reason, actor_id)
    key = f"staff:{actor_id}:{kind}:{press}"
    if abs(points) > settings.second_staff_points:
        if await ledger.is_written(tx, key):
            raise _press_used()
        return await _propose(tx, kind, user_id, points, why, actor_id, press)
    if await proposals.of_press(tx, actor_id, kind, press):
        raise _press_used()
    with _one_press():
        booked = await _book(tx, settings, kind, user_id, points, why, actor_id, key)
    if booked:
        await _tell(tx, settings, kind, user_id, points, why, locale)
        act = f"points.{kind}"
        await log_act(tx, actor_id, act, f"user:{user_id}", reason=why, points=points)
    return "done"


async def _propose(
    tx: Tx, kind: Kind, user_id: int, points: int, why: str, actor_id: int, press: str
) -> Outcome:
    missing = -points - await ledger.spendable(tx, user_id)
    if missing > 0:
        raise refusals.points_short(missing)
    made = await proposals.propose(tx, user_id, kind, points, why, actor_id=actor_id, press=press)
    found = await proposals.of_press(tx, actor_id, kind, press)
    assert found
    if (found.user_id, found.points, found.reason) != (user_id, points, why):
        raise _press_used()
    if made is not None:
        await _log(tx, actor_id, "points.propose", found, why)
    return "waiting_second" if found.state == "waiting_second" else "done"


async def _book(
    tx: Tx,
    settings: Settings,
    kind: Kind,
    user_id: int,
    points: int,
    why: str,
    actor_id: int,
    key: str,
) -> bool:
    verb = ledger.grant if kind == "give" else ledger.correct
    return await verb(
        tx, user_id, points, why, actor_id=actor_id, key=key, months=settings.lot_months
    )


@contextmanager
def _one_press() -> Iterator[None]:
    """Say in words that a press was used before for something else: a page from the history."""
    try:
        yield
    except UserError as error:
        if error.code != "key_used":
            raise
        raise _press_used() from error


def _press_used() -> UserError:
    return UserError(
        "press_used", N_("このフォームはもう送られています。ページを読み込みなおしてください。")
    )


def _check(user_id: int, points: int, reason: str, actor_id: int) -> str:
    if user_id == actor_id:
        raise proposals.own_points()
    if not rules.is_amount(abs(points)):
        raise refusals.amount_out_of_bounds()
    return reason_of(reason)


async def _tell(
    tx: Tx, settings: Settings, kind: Kind, user_id: int, points: int, why: str, locale: str
) -> None:
    title, text = (GIVEN, GIVEN_TEXT) if kind == "give" else (CORRECTED, CORRECTED_TEXT)
    figure = f"{points:,}" if kind == "give" else f"{points:+,}"
    words = {"points": figure, "reason": why}
    await inbox.tell(
        tx,
        user_id,
        kind="points",
        title=translate(locale, title, **words),
        text=translate(locale, text, **words),
        link="/points",
        site=settings.public_url,
    )


async def _log(tx: Tx, actor_id: int, act: str, found: Proposal, why: str) -> None:
    await log_act(
        tx,
        actor_id,
        act,
        f"user:{found.user_id}",
        reason=why,
        points=found.points,
        proposal=found.id,
    )
