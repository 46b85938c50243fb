"""A claim about a letter that was answered, filed by its caller."""

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from points import ledger
from rooms.care import asked_casts, claim_rules, claims
from writing.letters import locked, refusals


async def file_letter_claim(
    tx: Tx, settings: Settings, letter_id: int, user_id: int, kind: str, text: str
) -> int:
    """Ask for the points of an answered letter back; return the claim's id.

    Staff may read the letter from then on until they have decided, as the form says. Raises
    UserError `letter_unknown` (404, for anyone but the caller), `letter_not_answered`, and of
    `claims.file_claim` what begins with claim.
    """
    said = claim_rules.words(kind, text, claim_rules.LETTER_KINDS)
    row = await locked.find(tx, letter_id)
    if row.caller_id != user_id:
        raise refusals.letter_unknown()
    if row.state != "answered" or row.ended_at is None:
        raise UserError("letter_not_answered", N_("申し立ては、お返事が届いてからできます。"))
    await claim_rules.must_be_in_time(tx, settings, row.ended_at)
    if not await ledger.hold_returnable(tx, row.hold_id):
        raise UserError(
            "claim_nothing_paid", N_("このメールには、お返しできるポイントがありません。")
        )
    made = await claims.filed(tx, letter_id=letter_id, user_id=user_id, kind=kind, text=said)
    if made is None:
        raise UserError("claim_exists", N_("このメールの申し立ては受け付けています。"))
    await asked_casts.ask(tx, settings, made)
    return made
