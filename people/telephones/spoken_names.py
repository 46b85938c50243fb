"""How casts' names are spoken: a reading, the sound that is made of it, and its owner's yes."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.row_types import typed_one
from media.speech import kana, mulaw
from notify import jobs
from people.telephones import refusals
from people.telephones.tables import MOST_READING, spoken_names

JOB = "speak_name"

# Letters from ぁ to ゖ stand 96 places before their katakana.
_KATAKANA = {code: code + 96 for code in range(0x3041, 0x3097)}
_READING = re.compile(r"[ァ-ヴー]+( [ァ-ヴー]+)*")


@dataclass(frozen=True)
class SpokenName:
    """A reading in katakana, whether there is anything to hear yet, and since when it counts."""

    reading: str
    made: bool
    changed_at: datetime
    confirmed_at: datetime | None


def reading_of(typed: str) -> str:
    """Return a reading in katakana, typed in either kana. Raises UserError `reading_malformed`."""
    plain = " ".join(unicodedata.normalize("NFKC", typed).split()).translate(_KATAKANA)
    if (
        len(plain) > MOST_READING
        or not _READING.fullmatch(plain)
        or plain[0] in f"ーッ{kana.SMALL}"
    ):
        raise refusals.reading_malformed(MOST_READING)
    try:
        kana.morae(plain)
    except KeyError:
        raise refusals.reading_malformed(MOST_READING) from None
    return plain


async def of(tx: Tx, user_id: int) -> SpokenName | None:
    """Return how a name is spoken; None where its owner has not said."""
    found = await tx.execute(
        sa.select(
            spoken_names.c.reading,
            spoken_names.c.sound.is_not(None).label("made"),
            spoken_names.c.changed_at,
            spoken_names.c.confirmed_at,
        ).where(spoken_names.c.user_id == user_id)
    )
    return typed_one(SpokenName, found.mappings())


async def change(tx: Tx, user_id: int, typed: str) -> None:
    """Say how a name is read; what it sounds like is made after this transaction, to be confirmed.

    The same once more changes nothing. Raises UserError `reading_malformed`.
    """
    reading = reading_of(typed)
    fresh = {
        "reading": reading,
        "sound": None,
        "changed_at": sa.func.clock_timestamp(),
        "confirmed_at": None,
    }
    made = insert(spoken_names).values(user_id=user_id, **fresh)
    another = spoken_names.c.reading != reading
    changed = await tx.scalar(
        made.on_conflict_do_update(index_elements=["user_id"], set_=fresh, where=another).returning(
            spoken_names.c.user_id
        )
    )
    if changed is not None:
        await jobs.defer(tx, JOB, key=f"{JOB}:{user_id}", user_id=user_id)


async def to_make(tx: Tx, user_id: int) -> str | None:
    """Return the reading of which no sound was made yet."""
    mine = spoken_names.c.user_id == user_id
    silent = sa.select(spoken_names.c.reading).where(mine, spoken_names.c.sound.is_(None))
    reading: str | None = await tx.scalar(silent)
    return reading


async def keep(tx: Tx, user_id: int, reading: str, sound: bytes) -> None:
    """Keep what a reading sounds like, in μ-law; one that was changed meanwhile gets its own."""
    mine = (spoken_names.c.user_id == user_id) & (spoken_names.c.reading == reading)
    await tx.execute(sa.update(spoken_names).where(mine).values(sound=sound))


async def confirm(tx: Tx, user_id: int, reading: str) -> None:
    """Let a reading count that its owner has heard. Raises UserError `name_not_heard`."""
    heard = await tx.scalar(
        sa.update(spoken_names)
        .where(
            spoken_names.c.user_id == user_id,
            spoken_names.c.reading == reading,
            spoken_names.c.sound.is_not(None),
        )
        .values(
            confirmed_at=sa.func.coalesce(spoken_names.c.confirmed_at, sa.func.clock_timestamp())
        )
        .returning(spoken_names.c.user_id)
    )
    if heard is None:
        raise refusals.not_heard()


async def heard(tx: Tx, user_id: int) -> bytes | None:
    """Return what a name sounds like, in μ-law, for its owner; None while it is being made."""
    mine = spoken_names.c.user_id == user_id
    sound = await tx.scalar(sa.select(spoken_names.c.sound).where(mine))
    return None if sound is None else bytes(sound)


async def speech_of(tx: Tx, user_ids: list[int]) -> dict[int, bytes]:
    """Return what these names sound like, as speech of 16 bits: of those whose owners confirmed."""
    found = await tx.execute(
        sa.select(spoken_names.c.user_id, spoken_names.c.sound).where(
            spoken_names.c.user_id.in_(user_ids), spoken_names.c.confirmed_at.is_not(None)
        )
    )
    return {row.user_id: mulaw.decode(bytes(row.sound)) for row in found}
