"""What staff decide on a claim. The claim's row is the lock: it is decided once, by one of them.

A return of more than `second_staff_points` waits until a second member agrees. Whoever took part
in the talk decides nothing about it.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts import accounts
from points import earnings, ledger, refusals
from points.tab import bills
from points.tables import claims
from record.acts import log_act, reason_of
from rooms.care import asked_casts, claim_rules, claimed_holds
from rooms.care.claims import Claim, claim

# Title, text about a talk, a reservation, a letter.
Answer = tuple[str, str, str, str]
GIVEN_BACK: Answer = (
    N_("%(points)sポイントをお返ししました"),
    N_(
        "%(name)sさんとの通話についての申し立てを確認し、%(points)sポイントをもとのポイントに"
        "お返ししました。\n理由：%(reason)s"
    ),
    N_(
        "%(name)sさんとの予約についての申し立てを確認し、%(points)sポイントをもとのポイントに"
        "お返ししました。\n理由：%(reason)s"
    ),
    N_(
        "%(name)sさんへのメール相談についての申し立てを確認し、%(points)sポイントをもとのポイントに"
        "お返ししました。\n理由：%(reason)s"
    ),
)
ON_TAB: Answer = (
    N_("ご利用料金から差し引きました（¥%(points)s）"),
    N_(
        "%(name)sさんとの通話についての申し立てを確認し、後払いのご利用料金から¥%(points)sを差し引きました。"
        "お支払い済みの分は、次のご利用料金にあてます。\n理由：%(reason)s"
    ),
    N_(
        "%(name)sさんとの予約についての申し立てを確認し、後払いのご利用料金から¥%(points)sを差し引きました。"
        "お支払い済みの分は、次のご利用料金にあてます。\n理由：%(reason)s"
    ),
    N_(
        "%(name)sさんへのメール相談についての申し立てを確認し、後払いのご利用料金から¥%(points)sを差し引きました。"
        "お支払い済みの分は、次のご利用料金にあてます。\n理由：%(reason)s"
    ),
)
REFUSED: Answer = (
    N_("申し立てへの回答"),
    N_(
        "%(name)sさんとの通話についての申し立てを確認しましたが、ポイントのお返しはできませんでした。"
        "\n理由：%(reason)s"
    ),
    N_(
        "%(name)sさんとの予約についての申し立てを確認しましたが、ポイントのお返しはできませんでした。"
        "\n理由：%(reason)s"
    ),
    N_(
        "%(name)sさんへのメール相談についての申し立てを確認しましたが、"
        "ポイントのお返しはできませんでした。\n理由：%(reason)s"
    ),
)


@dataclass(frozen=True)
class Decided:
    """What became of a decision: `returned`, `declined`, `waiting_second` or, sent back, `open`."""

    claim_id: int
    state: str
    points: int


async def return_points(
    tx: Tx,
    settings: Settings,
    claim_id: int,
    actor_id: int,
    points: int | None,
    reason: str,
    at_once: str = "",
) -> Decided:
    """Return all (None) or so many of a claim's points, or propose it to a second member.

    `at_once` says why it can't wait for the words of the cast, where those may still come. Raises
    UserError `reason_needed`, `claim_unknown`, `claim_decided`, `claim_own`, `cast_not_heard`,
    `more_than_paid`.
    """
    why = reason_of(reason)
    found = await _lock(tx, claim_id, actor_id, "open")
    hurry = await asked_casts.must_be_heard(tx, claim_id, at_once)
    amount = await _within(tx, found, points)
    alone = amount <= settings.second_staff_points
    state = "returned" if alone else "waiting_second"
    await _decide(tx, claim_id, actor_id, state=state, points=amount, reason=why)
    if alone:
        await _pay_back(tx, settings, found, amount, why, actor_id)
    act = "claim.return" if alone else "claim.propose"
    await _log(tx, actor_id, act, found, amount, why, **({"at_once": hurry} if hurry else {}))
    return Decided(claim_id, state, amount)


async def agree(tx: Tx, settings: Settings, claim_id: int, actor_id: int) -> Decided:
    """Agree, as a second member, to what the first proposed: the points go back now.

    Raises UserError `claim_second_is_first` beside those of `return_points`.
    """
    found = await _lock(tx, claim_id, actor_id, "waiting_second")
    _must_be_another(found, actor_id)
    amount, why = await _within(tx, found, found.points), found.reason or ""
    await _change(tx, claim_id, state="returned", second_by=actor_id, second_at=_now())
    await _pay_back(tx, settings, found, amount, why, actor_id)
    await _log(tx, actor_id, "claim.agree", found, amount, why)
    return Decided(claim_id, "returned", amount)


async def send_back(tx: Tx, claim_id: int, actor_id: int, reason: str) -> Decided:
    """Put a proposed return back into the queue; also the one who proposed it may."""
    why = reason_of(reason)
    found = await _lock(tx, claim_id, actor_id, "waiting_second")
    await _change(
        tx, claim_id, state="open", points=None, reason=None, decided_by=None, decided_at=None
    )
    await _log(tx, actor_id, "claim.send_back", found, found.points or 0, why)
    return Decided(claim_id, "open", 0)


async def decline(tx: Tx, settings: Settings, claim_id: int, actor_id: int, reason: str) -> Decided:
    """Decline an open claim with words that the caller reads."""
    why = reason_of(reason)
    found = await _lock(tx, claim_id, actor_id, "open")
    await _decide(tx, claim_id, actor_id, state="declined", reason=why)
    if found.reservation_id is not None:
        await claimed_holds.pay_cast(tx, found.reservation_id)
    await _tell(tx, settings, found, REFUSED, 0, why)
    await asked_casts.tell_kept(tx, settings, claim_id)
    await _log(tx, actor_id, "claim.decline", found, 0, why)
    return Decided(claim_id, "declined", 0)


async def _lock(tx: Tx, claim_id: int, actor_id: int, state: str) -> Claim:
    """Lock a claim that is still in this state. What follows reads what others left."""
    await locks.lock(tx, sa.select(claims.c.id).where(claims.c.id == claim_id))
    found = await claim(tx, claim_id)
    if actor_id in (found.user_id, found.cast_id):
        raise UserError(
            "claim_own", N_("ご自分が関わった通話の申し立ては、扱えません。"), status=403
        )
    if found.state != state:
        raise claim_rules.decided()
    return found


async def _within(tx: Tx, found: Claim, points: int | None) -> int:
    """Return the points that go back: as many as asked for, or all that can."""
    if found.talk_id is not None:
        left = await ledger.returnable(tx, found.talk_id)
    else:
        left = await claimed_holds.returnable(tx, found.reservation_id, found.letter_id)
    if not left:
        raise refusals.nothing_to_return()
    if points is not None and not 1 <= points <= left:
        raise refusals.more_than_paid(left)
    return left if points is None else points


def _must_be_another(found: Claim, actor_id: int) -> None:
    if found.decided_by == actor_id:
        raise UserError("claim_second_is_first", N_("ほかのスタッフの同意が必要です。"), status=403)


async def _pay_back(
    tx: Tx, settings: Settings, found: Claim, amount: int, why: str, actor_id: int
) -> None:
    if found.talk_id is not None:
        back = await ledger.return_points(tx, found.talk_id, amount, reason=why, actor_id=actor_id)
        await bills.returned(tx, talk_id=found.talk_id)
    elif found.letter_id is not None:
        back = await claimed_holds.give_letter_back(tx, found.letter_id, amount, why, actor_id)
    else:
        back = await claimed_holds.give_back(tx, found.reservation_id, amount, why, actor_id)
    if back != amount:
        raise RuntimeError(f"claim {found.id}: {back} points went back instead of {amount}")
    of = (found.talk_id, found.reservation_id, found.letter_id)
    answer = ON_TAB if await bills.is_on_tab(tx, *of) else GIVEN_BACK
    await _tell(tx, settings, found, answer, amount, why)
    taken = await earnings.taken_for(tx, *of)
    await asked_casts.tell_taken(tx, settings, found.id, amount, taken, why)


async def _decide(tx: Tx, claim_id: int, actor_id: int, **values: object) -> None:
    await _change(tx, claim_id, decided_by=actor_id, decided_at=_now(), **values)


async def _change(tx: Tx, claim_id: int, **values: object) -> None:
    await tx.execute(sa.update(claims).where(claims.c.id == claim_id).values(**values))


async def _tell(
    tx: Tx, settings: Settings, found: Claim, answer: Answer, amount: int, why: str
) -> None:
    """Tell the caller, in their language, by inbox and mail."""
    about = (found.talk_id, found.reservation_id, found.letter_id)
    title, *texts = answer
    text = next(one for one, of in zip(texts, about, strict=True) if of is not None)
    user = await accounts.find_user(tx, found.user_id)
    assert user is not None
    words = {"points": f"{amount:,}", "name": found.cast_name, "reason": why}
    await inbox.tell(
        tx,
        user.id,
        kind="claim",
        key=f"claim:{found.id}",
        title=translate(user.locale, title, **words),
        text=translate(user.locale, text, **words),
        link=found.link,
        site=settings.public_url,
    )


async def _log(
    tx: Tx, actor_id: int, act: str, found: Claim, amount: int, why: str, **also: str
) -> None:
    await log_act(
        tx,
        actor_id,
        act,
        f"claim:{found.id}",
        reason=why,
        talk=found.talk_id,
        reservation=found.reservation_id,
        letter=found.letter_id,
        caller=found.user_id,
        points=amount,
        **also,
    )


def _now() -> sa.Function[datetime]:
    return sa.func.clock_timestamp()
