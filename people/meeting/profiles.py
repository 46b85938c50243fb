"""What a cast says of themselves: an introduction, what they like to talk about, and photos."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from people.accounts.tables import users
from people.meeting.photos import Photo, of_user, path_of
from people.meeting.tables import profiles

MOST_TEXT = 1000
MOST_TOPICS, MOST_TOPIC = 8, 12


@dataclass(frozen=True)
class Profile:
    """A cast's introduction and topics, and those photos that are not the portrait."""

    text: str = ""
    topics: list[str] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    # The picture that messengers show with a link, where the cast has a photo as their portrait.
    card: str | None = None
    # By their codes (`people.meeting.languages`).
    languages: list[str] = field(default_factory=list)


def topics_of(typed: str) -> list[str]:
    """Return topics that were typed with commas or line breaks between them, each once.

    Raises UserError (422) for too many, or for one that is too long.
    """
    parts = typed.replace("、", ",").replace("，", ",").replace("\n", ",").split(",")
    plain = ("".join(c for c in part if unicodedata.category(c)[0] != "C") for part in parts)
    found = list(dict.fromkeys(" ".join(part.lstrip("#＃ ").split()) for part in plain))
    topics = [topic for topic in found if topic]
    if len(topics) > MOST_TOPICS or any(len(topic) > MOST_TOPIC for topic in topics):
        raise UserError(
            "topics_out_of_bounds",
            N_("話題は%(number)s個まで、それぞれ%(most)s文字までです。"),
            status=422,
            number=MOST_TOPICS,
            most=MOST_TOPIC,
        )
    return topics


async def save(
    tx: Tx, user_id: int, text: str, topics: list[str], languages: Sequence[str] = ()
) -> None:
    """Keep a cast's introduction (plain, of at most 1,000 characters), topics and languages."""
    values = {
        "text": text,
        "topics": topics,
        "languages": list(languages),
        "changed_at": sa.func.clock_timestamp(),
    }
    await tx.execute(
        insert(profiles)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


async def shown(tx: Tx, user_id: int) -> Profile:
    """Return what the pages of a cast's rooms show of them."""
    found = await tx.execute(
        sa.select(users.c.portrait, profiles.c.text, profiles.c.topics, profiles.c.languages)
        .select_from(users)
        .outerjoin(profiles, profiles.c.user_id == users.c.id)
        .where(users.c.id == user_id)
    )
    row = found.one_or_none()
    if row is None:
        return Profile()
    every = await of_user(tx, user_id, public=True)
    chosen = next((one for one in every if path_of(one.name, "portrait") == row.portrait), None)
    return Profile(
        row.text or "",
        list(row.topics or []),
        [one for one in every if one is not chosen],
        path_of(chosen.name, "card") if chosen else None,
        list(row.languages or []),
    )
