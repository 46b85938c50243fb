"""Points that staff give or correct by hand: never their own, always with a reason, always told."""

from collections.abc import Iterator
from contextlib import contextmanager

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from points import ledger, rules
from points.staff_acts import log_act, reason_of

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
) -> bool:
    """Give a user points, as a member of staff; the same press again gives nothing (False).

    `locale` is the user's language. Raises UserError `own_points`, `reason_needed` and
    `amount_out_of_bounds`.
    """
    why = _check(user_id, points, reason, actor_id)
    with _one_press():
        given = await ledger.grant(
            tx,
            user_id,
            points,
            why,
            actor_id=actor_id,
            key=f"staff:{actor_id}:give:{press}",
            months=settings.lot_months,
        )
    if given:
        words = {"points": f"{points:,}", "reason": why}
        await _tell(tx, settings, user_id, locale, GIVEN, GIVEN_TEXT, words)
        await log_act(tx, actor_id, "points.give", f"user:{user_id}", reason=why, points=points)
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
) -> bool:
    """Put a user's points right by `points`, which may be negative; else as `give`.

    What is taken is what can be spent: taking more raises the ledger's UserError.
    """
    why = _check(user_id, abs(points), reason, actor_id)
    key = f"staff:{actor_id}:correct:{press}"
    with _one_press():
        done = await ledger.correct(
            tx, user_id, points, why, actor_id=actor_id, key=key, months=settings.lot_months
        )
    if done:
        words = {"points": f"{points:+,}", "reason": why}
        await _tell(tx, settings, user_id, locale, CORRECTED, CORRECTED_TEXT, words)
        await log_act(tx, actor_id, "points.correct", f"user:{user_id}", reason=why, points=points)
    return done


@contextmanager
def _one_press() -> Iterator[None]:
    """Say in words that a press was used before for something else: a page from the history."""
    try:
        yield
    except UserError as error:
        if error.code != "key_used":
            raise
        raise UserError(
            "press_used", N_("このフォームはもう送られています。ページを読み込みなおしてください。")
        ) from error


def _check(user_id: int, points: int, reason: str, actor_id: int) -> str:
    if user_id == actor_id:
        raise UserError("own_points", N_("ご自分のポイントは変えられません。"), status=403)
    if not rules.is_amount(points):
        raise UserError("amount_out_of_bounds", N_("ポイント数が正しくありません。"), status=400)
    return reason_of(reason)


async def _tell(
    tx: Tx,
    settings: Settings,
    user_id: int,
    locale: str,
    title: str,
    text: str,
    words: dict[str, str],
) -> None:
    await inbox.tell(
        tx,
        user_id,
        kind="points",
        title=translate(locale, title, **words),
        text=translate(locale, text, **words),
        link="/points",
        site=settings.public_url,
    )
