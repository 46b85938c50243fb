"""The money of a cast who was banned, or left: two members of staff decide about it.

A ban holds it until then (`payouts.book`); of who has withdrawn it is what a bank sent back after
they had gone. To be paid, it goes the way of any other's: the month's run takes it, and where casts
ask for themselves, the verdict asks for them, since they can't come in any more; who has withdrawn
has named an account to staff since. Kept, it becomes the site's: of who has withdrawn only what has
lapsed. Amounts are yen.
"""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import DEFAULT, N_, translate
from foundation.settings import Settings
from payouts import book, requests, words
from payouts.banks import accounts, reached
from payouts.banks.accounts import BankAccount
from payouts.desk import held
from payouts.desk.held import Decision, Verdict, VerdictDesk
from payouts.tables import payout_verdicts, payouts
from points import ledger
from points.rules import SITE_ZONE
from record.acts import log_act, reason_of

PAID = N_("報酬をお支払いします")
PAID_TEXT = N_(
    "利用の停止にともなってお預かりしていた報酬について、お支払いすることに決まりました。"
    "理由：%(reason)s"
)
KEPT = N_("報酬のお支払いについて")
KEPT_TEXT = N_(
    "利用の停止にともなってお預かりしていた報酬%(yen)s円は、お支払いしないことに決まりました。"
    "理由：%(reason)s\n\nこの決定については、お問い合わせのページからご連絡いただけます。"
)
CONTACT = "/contact"
# Told of a request that waited when the money was held.
CALLED_OFF = N_("利用の停止にともない、お支払いするかどうかを確かめています。")


async def propose(
    tx: Tx,
    settings: Settings,
    actor_id: int,
    user_id: int,
    verdict: Decision,
    reason: str,
    account: BankAccount | None = None,
) -> None:
    """Propose to pay or keep what such a cast has earned; another member of staff agrees.

    Who has withdrawn is paid into an `account`. Requests of theirs that wait are called off: what
    they speak for is decided about, too. Raises UserError `own_money` (403), `not_banned`,
    `nothing_held`, `verdict_waits`, `account_needed` (400) or `not_lapsed`.
    """
    reason = reason_of(reason)
    await book.lock(tx, [user_id])
    desk = await held.desk_of(tx, settings, user_id)
    _must_be_anothers(user_id, actor_id)
    _must_be_open(desk, verdict, account)
    await _call_off(tx, settings, user_id)
    values = {"user_id": user_id, "verdict": verdict, "amount": desk.amount, "reason": reason}
    if desk.withdrawn and verdict == "pay" and account is not None:
        values["account_id"] = await reached.keep(tx, settings, user_id, account)
    await tx.execute(sa.insert(payout_verdicts).values(**values, proposed_by=actor_id))
    act = f"payout.propose_{verdict}"
    await log_act(tx, actor_id, act, f"user:{user_id}", reason=reason, yen=desk.amount)


def _must_be_open(desk: VerdictDesk, verdict: Decision, account: BankAccount | None) -> None:
    """Refuse what can't be proposed now."""
    if not desk.banned and not desk.withdrawn:
        raise UserError("not_banned", N_("永久に利用を停止した会員の報酬だけを決められます。"))
    if desk.waiting is not None:
        raise UserError("verdict_waits", N_("ほかの提案が、同意を待っています。"))
    if not desk.amount or not (desk.book.stopped or desk.withdrawn):
        raise UserError("nothing_held", N_("お預かりしている報酬はありません。"))
    if not desk.withdrawn or desk.lapses_on is None:
        return
    if verdict == "pay" and account is None:
        raise UserError("account_needed", N_("振込先の口座を入力してください。"), status=400)
    if verdict == "keep" and not desk.lapsed:
        raise UserError(
            "not_lapsed",
            N_("この報酬の時効は、%(day)sからです。それまではお預かりします。"),
            day=desk.lapses_on.isoformat(),
        )


async def _call_off(tx: Tx, settings: Settings, user_id: int) -> None:
    mine = (payouts.c.user_id == user_id) & (payouts.c.state == "requested")
    waiting = list(await tx.scalars(sa.select(payouts.c.id).where(mine).order_by(payouts.c.id)))
    for payout_id in waiting:
        await requests.drop(tx, settings, payout_id, CALLED_OFF)


async def agree(tx: Tx, settings: Settings, actor_id: int, verdict_id: int) -> Verdict:
    """Carry out, as a second member of staff, what the first proposed.

    Raises UserError `verdict_unknown` (404), `verdict_decided`, `own_money` (403), `own_verdict`
    (403) or `not_banned`.
    """
    found = await _waiting(tx, actor_id, verdict_id)
    if found.proposed_by == actor_id:
        raise UserError(
            "own_verdict", N_("ご自分の提案には、ほかのスタッフが同意します。"), status=403
        )
    if not await held.may_be_decided(tx, found.user_id):
        raise UserError("not_banned", N_("利用の停止が解かれています。提案を差し戻してください。"))
    await _decided(tx, found.id, "done", actor_id)
    done = await (_pay if found.verdict == "pay" else _keep)(tx, settings, actor_id, found)
    act = f"payout.{found.verdict}"
    await log_act(tx, actor_id, act, f"user:{found.user_id}", reason=found.reason, yen=done)
    return found


async def send_back(tx: Tx, actor_id: int, verdict_id: int, reason: str) -> Verdict:
    """Send a proposal back, also one's own. Raises as `agree` does."""
    reason = reason_of(reason)
    found = await _waiting(tx, actor_id, verdict_id)
    await _decided(tx, found.id, "sent_back", actor_id)
    subject = f"user:{found.user_id}"
    await log_act(tx, actor_id, "payout.send_back", subject, reason=reason, verdict=found.id)
    return found


async def _waiting(tx: Tx, actor_id: int, verdict_id: int) -> Verdict:
    """Lock a proposal that still waits, and its cast. What follows reads what others left."""
    which = payout_verdicts.c.id == verdict_id
    whose = await tx.scalar(sa.select(payout_verdicts.c.user_id).where(which))
    if whose is None:
        raise UserError("verdict_unknown", N_("この提案は見つかりません。"), status=404)
    await book.lock(tx, [int(whose)])
    await reached.lock(tx, int(whose))
    await locks.lock(tx, sa.select(payout_verdicts.c.id).where(which))
    found = await held.verdict(tx, verdict_id)
    assert found is not None
    _must_be_anothers(found.user_id, actor_id)
    if found.state != "waiting_second":
        raise UserError("verdict_decided", N_("この提案は、もう処理されています。"))
    return found


async def _keep(tx: Tx, settings: Settings, actor_id: int, found: Verdict) -> int:
    """Book what is there, at most what was proposed, as the site's."""
    # A run that was dissolved meanwhile has let its request wait again.
    await _call_off(tx, settings, found.user_id)
    there = held.at_stake(await book.book_of(tx, settings, found.user_id))
    amount = min(there, found.amount)
    if amount:
        key = f"verdict:{found.id}"
        await ledger.give_up_earnings(
            tx, found.user_id, amount, key=key, reason=found.reason, actor_id=actor_id
        )
    await words.told(
        tx, settings, found.user_id, KEPT, KEPT_TEXT, CONTACT, yen=amount, reason=found.reason
    )
    return amount


async def _pay(tx: Tx, settings: Settings, _actor_id: int, found: Verdict) -> int:
    """Ask, where casts ask themselves, for what is payable now; return what was asked for."""
    if found.account_id is not None:
        await reached.let_count(tx, found.user_id, found.account_id)
    await words.told(tx, settings, found.user_id, PAID, PAID_TEXT, CONTACT, reason=found.reason)
    if settings.payout_way != "request":
        return 0
    return await _ask(tx, settings, found.user_id)


async def ask_for(tx: Tx, settings: Settings, actor_id: int, user_id: int) -> int:
    """Ask, for such a cast whose money is to be paid, for what is payable by now.

    Returns the yen. Raises UserError `own_money` (403), `not_banned` or `nothing_payable`.
    """
    _must_be_anothers(user_id, actor_id)
    await book.lock(tx, [user_id])
    if not await held.may_be_decided(tx, user_id) or settings.payout_way != "request":
        raise UserError("not_banned", N_("この会員は、ご自分で申請できます。"))
    asked = await _ask(tx, settings, user_id)
    if not asked:
        raise UserError("nothing_payable", N_("いま、お支払いできる報酬はありません。"))
    act, subject = "payout.ask_for", f"user:{user_id}"
    await log_act(tx, actor_id, act, subject, reason=translate(DEFAULT, PAID), yen=asked)
    return asked


async def _ask(tx: Tx, settings: Settings, user_id: int) -> int:
    """Ask for all that is payable, if anything would arrive and nothing is under way."""
    found = await book.book_of(tx, settings, user_id)
    fee, today = settings.payout_bank_fee, (await clock(tx)).astimezone(SITE_ZONE).date()
    already = sa.select(sa.exists().where(
        payouts.c.user_id == user_id, payouts.c.requested_on == today,
        payouts.c.way == "request", payouts.c.state != "called_off",
    ))  # fmt: skip
    if found.stopped or found.payable <= fee or await tx.scalar(already):
        return 0
    if await held.is_withdrawn(tx, user_id) and await accounts.current(tx, user_id) is None:
        return 0
    await requests.write(tx, user_id, found.payable, fee)
    return found.payable


async def _decided(tx: Tx, verdict_id: int, state: str, actor_id: int) -> None:
    values = {"state": state, "decided_by": actor_id, "decided_at": sa.func.clock_timestamp()}
    await tx.execute(
        sa.update(payout_verdicts).where(payout_verdicts.c.id == verdict_id).values(**values)
    )


def _must_be_anothers(user_id: int, actor_id: int) -> None:
    if user_id == actor_id:
        raise UserError("own_money", N_("ご自分の報酬については、決められません。"), status=403)
