"""Asking for a recording, agreeing, declining, stopping.

Both agree each time, in the talk itself; who asks has agreed by that. Either stops it at once, and
nothing but a new question of which both agree begins another one.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import DbRow
from foundation.settings import Settings
from record.site import doors
from rooms.ground import refusals
from rooms.ground.live import Side
from rooms.ground.recording_tables import OPEN_STATES, recording_consents, recordings
from rooms.ground.tables import rooms, talks
from rooms.recording import way, wording
from rooms.recording.wording import Wording
from rooms.talk import seats

ANSWER_SECONDS = 60
# In one talk, each side: whoever was told no so often is not asked on.
MOST_QUESTIONS = 3

NOW = sa.func.clock_timestamp()


@dataclass(frozen=True)
class _Asker:
    """Who acts: in which live talk (its row is locked), and on which side."""

    talk_id: int
    user_id: int
    side: Side


async def ask(tx: Tx, settings: Settings, talk_id: int, user_id: int, seen: str) -> bool:
    """Ask the other to have the talk recorded, which says that oneself agrees.

    Returns whether both agree now: where the other had just asked, this is the answer. A question
    of one's own that stands already goes on standing. Raises UserError `talk_unknown` (404),
    `talk_over`, `recording_off`, `recording_words_changed`, `recording_asked_often`,
    `recording_no_way` where no media process could write it.
    """
    asker = await _asker(tx, settings, talk_id, user_id)
    words = wording.seen(seen, settings.recording_days)
    current = await _open(tx, talk_id)
    if current is not None:
        if current.state == "asked" and current.asked_by != asker.side:
            await _both_agree(tx, asker, current.id, words)
            return True
        return False
    await doors.must_be_open(tx, "recording")
    await _must_be_asked_seldom(tx, asker)
    if not await way.is_there(tx, settings):
        raise UserError(
            "recording_no_way", N_("いまは録画できません。少したってから、お試しください。")
        )
    lapses = NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, ANSWER_SECONDS)
    asked = {"talk_id": talk_id, "asked_by": asker.side, "lapses_at": lapses}
    made = await tx.scalar(
        sa.insert(recordings)
        .values(asked | {"keep_days": settings.recording_days})
        .returning(recordings.c.id)
    )
    assert made is not None
    await _consent(tx, asker, int(made), words)
    return False


async def agree(tx: Tx, settings: Settings, talk_id: int, user_id: int, seen: str) -> None:
    """Agree to what the other has asked; from here on the recording may begin at any moment.

    Raises UserError `talk_unknown` (404), `talk_over`, `recording_off`, `recording_not_asked`,
    `recording_words_changed`.
    """
    asker = await _asker(tx, settings, talk_id, user_id)
    words = wording.seen(seen, settings.recording_days)
    current = await _open(tx, talk_id)
    if current is None or (current.state == "asked" and current.asked_by == asker.side):
        raise UserError("recording_not_asked", N_("録画のお願いは、もう取り消されています。"))
    if current.state != "asked":
        return
    await _both_agree(tx, asker, current.id, words)


async def stop(tx: Tx, talk_id: int, user_id: int) -> None:
    """Decline what was asked, take one's own question back, or stop what is recorded.

    Whoever does, and at whatever moment: it is over with the commit. Nothing to stop is no error.
    Raises UserError `talk_unknown` (404).
    """
    side = await seats.side_of(tx, talk_id, user_id)
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.id == talk_id))
    current = await _open(tx, talk_id, lapsed_too=True)
    if current is None:
        return
    if current.state == "asked":
        over = {"state": "declined", "ended_at": NOW, "ended_by": side, "untold": True}
        await tx.execute(sa.update(recordings).where(recordings.c.id == current.id).values(over))
        return
    await end(tx, current.id, "stopped", side)


async def end(tx: Tx, recording_id: int, reason: str, side: Side | None = None) -> bool:
    """End a recording to which both had agreed; return whether it was still open."""
    run = sa.func.extract("epoch", NOW - recordings.c.running_since) * 1000
    ended = await tx.scalar(
        sa.update(recordings)
        .where(recordings.c.id == recording_id, recordings.c.state.in_(OPEN_STATES[1:]))
        .values(
            state="ended",
            end_reason=reason,
            ended_by=side,
            ended_at=NOW,
            run_ms=recordings.c.run_ms + sa.func.coalesce(sa.func.floor(run), 0),
            running_since=None,
            keep_until=NOW + sa.func.make_interval(0, 0, 0, recordings.c.keep_days),
            untold=True,
        )
        .returning(recordings.c.id)
    )
    if ended is not None:
        locks.note(tx, recordings, [recording_id])
    return ended is not None


async def _asker(tx: Tx, settings: Settings, talk_id: int, user_id: int) -> _Asker:
    side = await seats.side_of(tx, talk_id, user_id)
    told = rooms.c.recording_since <= talks.c.entered_at
    query = sa.select(talks.c.id, talks.c.ended_at, sa.func.coalesce(told, False).label("told"))
    talk = await locks.lock_row(
        tx, query.join(rooms, rooms.c.id == talks.c.room_id).where(talks.c.id == talk_id)
    )
    assert talk is not None
    if talk.ended_at is not None:
        raise refusals.talk_over()
    if not (settings.recording and talk.told):
        raise UserError("recording_off", N_("この通話では、録画をお使いいただけません。"))
    return _Asker(talk_id, user_id, side)


async def _open(tx: Tx, talk_id: int, *, lapsed_too: bool = False) -> DbRow | None:
    """The talk's open recording, locked. A question whose time is over is none any more."""
    still = sa.or_(recordings.c.state != "asked", recordings.c.lapses_at > NOW)
    query = sa.select(recordings.c.id, recordings.c.state, recordings.c.asked_by, still.label("on"))
    found = await locks.lock_row(
        tx,
        query.where(recordings.c.talk_id == talk_id, recordings.c.state.in_(OPEN_STATES)),
    )
    if found is None or found.on or lapsed_too:
        return found
    over = {"state": "lapsed", "ended_at": NOW, "untold": True}
    await tx.execute(sa.update(recordings).where(recordings.c.id == found.id).values(over))
    return None


async def _must_be_asked_seldom(tx: Tx, asker: _Asker) -> None:
    asked = sa.select(sa.func.count()).where(
        recordings.c.talk_id == asker.talk_id,
        recordings.c.asked_by == asker.side,
        recordings.c.state.in_(("declined", "lapsed")),
    )
    if int(await tx.scalar(asked) or 0) >= MOST_QUESTIONS:
        raise UserError(
            "recording_asked_often",
            N_("この通話では、録画のお願いを%(most)s回お送りしました。これ以上は送れません。"),
            most=MOST_QUESTIONS,
        )


async def _both_agree(tx: Tx, asker: _Asker, recording_id: int, words: Wording) -> None:
    await _consent(tx, asker, recording_id, words)
    agreed = {"state": "agreed", "agreed_at": NOW, "seen_at": NOW, "untold": True}
    await tx.execute(sa.update(recordings).where(recordings.c.id == recording_id).values(agreed))


async def _consent(tx: Tx, asker: _Asker, recording_id: int, words: Wording) -> None:
    await tx.execute(
        sa.insert(recording_consents).values(
            recording_id=recording_id,
            side=asker.side,
            user_id=asker.user_id,
            version=wording.VERSION,
            locale=words.locale,
            wording=words.text,
        )
    )
    named = {f"{asker.side}_consent": asker.side}
    await tx.execute(sa.update(recordings).where(recordings.c.id == recording_id).values(named))
