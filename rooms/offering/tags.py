"""A room's tags: free words by which it is found, in one spelling, each once."""

import unicodedata

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from rooms.ground.offering_tables import MOST_TAG, MOST_TAGS, room_tags
from rooms.lobby import room_words


def tags_of(typed: str) -> tuple[str, ...]:
    """Return tags that were typed with commas or line breaks between them.

    Widths are made one, signs of a hash taken away; what differs in case alone is the same. Raises
    UserError (422) for too many, for one too long, or one that nobody would see.
    """
    plain = unicodedata.normalize("NFKC", typed).replace("、", ",").replace("\n", ",")
    found: dict[str, str] = {}
    for part in plain.split(","):
        # What is no letter and no space is no part of a word either.
        seen = "".join(c for c in part if unicodedata.category(c) not in ("Cc", "Cs"))
        tag = " ".join(seen.lstrip("# ").split())
        if tag:
            found.setdefault(tag.lower(), tag)
    tags = tuple(found.values())
    if len(tags) > MOST_TAGS or any(len(tag) > MOST_TAG for tag in tags):
        raise UserError(
            "tags_out_of_bounds",
            N_("タグは%(number)s個まで、それぞれ%(most)s文字までです。"),
            status=422,
            number=MOST_TAGS,
            most=MOST_TAG,
        )
    return tuple(room_words.seen(tag) for tag in tags)


async def save(tx: Tx, room_id: int, tags: tuple[str, ...]) -> None:
    """Write a room's tags anew; its row is locked."""
    await tx.execute(sa.delete(room_tags).where(room_tags.c.room_id == room_id))
    if tags:
        rows = [{"room_id": room_id, "position": n, "tag": tag} for n, tag in enumerate(tags, 1)]
        await tx.execute(sa.insert(room_tags), rows)


async def of_room(tx: Tx, room_id: int) -> tuple[str, ...]:
    """Return a room's tags in their order."""
    query = sa.select(room_tags.c.tag).where(room_tags.c.room_id == room_id)
    return tuple(await tx.scalars(query.order_by(room_tags.c.position)))
