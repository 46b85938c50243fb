"""What members want to be told by mail and by web push. The inbox has everything in any case."""

from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from notify.tables import CHANNELS, TOPICS, notification_choices

Topic = Literal[
    "reservations", "questions", "letters", "chats", "board", "unanswered", "talks", "points",
    "favourites", "calls", "day",
]  # fmt: skip
Channel = Literal["mail", "push"]
Choices = dict[tuple[str, str], bool]

# Under which topic people find each kind of notice. What is not here concerns the safety of the
# account or the site's word to its owner, and is told in any case.
TOPIC_OF: dict[str, Topic] = {
    "reservation": "reservations",
    "reminder": "reservations",
    "question": "questions",
    "letter": "letters",
    "chat": "chats",
    "chat_message": "chats",
    "board": "board",
    "unanswered": "unanswered",
    "claim": "talks",
    "rating": "talks",
    "points": "points",
    "expiry": "points",
    "purchase": "points",
    "payout": "points",
    "online": "favourites",
    "turn": "calls",
    "entered": "calls",
    "rung": "calls",
    "applied": "reservations",
    "application": "reservations",
    "asked_again": "reservations",
    "day": "day",
}
# Mails that are the record of somebody's money.
MAIL_ALWAYS = frozenset({"purchase", "points"})
# What is over within a minute, and what sums up what was told, goes only to those who asked for it.
UNASKED: dict[tuple[str, str], bool] = {
    ("calls", "mail"): False,
    ("day", "mail"): False,
    ("day", "push"): False,
    ("unanswered", "mail"): False,
    ("unanswered", "push"): False,
}


async def of(tx: Tx, user_id: int) -> Choices:
    """Return, for each topic and channel, whether a user wants it: as they said, or by default."""
    rows = await tx.execute(
        sa.select(
            notification_choices.c.topic,
            notification_choices.c.channel,
            notification_choices.c.wanted,
        ).where(notification_choices.c.user_id == user_id)
    )
    said = {(row.topic, row.channel): bool(row.wanted) for row in rows}
    return {
        (topic, channel): said.get((topic, channel), _unasked(topic, channel))
        for topic in TOPICS
        for channel in CHANNELS
    }


async def choose(tx: Tx, user_id: int, chosen: Mapping[tuple[str, str], bool]) -> None:
    """Write down what a user wants; what isn't named stays as it is."""
    rows = [
        {"user_id": user_id, "topic": topic, "channel": channel, "wanted": wanted}
        for (topic, channel), wanted in sorted(chosen.items())
    ]
    if not rows:
        return
    said = insert(notification_choices).values(rows)
    await tx.execute(
        said.on_conflict_do_update(
            index_elements=["user_id", "topic", "channel"], set_={"wanted": said.excluded.wanted}
        )
    )


async def wants(tx: Tx, user_id: int, kind: str, channel: Channel) -> bool:
    """Say whether a notice of this kind is to reach a user in this way."""
    topic = TOPIC_OF.get(kind)
    if topic is None or (channel == "mail" and kind in MAIL_ALWAYS):
        return True
    said = await tx.scalar(
        sa.select(notification_choices.c.wanted).where(
            notification_choices.c.user_id == user_id,
            notification_choices.c.topic == topic,
            notification_choices.c.channel == channel,
        )
    )
    return _unasked(topic, channel) if said is None else bool(said)


def _unasked(topic: str, channel: str) -> bool:
    """Say whether one who said nothing is told: they are, but for what `UNASKED` leaves out."""
    return UNASKED.get((topic, channel), True)
