"""Sending a letter: what it costs is held with it, and its cast is told."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts import locking
from points import rules as prices
from points.rules import Pays
from record.site import doors
from writing.ground import paying
from writing.ground.words import words_of
from writing.letters import locked, notices, offers, refusals
from writing.letters.offers import ShownOffer
from writing.letters.tables import MOST_LETTER, letters


@dataclass(frozen=True)
class LetterToSend:
    """A letter as it comes from its form: `points` is the price that its writer saw, `press` the
    form's own key.
    """

    text: str
    points: int
    press: str
    pays: Pays = "points"


async def send(
    tx: Tx, settings: Settings, cast_id: int, caller_id: int, written: LetterToSend
) -> int:
    """Send a letter to a cast; its points are held. The same press again is the same letter.

    Who may be talking goes through `rooms.talk.caps.send_letter`. Raises UserError of `words_of`,
    `must_take_one` and `paying.must_be_able_to_pay`, and `letter_price_changed` (points).
    """
    text = words_of(written.text, MOST_LETTER)
    await locking.lock_people(tx, caller_id, cast_id)
    known = await _known(tx, caller_id, written.press)
    if known is not None:
        return known
    await doors.must_be_open(tx, "letters")
    offer = await must_take_one(tx, settings, cast_id, caller_id)
    if offer.points != written.points:
        raise UserError(
            "letter_price_changed",
            N_("料金が%(points)sポイントに変わりました。もう一度ご確認ください。"),
            points=f"{offer.points:,}",
        )
    letter_id = await _insert(tx, settings, offer, cast_id, caller_id, written)
    await locked.write(tx, letter_id, "letter", text)
    await notices.tell(tx, settings, await locked.find(tx, letter_id), "sent")
    return letter_id


async def must_take_one(tx: Tx, settings: Settings, cast_id: int, caller_id: int) -> ShownOffer:
    """Return what a cast offers, where they take a letter of this caller now.

    Raises UserError `letters_off` (404), `own_letter`, `not_confirmed` (403), `letters_full`,
    `letter_waiting` or `letters_too_many` (429).
    """
    if cast_id == caller_id:
        raise UserError("own_letter", N_("ご自分にメールを送ることはできません。"))
    offer = await offer_of(tx, settings, cast_id, caller_id)
    if not await offers.is_confirmed(tx, caller_id):
        raise UserError(
            "not_confirmed", N_("メールアドレスの確認が済むとメール相談を送れます。"), status=403
        )
    await _must_be_few(tx, settings, cast_id, caller_id)
    if offer.is_full:
        raise UserError(
            "letters_full",
            N_(
                "お返事を待っているメールが多いため、いまは受け付けていません。あらためてお試しください。"
            ),
        )
    return offer


async def offer_of(tx: Tx, settings: Settings, cast_id: int, caller_id: int) -> ShownOffer:
    """Return what a cast offers to somebody. Raises UserError `letters_off` (404)."""
    offer = await offers.shown(tx, settings, cast_id, caller_id)
    if offer is None:
        raise refusals.letters_off()
    return offer


_SENT = sa.text("""
SELECT count(*) FILTER (WHERE sent_at > clock_timestamp() - interval '24 hours') AS today,
  coalesce(bool_or(cast_id = :cast AND state = 'sent'), false) AS waiting
FROM letters WHERE caller_id = :caller
  AND (sent_at > clock_timestamp() - interval '24 hours' OR state = 'sent')
""")


async def _must_be_few(tx: Tx, settings: Settings, cast_id: int, caller_id: int) -> None:
    sent = (await tx.execute(_SENT, {"cast": cast_id, "caller": caller_id})).one()
    if sent.waiting:
        raise UserError(
            "letter_waiting",
            N_(
                "このキャストのお返事を待っているメールがあります。お返事が届いてから、新しいメールを送れます。"
            ),
        )
    if sent.today >= settings.letters_a_day:
        raise UserError(
            "letters_too_many",
            N_("メール相談を送れるのは、1日に%(most)s通までです。"),
            status=429,
            most=settings.letters_a_day,
        )


async def _known(tx: Tx, caller_id: int, press: str) -> int | None:
    mine = (letters.c.caller_id == caller_id) & (letters.c.press == press)
    found: int | None = await tx.scalar(sa.select(letters.c.id).where(mine))
    return found


async def _insert(
    tx: Tx,
    settings: Settings,
    offer: ShownOffer,
    cast_id: int,
    caller_id: int,
    written: LetterToSend,
) -> int:
    pays, points = written.pays, offer.points
    await paying.must_be_able_to_pay(
        tx, settings, caller_id, points, takes_tab=offer.takes_tab, pays=pays
    )
    key = f"letter:{caller_id}:{written.press}"
    held = await paying.set_aside(
        tx, settings, caller_id, points, key=key, reason="letter", pays=pays
    )
    values = {
        "caller_id": caller_id, "cast_id": cast_id, "press": written.press, "hold_id": held,
        "points": points, "share": prices.share_of(points, settings.fee_percent),
        "due_at": await clock(tx) + timedelta(days=settings.letter_days),
    }  # fmt: skip
    made = await tx.scalar(insert(letters).values(values).returning(letters.c.id))
    assert made is not None
    locks.note(tx, letters, [made], waited=False)
    return int(made)
